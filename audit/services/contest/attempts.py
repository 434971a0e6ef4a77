"""Attempts at the week's paper: start, answer, hand in; the server's clock alone decides.

An answer is one row, on the disk before it is acknowledged: sent twice it is the same row, changed it replaces the
points of the one before. Answers that arrive at the same time are committed together (`db.together`).
While an attempt is open it is void ("open"): its points count nowhere, so that no scoreboard tells which answer was
right. When it is handed in or its time is up, it is counted in one transaction (`close_lapsed` runs every minute; a
contestant's own next step does it too). Answers write no event: the rows are the record (docs/decisions).
"""

import datetime as dt
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import bindparam, func
from sqlmodel import Session, col, select, update

from audit.db.engine import Database
from audit.db.group_commit import Together
from audit.db.models import Question, QuizAnswer, QuizAttempt, Season
from audit.db.upsert import replace_rows
from audit.domain.contest.drawing import SEEDS, draw_attempt, options_in_order
from audit.domain.contest.questions import QuestionKind, is_right, worth
from audit.domain.contest.rules import QuizRules, Rules
from audit.domain.contest.season import COUNTING
from audit.domain.permissions import Actor, Where, authorise
from audit.errors import RoundsError
from audit.services import clock, values
from audit.services.contest import papers, rulings, tallies
from audit.services.contest.own import check_not_own
from audit.services.contest.sign_in import ContestantSession
from audit.services.work import Work, unit_of_work

_COUNTING = col(Season.state).in_(COUNTING)
_STILL_OPEN: Any = (
    select(QuizAttempt.id)
    .join(Season, col(Season.id) == col(QuizAttempt.season_id))
    .where(col(QuizAttempt.id).in_(bindparam("ids", expanding=True)), col(QuizAttempt.finished_at).is_(None), _COUNTING)
    .order_by(col(QuizAttempt.id))
    .with_for_update(of=QuizAttempt)
)
_OWN: Any = (
    select(QuizAttempt)
    .where(QuizAttempt.id == bindparam("attempt"), QuizAttempt.contestant_id == bindparam("contestant"))
    .with_for_update()
)
_END: Any = (
    update(QuizAttempt)
    .where(col(QuizAttempt.id) == bindparam("attempt"))
    .values(
        finished_at=bindparam("at"),
        void=bindparam("why"),
        score=select(func.coalesce(func.sum(QuizAnswer.points), 0))
        .where(QuizAnswer.attempt_id == bindparam("attempt"))
        .scalar_subquery(),
    )
)
OPEN = "open"  # why an attempt does not count yet
LETTERS = "ABCDEFGH"


@dataclass(frozen=True)
class Receipt:
    """An answer that is on the disk: the letters kept, of how many questions this is one, seconds left."""

    position: int
    letters: tuple[str, ...]
    of: int
    seconds_left: int


@dataclass(frozen=True)
class _Drawn:
    """An attempt as it was drawn."""

    attempt_id: int
    contestant_id: int
    seed: int
    questions: tuple[int, ...]
    started_at: dt.datetime
    ends_at: dt.datetime


@dataclass(frozen=True)
class _Asked:
    """What is needed to mark an answer."""

    kind: str
    codes: tuple[str, ...]
    right: tuple[str, ...]


def start(db: Database, me: ContestantSession) -> int:
    """The contestant's open attempt, or a new one; returns its id. However often and wherever it is asked for at the
    same time, there is one.

    Raises `season.not_open`, `quiz.too_many` and `quiz.bank_short`.
    """
    with unit_of_work(db, None) as work:
        rules = _counting(tallies.hold_season(work.session, me.season_id))
        tallies.hold(work.session, [me.contestant_id])  # one start at a time
        mine = select(QuizAttempt).where(QuizAttempt.contestant_id == me.contestant_id)
        running = work.session.exec(mine.where(col(QuizAttempt.finished_at).is_(None)).with_for_update()).first()
        if running and running.ends_at > work.now:
            return running.id or 0
        if running:
            _count(work.session, rules.quiz, running, running.ends_at)
        today = clock.today()
        week = rules.week_of(today)
        if not rules.is_open("quiz", today) or not week:
            raise RoundsError("season.not_open")
        last = work.session.exec(
            select(func.max(QuizAttempt.number)).where(
                QuizAttempt.contestant_id == me.contestant_id, QuizAttempt.day == today
            )
        ).one()
        if (last or 0) >= rules.quiz.most_a_day:
            raise RoundsError("quiz.too_many", limit=rules.quiz.most_a_day)
        paper = papers.paper_of(work, me.season_id, rules.quiz, week)
        seed = secrets.randbelow(SEEDS)
        attempt = QuizAttempt(
            season_id=me.season_id,
            contestant_id=me.contestant_id,
            paper_id=paper.id or 0,
            week=week,
            day=today,
            number=(last or 0) + 1,
            seed=seed,
            questions=_draw(work.session, me.season_id, rules.quiz, seed, paper.questions),
            started_at=work.now,
            ends_at=work.now + dt.timedelta(seconds=rules.quiz.seconds),
            void=OPEN,
        )
        work.session.add(attempt)
        work.session.flush()
        return attempt.id or 0


