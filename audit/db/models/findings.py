"""Findings and the photos that belong to them."""

import datetime as dt

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

BOARD_COLUMNS = (
    "due_at", "kind", "cycle", "repeat", "answered_at", "created_at", "branch_seconds", "department_seconds",
)  # fmt: skip


class Finding(SQLModel, table=True):
    """Something found at a visit (检查发现): a nonconformity, an improvement, or a highlight.

    `subject` is the revision subject it comes from ("item:A01", "highlight:<uuid>"): one finding each in a visit.
    `clause_*` is the item's text at the time of the visit; `observation` is what the inspector saw.
    `number` and `notice_id` come with the notice; `issued_at` says since when the branch may see it. What was corrected
    on the spot is shown without a notice once its visit is accepted, and gets a number when it is first sent back.
    `due_at` is never moved silently, and "overdue" is read from the clock. `repeat_of`: the closed finding that this
    one repeats.
    `review_opened_at`: since then the branch cannot recall what it submitted. `answered_at`: when it last submitted.
    `branch_seconds`, `department_seconds`: working time with either until `state_since`, added up at each change of
    state; what has passed since then is not in them.
    """

    __table_args__ = (
        UniqueConstraint("visit_id", "subject"),
        *(  # what a board compares: counted in the order of the group, without the rows themselves
            Index(f"ix_finding_by_{name}", key, "state", *BOARD_COLUMNS)
            for name, key in (("organisation", "organisation_id"), ("section", "section_code"), ("round", "round_id"))
        ),
        Index("ix_finding_queue", "state", "due_at", "id"),
        Index("ix_finding_created", "created_at"),
        Index(  # the order of the lists, and what they are narrowed by: counted without the rows themselves
            "ix_finding_list",
            text("(CASE WHEN state IN ('closed', 'verified', 'withdrawn', 'merged') THEN 1 ELSE 0 END)"),
            text("(due_at IS NULL)"), "due_at", text("id DESC"), "kind", "state", "severity", "organisation_id",
            "round_id", "section_code", "repeat", "cycle", "created_at", "issued_at", "answered_at",
        ),
    )  # fmt: skip

    id: int | None = Field(default=None, primary_key=True)
    visit_id: int = Field(foreign_key="visit.id", index=True)
    round_id: int = Field(foreign_key="round.id", index=True)
    organisation_id: int = Field(foreign_key="organisation.id", index=True)
    outlet_id: int = Field(foreign_key="outlet.id", index=True)
    subject: str = Field(max_length=120)
    item_code: str = Field(default="", max_length=40, index=True)
    section_code: str = Field(default="", max_length=40)
    kind: str = Field(max_length=20)
    severity: str = Field(default="", max_length=20)
    state: str = Field(default="draft", max_length=20, index=True)
    cycle: int = 1
    clause_zh: str = Field(default="", max_length=400)
    clause_en: str = Field(default="", max_length=400)
    observation: str = Field(default="")
    requirement_zh: str = Field(default="", max_length=2000)
    requirement_en: str = Field(default="", max_length=2000)
    criterion_zh: str = Field(default="", max_length=2000)
    criterion_en: str = Field(default="", max_length=2000)
    evidence_kind: str = Field(default="", max_length=20)
    corrected_on_spot: bool = False
    repeat: bool = False
    due_at: dt.datetime | None = Field(default=None, index=True)
    due_estimated: bool = False
    number: str | None = Field(default=None, max_length=100, unique=True, index=True)
    notice_id: int | None = Field(default=None, foreign_key="notice.id", index=True)
    issued_at: dt.datetime | None = Field(default=None, index=True)
    acknowledged_at: dt.datetime | None = None
    state_since: dt.datetime | None = None
    review_opened_at: dt.datetime | None = None
    answered_at: dt.datetime | None = None
    branch_seconds: int = 0
    department_seconds: int = 0
    reviewer_id: int | None = Field(default=None, foreign_key="account.id", index=True)
    closed_at: dt.datetime | None = Field(default=None, index=True)
    repeat_of: int | None = Field(default=None, foreign_key="finding.id", index=True)
    merged_into: int | None = Field(default=None, foreign_key="finding.id", index=True)
    withdrawn_reason: str = ""
    created_at: dt.datetime
    version: int = 1


class FindingPhoto(SQLModel, table=True):
    """A photo of a finding; `role` says whether it shows the state before or after correction."""

    __tablename__ = "finding_photo"

    finding_id: int = Field(foreign_key="finding.id", primary_key=True)
    photo_uuid: str = Field(foreign_key="photo.uuid", primary_key=True, max_length=36)
    role: str = Field(default="evidence", max_length=20)
