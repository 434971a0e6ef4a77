"""How the questions of a season did: difficulty and discrimination, for the organiser who keeps the bank."""

from dataclasses import dataclass

from sqlalchemy import BigInteger, case, cast, func
from sqlalchemy import select as select_rows
from sqlmodel import col

from audit.db.engine import Database
from audit.db.models import Question, QuestionRuling, QuizAnswer, QuizAttempt
from audit.domain.contest.items import ItemSums, advice, discrimination, facility
from audit.domain.permissions import Actor, Where, authorise
from audit.services.contest import rulings
from audit.services.contest.own import check_no_part

STRUCK = "struck"


@dataclass(frozen=True)
class ItemLine:
    """One question's figures. `facility`: share of right answers; `discrimination`: point-biserial; see `items`."""

    question_id: int
    code: str
    difficulty: str
    topic_zh: str
    topic_en: str
    text_zh: str
    text_en: str
    answers: int
    facility: float | None
    discrimination: float | None
    advice: str


def item_lines(db: Database, actor: Actor, season_id: int) -> list[ItemLine]:
    """All questions that were answered in a season's attempts that are over and count, those to look at first.

    The millions of answers are summed up by the database, exactly. Raises `forbidden`, `not_found`,
    `contest.takes_part`.
    """
    authorise(actor, "contest.manage", Where(season_id=season_id))
    rest = cast(QuizAttempt.score - QuizAnswer.points, BigInteger)
    right = case((col(QuizAnswer.points) > 0, 1), else_=0)
    query = (
        select_rows(
            col(QuizAnswer.question_id), func.count(), func.sum(right), func.sum(rest), func.sum(rest * rest),
            func.sum(rest * right),
        )
        .join(QuizAttempt, col(QuizAttempt.id) == QuizAnswer.attempt_id)
        .where(col(QuizAttempt.season_id) == season_id, col(QuizAttempt.void) == "", col(QuizAnswer.chosen) != "")
        .group_by(col(QuizAnswer.question_id))
    )  # fmt: skip
    with db.read() as session:
        check_no_part(session, actor, season_id)
        sums = {row[0]: ItemSums(*map(int, row[1:])) for row in session.execute(query).all()}
        rows = session.execute(select_rows(Question).where(col(Question.id).in_(sums))).scalars().all()
        ruled = rulings.in_force(session, season_id)
    lines = [_line(row, sums[row.id], ruled.get(row.id)) for row in rows if row.id in sums]
    return sorted(lines, key=lambda line: (line.advice in ("", "few", STRUCK), line.code))


def _line(row: Question, sums: ItemSums, ruling: QuestionRuling | None) -> ItemLine:
    gone = ruling is not None and not ruling.right  # full marks for everybody tell nothing
    figures = (None, None, STRUCK) if gone else (facility(sums), discrimination(sums), advice(sums))
    texts = row.topic_zh, row.topic_en, row.text_zh, row.text_en
    return ItemLine(row.id or 0, row.code, row.difficulty, *texts, sums.answers, *figures)
