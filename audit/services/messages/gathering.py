"""Many of the same on one day as one message: thirty findings that are overdue, two hundred that were closed.

A person's message of a step and a day takes in more for as long as nobody has read it and nothing of it has gone
outside, which waits `GATHERING` for that; what comes later begins another one. So what was sent to whom stays as it
was. All of this happens in the relay's transaction; `upto` is the last event that a message has told of.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlmodel import Session, col, select

from audit.db.models import Delivery, Event, Message, MessageLine
from audit.db.upsert import insert_missing
from audit.domain.deadlines import ZONE, day_of
from audit.domain.messages import GATHERING, MOST_LINES
from audit.services import clock
from audit.services.messages.posting import Note, post

CITY_WIDE = ("submitted", "escalated")  # told to people who have to do with several branches
Line = list[Any]  # the finding's title in Chinese and English, its place in both, its id


def gather(session: Session, event: Event, notes: Sequence[Note]) -> None:
    """Add what an event says of one finding to the day's messages of these people, or begin them."""
    fresh, until = [], clock.now() + GATHERING
    for note in notes:
        standing = _latest(session, event, note)
        if standing and standing.params["upto"] >= event.seq:
            continue
        if standing and _is_open(session, standing):
            _add(session, standing, event, note)
        else:
            first = {"many": 1, "gathered": [_line(note)], "upto": event.seq, "until": until.isoformat()}
            fresh.append(replace(note, params={**note.params, **first}))
    if fresh:
        post(session, f"{_stem(event, fresh[0])}{event.seq}", event.at, fresh, until)


def _stem(event: Event, note: Note) -> str:
    """What the sources of all messages of a step and day begin with."""
    return f"{note.code}:{event.data.get('step', '')}:{day_of(event.at)}:"


def _latest(session: Session, event: Event, note: Note) -> Message | None:
    begin = dt.datetime.combine(day_of(event.at), dt.time(), ZONE)
    mine = (Message.account_id == note.account_id, col(Message.created_at) >= begin)  # by index
    query = select(Message).where(*mine, col(Message.source).startswith(_stem(event, note), autoescape=True))
    return session.exec(query.order_by(col(Message.id).desc()).limit(1).with_for_update()).first()


def _is_open(session: Session, message: Message) -> bool:
    """Whether nobody has read it and no attempt was made to send it: the attempt would have moved its next time."""
    if message.read_at is not None or message.summary_id is not None:
        return False
    until = dt.datetime.fromisoformat(message.params["until"])
    deliveries = select(Delivery).where(Delivery.message_id == message.id).with_for_update()
    return all(one.next_at == until and not one.attempts for one in session.exec(deliveries).all())


def _add(session: Session, message: Message, event: Event, note: Note) -> None:
    params: dict[str, Any] = {**message.params, "upto": event.seq}
    line = {"message_id": message.id, "finding_id": note.subject_id, "code": note.code, "at": event.at}
    if insert_missing(session, MessageLine, [line]):
        params["many"] += 1
        params["gathered"] = [*params["gathered"], _line(note)][:MOST_LINES]
        message.subject_id = 0  # it is about no single one any more
    message.params, message.created_at = params, event.at
    session.add(message)


def _line(note: Note) -> Line:
    told: Mapping[str, Any] = note.params
    places = [told["branch"], told["outlet"]] if note.code in CITY_WIDE else [told["outlet"]]
    zh, en = ("".join(place[0] for place in places), ", ".join(place[1] for place in reversed(places)))
    return [*told["finding"], zh, en, note.subject_id]
