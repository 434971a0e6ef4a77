"""The quiz's questions: their kinds, what makes one sound, and how an answer is marked."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from audit.domain.contest.scores import FULL
from audit.errors import RoundsError

OPTION_CODES = "abcdefgh"  # in the order in which they were written; on screen they are lettered anew


class QuestionKind(StrEnum):
    """`picture`: a single choice about a picture."""

    SINGLE = "single"
    MULTIPLE = "multiple"
    TRUE_FALSE = "true_false"
    PICTURE = "picture"


# fmt: off
KIND_WORDS = {
    QuestionKind.SINGLE:     ("单选题", "One answer"),
    QuestionKind.MULTIPLE:   ("多选题", "Several answers"),
    QuestionKind.TRUE_FALSE: ("判断题", "True or false"),
    QuestionKind.PICTURE:    ("看图题", "Picture"),
}
DIFFICULTY_WORDS = {
    "easy":   ("易", "Easy"),
    "medium": ("中", "Medium"),
    "hard":   ("难", "Hard"),
}
# fmt: on


@dataclass(frozen=True)
class Option:
    """One choice, in both languages."""

    code: str
    zh: str
    en: str = ""


@dataclass(frozen=True)
class QuestionValues:
    """A question as it is written. `right`: the codes of the right options."""

    code: str
    kind: str
    difficulty: str
    topic_zh: str
    topic_en: str
    text_zh: str
    text_en: str
    options: tuple[Option, ...]
    right: tuple[str, ...]
    explanation_zh: str = ""
    explanation_en: str = ""


TRUE_OR_FALSE = (Option("a", "正确", "True"), Option("b", "错误", "False"))


def check(question: QuestionValues) -> None:
    """Raise the first thing that is wrong with a question: `question.kind`, `.difficulty`, `.text`, `.options`,
    `.option`, `.right`."""
    for error in _faults(question):
        raise error


def is_right(right: Iterable[str], chosen: Iterable[str]) -> bool:
    """Whether exactly the right options were chosen; part of them is not enough."""
    return set(right) == set(chosen)


def ruled_points(kind: str, right: Sequence[str], chosen: Sequence[str], most: int) -> int:
    """Hundredths of an answer by a ruling: all of them once the question is struck (`right` is empty), answered or not;
    where one option is chosen, for any of the right ones."""
    if not right:
        return most
    one = kind != QuestionKind.MULTIPLE
    fits = len(chosen) == 1 and chosen[0] in right if one else is_right(right, chosen)
    return most if fits else 0


def check_ruling(kind: str, codes: Sequence[str], right: Sequence[str]) -> None:
    """Raise `question.right` for a key that no question of the kind has: options that are not there, and where one is
    chosen all of them, which is what striking is for."""
    every = kind != QuestionKind.MULTIPLE and len(set(right)) == len(codes)
    if every or not set(right) <= set(codes):
        raise RoundsError("question.right", field="right")


def worth(position: int, count: int) -> int:
    """Hundredths that the question at a position (from 0) of an attempt gives: together 100 points, spread evenly."""
    return FULL // count + (1 if position < FULL % count else 0)


def _faults(question: QuestionValues) -> Iterator[RoundsError]:
    if question.kind not in KIND_WORDS:
        yield RoundsError("question.kind", field="kind", value=question.kind[:40])
        return
    if question.difficulty not in DIFFICULTY_WORDS:
        yield RoundsError("question.difficulty", field="difficulty", value=question.difficulty[:40])
    if not (question.text_zh or question.text_en):
        yield RoundsError("required", field="text_zh")
    yield from _option_faults(question)


def _option_faults(question: QuestionValues) -> Iterator[RoundsError]:
    options, right = question.options, question.right
    fewest = 3 if question.kind == QuestionKind.MULTIPLE else 2
    if not fewest <= len(options) <= len(OPTION_CODES):
        yield RoundsError("question.options", fewest=fewest, most=len(OPTION_CODES))
    if question.kind == QuestionKind.TRUE_FALSE and len(options) != 2:
        yield RoundsError("question.options", fewest=2, most=2)
    for texts in ([one.zh for one in options], [one.en for one in options]):
        said = [text.strip().lower() for text in texts if text.strip()]
        if len(set(said)) != len(said):
            yield RoundsError("question.option")
    if not all(one.zh or one.en for one in options):
        yield RoundsError("question.option")
    wanted = len(set(right)) >= 2 if question.kind == QuestionKind.MULTIPLE else len(set(right)) == 1
    if not wanted or not set(right) <= {one.code for one in options}:
        yield RoundsError("question.right", field="right")
