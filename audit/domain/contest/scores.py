"""From points to places: S, Q, V, B, the total T, and the order.

Published figures are hundredths of a point. S, Q and V are rounded half-up to hundredths once, T is computed from these
published figures and rounded half-up once: whoever has the list can recompute it by hand. Roots and logarithms are
taken by `decimal` with 50 digits, which rounds correctly and alike on every machine; floats are nowhere used.

Sources: research on the contest (formulae, precedents); hand-worked vectors in tests/vectors/contest.json.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction
from functools import lru_cache
from operator import itemgetter

from audit.domain.contest.rules import POINT, BonusRules, QuizRules, Rules, SkillRules, VoteRules
from audit.errors import RoundsError

FULL = 100 * POINT  # the most a leg can give
_EXACT = Context(prec=50)
_ONE = Decimal(1)


@dataclass(frozen=True, slots=True)
class Tally:
    """What was counted of one contestant. Sums are hundredths; `key` names the contestant within the season.

    `central`, `branch`: number of skill scores and their sum, by who marked them. `quiz`: sum of the best weekly bests.
    `votes`: names on counted ballots. `bonus`: points of cases and ideas before the cap. `complaints`: upheld ones.
    `eligible`: whether the contestant can become a star. `panel`: names on the panel's recorded ballots.
    """

    key: str
    organisation: str
    zone: str
    central: tuple[int, int] = (0, 0)
    branch: tuple[int, int] = (0, 0)
    quiz: int = 0
    votes: int = 0
    bonus: int = 0
    complaints: int = 0
    eligible: bool = True
    panel: int = 0


@dataclass(frozen=True)
class Group:
    """The branch-marked means of a group of contestants: how many, mean and variance (of the whole group), exact."""

    count: int
    mean: Fraction
    variance: Fraction


@dataclass(frozen=True, slots=True)
class Standing:
    """One contestant's line: figures in hundredths; `place` 1 is the best, shared by those whom nothing tells apart."""

    key: str
    organisation: str
    skill: int
    quiz: int
    votes: int
    bonus: int
    total: int
    complaints: int
    eligible: bool
    panel: int
    place: int


def hundredths(field: str, told: str, most: int) -> int:
    """Points as people type them ("92.5", at most two decimals) in hundredths; raises `invalid` outside 0 to `most`."""
    found = re.fullmatch(r"(\d{1,4})(?:[.．](\d{1,2}))?", told.strip(), re.ASCII)
    if found is None:
        raise RoundsError("invalid", field=field)
    value = int(found[1]) * POINT + int((found[2] or "").ljust(2, "0"))
    if value > most:
        raise RoundsError("invalid", field=field)
    return value


def mean(count: int, total: int) -> int:
    """A mean of hundredths, rounded half-up to hundredths; 0 of nothing."""
    return (2 * total + count) // (2 * count) if count else 0


def group(marks: Iterable[int]) -> Group:
    """Mean and variance of these means (hundredths)."""
    values = list(marks)
    count, total = len(values), sum(values)
    if not count:
        return Group(0, Fraction(0), Fraction(0))
    squares = sum(value * value for value in values)
    return Group(count, Fraction(total, count), Fraction(count * squares - total * total, count * count))


def shrunk(own: Group, city: Group, prior: int) -> Group:
    """m* = (n·m_o + prior·m) ÷ (n + prior), and the same for the variance: small groups lean on the city."""
    weight = own.count + prior
    if not weight:
        return city
    return Group(
        own.count,
        (own.count * own.mean + prior * city.mean) / weight,
        (own.count * own.variance + prior * city.variance) / weight,
    )


@dataclass(frozen=True)
class Scale:
    """How an organisation's branch-marked means are normalised: centre + factor × (x − mean), in hundredths."""

    centre: Decimal
    factor: Decimal
    mean: Decimal

    def score(self, mark: int) -> int:
        """The normalised score, rounded half-up and clipped to 0 to 100 points."""
        found = _EXACT.fma(self.factor, _EXACT.subtract(Decimal(mark), self.mean), self.centre)
        return min(FULL, max(0, int(found.quantize(_ONE, ROUND_HALF_UP, _EXACT))))


def scale(by: Group, rules: SkillRules) -> Scale:
    """clip(centre + spread·(x − m*) ÷ s*, 0, 100); the centre for everybody where s* = 0.

    `by` is the shrunk group of the organisation.
    """
    factor = Decimal(0)
    if by.variance:
        factor = _EXACT.divide(Decimal(rules.spread * POINT), _EXACT.sqrt(_decimal(by.variance)))
    return Scale(Decimal(rules.centre * POINT), factor, _decimal(by.mean))


def skill(tally: Tally, by: Scale) -> int:
    """S: centrally marked scores as they are, branch-marked ones normalised, by their numbers. 0 without a score."""
    central, branch = tally.central, tally.branch
    marked = by.score(mean(*branch)) if branch[0] else 0
    return min(FULL, mean(central[0] + branch[0], central[1] + branch[0] * marked))


def best_weeks(weeks: Iterable[int], rules: QuizRules) -> int:
    """The sum of the best weekly bests that count; a week without an attempt is worth 0."""
    return sum(sorted(weeks, reverse=True)[: rules.best_weeks])


