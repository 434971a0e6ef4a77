"""Excel files as downloads: templates, the city, and what one person may fetch once."""

import datetime as dt
from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from audit.domain.register import Filters
from audit.services import register, workbooks
from audit.services.contest import questions, results
from audit.web.context import SignedIn
from exports.base import Export

router = APIRouter(prefix="/documents/workbooks", tags=["documents"])
MOST = 2**31 - 1  # the greatest number of a row that PostgreSQL takes
Code = Annotated[str, Query(max_length=40)]


@router.get("/templates/{name}.xlsx", response_class=Response)
def get_template(context: SignedIn, name: Annotated[str, Path(max_length=20)]) -> Response:
    """An empty template for an import: `city` or `accounts`."""
    return _download(workbooks.blank(context.actor, name, context.locale))


@router.get("/city.xlsx", response_class=Response)
def get_city(context: SignedIn) -> Response:
    """All organisations and outlets in the shape of the import."""
    return _download(workbooks.city(context.house.db, context.actor, context.locale))


@router.get("/register.xlsx", response_class=Response)
def get_register(
    context: SignedIn,
    q: Annotated[str, Query(max_length=100)] = "",
    round: Annotated[int | None, Query(ge=1, le=MOST)] = None,
    branch: Annotated[int | None, Query(ge=1, le=MOST)] = None,
    section: Code = "",
    severity: Code = "",
    stage: Code = "",
    state: Code = "",
    timing: Code = "",
    mark: Code = "",
    order: Code = "due",
    since: dt.date | None = None,
) -> Response:
    """The findings that the person may read, narrowed as the register's page is; all of them, not one page."""
    filters = Filters(q, round, branch, section, severity, stage, state, timing, mark, order, since=since)
    return _download(register.as_workbook(context.house.db, context.actor, filters, context.locale))


@router.get("/scoreboard/{season_id}.xlsx", response_class=Response)
def get_scoreboard(context: SignedIn, season_id: Annotated[int, Path(ge=1, le=MOST)]) -> Response:
    """A season's board with employee numbers, for the organiser."""
    return _download(results.workbook(context.house.db, context.actor, season_id, context.locale))


@router.get("/questions.xlsx", response_class=Response)
def get_questions(context: SignedIn) -> Response:
    """The question bank in the shape of the import, right answers included."""
    content = questions.export_workbook(context.house.db, context.actor, context.locale)
    return _download(Export("rounds-questions.xlsx", questions.XLSX, content))


@router.get("/questions.gift", response_class=Response)
def get_gift(context: SignedIn) -> Response:
    """The question bank as Moodle reads it, right answers included."""
    content = questions.export_gift(context.house.db, context.actor)
    return _download(Export("rounds-questions.gift", questions.GIFT, content))


@router.get("/once/{ticket}", response_class=Response)
def fetch_once(context: SignedIn, ticket: Annotated[str, Path(max_length=60)]) -> Response:
    """A file that was made for this person: the first time only."""
    return _download(context.house.handover.fetch(context.actor, ticket))


def _download(export: Export) -> Response:
    headers = {
        "Content-Disposition": f'attachment; filename="{export.filename}"',  # our own names: plain ASCII
        "Cache-Control": "private, no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(export.content, media_type=export.media_type, headers=headers)
