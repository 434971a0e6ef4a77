"""Ballots that are held back: they wait for a person, who counts or discards them with a comment."""

import datetime as dt
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, func, or_, true
from sqlmodel import Session, col, select

from audit.db.engine import Database
from audit.db.models import Account, Ballot, BallotName, Contestant, Quarantine, Voter
from audit.db.upsert import insert_missing
from audit.domain.contest.anomalies import SIGNALS, Suspicion
from audit.domain.contest.season import COUNTING, Decision
from audit.domain.contest.verification import typed_receipt
from audit.domain.permissions import Actor, Where, authorise
from audit.errors import RoundsError
from audit.services import values
from audit.services.contest import seasons, tallies
from audit.services.contest.own import own_ids
from audit.services.values import PAGE_SIZE, Slice
from audit.services.work import Work, unit_of_work

MOST = 1_000  # ballots of one decision


@dataclass(frozen=True)
class HeldBallot:
    """A ballot that is or was held back. `ballots`, `seconds`: how many came within how long when it was held.

    `alike`: short signs of subnet and device, equal where those are; `decision`: "" while it waits.
    """

    ballot_id: int
    receipt: str
    cast_at: dt.datetime
    day: dt.date
    verified_by: str
    names: tuple[tuple[str, str], ...]
    reason: str
    ballots: int
    seconds: int
    alike: tuple[str, str]
    decision: str
    comment: str
    decided_at: dt.datetime | None
    decided_by_zh: str
    decided_by_en: str


def hold(work: Work, season_id: int, ballot_ids: Collection[int], why: Suspicion) -> Counter[int]:
    """Hold ballots back that are not yet; returns the votes to be taken off the tallies by contestant's id.

    One that a person decided on is left alone.
    """
    facts = {"ballots": why.ballots, "seconds": why.seconds}
    row = {"season_id": season_id, "reason": why.reason, "facts": facts, "held_at": work.now}
    fixed = {"decision": "", "comment": ""}
    held = set(work.session.exec(select(Quarantine.ballot_id).where(col(Quarantine.ballot_id).in_(ballot_ids))).all())
    new = [
        ballot_id
        for ballot_id in sorted(set(ballot_ids) - held)  # one by one: another process may hold the same ones
        if insert_missing(work.session, Quarantine, [{"ballot_id": ballot_id, **row, **fixed}])
    ]
    if new:
        work.record("ballots.held", "season", season_id, reason=why.reason, ballots=new, facts=facts)
    return votes_of(work.session, new)


def find_held(
    db: Database,
    actor: Actor,
    season_id: int,
    decided: bool = False,
    reason: str = "",
    page: int = 1,
    size: int = PAGE_SIZE,
    search: str = "",
) -> Slice:
    """A page of `HeldBallot`, the oldest first: those that wait, or those that were decided on. `search`: whom they
    name, the receipt, or the comment.

    Raises `forbidden`, `not_found`, `invalid` for an unknown reason.
    """  # fmt: skip
    authorise(actor, "contest.manage", Where(season_id=season_id))
    if reason and reason not in SIGNALS:
        raise RoundsError("invalid", field="reason")
    query: Any = (
        select(Quarantine, Ballot, Voter, Account)
        .join(Ballot, col(Ballot.id) == col(Quarantine.ballot_id))
        .join(Voter, col(Voter.id) == col(Ballot.voter_id))
        .join(Account, col(Account.id) == col(Quarantine.decided_by), isouter=True)
        .where(Quarantine.season_id == season_id)
        .where(Quarantine.decision != "" if decided else Quarantine.decision == "")
        .order_by(col(Quarantine.ballot_id))
    )
    if reason:
        query = query.where(Quarantine.reason == reason)
    if search.strip():
        query = query.where(col(Quarantine.ballot_id).in_(_found(season_id, search)))
    with db.read() as session:
        seasons.find(session, season_id)
        found = values.slice_of(session, query, page, size)
        named = _named(session, [row[0].ballot_id for row in found.rows])
    lines = tuple(_line(named[row[0].ballot_id], *row) for row in found.rows)
    return Slice(lines, found.total, found.page, found.size)


def waiting(db: Database, actor: Actor, season_id: int) -> dict[str, int]:
    """How many ballots wait for a decision, by reason."""
    authorise(actor, "contest.manage", Where(season_id=season_id))
    query = select(Quarantine.reason, func.count()).where(Quarantine.season_id == season_id, Quarantine.decision == "")
    with db.read() as session:
        return dict(session.exec(query.group_by(col(Quarantine.reason))).all())


