"""The contest's cases (案例) and golden ideas (金点子), what people say of them, and where they were reposted."""

import datetime as dt

from sqlalchemy import Index
from sqlmodel import Field, SQLModel


class Contribution(SQLModel, table=True):
    """What a contestant contributes: a case or an idea (`kind`: case, idea). `state` is an `ContributionState`.

    `points`: hundredths that it gives; 0 until it is published (a case) or adopted (an idea).
    """

    __table_args__ = (
        Index("ix_contribution_recount", "season_id", "contestant_id", "points"),
        Index("ix_contribution_list", "season_id", "kind", "state"),
    )

    id: int | None = Field(default=None, primary_key=True)
    season_id: int = Field(foreign_key="season.id")
    contestant_id: int = Field(foreign_key="contestant.id", index=True)
    kind: str = Field(max_length=10)
    state: str = Field(default="submitted", max_length=20)
    title: str = Field(max_length=120)
    text: str = Field(max_length=6000)
    points: int = 0
    submitted_at: dt.datetime
    reviewed_at: dt.datetime | None = None
    reviewed_by: int | None = Field(default=None, foreign_key="account.id")
    review: str = Field(default="", max_length=1000)
    published_at: dt.datetime | None = None
    version: int = 1


class ContributionPhoto(SQLModel, table=True):
    """A picture of a case or an idea, without metadata, in the documents' store."""

    __tablename__ = "contribution_photo"

    contribution_id: int = Field(foreign_key="contribution.id", primary_key=True)
    position: int = Field(primary_key=True)
    picture_sha256: str = Field(max_length=64, index=True)
    thumbnail_sha256: str = Field(max_length=64, index=True)


class ContributionComment(SQLModel, table=True):
    """What a contestant or an account says of a contribution; `hidden_at`: taken off by the organiser."""

    __tablename__ = "contribution_comment"

    id: int | None = Field(default=None, primary_key=True)
    contribution_id: int = Field(foreign_key="contribution.id", index=True)
    contestant_id: int | None = Field(default=None, foreign_key="contestant.id")
    account_id: int | None = Field(default=None, foreign_key="account.id")
    text: str = Field(max_length=1000)
    written_at: dt.datetime
    hidden_at: dt.datetime | None = None


class Repost(SQLModel, table=True):
    """Where a contribution was reposted: reach of the campaign, never a score."""

    __table_args__ = (Index("ix_repost_season", "season_id", "seen_on"),)

    id: int | None = Field(default=None, primary_key=True)
    season_id: int = Field(foreign_key="season.id")
    contribution_id: int | None = Field(default=None, foreign_key="contribution.id", index=True)
    channel: str = Field(max_length=40)
    address: str = Field(default="", max_length=400)
    count: int = 1
    seen_on: dt.date
    account_id: int | None = Field(default=None, foreign_key="account.id")
    recorded_at: dt.datetime
