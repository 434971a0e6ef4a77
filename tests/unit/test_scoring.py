"""The score, by the hand-worked vectors that the tablet is tested with too, and by what must hold for any answers."""

import json
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.domain.checklist import RATINGS, Checklist, problems
from audit.domain.scoring import CAP, grade, half_up, score

VECTORS = json.loads((Path(__file__).parent.parent / "vectors" / "score.json").read_text())["vectors"]


@pytest.mark.parametrize("vector", VECTORS, ids=[vector["name"] for vector in VECTORS])
def test_the_score_is_the_hand_worked_one(vector: dict[str, Any]) -> None:
    checklist = Checklist.from_json(vector["checklist"])
    assert problems(checklist) == []
    assert score(checklist, vector["answers"]).to_json() == vector["expected"]


@pytest.mark.parametrize(
    ("total", "name"),
    [
        ("100.00", "excellent"),
        ("95.00", "excellent"),
        ("94.99", "good"),
        ("85.00", "good"),
        ("84.99", "qualified"),
        ("75.00", "qualified"),
        ("74.99", "failed"),
        ("59.99", "failed"),
        ("0.00", "failed"),
    ],
)
def test_a_grade_begins_at_its_lowest_total(total: str, name: str) -> None:
    assert grade(Decimal(total)) == name


@pytest.mark.parametrize(
    ("value", "shown"),
    [(Fraction(1, 200), "0.01"), (Fraction(3, 200), "0.02"), (Fraction(499, 10**5), "0.00"), (Fraction(100), "100.00")],
)
def test_a_half_goes_up(value: Fraction, shown: str) -> None:
    assert str(half_up(value, 2)) == shown


LIST = Checklist.from_json(next(vector for vector in VECTORS if "recurring" in vector["name"])["checklist"])
answer = st.fixed_dictionaries({"rating": st.sampled_from([*RATINGS, None])})
answers = st.fixed_dictionaries({}, optional={item.code: answer for item in LIST.items()})


@given(answers)
def test_any_answers_give_a_total_between_nothing_and_a_hundred(given_answers: dict[str, dict[str, Any]]) -> None:
    result = score(LIST, given_answers)
    scored = any(answer["rating"] in ("pass", "partial", "fail") for answer in given_answers.values())
    assert (result.total is not None) == scored
    if result.total is not None and result.raw is not None:
        assert 0 <= result.total <= result.raw <= 100
        assert not result.capped_by or result.total <= half_up(CAP, 2)


@given(answers, st.sampled_from([item.code for item in LIST.items()]))
def test_a_better_rating_never_lowers_the_total(given_answers: dict[str, dict[str, Any]], code: str) -> None:
    totals = [score(LIST, {**given_answers, code: {"rating": rating}}).exact for rating in ("fail", "partial", "pass")]
    assert totals == sorted(totals)  # type: ignore[type-var]
