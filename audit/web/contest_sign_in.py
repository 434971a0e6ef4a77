"""The contestants' light sign-in page: employee number, one-time code, a cookie of its own."""

from typing import Annotated

from fastapi import APIRouter, BackgroundTasks, Form
from starlette.responses import RedirectResponse, Response

from audit.config import settings
from audit.errors import RoundsError
from audit.i18n import pick
from audit.services.contest import codes, sign_in
from audit.web.contest_context import YEAR_SECONDS, Anybody, LightRoute, Visit, keep_cookie, light_page, told
from audit.web.security import client_address

router = APIRouter(prefix="/contest", include_in_schema=False, route_class=LightRoute)
HOME = "/contest/"
BROWSER_COOKIE, BROWSER_PATH = "rounds-known-browser", "/contest/signin"


@router.get("/signin")
def show(visit: Anybody) -> Response:
    """Where the employee number is typed; whoever is signed in goes on."""
    if visit.me:
        return RedirectResponse(HOME, status_code=303)
    page, cookie = _page(visit), sign_in.name_browser(visit.house.db, visit.request.cookies.get(BROWSER_COOKIE, ""))
    if cookie:
        _remember(page, cookie)
    return page


@router.get("/signin/code")
def again() -> Response:
    """Reloaded, or another language chosen: from the beginning."""
    return RedirectResponse("/contest/signin", status_code=303)


@router.post("/signin/code")
def ask(visit: Anybody, background: BackgroundTasks, number: Annotated[str, Form(max_length=100)] = "") -> Response:
    """Send a code, and ask for it. The answer is the same whether somebody has this number or not."""
    address = client_address(visit.request, settings())
    try:
        cookie = visit.request.cookies.get(BROWSER_COOKIE, "")
        asked = sign_in.ask_for_code(visit.house.db, number, address, visit.locale, cookie)
    except RoundsError as error:
        return _page(visit, number=number, problem=error)
    if asked.message:
        background.add_task(codes.send, asked.message)
    page = _page(visit, number=number, ticket=asked.ticket, shown=asked.shown)
    page.background = background
    _remember(page, asked.browser)
    return page


@router.post("/signin")
def enter(
    visit: Anybody,
    number: Annotated[str, Form(max_length=100)] = "",
    ticket: Annotated[str, Form(max_length=100)] = "",
    code: Annotated[str, Form(max_length=20)] = "",
) -> Response:
    """Take the code and open a session; an old one ends."""
    request, db = visit.request, visit.house.db
    address, device = client_address(request, settings()), request.headers.get("user-agent", "")
    try:
        cookie = request.cookies.get(BROWSER_COOKIE, "")
        entered = sign_in.sign_in(db, number, ticket, code, address, device, cookie)
    except RoundsError as error:
        return _page(visit, number=number, ticket=ticket, problem=error)
    old = request.cookies.get(settings().contest_cookie_name)
    if old:
        sign_in.sign_out(db, old)
    response = RedirectResponse(HOME, status_code=303)
    seconds = settings().session_days * 86_400
    keep_cookie(response, settings().contest_cookie_name, entered.token, seconds, "/")
    _remember(response, entered.browser)
    return response


@router.post("/signout")
def leave(visit: Anybody) -> Response:
    """End this session and forget the cookie."""
    name = settings().contest_cookie_name
    token = visit.request.cookies.get(name)
    if token:
        sign_in.sign_out(visit.house.db, token)
    response = RedirectResponse("/contest/signin", status_code=303)
    response.delete_cookie(name, path="/", secure=settings().https, httponly=True, samesite="lax")
    return response


def _remember(response: Response, cookie: str) -> None:
    """Name the browser, for the pages that sign in alone; it is kept when one signs out."""
    keep_cookie(response, BROWSER_COOKIE, cookie, YEAR_SECONDS, BROWSER_PATH)


def _page(
    visit: Visit, number: str = "", ticket: str = "", shown: str = "", problem: RoundsError | None = None
) -> Response:
    people = [] if ticket else sign_in.demo_contestants(visit.house.db)
    return light_page(
        "contest_sign_in.html",
        visit,
        problem.status if problem else 200,
        number=number,
        ticket=ticket,
        shown=shown,
        minutes=codes.CODE_MINUTES,
        digits=codes.CODE_DIGITS,
        problem=told(problem, visit.locale) if problem else "",
        people=[(employee, pick(visit.locale, zh, en)) for employee, zh, en in people],
    )
