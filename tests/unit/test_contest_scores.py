"""The contest's formulas: hand-worked vectors, and what must hold for any contestants."""

import json
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from audit.domain.contest import scores
from audit.domain.contest.rules import StarRules, default_rules
from audit.domain.contest.scores import Group
from audit.domain.contest.stars import quotas

VECTORS = json.loads((Path(__file__).parent.parent / "vectors" / "contest.json").read_text("utf-8"))
RULES = default_rules()
SKILL = RULES.skill


def hundredths(points: str) -> int:
    return int(Decimal(points) * 100)


def square(points: str) -> Fraction:
    return Fraction(hundredths(points) ** 2)


@pytest.mark.parametrize("vector", VECTORS["vectors"], ids=[vector["name"] for vector in VECTORS["vectors"]])
def test_the_total_is_the_hand_worked_one_with_every_figure_on_the_way(vector: dict[str, Any]) -> None:
    number, own_mean, own_deviation = vector["own"]
    city = Group(0, Fraction(hundredths(vector["city"][0])), square(vector["city"][1]))
    own = Group(number, Fraction(hundredths(own_mean)), square(own_deviation))
    by = scores.shrunk(own, city, SKILL.prior)
    skill = scores.scale(by, SKILL).score(hundredths(vector["x"]))
    votes = scores.votes(vector["votes"], vector["reference"])
    total = scores.total(RULES, skill, hundredths(vector["quiz"]), votes, hundredths(vector["bonus"]))
    found = {
        "mean": f"{float(by.mean) / 100:.4f}",
        "deviation": f"{float(by.variance) ** 0.5 / 100:.4f}",
        **{
            name: f"{Decimal(figure) / 100:.2f}"
            for name, figure in (("skill", skill), ("votes", votes), ("total", total))
        },
    }
    assert found == vector["expected"]


@pytest.mark.parametrize("vector", VECTORS["quotas"], ids=[vector["name"] for vector in VECTORS["quotas"]])
def test_the_quotas_are_the_hand_worked_ones(vector: dict[str, Any]) -> None:
    assert quotas(vector["contestants"], StarRules(*vector["seats"], threshold=0)) == vector["expected"]
