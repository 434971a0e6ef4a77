"""Rounds and their assignments."""

import datetime as dt

from sqlmodel import Field, SQLModel


class Round(SQLModel, table=True):
    """A planned wave of visits (轮次)."""

    id: int | None = Field(default=None, primary_key=True)
    code: str = Field(max_length=40, unique=True)
    name_zh: str = Field(max_length=120)
    name_en: str = Field(default="", max_length=120)
    kind: str = Field(max_length=20)
    state: str = Field(default="draft", max_length=20, index=True)
    starts_on: dt.date
    ends_on: dt.date
    version: int = 1


class Assignment(SQLModel, table=True):
    """Within a round: who inspects which organisation, when, announced or not (任务)."""

    id: int | None = Field(default=None, primary_key=True)
    round_id: int = Field(foreign_key="round.id", index=True)
    inspecting_id: int = Field(foreign_key="organisation.id", index=True)
    inspected_id: int = Field(foreign_key="organisation.id", index=True)
    announced: bool = False
    starts_on: dt.date
    ends_on: dt.date
    version: int = 1


class AssignmentMember(SQLModel, table=True):
    """A member of an assignment's team; exactly one member leads it."""

    __tablename__ = "assignment_member"

    assignment_id: int = Field(foreign_key="assignment.id", primary_key=True)
    account_id: int = Field(foreign_key="account.id", primary_key=True, index=True)
    leader: bool = False


class AssignmentPredecessor(SQLModel, table=True):
    """Whose place in a team somebody took: what the leaver's tablet still holds may be sent by the successor."""

    __tablename__ = "assignment_predecessor"

    assignment_id: int = Field(foreign_key="assignment.id", primary_key=True)
    account_id: int = Field(foreign_key="account.id", primary_key=True)
    successor_id: int = Field(foreign_key="account.id", primary_key=True, index=True)


class AssignmentOutlet(SQLModel, table=True):
    """An outlet that an assignment of a draft round will visit; publishing turns it into a planned visit."""

    __tablename__ = "assignment_outlet"

    assignment_id: int = Field(foreign_key="assignment.id", primary_key=True)
    outlet_id: int = Field(foreign_key="outlet.id", primary_key=True)
    checklist_version_id: int = Field(foreign_key="checklist_version.id")
    planned_on: dt.date
