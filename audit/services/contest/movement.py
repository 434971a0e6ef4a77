"""When a scoreboard is published by the clock, and which one before it says who moved since."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from sqlmodel import Session, col, select

from audit.db.engine import Database
from audit.db.models import ScoreboardSnapshot, Season
from audit.domain.contest.rules import Rules
from audit.domain.contest.season import SeasonState, pause
from audit.i18n import business_date
from audit.services import clock
from audit.services.contest import scoreboard, tallies
from audit.services.contest.scoreboard import WEEKLY
from audit.services.work import unit_of_work


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
    """Publish the board of every running season for which it is due; returns how many were published.

    Due is a week that has ended, unless the board stands frozen; and the first day of a stage in which it stands still,
    or any such day while nothing was published yet. Called by the clock; whoever comes first publishes.
    """
    with db.read() as session:
        running = session.exec(select(Season.id).where(Season.state == SeasonState.RUNNING)).all()
    return sum(_publish_due(db, season_id or 0) for season_id in running)


def _publish_due(db: Database, season_id: int) -> bool:
    with unit_of_work(db, None) as work:
        season = tallies.hold_season(work.session, season_id, alone=True)
        if season.state != SeasonState.RUNNING:
            return False
        rules, day = Rules.from_json(season.rules), clock.today()
        why, yesterday = (pause(season.state, rules, one) for one in (day, day - dt.timedelta(days=1)))
        weekly, newest = (scoreboard.newest(work.session, season_id, kind) for kind in (WEEKLY, ""))
        week = rules.week_of(day) - 1
        if why != "frozen" and week >= 1 and (weekly is None or weekly.week < week):
            scoreboard.publish(work, season, WEEKLY, week)
        elif why and (newest is None or (why != yesterday and business_date(newest.taken_at) < day)):
            scoreboard.publish_stage(work, season)
        else:
            return False
        return True
