"""Heaps of held ballots: a flood is decided at once, by what its ballots have in common, after a look at how many.

What is decided is what was looked at: ballots that are held meanwhile have higher ids and wait. Those that name the
person who decides are left out, for somebody else.
"""

import datetime as dt
from collections import Counter
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, select, update

from audit.db.engine import Database
from audit.db.models import Ballot, BallotName, Contestant, Quarantine
from audit.domain.contest.anomalies import SIGNALS
from audit.domain.contest.season import Decision
from audit.domain.permissions import Actor, Where, authorise
from audit.errors import RoundsError
from audit.services.contest import quarantines, seasons
from audit.services.contest.own import own_ids
from audit.services.work import unit_of_work

MOST = 20_000  # ballots of one decision
AT_ONCE = 5_000  # ids in one statement
SIGN = 6  # hex digits of a subnet's or device's sign
CHOICES = 50  # values to choose from, the most frequent ones


@dataclass(frozen=True)
class Heap:
    """What the ballots have in common; empty: anything. `network`, `device`: signs as in the list; `hour`: its start,
    as ISO text."""

    reason: str = ""
    network: str = ""
    device: str = ""
    hour: str = ""


@dataclass(frozen=True)
class Look:
    """What a decision on a heap would decide: `count` ballots up to the id `until`, cast from `first` to `last`.

    `own`: how many more name the person who looks; `names`: (name, English name, votes), the most frequent first;
    `choices`: field of `Heap` → (value, ballots), by which it can be made smaller.
    """

    count: int
    own: int
    until: int
    first: dt.datetime | None
    last: dt.datetime | None
    names: tuple[tuple[str, str, int], ...]
    choices: dict[str, list[tuple[str, int]]]


def look(db: Database, actor: Actor, season_id: int, heap: Heap, until: int | None = None) -> Look:
    """What would be decided, and by what else it can be told apart; `until`: of the ballots up to this id.

    Raises `forbidden`, `not_found`, `invalid`.
    """
    authorise(actor, "contest.manage", Where(season_id=season_id))
    conditions = _conditions(season_id, heap)
    if until is not None:
        conditions.append(col(Ballot.id) <= until)
    with db.read(steady=True) as session:
        seasons.find(session, season_id)
        own = _naming(own_ids(session, actor))
        columns: Any = (Ballot.id, Quarantine.reason, Ballot.network, Ballot.device, Ballot.cast_at)
        joined: Any = select(*columns).join(Quarantine, col(Quarantine.ballot_id) == col(Ballot.id)).where(*conditions)
        everything = session.exec(joined.order_by(col(Ballot.id)).limit(MOST)).all()
        left_out = set(session.exec(own).all())
        rows = [row for row in everything if row[0] not in left_out]
        named = _named(session, conditions, own)
    choices = {
        "reason": Counter(row[1] for row in rows),
        "network": Counter(row[2][:SIGN] for row in rows),
        "device": Counter(row[3][:SIGN] for row in rows),
        "hour": Counter(_hour(row[4]) for row in rows),
    }
    times = [row[4] for row in rows]
    return Look(
        count=len(rows),
        own=len(everything) - len(rows),
        until=max((row[0] for row in rows), default=0),
        first=min(times, default=None),
        last=max(times, default=None),
        names=named,
        choices={name: found.most_common(CHOICES) for name, found in choices.items()},
    )


def decide(db: Database, actor: Actor, season_id: int, heap: Heap, until: int, decision: str, comment: str) -> int:
    """Count or discard a heap as it was looked at; returns how many ballots that was.

    One event names them all. Raises `forbidden`, `not_found`, `invalid`, `required` without a comment, `wrong_state`
    once the season is closed.
    """  # fmt: skip
    authorise(actor, "contest.manage", Where(season_id=season_id))
    decision, comment = quarantines.checked(decision, comment)
    conditions = _conditions(season_id, heap)
    with unit_of_work(db, actor) as work:
        session = work.session
        quarantines.check_open(session, season_id)
        query = (
            select(Quarantine.ballot_id)
            .join(Ballot, col(Ballot.id) == col(Quarantine.ballot_id))
            .where(*conditions, col(Ballot.id) <= until, col(Ballot.id).not_in(_naming(own_ids(session, actor))))
            .order_by(col(Quarantine.ballot_id))
            .limit(MOST)
            .with_for_update(of=Quarantine)  # type: ignore[arg-type]
        )
        ids = session.exec(query).all()
        votes: Counter[int] = Counter()
        by = {"decided_at": work.now, "decided_by": actor.account_id or None}
        for first in range(0, len(ids), AT_ONCE):
            part = ids[first : first + AT_ONCE]
            changed = update(Quarantine).where(col(Quarantine.ballot_id).in_(part))
            session.exec(changed.values(decision=decision, comment=comment, **by))
            if decision == Decision.COUNT:
                votes += quarantines.votes_of(session, part)
        if ids:
            quarantines.recount(session, votes, 1)
            told = {"decision": decision, "comment": comment, "heap": asdict(heap), "ballots": list(ids)}
            work.record("ballots.decided", "season", season_id, **told)
    return len(ids)


def _conditions(season_id: int, heap: Heap) -> list[Any]:
    """The waiting ballots of a heap."""
    found: list[Any] = [Quarantine.season_id == season_id, Quarantine.decision == ""]
    if heap.reason:
        if heap.reason not in SIGNALS:
            raise RoundsError("invalid", field="reason")
        found.append(Quarantine.reason == heap.reason)
    for name, column in (("network", Ballot.network), ("device", Ballot.device)):
        sign = getattr(heap, name)
        if sign and not (len(sign) == SIGN and set(sign) <= set("0123456789abcdef")):
            raise RoundsError("invalid", field=name)
        if sign:
            found.append(col(column).like(f"{sign}%"))
    if heap.hour:
        try:
            start = dt.datetime.fromisoformat(heap.hour)
        except ValueError:
            raise RoundsError("invalid", field="hour") from None
        if start.tzinfo is None:
            raise RoundsError("invalid", field="hour")
        found += [col(Ballot.cast_at) >= start, col(Ballot.cast_at) < start + dt.timedelta(hours=1)]
    return found


def _hour(instant: dt.datetime) -> str:
    return instant.replace(minute=0, second=0, microsecond=0).isoformat()


def _naming(contestant_ids: set[int]) -> Any:
    """The ids of ballots that name one of these contestants."""
    return select(BallotName.ballot_id).where(col(BallotName.contestant_id).in_(contestant_ids))


def _named(session: Session, conditions: list[Any], own: Any) -> tuple[tuple[str, str, int], ...]:
    counted: Any = func.count()
    query: Any = (
        select(Contestant.name, Contestant.name_en, counted)
        .join(BallotName, col(BallotName.contestant_id) == col(Contestant.id))
        .join(Ballot, col(Ballot.id) == col(BallotName.ballot_id))
        .join(Quarantine, col(Quarantine.ballot_id) == col(Ballot.id))
        .where(*conditions, col(Ballot.id).not_in(own))
        .group_by(col(Contestant.id), col(Contestant.name), col(Contestant.name_en))
        .order_by(counted.desc(), col(Contestant.id))
        .limit(5)
    )
    return tuple((zh, en, votes) for zh, en, votes in session.exec(query).all())
