"""What a contestant sees of the quiz: the open attempt without its answers, results with them, the wrong-answer book.

Right answers are read here and nowhere else for contestants: of a paper that nobody plays any more (`explained_from`),
since with those of one attempt the next ones would count, and a colleague's; and never while an attempt of theirs is
open: the same question may stand in it. Texts are given in one language.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from sqlmodel import Session, col, func, select

from audit.db.engine import Database
from audit.db.models import Question, QuestionRuling, QuizAnswer, QuizAttempt, Season
from audit.domain.contest.drawing import options_in_order
from audit.domain.contest.questions import worth
from audit.domain.contest.rules import Rules
from audit.domain.permissions import Actor
from audit.errors import RoundsError
from audit.i18n import BUSINESS_ZONE, pick
from audit.services import clock
from audit.services.contest import rulings
from audit.services.contest.attempts import LETTERS, OPEN, close_lapsed, seconds_left
from audit.services.contest.contestants import find
from audit.services.contest.sign_in import ContestantSession
from audit.services.values import Slice

BOOK_PAGE = 10


@dataclass(frozen=True)
class ShownOption:
    """An option as it is lettered in an attempt; `chosen`: by the contestant."""

    letter: str
    text: str
    chosen: bool


@dataclass(frozen=True)
class ShownQuestion:
    """A question of an open attempt: nothing here tells which option is right. `position` counts from 0."""

    position: int
    kind: str
    text: str
    picture: str
    options: tuple[ShownOption, ...]

    @property
    def answered(self) -> bool:
        """Whether an answer is saved."""
        return any(option.chosen for option in self.options)


@dataclass(frozen=True)
class OpenAttempt:
    """An attempt in progress; `ends_at` and `seconds_left` by the server's clock."""

    id: int
    number: int
    week: int
    ends_at: dt.datetime
    seconds_left: int
    questions: tuple[ShownQuestion, ...]

    @property
    def answered(self) -> int:
        """How many questions have a saved answer."""
        return sum(question.answered for question in self.questions)


@dataclass(frozen=True)
class ExplainedQuestion:
    """A question of an attempt that is over, with its right answer. `points` of `worth`: hundredths.

    `ruling`: how and why it was marked anew, None for nearly all; a struck one has no right answer.
    """

    question: ShownQuestion
    right: tuple[str, ...]
    explanation: str
    points: int
    worth: int
    ruling: QuestionRuling | None = None


@dataclass(frozen=True)
class Line:
    """An attempt that is over, in one line. `void`: why it does not count.

    `score`: hundredths, None for practice while its paper is played (`opens_at`: until then). Seventeen totals a day
    that cost nothing would give the answer key away in two days (docs/decisions/answer-key.md).
    """

    id: int
    number: int
    week: int
    day: dt.date
    score: int | None
    void: str
    opens_at: dt.datetime | None = None


@dataclass(frozen=True)
class Result:
    """An attempt that is over, with every question explained once its line's `opens_at` has passed (None: it has)."""

    line: Line
    questions: tuple[ExplainedQuestion, ...]


def running(db: Database, me: ContestantSession) -> int | None:
    """The id of the contestant's open attempt. One whose time is up is counted now and no longer open."""
    close_lapsed(db, me.contestant_id)
    with db.read() as session:
        return _running(session, me)


def open_attempt(db: Database, me: ContestantSession, attempt_id: int, locale: str) -> OpenAttempt:
    """An attempt to play. Raises `not_found` and `quiz.over`."""
    now = clock.now()
    with db.read() as session:
        attempt = _own(session, me, attempt_id)
        if attempt.finished_at is not None or now >= attempt.ends_at:
            raise RoundsError("quiz.over")
        given = _answers(session, attempt)
        rows = _questions(session, attempt.questions)
    questions = tuple(
        _shown(attempt, position, rows[one], given.get(position), locale)
        for position, one in enumerate(attempt.questions)
    )
    left = seconds_left(attempt, now)
    return OpenAttempt(attempt_id, attempt.number, attempt.week, attempt.ends_at, left, questions)


