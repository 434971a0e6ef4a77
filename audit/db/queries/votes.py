"""What a ballot needs to know of those before it, and how it is written: plain statements, since people wait for them.

(With the mapper's own inserts and a query for each signal a ballot took twice the processor time.)
"""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import TextClause, bindparam, column, insert, select, text
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
NEWEST = 300  # ballots for one name that are looked at for what they have in common
_TOGETHER = """
SELECT {place} AS place,
       SUM(CASE WHEN b.cast_at > :name_network AND b.network = :network THEN 1 ELSE 0 END),
       SUM(CASE WHEN b.cast_at > :fresh THEN 1 ELSE 0 END),
       {tokens}
FROM (SELECT ballot_id FROM ballot_name WHERE contestant_id = :name{place} ORDER BY ballot_id DESC LIMIT :newest) n
JOIN ballot b ON b.id = n.ballot_id
"""
_TOKENS = (
    "SUM(CASE WHEN b.cast_at > :name_outlet AND EXISTS (SELECT 1 FROM vote_token t WHERE t.ballot_id = b.id"
    " AND t.outlet_id = :outlet) THEN 1 ELSE 0 END)"
)
_TABLES = SQLModel.metadata.tables
_CONTESTANT, _VOTER, _BALLOT = (_TABLES[name].c for name in ("contestant", "voter", "ballot"))
_NAMED_BY = select(_CONTESTANT.id).where(
    _CONTESTANT.season_id == bindparam("season"),
    _CONTESTANT.code.in_(bindparam("codes", expanding=True)),
    _CONTESTANT.withdrawn_at.is_(None),
)
# With the seasons, as the index begins with them: by identities alone every voter was looked at.
_KNOWN = select(_VOTER.season_id, _VOTER.identity, _VOTER.id).where(
    _VOTER.season_id.in_(bindparam("seasons", expanding=True)),
    _VOTER.identity.in_(bindparam("identities", expanding=True)),
)
_KNOWN = _KNOWN.order_by(_VOTER.identity).with_for_update()
_CAST_ON = select(_BALLOT.voter_id, _BALLOT.receipt).where(
    _BALLOT.voter_id.in_(bindparam("voters", expanding=True)), _BALLOT.day == bindparam("day")
)
_ADD_BALLOT = insert(_TABLES["ballot"]).returning(_TABLES["ballot"].c.id)
_ADD_NAME = insert(_TABLES["ballot_name"])


def named(session: Session, season_id: int, codes: Sequence[str]) -> list[int]:
    """The ids of those who take part under these public codes."""
    rows = session.connection().execute(_NAMED_BY, {"season": season_id, "codes": list(codes)})
    return [int(id_) for id_ in rows.scalars()]


def known_voters(session: Session, wanted: Collection[tuple[int, str]]) -> dict[tuple[int, str], int]:
    """(season's id, identity) → voter's id, of those who are there, locked in the order of their identities."""
    seasons, identities = {season_id for season_id, _ in wanted}, [identity for _, identity in wanted]
    rows = session.connection().execute(_KNOWN, {"seasons": sorted(seasons), "identities": identities})
    return {(season_id, identity): int(id_) for season_id, identity, id_ in rows}


def cast_on(session: Session, voter_ids: Iterable[int], day: dt.date) -> dict[int, str]:
    """Voter's id → receipt of the ballot that was cast on that day."""
    rows = session.connection().execute(_CAST_ON, {"voters": list(voter_ids), "day": day})
    return {int(voter_id): str(receipt) for voter_id, receipt in rows}


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


def together(
    session: Session, names: Sequence[int], network: str, outlet_id: int | None, since: Mapping[str, dt.datetime]
) -> dict[int, dict[str, int]]:
    """For each name how many of its newest ballots came from this subnet ("name_network"), by tokens of this outlet
    ("name_outlet"), and at all ("fresh") since the moments that `since` gives for the three."""
    given: dict[str, Any] = {"network": network, "newest": NEWEST, **since}
    given |= {f"name{place}": name for place, name in enumerate(names)}
    if outlet_id is None:
        del given["name_outlet"]
    else:
        given["outlet"] = outlet_id
    rows = session.connection().execute(_together(len(names), outlet_id is not None), given).all()
    return {
        names[place]: {"name_network": int(here), "fresh": int(lately), "name_outlet": int(tokens)}
        for place, here, lately, tokens in rows
    }


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


@lru_cache(maxsize=32)
def _together(names: int, tokens: bool) -> TextClause:
    kind = Ballot.__table__.c.cast_at.type  # type: ignore[attr-defined]
    counted = _TOKENS if tokens else "0"
    parts = [_TOGETHER.format(place=place, tokens=counted) for place in range(names)]
    moments = ["name_network", "fresh"] + ["name_outlet"] * tokens
    return text(" UNION ALL ".join(parts)).bindparams(*(bindparam(name, type_=kind) for name in moments))
