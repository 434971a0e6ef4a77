"""The history: every change as an event in one SHA-256 chain."""

import datetime as dt
from typing import Any

from sqlalchemy import JSON, Index
from sqlmodel import Column, Field, SQLModel


class Event(SQLModel, table=True):
    """Who changed what, when, on whose device. `data` holds old → new values and ids, no phone numbers."""

    __table_args__ = (Index("ix_event_subject", "subject_kind", "subject_id"),)

    seq: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    at: dt.datetime
    account_id: int | None = Field(default=None, foreign_key="account.id")
    device: str = Field(default="", max_length=60)
    verb: str = Field(max_length=60)
    subject_kind: str = Field(max_length=30)
    subject_id: str = Field(max_length=60)
    data: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    previous_sha256: str = Field(max_length=64)
    sha256: str = Field(max_length=64)


class ChainHead(SQLModel, table=True):
    """The one row (id 1) that says how far the chain has come; locked as the last statement of a transaction."""

    __tablename__ = "chain_head"

    id: int = Field(default=1, primary_key=True)
    seq: int = 0
    sha256: str = Field(default="0" * 64, max_length=64)
