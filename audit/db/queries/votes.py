"""What a ballot needs to know of those before it, and how it is written: plain statements, since people wait for them.

(With the mapper's own inserts and a query for each signal a ballot took twice the processor time.)
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import TextClause, column, insert, text
from sqlmodel import Session, SQLModel

from audit.db.models import Ballot

# The newest ballots that share a signal stand at the end of its index: one walk of as many entries as the limit.
_SHARED = (
    "(SELECT cast_at FROM ballot WHERE season_id = :season AND {signal} = :{signal}"
    " ORDER BY cast_at DESC LIMIT 1 OFFSET :{signal}_limit)"
)
_NAMED = (
    "(SELECT cast_at FROM ballot WHERE id = (SELECT ballot_id FROM ballot_name WHERE contestant_id = :name{place}"
    " ORDER BY ballot_id DESC LIMIT 1 OFFSET :burst_limit))"
)
_TABLES = SQLModel.metadata.tables
_ADD_BALLOT = insert(_TABLES["ballot"]).returning(_TABLES["ballot"].c.id)
_ADD_NAME = insert(_TABLES["ballot_name"])


def earlier(
    session: Session, season_id: int, signals: Mapping[str, str], names: Sequence[int], limits: Mapping[str, int]
) -> dict[str, dt.datetime | None]:
    """For each signal when the ballot was cast with which the newest ones fill its limit; None where there are fewer.

    `signals`: device and network; `limits`: ballots by signal, "burst" for each of the names.
    """
    given: dict[str, Any] = {f"{signal}_limit": limit - 1 for signal, limit in limits.items()}
    given |= {f"name{place}": name for place, name in enumerate(names)}
    found = session.connection().execute(_statement(len(names)), {"season": season_id, **signals, **given}).one()
    device, network, *named = found
    return {"device": device, "network": network, "burst": max((at for at in named if at is not None), default=None)}


def add_ballot(session: Session, names: Sequence[int], **values: Any) -> int:
    """Write a ballot with its names; returns its id."""
    connection = session.connection()
    ballot_id = int(connection.execute(_ADD_BALLOT, values).scalar_one())
    connection.execute(_ADD_NAME, [{"ballot_id": ballot_id, "contestant_id": name} for name in names])
    return ballot_id


@lru_cache(maxsize=16)
def _statement(names: int) -> TextClause:
    parts = [_SHARED.format(signal="device"), _SHARED.format(signal="network")]
    parts += [_NAMED.format(place=place) for place in range(names)]
    kind = Ballot.__table__.c.cast_at.type  # type: ignore[attr-defined]
    listed = ", ".join(f"{part} AS c{place}" for place, part in enumerate(parts))
    return text(f"SELECT {listed}").columns(*(column(f"c{place}", kind) for place in range(len(parts))))  # type: ignore[return-value]
