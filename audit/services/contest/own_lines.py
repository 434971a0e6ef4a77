"""A contestant's own home: what to do today, and what was counted of them so far."""

import datetime as dt
from dataclasses import dataclass

from sqlmodel import select

from audit.db.engine import Database
from audit.db.models import Contestant, ContestTally, Organisation, QuizAttempt, QuizWeek, Season
from audit.domain.contest.rules import Rules
from audit.domain.contest.scores import FULL, bonus, mean
from audit.domain.contest.season import COUNTING, SeasonState
from audit.i18n import pick
from audit.services import clock
from audit.services.contest.attempt_reading import explained_from
from audit.services.contest.sign_in import ContestantSession


@dataclass(frozen=True)
class Week:
    """A quiz week's best counted attempt in hundredths; `counts`: whether it is among the best weeks that count."""

    week: int
    best: int
    counts: bool


@dataclass(frozen=True)
class Today:
    """The contestant's day and season. Points are hundredths; `week` is 0 outside the quiz's weeks.

    `quiz_open`, `votes_open`: whether that leg is open today; `used`: attempts made today; `explained_from`: when this
    week's answers are explained. Votes are not shown: the count is not public while people vote. `closed`: the result
    is final; there is no stage any more.
    """

    season: str
    closed: bool
    stage: str
    stage_ends: dt.date | None
    organisation: str
    week: int
    weeks: int
    best_weeks: int
    attempts_a_day: int
    questions: int
    seconds: int
    quiz_open: bool
    votes_open: bool
    used: int
    explained_from: dt.datetime | None
    quiz: int
    week_lines: tuple[Week, ...]
    skill_count: int
    skill_mean: int
    bonus: int


def today(db: Database, me: ContestantSession, locale: str) -> Today:
    """What the contestant's home page says."""
    day = clock.today()
    with db.read() as session:
        season = session.get_one(Season, me.season_id)
        row = session.get_one(Contestant, me.contestant_id)
        organisation = session.get_one(Organisation, row.organisation_id)
        tally = session.get(ContestTally, me.contestant_id) or ContestTally(contestant_id=0, season_id=0)
        weeks = session.exec(select(QuizWeek).where(QuizWeek.contestant_id == me.contestant_id)).all()
        mine = select(QuizAttempt.id).where(QuizAttempt.contestant_id == me.contestant_id, QuizAttempt.day == day)
        used = len(session.exec(mine).all())
    rules = Rules.from_json(season.rules)
    running = season.state in COUNTING
    stage = rules.stage_on(day) if running else None
    ranked = sorted(weeks, key=lambda one: (-one.best, one.week))[: rules.quiz.best_weeks]
    counted = {one.week for one in ranked}
    return Today(
        season=pick(locale, season.name_zh, season.name_en),
        closed=season.state == SeasonState.CLOSED,
        stage=pick(locale, stage.zh, stage.en) if stage else "",
        stage_ends=stage.last if stage else None,
        organisation=pick(locale, organisation.name_zh, organisation.name_en),
        week=rules.week_of(day),
        weeks=rules.quiz.weeks,
        best_weeks=rules.quiz.best_weeks,
        attempts_a_day=rules.quiz.attempts_a_day,
        questions=rules.quiz.questions,
        seconds=rules.quiz.seconds,
        quiz_open=running and rules.is_open("quiz", day) and rules.week_of(day) > 0,
        votes_open=running and rules.is_open("votes", day),
        used=used,
        explained_from=explained_from(rules, rules.week_of(day)),
        quiz=min(FULL, mean(rules.quiz.best_weeks, tally.quiz_sum)),
        week_lines=tuple(Week(one.week, one.best, one.week in counted) for one in sorted(weeks, key=lambda w: w.week)),
        skill_count=tally.central_count + tally.branch_count,
        skill_mean=mean(tally.central_count + tally.branch_count, tally.central_sum + tally.branch_sum),
        bonus=bonus(tally.bonus, rules.bonus),
    )
