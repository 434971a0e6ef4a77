"""Deadlines in working days of Asia/Shanghai, and the fair clock. The calendar is passed in.

Day 1 is the next working day; due is 18:00. The fair clock counts *working time*: all 24 hours of a working day,
none of any other day. A holiday week is nobody's, and a day of it is one day as the deadlines count it.
"""

import datetime as dt
from collections.abc import Iterable
from itertools import pairwise
from typing import Protocol
from zoneinfo import ZoneInfo

from audit.domain.loop import clock_of
from audit.errors import RoundsError

ZONE = ZoneInfo("Asia/Shanghai")
DUE_TIME = dt.time(18)
WORKING_DAYS = {"critical": 3, "major": 7, "minor": 15}
OBJECTION_DAYS = {"critical": 1, "major": 2, "minor": 2}
DEEMED_DAYS = 1
VERIFY_DAYS = 30  # calendar days between closing and the visit that verifies
REPEAT_VISITS = 3  # visits after closing at which a nonconformity of the same item is a repeat
FARTHEST = dt.timedelta(days=366)
DAY_SECONDS = 86_400


class Calendar(Protocol):
    """Which days are worked. `is_estimated`: nobody has published that day yet, so weekdays stand in for it."""

    def is_working(self, day: dt.date) -> bool: ...

    def is_estimated(self, day: dt.date) -> bool: ...


def day_of(instant: dt.datetime) -> dt.date:
    """The day in Shanghai."""
    return instant.astimezone(ZONE).date()


def end_of(day: dt.date) -> dt.datetime:
    """The instant at which something is due on a day: 18:00 in Shanghai, UTC-aware."""
    return dt.datetime.combine(day, DUE_TIME, ZONE).astimezone(dt.UTC)


def add_days(day: dt.date, count: int, calendar: Calendar) -> dt.date:
    """The `count`-th working day after `day`; `day` itself for 0. Raises `invalid` when there is none in sight."""
    found, limit = day, day + dt.timedelta(days=count * 7) + FARTHEST
    while count > 0:
        found += dt.timedelta(days=1)
        if found > limit:
            raise RoundsError("invalid", field="calendar")
        count -= calendar.is_working(found)
    return found


def on_or_after(day: dt.date, calendar: Calendar) -> dt.date:
    """The day itself when it is worked, else the next working day. Raises `invalid` when there is none in sight."""
    return add_days(day - dt.timedelta(days=1), 1, calendar)


def working_days_between(first: dt.date, last: dt.date, calendar: Calendar) -> int:
    """Working days after `first` up to and including `last`; negative when `last` is earlier."""
    if last < first:
        return -working_days_between(last, first, calendar)
    return sum(calendar.is_working(first + dt.timedelta(days=n)) for n in range(1, (last - first).days + 1))


def due(issued_at: dt.datetime, severity: str, calendar: Calendar) -> dt.datetime:
    """When a finding of this severity is due that is issued (or asked for again) at this instant."""
    return end_of(add_days(day_of(issued_at), WORKING_DAYS[severity], calendar))


def due_after_pause(base: dt.datetime, paused_at: dt.datetime, now: dt.datetime, calendar: Calendar) -> dt.datetime:
    """A due date moved by the working days that the department took; at least until the next working day."""
    taken = working_days_between(day_of(paused_at), day_of(now), calendar)
    moved = add_days(day_of(base), taken, calendar)
    return end_of(max(moved, add_days(day_of(now), 1, calendar)))


def stated_due(due_on: dt.date, now: dt.datetime, calendar: Calendar) -> dt.datetime:
    """A day that a person named. Raises `due.past`, `due.not_working`, `due.too_far` (over a year ahead)."""
    today = day_of(now)
    if due_on <= today:
        raise RoundsError("due.past")
    if due_on > today + FARTHEST:
        raise RoundsError("due.too_far")
    if not calendar.is_working(due_on):
        raise RoundsError("due.not_working", day=due_on.isoformat())
    return end_of(due_on)


def is_estimated(start: dt.datetime, due_at: dt.datetime, calendar: Calendar) -> bool:
    """Whether any day on the way from `start` to `due_at` is not published yet."""
    first, last = day_of(start), day_of(due_at)
    return any(calendar.is_estimated(first + dt.timedelta(days=n)) for n in range(1, (last - first).days + 1))


def objection_until(issued_at: dt.datetime, severity: str, due_at: dt.datetime, calendar: Calendar) -> dt.datetime:
    """The last instant at which a branch may object: within its working days, and before the due date."""
    return min(end_of(add_days(day_of(issued_at), OBJECTION_DAYS[severity], calendar)), due_at)


def deemed_at(issued_at: dt.datetime, calendar: Calendar) -> dt.datetime:
    """From when on a notice that nobody acknowledged counts as acknowledged (视同签收)."""
    return end_of(add_days(day_of(issued_at), DEEMED_DAYS, calendar))


def extended(new_day: dt.date, due_at: dt.datetime, now: dt.datetime, calendar: Calendar) -> dt.datetime:
    """The due date of an extension. Raises `extension.late` after the due date, `extension.not_later`, and `due.…`."""
    if now >= due_at:
        raise RoundsError("extension.late")
    if new_day <= day_of(due_at):
        raise RoundsError("extension.not_later")
    return stated_due(new_day, now, calendar)


def days_left(now: dt.datetime, due_at: dt.datetime, calendar: Calendar) -> int:
    """Working days until the due day: 0 on it, negative after it."""
    return working_days_between(day_of(now), day_of(due_at), calendar)


def fair_clock(changes: Iterable[tuple[dt.datetime, str]], now: dt.datetime, calendar: Calendar) -> tuple[float, float]:
    """Seconds of working time with the branch and with the department. `changes`: (instant, new state), in order."""
    spent = {"branch": 0.0, "department": 0.0, "": 0.0}
    moments = [*changes, (now, "")]
    for (begin, state), (end, _) in pairwise(moments):
        spent[clock_of(state)] += working_seconds(begin, end, calendar)
    return spent["branch"], spent["department"]


def working_seconds(begin: dt.datetime, end: dt.datetime, calendar: Calendar) -> float:
    """The seconds from `begin` to `end` that lie on working days; 0 when `end` is not later."""
    total, at = 0.0, begin.astimezone(ZONE)
    end = end.astimezone(ZONE)
    while at < end:
        midnight = dt.datetime.combine(at.date() + dt.timedelta(days=1), dt.time(), ZONE)
        until = min(midnight, end)
        total += (until - at).total_seconds() * calendar.is_working(at.date())
        at = until
    return total
