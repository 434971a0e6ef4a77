"""Drawing by seed: a week's paper from the bank, an attempt from the paper, the order of questions and options.

Whatever is drawn comes from hashes of seed and name, never from a generator whose algorithm may change: the same seed
gives the same draw on every machine and version, and anybody can repeat it.
"""

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TypeVar

from audit.domain.contest.questions import DIFFICULTY_WORDS, QuestionKind
from audit.domain.contest.rules import DIFFICULTIES, QuizRules
from audit.errors import RoundsError

SEEDS = 2**31  # a seed is below this
_Name = TypeVar("_Name", int, str)


def shuffled(seed: int, names: Iterable[_Name], what: str) -> list[_Name]:
    """The names in the order that the seed gives them; `what` keeps the draws of one seed apart."""
    return sorted(names, key=lambda name: hashlib.sha256(f"{seed}:{what}:{name}".encode()).digest())


def wanted(rules: QuizRules) -> dict[str, int]:
    """Difficulty → how many of its questions an attempt has."""
    return dict(zip(DIFFICULTIES, (rules.easy, rules.medium, rules.hard), strict=True))


def draw_paper(seed: int, rules: QuizRules, bank: Mapping[str, Sequence[int]], used: Mapping[int, int]) -> list[int]:
    """Question ids of a week's paper. `bank`: difficulty → ids; `used`: id → in how many papers before.

    The balance of difficulties is that of an attempt. What was used least comes first, so that a season goes through
    the whole bank. Raises `quiz.bank_short`.
    """
    drawn: list[int] = []
    for difficulty, number in wanted(rules).items():
        found = bank.get(difficulty, ())
        if len(found) < number:
            name = " ".join(DIFFICULTY_WORDS[difficulty])
            raise RoundsError("quiz.bank_short", difficulty=name, needed=number, found=len(found))
        ordered = sorted(shuffled(seed, found, "paper"), key=lambda one: used.get(one, 0))
        drawn += ordered[: number * rules.paper_share]
    return drawn


def draw_attempt(
    seed: int,
    rules: QuizRules,
    paper: Sequence[int],
    difficulty_of: Mapping[int, str],
    struck: Collection[int] = (),
) -> list[int]:
    """Question ids of one attempt in the order in which they are asked; `struck` ones where the others are too few."""
    drawn: list[int] = []
    for difficulty, number in wanted(rules).items():
        found = shuffled(seed, (one for one in paper if difficulty_of[one] == difficulty), "attempt")
        drawn += sorted(found, key=lambda one: one in struck)[:number]
    return shuffled(seed, drawn, "order")


def options_in_order(seed: int, question_id: int, kind: str, codes: Sequence[str]) -> list[str]:
    """Option codes as they are lettered A, B, C … in an attempt; true stays before false."""
    if kind == QuestionKind.TRUE_FALSE:
        return list(codes)
    return shuffled(seed, codes, f"options of {question_id}")
