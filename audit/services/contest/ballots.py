"""Ballots (选票): one a day and verified voter with one to three names, on the disk before the receipt is shown.

Ballots that arrive at the same time are committed together (`db.together`); voter, token, one-time code, names, what is
held back and the tallies are one transaction. Ballots are append-only and write no event: the published list is their
record (docs/decisions). What is held back does write one.
"""

import datetime as dt
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache

from sqlmodel import Session, col, select

from audit.db.engine import Database
from audit.db.group_commit import Together
from audit.db.models import Ballot, BallotName, Season, Voter, VoteToken
from audit.db.queries.votes import add_ballot, cast_on, earlier, known_voters, named
from audit.db.upsert import insert_missing
from audit.domain.contest.anomalies import FLOODS, limit_of, suspicion
from audit.domain.contest.rules import VoteRules
from audit.domain.contest.verification import new_receipt, spaced
from audit.errors import RoundsError
from audit.i18n import business_date
from audit.services import throttle
from audit.services.contest import codes, concentration, quarantines, tallies, voters
from audit.services.contest.voters import Proof, Signals
from audit.services.work import Work


@dataclass(frozen=True)
class _Wanted:
    """A ballot on its way: contestants' ids in ascending order."""

    season_id: int
    proof: Proof
    names: tuple[int, ...]
    signals: Signals


@dataclass
class _Box:
    """What the ballots of one transaction find: season and rules, voters, today's receipts, votes to be counted, and
    attempts to be taken back (`askers`)."""

    work: Work
    rules: dict[int, VoteRules | None]
    voters: dict[tuple[int, str], int]
    cast: dict[int, str]
    votes: Counter[int]
    askers: Counter[str]
    day: dt.date


def cast(
    db: Database,
    season: Season,
    proof: Proof,
    names: Sequence[str],
    signals: Signals,
    signed_in: Collection[int] = (),
) -> str:
    """Cast a ballot for the contestants with these public codes; returns its receipt once it is on the disk.

    `signed_in`: the contestants whose browser this is, by whatever the voter is verified. Raises `vote.names`,
    `vote.self`, `season.not_open`, `vote.already`, `vote.used`, `vote.token`, `code.wrong`.
    """
    ids = ballot_names(db, season, names)
    if ids & {proof.contestant_id, *proof.sharing, *signed_in}:
        raise RoundsError("vote.self")
    receipt: str = _writer(db).write(_Wanted(season.id or 0, proof, tuple(sorted(ids)), signals))
    return receipt


def ballot_names(db: Database, season: Season, names: Sequence[str]) -> set[int]:
    """The ids of the contestants with these public codes; raises `vote.names` when they make no ballot."""
    rules = voters.rules_of(season).votes
    found: Collection[int] = ()
    if rules.fewest <= len(names) <= rules.most:
        with db.read() as session:
            found = named(session, season.id or 0, names)
    if not found or len(found) != len(names):
        raise RoundsError("vote.names", fewest=rules.fewest, most=rules.most)
    return set(found)


def _write(session: Session, items: Sequence[_Wanted]) -> list[str | RoundsError]:
    """Write ballots together: of each its receipt, or why it is refused."""
    box = _open(session, items)
    outcomes: dict[int, str | RoundsError] = {}
    # In the order of the voters, as they are locked: two processes with the same voters never wait for one another.
    for place in sorted(range(len(items)), key=lambda place: items[place].proof.identity):
        try:
            outcomes[place] = _cast(box, items[place])
        except RoundsError as error:
            outcomes[place] = error
    _count(session, box.votes)
    throttle.take_back(session, box.askers)
    box.work.close()
    return [outcomes[place] for place in range(len(items))]


def _open(session: Session, items: Sequence[_Wanted]) -> _Box:
    work = Work(session, None)
    day = business_date(work.now)
    open_for: dict[int, VoteRules | None] = {}
    for season_id in sorted({item.season_id for item in items}):
        season = tallies.hold_season(session, season_id)
        open_for[season_id] = voters.rules_of(season).votes if voters.is_open(season, day) else None
    wanted = {(item.season_id, item.proof.identity): item for item in items if open_for[item.season_id]}
    rows = [
        {
            "season_id": item.season_id,
            "kind": item.proof.kind,
            "identity": item.proof.identity,
            "contestant_id": item.proof.contestant_id,
            "created_at": work.now,
        }
        for _, item in sorted(wanted.items())
        if not item.proof.ticket  # a phone becomes a voter once its code fits
    ]
    insert_missing(session, Voter, rows)
    known = known_voters(session, wanted)
    return _Box(
        work,
        open_for,
        known,
        cast_on(session, known.values(), day),
        Counter(),
        Counter(),
        day,
    )


