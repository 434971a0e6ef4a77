"""Attempts at the week's paper: start, answer, hand in; the server's clock alone decides.

An answer is one row, written at once: sent twice it is the same row, changed it replaces the points of the one before.
While an attempt is open it is void ("open"): its points count nowhere, so that no scoreboard tells which answer was
right. When it is handed in or its time is up, it is counted in one transaction (`close_lapsed` runs every minute; a
contestant's own next step does it too). Answers write no event: the rows are the record (docs/decisions).
"""

import datetime as dt
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import func
from sqlmodel import Session, col, select

from audit.db.engine import Database
from audit.db.models import Question, QuizAnswer, QuizAttempt, Season
from audit.db.upsert import replace_row
from audit.domain.contest.drawing import SEEDS, draw_attempt, options_in_order
from audit.domain.contest.questions import QuestionKind, is_right, worth
from audit.domain.contest.rules import QuizRules, Rules
from audit.domain.contest.season import COUNTING
from audit.domain.permissions import Actor, Where, authorise
from audit.errors import RoundsError
from audit.services import clock, values
from audit.services.contest import papers, tallies
from audit.services.contest.sign_in import ContestantSession
from audit.services.work import unit_of_work

OPEN = "open"  # why an attempt does not count yet
A_DAY = 20  # attempts of a contestant on a day; those beyond the rules' number are practice
LETTERS = "ABCDEFGH"


@dataclass(frozen=True)
class Receipt:
    """An answer that is on the disk: the letters kept, how many questions are answered, seconds left."""

    position: int
    letters: tuple[str, ...]
    answered: int
    of: int
    seconds_left: int


def start(db: Database, me: ContestantSession) -> int:
    """The contestant's open attempt, or a new one; returns its id. However often and wherever it is asked for at the
    same time, there is one.

    Raises `season.not_open`, `quiz.too_many` and `quiz.bank_short`.
    """
    with unit_of_work(db, None) as work:
        tallies.hold(work.session, [me.contestant_id])  # one start at a time
        season = work.session.get_one(Season, me.season_id)
        rules = Rules.from_json(season.rules)
        mine = select(QuizAttempt).where(QuizAttempt.contestant_id == me.contestant_id)
        running = work.session.exec(mine.where(col(QuizAttempt.finished_at).is_(None)).with_for_update()).first()
        if running and running.ends_at > work.now:
            return running.id or 0
        if running:
            _count(work.session, rules.quiz, running, running.ends_at)
        today = clock.today()
        week = rules.week_of(today)
        if season.state not in COUNTING or not rules.is_open("quiz", today) or not week:
            raise RoundsError("season.not_open")
        last = work.session.exec(
            select(func.max(QuizAttempt.number)).where(
                QuizAttempt.contestant_id == me.contestant_id, QuizAttempt.day == today
            )
        ).one()
        if (last or 0) >= A_DAY:
            raise RoundsError("quiz.too_many", limit=A_DAY)
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
            questions=draw_attempt(seed, rules.quiz, paper.questions, _difficulties(work.session, paper.questions)),
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
    with db.read() as session:  # nothing of this changes while the attempt is open
        attempt = _own(session, me, attempt_id)
        if not 0 <= position < len(attempt.questions):
            raise RoundsError("invalid", field="question")
        question = session.get_one(Question, attempt.questions[position])
    chosen = _codes(attempt, question, sorted(set(letters)))
    points = worth(position, len(attempt.questions)) if is_right(question.right, chosen) else 0
    with db.write() as session:
        query = select(QuizAttempt.ends_at, QuizAttempt.finished_at).where(QuizAttempt.id == attempt_id)
        ends_at, finished_at = session.exec(query.with_for_update()).one()
        now = clock.now()
        if finished_at is not None or now >= ends_at:
            raise RoundsError("quiz.over")
        row = {
            "attempt_id": attempt_id,
            "position": position,
            "question_id": question.id,
            "chosen": ",".join(sorted(chosen)),
            "points": points,
            "after_ms": max(0, int((now - attempt.started_at).total_seconds() * 1000)),  # the clock may be set back
        }
        replace_row(session, QuizAnswer, row, unless_same="chosen")
        kept = select(func.count()).where(QuizAnswer.attempt_id == attempt_id, QuizAnswer.chosen != "")
        answered = session.exec(kept).one()
    shown = options_in_order(attempt.seed, question.id or 0, question.kind, [one["code"] for one in question.options])
    letters = tuple(LETTERS[shown.index(code)] for code in sorted(chosen, key=shown.index))
    return Receipt(position, letters, answered, len(attempt.questions), seconds_left(attempt, now))


