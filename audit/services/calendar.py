"""The working-day calendar: the official days of the library, and the days that marketing entered over them.

The State Council publishes a year's holidays in the November before; until its days are in the library or entered here,
weekdays stand in and every date counted over them is marked as estimated.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from functools import lru_cache

import chinese_calendar
from sqlmodel import Session, col, select

from audit.db.engine import Database
from audit.db.models import WorkingDay
from audit.db.upsert import insert_missing
from audit.domain.permissions import Actor, authorise, authorise_somewhere
from audit.errors import RoundsError
from audit.services import values
from audit.services.work import unit_of_work

FIRST_YEAR, LAST_YEAR = 2000, 2100
SATURDAY = 5


class WorkingDays:
    """A calendar of working days as `domain.deadlines` takes it. `overrides`: day → worked or not."""

    def __init__(self, overrides: Mapping[dt.date, bool]) -> None:
        self._overrides = dict(overrides)

    def is_working(self, day: dt.date) -> bool:
        """Whether people work on a day."""
        if day in self._overrides:
            return self._overrides[day]
        published = _published(day)
        return day.weekday() < SATURDAY if published is None else published

    def is_estimated(self, day: dt.date) -> bool:
        """Whether only the weekday speaks for a day."""
        return day not in self._overrides and _published(day) is None


@lru_cache(maxsize=16_384)  # the library goes through all its years for each day: 80 µs, and a list asks for thousands
def _published(day: dt.date) -> bool | None:
    """What the library says of a day; None beyond what is published."""
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        return None


def calendar_of(session: Session) -> WorkingDays:
    """The calendar as it stands, read within somebody's session."""
    return WorkingDays(dict(session.exec(select(col(WorkingDay.day), col(WorkingDay.working))).all()))


def get_calendar(db: Database) -> WorkingDays:
    """The calendar as it stands."""
    with db.read() as session:
        return calendar_of(session)


def list_days(db: Database, actor: Actor, year: int) -> Sequence[WorkingDay]:
    """The days of a year that were entered, in order."""
    authorise_somewhere(actor, "calendar.read")
    first, last = dt.date(_year(year), 1, 1), dt.date(_year(year), 12, 31)
    query = select(WorkingDay).where(col(WorkingDay.day) >= first, col(WorkingDay.day) <= last)
    with db.read() as session:
        return session.exec(query.order_by(col(WorkingDay.day))).all()


def set_day(db: Database, actor: Actor, day: dt.date, working: bool, reason: str) -> None:
    """Enter whether a day is worked, over what the library says or what was entered before. Raises `required`.

    Due dates that were issued stay as they are.
    """
    authorise(actor, "calendar.manage")
    _year(day.year)
    reason = values.line("reason", reason, 200, required=True)
    with unit_of_work(db, actor) as work:
        entered = {"working": working, "reason": reason, "account_id": actor.account_id, "set_at": work.now}
        new = insert_missing(work.session, WorkingDay, [{"day": day, **entered}])
        row = work.session.get_one(WorkingDay, day, with_for_update=True)
        before = None if new else row.working
        row.working, row.reason, row.account_id, row.set_at = working, reason, actor.account_id, work.now
        work.session.add(row)
        work.record("calendar.day_set", "working_day", day.isoformat(), working=[before, working], reason=reason)


def remove_day(db: Database, actor: Actor, day: dt.date) -> None:
    """Let the library speak for a day again. Raises `not_found` when nothing was entered for it."""
    authorise(actor, "calendar.manage")
    with unit_of_work(db, actor) as work:
        row = work.session.get(WorkingDay, day)
        if row is None:
            raise RoundsError("not_found")
        work.session.delete(row)
        work.record("calendar.day_removed", "working_day", day.isoformat(), working=[row.working, None])


def _year(year: int) -> int:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise RoundsError("invalid", field="day")
    return year
