"""Putting a message into inboxes and on its way outside, within a transaction: each once, however often it is tried."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlmodel import Session, col, or_, select

from audit.db.models import Account, Channel, Delivery, Message, MessageLine
from audit.db.upsert import insert_missing


@dataclass(frozen=True)
class Note:
    """A message for one person. `outside`: sent by their channels now; `shared`: by their organisation's too.

    `lines`: finding id → code of each finding that it speaks of.
    """

    account_id: int
    code: str
    urgent: bool
    outside: bool
    shared: bool
    subject_kind: str
    subject_id: int
    params: Mapping[str, Any]
    lines: Mapping[int, str] = field(default_factory=dict)


def post(
    session: Session, source: str, at: dt.datetime, notes: Sequence[Note], until: dt.datetime | None = None
) -> int:
    """Write the notes of one source that are not written yet, with their deliveries; returns how many were new.

    `until`: nothing goes outside before.
    """
    rows = [
        {
            "source": source, "account_id": note.account_id, "code": note.code, "urgent": note.urgent,
            "subject_kind": note.subject_kind, "subject_id": note.subject_id, "params": dict(note.params),
            "created_at": at,
        }
        for note in notes
    ]  # fmt: skip
    new = insert_missing(session, Message, rows)
    if not new:
        return 0
    query = select(Message.account_id, Message.id).where(Message.source == source)
    ids = {account_id: number or 0 for account_id, number in session.exec(query).all()}
    lines = [
        {"message_id": ids[note.account_id], "finding_id": finding_id, "code": code, "at": at}
        for note in notes
        for finding_id, code in note.lines.items()
    ]
    insert_missing(session, MessageLine, lines)
    _send_outside(session, source, until or at, notes, ids)
    return new


def _send_outside(
    session: Session, source: str, at: dt.datetime, notes: Sequence[Note], ids: Mapping[int, int]
) -> None:
    """A delivery for each channel of the people, and of the organisations of those who stand for theirs; due `at`."""
    going = {note.account_id: note for note in notes if note.outside}
    if not going:
        return
    query = select(Account.id, Account.organisation_id).where(col(Account.id).in_(going))
    homes: dict[int | None, int | None] = dict(session.exec(query).all())
    spokesmen: dict[int | None, int] = {}
    for account_id, note in going.items():
        if note.shared and homes.get(account_id):
            spokesmen.setdefault(homes[account_id], account_id)
    standing = select(Channel).where(
        col(Channel.removed_at).is_(None),
        or_(col(Channel.account_id).in_(going), col(Channel.organisation_id).in_(spokesmen)),
    )
    rows = [
        {
            "source": source, "channel_id": channel.id, "next_at": at, "state": "waiting", "attempts": 0,
            "message_id": ids[channel.account_id or spokesmen[channel.organisation_id]], "error": "",
        }
        for channel in session.exec(standing).all()
    ]  # fmt: skip
    insert_missing(session, Delivery, rows)
