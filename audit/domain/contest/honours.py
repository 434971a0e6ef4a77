"""A season's result as frozen values for documents: the scoreboard, and the stars' certificates (荣誉证书)."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from audit.domain.events import Head
from audit.domain.reports import Issue, PhotoRef, Words


@dataclass(frozen=True)
class ResultLine:
    """One contestant's line; figures are hundredths."""

    place: int
    employee_number: str
    name: Words
    organisation: Words
    skill: int
    quiz: int
    votes: int
    bonus: int
    total: int
    star: bool = False


@dataclass(frozen=True)
class LeagueLine:
    """An organisation in the league; figures are hundredths."""

    place: int
    name: Words
    count: int
    mean: int
    shrunk: int


@dataclass(frozen=True)
class Honoured:
    """A star as a document shows them. `number`, `address`, `qr`: of the own certificate; empty on the scoreboard."""

    name: Words
    organisation: Words
    place: int
    total: int
    photo: PhotoRef | None = None
    number: str = ""
    address: str = ""
    qr: str = ""


@dataclass(frozen=True)
class Result:
    """What both documents share: the season as `round`, everybody's lines, the stars in the order of their places.

    `sha256`: of the result, as the recount file has it, and `recount`, where that is found; empty before.
    """

    round: Words
    operator: Words
    stars: tuple[Honoured, ...]
    lines: tuple[ResultLine, ...] = ()
    league: tuple[LeagueLine, ...] = ()
    published_at: dt.datetime | None = None
    head: Head | None = None
    issue: Issue | None = None
    sha256: str = ""
    recount: str = ""

    @property
    def branch(self) -> Words:
        """Whom the document is about."""
        return Words("全市", "Whole city")

    @property
    def draft(self) -> bool:
        """Whether it is not issued yet."""
        return self.issue is None

    def photos(self) -> Iterator[PhotoRef]:
        """The stars' portraits."""
        for star in self.stars:
            if star.photo:
                yield star.photo
