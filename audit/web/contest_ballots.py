"""The published list of ballots, in which everybody finds the own one by its receipt."""

import datetime as dt
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from audit.domain.contest.rules import Rules
from audit.services import clock
from audit.services.contest import ballot_reading
from audit.web.contest_context import Anybody, LightRoute, light_page
from audit.web.contest_vote import season_of

router = APIRouter(prefix="/contest/ballots", include_in_schema=False, route_class=LightRoute)


@router.get("")
def show(
    visit: Anybody,
    receipt: Annotated[str, Query(max_length=60)] = "",
    day: Annotated[str, Query(max_length=10)] = "",
    page: Annotated[int, Query(ge=1, le=100_000)] = 1,
) -> Response:
    """One's own ballot by its receipt at any time; the list once the rules publish it."""
    season, db = season_of(visit), visit.house.db
    wanted = _day(day)
    rules = Rules.from_json(season.rules)
    return light_page(
        "contest_ballots.html",
        visit,
        receipt=receipt,
        mine=ballot_reading.by_receipt(db, season, receipt, visit.locale) if receipt.strip() else None,
        until=ballot_reading.published_until(season, clock.today()),
        daily=rules.votes.published == "daily",
        last=rules.last_day_of("votes"),
        days=ballot_reading.published_days(season),
        day=wanted,
        found=ballot_reading.published(db, season, visit.locale, wanted, page),
    )


def _day(told: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(told)
    except ValueError:
        return None
