"""A phone that becomes known as a contestant's own: ballots cast by it before, for themselves, wait for a person."""

from sqlmodel import col, select

from audit.db.models import Ballot, BallotName, Season, Voter
from audit.domain.contest.anomalies import OWN_PHONE, Suspicion
from audit.domain.contest.season import COUNTING
from audit.domain.contest.verification import mobile
from audit.errors import RoundsError
from audit.services.contest import quarantines
from audit.services.contest.keys import keyed
from audit.services.work import Work


def hold(work: Work, season_id: int, contestant_id: int, phone: str) -> None:
    """Within the unit of work that writes a contestant's phone, the season held: hold such ballots back."""
    season = work.session.get_one(Season, season_id)
    try:
        number = mobile(phone)
    except RoundsError:
        return  # none by which anybody could vote
    if season.state not in COUNTING:
        return
    voter = select(Voter.id).where(Voter.season_id == season_id, Voter.identity == keyed(season, "phone", number))
    cast = (
        select(Ballot.id)
        .join(BallotName, col(BallotName.ballot_id) == col(Ballot.id))
        .where(col(Ballot.voter_id).in_(voter), BallotName.contestant_id == contestant_id)
    )
    ids = [id_ or 0 for id_ in work.session.exec(cast).all()]
    if ids:
        off = quarantines.hold(work, season_id, ids, Suspicion(OWN_PHONE, len(ids), 0))
        quarantines.recount(work.session, off, -1)