def finish(db: Database, me: ContestantSession, attempt_id: int) -> None:
    """Hand in: the attempt is over and counts. Handing in twice is no error. Raises `not_found`."""
    with db.write() as session:
        tallies.hold(session, [me.contestant_id])
        attempt = _own(session, me, attempt_id, lock=True)
        if attempt.finished_at is None:
            now = clock.now()
            _count(session, _rules(session, attempt), attempt, min(now, attempt.ends_at))


def close_lapsed(db: Database, contestant_id: int | None = None) -> int:
    """Count the attempts whose time is up (of one contestant, or all); returns how many. Each in its transaction."""
    query = select(QuizAttempt.id, QuizAttempt.contestant_id).where(
        col(QuizAttempt.finished_at).is_(None), QuizAttempt.ends_at <= clock.now()
    )
    if contestant_id is not None:
        query = query.where(QuizAttempt.contestant_id == contestant_id)
    with db.read() as session:
        lapsed = session.exec(query).all()
    for attempt_id, owner_id in lapsed:
        with db.write() as session:
            tallies.hold(session, [owner_id])
            locked = select(QuizAttempt).where(QuizAttempt.id == attempt_id).with_for_update()
            attempt = session.exec(locked).one()
            if attempt.finished_at is None:
                _count(session, _rules(session, attempt), attempt, attempt.ends_at)
    return len(lapsed)


def void(db: Database, actor: Actor, attempt_id: int, reason: str) -> None:
    """Take an attempt off the count, or with an empty reason put it back: it stays readable.

    Raises `not_found`, `invalid` for the reason that open attempts carry, `wrong_state` for an attempt that is open.
    """
    reason = values.line("reason", reason, 200)
    with unit_of_work(db, actor) as work:
        attempt = work.session.get(QuizAttempt, attempt_id)
        authorise(actor, "contest.manage", Where(season_id=attempt.season_id if attempt else -1))
        if attempt is None:
            raise RoundsError("not_found")
        tallies.hold(work.session, [attempt.contestant_id])
        attempt = work.session.exec(select(QuizAttempt).where(QuizAttempt.id == attempt_id).with_for_update()).one()
        if reason == OPEN:
            raise RoundsError("invalid", field="reason")
        if attempt.finished_at is None:
            raise RoundsError("wrong_state", state=OPEN)
        work.record("quiz.attempt_voided", "quiz_attempt", attempt_id, reason=[attempt.void, reason])
        attempt.void = reason
        work.session.add(attempt)
        work.session.flush()
        rules = _rules(work.session, attempt)
        tallies.count_week(work.session, rules, attempt.season_id, attempt.contestant_id, attempt.week)


def seconds_left(attempt: QuizAttempt, now: dt.datetime) -> int:
    """Whole seconds until the server closes the attempt, never more than it had at the start."""
    whole = attempt.ends_at - attempt.started_at
    return max(0, int(min(whole, attempt.ends_at - now).total_seconds()))


def _count(session: Session, rules: QuizRules, attempt: QuizAttempt, at: dt.datetime) -> None:
    """End an attempt: sum up its answers and count its week. The tally is held, the attempt locked."""
    total = select(func.sum(QuizAnswer.points)).where(QuizAnswer.attempt_id == attempt.id)
    attempt.finished_at = at
    attempt.score = int(session.exec(total).one() or 0)
    attempt.void = "" if attempt.void == OPEN else attempt.void
    session.add(attempt)
    session.flush()
    tallies.count_week(session, rules, attempt.season_id, attempt.contestant_id, attempt.week)


def _own(session: Session, me: ContestantSession, attempt_id: int, lock: bool = False) -> QuizAttempt:
    query = select(QuizAttempt).where(QuizAttempt.id == attempt_id, QuizAttempt.contestant_id == me.contestant_id)
    found = session.exec(query.with_for_update() if lock else query).first()
    if found is None:
        raise RoundsError("not_found")
    return found


def _codes(attempt: QuizAttempt, question: Question, letters: Sequence[str]) -> list[str]:
    """Letters as they were shown in this attempt → option codes."""
    shown = options_in_order(attempt.seed, question.id or 0, question.kind, [one["code"] for one in question.options])
    if not set(letters) <= set(LETTERS[: len(shown)]):
        raise RoundsError("invalid", field="answer")
    if question.kind != QuestionKind.MULTIPLE and len(letters) != 1:
        raise RoundsError("invalid" if letters else "required", field="answer")
    return [shown[LETTERS.index(letter)] for letter in letters]


def _rules(session: Session, attempt: QuizAttempt) -> QuizRules:
    return Rules.from_json(session.get_one(Season, attempt.season_id).rules).quiz


def _difficulties(session: Session, ids: Sequence[int]) -> dict[int, str]:
    rows = session.exec(select(Question.id, Question.difficulty).where(col(Question.id).in_(ids))).all()
    return {question_id or 0: difficulty for question_id, difficulty in rows}
