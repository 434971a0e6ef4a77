"""The demo city's question bank: `data/questions.yaml` as questions, imported the way an organiser imports them."""

from collections.abc import Iterator
from typing import Any

from audit.db.engine import Database
from audit.demo.texts import read
from audit.domain.contest import gift
from audit.domain.contest.questions import OPTION_CODES, TRUE_OR_FALSE, Option, QuestionKind, QuestionValues
from audit.domain.permissions import Actor
from audit.services.contest.questions import import_gift
from audit.services.spreadsheet_import import Outcome


def questions() -> Iterator[QuestionValues]:
    """All questions of the seed, in its order; codes are HS-01, HS-02 and so on."""
    for topic in read("questions"):
        for number, told in enumerate(topic["questions"], start=1):
            yield _question(f"{topic['prefix']}-{number:02}", _both(topic["topic"]), told)


def seed_bank(db: Database, actor: Actor) -> Outcome:
    """Import the seed; what is there already is left as it is. Raises `forbidden`."""
    return import_gift(db, actor, gift.write(questions()).encode(), dry_run=False)


def _question(code: str, topic: tuple[str, str], told: dict[str, Any]) -> QuestionValues:
    options: tuple[Option, ...]
    right: tuple[str, ...]
    if "yes" in told:
        kind, options, right = QuestionKind.TRUE_FALSE, TRUE_OR_FALSE, ("a",) if told["yes"] else ("b",)
    else:
        number = told.get("right", 1)
        kind = QuestionKind.MULTIPLE if number > 1 else QuestionKind.SINGLE
        options = tuple(Option(letter, *_both(text)) for letter, text in zip(OPTION_CODES, told["a"], strict=False))
        right = tuple(OPTION_CODES[:number])
    texts = *topic, *_both(told["q"])
    return QuestionValues(code, kind, told["level"], *texts, options, right, *_both(told["why"]))


def _both(text: str) -> tuple[str, str]:
    """Chinese and English; a text without a bar is the same in both."""
    zh, _, en = text.partition(" | ")
    return zh.strip(), (en or zh).strip()
