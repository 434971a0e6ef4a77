"""What was sent to whom about a finding: each message with its channels, the newest first."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlmodel import col, select

from audit.db.engine import Database
from audit.db.models import Account, Channel, Delivery, Message, MessageLine
from audit.domain.permissions import Actor
from audit.services.loop.reach import finding_for

MOST = 200  # lines on a finding's page


@dataclass(frozen=True)
class Told:
    """One message by one channel.

    `code`, `params`: what it says; `channel`: the kind, "" in the app; `state`: unread, read, or the delivery's.
    """

    name: str
    code: str
    params: Mapping[str, Any]
    channel: str
    at: dt.datetime
    state: str
    error: str = ""


def told(db: Database, actor: Actor, finding_id: int) -> list[Told]:
    """Everything that was sent about a finding. Raises `forbidden` and `not_found`."""
    with db.read() as session:
        finding_for(session, actor, "finding.read", finding_id)
        query = (
            select(Message, MessageLine, Account.name)
            .join(MessageLine, col(MessageLine.message_id) == Message.id)
            .join(Account, col(Account.id) == Message.account_id)
            .where(MessageLine.finding_id == finding_id)
            .order_by(col(Message.created_at).desc(), col(Message.id).desc())
            .limit(MOST)
        )
        messages = session.exec(query).all()
        carried = [one.summary_id or one.id for one, _, _ in messages]
        outside = (
            select(Delivery, Channel.kind)
            .join(Channel, col(Channel.id) == Delivery.channel_id)
            .where(col(Delivery.message_id).in_(carried))
            .order_by(col(Delivery.id))
        )
        deliveries = session.exec(outside).all()
    found = []
    for message, line, name in messages:
        at, state = line.at or message.created_at, "read" if message.read_at else "unread"
        found.append(Told(name, line.code, message.params, "", at, state))
        found += [
            Told(name, line.code, message.params, kind, row.sent_at or row.next_at, row.state, row.error)
            for row, kind in deliveries
            if row.message_id == (message.summary_id or message.id)
        ]
    return found
