"""A small season that plays: Lin, Mei and Hu are contestants, the bank holds three papers' worth of questions."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlmodel import Session, col, select

from audit.db.engine import Database
from audit.db.models import Contestant, ContestTally, Question, QuizAttempt, Season
from audit.domain.contest.drawing import options_in_order
from audit.domain.contest.rules import Rules, default_rules
from audit.domain.permissions import Actor, Granted, Role, Scope
from audit.services import clock
from audit.services.contest import tallies
from audit.services.contest.attempts import LETTERS
from audit.services.contest.sign_in import ContestantSession
from tests.factories import NOW, City

QUIZ_DAY = dt.datetime(2026, 7, 14, 1, 0, tzinfo=dt.UTC)  # Tuesday of the quiz's first week, 9 o'clock in Shanghai
BANK = (("easy", 13), ("medium", 12), ("hard", 6))
# fmt: off
CONTESTANTS = (
    # name   number   zh      en         organisation  phone
    ("lin", "E1001", "林晓", "Lin Xiao", "yuzhong",  "13900001001"),
    ("mei", "E1002", "梅芳", "Mei Fang", "jiangbei", "13900001002"),
    ("hu",  "E1003", "胡堃", "Hu Kun",   "jiangbei", ""),
)
# fmt: on


@dataclass
class Play:
    """The season, its contestants by name, and who organises it."""

    city: City
    season_id: int
    rules: Rules
    people: dict[str, ContestantSession] = field(default_factory=dict)
    organiser: Actor = field(default_factory=lambda: Actor(0, ""))

    @property
    def db(self) -> Database:
        """The database."""
        return self.city.db

    @property
    def lin(self) -> ContestantSession:
        """Lin, signed in."""
        return self.people["lin"]

    @property
    def mei(self) -> ContestantSession:
        """Mei, signed in."""
        return self.people["mei"]

    def differences(self) -> list[tuple[int, str, int, int]]:
        """What a recount finds otherwise than the tallies say: must be nothing."""
        with self.db.read() as session:
            return tallies.differences(session, self.season_id, self.rules.quiz)

    def tally(self, name: str) -> ContestTally:
        """What was counted of a contestant."""
        with self.db.read() as session:
            return session.get_one(ContestTally, self.people[name].contestant_id)

    def attempt(self, attempt_id: int) -> QuizAttempt:
        """An attempt's row."""
        with self.db.read() as session:
            return session.get_one(QuizAttempt, attempt_id)

    def letters(self, attempt_id: int, position: int, right: bool = True) -> list[str]:
        """The letters that are right (or one that is wrong) for a question of an attempt, as they were shown."""
        with self.db.read() as session:
            attempt = session.get_one(QuizAttempt, attempt_id)
            question = session.get_one(Question, attempt.questions[position])
        codes = [one["code"] for one in question.options]
        shown = options_in_order(attempt.seed, question.id or 0, question.kind, codes)
        wanted = question.right if right else [next(code for code in codes if code not in question.right)]
        return sorted(LETTERS[shown.index(code)] for code in wanted)


def rules_of_today(opens: Sequence[str] = ("quiz",), **quiz: int) -> Rules:
    """The default rules with a quiz (and what else `opens`) open now; `quiz`: what its rules say otherwise."""
    told = default_rules().to_json()
    stage = {
        "code": "s", "zh": "答题赛季", "en": "Quiz season", "first": clock.today().isoformat(), "last": "2099-12-31",
        "opens": list(opens), "frozen": False,
    }  # fmt: skip
    return Rules.from_json(told | {"stages": [stage], "quiz": told["quiz"] | quiz})


def play(city: City, rules: Rules | None = None, code: str = "2026") -> Play:
    """Write the season, its contestants and a bank of questions; an actor organises it."""
    found = rules or default_rules()
    with city.db.write() as session:
        season = Season(
            code=code, name_zh="微笑天使 2026", name_en="Smiling Angel 2026", state="running",
            rules=found.to_json(), salt="0" * 64, created_at=NOW,
        )  # fmt: skip
        session.add(season)
        session.flush()
        made = Play(city, season.id or 0, found)
        for name, number, zh, en, organisation, phone in CONTESTANTS:
            row = Contestant(
                season_id=made.season_id, code=f"c-{name}", organisation_id=city.organisations[organisation],
                employee_number=number, name=zh, name_en=en, phone=phone,
            )  # fmt: skip
            session.add(row)
            session.flush()
            session.add(ContestTally(contestant_id=row.id or 0, season_id=made.season_id))
            made.people[name] = ContestantSession(row.id or 0, made.season_id, zh, en)
        fill_bank(session)
    made.organiser = Actor(city.wang.account_id, "organiser", grants=(Granted(Role.ORGANISER, Scope.SEASON),))
    return made


def fill_bank(session: Session) -> None:
    """Questions of every kind and difficulty; the right answers say so in their English text, for the leak tests."""
    number = 0
    for difficulty, count in BANK:
        for place in range(count):
            number += 1
            kind = ("single", "multiple", "true_false", "picture")[place % 4]
            codes = "ab" if kind == "true_false" else "abcd"
            right = ["b"] if kind == "true_false" else ["a", "c"] if kind == "multiple" else ["c"]
            options = [{"code": code, "zh": f"选项{number}{code}", "en": f"Option {number}{code}"} for code in codes]
            session.add(
                Question(
                    code=f"Q{number:03}",
                    kind=kind,
                    difficulty=difficulty,
                    topic_zh="测试",
                    topic_en="Test",
                    text_zh=f"第{number}题？",
                    text_en=f"Question {number}?",
                    options=options,
                    right=right,
                    explanation_zh=f"解析机密{number}",
                    explanation_en=f"Secret {number}",
                    created_at=NOW,
                )
            )
    session.flush()
    in_use = select(Question.id).where(col(Question.retired_at).is_(None))
    assert len(session.exec(in_use).all()) == number
