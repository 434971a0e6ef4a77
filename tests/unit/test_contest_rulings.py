"""What an answer is worth by a ruling, which keys a ruling may name, and which questions an attempt draws last."""

import pytest

from audit.domain.contest.drawing import draw_attempt
from audit.domain.contest.questions import check_ruling, ruled_points
from audit.domain.contest.rules import default_rules
from tests.hands import refusal

RULES = default_rules().quiz


@pytest.mark.parametrize(
    ("kind", "right", "chosen", "points"),
    [
        ("single", [], [], 1_000),
        ("multiple", [], ["a"], 1_000),
        ("single", ["b"], ["b"], 1_000),
        ("single", ["b"], ["c"], 0),
        ("single", ["b"], [], 0),
        ("picture", ["b", "c"], ["c"], 1_000),
        ("picture", ["b", "c"], ["a"], 0),
        ("multiple", ["a", "c"], ["a", "c"], 1_000),
        ("multiple", ["a", "c"], ["a"], 0),
        ("multiple", ["a"], ["a"], 1_000),
        ("true_false", ["a"], ["b"], 0),
    ],
)
def test_an_answer_is_worth_what_the_ruling_says(kind: str, right: list[str], chosen: list[str], points: int) -> None:
    assert ruled_points(kind, right, chosen, 1_000) == points


@pytest.mark.parametrize(
    ("kind", "codes", "right", "fine"),
    [
        ("single", "abcd", "b", True),
        ("single", "abcd", "bc", True),
        ("single", "abcd", "", True),
        ("single", "abcd", "abcd", False),
        ("true_false", "ab", "ab", False),
        ("multiple", "abcd", "abcd", True),
        ("multiple", "abcd", "ae", False),
    ],
)
def test_a_ruling_names_options_that_are_there_and_not_all_where_one_is_chosen(
    kind: str, codes: str, right: str, fine: bool
) -> None:
    if fine:
        check_ruling(kind, codes, right)
    else:
        assert refusal(lambda: check_ruling(kind, codes, right)).code == "question.right"


def test_struck_questions_are_drawn_where_the_others_are_too_few() -> None:
    paper = list(range(30))
    difficulty = dict(enumerate(["easy"] * 12 + ["medium"] * 12 + ["hard"] * 6))
    whole = draw_attempt(5, RULES, paper, difficulty)
    assert draw_attempt(5, RULES, paper, difficulty, ()) == whole
    rest = draw_attempt(5, RULES, paper, difficulty, set(whole))
    assert not set(rest) & set(whole)
    assert len(draw_attempt(5, RULES, paper, difficulty, set(range(12, 30)))) == RULES.questions
