"""Visits and everything that is filled in on the tablet: revisions and photos."""

import datetime as dt
from typing import Any

from sqlalchemy import JSON, Index, text
from sqlmodel import Column, Field, SQLModel

PHASH_AT = (1, 5, 9, 13)  # where the parts of a pHash begin that photos are found by


class Visit(SQLModel, table=True):
    """One outlet, one checklist version, one team (走访).

    `score` is `domain.scoring.Score.to_json()` since submission; `later_items` are the codes that were rated *later* at
    submission: the only ones that may be answered afterwards.
    """

    id: int | None = Field(default=None, primary_key=True)
    assignment_id: int = Field(foreign_key="assignment.id", index=True)
    outlet_id: int = Field(foreign_key="outlet.id", index=True)
    checklist_version_id: int = Field(foreign_key="checklist_version.id", index=True)
    state: str = Field(default="planned", max_length=20, index=True)
    planned_on: dt.date
    opened_at: dt.datetime | None = None
    submitted_at: dt.datetime | None = None
    submitted_by: int | None = Field(default=None, foreign_key="account.id")
    reviewed_open_at: dt.datetime | None = None
    accepted_at: dt.datetime | None = None
    returned_comment: str = Field(default="", max_length=4000)
    score: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON))
    total: float | None = Field(default=None, index=True)
    provisional: bool = False
    later_items: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    version: int = 1


class Revision(SQLModel, table=True):
    """One append-only record of what a person entered about a subject of a visit or of its assignment.

    `bases` are the uuids of the revisions it was made on; `seq` is the order in which the server received them.
    """

    __table_args__ = (Index("ix_revision_visit_subject", "visit_id", "subject"),)

    seq: int | None = Field(default=None, primary_key=True)
    uuid: str = Field(max_length=36, unique=True)
    assignment_id: int = Field(foreign_key="assignment.id", index=True)
    visit_id: int | None = Field(default=None, foreign_key="visit.id")
    subject: str = Field(max_length=120)
    bases: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    body: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    body_sha256: str = Field(max_length=64)
    account_id: int = Field(foreign_key="account.id")
    device: str = Field(default="", max_length=60)
    device_at: dt.datetime
    received_at: dt.datetime


class Photo(SQLModel, table=True):
    """The received bytes of one photo and what was made of them; the newest `photo:<uuid>` revision says what it shows.

    Facts about time and place carry their source, because the camera, the device and the person may disagree.
    The parts of its pHash are indexed: `db.queries.alike` finds what looks like it.
    """

    __table_args__ = tuple(Index(f"ix_photo_phash_{start}", text(f"substr(phash, {start}, 4)")) for start in PHASH_AT)

    uuid: str = Field(primary_key=True, max_length=36)
    assignment_id: int = Field(foreign_key="assignment.id", index=True)
    visit_id: int | None = Field(default=None, foreign_key="visit.id", index=True)
    account_id: int = Field(foreign_key="account.id")
    subject: str = Field(max_length=120)
    sha256: str = Field(max_length=64, index=True)
    size: int
    media_type: str = Field(max_length=40)
    width: int
    height: int
    captured_at: dt.datetime | None = None
    captured_source: str = Field(default="", max_length=20)
    latitude: float | None = None
    longitude: float | None = None
    place_source: str = Field(default="", max_length=20)
    phash: str = Field(max_length=16)
    dhash: str = Field(max_length=16)
    thumbnail_sha256: str = Field(max_length=64, index=True)
    report_sha256: str = Field(max_length=64, index=True)
    report_width: int
    report_height: int
    mosaic: list[dict[str, float]] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    received_at: dt.datetime
    original_deleted_at: dt.datetime | None = None
