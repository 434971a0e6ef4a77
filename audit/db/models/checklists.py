"""Checklist versions, the reference photos of their items, and campaigns."""

import datetime as dt
from typing import Any

from sqlalchemy import JSON, UniqueConstraint
from sqlmodel import Column, Field, SQLModel


class ChecklistVersion(SQLModel, table=True):
    """One version of a checklist; `content` (`Checklist.to_json()`) never changes once published."""

    __tablename__ = "checklist_version"
    __table_args__ = (UniqueConstraint("code", "version"),)

    id: int | None = Field(default=None, primary_key=True)
    code: str = Field(max_length=40, index=True)
    version: str = Field(max_length=40)
    kind: str = Field(max_length=40)
    title_zh: str = Field(max_length=120)
    title_en: str = Field(default="", max_length=120)
    status: str = Field(default="draft", max_length=20)
    content: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    sha256: str = Field(max_length=64)
    created_at: dt.datetime
    published_at: dt.datetime | None = None


class ReferencePhoto(SQLModel, table=True):
    """How an item should look, beside the version's content. Both pictures are blobs without metadata."""

    __tablename__ = "reference_photo"
    __table_args__ = (UniqueConstraint("checklist_version_id", "item_code"),)

    id: int | None = Field(default=None, primary_key=True)
    checklist_version_id: int = Field(foreign_key="checklist_version.id")
    item_code: str = Field(max_length=40)
    thumbnail_sha256: str = Field(max_length=64, index=True)
    picture_sha256: str = Field(max_length=64, index=True)
    added_at: dt.datetime


class Campaign(SQLModel, table=True):
    """A featured campaign (主推活动). `questions`: list of {code, zh, en} asked in halls while it runs."""

    id: int | None = Field(default=None, primary_key=True)
    name_zh: str = Field(max_length=120)
    name_en: str = Field(default="", max_length=120)
    starts_on: dt.date
    ends_on: dt.date = Field(index=True)
    materials_zh: str = Field(default="", max_length=4000)
    materials_en: str = Field(default="", max_length=4000)
    talking_points_zh: str = Field(default="", max_length=4000)
    talking_points_en: str = Field(default="", max_length=4000)
    questions: list[dict[str, Any]] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    version: int = 1
