"""The register's rows and the boards' figures: the same conditions narrow the one and count the other."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import ColumnElement, String, and_, case, cast, false, func, literal, literal_column, or_
from sqlalchemy import select as select_rows
from sqlmodel import Session, col

from audit.db.models import Extension, Finding, Organisation, Outlet, Round
from audit.domain.deadlines import ZONE
from audit.domain.findings import SEVERITIES
from audit.domain.loop import STAGE_STATES
from audit.domain.register import AGES, ANSWERED, ASKED, CLOSED, MARKS, OPEN, TIMINGS, WAITING, WAITS, Figures, Filters

# Expressions, so that SQLite does not walk the index of the group's column and fetch each row from another place.
GROUP_COLUMNS: dict[str, Any] = {
    "organisation": literal_column("finding.organisation_id + 0"),
    "section": literal_column("finding.section_code || ''"),
    "round": literal_column("finding.round_id + 0"),
}
_STATE = col(Finding.state)
UNDONE = tuple(state for stage, states in STAGE_STATES.items() if stage != "done" for state in states)
_CLOSED = and_(_STATE.in_(CLOSED), col(Finding.answered_at).is_not(None))


@dataclass(frozen=True)
class Moment:
    """The instants that today's conditions are cut at. `ages`: since when an age group of `AGES` begins."""

    now: dt.datetime
    soon: dt.datetime
    ages: tuple[dt.datetime, ...]


def timings(at: Moment) -> dict[str, ColumnElement[bool]]:
    """The condition of each code of `TIMINGS`."""
    asked = _STATE.in_(ASKED)
    answered = _STATE.in_(ANSWERED)
    due = col(Finding.due_at)
    overdue = and_(asked, due < at.now)
    waiting, since = _STATE.in_(WAITING), col(Finding.issued_at)
    edges = (None, *at.ages)
    by_age = [
        and_(waiting, since >= begin, *([since < end] if end is not None else []))
        for end, begin in zip(edges, at.ages, strict=False)
    ]
    parts = (
        overdue,
        and_(asked, due >= at.now, due <= at.soon),
        and_(answered, col(Finding.answered_at) <= due),
        or_(overdue, and_(answered, col(Finding.answered_at) > due)),
        *by_age,
        and_(waiting, since < at.ages[-1]),
    )
    return dict(zip(TIMINGS, parts, strict=True))


def marks() -> dict[str, ColumnElement[bool]]:
    """The condition of each code of `MARKS`."""
    parts = (
        and_(col(Finding.repeat), _STATE.not_in(("withdrawn", "merged"))),
        and_(_CLOSED, col(Finding.cycle) == 1),
        col(Finding.cycle) > 1,
        _CLOSED,
    )
    return dict(zip(MARKS, parts, strict=True))


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
        found.append(timings(at).get(filters.timing, false()))
    if filters.mark:
        found.append(marks().get(filters.mark, false()))
    if filters.since:
        begin = dt.datetime.combine(filters.since, dt.time(), ZONE).astimezone(dt.UTC)
        found.append(or_(col(Finding.created_at) >= begin, _STATE.in_(UNDONE)))
    if filters.waits:
        found += waits(filters.waits)
    return found


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


def ordered(order: str) -> list[Any]:
    """What is open first, then as asked; the id at the end, so that a page never shows a row twice."""
    due = [col(Finding.due_at).is_(None), col(Finding.due_at)]
    weight = case(*((col(Finding.severity) == code, place) for place, code in enumerate(SEVERITIES)), else_=-1)
    by: dict[str, list[Any]] = {
        "newest": [],
        "severity": [OVER, weight.desc(), *due],
        "due": [OVER, *due],
    }
    return [*by.get(order, by["due"]), col(Finding.id).desc()]


def rows(session: Session, ids: Sequence[int]) -> list[tuple[Finding, Outlet, Organisation, Round]]:
    """The findings of these ids with what they belong to, in the order of the ids."""
    query = (
        select_rows(Finding, Outlet, Organisation, Round)
        .join(Outlet, col(Outlet.id) == Finding.outlet_id)
        .join(Organisation, col(Organisation.id) == Finding.organisation_id)
        .join(Round, col(Round.id) == Finding.round_id)
        .where(col(Finding.id).in_(ids))
    )
    found = {row[0].id: row for row in session.execute(query).all()}
    return [tuple(found[number]) for number in ids if number in found]  # type: ignore[misc]


def overview(session: Session, where: Sequence[Any], at: Moment, group: str = "") -> tuple[Figures, dict[Any, Figures]]:
    """The figures of all, and of each group (`organisation`, `section`, `round`), in one pass over the findings."""
    key: Any = GROUP_COLUMNS[group] if group else literal("")
    named, marked = timings(at), marks()
    counted = [
        *(_STATE.in_(states) for states in STAGE_STATES.values()),
        *(named[name] for name in ("overdue", "on_time", "late")),
        *(marked[name] for name in ("first_pass", "closed", "repeat")),
        *(named[name] for name in TIMINGS[-len(AGES) - 1 :]),
    ]
    sums = [func.sum(case((condition, 1), else_=0)) for condition in counted]
    took = [
        func.aggregate_strings(case((_CLOSED, cast(column, String))), ",")
        for column in (Finding.branch_seconds, Finding.department_seconds)
    ]
    query: Any = select_rows(key, *took, *sums).where(*where)
    rows = session.execute(query.group_by(key) if group else query.having(func.count() > 0)).all()
    whole = [sum(column) for column in zip(*(row[3:] for row in rows), strict=True)]
    times = [",".join(filter(None, (row[place] for row in rows))) for place in (1, 2)]
    return _figures(whole, *times), {row[0]: _figures(row[3:], *row[1:3]) for row in rows}


def _figures(numbers: Sequence[int], branch: str | None, department: str | None) -> Figures:
    if not numbers:
        return Figures()
    stages, rest = numbers[: len(STAGE_STATES)], numbers[len(STAGE_STATES) :]
    counts = dict(zip(STAGE_STATES, stages, strict=True))
    overdue, on_time, late, first_pass, closed, repeats, *ages = rest
    return Figures(
        counts, overdue, on_time, late, first_pass, closed, repeats, tuple(ages), _median(branch), _median(department)
    )


def _median(seconds: str | None) -> float | None:
    """The median of numbers in one text: a database hands that over much faster than rows."""
    return float(np.median(np.fromstring(seconds, np.int64, sep=","))) if seconds else None
