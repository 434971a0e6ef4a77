"""The closed loop: notices, the branch's answers, and what both sides ask of one another."""

import datetime as dt

from sqlalchemy import JSON, Index, UniqueConstraint, text
from sqlmodel import Column, Field, SQLModel

from audit.db.models.visits import PHASH_AT


class Notice(SQLModel, table=True):
    """A rectification notice (整改通知书): what one branch is asked in one round.

    `supplement` counts the critical findings' own notices: 0 is the round's, 1, 2, … went out before or after it.
    The visit report, where one goes out with it, has a number of its own.
    """

    __table_args__ = (UniqueConstraint("round_id", "organisation_id", "supplement"),)

    id: int | None = Field(default=None, primary_key=True)
    round_id: int = Field(foreign_key="round.id", index=True)
    organisation_id: int = Field(foreign_key="organisation.id", index=True)
    supplement: int = 0
    number: str = Field(max_length=80, unique=True)
    issued_at: dt.datetime
    issued_by: int = Field(foreign_key="account.id")
    acknowledged_at: dt.datetime | None = None
    acknowledged_by: int | None = Field(default=None, foreign_key="account.id")
    deemed: bool = False
    notice_document_id: int | None = Field(default=None, foreign_key="document.id")
    report_document_id: int | None = Field(default=None, foreign_key="document.id")
    version: int = 1


class NumberSeries(SQLModel, table=True):
    """How far a series of numbers has come; its row is locked while the next one is given out."""

    __tablename__ = "number_series"

    name: str = Field(primary_key=True, max_length=120)
    last: int = 0


class Rectification(SQLModel, table=True):
    """The branch's answer to one finding in one cycle; a draft until it is submitted."""

    __table_args__ = (UniqueConstraint("finding_id", "cycle"),)

    id: int | None = Field(default=None, primary_key=True)
    finding_id: int = Field(foreign_key="finding.id", index=True)
    cycle: int
    correction: str = ""
    cause: str = ""
    corrective_action: str = ""
    horizontal_check: str = ""
    responsible: str = Field(default="", max_length=60)
    completed_on: dt.date | None = None
    saved_at: dt.datetime
    saved_by: int | None = Field(default=None, foreign_key="account.id")
    submitted_at: dt.datetime | None = None
    submitted_by: int | None = Field(default=None, foreign_key="account.id")
    version: int = 1


class Evidence(SQLModel, table=True):
    """A file that supports a rectification, an objection or a re-inspection of a finding; `cycle` says when.

    `subject`: rectification, objection, reinspection or comment. `kind`: photo, pdf, word, excel, scan.
    `thumbnail_sha256` and `report_sha256` are a photo's derivatives, its `phash` and `dhash` find it again.
    """

    __table_args__ = (
        Index("ix_evidence_finding", "finding_id", "cycle"),
        *(Index(f"ix_evidence_phash_{start}", text(f"substr(phash, {start}, 4)")) for start in PHASH_AT),
    )

    uuid: str = Field(primary_key=True, max_length=36)
    finding_id: int = Field(foreign_key="finding.id")
    cycle: int
    subject: str = Field(max_length=20)
    kind: str = Field(max_length=20)
    proves: str = Field(default="photo", max_length=20)
    role: str = Field(default="other", max_length=20)
    filename: str = Field(default="", max_length=200)
    media_type: str = Field(max_length=100)
    sha256: str = Field(max_length=64, index=True)
    size: int
    thumbnail_sha256: str = Field(default="", max_length=64, index=True)
    report_sha256: str = Field(default="", max_length=64, index=True)
    phash: str = Field(default="", max_length=16)
    dhash: str = Field(default="", max_length=16)
    account_id: int | None = Field(default=None, foreign_key="account.id")
    received_at: dt.datetime
    removed_at: dt.datetime | None = None


class Objection(SQLModel, table=True):
    """The branch contests a finding (异议), once; `outcome`: "", uphold, adjust or overrule."""

    id: int | None = Field(default=None, primary_key=True)
    finding_id: int = Field(foreign_key="finding.id", unique=True)
    reason: str
    raised_at: dt.datetime
    raised_by: int = Field(foreign_key="account.id")
    outcome: str = Field(default="", max_length=20)
    comment: str = ""
    decided_at: dt.datetime | None = None
    decided_by: int | None = Field(default=None, foreign_key="account.id")


