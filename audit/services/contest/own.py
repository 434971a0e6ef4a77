"""Who is asking about themselves: nobody decides, marks or counts what concerns the own person.

An account is a contestant's when the roster linked it, or when it has the same employee number: accounts are often made
after the roster was brought in. Every verb that changes what counts for a contestant asks here; and so does every one
that shows the quiz's key or tells what is asked: whoever plays does not see it before the others.
"""

from sqlmodel import Session, col, func, or_, select

from audit.db.models import Account, Contestant, Season
from audit.domain.contest.season import SeasonState
from audit.domain.permissions import Actor
from audit.errors import RoundsError


def own_ids(session: Session, actor: Actor | None) -> set[int]:
    """The ids of the contestants, of whatever season, who are the actor."""
    account = session.get(Account, actor.account_id) if actor else None
    return ids_of(session, account) if account else set()


def ids_of(session: Session, account: Account) -> set[int]:
    """The ids of the contestants, of whatever season, who are the holder of an account."""
    same = [col(Contestant.account_id) == account.id]
    number = (account.employee_number or "").strip().upper()
    if number:
        same.append(func.upper(col(Contestant.employee_number)) == number)
    return {id_ or 0 for id_ in session.exec(select(Contestant.id).where(or_(*same))).all()}


def check_not_own(session: Session, actor: Actor | None, contestant_id: int) -> None:
    """Raise `contest.own` when the contestant is the actor."""
    if contestant_id in own_ids(session, actor):
        raise RoundsError("contest.own")


def check_no_part(session: Session, actor: Actor | None, season_id: int) -> None:
    """Raise `contest.takes_part` when the actor is a contestant of the season and was not withdrawn."""
    mine = select(Contestant.id).where(Contestant.season_id == season_id, col(Contestant.withdrawn_at).is_(None))
    if session.exec(mine.where(col(Contestant.id).in_(own_ids(session, actor)))).first() is not None:
        raise RoundsError("contest.takes_part")


def check_plays_nowhere(session: Session, actor: Actor | None) -> None:
    """Raise `contest.takes_part` for a contestant of any season that is not closed: all share the bank."""
    open_ = select(Season.id).where(Season.state != SeasonState.CLOSED)
    mine = select(Contestant.id).where(col(Contestant.season_id).in_(open_), col(Contestant.withdrawn_at).is_(None))
    if session.exec(mine.where(col(Contestant.id).in_(own_ids(session, actor)))).first() is not None:
        raise RoundsError("contest.takes_part")
