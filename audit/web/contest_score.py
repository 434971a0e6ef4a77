"""A contestant's own lines: why the score is what it is, and how far the next star's seat is."""

from fastapi import APIRouter
from starlette.responses import Response

from audit.services.contest import own_score, remarked
from audit.web.contest_context import ContestantOnly, LightRoute, light_page

router = APIRouter(prefix="/contest", include_in_schema=False, route_class=LightRoute)


@router.get("/score")
def score(visit: ContestantOnly) -> Response:
    """The explanation, figure by figure."""
    ruled = remarked.remarked(visit.house.db, visit.me, visit.locale)
    return light_page("contest_score.html", visit, told=own_score.explain(visit.house.db, visit.me), ruled=ruled)