def _cast(box: _Box, item: _Wanted) -> str:
    """Write one ballot, or raise why not, before anything of it was written."""
    session, now, rules = box.work.session, box.work.now, box.rules[item.season_id]
    if rules is None:
        raise RoundsError("season.not_open")
    token = _token(session, item, now)
    voter_id = _voter(box, item)
    if voter_id in box.cast:
        raise RoundsError("vote.already", receipt=spaced(box.cast[voter_id]))
    signals = item.signals
    limits = {reason: limit_of(rules.anomalies, reason).ballots for reason in FLOODS}
    held = suspicion(rules.anomalies, earlier(session, item.season_id, signals.kept, item.names, limits), now)
    receipt = new_receipt()
    ballot_id = add_ballot(
        session,
        item.names,
        season_id=item.season_id,
        voter_id=voter_id,
        day=box.day,
        receipt=receipt,
        cast_at=now,
        **signals.kept,
    )
    if token is not None:
        token.ballot_id = ballot_id
        session.add(token)
    box.cast[voter_id] = receipt
    box.votes.update(item.names)
    if item.proof.asker:
        box.askers[item.proof.asker] += codes.ATTEMPTS
    if held is not None:
        alike = _alike(session, rules, held.reason, item, now)
        box.votes.subtract(quarantines.hold(box.work, item.season_id, {ballot_id, *alike}, held))
        return receipt
    network, outlet = signals.network, token.outlet_id if token else None
    for why, ids in concentration.find(session, rules.anomalies, item.season_id, item.names, network, outlet, now):
        box.votes.subtract(quarantines.hold(box.work, item.season_id, ids, why))
    return receipt


def _token(session: Session, item: _Wanted, now: dt.datetime) -> VoteToken | None:
    """The token that this ballot uses up.

    What a used one was used for is told to the device that used it alone, by the name that it has of us, so that a
    receipt lost on the way is told again: whoever finds, photographed or listed a slip, in the same hall and with the
    same kind of browser, must not learn whom the customer named.
    """
    if not item.proof.jti:
        return None
    row = session.exec(select(VoteToken).where(VoteToken.jti == item.proof.jti).with_for_update()).first()
    if row is None or row.season_id != item.season_id or row.expires_at <= now:
        raise RoundsError("vote.token")
    if row.ballot_id is not None:
        used = session.get_one(Ballot, row.ballot_id)
        if item.signals.named and used.device == item.signals.device:
            raise RoundsError("vote.already", receipt=spaced(used.receipt))
        raise RoundsError("vote.used")
    return row


def _voter(box: _Box, item: _Wanted) -> int:
    """The voter's id; whoever is verified by a phone becomes one here, if the code fits."""
    session, proof = box.work.session, item.proof
    if proof.ticket:
        if not codes.take(session, item.season_id, voters.PURPOSE, proof.subject, proof.ticket, proof.code):
            raise RoundsError("code.wrong")
        if (item.season_id, proof.identity) not in box.voters:
            _new_voter(box, item)
    return box.voters[item.season_id, proof.identity]


def _new_voter(box: _Box, item: _Wanted) -> None:
    session, proof = box.work.session, item.proof
    row = {"season_id": item.season_id, "kind": proof.kind, "identity": proof.identity, "created_at": box.work.now}
    insert_missing(session, Voter, [row | {"contestant_id": proof.contestant_id}])
    mine = select(Voter).where(Voter.season_id == item.season_id, Voter.identity == proof.identity)
    voter_id = session.exec(mine.with_for_update()).one().id or 0
    box.voters[item.season_id, proof.identity] = voter_id
    # Another process may have written voter and ballot since this transaction looked.
    receipt = session.exec(select(Ballot.receipt).where(Ballot.voter_id == voter_id, Ballot.day == box.day)).first()
    if receipt:
        box.cast[voter_id] = receipt


def _alike(session: Session, rules: VoteRules, reason: str, item: _Wanted, now: dt.datetime) -> list[int]:
    """The newest ballots that share a signal within its time, no more than its limit and this one: what came before
    them was held already."""
    limit = limit_of(rules.anomalies, reason)
    since = now - dt.timedelta(seconds=limit.seconds)
    if reason != "burst":
        query = select(Ballot.id).where(*_shared(reason, item), col(Ballot.cast_at) > since)
        newest = query.order_by(col(Ballot.cast_at).desc(), col(Ballot.id).desc())
        return [id_ or 0 for id_ in session.exec(newest.limit(limit.ballots + 1)).all()]
    found: set[int] = set()
    for id_ in item.names:
        query = (
            select(Ballot.id)
            .join(BallotName, col(BallotName.ballot_id) == col(Ballot.id))
            .where(BallotName.contestant_id == id_)
            .order_by(col(BallotName.ballot_id).desc())
            .limit(limit.ballots + 1)
        )
        part = query.subquery()
        recent = select(Ballot.id).where(col(Ballot.id).in_(select(part.c.id)), col(Ballot.cast_at) > since)
        ids = session.exec(recent).all()
        if len(ids) > limit.ballots:  # of several names only those that so many voted for
            found |= {ballot_id or 0 for ballot_id in ids}
    return sorted(found)


def _shared(reason: str, item: _Wanted) -> tuple[bool, bool]:
    signal = Ballot.network if reason == "network" else Ballot.device
    value = item.signals.network if reason == "network" else item.signals.device
    return Ballot.season_id == item.season_id, signal == value


def _count(session: Session, votes: Counter[int]) -> None:
    """Bring the votes of the whole transaction to the tallies, locked in one order whatever is added or taken off."""
    changed = {id_: by for id_, by in votes.items() if by}
    tallies.hold(session, changed)
    for by in sorted(set(changed.values())):
        tallies.count_votes(session, [id_ for id_ in changed if changed[id_] == by], by)


@lru_cache(maxsize=4)
def _writer(db: Database) -> Together[_Wanted]:
    return Together(db, _write)
