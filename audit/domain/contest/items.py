"""Item statistics: how hard a question was, and whether those who know more answer it rightly.

`facility` is the share of right answers. `discrimination` is the point-biserial correlation between answering the
question rightly and the rest of the attempt's score (without this question, or it would correlate with itself). Both
come from exact integer sums; only the last step is a float, and nothing that counts depends on it.
"""

import math
from dataclasses import dataclass

ENOUGH = 30  # answers, below which the figures say little
TOO_EASY, TOO_HARD, TOO_WEAK = 0.95, 0.20, 0.10


@dataclass(frozen=True)
class ItemSums:
    """Sums over a question's answers; `rest`: hundredths of the attempt without this question."""

    answers: int
    right: int
    rest: int
    rest_squared: int
    rest_of_right: int


def facility(sums: ItemSums) -> float | None:
    """Share of right answers, 0 to 1; None without answers."""
    return sums.right / sums.answers if sums.answers else None


def discrimination(sums: ItemSums) -> float | None:
    """Point-biserial correlation, −1 to 1; None where everybody, or nobody, or all alike answered rightly."""
    n = sums.answers
    spread = n * sums.rest_squared - sums.rest**2
    chance = sums.right * (n - sums.right)
    if spread <= 0 or chance <= 0:
        return None
    return (n * sums.rest_of_right - sums.right * sums.rest) / math.sqrt(spread * chance)


def advice(sums: ItemSums) -> str:
    """What a person should look at: few, negative, weak, easy, hard, or nothing (empty)."""
    share, correlation = facility(sums), discrimination(sums)
    if share is None or sums.answers < ENOUGH:
        return "few"
    if correlation is not None and correlation < 0:
        return "negative"  # those who know more answer it wrongly: the key may be wrong
    if share > TOO_EASY:
        return "easy"
    if share < TOO_HARD:
        return "hard"
    return "weak" if correlation is not None and correlation < TOO_WEAK else ""