def answer(db: Database, me: ContestantSession, attempt_id: int, position: int, letters: Iterable[str]) -> Receipt:
    """Save the answer to the question at a position (from 0), as the letters under which its options were shown.

    Raises `not_found` for a foreign attempt, `quiz.over`, `invalid` for a position or letter that was not shown and
    for several letters where one is wanted, `required` for none.
    """
    drawn = _drawn(db, attempt_id)
    if drawn.contestant_id != me.contestant_id:
        raise RoundsError("not_found")
    if not 0 <= position < len(drawn.questions):
        raise RoundsError("invalid", field="question")
    question_id = drawn.questions[position]
    asked = _asked(db, question_id)
    given = sorted(set(letters))
    chosen = _codes(asked, options_in_order(drawn.seed, question_id, asked.kind, asked.codes), given)
    row = {
        "attempt_id": attempt_id,
        "position": position,
        "question_id": question_id,
        "chosen": ",".join(sorted(chosen)),
        "points": worth(position, len(drawn.questions)) if is_right(asked.right, chosen) else 0,
    }
    now = _writer(db).write((drawn, row))
    return Receipt(position, tuple(given), len(drawn.questions), seconds_left(drawn, now))


def finish(db: Database, me: ContestantSession, attempt_id: int) -> None:
    """Hand in: the attempt is over and counts. Handing in twice is no error.

    Raises `not_found`, `season.not_open` for an attempt that is open while nothing counts any more.
    """
    with db.write() as session:
        season = tallies.hold_season(session, me.season_id)
        tallies.hold(session, [me.contestant_id])
        attempt = _own(session, me, attempt_id)
        if attempt.finished_at is None:
            _count(session, _counting(season).quiz, attempt, min(clock.now(), attempt.ends_at))


def close_lapsed(db: Database, contestant_id: int | None = None) -> int:
    """Count the attempts whose time is up (of one contestant, or all) in seasons that still count; returns how many.

    Each in its transaction.
    """
    columns: Any = (QuizAttempt.id, QuizAttempt.season_id, QuizAttempt.contestant_id)
    query = select(*columns).where(*_lapsed(clock.now()))
    if contestant_id is not None:
        query = query.where(QuizAttempt.contestant_id == contestant_id)
    with db.read() as session:
        lapsed = session.exec(query.join(Season, col(Season.id) == col(QuizAttempt.season_id)).where(_COUNTING)).all()
    counted = 0
    for attempt_id, season_id, owner_id in lapsed:
        with db.write() as session:
            season = tallies.hold_season(session, season_id)
            tallies.hold(session, [owner_id])
            locked = select(QuizAttempt).where(QuizAttempt.id == attempt_id).with_for_update()
            attempt = session.exec(locked).one()
            if attempt.finished_at is None and season.state in COUNTING:
                _count(session, _counting(season).quiz, attempt, attempt.ends_at)
                counted += 1
    return counted


def count_lapsed(work: Work, season: Season) -> int:
    """Within a unit of work that holds the season alone: count the attempts whose time is up, before a board is kept.

    Returns how many are open still.
    """
    here = select(QuizAttempt).where(QuizAttempt.season_id == season.id)
    due = work.session.exec(here.where(*_lapsed(work.now)).order_by(col(QuizAttempt.id)).with_for_update()).all()
    tallies.hold(work.session, [attempt.contestant_id for attempt in due])
    for attempt in due:
        _count(work.session, Rules.from_json(season.rules).quiz, attempt, attempt.ends_at)
    still = here.where(col(QuizAttempt.finished_at).is_(None)).subquery()
    return work.session.exec(select(func.count()).select_from(still)).one()


def void(db: Database, actor: Actor, attempt_id: int, reason: str) -> None:
    """Take an attempt off the count, or with an empty reason put it back: it stays readable.

    Raises `not_found`, `contest.own`, `invalid` for the reason that open attempts carry, `wrong_state` for an attempt
    that is open and once the season is closed.
    """
    reason = values.line("reason", reason, 200)
    with unit_of_work(db, actor) as work:
        attempt = work.session.get(QuizAttempt, attempt_id)
        authorise(actor, "contest.manage", Where(season_id=attempt.season_id if attempt else -1))
        if attempt is None:
            raise RoundsError("not_found")
        season = tallies.hold_season(work.session, attempt.season_id)
        check_not_own(work.session, actor, attempt.contestant_id)
        tallies.hold(work.session, [attempt.contestant_id])
        attempt = work.session.exec(select(QuizAttempt).where(QuizAttempt.id == attempt_id).with_for_update()).one()
        if reason == OPEN:
            raise RoundsError("invalid", field="reason")
        if season.state not in COUNTING:
            raise RoundsError("wrong_state", state=season.state)
        if attempt.finished_at is None:
            raise RoundsError("wrong_state", state=OPEN)
        work.record("quiz.attempt_voided", "quiz_attempt", attempt_id, reason=[attempt.void, reason])
        attempt.void = reason
        work.session.add(attempt)
        work.session.flush()
        rules = Rules.from_json(season.rules).quiz
        tallies.count_week(work.session, rules, attempt.season_id, attempt.contestant_id, attempt.week)


