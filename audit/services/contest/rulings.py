"""A wrong answer key is mended: a question is struck, or its right answer corrected, and its answers marked anew.

A ruling holds in one season; the bank's question stays as it was asked, and is drawn no more. Attempts that are over
are marked anew in the same transaction, with scores, weeks and tallies, while the season is held alone: no attempt ends
meanwhile. An attempt that is open is marked by the ruling when it ends (`apply`). The next ruling undoes this one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, insert, update
from sqlmodel import Session, col, select

from audit.db.engine import Database
from audit.db.models import (
    Account,
    ContestTally,
    Question,
    QuestionRuling,
    QuizAnswer,
    QuizAttempt,
    QuizPaper,
    Season,
)
from audit.domain.contest.questions import check_ruling, ruled_points, worth
from audit.domain.contest.rules import Rules
from audit.domain.contest.season import COUNTING
from audit.domain.permissions import Actor, Where, authorise
from audit.errors import RoundsError
from audit.services import values
from audit.services.contest import tallies
from audit.services.contest.own import check_no_part
from audit.services.work import unit_of_work

AT_ONCE = 5_000  # attempts of one statement
# Asked at every hand-in, and most seasons have none: made once.
_ANY: Any = select(QuestionRuling.id).where(QuestionRuling.season_id == bindparam("season")).limit(1)


@dataclass(frozen=True)
class Effect:
    """What a ruling changes: attempts that are over and had the question, how many of them get more or fewer points,
    and how many contestants' quiz scores rise or fall."""

    attempts: int
    raised: int
    lowered: int
    scores_up: int
    scores_down: int


@dataclass(frozen=True)
class RulingLine:
    """One ruling as the organiser reads it; the newest one holds. `right` is empty when the question was struck."""

    id: int
    right: tuple[str, ...]
    reason: str
    attempts: int
    ruled_at: Any
    ruled_by_zh: str
    ruled_by_en: str


def in_force(session: Session, season_id: int) -> dict[int, QuestionRuling]:
    """Question's id → the ruling by which it is marked in a season."""
    rows = session.exec(select(QuestionRuling).where(QuestionRuling.season_id == season_id)).all()
    return {row.question_id: row for row in sorted(rows, key=lambda row: row.id or 0)}


def struck(session: Session, season_id: int) -> set[int]:
    """The questions that a season asks no more."""
    return {question_id for question_id, ruling in in_force(session, season_id).items() if not ruling.right}


def rulings_of(db: Database, actor: Actor, season_id: int, question_id: int) -> list[RulingLine]:
    """All rulings on a question in a season, the newest first. Raises `not_found`, `contest.takes_part`."""
    authorise(actor, "contest.manage", Where(season_id=season_id))
    query = (
        select(QuestionRuling, Account.name, Account.name_en)
        .outerjoin(Account, col(Account.id) == col(QuestionRuling.account_id))
        .where(QuestionRuling.season_id == season_id, QuestionRuling.question_id == question_id)
        .order_by(col(QuestionRuling.id).desc())
    )
    with db.read() as session:
        check_no_part(session, actor, season_id)
        return [
            RulingLine(row.id or 0, tuple(row.right), row.reason, row.attempts, row.ruled_at, name or "", name_en or "")
            for row, name, name_en in session.exec(query).all()
        ]


def is_asked(db: Database, actor: Actor, season_id: int, question_id: int) -> bool:
    """Whether a paper of the season has the question, so that there is something to rule on."""
    authorise(actor, "contest.manage", Where(season_id=season_id))
    with db.read() as session:
        return bool(_papers(session, season_id, question_id))


def preview(db: Database, actor: Actor, season_id: int, question_id: int, right: Sequence[str]) -> Effect:
    """What `rule` would change, found by doing it and keeping nothing of it. Raises what `rule` raises."""
    authorise(actor, "contest.manage", Where(season_id=season_id))
    with db.write() as session:
        season, question, _ = _rulable(session, actor, season_id, question_id, right)
        effect = _mark_anew(session, season, question, right)
        session.rollback()
    return effect


def rule(
    db: Database, actor: Actor, season_id: int, question_id: int, right: Sequence[str], reason: str, seen: int = 0
) -> Effect:
    """Mark a question in a season by these right options, or strike it (none), with a reason that contestants read.

    `seen`: the ruling that held when the person decided. Raises `not_found` for a question that the season did not ask,
    `contest.takes_part`, `wrong_state` unless the season counts, `required`, `question.right`, `question.unchanged`,
    `stale`.
    """
    authorise(actor, "contest.manage", Where(season_id=season_id))
    why = values.line("reason", reason, 400, required=True)
    key = sorted(set(right))
    with unit_of_work(db, actor) as work:
        season, question, before = _rulable(work.session, actor, season_id, question_id, key)
        if (before.id if before else 0) != seen:
            raise RoundsError("stale")
        effect = _mark_anew(work.session, season, question, key)
        changed = effect.raised + effect.lowered
        work.session.add(
            QuestionRuling(
                season_id=season_id,
                question_id=question_id,
                right=key,
                reason=why,
                attempts=changed,
                account_id=actor.account_id or None,
                ruled_at=work.now,
            )
        )
        verb = "quiz.question_corrected" if key else "quiz.question_struck"
        old = before.right if before else question.right
        told = {"right": [old, key], "reason": why, "attempts": changed}
        work.record(verb, "question", question_id, code=question.code, season_id=season_id, **told)
        if question.retired_at is None:
            values.change(work.session, question, question.version, {"retired_at": work.now})
            work.record("question.retired", "question", question_id, code=question.code)
    return effect