def decide(db: Database, actor: Actor, season_id: int, ballot_ids: Sequence[int], decision: str, comment: str) -> int:
    """Count held ballots or discard them, for a reason that is kept; a decision may be changed while the season runs.

    Returns for how many it was new. The tallies follow in the same transaction, each ballot gets its event. Raises
    `forbidden`, `not_found` for a ballot that is not held in this season (then nothing is decided), `contest.own` for
    one that names the actor, `invalid`, `required` without a comment, `wrong_state` once the season is closed.
    """
    authorise(actor, "contest.manage", Where(season_id=season_id))
    decision, comment = checked(decision, comment)
    wanted = sorted(set(ballot_ids))
    if not 1 <= len(wanted) <= MOST:
        raise RoundsError("invalid", field="ballots")
    with unit_of_work(db, actor) as work:
        check_open(work.session, season_id)
        query = select(Quarantine).where(col(Quarantine.ballot_id).in_(wanted), Quarantine.season_id == season_id)
        rows = work.session.exec(query.order_by(col(Quarantine.ballot_id)).with_for_update()).all()
        if len(rows) != len(wanted):
            raise RoundsError("not_found")
        if own_ids(work.session, actor) & set(votes_of(work.session, wanted)):
            raise RoundsError("contest.own")
        changed = [row for row in rows if row.decision != decision]
        moved = [row.ballot_id for row in changed if Decision.COUNT in (row.decision, decision)]
        for row in changed:
            work.record("ballot.decided", "ballot", row.ballot_id, decision=[row.decision, decision], comment=comment)
            row.decision, row.comment = decision, comment
            row.decided_at, row.decided_by = work.now, actor.account_id or None
            work.session.add(row)
        work.session.flush()
        recount(work.session, votes_of(work.session, moved), 1 if decision == Decision.COUNT else -1)
    return len(changed)


def checked(decision: str, comment: str) -> tuple[str, str]:
    """A decision and its comment; raises `invalid`, `required`, `too_long`."""
    return values.choice("decision", decision, Decision), values.line("comment", comment, 400, required=True)


def check_open(session: Session, season_id: int) -> None:
    """Hold the season against being closed meanwhile. Raises `not_found`, and `wrong_state` once it is closed."""
    season = tallies.hold_season(session, season_id)
    if season.state not in COUNTING:
        raise RoundsError("wrong_state", state=season.state)


def recount(session: Session, votes: Counter[int], sign: int) -> None:
    """Add votes by contestant's id to the tallies, or (−1) take them off."""
    tallies.hold(session, votes)
    for many in sorted(set(votes.values())):
        tallies.count_votes(session, [id_ for id_ in votes if votes[id_] == many], sign * many)


def votes_of(session: Session, ballot_ids: Collection[int]) -> Counter[int]:
    """Contestant's id → how many of these ballots name them."""
    named = select(BallotName.contestant_id).where(col(BallotName.ballot_id).in_(ballot_ids))
    return Counter(session.exec(named).all())


def _found(season_id: int, search: str) -> Any:
    """The ids of the held ballots in which a search finds something."""
    texts = (Contestant.name, Contestant.name_en, Contestant.employee_number, Quarantine.comment)
    found = and_(true(), *values.matches(search, *texts))
    return (
        select(Quarantine.ballot_id)
        .join(Ballot, col(Ballot.id) == col(Quarantine.ballot_id))
        .join(BallotName, col(BallotName.ballot_id) == col(Quarantine.ballot_id))
        .join(Contestant, col(Contestant.id) == col(BallotName.contestant_id))
        .where(Quarantine.season_id == season_id, or_(found, col(Ballot.receipt) == typed_receipt(search)))
    )


def _named(session: Session, ballot_ids: Sequence[int]) -> dict[int, list[tuple[str, str]]]:
    found: dict[int, list[tuple[str, str]]] = {ballot_id: [] for ballot_id in ballot_ids}
    query = (
        select(BallotName.ballot_id, Contestant.name, Contestant.name_en)
        .join(Contestant, col(Contestant.id) == col(BallotName.contestant_id))
        .where(col(BallotName.ballot_id).in_(ballot_ids))
        .order_by(col(Contestant.employee_number))
    )
    for ballot_id, *name in session.exec(query).all():
        found[ballot_id].append((name[0], name[1]))
    return found


def _line(
    names: list[tuple[str, str]], held: Quarantine, ballot: Ballot, voter: Voter, decider: Account | None
) -> HeldBallot:
    return HeldBallot(
        ballot_id=held.ballot_id,
        receipt=ballot.receipt,
        cast_at=ballot.cast_at,
        day=ballot.day,
        verified_by=voter.kind,
        names=tuple(names),
        reason=held.reason,
        ballots=held.facts.get("ballots", 0),
        seconds=held.facts.get("seconds", 0),
        alike=(ballot.network[:6], ballot.device[:6]),
        decision=held.decision,
        comment=held.comment,
        decided_at=held.decided_at,
        decided_by_zh=decider.name if decider else "",
        decided_by_en=decider.name_en if decider else "",
    )
