"""The score of a visit: exact fractions, rounded once.

Section rate = Σ points × worth ÷ Σ points over the items that are shown and rated pass, partial or fail. Total = 100 ×
Σ (section weight × rate) ÷ Σ (weights of the sections that have such items). Items rated N/A, rated later, hidden by
their condition or not answered leave both sides. A failed critical item caps the total; the raw total stays visible.
The tablet computes the same; `tests/vectors/score.json` tests both.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from audit.domain.checklist import Checklist, Item, visible_items

WORTH = {"pass": Fraction(1), "partial": Fraction(1, 2), "fail": Fraction(0)}
CAP = Fraction(5999, 100)  # the most a visit can reach with a failed critical item
NA_LIMIT = Fraction(1, 5)  # above this share of the points N/A, the score is provisional

# fmt: off
GRADES = (  # the lowest total (as shown, two places) of each grade, best first
    (Decimal(95), "excellent"),   # 优秀
    (Decimal(85), "good"),        # 良好
    (Decimal(75), "qualified"),   # 合格
    (Decimal(0),  "failed"),      # 不达标
)
# fmt: on


@dataclass(frozen=True)
class Score:
    """The result of one visit, complete or under way.

    `total` and `raw` are points of 100 with two places, None when nothing is scored; `exact` is the raw total before
    rounding. `sections`: section code → rate 0..1, None where the section does not apply. `capped_by`: the failed
    critical items. `provisional`: why the score is not final yet, of "na" and "later". `points` and `na_points` are
    those of the shown items; `items` is their number.
    """

    total: Decimal | None
    raw: Decimal | None
    exact: Fraction | None
    sections: Mapping[str, Fraction | None]
    capped_by: tuple[str, ...]
    provisional: tuple[str, ...]
    unanswered: tuple[str, ...]
    later: tuple[str, ...]
    points: int
    na_points: int
    items: int

    @property
    def grade(self) -> str:
        """excellent, good, qualified or failed; empty without a total."""
        return "" if self.total is None else grade(self.total)

    def to_json(self) -> dict[str, Any]:
        """Plain data; fractions become decimal strings: totals with two places, rates with four."""
        return {
            "total": None if self.total is None else str(self.total),
            "raw": None if self.raw is None else str(self.raw),
            "grade": self.grade,
            "sections": {code: None if rate is None else str(half_up(rate, 4)) for code, rate in self.sections.items()},
            "capped_by": list(self.capped_by),
            "provisional": list(self.provisional),
            "unanswered": list(self.unanswered),
            "later": list(self.later),
            "points": self.points,
            "na_points": self.na_points,
            "items": self.items,
        }


def score(checklist: Checklist, answers: Mapping[str, Mapping[str, Any]]) -> Score:
    """The score of these answers (item code → {"rating": …, …}); a missing or null rating is no answer yet."""
    ratings = {code: answer.get("rating") for code, answer in answers.items()}
    shown = visible_items(checklist, ratings)
    codes = frozenset(item.code for item in shown)
    rates = {section.code: _rate(section.items, codes, ratings) for section in checklist.sections}
    exact = _total(checklist, rates)
    capped_by = tuple(item.code for item in shown if item.critical and ratings.get(item.code) == "fail")
    later = tuple(item.code for item in shown if ratings.get(item.code) == "later")
    points = sum(item.points for item in shown)
    na_points = sum(item.points for item in shown if ratings.get(item.code) == "na")
    provisional = [reason for reason, holds in (("na", na_points > NA_LIMIT * points), ("later", later)) if holds]
    return Score(
        total=None if exact is None else half_up(min(exact, CAP) if capped_by else exact, 2),
        raw=None if exact is None else half_up(exact, 2),
        exact=exact,
        sections=rates,
        capped_by=capped_by,
        provisional=tuple(provisional),
        unanswered=tuple(item.code for item in shown if not ratings.get(item.code)),
        later=later,
        points=points,
        na_points=na_points,
        items=len(shown),
    )


def grade(total: Decimal) -> str:
    """The grade of a total as it is shown, so that 94.995, shown as 95.00, is excellent."""
    return next(name for lowest, name in GRADES if total >= lowest)


def half_up(value: Fraction, places: int) -> Decimal:
    """A non-negative fraction rounded half-up to so many decimal places."""
    scaled = (value * 10**places + Fraction(1, 2)).__floor__()
    return Decimal(scaled).scaleb(-places)


def _rate(items: tuple[Item, ...], shown: frozenset[str], ratings: Mapping[str, Any]) -> Fraction | None:
    rated = [item for item in items if item.code in shown and ratings.get(item.code) in WORTH]
    possible = sum(item.points for item in rated)
    if not possible:
        return None
    return sum((item.points * WORTH[ratings[item.code]] for item in rated), Fraction(0)) / possible


def _total(checklist: Checklist, rates: Mapping[str, Fraction | None]) -> Fraction | None:
    weights = sum(section.weight for section in checklist.sections if rates[section.code] is not None)
    if not weights:
        return None
    got = sum((section.weight * (rates[section.code] or Fraction(0)) for section in checklist.sections), Fraction(0))
    return 100 * got / weights
