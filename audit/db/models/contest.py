"""The contest: seasons, contestants and their sign-in, skill scores, tallies, the panel, published scoreboards.

Points are integers in hundredths, days are days of Asia/Shanghai. What is published comes from `ContestTally`; what
counts is the rows beneath it, and a recount from them must give the same to the last digit: whoever writes one writes
the tally in the same transaction (`services.contest.tallies`).
"""

import datetime as dt
from typing import Any

from sqlalchemy import JSON, Index, UniqueConstraint
from sqlmodel import Column, Field, SQLModel


class Season(SQLModel, table=True):
    """One contest (赛季). `state` is a `SeasonState`; `rules` is `Rules.to_json()` of `rules_version`.

    `salt`: 64 hex digits, drawn once, from which the pseudonyms of the recount file are made; it is never shown.
    """

    id: int | None = Field(default=None, primary_key=True)
    code: str = Field(max_length=40, unique=True)
    name_zh: str = Field(max_length=80)
    name_en: str = Field(default="", max_length=80)
    state: str = Field(default="draft", max_length=20, index=True)
    rules: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    rules_version: int = 1
    salt: str = Field(max_length=64)
    created_at: dt.datetime
    closed_at: dt.datetime | None = None
    version: int = 1


class SeasonRules(SQLModel, table=True):
    """Every version of a season's rules, with the reason of the change. Append-only."""

    __tablename__ = "season_rules"

    season_id: int = Field(foreign_key="season.id", primary_key=True)
    rules_version: int = Field(primary_key=True)
    rules: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    reason: str = Field(default="", max_length=400)
    account_id: int | None = Field(default=None, foreign_key="account.id")
    changed_at: dt.datetime


class Contestant(SQLModel, table=True):
    """Somebody who takes part in a season (选手). `code` goes into addresses and QR codes: random, it signs nobody in.

    `ineligible`: why the contestant cannot become a star (red line: fraud, an upheld serious complaint); empty: can.
    The organiser alone sees it. `complaints`: upheld ones, which only break ties. `withdrawn_at`: no longer counted
    anywhere. `account_id`: the account of the same employee number, if there is one. The two hashes: pictures without
    metadata in the photo store.
    """

    __table_args__ = (
        UniqueConstraint("season_id", "employee_number"),
        Index("ix_contestant_organisation", "season_id", "organisation_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    season_id: int = Field(foreign_key="season.id")
    code: str = Field(max_length=20, unique=True)
    account_id: int | None = Field(default=None, foreign_key="account.id", index=True)
    organisation_id: int = Field(foreign_key="organisation.id")
    outlet_id: int | None = Field(default=None, foreign_key="outlet.id")
    employee_number: str = Field(max_length=40, index=True)
    name: str = Field(max_length=60)
    name_en: str = Field(default="", max_length=60)
    phone: str = Field(default="", max_length=30)
    email: str = Field(default="", max_length=120)
    story_zh: str = Field(default="", max_length=2000)
    story_en: str = Field(default="", max_length=2000)
    photo_sha256: str = Field(default="", max_length=64, index=True)
    thumbnail_sha256: str = Field(default="", max_length=64, index=True)
    complaints: int = 0
    ineligible: str = Field(default="", max_length=400)
    withdrawn_at: dt.datetime | None = None
    locale: str = Field(default="", max_length=10)
    version: int = 1


class OneTimeCode(SQLModel, table=True):
    """A code sent to somebody to sign in or to vote. Only hashes are kept.

    `purpose`: contestant or voter; `subject_sha256`: whom it was sent to (employee number in a season, phone number),
    with the random ticket of the page that asked: nobody else's page can use up its tries;
    `tries`: how often a wrong one was entered; `used_at`: it works once.
    """

    __tablename__ = "one_time_code"
    __table_args__ = (Index("ix_one_time_code_subject", "purpose", "subject_sha256", "expires_at"),)

    id: int | None = Field(default=None, primary_key=True)
    season_id: int = Field(foreign_key="season.id")
    purpose: str = Field(max_length=20)
    subject_sha256: str = Field(max_length=64)
    code_sha256: str = Field(max_length=64)
    created_at: dt.datetime
    expires_at: dt.datetime = Field(index=True)
    tries: int = 0
    used_at: dt.datetime | None = None


class ContestantSignIn(SQLModel, table=True):
    """A contestant's session on the light pages; it opens nothing of the application's own pages."""

    __tablename__ = "contestant_sign_in"

    id_sha256: str = Field(primary_key=True, max_length=64)
    contestant_id: int = Field(foreign_key="contestant.id", index=True)
    created_at: dt.datetime
    seen_at: dt.datetime
    ends_at: dt.datetime = Field(index=True)
    address: str = Field(default="", max_length=60)
    device: str = Field(default="", max_length=120)


class SkillScore(SQLModel, table=True):
    """One daily skill score (hundredths, 0 to 10000). `source` is a `Source`; one a contestant, day and source."""

    __tablename__ = "skill_score"
    __table_args__ = (
        UniqueConstraint("contestant_id", "day", "source"),
        Index("ix_skill_score_recount", "season_id", "contestant_id", "source", "points"),
    )

    id: int | None = Field(default=None, primary_key=True)
    season_id: int = Field(foreign_key="season.id")
    contestant_id: int = Field(foreign_key="contestant.id")
    day: dt.date
    source: str = Field(max_length=10)
    points: int
    account_id: int | None = Field(default=None, foreign_key="account.id")
    entered_at: dt.datetime


class ContestTally(SQLModel, table=True):
    """What was counted of one contestant so far: the `scores.Tally` that the scoreboard is made of."""

    __tablename__ = "contest_tally"

    contestant_id: int = Field(foreign_key="contestant.id", primary_key=True)
    season_id: int = Field(foreign_key="season.id", index=True)
    central_count: int = 0
    central_sum: int = 0
    branch_count: int = 0
    branch_sum: int = 0
    quiz_sum: int = 0
    votes: int = 0
    bonus: int = 0


class QuizWeek(SQLModel, table=True):
    """The best counted attempt of a contestant in a week, in hundredths."""

    __tablename__ = "quiz_week"
    __table_args__ = (Index("ix_quiz_week_board", "season_id", "week"),)

    contestant_id: int = Field(foreign_key="contestant.id", primary_key=True)
    week: int = Field(primary_key=True)
    season_id: int = Field(foreign_key="season.id")
    best: int


class PanelBallot(SQLModel, table=True):
    """A judge's recorded vote for a contestant of a shared place. Append-only; one a judge and contestant."""

    __tablename__ = "panel_ballot"
    __table_args__ = (UniqueConstraint("season_id", "contestant_id", "account_id"),)

    id: int | None = Field(default=None, primary_key=True)
    season_id: int = Field(foreign_key="season.id")
    contestant_id: int = Field(foreign_key="contestant.id")
    account_id: int = Field(foreign_key="account.id")
    cast_at: dt.datetime


class ScoreboardSnapshot(SQLModel, table=True):
    """A scoreboard as it was published. `kind`: week, freeze or final; `content`: lines with places, figures, stars.

    The newest one is what the public sees while the board is frozen; the one before shows who moved.
    """

    __tablename__ = "scoreboard_snapshot"
    __table_args__ = (Index("ix_scoreboard_snapshot_season", "season_id", "taken_at"),)

    id: int | None = Field(default=None, primary_key=True)
    season_id: int = Field(foreign_key="season.id")
    kind: str = Field(max_length=10)
    week: int = 0
    taken_at: dt.datetime
    rules_version: int
    content: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    sha256: str = Field(max_length=64)
