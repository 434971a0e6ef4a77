"""Inboxes of the demo city: what the clock did and what people were told of the last weeks. Nothing goes outside."""

import datetime as dt

from sqlmodel import col, update

from audit.db.engine import Database
from audit.db.models import Message
from audit.demo.calendar import instant, weekday_from
from audit.services import clock
from audit.services.loop.escalating import escalate
from audit.services.loop.issuing import due_acts
from audit.services.messages.relay import relay_all
from audit.services.messages.summary import summarise

DAYS = 12  # weekdays on which the clock is played
UNREAD = 2  # weekdays: what is older was read


def play(db: Database, today: dt.date) -> None:
    """Let the clock act on each of the last weekdays, and tell people of everything in the order of the history."""
    days = [today]
    while len(days) < DAYS:
        days.append(weekday_from(days[-1], -1))
    relay_all(db)
    for day in reversed(days[1:]):  # of today the worker takes care
        with clock.stopped(instant(day, dt.time(8, 0))):
            summarise(db)
        with clock.stopped(instant(day, dt.time(18, 5))):
            due_acts(db)
            escalate(db)
            relay_all(db)
    with db.write() as session:
        old = col(Message.created_at) < instant(days[UNREAD], dt.time(0, 0))
        unread = col(Message.read_at).is_(None)
        session.exec(update(Message).where(old, unread).values(read_at=col(Message.created_at)))
