"""Messages: what people were told, by which channel, and how far the history has been told."""

import datetime as dt
from typing import Any

from sqlalchemy import JSON, Index, UniqueConstraint
from sqlmodel import Column, Field, SQLModel


class Message(SQLModel, table=True):
    """What one person is told in the app, once: `source` is the event ("event:17") or the day ("day:2026-11-20").

    `params`: what the text of `code` says, as it was then; a pair is Chinese and English. `created_at`: the last time
    something was added, for what is gathered. `summary_id`: the day's summary that carried it outside.
    """

    __table_args__ = (
        UniqueConstraint("source", "account_id"),
        Index("ix_message_unread", "account_id", "read_at"),
        Index("ix_message_account", "account_id", "created_at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    source: str = Field(max_length=60)
    account_id: int = Field(foreign_key="account.id")
    code: str = Field(max_length=40)
    urgent: bool = False
    subject_kind: str = Field(max_length=30)
    subject_id: int = 0
    params: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    created_at: dt.datetime
    read_at: dt.datetime | None = None
    summary_id: int | None = Field(default=None, foreign_key="message.id", index=True)


class MessageLine(SQLModel, table=True):
    """A finding that a message speaks of. `code`: the message's, or in a summary which reminder it is.

    `at`: when it was told of; None in what was written before lines had a time of their own.
    """

    __tablename__ = "message_line"

    message_id: int = Field(foreign_key="message.id", primary_key=True)
    finding_id: int = Field(foreign_key="finding.id", primary_key=True, index=True)
    code: str = Field(max_length=40)
    at: dt.datetime | None = None


class Channel(SQLModel, table=True):
    """A way to reach a person or an organisation outside: exactly one of the two ids is set.

    `secret` holds what the kind asks for and is never shown back; `hint` is what may be shown of it. A removed channel
    keeps its row for the deliveries and loses its secret.
    """

    id: int | None = Field(default=None, primary_key=True)
    account_id: int | None = Field(default=None, foreign_key="account.id", index=True)
    organisation_id: int | None = Field(default=None, foreign_key="organisation.id", index=True)
    kind: str = Field(max_length=20)
    secret: dict[str, str] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    hint: str = Field(default="", max_length=120)
    created_at: dt.datetime
    created_by: int = Field(foreign_key="account.id")
    tested_at: dt.datetime | None = None
    test_error: str = Field(default="", max_length=60)
    removed_at: dt.datetime | None = None


class Delivery(SQLModel, table=True):
    """A message on its way outside: waiting → sent | failed | dropped; once for each source and channel.

    `next_at`: not to be tried before; while somebody sends it, until when the attempt is theirs.
    """

    __table_args__ = (
        UniqueConstraint("source", "channel_id"),
        Index("ix_delivery_waiting", "state", "next_at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    source: str = Field(max_length=60)
    channel_id: int = Field(foreign_key="channel.id", index=True)
    message_id: int = Field(foreign_key="message.id", index=True)
    state: str = Field(default="waiting", max_length=10)
    attempts: int = 0
    next_at: dt.datetime
    sent_at: dt.datetime | None = None
    error: str = Field(default="", max_length=60)


class MessageSettings(SQLModel, table=True):
    """When a person's summary of the day is due (the full hour in Shanghai), and the last day that had one."""

    __tablename__ = "message_settings"

    account_id: int = Field(foreign_key="account.id", primary_key=True)
    digest_hour: int | None = None
    digested_on: dt.date | None = None


class RelayPosition(SQLModel, table=True):
    """The one row (id 1) that says up to which event of the history people were told."""

    __tablename__ = "relay_position"

    id: int = Field(default=1, primary_key=True)
    seq: int = 0


class Escalation(SQLModel, table=True):
    """A step of the escalation that a finding reached, once for each due day; with a proposal where there is one.

    `step`: the working days over, or "repeats". `decision`: "", accepted, declined, or overtaken by a graver one.
    """

    __table_args__ = (UniqueConstraint("finding_id", "step", "due_on"), Index("ix_escalation_open", "decision"))

    id: int | None = Field(default=None, primary_key=True)
    finding_id: int = Field(foreign_key="finding.id", index=True)
    step: str = Field(max_length=20)
    due_on: dt.date
    addressed: str = Field(max_length=20)
    proposal: str = Field(default="", max_length=20)
    at: dt.datetime
    decision: str = Field(default="", max_length=10)
    comment: str = Field(default="", max_length=4000)
    decided_at: dt.datetime | None = None
    decided_by: int | None = Field(default=None, foreign_key="account.id")
