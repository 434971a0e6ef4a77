"""What the contest's light pages have in common: who is asking, in which language, and refusals as pages.

A contestant's cookie is looked up here and nowhere else; the application's own session plays no part.
"""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Annotated, Any

from anyio import to_thread
from fastapi import Depends, Request
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from audit.config import settings
from audit.errors import RoundsError
from audit.i18n import LOCALES, format_date, format_instant, message, negotiate, pick, translator
from audit.services.contest.sign_in import ContestantSession, contestant_of
from audit.services.installation import Installation, installation
from audit.web.bodies import ANYWHERE, body_of
from audit.web.pages import render

LANGUAGE_COOKIE = "rounds-lang"
YEAR_SECONDS = 365 * 86_400


@dataclass(frozen=True)
class Visit:
    """One request for a light page: `me` is the signed-in contestant, or None."""

    request: Request
    house: Installation
    locale: str
    me: ContestantSession | None


@dataclass(frozen=True)
class Entrance(Visit):
    """A request of a signed-in contestant."""

    me: ContestantSession


def language_of(request: Request) -> str:
    """The language that was chosen on a light page, now or before; else the browser's."""
    for chosen in (request.query_params.get("lang", ""), request.cookies.get(LANGUAGE_COOKIE, "")):
        if chosen in LOCALES:
            return chosen
    return negotiate(request.headers.get("accept-language"))


def keep_cookie(response: Response, name: str, value: str, seconds: int, path: str) -> None:
    """Set a cookie that no script reads and no other site's form sends."""
    response.set_cookie(name, value, max_age=seconds, path=path, secure=settings().https, httponly=True, samesite="lax")


def visitor(request: Request) -> Visit:
    """The context of anybody."""
    house = installation()
    token = request.cookies.get(settings().contest_cookie_name)
    me = contestant_of(house.db, token)
    return Visit(request, house, language_of(request), me)


def contestant(request: Request) -> Entrance:
    """The context of a signed-in contestant. Raises `unauthenticated`."""
    found = visitor(request)
    if found.me is None:
        raise RoundsError("unauthenticated")
    return Entrance(request, found.house, found.locale, found.me)


Anybody = Annotated[Visit, Depends(visitor)]
ContestantOnly = Annotated[Entrance, Depends(contestant)]


def light_page(template: str, visit: Visit, status: int = 200, **values: Any) -> Response:
    """A light page from a template that extends `contest_layout.html`."""
    locale = visit.locale
    return render(
        template,
        visit.request,
        locale,
        status=status,
        me=visit.me,
        own_name=pick(locale, visit.me.name, visit.me.name_en) if visit.me else "",
        points=lambda hundredths: f"{hundredths / 100:.2f}",
        date=lambda day: format_date(locale, day),
        instant=lambda moment: format_instant(locale, moment),
        in_language=lambda code: str(visit.request.url.include_query_params(lang=code).query),
        **values,
    )


def told(error: RoundsError, locale: str) -> str:
    """A refusal as one sentence; a field is called as on the page's form."""
    _ = translator(locale)
    words = {
        "number": _("Employee number"), "phone": _("Mobile number"), "title": _("Title"), "text": _("The text"),
        "comment": _("Your comment"), "answer": _("An answer"),
    }  # fmt: skip
    field = error.params.get("field", "")
    return message(RoundsError(error.code, **error.params | {"field": words.get(str(field), field)}), locale)


def wants_json(request: Request) -> bool:
    """Whether a page's script asks, not the browser itself."""
    return "application/json" in request.headers.get("accept", "")


class LightRoute(APIRoute):
    """A route whose refusals are pages that a person can go on from, and that remembers a chosen language."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Wrap FastAPI's handler."""
        inner = super().get_route_handler()

        async def handle(request: Request) -> Response:
            try:
                if request.method == "POST" and body_of(request.url.path) is not ANYWHERE:
                    await to_thread.run_sync(contestant, request)  # before files are read, which comes first otherwise
                response = await inner(request)
            except (RoundsError, HTTPException) as error:
                refused = error if isinstance(error, RoundsError) else error.__cause__
                if wants_json(request) or not isinstance(refused, RoundsError):
                    raise
                response = await _refusal(request, refused)
            chosen = request.query_params.get("lang", "")
            if chosen in LOCALES:
                response.set_cookie(
                    LANGUAGE_COOKIE, chosen, max_age=YEAR_SECONDS, secure=settings().https, samesite="lax"
                )
            return response

        return handle


async def _refusal(request: Request, error: RoundsError) -> Response:
    if error.code == "unauthenticated":
        return RedirectResponse("/contest/signin", status_code=303)
    visit = await to_thread.run_sync(visitor, request)
    page = light_page("contest_refused.html", visit, error.status, problem=told(error, visit.locale))
    if error.status in (429, 503):
        page.headers["Retry-After"] = str(error.params.get("seconds", 2))
    return page