def result(db: Database, me: ContestantSession, attempt_id: int, locale: str) -> Result:
    """An attempt that is over: its points, and once its paper is played no more also its questions, explained.

    Not even which answers were right is told before. Raises `not_found`, and `quiz.running` while any attempt is open.
    """
    close_lapsed(db, me.contestant_id)
    with db.read() as session:
        attempt = _own(session, me, attempt_id)
        _check_nothing_open(session, me)
        line = _told(_rules(session, me), attempt)
        if line.opens_at is not None:
            return Result(line, ())
        given = _answers(session, attempt)
        rows = _questions(session, attempt.questions)
        ruled = rulings.in_force(session, me.season_id)
    questions = tuple(
        _explained(attempt, position, rows[one], given.get(position), ruled.get(one), locale)
        for position, one in enumerate(attempt.questions)
    )
    return Result(line, questions)


def attempts_of(db: Database, me: ContestantSession, day: dt.date | None = None, limit: int = 50) -> list[Line]:
    """The contestant's attempts that are over (of one day, or all), the newest first."""
    query = select(QuizAttempt).where(
        QuizAttempt.contestant_id == me.contestant_id, col(QuizAttempt.finished_at).is_not(None)
    )
    if day is not None:
        query = query.where(QuizAttempt.day == day)
    with db.read() as session:
        rules = _rules(session, me)
        rows = session.exec(query.order_by(col(QuizAttempt.id).desc()).limit(limit)).all()
    return [_told(rules, row) for row in rows]


def attempts_for(db: Database, actor: Actor, contestant_id: int, limit: int = 50) -> list[Line]:
    """A contestant's attempts that are over, the newest first; for the organiser, who may take one off the count."""
    query = select(QuizAttempt).where(
        QuizAttempt.contestant_id == contestant_id, col(QuizAttempt.finished_at).is_not(None)
    )
    with db.read() as session:
        find(session, actor, contestant_id)
        return [_line(row) for row in session.exec(query.order_by(col(QuizAttempt.id).desc()).limit(limit)).all()]


