"""Sign-in page, sign-in, sign-out."""

from typing import Annotated

from anyio import to_thread
from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from audit.config import settings
from audit.domain.permissions import Actor
from audit.errors import RoundsError
from audit.i18n import LOCALES, message, negotiate
from audit.services import demo_sign_in, setup, sign_in
from audit.services.accounts import must_change_password
from audit.services.installation import installation
from audit.web.certificates import files_of
from audit.web.pages import render
from audit.web.security import client_address

router = APIRouter(include_in_schema=False)


def safe_next(wanted: str) -> str:
    """A path on this site, or `/`: never another site, however it is spelt."""
    fine = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and wanted.isprintable()
    return wanted if fine else "/"


def _onwards(actor: Actor | None, wanted: str) -> str:
    """Where a signed-in person goes on; with a one-time password to the pages, where it is changed before all else."""
    return "/" if actor and must_change_password(installation().db, actor) else safe_next(wanted)


def _locale(request: Request, lang: str) -> str:
    return lang if lang in LOCALES else negotiate(request.headers.get("accept-language"))


def _page(request: Request, locale: str, wanted: str, problem: str = "", name: str = "", status: int = 200) -> Response:
    return render(
        "sign_in.html",
        request,
        locale,
        status=status,
        next=safe_next(wanted),
        problem=problem,
        name=name,
        personas=demo_sign_in.personas(installation().db, locale),
        oidc=bool(settings().oidc_issuer),
        certificate=files_of(settings()).authority.exists(),
        empty=setup.nobody_can_sign_in(installation().db),
    )


@router.get("/home")
def home() -> Response:
    """The start page has the address `/` alone; whoever types its name is led there."""
    return RedirectResponse("/", status_code=303)


@router.get("/signin")
def show(request: Request, lang: str = "", next: str = "/") -> Response:
    """The sign-in page; a person who is signed in already goes on."""
    actor: Actor | None = request.scope.get("rounds_actor")
    if actor:
        return RedirectResponse(_onwards(actor, next), status_code=303)
    return _page(request, _locale(request, lang), next)


@router.post("/signin")
async def enter(
    request: Request,
    name: Annotated[str, Form(max_length=200)] = "",
    password: Annotated[str, Form(max_length=1000)] = "",
    persona: Annotated[str, Form(max_length=60)] = "",
    next: Annotated[str, Form(max_length=2000)] = "/",
    lang: Annotated[str, Form(max_length=10)] = "",
) -> Response:
    """Sign in by name and password, or in demo mode as a persona; the old session, if any, ends."""
    locale = _locale(request, lang)
    address = client_address(request, settings())
    device = request.headers.get("user-agent", "")
    house = installation()
    try:
        if persona:
            token = await to_thread.run_sync(demo_sign_in.enter, house.db, persona, address, device)
        else:
            token = await to_thread.run_sync(sign_in.sign_in, house.db, name, password, address, device)
    except RoundsError as error:
        return _page(request, locale, next, message(error, locale), name, error.status)
    old = request.cookies.get(settings().cookie_name)
    if old:
        await to_thread.run_sync(sign_in.sign_out, house.db, old)
    await to_thread.run_sync(sign_in.adopt_locale, house.db, token, locale)
    actor = await to_thread.run_sync(sign_in.actor_of, house.db, token)
    response = RedirectResponse(await to_thread.run_sync(_onwards, actor, next), status_code=303)
    set_cookie(response, token)
    return response


@router.post("/signout")
async def leave(request: Request) -> Response:
    """End this session and forget the cookie."""
    token = request.scope.get("rounds_token")
    if token:
        await to_thread.run_sync(sign_in.sign_out, installation().db, token)
    response = RedirectResponse("/signin", status_code=303)
    response.delete_cookie(settings().cookie_name, path="/", secure=settings().https, httponly=True, samesite="lax")
    return response


def set_cookie(response: Response, token: str) -> None:
    """Give the browser its session id."""
    response.set_cookie(
        settings().cookie_name,
        token,
        max_age=settings().session_days * 86_400,
        path="/",
        secure=settings().https,
        httponly=True,
        samesite="lax",
    )
