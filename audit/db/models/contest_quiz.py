"""The contest's quiz: question bank, rulings on wrong keys, weekly papers, attempts and their answers (答题)."""

import datetime as dt

from sqlalchemy import JSON, Index, String, UniqueConstraint
from sqlmodel import Column, Field, SQLModel


class Question(SQLModel, table=True):
    """A question of the bank, shared by all seasons. `kind`: single, multiple, true_false or picture.

    `options`: [{"code": "a", "zh": …, "en": …}]; `right`: the codes of the right ones, which leave the server only in
    explanations; `picture_sha256`: in the photo store. A question that was used is never changed: it is retired and
    made anew.
    """

    id: int | None = Field(default=None, primary_key=True)
    code: str = Field(max_length=40, unique=True)
    kind: str = Field(max_length=20)
    difficulty: str = Field(max_length=10, index=True)
    topic_zh: str = Field(default="", sa_column=Column("topic", String(60), nullable=False))
    topic_en: str = Field(default="", max_length=60)
    text_zh: str = Field(max_length=1000)
    text_en: str = Field(default="", max_length=1000)
    picture_sha256: str = Field(default="", max_length=64)
    options: list[dict[str, str]] = Field(sa_column=Column(JSON, nullable=False))
    right: list[str] = Field(sa_column=Column("right_options", JSON, nullable=False))
    explanation_zh: str = Field(default="", max_length=2000)
    explanation_en: str = Field(default="", max_length=2000)
    retired_at: dt.datetime | None = None
    created_at: dt.datetime
    version: int = 1


class QuestionRuling(SQLModel, table=True):
    """How a question whose key was wrong is marked in a season. Append-only: the newest one of a question holds.

    `right`: the codes of the right options, any of which is right where one is chosen; none: the question is struck,
    and everybody who had it has full marks for it. `attempts`: how many got other points by this ruling.
    """

    __tablename__ = "question_ruling"
    __table_args__ = (Index("ix_question_ruling_season", "season_id", "question_id"),)

    id: int | None = Field(default=None, primary_key=True)
    season_id: int = Field(foreign_key="season.id")
    question_id: int = Field(foreign_key="question.id")
    right: list[str] = Field(sa_column=Column("right_options", JSON, nullable=False))
    reason: str = Field(max_length=400)
    attempts: int = 0
    account_id: int | None = Field(default=None, foreign_key="account.id")
    ruled_at: dt.datetime


class QuizPaper(SQLModel, table=True):
    """The questions of one week, drawn from the bank by `seed`; attempts draw theirs from `questions` (ids)."""

    __tablename__ = "quiz_paper"
    __table_args__ = (UniqueConstraint("season_id", "week"),)

    id: int | None = Field(default=None, primary_key=True)
    season_id: int = Field(foreign_key="season.id")
    week: int
    seed: int
    questions: list[int] = Field(sa_column=Column(JSON, nullable=False))
    drawn_at: dt.datetime


class QuizAttempt(SQLModel, table=True):
    """One go at a week's paper. `number` counts the contestant's attempts of the day from 1: the first ones count.

    `seed` gave `questions` (ids in the order asked) and gives the order of their options; `score` is the sum of its
    answers' points; `ends_at` is the server's limit; `finished_at`: handed in, or closed when its time was up. `void`:
    why it does not count (empty: counts); "open" until it is over, so that no scoreboard tells which answer was right.
    """

    __tablename__ = "quiz_attempt"
    __table_args__ = (
        UniqueConstraint("contestant_id", "day", "number"),
        Index("ix_quiz_attempt_recount", "season_id", "week", "contestant_id", "number", "void", "score"),
        Index("ix_quiz_attempt_open", "finished_at", "ends_at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    season_id: int = Field(foreign_key="season.id")
    contestant_id: int = Field(foreign_key="contestant.id")
    paper_id: int = Field(foreign_key="quiz_paper.id")
    week: int
    day: dt.date
    number: int
    seed: int
    questions: list[int] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    score: int = 0
    started_at: dt.datetime
    ends_at: dt.datetime
    finished_at: dt.datetime | None = None
    void: str = Field(default="", max_length=200)


class QuizAnswer(SQLModel, table=True):
    """One answer, saved at once: a quiz entry. `chosen`: the option codes in alphabetical order ("a,c").

    `points`: hundredths given by the server; `after_ms`: milliseconds since the attempt's start. Rows are many: the
    index holds all that a recount needs.
    """

    __tablename__ = "quiz_answer"
    __table_args__ = (Index("ix_quiz_answer_recount", "attempt_id", "points"),)

    attempt_id: int = Field(foreign_key="quiz_attempt.id", primary_key=True)
    position: int = Field(primary_key=True)
    question_id: int = Field(foreign_key="question.id")
    chosen: str = Field(default="", max_length=40)
    points: int
    after_ms: int