def quiz(tally: Tally, rules: QuizRules) -> int:
    """Q: the mean of the best weekly bests."""
    return min(FULL, mean(rules.best_weeks, tally.quiz))


def percentile(counts: Iterable[int], percent: int) -> int:
    """The smallest count that at least so many percent of the counts do not exceed (nearest rank); 0 of nothing."""
    ordered = sorted(counts)
    return ordered[-(-percent * len(ordered) // 100) - 1] if ordered else 0


@lru_cache(maxsize=65_536)
def votes(count: int, reference: int) -> int:
    """V = min(100, 100·ln(1 + v) ÷ ln(1 + P95)) in hundredths; 0 where P95 = 0."""
    if reference <= 0:
        return 0
    if count >= reference:
        return FULL
    ratio = _EXACT.divide(_EXACT.ln(Decimal(1 + count)), _EXACT.ln(Decimal(1 + reference)))
    return min(FULL, int(_EXACT.multiply(Decimal(FULL), ratio).quantize(_ONE, ROUND_HALF_UP, _EXACT)))


def bonus(points: int, rules: BonusRules) -> int:
    """B: the points of cases and ideas, at most the cap."""
    return min(rules.cap, max(0, points))


def total(rules: Rules, s: int, q: int, v: int, b: int) -> int:
    """T from the published figures, rounded half-up: 0.5·S + 0.3·Q + 0.2·V + B with the default weights."""
    weights = rules.weights
    return (weights.skill * s + weights.quiz * q + weights.votes * v + 100 * b + 50) // 100


def standings(rules: Rules, tallies: Sequence[Tally]) -> list[Standing]:
    """Everybody's figures and places, the best first; equal places in the order of their keys."""
    scales, references = skill_scales(rules.skill, tallies), vote_references(rules.votes, tallies)
    order = ranking(rules)
    lines = [_line(rules, tally, scales[tally.organisation], references[tally.organisation]) for tally in tallies]
    ordered = sorted(((order(line), line.key, line) for line in lines), key=itemgetter(0, 1))
    found: list[Standing] = []
    before, place = None, 0
    for number, (key, _, line) in enumerate(ordered, start=1):
        place = place if key == before else number
        before = key
        object.__setattr__(line, "place", place)  # nobody has seen it yet; 2,000 copies took a quarter of the time
        found.append(line)
    return found


def skill_scales(rules: SkillRules, tallies: Iterable[Tally]) -> dict[str, Scale]:
    """Organisation → how its branch-marked means are normalised, shrunk towards the city's."""
    marks: dict[str, list[int]] = defaultdict(list)
    for tally in tallies:
        marks[tally.organisation].extend([mean(*tally.branch)] if tally.branch[0] else [])
    city = group(mark for own in marks.values() for mark in own)
    return {name: scale(shrunk(group(own), city, rules.prior), rules) for name, own in marks.items()}


def vote_references(rules: VoteRules, tallies: Sequence[Tally]) -> dict[str, int]:
    """Organisation → the votes that are worth 100: its own percentile; of a small one its zone's, else the city's."""
    people = Counter(tally.organisation for tally in tallies)
    zone_of = {tally.organisation: tally.zone for tally in tallies}
    own, zones = _counts(tallies, lambda one: one.organisation), _counts(tallies, lambda one: one.zone)
    city = [tally.votes for tally in tallies]
    found = {}
    for name, number in people.items():
        wide = zones[zone_of[name]] if zone_of[name] else city
        found[name] = percentile(own[name] if number >= rules.small else wide, rules.percentile)
    return found


def ranking(rules: Rules) -> Callable[[Standing], tuple[int, ...]]:
    """What orders contestants, smallest first: the total, then the rules' tie-breaks, then the panel's ballots."""
    keys = [_TIE_KEYS[name] for name in rules.ties]
    return lambda line: (-line.total, *[key(line) for key in keys], -line.panel)


def _line(rules: Rules, tally: Tally, by: Scale, reference: int) -> Standing:
    s, q = skill(tally, by), quiz(tally, rules.quiz)
    v, b = votes(tally.votes, reference), bonus(tally.bonus, rules.bonus)
    return Standing(
        key=tally.key,
        organisation=tally.organisation,
        skill=s,
        quiz=q,
        votes=v,
        bonus=b,
        total=total(rules, s, q, v, b),
        complaints=tally.complaints,
        eligible=tally.eligible,
        panel=tally.panel,
        place=0,
    )


_TIE_KEYS: dict[str, Callable[[Standing], int]] = {
    "skill": lambda line: -line.skill,
    "quiz": lambda line: -line.quiz,
    "complaint": lambda line: int(line.complaints > 0),
    "bonus": lambda line: -line.bonus,
}


def _counts(tallies: Iterable[Tally], name: Callable[[Tally], str]) -> Mapping[str, list[int]]:
    found: dict[str, list[int]] = defaultdict(list)
    for tally in tallies:
        found[name(tally)].append(tally.votes)
    return found


def _decimal(value: Fraction) -> Decimal:
    return _EXACT.divide(Decimal(value.numerator), Decimal(value.denominator))
