"""Who becomes a star (服务明星): seats by organisation, by largest remainder, by merit; unmet seats return to merit.

Nothing here depends on the order in which contestants are given. Where a shared place meets the last seat, nobody of it
gets the seat until the panel's recorded ballots tell them apart: the seat is *undecided*.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from audit.domain.contest.rules import Rules, StarRules
from audit.domain.contest.scores import Standing, ranking

MERIT = ""  # where a merit seat belongs: to no organisation


@dataclass(frozen=True)
class Star:
    """A contestant who has a seat; `seat` is the organisation whose seat it is, or `MERIT`."""

    key: str
    seat: str


@dataclass(frozen=True)
class Undecided:
    """A shared place at the last of `seats` seats: the panel's ballot decides among `keys`."""

    seat: str
    seats: int
    keys: tuple[str, ...]


@dataclass(frozen=True)
class Selection:
    """The stars, in the order of their places; the quotas; what the panel has to decide.

    `quotas`: organisation → seats, `MERIT` → seats by merit before unmet ones return; together the total.
    `returned`: organisation → seats that it could not fill. `vacant`: seats that nobody in the city earns.
    """

    stars: tuple[Star, ...]
    quotas: Mapping[str, int]
    returned: Mapping[str, int]
    undecided: tuple[Undecided, ...] = ()
    vacant: int = 0

    @property
    def final(self) -> bool:
        """Whether nothing is left for the panel."""
        return not self.undecided


def quotas(contestants: Mapping[str, int], rules: StarRules) -> dict[str, int]:
    """Organisation → seats, and `MERIT` → the rest; the sum is always `rules.total`.

    Where the total is too small for all base seats, the organisations with most contestants have them. Equal
    remainders: the organisation with more contestants first, then by code.
    """
    order = sorted(contestants, key=lambda name: (-contestants[name], name))
    found = dict.fromkeys(contestants, 0)
    left = rules.total
    for _ in range(rules.base):
        for name in order[:left]:
            found[name] += 1
        left -= len(order[:left])
    shared = min(rules.proportional, left)
    for name, seats in largest_remainder(contestants, shared).items():
        found[name] += seats
    return {**found, MERIT: rules.total - sum(found.values())}


def largest_remainder(weights: Mapping[str, int], seats: int) -> dict[str, int]:
    """Hare's quota: the whole parts first, what is left to the largest remainders. All zero where nobody weighs."""
    whole = sum(weights.values())
    if not whole:
        return dict.fromkeys(weights, 0)
    found = {name: seats * weight // whole for name, weight in weights.items()}
    order = sorted(weights, key=lambda name: (-(seats * weights[name] % whole), -weights[name], name))
    for name in order[: seats - sum(found.values())]:
        found[name] += 1
    return found


@dataclass
class _Draw:
    """Stars found so far and contestants whose seat the panel decides: both are out of the later draws."""

    rules: Rules
    stars: list[Star] = field(default_factory=list)
    undecided: list[Undecided] = field(default_factory=list)
    taken: set[str] = field(default_factory=set)

    def fill(self, seat: str, seats: int, lines: Iterable[Standing]) -> int:
        """Give these seats to the best of the lines (best first); returns how many are left over."""
        free = [line for line in lines if line.key not in self.taken]
        for _, tied in groupby(free, key=ranking(self.rules)):
            keys = tuple(line.key for line in tied)
            if not seats:
                break
            self.taken.update(keys)
            if len(keys) > seats:
                self.undecided.append(Undecided(seat, seats, keys))
                return 0
            self.stars.extend(Star(key, seat) for key in keys)
            seats -= len(keys)
        return seats


def select_stars(rules: Rules, lines: Sequence[Standing]) -> Selection:
    """The stars among these standings.

    Organisations first, each from its own; then merit, with the seats that organisations could not fill. Only eligible
    contestants at or above the threshold can have a seat. While an organisation's last seat is undecided, those who
    share it are in no other draw.
    """
    order = ranking(rules)
    ordered = sorted(lines, key=lambda line: (order(line), line.key))
    able = [line for line in ordered if line.eligible and line.total >= rules.stars.threshold]
    seats = quotas(Counter(line.organisation for line in lines), rules.stars)
    draw, returned = _Draw(rules), {}
    for name in sorted(seats.keys() - {MERIT}):
        left = draw.fill(name, seats[name], (line for line in able if line.organisation == name))
        if left:
            returned[name] = left
    vacant = draw.fill(MERIT, seats[MERIT] + sum(returned.values()), able)
    place = {line.key: number for number, line in enumerate(ordered)}
    stars = tuple(sorted(draw.stars, key=lambda star: place[star.key]))
    return Selection(stars, seats, returned, tuple(draw.undecided), vacant)
