"""Sending outside what waits for it: at least once, later and later after failures, and given up with a reason.

An attempt belongs to whoever claimed it until `LEASE` is over. A sender that was killed between the sending and the
note that it was sent leaves the delivery waiting, and it is sent again: twice is possible, never is not.
"""

import datetime as dt
from dataclasses import dataclass

from sqlmodel import col, select, update

from audit.config import Settings
from audit.db.engine import Database
from audit.db.models import Account, Channel, Delivery, Message
from audit.domain.messages import WITH_ID, place_of, retry_at
from audit.i18n import DEFAULT_LOCALE, translator
from audit.notify.sending import send
from audit.notify.texts import Letter, letter
from audit.services import clock

LEASE = dt.timedelta(seconds=60)  # longer than any attempt takes before it times out
AT_ONCE = 20


@dataclass(frozen=True)
class _Claimed:
    id: int
    attempts: int
    kind: str
    secret: dict[str, str]
    letter: Letter


def send_due(db: Database, config: Settings) -> int:
    """Try what is due; returns how many were handed over."""
    with db.read() as session:
        query = select(Delivery.id).where(Delivery.state == "waiting", col(Delivery.next_at) <= clock.now())
        due = session.exec(query.order_by(col(Delivery.next_at), col(Delivery.id)).limit(AT_ONCE)).all()
    return sum(_try(db, config, number or 0) for number in due)


def outside(message: Message, locale: str, config: Settings) -> Letter:
    """A message as it goes outside: its text, and where to read on."""
    told = letter(locale, message.code, message.params)
    place = place_of(message.code, message.subject_kind, message.params.get("many", 1))
    query = f"?id={message.subject_id}" if place in WITH_ID else ""
    place = "" if place == "home" else place  # the first page has no name in the address
    more = f"{translator(locale)('Read on:')} {config.public_url.rstrip('/')}/{place}{query}"
    return Letter(told.title, f"{told.body}\n\n{more}".strip())


def _try(db: Database, config: Settings, delivery_id: int) -> bool:
    claimed = _claim(db, config, delivery_id)
    if claimed is None:
        return False
    error = send(claimed.kind, claimed.secret, claimed.letter.title, claimed.letter.body, config)
    now, attempts = clock.now(), claimed.attempts + 1
    values: dict[str, object] = {"attempts": attempts, "error": error}
    if not error:
        values |= {"state": "sent", "sent_at": now}
    elif (again := retry_at(now, attempts)) is None:
        values |= {"state": "failed"}
    else:
        values |= {"next_at": again}
    with db.write() as session:
        session.exec(
            update(Delivery).where(col(Delivery.id) == delivery_id, col(Delivery.state) == "waiting").values(**values)
        )
    return not error


def _claim(db: Database, config: Settings, delivery_id: int) -> _Claimed | None:
    now = clock.now()
    with db.write() as session:
        taken = session.exec(
            update(Delivery)
            .where(col(Delivery.id) == delivery_id, col(Delivery.state) == "waiting", col(Delivery.next_at) <= now)
            .values(next_at=now + LEASE)
        )
        if not taken.rowcount:
            return None
        row = session.get_one(Delivery, delivery_id)
        channel, message = session.get_one(Channel, row.channel_id), session.get_one(Message, row.message_id)
        account = session.get_one(Account, message.account_id)
        if channel.removed_at or (channel.account_id and not account.active):
            row.state = "dropped"
            session.add(row)
            return None
        locale = (account.locale if channel.account_id else "") or DEFAULT_LOCALE
        told = outside(message, locale, config)
        return _Claimed(delivery_id, row.attempts, channel.kind, dict(channel.secret), told)
