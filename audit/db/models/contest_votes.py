"""The contest's votes: who may vote, ballots (选票) with their names, and what is held back for a person to decide."""

import datetime as dt
from typing import Any

from sqlalchemy import JSON, Index, Text, UniqueConstraint
from sqlmodel import Column, Field, SQLModel


class Voter(SQLModel, table=True):
    """A verified voter. `kind` is a `VoterKind`; `identity` is a keyed hash: no phone number is kept.

    `contestant_id`: the contestant who this employee is, for whom the voter cannot vote.
    """

    __table_args__ = (UniqueConstraint("season_id", "identity"),)

    id: int | None = Field(default=None, primary_key=True)
    season_id: int = Field(foreign_key="season.id")
    kind: str = Field(max_length=20)
    identity: str = Field(max_length=64)
    contestant_id: int | None = Field(default=None, foreign_key="contestant.id")
    created_at: dt.datetime


class VoteToken(SQLModel, table=True):
    """A single-use signed token given out for a served transaction, on paper as QR or by text message.

    `transaction_sha256`: a keyed hash of the transaction's number, one token each. `ballot_id`: what it was used for.
    """

    __tablename__ = "vote_token"

    jti: str = Field(primary_key=True, max_length=32)
    season_id: int = Field(foreign_key="season.id", index=True)
    transaction_sha256: str = Field(max_length=64, unique=True)
    outlet_id: int | None = Field(default=None, foreign_key="outlet.id")
    contestant_id: int | None = Field(default=None, foreign_key="contestant.id")
    issued_at: dt.datetime
    expires_at: dt.datetime
    ballot_id: int | None = Field(default=None, foreign_key="ballot.id", index=True)


class VoteSlipBatch(SQLModel, table=True):
    """Slips that an organiser made at once, for a hall or for whoever served: who made how many."""

    __tablename__ = "vote_slip_batch"

    id: int | None = Field(default=None, primary_key=True)
    season_id: int = Field(foreign_key="season.id", index=True)
    outlet_id: int | None = Field(default=None, foreign_key="outlet.id")
    contestant_id: int | None = Field(default=None, foreign_key="contestant.id")
    count: int
    made_at: dt.datetime
    expires_at: dt.datetime
    account_id: int | None = Field(default=None, foreign_key="account.id")


class VoteSlip(SQLModel, table=True):
    """A token on a slip: the `number`-th of its batch, which stands for the served transaction.

    `sealed`: where the operator's systems gave a list, the transaction's number and the customer's phone, readable with
    the season's key alone; emptied once the token has expired.
    """

    __tablename__ = "vote_slip"
    __table_args__ = (UniqueConstraint("batch_id", "number"),)

    jti: str = Field(foreign_key="vote_token.jti", primary_key=True, max_length=32)
    batch_id: int = Field(foreign_key="vote_slip_batch.id")
    number: int
    sealed: str = Field(default="", sa_type=Text, sa_column_kwargs={"server_default": ""})


class Ballot(SQLModel, table=True):
    """One voter's ballot of one day. Append-only: triggers refuse UPDATE and DELETE.

    `receipt`: the random word by which the voter finds it in the published list. `network`, `device`: keyed hashes of
    the address's subnet and of the device token, kept as signals of anomalies.
    """

    __table_args__ = (
        UniqueConstraint("voter_id", "day"),
        Index("ix_ballot_season", "season_id", "cast_at"),
        Index("ix_ballot_network", "season_id", "network", "cast_at"),
        Index("ix_ballot_device", "season_id", "device", "cast_at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    season_id: int = Field(foreign_key="season.id")
    voter_id: int = Field(foreign_key="voter.id")
    day: dt.date
    receipt: str = Field(max_length=32, unique=True)
    network: str = Field(default="", max_length=32)
    device: str = Field(default="", max_length=32)
    cast_at: dt.datetime


class BallotName(SQLModel, table=True):
    """A contestant named on a ballot: one vote. Append-only like the ballot."""

    __tablename__ = "ballot_name"
    __table_args__ = (Index("ix_ballot_name_contestant", "contestant_id", "ballot_id"),)

    ballot_id: int = Field(foreign_key="ballot.id", primary_key=True)
    contestant_id: int = Field(foreign_key="contestant.id", primary_key=True)


class Quarantine(SQLModel, table=True):
    """A ballot held back for a reason, for a person to decide. It counts only when `decision` is "count".

    `reason`: burst, subnet, device …; `facts`: the figures that stand behind it.
    """

    ballot_id: int = Field(foreign_key="ballot.id", primary_key=True)
    season_id: int = Field(foreign_key="season.id", index=True)
    reason: str = Field(max_length=40)
    facts: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    held_at: dt.datetime
    decision: str = Field(default="", max_length=10)
    comment: str = Field(default="", max_length=400)
    decided_at: dt.datetime | None = None
    decided_by: int | None = Field(default=None, foreign_key="account.id")
