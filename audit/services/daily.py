"""What is to be done once a day, from an hour on: by the first worker that lives then, be it in the morning after.

A row says for which day it was done and who is at it, so that a computer that is switched off at night catches up, two
workers do it once, and what a killed worker left undone is begun again.
"""

import datetime as dt
from collections.abc import Callable

from sqlmodel import Session, col, or_, update

from audit.db.engine import Database
from audit.db.models import DailyWork
from audit.db.upsert import insert_missing
from audit.domain.deadlines import ZONE
from audit.services import clock

PATIENCE = dt.timedelta(hours=1)  # after which what was begun and not ended is begun again


def due_day(at: dt.time) -> dt.date:
    """The last day of which the hour `at` (Asia/Shanghai) has come."""
    now = clock.now().astimezone(ZONE)
    return now.date() if now.time() >= at else now.date() - dt.timedelta(days=1)


def once_a_day(db: Database, name: str, at: dt.time, do: Callable[[], object]) -> bool:
    """Do it when it was not done since the last `at` (Asia/Shanghai) and nobody is at it; whether it was done now.

    What `do` raises goes on to the caller, and it is tried again after `PATIENCE`.
    """
    day = due_day(at)
    with db.read() as session:
        row = session.get(DailyWork, name)
    if row is not None and row.done_for is not None and row.done_for >= day:
        return False
    with db.write() as session:
        if not _take(session, name, day):
            return False
    do()
    with db.write() as session:
        session.exec(update(DailyWork).where(col(DailyWork.name) == name).values(done_for=day, begun_at=None))
    return True


def _take(session: Session, name: str, day: dt.date) -> bool:
    """Say that one is at it, unless it is done or another one is."""
    insert_missing(session, DailyWork, [{"name": name}])
    free = (
        or_(col(DailyWork.done_for).is_(None), col(DailyWork.done_for) < day),
        or_(col(DailyWork.begun_at).is_(None), col(DailyWork.begun_at) < clock.now() - PATIENCE),
    )
    taking = update(DailyWork).where(col(DailyWork.name) == name, *free).values(begun_at=clock.now())
    return bool(session.exec(taking).rowcount)
