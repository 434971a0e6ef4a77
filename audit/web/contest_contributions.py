"""Cases and golden ideas on light pages: read by everybody, handed in and commented on by contestants; the rules.

Plain forms; photos go with the form, one or several at a time.
"""

from typing import Annotated, Any

from fastapi import APIRouter, File, Form, Query, UploadFile
from starlette.responses import RedirectResponse, Response

from audit.db.models import Season
from audit.domain.contest.contributions import WRITABLE, Kind
from audit.domain.contest.rules import Rules
from audit.domain.photos import MAX_BYTES
from audit.errors import RoundsError
from audit.i18n import pick
from audit.services.contest import comments, contribution_photos, contributions, rules_page
from audit.services.contest.seasons import current_season
from audit.web.contest_context import Anybody, ContestantOnly, Entrance, LightRoute, Visit, light_page, told
from audit.web.contest_quiz import Number

router = APIRouter(prefix="/contest", include_in_schema=False, route_class=LightRoute)
CASES = "/contest/cases"
Photos = Annotated[list[UploadFile] | None, File()]


@router.get("/rules")
def rules(visit: Anybody) -> Response:
    """The season's rules, made from the rules themselves."""
    season = _season(visit)
    chapters = rules_page.chapters(Rules.from_json(season.rules), visit.locale)
    name = pick(visit.locale, season.name_zh, season.name_en)
    return light_page("contest_rules.html", visit, chapters=chapters, season=name, version=season.rules_version)


@router.get("/cases")
def listing(
    visit: Anybody,
    kind: Annotated[str, Query(max_length=10)] = "",
    page: Annotated[int, Query(ge=1, le=10_000)] = 1,
) -> Response:
    """What is published, and a contestant's own."""
    season = _season(visit)
    chosen = kind if kind in set(Kind) else ""
    found = contributions.published(visit.house.db, season.id or 0, chosen, page)
    mine = contributions.own(visit.house.db, visit.me) if visit.me else ()
    opened = contributions.is_open(season)
    return light_page("contest_cases.html", visit, found=found, mine=mine, kind=chosen, open=opened, **_words(visit))


@router.get("/cases/new")
def blank(visit: ContestantOnly, kind: Annotated[str, Query(max_length=10)] = "") -> Response:
    """An empty form."""
    return _form(visit, kind=kind if kind in set(Kind) else Kind.CASE)


@router.post("/cases/new")
def submit(
    visit: ContestantOnly,
    kind: Annotated[str, Form(max_length=10)] = "",
    title: Annotated[str, Form(max_length=1000)] = "",
    text: Annotated[str, Form(max_length=50_000)] = "",
    photos: Photos = None,
) -> Response:
    """Hand in; a photo that cannot be taken is told on the page, the text is kept."""
    try:
        number = contributions.submit(visit.house.db, visit.me, kind, title, text)
    except RoundsError as error:
        return _form(visit, kind=kind, title=title, text=text, problem=error)
    return _with_photos(visit, number, photos)


@router.get("/cases/{number}")
def show(visit: Anybody, number: Number) -> Response:
    """A published one, or one's own."""
    return _show(visit, number)


@router.get("/cases/{number}/edit")
def edit(visit: ContestantOnly, number: Number) -> Response:
    """The form of what can still be changed."""
    piece = contributions.readable(visit.house.db, number, visit.me)
    if piece.row.contestant_id != visit.me.contestant_id:
        raise RoundsError("not_found")
    if piece.row.state not in WRITABLE:
        return RedirectResponse(f"{CASES}/{number}", status_code=303)
    row = piece.row
    return _form(visit, number, row.version, row.kind, row.title, row.text)


@router.post("/cases/{number}/edit")
def revise(
    visit: ContestantOnly,
    number: Number,
    version: Annotated[int, Form()] = 0,
    title: Annotated[str, Form(max_length=1000)] = "",
    text: Annotated[str, Form(max_length=50_000)] = "",
    photos: Photos = None,
) -> Response:
    """Change it, or hand it in again."""
    try:
        contributions.revise(visit.house.db, visit.me, number, version, title, text)
    except RoundsError as error:
        if error.code == "not_found":
            raise
        return _form(visit, number, version, "", title, text, error)
    return _with_photos(visit, number, photos)


@router.post("/cases/{number}/photos/remove")
def remove_photo(visit: ContestantOnly, number: Number, picture: Annotated[str, Form(max_length=64)] = "") -> Response:
    """Take a picture away."""
    contribution_photos.remove_photo(visit.house.db, visit.me, number, picture)
    return RedirectResponse(f"{CASES}/{number}", status_code=303)


@router.post("/cases/{number}/comments")
def comment(visit: ContestantOnly, number: Number, text: Annotated[str, Form(max_length=5000)] = "") -> Response:
    """Say something of a published one."""
    try:
        comments.comment(visit.house.db, visit.me, number, text)
    except RoundsError as error:
        return _show(visit, number, problem=error)
    return RedirectResponse(f"{CASES}/{number}#comments", status_code=303)


def _with_photos(visit: Entrance, number: int, photos: list[UploadFile] | None) -> Response:
    """Take the photos in, one after the other; the first that fails is told."""
    house = visit.house
    for photo in photos or ():
        data = photo.file.read(MAX_BYTES + 1)
        if not data:
            continue  # a browser sends an empty file where none was chosen
        try:
            contribution_photos.add_photo(house.db, visit.me, house.photos, house.intake, number, data)
        except RoundsError as error:
            return _show(visit, number, problem=error)
    return RedirectResponse(f"{CASES}/{number}", status_code=303)


def _show(visit: Visit, number: int, problem: RoundsError | None = None) -> Response:
    piece = contributions.readable(visit.house.db, number, visit.me)
    own = visit.me is not None and piece.row.contestant_id == visit.me.contestant_id
    return light_page(
        "contest_case.html",
        visit,
        problem.status if problem else 200,
        piece=piece,
        own=own,
        writable=own and piece.row.state in WRITABLE,
        comments=comments.comments_of(visit.house.db, number),
        problem=told(problem, visit.locale) if problem else "",
        **_words(visit),
    )


def _form(
    visit: Entrance,
    number: int = 0,
    version: int = 0,
    kind: str = "",
    title: str = "",
    text: str = "",
    problem: RoundsError | None = None,
) -> Response:
    return light_page(
        "contest_case_form.html",
        visit,
        problem.status if problem else 200,
        number=number,
        version=version,
        kind=kind,
        title=title,
        text=text,
        photos=contribution_photos.MOST,
        problem=told(problem, visit.locale) if problem else "",
        **_words(visit),
    )


def _season(visit: Visit) -> Season:
    season = current_season(visit.house.db)
    if season is None:
        raise RoundsError("not_found")
    return season


def _words(visit: Visit) -> dict[str, Any]:
    return {
        "name": lambda row: pick(visit.locale, row.name, row.name_en),
        "owner": lambda row: pick(visit.locale, row.name_zh, row.name_en),
    }
