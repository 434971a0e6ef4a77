"""Ballots as anybody may read them: one's own by its receipt at any time, the whole list once it is published.

The list names no voter and no time of day, and stands in the order of the receipts, which is random.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, select

from audit.db.engine import Database
from audit.db.models import Ballot, BallotName, Contestant, Quarantine, Season
from audit.domain.contest.rules import Rules
from audit.domain.contest.season import Decision, SeasonState
from audit.domain.contest.verification import spaced, typed_receipt
from audit.i18n import pick
from audit.services import clock, values
from audit.services.values import Slice

A_PAGE = 50
COUNTED, CHECKED, DISCARDED = "counted", "checked", "discarded"


@dataclass(frozen=True)
class PublicBallot:
    """A ballot in one language. `state`: counted, being checked, or discarded; "" while the list is not published."""

    receipt: str
    day: dt.date
    names: tuple[str, ...]
    state: str


def published_until(season: Season, today: dt.date) -> dt.date | None:
    """The last day whose ballots the list shows; None while it shows none.

    While ballots can be cast none of today is shown; whoever recounts a closed season finds each of them.
    """
    rules, yesterday = Rules.from_json(season.rules), today - dt.timedelta(days=1)
    last = rules.last_day_of("votes")
    if last is None:
        return None
    if season.state == SeasonState.CLOSED:
        return today
    return yesterday if today > last or rules.votes.published == "daily" else None


def by_receipt(db: Database, season: Season, told: str, locale: str) -> PublicBallot | None:
    """The ballot with a receipt as it was typed; what became of it only where the list shows it."""
    receipt = typed_receipt(told)
    if not receipt:
        return None
    with db.read() as session:
        mine = select(Ballot).where(Ballot.season_id == season.id, Ballot.receipt == receipt)
        row = session.exec(mine).first()
        found = _read(session, [row], locale) if row else []
    if not found:
        return None
    until = published_until(season, clock.today())
    one = found[0]
    shown = until is not None and one.day <= until
    return one if shown else PublicBallot(one.receipt, one.day, one.names, "")


def published(db: Database, season: Season, locale: str, day: dt.date | None = None, page: int = 1) -> Slice:
    """A page of the list of `PublicBallot`, empty while nothing is published; `day`: of this day only."""
    until = published_until(season, clock.today())
    if until is None:
        return Slice((), 0, 1, A_PAGE)
    query = select(Ballot).where(Ballot.season_id == season.id, Ballot.day <= until).order_by(col(Ballot.receipt))
    with db.read() as session:
        found = values.slice_of(session, query.where(Ballot.day == day) if day else query, page, A_PAGE)
        rows = _read(session, found.rows, locale)
    return Slice(tuple(rows), found.total, found.page, found.size)


def published_days(season: Season) -> list[dt.date]:
    """The days of which the list has ballots, the newest first."""
    until, rules = published_until(season, clock.today()), Rules.from_json(season.rules)
    if until is None:
        return []
    days = []
    for stage in rules.stages:
        if "votes" in stage.opens:
            length = (min(stage.last, until) - stage.first).days + 1
            days += [stage.first + dt.timedelta(days=number) for number in range(length)]
    return days[::-1]


def _read(session: Session, ballots: Sequence[Ballot], locale: str) -> list[PublicBallot]:
    ids = [row.id or 0 for row in ballots]
    names: dict[int, list[str]] = {id_: [] for id_ in ids}
    query = (
        select(BallotName.ballot_id, Contestant.name, Contestant.name_en)
        .join(Contestant, col(Contestant.id) == col(BallotName.contestant_id))
        .where(col(BallotName.ballot_id).in_(ids))
        .order_by(col(Contestant.id))
    )
    for ballot_id, zh, en in session.exec(query).all():
        names[ballot_id].append(pick(locale, zh, en))
    held = select(Quarantine.ballot_id, Quarantine.decision).where(col(Quarantine.ballot_id).in_(ids))
    decisions = dict(session.exec(held).all())
    states = {None: COUNTED, Decision.COUNT: COUNTED, "": CHECKED, Decision.DISCARD: DISCARDED}
    return [
        PublicBallot(spaced(row.receipt), row.day, tuple(names[row.id or 0]), states[decisions.get(row.id or 0)])
        for row in ballots
    ]