def apply(session: Session, attempt: QuizAttempt) -> None:
    """Within the transaction that ends an attempt: mark its answers by the rulings that came while it was open."""
    if not session.exec(_ANY, params={"season": attempt.season_id}).first():
        return
    ruled = in_force(session, attempt.season_id)
    for question_id in ruled.keys() & set(attempt.questions):
        _mark(session, session.get_one(Question, question_id), ruled[question_id].right, [attempt])


def check_key(session: Session, question: Question) -> None:
    """Raise `question.ruled` when a season marks a question by another key than the bank's: it must not be drawn."""
    query = select(QuestionRuling).where(QuestionRuling.question_id == question.id).order_by(col(QuestionRuling.id))
    newest = {row.season_id: row.right for row in session.exec(query).all()}
    if any(sorted(right) != sorted(question.right) for right in newest.values()):
        raise RoundsError("question.ruled", code=question.code)


def _rulable(
    session: Session, actor: Actor, season_id: int, question_id: int, right: Sequence[str]
) -> tuple[Season, Question, QuestionRuling | None]:
    """The season, held alone, the question, and the ruling on it that holds now."""
    season = tallies.hold_season(session, season_id, alone=True)
    check_no_part(session, actor, season_id)
    question = session.get(Question, question_id)
    if question is None or not _papers(session, season_id, question_id):
        raise RoundsError("not_found")
    if season.state not in COUNTING:
        raise RoundsError("wrong_state", state=season.state)
    check_ruling(question.kind, [one["code"] for one in question.options], right)
    before = in_force(session, season_id).get(question_id)
    if sorted(set(right)) == sorted(before.right if before else question.right):
        raise RoundsError("question.unchanged")
    return season, question, before


def _papers(session: Session, season_id: int, question_id: int) -> list[int]:
    rows = session.exec(select(QuizPaper.id, QuizPaper.questions).where(QuizPaper.season_id == season_id)).all()
    return [id_ or 0 for id_, questions in rows if question_id in questions]


def _mark_anew(session: Session, season: Season, question: Question, right: Sequence[str]) -> Effect:
    """Mark every attempt that is over and had the question; scores, weeks and tallies follow."""
    season_id, question_id = season.id or 0, question.id or 0
    columns: Any = (
        QuizAttempt.id,
        QuizAttempt.contestant_id,
        QuizAttempt.week,
        QuizAttempt.questions,
        QuizAttempt.score,
    )
    query = select(*columns).where(
        QuizAttempt.season_id == season_id,
        col(QuizAttempt.paper_id).in_(_papers(session, season_id, question_id)),
        col(QuizAttempt.finished_at).is_not(None),
    )
    had = {row.id: row for row in session.exec(query).all() if question_id in row.questions}
    gained = _mark(session, question, right, had.values())
    scores = [{"id": id_, "score": had[id_].score + points} for id_, points in gained.items()]
    if scores:
        session.execute(update(QuizAttempt), scores)
    before = _quiz_sums(session, season_id)
    weeks = {(had[id_].contestant_id, had[id_].week) for id_ in gained}
    tallies.count_weeks(session, Rules.from_json(season.rules).quiz, season_id, weeks)
    moved = [after - before[id_] for id_, after in _quiz_sums(session, season_id).items()]
    return Effect(
        attempts=len(had),
        raised=sum(points > 0 for points in gained.values()),
        lowered=sum(points < 0 for points in gained.values()),
        scores_up=sum(by > 0 for by in moved),
        scores_down=sum(by < 0 for by in moved),
    )


def _mark(session: Session, question: Question, right: Sequence[str], attempts: Iterable[Any]) -> dict[int, int]:
    """Write what the answers to a question are worth by a key; attempt's id → hundredths gained or lost.

    Who had a struck question and did not answer it gets a row without a choice, which is worth nothing by a key.
    """
    had = {one.id: (one.questions.index(question.id), len(one.questions)) for one in attempts}
    changed: list[dict[str, Any]] = []
    added: list[dict[str, Any]] = []
    gained: dict[int, int] = {}
    for ids in (sorted(had)[start : start + AT_ONCE] for start in range(0, len(had), AT_ONCE)):
        here = (col(QuizAnswer.attempt_id).in_(ids), QuizAnswer.question_id == question.id)
        answers = select(QuizAnswer.attempt_id, QuizAnswer.chosen, QuizAnswer.points).where(*here)
        given = {id_: (chosen, points) for id_, chosen, points in session.exec(answers).all()}
        for id_ in ids:
            position, count = had[id_]
            chosen, points = given.get(id_, ("", 0))
            earned = ruled_points(question.kind, right, chosen.split(",") if chosen else [], worth(position, count))
            if earned == points:
                continue
            gained[id_] = earned - points
            row = {"attempt_id": id_, "position": position, "points": earned}
            if id_ in given:
                changed.append(row)
            else:
                added.append(row | {"question_id": question.id, "chosen": "", "after_ms": 0})
    if changed:
        session.execute(update(QuizAnswer), changed)
    if added:
        session.execute(insert(QuizAnswer), added)
    return gained


def _quiz_sums(session: Session, season_id: int) -> dict[int, int]:
    query = select(ContestTally.contestant_id, ContestTally.quiz_sum).where(ContestTally.season_id == season_id)
    return dict(session.exec(query).all())
