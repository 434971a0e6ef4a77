"""What the clock does by itself in the demo city: it deems, escalates and, in the last weeks, fills inboxes.

Nothing goes outside. People were told of what is older long ago, and nobody keeps that: 10 CPU seconds for messages
that nobody reads.
"""

import datetime as dt
from collections.abc import Iterator

from sqlmodel import col, update

from audit.db.engine import Database
from audit.db.models import ChainHead, Message, RelayPosition
from audit.demo.acts import Act, Means
from audit.demo.calendar import instant
from audit.demo.stories import working_day_before
from audit.services.calendar import WorkingDays
from audit.services.loop.escalating import escalate
from audit.services.loop.issuing import due_acts
from audit.services.messages.relay import relay_all
from audit.services.messages.summary import summarise

DAYS = 12  # working days whose messages are there
UNREAD = 2  # working days: what is older was read
MORNING, EVENING = dt.time(8, 0), dt.time(18, 5)


def acts(calendar: WorkingDays, first: dt.date, today: dt.date) -> Iterator[Act]:
    """Each working day from `first` on; of today the worker takes care."""
    told_from = working_day_before(today, DAYS, calendar)
    day = first
    while day < today:
        if calendar.is_working(day):
            if day == told_from:
                yield Act(instant(day, MORNING), _skip)
            if day >= told_from:
                yield Act(instant(day, MORNING), _summarise)
            yield Act(instant(day, EVENING), _evening if day >= told_from else _act)
        day += dt.timedelta(days=1)


def read_old(db: Database, calendar: WorkingDays, today: dt.date) -> None:
    """Everybody has read what is older than `UNREAD` working days."""
    old = col(Message.created_at) < instant(working_day_before(today, UNREAD, calendar), dt.time(0, 0))
    with db.write() as session:
        unread = col(Message.read_at).is_(None)
        session.exec(update(Message).where(old, unread).values(read_at=col(Message.created_at)))


def _skip(db: Database, _means: Means) -> None:
    with db.write() as session:
        position = session.get_one(RelayPosition, 1)
        position.seq = session.get_one(ChainHead, 1).seq
        session.add(position)


def _summarise(db: Database, _means: Means) -> None:
    summarise(db)


def _act(db: Database, _means: Means) -> None:
    due_acts(db)
    escalate(db)


def _evening(db: Database, means: Means) -> None:
    _act(db, means)
    relay_all(db)