class Extension(SQLModel, table=True):
    """A request for a later due date (延期): one per cycle. `granted` is None until it is decided."""

    __table_args__ = (
        UniqueConstraint("finding_id", "cycle"),
        Index(
            "ix_extension_open", "finding_id", "cycle",
            sqlite_where=text("granted IS NULL"), postgresql_where=text("granted IS NULL"),
        ),
    )  # fmt: skip

    id: int | None = Field(default=None, primary_key=True)
    finding_id: int = Field(foreign_key="finding.id", index=True)
    cycle: int
    new_day: dt.date
    reason: str
    asked_at: dt.datetime
    asked_by: int = Field(foreign_key="account.id")
    granted: bool | None = None
    comment: str = ""
    decided_at: dt.datetime | None = None
    decided_by: int | None = Field(default=None, foreign_key="account.id")


class SupportRequest(SQLModel, table=True):
    """What the branch cannot do alone (需市公司支撑), and the department's answer."""

    __tablename__ = "support_request"

    id: int | None = Field(default=None, primary_key=True)
    finding_id: int = Field(foreign_key="finding.id", index=True)
    need: str
    interim_measure: str
    asked_at: dt.datetime
    asked_by: int = Field(foreign_key="account.id")
    comment: str = ""
    owner: str = Field(default="", max_length=60)
    answered_at: dt.datetime | None = None
    answered_by: int | None = Field(default=None, foreign_key="account.id")


class Reinspection(SQLModel, table=True):
    """A look on the spot that marketing asked for; `result`: "", pass, fail or cancelled.

    `item_code` is the code under which the finding stands on the form of the visit.
    """

    id: int | None = Field(default=None, primary_key=True)
    finding_id: int = Field(foreign_key="finding.id", index=True)
    cycle: int
    planned_on: dt.date
    asked_at: dt.datetime
    asked_by: int = Field(foreign_key="account.id")
    visit_id: int | None = Field(default=None, foreign_key="visit.id", index=True)
    item_code: str = Field(default="", max_length=40)
    result: str = Field(default="", max_length=10)
    comment: str = ""
    done_at: dt.datetime | None = None
    done_by: int | None = Field(default=None, foreign_key="account.id")


class ReinspectionMember(SQLModel, table=True):
    """Who goes to look."""

    __tablename__ = "reinspection_member"

    reinspection_id: int = Field(foreign_key="reinspection.id", primary_key=True)
    account_id: int = Field(foreign_key="account.id", primary_key=True, index=True)


class Comment(SQLModel, table=True):
    """Something said about a finding. `mentions`: account ids; `photos`: evidence uuids.

    Said by an account, or through a link (`delegation_id`) by somebody without one, under the `name` they gave.
    """

    id: int | None = Field(default=None, primary_key=True)
    finding_id: int = Field(foreign_key="finding.id", index=True)
    account_id: int | None = Field(default=None, foreign_key="account.id")
    delegation_id: int | None = Field(default=None, foreign_key="delegation.id", index=True)
    name: str = Field(default="", max_length=60)
    text: str
    mentions: list[int] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    photos: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    said_at: dt.datetime


class Seen(SQLModel, table=True):
    """When a person last looked at a finding."""

    finding_id: int = Field(foreign_key="finding.id", primary_key=True)
    account_id: int = Field(foreign_key="account.id", primary_key=True)
    seen_at: dt.datetime


class Delegation(SQLModel, table=True):
    """A finding that a hall fills in: by an account, or by whoever holds a link until it expires.

    The link's token is not kept, only its SHA-256. `used_at`: when the link was first opened. `handed_over_at` and
    `handed_over_cycle`: when, and for which cycle, its holder said that the answer is written.
    """

    __table_args__ = (
        Index(
            "ix_delegation_standing", "finding_id", "account_id", unique=True,
            sqlite_where=text("revoked_at IS NULL AND account_id IS NOT NULL"),
            postgresql_where=text("revoked_at IS NULL AND account_id IS NOT NULL"),
        ),
    )  # fmt: skip

    id: int | None = Field(default=None, primary_key=True)
    finding_id: int = Field(foreign_key="finding.id", index=True)
    account_id: int | None = Field(default=None, foreign_key="account.id", index=True)
    token_sha256: str | None = Field(default=None, max_length=64, unique=True)
    note: str = Field(default="", max_length=400)
    given_at: dt.datetime
    given_by: int = Field(foreign_key="account.id")
    expires_at: dt.datetime | None = None
    used_at: dt.datetime | None = None
    revoked_at: dt.datetime | None = None
    handed_over_at: dt.datetime | None = None
    handed_over_cycle: int | None = None


class WorkingDay(SQLModel, table=True):
    """A day that is worked, or is not, whatever the calendar library says."""

    __tablename__ = "working_day"

    day: dt.date = Field(primary_key=True)
    working: bool
    reason: str = Field(max_length=200)
    account_id: int = Field(foreign_key="account.id")
    set_at: dt.datetime
