"""The scoreboards as people look at them: city, organisation, one leg, one quiz week, and the organisations' league.

`read` takes everything of one season's public board at once; the views are cut from it without the database, so that
a page that thousands look at costs one reading now and then.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from sqlmodel import col, select

from audit.db.engine import Database
from audit.db.models import Contestant, Organisation, Season
from audit.domain.contest.rules import Rules
from audit.domain.contest.scores import Standing
from audit.domain.contest.season import SeasonState
from audit.services.contest import recount_files, scoreboard
from audit.services.contest.movement import places_before
from audit.services.contest.recount_files import Published
from audit.services.values import reads_as

LEGS = ("skill", "quiz", "votes", "bonus")


@dataclass(frozen=True, slots=True)
class Line:
    """One contestant's line: figures in hundredths. `moved`: places won (positive) or lost since the board before.

    `value`: what the view is ordered by; `place` is the place in the view.
    """

    place: int
    id: int
    code: str
    name: str
    name_en: str
    organisation: str
    organisation_zh: str
    organisation_en: str
    thumbnail_sha256: str
    skill: int
    quiz: int
    votes: int
    bonus: int
    total: int
    value: int
    moved: int | None = None


@dataclass(frozen=True, slots=True)
class LeagueLine:
    """An organisation: `mean` of its totals, and `shrunk` towards the city's mean, by which it is ordered."""

    place: int
    organisation: str
    name_zh: str
    name_en: str
    count: int
    mean: int
    shrunk: int
    best: int


@dataclass(frozen=True)
class Sheet:
    """A season's public board whole. `as_of`: when it was published; None: live. `waits`: why it is not (`Board`).

    `weeks`: quiz week → contestant's id → best attempt, in hundredths; `stars`: ids, once the season is closed;
    `recount`: the file of the final result, once it is made.
    """

    season: Season
    lines: tuple[Line, ...]
    league: tuple[LeagueLine, ...]
    weeks: dict[int, dict[int, int]]
    stars: frozenset[int] = frozenset()
    as_of: dt.datetime | None = None
    waits: str = ""
    recount: Published | None = None

    @property
    def organisations(self) -> list[tuple[str, str, str]]:
        """(code, Chinese name, English name) of all that take part, by code."""
        return sorted((row.organisation, row.name_zh, row.name_en) for row in self.league)

    def of_organisation(self, code: str) -> list[Line]:
        """One organisation's contestants, placed among themselves."""
        return _placed([line for line in self.lines if line.organisation == code], lambda line: line.total, shared=True)

    def by_leg(self, leg: str) -> list[Line]:
        """Everybody by one leg (of `LEGS`)."""
        return _placed(self.lines, lambda line: int(getattr(line, leg)))

    def by_week(self, week: int) -> list[Line]:
        """Who played in a quiz week, by the best attempt."""
        bests = self.weeks.get(week, {})
        return _placed([line for line in self.lines if line.id in bests], lambda line: bests[line.id])


def matching(lines: Sequence[Line], search: str) -> Sequence[Line]:
    """The lines in whose name or organisation, in either language, every word of the search stands."""
    if not search:
        return lines
    return [
        line for line in lines if reads_as(search, line.name, line.name_en, line.organisation_zh, line.organisation_en)
    ]


def read(db: Database, season_id: int) -> Sheet:
    """The public board with everybody's name. Raises `not_found` for a draft."""
    board = scoreboard.public_board(db, season_id)
    people = people_of(db, season_id)
    with db.read() as session:
        before = places_before(session, season_id, board.snapshot)
        live = {} if board.snapshot else scoreboard.weeks_of(session, season_id)
        recount = recount_files.of_result(session, board.season)
    lines = tuple(_line(line, *people[line.key], before.get(line.key)) for line in board.lines if line.key in people)
    rules = Rules.from_json(board.season.rules)
    kept = board.snapshot
    stars = kept.content.get("stars", ()) if kept and board.season.state == SeasonState.CLOSED else ()
    return Sheet(
        season=board.season,
        lines=lines,
        league=tuple(league(lines, rules.skill.prior)),
        weeks=scoreboard.weeks_in(kept) if kept else live,
        stars=frozenset(int(star["key"]) for star in stars),
        as_of=kept.taken_at if kept else None,
        waits=board.waits,
        recount=recount,
    )


def people_of(db: Database, season_id: int) -> Mapping[str, tuple[Contestant, Organisation]]:
    """Contestant's id as text, as lines name it → the contestant and the organisation."""
    query = (
        select(Contestant, Organisation)
        .join(Organisation, col(Organisation.id) == col(Contestant.organisation_id))
        .where(Contestant.season_id == season_id)
    )
    with db.read() as session:
        return {str(row.id): (row, owner) for row, owner in session.exec(query).all()}


def league(lines: Sequence[Line], prior: int) -> list[LeagueLine]:
    """Organisations by their mean total, which for small ones leans on the city's: (n·m_o + prior·m) ÷ (n + prior).

    So that three lucky people do not beat sixty good ones. Rounded half-up to hundredths.
    """
    own: dict[str, list[Line]] = defaultdict(list)
    for line in lines:
        own[line.organisation].append(line)
    city = Fraction(sum(line.total for line in lines), max(1, len(lines)))
    rows = []
    for code, members in own.items():
        totals = [line.total for line in members]
        total, count = sum(totals), len(totals)
        shrunk = (total + prior * city) / (count + prior)
        first = members[0]
        rows.append(
            LeagueLine(
                place=0, organisation=code, name_zh=first.organisation_zh, name_en=first.organisation_en, count=count,
                mean=_half_up(Fraction(total, count)), shrunk=_half_up(shrunk), best=max(totals),
            )
        )  # fmt: skip
    rows.sort(key=lambda row: (-row.shrunk, row.organisation))
    first_of: dict[int, int] = {}
    for place, row in enumerate(rows, start=1):
        first_of.setdefault(row.shrunk, place)
    return [replace(row, place=first_of[row.shrunk]) for row in rows]


def _half_up(value: Fraction) -> int:
    return int((2 * value + 1) // 2)


def _line(line: Standing, row: Contestant, owner: Organisation, before: int | None) -> Line:
    return Line(
        place=line.place, id=row.id or 0, code=row.code, name=row.name, name_en=row.name_en,
        organisation=owner.code, organisation_zh=owner.name_zh, organisation_en=owner.name_en,
        thumbnail_sha256=row.thumbnail_sha256,
        skill=line.skill, quiz=line.quiz, votes=line.votes, bonus=line.bonus, total=line.total, value=line.total,
        moved=None if before is None else before - line.place,
    )  # fmt: skip


def _placed(lines: Sequence[Line], value: Callable[[Line], int], shared: bool = False) -> list[Line]:
    """The lines by a value, best first; equal values share a place. `shared`: whoever shares the city's place does."""
    ordered = sorted(lines, key=lambda line: (-value(line), line.place))
    found: list[Line] = []
    before, place = None, 0
    for number, line in enumerate(ordered, start=1):
        mark = (value(line), line.place if shared else 0)
        place = place if mark == before else number
        before = mark
        found.append(replace(line, place=place, value=value(line), moved=line.moved if shared else None))
    return found
