"""Weekly papers: drawn from the bank by seed, balanced by difficulty, once a week and season.

The organiser may draw a paper ahead and look at it; what nobody drew is drawn when the first contestant asks for it.
"""

import secrets
from collections import Counter
from dataclasses import dataclass

from sqlmodel import Session, col, func, or_, select

from audit.db.engine import Database
from audit.db.models import Question, QuizAttempt, QuizPaper, Season
from audit.db.upsert import insert_missing
from audit.domain.contest.drawing import SEEDS, draw_paper
from audit.domain.contest.questions import QuestionKind
from audit.domain.contest.rules import DIFFICULTIES, QuizRules, Rules
from audit.domain.permissions import Actor, Where, authorise
from audit.errors import RoundsError
from audit.services.contest.own import check_no_part
from audit.services.work import Work, unit_of_work


@dataclass(frozen=True)
class PaperView:
    """A week's paper as the organiser sees it: the seed with which anybody repeats the draw, and its questions."""

    week: int
    seed: int
    attempts: int
    questions: tuple[Question, ...]


def draw(db: Database, actor: Actor, season_id: int, week: int, seed: int | None = None) -> int:
    """Draw a week's paper ahead, or anew while nobody has played it; returns the seed.

    Raises `not_found`, `contest.takes_part`, `invalid` for a week that the rules do not have, `quiz.paper_used`,
    `quiz.bank_short`.
    """
    authorise(actor, "contest.manage", Where(season_id=season_id))
    with unit_of_work(db, actor) as work:
        season = work.session.exec(select(Season).where(Season.id == season_id).with_for_update()).first()
        if season is None:
            raise RoundsError("not_found")
        check_no_part(work.session, actor, season_id)
        rules = Rules.from_json(season.rules).quiz
        if not 1 <= week <= rules.weeks or not 0 <= (seed or 0) < SEEDS:
            raise RoundsError("invalid", field="week" if not 1 <= week <= rules.weeks else "seed")
        before = _paper(work.session, season_id, week)
        if before and _attempts(work.session, before.id or 0):
            raise RoundsError("quiz.paper_used", week=week)
        if before:
            work.session.delete(before)
            work.session.flush()
        return _insert(work, season_id, rules, week, seed).seed


def find_papers(db: Database, actor: Actor, season_id: int) -> list[PaperView]:
    """The papers drawn so far, by week. Raises `contest.takes_part`: they hold the key."""
    authorise(actor, "contest.manage", Where(season_id=season_id))
    with db.read() as session:
        check_no_part(session, actor, season_id)
        rows = session.exec(select(QuizPaper).where(QuizPaper.season_id == season_id)).all()
        ids = {one for row in rows for one in row.questions}
        known = {one.id: one for one in session.exec(select(Question).where(col(Question.id).in_(ids))).all()}
        return [
            PaperView(row.week, row.seed, _attempts(session, row.id or 0), tuple(known[one] for one in row.questions))
            for row in sorted(rows, key=lambda row: row.week)
        ]


def paper_of(work: Work, season_id: int, rules: QuizRules, week: int) -> QuizPaper:
    """The paper of a week, drawn now when nobody did before. Raises `quiz.bank_short`."""
    return _paper(work.session, season_id, week) or _insert(work, season_id, rules, week, None)


def _paper(session: Session, season_id: int, week: int) -> QuizPaper | None:
    return session.exec(select(QuizPaper).where(QuizPaper.season_id == season_id, QuizPaper.week == week)).first()


def _attempts(session: Session, paper_id: int) -> int:
    return session.exec(select(func.count()).where(QuizAttempt.paper_id == paper_id)).one()


def _insert(work: Work, season_id: int, rules: QuizRules, week: int, seed: int | None) -> QuizPaper:
    """Draw; of two who draw at the same time the first one's paper stands for both."""
    seed = secrets.randbelow(SEEDS) if seed is None else seed
    others = work.session.exec(select(QuizPaper.questions).where(QuizPaper.season_id == season_id)).all()
    used = Counter(one for ids in others for one in ids)
    questions = draw_paper(seed, rules, bank_of(work.session), used)
    row = {"season_id": season_id, "week": week, "seed": seed, "questions": questions, "drawn_at": work.now}
    if insert_missing(work.session, QuizPaper, [row]):
        work.record("quiz.paper_drawn", "season", season_id, week=week, seed=seed)
    found = _paper(work.session, season_id, week)
    assert found
    return found


def bank_of(session: Session) -> dict[str, list[int]]:
    """Difficulty → ids of the questions that may be drawn: one about a picture only once its picture is there."""
    bank: dict[str, list[int]] = {difficulty: [] for difficulty in DIFFICULTIES}
    whole = or_(Question.kind != QuestionKind.PICTURE, Question.picture_sha256 != "")
    query = select(Question.id, Question.difficulty).where(col(Question.retired_at).is_(None), whole)
    for question_id, difficulty in session.exec(query.order_by(col(Question.id))).all():
        bank[difficulty].append(question_id or 0)
    return bank
