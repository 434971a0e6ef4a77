"""The register's rows and the boards' figures: the same conditions narrow the one and count the other."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, case, false, func, or_
from sqlalchemy import select as select_rows
from sqlmodel import Session, col

from audit.db.models import Extension, Finding, Organisation, Outlet, Round
from audit.domain.findings import SEVERITIES
from audit.domain.loop import STAGE_STATES
from audit.domain.register import AGES, ANSWERED, ASKED, CLOSED, MARKS, OPEN, TIMINGS, WAITING, WAITS, Figures, Filters

GROUP_COLUMNS: dict[str, Any] = {
    "organisation": col(Finding.organisation_id),
    "section": col(Finding.section_code),
    "round": col(Finding.round_id),
}
_STATE = col(Finding.state)
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
        found.append(_STATE.not_in(STAGE_STATES["done"]))
    elif filters.stage:
        found.append(_STATE.in_(STAGE_STATES.get(filters.stage, ())))
    if filters.timing:
        found.append(timings(at).get(filters.timing, false()))
    if filters.mark:
        found.append(marks().get(filters.mark, false()))
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


def ordered(order: str) -> list[Any]:
    """What is open first, then as asked; the id at the end, so that a page never shows a row twice."""
    over = case((_STATE.in_(STAGE_STATES["done"]), 1), else_=0)
    due = [col(Finding.due_at).is_(None), col(Finding.due_at)]
    weight = case(*((col(Finding.severity) == code, place) for place, code in enumerate(SEVERITIES)), else_=-1)
    by: dict[str, list[Any]] = {
        "newest": [],
        "severity": [over, weight.desc(), *due],
        "due": [over, *due],
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


def figures(session: Session, where: Sequence[Any], at: Moment, group: str = "") -> dict[Any, Figures]:
    """The figures of each group (`organisation`, `section`, `round`), or of all under the key ""."""
    key: Any = GROUP_COLUMNS[group] if group else None
    named = timings(at)
    marked = marks()
    counted = [
        *(_STATE.in_(states) for states in STAGE_STATES.values()),
        *(named[name] for name in ("overdue", "on_time", "late")),
        *(marked[name] for name in ("first_pass", "closed", "repeat")),
        *(named[name] for name in TIMINGS[-len(AGES) - 1 :]),
    ]
    sums = [func.coalesce(func.sum(case((condition, 1), else_=0)), 0) for condition in counted]
    query: Any = select_rows(*([key] if group else []), *sums).where(*where)
    if group:
        query = query.group_by(key)
    found = {}
    medians = {name: _medians(session, where, name, key) for name in ("branch_seconds", "department_seconds")}
    for row in session.execute(query).all():
        name, numbers = (row[0], row[1:]) if group else ("", tuple(row))
        stages, rest = numbers[: len(STAGE_STATES)], numbers[len(STAGE_STATES) :]
        overdue, on_time, late, first_pass, closed, repeats = rest[:6]
        found[name] = Figures(
            dict(zip(STAGE_STATES, stages, strict=True)),
            *(overdue, on_time, late, first_pass, closed, repeats),
            tuple(rest[6:]),
            medians["branch_seconds"].get(name),
            medians["department_seconds"].get(name),
        )
    return found


def _medians(session: Session, where: Sequence[Any], name: str, key: Any) -> dict[Any, float]:
    """The median of a column over what was closed: the middle one or two of each group, by row number."""
    value = getattr(Finding, name)
    place = func.row_number().over(partition_by=key, order_by=value).label("place")
    many = func.count().over(partition_by=key).label("many")
    ranked = select_rows(*([key.label("key")] if key is not None else []), value.label("value"), place, many).where(
        *where, _CLOSED
    )
    inner = ranked.subquery()
    middle = (2 * inner.c.place >= inner.c.many, 2 * inner.c.place <= inner.c.many + 2)
    average = func.avg(inner.c.value * 1.0)
    if key is None:
        only = session.execute(select_rows(average).where(*middle)).scalar()
        return {} if only is None else {"": float(only)}
    grouped = select_rows(inner.c.key, average).where(*middle).group_by(inner.c.key)
    return {number: float(found) for number, found in session.execute(grouped).all()}
