"""Ballots for one contestant that come together from one place: measured once the ballot is written, and held whole.

Of each name on the ballot the newest ballots are looked at, as many as `NEWEST`; shares are counted only where there
are too many. The rules are `audit.domain.contest.anomalies.SHARES`, the thresholds data of the season.
"""

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import exists, func
from sqlalchemy import select as select_rows
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from audit.db.models import Ballot, BallotName, VoteToken
from audit.db.queries.votes import NEWEST, together
from audit.domain.contest.anomalies import SHARES, Share, Suspicion, concentrated, share_limit_of
from audit.domain.contest.rules import AnomalyRules


def find(
    session: Session,
    rules: AnomalyRules,
    season_id: int,
    names: Sequence[int],
    network: str,
    outlet_id: int | None,
    now: dt.datetime,
) -> Iterator[tuple[Suspicion, list[int]]]:
    """For each name of a ballot that was just written: why its ballots are suspicious, and which they are."""
    session.flush()  # the token of the ballot
    since = {reason: now - dt.timedelta(seconds=share_limit_of(rules, reason).seconds) for reason in SHARES}
    for name, counted in together(session, names, network, outlet_id, since).items():
        for reason in SHARES:
            limit = share_limit_of(rules, reason)
            if counted[reason] <= limit.ballots:
                continue
            alike = _alike(reason, season_id, name, network, outlet_id, since[reason])
            rows = session.execute(alike).all()
            of = counted[reason]
            if reason != "fresh":
                of = session.execute(_compared(reason, season_id, network, outlet_id, since[reason])).scalar_one()
            if concentrated(limit, Share(len(rows), of)):
                seconds = int((now - min(row.cast_at for row in rows)).total_seconds())
                yield Suspicion(reason, len(rows), max(1, seconds)), [row.id for row in rows]
                break


def _alike(reason: str, season_id: int, name: int, network: str, outlet_id: int | None, since: dt.datetime) -> Any:
    """The newest ballots for a name that have in common what the reason says."""
    newest = (
        select_rows(col(BallotName.ballot_id))
        .where(col(BallotName.contestant_id) == name)
        .order_by(col(BallotName.ballot_id).desc())
        .limit(NEWEST)
        .subquery()
    )
    query = select_rows(col(Ballot.id), col(Ballot.cast_at)).join(newest, newest.c.ballot_id == col(Ballot.id))
    query = query.where(col(Ballot.cast_at) > since)
    if reason == "name_network":
        return query.where(col(Ballot.network) == network)
    if reason == "name_outlet":
        token = select_rows(col(VoteToken.ballot_id)).where(col(VoteToken.outlet_id) == outlet_id)
        return query.where(col(Ballot.id).in_(token.where(col(VoteToken.ballot_id).in_(select_rows(newest)))))
    before: Any = aliased(Ballot)
    same = (before.season_id == season_id, before.device == col(Ballot.device), before.cast_at < col(Ballot.cast_at))
    return query.where(~exists().where(*same))


def _compared(reason: str, season_id: int, network: str, outlet_id: int | None, since: dt.datetime) -> Any:
    """How many ballots the share is of."""
    query = select_rows(func.count()).select_from(Ballot)
    query = query.where(col(Ballot.season_id) == season_id, col(Ballot.cast_at) > since)
    if reason == "name_network":
        return query.where(col(Ballot.network) == network)
    token = exists().where(col(VoteToken.ballot_id) == col(Ballot.id), col(VoteToken.outlet_id) == outlet_id)
    return query.where(token)
