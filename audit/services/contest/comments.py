"""What people say of published cases and ideas, and what the organiser takes off again."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import col, func, select

from audit.db.engine import Database
from audit.db.models import Account, Contestant, Contribution, ContributionComment
from audit.domain.contest.contributions import PUBLIC
from audit.domain.permissions import Actor, Where, authorise
from audit.errors import RoundsError
from audit.services import values
from audit.services.contest import contributions, tallies
from audit.services.contest.own import check_not_own
from audit.services.contest.sign_in import ContestantSession
from audit.services.work import unit_of_work

A_DAY = 30  # comments of one contestant


@dataclass(frozen=True)
class Said:
    """A comment: who said it (a contestant or, `panel`, who reviews), when, and whether it was taken off."""

    id: int
    name: str
    name_en: str
    text: str
    written_at: dt.datetime
    hidden: bool
    panel: bool


def comment(db: Database, me: ContestantSession, contribution_id: int, text: str) -> None:
    """Say something of a published case or idea. Raises `not_found`, `required`, `contribution.too_many`."""
    told = values.text("comment", text, 1000, required=True)
    with unit_of_work(db, None) as work:
        tallies.hold(work.session, [me.contestant_id])  # one at a time, so that the day's limit holds
        row = work.session.get(Contribution, contribution_id)
        if row is None or row.season_id != me.season_id or row.state not in PUBLIC:
            raise RoundsError("not_found")
        mine = select(func.count()).where(
            ContributionComment.contestant_id == me.contestant_id,
            col(ContributionComment.written_at) > work.now - dt.timedelta(days=1),
        )
        if work.session.exec(mine).one() >= A_DAY:
            raise RoundsError("contribution.too_many", limit=A_DAY)
        said = ContributionComment(
            contribution_id=contribution_id, contestant_id=me.contestant_id, text=told, written_at=work.now
        )
        work.session.add(said)
        work.session.flush()
        work.record("contribution.commented", "contribution", contribution_id, comment=said.id)


def comment_as_panel(db: Database, actor: Actor, contribution_id: int, text: str) -> None:
    """Say something of a published case or idea as who reviews; everybody reads it with the name.

    Raises `forbidden`, `not_found`, `wrong_state`, `contest.own` for one's own work, `required`.
    """
    told = values.text("comment", text, 1000, required=True)
    with unit_of_work(db, actor) as work:
        about = contributions.find(work.session, actor, contribution_id)
        check_not_own(work.session, actor, about.contestant_id)
        if about.state not in PUBLIC:
            raise RoundsError("wrong_state", state=about.state)
        said = ContributionComment(
            contribution_id=contribution_id, account_id=actor.account_id, text=told, written_at=work.now
        )
        work.session.add(said)
        work.session.flush()
        work.record("contribution.commented", "contribution", contribution_id, comment=said.id)


def set_hidden(db: Database, actor: Actor, comment_id: int, hidden: bool) -> None:
    """Take a comment off, or put it back. Raises `not_found`, `forbidden`, `contest.own` for one on the own work."""
    with unit_of_work(db, actor) as work:
        row = work.session.get(ContributionComment, comment_id)
        if row is None:
            authorise(actor, "contest.review", Where())
            raise RoundsError("not_found")
        about = contributions.find(work.session, actor, row.contribution_id)
        check_not_own(work.session, actor, about.contestant_id)
        if (row.hidden_at is not None) is hidden:
            return
        row.hidden_at = work.now if hidden else None
        work.session.add(row)
        verb = "contribution.comment_hidden" if hidden else "contribution.comment_shown"
        work.record(verb, "contribution", row.contribution_id, comment=comment_id)


def comments_of(db: Database, contribution_id: int, hidden: bool = False) -> Sequence[Said]:
    """The comments in the order they were written; `hidden`: those taken off as well, for who reviews.

    Whoever calls it has made sure that the contribution may be read.
    """
    query = (
        select(ContributionComment, Contestant, Account)
        .outerjoin(Contestant, col(Contestant.id) == col(ContributionComment.contestant_id))
        .outerjoin(Account, col(Account.id) == col(ContributionComment.account_id))
        .where(ContributionComment.contribution_id == contribution_id)
        .order_by(col(ContributionComment.id))
    )
    if not hidden:
        query = query.where(col(ContributionComment.hidden_at).is_(None))
    with db.read() as session:
        rows = session.exec(query).all()
    found = []
    for row, contestant, account in rows:
        who = contestant or account
        names = (who.name, who.name_en) if who else ("", "")
        hidden_now, panel = row.hidden_at is not None, row.account_id is not None
        found.append(Said(row.id or 0, *names, row.text, row.written_at, hidden_now, panel))
    return found