def wrong_book(db: Database, me: ContestantSession, locale: str, page: int = 1) -> Slice:
    """The questions whose newest answer of the contestant is wrong, explained, the newest first.

    Answers to papers that are still played are not looked at: even a question that leaves would tell something. A
    question leaves the book when it is answered rightly. Raises `quiz.running` while an attempt is open.
    """
    close_lapsed(db, me.contestant_id)
    with db.read() as session:
        rules = _rules(session, me)
    played = [week for week in range(1, rules.quiz.weeks + 1) if explained_from(rules, week)]
    newest = (
        select(
            QuizAnswer.attempt_id,
            QuizAnswer.position,
            QuizAnswer.points,
            func.row_number()
            .over(partition_by=col(QuizAnswer.question_id), order_by=col(QuizAnswer.attempt_id).desc())
            .label("age"),
        )
        .join(QuizAttempt, col(QuizAttempt.id) == QuizAnswer.attempt_id)
        .where(QuizAttempt.contestant_id == me.contestant_id, QuizAnswer.chosen != "")
        .where(col(QuizAttempt.week).not_in(played))
        .subquery()
    )
    wrong = (
        select(QuizAnswer, QuizAttempt, Question)
        .join(newest, (newest.c.attempt_id == QuizAnswer.attempt_id) & (newest.c.position == QuizAnswer.position))
        .join(QuizAttempt, col(QuizAttempt.id) == QuizAnswer.attempt_id)
        .join(Question, col(Question.id) == QuizAnswer.question_id)
        .where(newest.c.age == 1, newest.c.points == 0)
    )
    with db.read() as session:
        _check_nothing_open(session, me)
        total = session.exec(select(func.count()).select_from(wrong.subquery())).one()
        page = min(max(1, page), max(1, -(-total // BOOK_PAGE)))
        query = wrong.order_by(col(QuizAnswer.attempt_id).desc(), col(QuizAnswer.position))
        rows = session.exec(query.offset((page - 1) * BOOK_PAGE).limit(BOOK_PAGE)).all()
        ruled = rulings.in_force(session, me.season_id)
    explained = (
        _explained(attempt, answer.position, question, answer, ruled.get(answer.question_id), locale)
        for answer, attempt, question in rows
    )
    return Slice(tuple(explained), total, page, BOOK_PAGE)


def explained_from(rules: Rules, week: int) -> dt.datetime | None:
    """When the answers of a week's paper are explained: once the last attempt at it has ended. None: they are now."""
    last = rules.last_day_of_week(week)
    if last is None:
        return None
    midnight = dt.datetime.combine(last + dt.timedelta(days=1), dt.time(), BUSINESS_ZONE)
    opens_at = midnight.astimezone(dt.UTC) + dt.timedelta(seconds=rules.quiz.seconds)
    return opens_at if clock.now() < opens_at else None


def check_picture(db: Database, sha256: str) -> None:
    """Pass when this blob is the picture of a question, which any signed-in contestant may see. Raises `not_found`."""
    with db.read() as session:
        if session.exec(select(Question.id).where(Question.picture_sha256 == sha256).limit(1)).first() is None:
            raise RoundsError("not_found")


def _running(session: Session, me: ContestantSession) -> int | None:
    query = select(QuizAttempt.id).where(
        QuizAttempt.contestant_id == me.contestant_id, col(QuizAttempt.finished_at).is_(None)
    )
    return session.exec(query).first()


def _rules(session: Session, me: ContestantSession) -> Rules:
    return Rules.from_json(session.get_one(Season, me.season_id).rules)


def _check_nothing_open(session: Session, me: ContestantSession) -> None:
    if _running(session, me) is not None:
        raise RoundsError("quiz.running")


def _own(session: Session, me: ContestantSession, attempt_id: int) -> QuizAttempt:
    query = select(QuizAttempt).where(QuizAttempt.id == attempt_id, QuizAttempt.contestant_id == me.contestant_id)
    found = session.exec(query).first()
    if found is None:
        raise RoundsError("not_found")
    return found


def _answers(session: Session, attempt: QuizAttempt) -> dict[int, QuizAnswer]:
    rows = session.exec(select(QuizAnswer).where(QuizAnswer.attempt_id == attempt.id)).all()
    return {row.position: row for row in rows}


def _questions(session: Session, ids: Sequence[int]) -> dict[int, Question]:
    return {row.id or 0: row for row in session.exec(select(Question).where(col(Question.id).in_(ids))).all()}


def _line(attempt: QuizAttempt) -> Line:
    void = "" if attempt.void == OPEN else attempt.void
    return Line(attempt.id or 0, attempt.number, attempt.week, attempt.day, attempt.score, void)


def _told(rules: Rules, attempt: QuizAttempt) -> Line:
    """The line as its contestant may see it now."""
    line, opens_at = _line(attempt), explained_from(rules, attempt.week)
    practice = attempt.number > rules.quiz.attempts_a_day
    return replace(line, opens_at=opens_at, score=None if practice and opens_at else line.score)


def _order(attempt: QuizAttempt, question: Question) -> list[str]:
    codes = [one["code"] for one in question.options]
    return options_in_order(attempt.seed, question.id or 0, question.kind, codes)


def _shown(
    attempt: QuizAttempt, position: int, question: Question, given: QuizAnswer | None, locale: str
) -> ShownQuestion:
    options = {one["code"]: one for one in question.options}
    chosen = set(given.chosen.split(",")) if given else set()
    return ShownQuestion(
        position=position,
        kind=question.kind,
        text=pick(locale, question.text_zh, question.text_en),
        picture=question.picture_sha256,
        options=tuple(
            ShownOption(letter, pick(locale, options[code]["zh"], options[code]["en"]), code in chosen)
            for letter, code in zip(LETTERS, _order(attempt, question), strict=False)
        ),
    )


def _explained(
    attempt: QuizAttempt,
    position: int,
    question: Question,
    given: QuizAnswer | None,
    ruling: QuestionRuling | None,
    locale: str,
) -> ExplainedQuestion:
    return ExplainedQuestion(
        question=_shown(attempt, position, question, given, locale),
        right=_letters(attempt, question, ruling.right if ruling else question.right),
        explanation=pick(locale, question.explanation_zh, question.explanation_en),
        points=given.points if given else 0,
        worth=worth(position, len(attempt.questions)),
        ruling=ruling,
    )


def _letters(attempt: QuizAttempt, question: Question, codes: Iterable[str]) -> tuple[str, ...]:
    wanted = set(codes)
    return tuple(letter for letter, code in zip(LETTERS, _order(attempt, question), strict=False) if code in wanted)
