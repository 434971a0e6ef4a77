"""What a contestant reads of questions that were marked anew: which, how, and why.

Neither the question nor the reason is told before its paper is explained, nor while an attempt of theirs is open: both
tell what is right. That something was marked anew is told at once.
"""

import datetime as dt
from dataclasses import dataclass

from sqlmodel import col, select

from audit.db.engine import Database
from audit.db.models import Question, QuizAnswer, QuizAttempt, Season
from audit.domain.contest.rules import Rules
from audit.i18n import pick
from audit.services.contest import rulings
from audit.services.contest.attempt_reading import explained_from, running
from audit.services.contest.sign_in import ContestantSession


@dataclass(frozen=True)
class Remarked:
    """A question that the contestant answered and that was marked anew. `struck`: everybody has full marks for it.

    `week`: the last one in which they had it. `text`, `reason` and `right` (the texts of the right options) are empty
    until `opens_at`; None: they are told now, or, where they are empty, once no attempt is open.
    """

    week: int
    struck: bool
    ruled_at: dt.datetime
    text: str
    right: tuple[str, ...]
    reason: str
    opens_at: dt.datetime | None


def remarked(db: Database, me: ContestantSession, locale: str) -> list[Remarked]:
    """The rulings that hold on questions of this contestant's attempts, the newest first."""
    playing = running(db, me) is not None
    with db.read() as session:
        ruled = rulings.in_force(session, me.season_id)
        if not ruled:
            return []
        rules = Rules.from_json(session.get_one(Season, me.season_id).rules)
        query = (
            select(QuizAnswer.question_id, QuizAttempt.week)
            .join(QuizAttempt, col(QuizAttempt.id) == col(QuizAnswer.attempt_id))
            .where(QuizAttempt.contestant_id == me.contestant_id, col(QuizAttempt.finished_at).is_not(None))
            .where(col(QuizAnswer.question_id).in_(ruled))
        )
        weeks: dict[int, int] = {}
        for question_id, week in session.exec(query).all():
            weeks[question_id] = max(week, weeks.get(question_id, 0))
        questions = session.exec(select(Question).where(col(Question.id).in_(weeks))).all()
    found = []
    for question in questions:
        ruling, week = ruled[question.id or 0], weeks[question.id or 0]
        opens_at = explained_from(rules, week)
        told = opens_at is None and not playing
        right = [pick(locale, one["zh"], one["en"]) for one in question.options if one["code"] in ruling.right]
        found.append(
            Remarked(
                week=week,
                struck=not ruling.right,
                ruled_at=ruling.ruled_at,
                text=pick(locale, question.text_zh, question.text_en) if told else "",
                right=tuple(right) if told else (),
                reason=ruling.reason if told else "",
                opens_at=opens_at,
            )
        )
    return sorted(found, key=lambda one: one.ruled_at, reverse=True)
