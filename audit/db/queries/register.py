"""The register's rows and the boards' figures: the same conditions narrow the one and count the other."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

import numpy as np
from sqlalchemy import (
    ColumnElement,
    RowMapping,
    Select,
    String,
    and_,
    bindparam,
    case,
    cast,
    false,
    func,
    literal,
    literal_column,
    null,
    or_,
)
from sqlalchemy import select as select_rows
from sqlmodel import Session, col

from audit.db.models import Extension, Finding, Organisation, Outlet, Round
from audit.domain.deadlines import ZONE, Calendar
from audit.domain.findings import SEVERITIES
from audit.domain.loop import STAGE_STATES, stage
from audit.domain.register import AGES, ANSWERED, ASKED, CLOSED, MARKS, OPEN, TIMINGS, WAITING, WAITS, Figures, Filters

# Each has an index that begins with it and the state and holds all that is counted of what is over.
GROUP_COLUMNS: dict[str, Any] = {
    "organisation": col(Finding.organisation_id),
    "section": col(Finding.section_code),
    "round": col(Finding.round_id),
}
Parts = tuple[tuple[tuple[str, ...], ColumnElement[bool]], ...]  # in these states and when this holds, or …
_STATE = col(Finding.state)
DONE = STAGE_STATES["done"]
UNDONE = tuple(state for name, states in STAGE_STATES.items() if name != "done" for state in states)
COUNTED = ("overdue", "on_time", "late", "first_pass", "closed", "repeat", *TIMINGS[-len(AGES) - 1 :])
# The seconds of all of them in one text: a database hands that over much faster than rows.
_TOOK = tuple(
    func.aggregate_strings(case((col(Finding.answered_at).is_not(None), cast(column, String))), ",")
    for column in (Finding.branch_seconds, Finding.department_seconds)
)


@dataclass(frozen=True)
class Instants:
    """What conditions are cut at, or parameters that stand for it. `ages`: since when a group of `AGES` begins."""

    now: Any
    soon: Any
    ages: tuple[Any, ...]


@dataclass(frozen=True)
class Moment(Instants):
    """The instants of today, and the calendar that they follow."""

    calendar: Calendar


def timings(at: Instants, asked: tuple[str, ...] = ASKED) -> dict[str, Parts]:
    """When each code of `TIMINGS` holds. `asked`: the states of which "overdue" and "soon" are asked."""
    due, answered, since = col(Finding.due_at), col(Finding.answered_at), col(Finding.issued_at)
    overdue = (ASKED, due < at.now)
    edges = (None, *at.ages)
    by_age = [
        (WAITING, and_(since >= begin, *([since < end] if end is not None else [])))
        for end, begin in zip(edges, at.ages, strict=False)
    ]
    parts: tuple[Parts, ...] = (
        ((asked, due < at.now),),
        ((asked, and_(due >= at.now, due <= at.soon)),),
        ((ANSWERED, answered <= due),),
        (overdue, (ANSWERED, answered > due)),
        *((one,) for one in by_age),
        ((WAITING, since < at.ages[-1]),),
    )
    return dict(zip(TIMINGS, parts, strict=True))


def marks() -> dict[str, Parts]:
    """When each code of `MARKS` holds."""
    counting = tuple(state for state in (*UNDONE, *DONE) if state not in ("withdrawn", "merged"))
    answered, cycle = col(Finding.answered_at).is_not(None), col(Finding.cycle)
    parts: tuple[Parts, ...] = (
        ((counting, col(Finding.repeat).is_(True)),),
        ((CLOSED, and_(answered, cycle == 1)),),
        (((*UNDONE, *DONE), cycle > 1),),
        ((CLOSED, answered),),
    )
    return dict(zip(MARKS, parts, strict=True))


def _holds(parts: Parts) -> ColumnElement[bool]:
    return or_(false(), *(and_(_STATE.in_(states), condition) for states, condition in parts))


def conditions(filters: Filters, at: Moment) -> list[ColumnElement[bool]]:
    """What the filters leave, the search aside."""
    found: list[ColumnElement[bool]] = [col(Finding.kind) != "highlight"]
    equal = (
        (Finding.round_id, filters.round_id), (Finding.organisation_id, filters.organisation_id),
        (Finding.section_code, filters.section or None), (Finding.severity, filters.severity or None),
        (Finding.state, filters.state or None),
    )  # fmt: skip
    found += [col(column) == value for column, value in equal if value is not None]
    if filters.stage == OPEN:
        found.append(_STATE.in_(UNDONE))
    elif filters.stage:
        found.append(_STATE.in_(STAGE_STATES.get(filters.stage, ())))
    if filters.timing:
        found.append(_holds(timings(at, WAITS.get(filters.waits, ASKED)).get(filters.timing, ())))
    if filters.mark:
        found.append(_holds(marks().get(filters.mark, ())))
    if filters.since:
        found.append(or_(_found_since(filters.since), _STATE.in_(UNDONE)))
    if filters.waits:
        found += waits(filters.waits)
    return found


def _found_since(day: dt.date) -> ColumnElement[bool]:
    return col(Finding.created_at) >= dt.datetime.combine(day, dt.time(), ZONE).astimezone(dt.UTC)


def waits(code: str) -> list[ColumnElement[bool]]:
    """The conditions under which something of a code of `WAITS` waits for the marketing department."""
    found: list[ColumnElement[bool]] = [_STATE.in_(WAITS.get(code, ()))]
    if code == "extension":
        asked = select_rows(col(Extension.finding_id)).where(col(Extension.granted).is_(None))
        found.append(col(Finding.id).in_(asked.where(col(Extension.cycle) == col(Finding.cycle))))
    return found


# In the very words of the index ix_finding_list: only so does a database walk it instead of sorting everything.
OVER: Any = literal_column(
    f"CASE WHEN finding.state IN ({', '.join(map(repr, STAGE_STATES['done']))}) THEN 1 ELSE 0 END"
)


@lru_cache(maxsize=8)  # orders come from addresses, too
def ordered(order: str) -> tuple[Any, ...]:
    """What is open first, then as asked; the id at the end, so that a page never shows a row twice."""
    due = [col(Finding.due_at).is_(None), col(Finding.due_at)]
    weight = case(*((col(Finding.severity) == code, place) for place, code in enumerate(SEVERITIES)), else_=-1)
    by: dict[str, list[Any]] = {
        "newest": [],
        "severity": [OVER, weight.desc(), *due],
        "due": [OVER, *due],
    }
    return (*by.get(order, by["due"]), col(Finding.id).desc())


_PLAIN = (
    "item_code", "clause_zh", "clause_en", "observation", "severity", "state", "cycle", "repeat", "state_since",
    "issued_at", "due_at", "due_estimated", "answered_at", "closed_at", "branch_seconds", "department_seconds",
)  # fmt: skip
_LINE = (
    col(Finding.id).label("finding_id"), func.coalesce(Finding.number, "").label("number"),
    col(Finding.section_code).label("section"), *(getattr(Finding, name) for name in _PLAIN),
    *(getattr(table, f"name_{language}").label(f"{name}_{language}")
      for name, table in (("round", Round), ("organisation", Organisation), ("outlet", Outlet))
      for language in ("zh", "en")),
)  # fmt: skip


_ROWS = (
    select_rows(*_LINE)
    .join(Outlet, col(Outlet.id) == Finding.outlet_id)
    .join(Organisation, col(Organisation.id) == Finding.organisation_id)
    .join(Round, col(Round.id) == Finding.round_id)
    .where(col(Finding.id).in_(bindparam("ids", expanding=True)))
)


def rows(session: Session, ids: Sequence[int]) -> list[RowMapping]:
    """The findings of these ids in the order of the ids: what a `Line` says of them by its names, time aside."""
    found = {row["finding_id"]: row for row in session.execute(_ROWS, {"ids": list(ids)}).mappings()}
    return [found[number] for number in ids if number in found]


def overview(
    session: Session, where: Sequence[Any], at: Moment, group: str = "", since: dt.date | None = None
) -> tuple[Figures, dict[Any, Figures]]:
    """The figures of all, and of each group (`organisation`, `section`, `round`); `since` as in `Filters`.

    Counted by state: what depends on the state is chosen from these few rows, not asked of each finding.
    """
    by = defaultdict[Any, _Sum](_Sum)
    # What is over is most of it: "not in" keeps SQLite from fetching each row by its state, instead of reading the
    # index of the group alone. What is open counts whenever it was found. SQLite asks in this order: the day is quick.
    over = (*([_found_since(since)] if since else []), _STATE.not_in(UNDONE))
    for states, half in ((DONE, over), (UNDONE, (_STATE.in_(UNDONE),))):
        parts, query = _counting(states, group)
        instants = {f"age_{days}": begin for days, begin in zip(AGES, at.ages, strict=True)}
        for place, state, branch, department, count, *numbers in session.execute(
            query.where(*half, *where), {"now": at.now, "soon": at.soon, **instants}
        ):
            told = [(stage(state), count)]
            told += [(code, number) for (code, among), number in zip(parts, numbers, strict=True) if state in among]
            by[place].add(told, [(_numbers(branch), _numbers(department))] if state in CLOSED else [])
    whole = _Sum()
    for one in by.values():
        whole.add(one.counts.items(), one.times)
    return whole.figures(), {place: one.figures() for place, one in by.items()}


@cache
def _counting(states: tuple[str, ...], group: str) -> tuple[list[tuple[str, tuple[str, ...]]], Select[Any]]:
    """What is counted (code, in which states) and the statement, made once: to make it takes as long as to ask it."""
    key: Any = GROUP_COLUMNS[group] if group else literal("")
    ages: tuple[Any, ...] = tuple(bindparam(f"age_{days}") for days in AGES)
    named = timings(Instants(bindparam("now"), bindparam("soon"), ages)) | marks()
    parts = [(code, *part) for code in COUNTED for part in named[code] if set(part[0]) & set(states)]
    took = _TOOK if set(states) & set(CLOSED) else (null(), null())
    query = select_rows(key, _STATE, *took, func.count(), *(func.count().filter(when) for _, _, when in parts))
    return [(code, among) for code, among, _ in parts], query.group_by(*([key] if group else []), _STATE)


class _Sum:
    """Counts by stage and by code of `COUNTED`, and the seconds of each with branch and department."""

    def __init__(self) -> None:
        self.counts = dict.fromkeys((*STAGE_STATES, *COUNTED), 0)
        self.times: list[tuple[Any, Any]] = []

    def add(self, told: Iterable[tuple[str, int]], times: list[tuple[Any, Any]]) -> None:
        for code, number in told:
            self.counts[code] += number
        self.times += times

    def figures(self) -> Figures:
        stages = {name: self.counts[name] for name in STAGE_STATES}
        overdue, on_time, late, first_pass, closed, repeats, *ages = (self.counts[code] for code in COUNTED)
        branch, department = (_median(some) for some in zip(*self.times, strict=True)) if self.times else (None, None)
        return Figures(stages, overdue, on_time, late, first_pass, closed, repeats, tuple(ages), branch, department)


def _numbers(text: str | None) -> Any:
    return np.fromstring(text or "", np.int64, sep=",")


def _median(found: Sequence[Any]) -> float | None:
    """The middle, or between the two in the middle: `np.median` takes ten times as long for some dozen numbers."""
    numbers = np.sort(np.concatenate(found))
    return float(numbers[(numbers.size - 1) // 2] + numbers[numbers.size // 2]) / 2 if numbers.size else None
