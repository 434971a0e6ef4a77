"""Reposts: where cases and ideas were shown elsewhere. They are recorded as reach and never give points."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import col, func, select

from audit.db.engine import Database
from audit.db.models import Repost
from audit.domain.contest.contributions import PUBLIC
from audit.domain.permissions import Actor, Where, authorise
from audit.errors import RoundsError
from audit.services import clock, values
from audit.services.contest import contributions
from audit.services.work import unit_of_work

MOST = 100_000  # reposts in one entry


@dataclass(frozen=True)
class RepostValues:
    """What can be typed about reposts: channel, how many, on which day, and an address to look at."""

    channel: str
    count: int
    seen_on: dt.date
    address: str = ""


def record(db: Database, actor: Actor, contribution_id: int, given: RepostValues) -> None:
    """Note that a published case or idea was reposted, in a closed season too: it is reach, and never scored.

    Raises `required`, `invalid`, `not_found`, `wrong_state` for what is not published.
    """
    channel = values.line("channel", given.channel, 40, required=True)
    address = values.line("address", given.address, 400)
    if address and not address.startswith(("https://", "http://")):
        raise RoundsError("invalid", field="address")
    if not 1 <= given.count <= MOST:
        raise RoundsError("invalid", field="count")
    if given.seen_on > clock.today():
        raise RoundsError("invalid", field="day")
    with unit_of_work(db, actor) as work:
        row = contributions.find(work.session, actor, contribution_id)
        if row.state not in PUBLIC:
            raise RoundsError("wrong_state", state=row.state)
        work.session.add(
            Repost(
                season_id=row.season_id, contribution_id=contribution_id, channel=channel, address=address,
                count=given.count, seen_on=given.seen_on, account_id=actor.account_id, recorded_at=work.now,
            )
        )  # fmt: skip
        work.record("contribution.reposted", "contribution", contribution_id, channel=channel, count=given.count)


def reposts_of(db: Database, actor: Actor, contribution_id: int) -> Sequence[Repost]:
    """The reposts of a case or an idea, the newest first."""
    with db.read() as session:
        contributions.find(session, actor, contribution_id)
        query = select(Repost).where(Repost.contribution_id == contribution_id)
        return session.exec(query.order_by(col(Repost.seen_on).desc(), col(Repost.id).desc())).all()


def reach(db: Database, actor: Actor, season_id: int) -> Sequence[tuple[str, int]]:
    """(channel, reposts) of a whole season, the widest first."""
    authorise(actor, "contest.review", Where(season_id=season_id))
    with db.read() as session:
        total = func.sum(Repost.count)
        query = select(Repost.channel, total).where(Repost.season_id == season_id).group_by(col(Repost.channel))
        return [(channel, int(count)) for channel, count in session.exec(query.order_by(total.desc())).all()]
