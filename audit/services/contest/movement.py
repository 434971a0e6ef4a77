"""Which published scoreboard people see, and which one before it says who moved since."""

from collections.abc import Mapping
from typing import Any

from sqlmodel import Session, col, select

from audit.db.engine import Database
from audit.db.models import ScoreboardSnapshot, Season
from audit.domain.contest.rules import Rules
from audit.domain.contest.scores import Standing
from audit.domain.contest.season import SeasonState
from audit.services import clock
from audit.services.contest import scoreboard
from audit.services.contest.scoreboard import Board
from audit.services.work import unit_of_work

WEEKLY = "week"


def shown_board(db: Database, season_id: int) -> Board:
    """The board for everybody: live, the published one while it stands still; and while people vote, last week's.

    A live board would be a live count of votes: from one total to the next, anybody could read the votes off it.
    Raises `not_found` for a draft.
    """
    found = scoreboard.public_board(db, season_id)
    if found.snapshot is None and votes_open(found.season):
        with db.read() as session:
            kept = scoreboard.newest(session, season_id)
        if kept is not None:
            return Board(found.season, lines_in(kept), kept)
    return found


def votes_open(season: Season) -> bool:
    """Whether people vote today."""
    return season.state == SeasonState.RUNNING and Rules.from_json(season.rules).is_open("votes", clock.today())


def lines_in(kept: ScoreboardSnapshot) -> tuple[Standing, ...]:
    """The lines of a published board."""
    return tuple(Standing(**line) for line in kept.content["lines"])


def places_before(session: Session, season_id: int, shown: ScoreboardSnapshot | None) -> Mapping[str, int]:
    """Contestant's id → place on the weekly board before the one that is shown; empty where there is none."""
    query = select(ScoreboardSnapshot).where(
        ScoreboardSnapshot.season_id == season_id, ScoreboardSnapshot.kind == WEEKLY
    )
    if shown is not None:
        query = query.where(col(ScoreboardSnapshot.id) < shown.id)
    kept = session.exec(query.order_by(col(ScoreboardSnapshot.id).desc()).limit(1)).first()
    content: dict[str, Any] = kept.content if kept else {"lines": ()}
    return {line["key"]: line["place"] for line in content["lines"]}


def publish_due(db: Database) -> int:
    """Publish the board of every running season whose week has ended and was not published yet; returns how many.

    Called by the clock; a week is published once, by whoever comes first.
    """
    with db.read() as session:
        running = session.exec(select(Season).where(Season.state == SeasonState.RUNNING)).all()
    published = 0
    for season in running:
        week = Rules.from_json(season.rules).week_of(clock.today()) - 1
        if week < 1:
            continue
        with unit_of_work(db, None) as work:
            row = work.session.exec(select(Season).where(Season.id == season.id).with_for_update()).one()
            kept = scoreboard.newest(work.session, row.id or 0, WEEKLY)
            if row.state != SeasonState.RUNNING or (kept is not None and kept.week >= week):
                continue
            scoreboard.publish(work, row.id or 0, WEEKLY, week)
            work.record("season.week_published", "season", row.id, week=week)
            published += 1
    return published
