"""The city: organisations and their outlets."""

import datetime as dt
from typing import Any

from sqlalchemy import JSON
from sqlmodel import Column, Field, SQLModel


class Organisation(SQLModel, table=True):
    """A branch, the customer service centre, a department or a third party (单位)."""

    id: int | None = Field(default=None, primary_key=True)
    code: str = Field(max_length=40, unique=True)
    kind: str = Field(max_length=20, index=True)
    name_zh: str = Field(max_length=80)
    name_en: str = Field(default="", max_length=80)
    zone: str = Field(default="", max_length=40)
    latitude: float | None = None
    longitude: float | None = None
    closed_on: dt.date | None = None
    version: int = 1


class Outlet(SQLModel, table=True):
    """A place or channel where customers are served (触点): a hall, the hotline, SMS, the online hall.

    `profile` holds `na_items`: item code → why that item can never apply here.
    """

    id: int | None = Field(default=None, primary_key=True)
    code: str = Field(max_length=40, unique=True)
    organisation_id: int = Field(foreign_key="organisation.id", index=True)
    kind: str = Field(max_length=20, index=True)
    name_zh: str = Field(max_length=80)
    name_en: str = Field(default="", max_length=80)
    address_zh: str = Field(default="", max_length=200)
    address_en: str = Field(default="", max_length=200)
    latitude: float | None = None
    longitude: float | None = None
    profile: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    closed_on: dt.date | None = None
    version: int = 1
