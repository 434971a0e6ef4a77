"""Background jobs, the documents they make, and what people chose for a report before it is issued."""

import datetime as dt
from typing import Any

from sqlalchemy import JSON
from sqlmodel import Column, Field, SQLModel


class Job(SQLModel, table=True):
    """A piece of background work: state queued → running → done | failed | cancelled; `progress` 0..1.

    `worker`: under which name the process that runs it signed on. `attempts`: how often one has taken it. While it
    runs, `started_at` and `begun` in `result` say from when and how far on it does what was not done before.
    """

    id: int | None = Field(default=None, primary_key=True)
    kind: str = Field(max_length=40, index=True)
    params: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    state: str = Field(default="queued", max_length=20, index=True)
    progress: float = 0.0
    step: str = Field(default="", max_length=200)
    result: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    error_code: str = Field(default="", max_length=60)
    account_id: int = Field(foreign_key="account.id")
    created_at: dt.datetime
    started_at: dt.datetime | None = None
    beat_at: dt.datetime | None = None
    worker: str = Field(default="", max_length=32)
    attempts: int = 0
    finished_at: dt.datetime | None = None


class DailyWork(SQLModel, table=True):
    """What is done once a day: `done_for` which day last; `begun_at`: when the worker began that is at it now."""

    __tablename__ = "daily_work"

    name: str = Field(primary_key=True, max_length=40)
    done_for: dt.date | None = None
    begun_at: dt.datetime | None = None


class Document(SQLModel, table=True):
    """A stored file: content-addressed bytes under `sha256`.

    `subject`: whom or what it is about, beside the organisation.
    `issued_at` and `number` are what makes it an issued one; files under one number belong together (a notice and its
    report, two languages). `sha256` is empty as long as an issued document's file is not made; afterwards it never
    changes. `chain_seq` and `chain_sha256`: the head of the history that stands on it. `superseded_by`: the number of
    the document that stands in its place. `result_sha256`: of the contest's result that it tells (`record.seal`).
    """

    id: int | None = Field(default=None, primary_key=True)
    kind: str = Field(max_length=40)
    round_id: int | None = Field(default=None, foreign_key="round.id", index=True)
    organisation_id: int | None = Field(default=None, foreign_key="organisation.id", index=True)
    subject: str = Field(default="", max_length=160)
    language: str = Field(default="", max_length=10)
    filename: str = Field(max_length=200)
    media_type: str = Field(max_length=100)
    sha256: str = Field(max_length=64, index=True)
    size: int
    pages: int | None = None
    account_id: int = Field(foreign_key="account.id")
    created_at: dt.datetime
    number: str = Field(default="", max_length=100, index=True)
    issued_at: dt.datetime | None = None
    chain_seq: int | None = None
    chain_sha256: str = Field(default="", max_length=64)
    superseded_by: str = Field(default="", max_length=100)
    result_sha256: str = Field(default="", max_length=64)


class ReportDraft(SQLModel, table=True):
    """What was chosen for one branch's report of one round: photos (uuid → shown or not) and remarks."""

    __tablename__ = "report_draft"

    round_id: int = Field(foreign_key="round.id", primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id", primary_key=True)
    remarks: str = Field(default="", max_length=10_000)
    photos: dict[str, bool] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    version: int = 1