def seconds_left(attempt: QuizAttempt | _Drawn, now: dt.datetime) -> int:
    """Whole seconds until the server closes the attempt, never more than it had at the start."""
    whole = attempt.ends_at - attempt.started_at
    return max(0, int(min(whole, attempt.ends_at - now).total_seconds()))


def _count(session: Session, rules: QuizRules, attempt: QuizAttempt, at: dt.datetime) -> None:
    """End an attempt: sum up its answers and count its week. Season and tally are held, the attempt locked."""
    rulings.apply(session, attempt)
    why = "" if attempt.void == OPEN else attempt.void
    session.connection().execute(_END, {"attempt": attempt.id, "at": at, "why": why})
    tallies.count_week(session, rules, attempt.season_id, attempt.contestant_id, attempt.week)


def _own(session: Session, me: ContestantSession, attempt_id: int) -> QuizAttempt:
    own = {"attempt": attempt_id, "contestant": me.contestant_id}
    found: QuizAttempt | None = session.exec(_OWN, params=own).first()
    if found is None:
        raise RoundsError("not_found")
    return found


def _write(session: Session, items: Sequence[tuple[_Drawn, dict[str, Any]]]) -> list[dt.datetime | RoundsError]:
    """Write answers together: for each the time at which it was taken, or `quiz.over`."""
    ids = sorted({drawn.attempt_id for drawn, _ in items})
    # The season is not held: nothing is counted here, and it is not closed while an attempt is open.
    open_ids = set(session.exec(_STILL_OPEN, params={"ids": ids}).all())
    now = clock.now()
    taken = [drawn.attempt_id in open_ids and now < drawn.ends_at for drawn, _ in items]
    rows = [
        # The clock may have been set back since the start.
        row | {"after_ms": max(0, int((now - drawn.started_at).total_seconds() * 1000))}
        for (drawn, row), fine in zip(items, taken, strict=True)
        if fine
    ]
    replace_rows(session, QuizAnswer, rows, ("attempt_id", "position"), unless_same="chosen")
    return [now if fine else RoundsError("quiz.over") for fine in taken]


@lru_cache(maxsize=4)
def _writer(db: Database) -> Together[tuple[_Drawn, dict[str, Any]]]:
    return Together(db, _write)


@lru_cache(maxsize=4096)
def _drawn(db: Database, attempt_id: int) -> _Drawn:
    """What never changes of an attempt: read once while it is played. Raises `not_found`."""
    with db.read() as session:
        row = session.get(QuizAttempt, attempt_id)
    if row is None:
        raise RoundsError("not_found")
    return _Drawn(attempt_id, row.contestant_id, row.seed, tuple(row.questions), row.started_at, row.ends_at)


@lru_cache(maxsize=4096)
def _asked(db: Database, question_id: int) -> _Asked:
    """What marks a question. One that was drawn never changes, so it is read once; rulings are applied at the end."""
    with db.read() as session:
        row = session.get_one(Question, question_id)
    return _Asked(row.kind, tuple(one["code"] for one in row.options), tuple(row.right))


def _codes(asked: _Asked, shown: Sequence[str], letters: Sequence[str]) -> list[str]:
    """Letters as they were shown in an attempt → option codes."""
    if not set(letters) <= set(LETTERS[: len(shown)]):
        raise RoundsError("invalid", field="answer")
    if asked.kind != QuestionKind.MULTIPLE and len(letters) != 1:
        raise RoundsError("invalid" if letters else "required", field="answer")
    return [shown[LETTERS.index(letter)] for letter in letters]


def _counting(season: Season) -> Rules:
    if season.state not in COUNTING:
        raise RoundsError("season.not_open")
    return Rules.from_json(season.rules)


def _lapsed(now: dt.datetime) -> tuple[Any, Any]:
    return col(QuizAttempt.finished_at).is_(None), col(QuizAttempt.ends_at) <= now


def _draw(session: Session, season_id: int, rules: QuizRules, seed: int, paper: Sequence[int]) -> list[int]:
    rows = session.exec(select(Question.id, Question.difficulty).where(col(Question.id).in_(paper))).all()
    difficulties = {question_id or 0: difficulty for question_id, difficulty in rows}
    return draw_attempt(seed, rules, paper, difficulties, rulings.struck(session, season_id))
