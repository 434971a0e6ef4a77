"""Voting on light pages: contestants, one's ballot, verification, receipt. All of it works without scripts.

The names chosen so far travel in the address (`n`), so that going back, reloading and sharing just work; a vote token
from a printed QR or a message waits in a cookie. Who voted where is told to nobody.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, BackgroundTasks, Form, Path, Query
from fastapi.responses import StreamingResponse
from starlette.responses import JSONResponse, RedirectResponse, Response

from audit.config import settings
from audit.db.models import Season
from audit.domain.contest.rules import Rules, VoteRules
from audit.domain.contest.season import VoterKind
from audit.domain.contest.verification import spaced
from audit.domain.permissions import Actor
from audit.errors import RoundsError
from audit.photos.portrait import small_portrait
from audit.photos.store import is_blob_name
from audit.services import clock
from audit.services.contest import ballot_reading, ballots, candidates, cards, codes, seasons, tokens, voters
from audit.services.contest.candidates import Candidate
from audit.services.contest.own import own_ids
from audit.services.contest.voters import Proof
from audit.services.installation import installation
from audit.web.contest_context import (
    YEAR_SECONDS,
    Anybody,
    LightRoute,
    Visit,
    keep_cookie,
    light_page,
    told,
    wants_json,
)
from audit.web.security import client_address
from audit.web.streaming import chunks
from exports.qr import qr_svg

router = APIRouter(prefix="/contest/vote", include_in_schema=False, route_class=LightRoute)
VOTE = "/contest/vote"
TOKEN_COOKIE, DEVICE_COOKIE = "rounds-vote-token", "rounds-vote-device"
TOKEN_SECONDS = 2 * 86_400
Code = Annotated[str, Path(max_length=40)]
Names = Annotated[list[str], Query(max_length=10)]
Sent = Annotated[list[str] | None, Form(max_length=10)]
Text = Annotated[str, Form(max_length=100)]


@router.get("")
def show(
    visit: Anybody,
    n: Names = [],  # noqa: B006 - FastAPI copies it
    t: Annotated[str, Query(max_length=200)] = "",
    q: Annotated[str, Query(max_length=100)] = "",
    org: Annotated[str, Query(max_length=10)] = "",
    hall: Annotated[str, Query(max_length=10)] = "",
    page: Annotated[int, Query(ge=1, le=10_000)] = 1,
) -> Response:
    """The contestants, with search and filter, and the ballot so far. A token in the address is put away first."""
    season = season_of(visit)
    if t:
        return _with_token(visit, season, t)
    db, locale, season_id = visit.house.db, visit.locale, season.id or 0
    organisation_id, outlet_id = _number(org), _number(hall)
    places = candidates.organisations(db, season_id, locale)
    halls = candidates.halls(db, season_id, locale, organisation_id) if organisation_id else []
    if outlet_id not in {place.id for place in halls}:
        outlet_id = 0
    found = candidates.find(db, season_id, locale, q, organisation_id, outlet_id, page)
    return _page(
        "contest_vote.html",
        visit,
        season,
        n,
        found=found,
        places=places,
        halls=halls,
        search=q,
        organisation_id=organisation_id,
        outlet_id=outlet_id,
    )


@router.get("/contestants/{code}")
def contestant(visit: Anybody, code: Code, n: Names = []) -> Response:  # noqa: B006
    """A contestant's page: photo, story, QR, the button that puts the name on the ballot."""
    season = season_of(visit)
    one = candidates.one(visit.house.db, season.id or 0, visit.locale, code)
    return _page("contest_candidate.html", visit, season, n, one=one, qr=qr_svg(_address(code)))


@router.get("/contestants/{code}/card")
def card(visit: Anybody, code: Code) -> Response:
    """A card of a contestant to print, with the way to the same as a picture."""
    season = season_of(visit)
    one = candidates.one(visit.house.db, season.id or 0, visit.locale, code)
    return _page("contest_card.html", visit, season, [], one=one, qr=qr_svg(_address(code)), address=_address(code))


@router.get("/contestants/{code}/card.jpg")
def card_picture(visit: Anybody, code: Code) -> Response:
    """The card as a picture for chats, in the language of the page."""
    content = cards.picture(visit.house, season_of(visit), visit.locale, code, _address(code))
    headers = {"Cache-Control": "private, max-age=300", "X-Content-Type-Options": "nosniff"}
    return Response(content, media_type="image/jpeg", headers=headers)


@router.get("/pictures/{sha256}")
def picture(visit: Anybody, sha256: Annotated[str, Path(max_length=64)], small: bool = False) -> Response:
    """A contestant's picture; `small`: for lists. It never changes under its name."""
    if not is_blob_name(sha256):
        raise RoundsError("not_found")
    candidates.check_picture(visit.house.db, sha256)
    headers = {"Cache-Control": "public, max-age=604800, immutable", "X-Content-Type-Options": "nosniff"}
    if small:
        return Response(_small(sha256), media_type="image/jpeg", headers=headers)
    return StreamingResponse(chunks(visit.house.photos.open(sha256)), media_type="image/jpeg", headers=headers)


@router.get("/check")
def check(visit: Anybody, n: Names = []) -> Response:  # noqa: B006
    """The ballot before it is cast, and the ways to be verified."""
    season = season_of(visit)
    problem = None
    try:
        ballots.ballot_names(visit.house.db, season, n)
    except RoundsError as error:
        problem = error
    return _check(visit, season, n, problem=problem)


@router.get("/code")
def again() -> Response:
    """Reloaded, or another language chosen: from the beginning."""
    return RedirectResponse(VOTE, status_code=303)


@router.post("/code")
def ask(visit: Anybody, background: BackgroundTasks, n: Sent = None, phone: Text = "") -> Response:
    """Send a code to a phone, and ask for it."""
    season, names = season_of(visit), n or []
    db, address = visit.house.db, client_address(visit.request, settings())
    try:
        ballots.ballot_names(db, season, names)
        asked = voters.ask_for_code(db, season, phone, address, visit.locale)
    except RoundsError as error:
        if wants_json(visit.request):
            raise
        return _check(visit, season, names, problem=error, phone=phone)
    if asked.message:
        background.add_task(codes.send, asked.message)
    if wants_json(visit.request):
        response: Response = JSONResponse({"ticket": asked.ticket, "shown": asked.shown})
    else:
        response = _code(visit, season, names, phone=phone, ticket=asked.ticket, shown=asked.shown)
    response.background = background
    return response


@router.post("")
def cast(
    visit: Anybody,
    n: Sent = None,
    way: Annotated[str, Form(max_length=20)] = "",
    phone: Text = "",
    ticket: Text = "",
    code: Annotated[str, Form(max_length=20)] = "",
) -> Response:
    """Cast the ballot: 201 and the receipt for a program, the receipt's page for a browser."""
    season, names = season_of(visit), n or []
    request, db = visit.request, visit.house.db
    address = client_address(request, settings())
    where = voters.signals(
        season, address, request.cookies.get(DEVICE_COOKIE, ""), request.headers.get("user-agent", "")[:200]
    )
    try:
        proof = _proof(visit, season, way, phone, ticket, code, address)
        receipt = ballots.cast(db, season, proof, names, where, _signed_in(visit))
    except RoundsError as error:
        if wants_json(request):
            raise
        if error.code == "code.wrong":
            return _code(visit, season, names, problem=error, phone=phone, ticket=ticket)
        return _check(visit, season, names, problem=error, phone=phone)
    if wants_json(request):
        response: Response = JSONResponse({"receipt": spaced(receipt)}, status_code=201)
    else:
        response = RedirectResponse(f"{VOTE}/receipts/{spaced(receipt)}", status_code=303)
    if way == VoterKind.TRANSACTION:
        response.delete_cookie(TOKEN_COOKIE, path=VOTE, secure=settings().https, httponly=True, samesite="lax")
    return response


@router.get("/receipts/{receipt}")
def receipt(visit: Anybody, receipt: Code) -> Response:
    """The receipt, with what the ballot says."""
    season = season_of(visit)
    found = ballot_reading.by_receipt(visit.house.db, season, receipt, visit.locale)
    if found is None:
        raise RoundsError("not_found")
    return _page("contest_receipt.html", visit, season, [], ballot=found)


def season_of(visit: Visit) -> Season:
    """The season that the public pages show. Raises `season.not_open` when there is none yet."""
    season = seasons.current_season(visit.house.db)
    if season is None:
        raise RoundsError("season.not_open")
    return season


def _proof(visit: Visit, season: Season, way: str, phone: str, ticket: str, code: str, address: str) -> Proof:
    if way == VoterKind.TRANSACTION:
        return voters.by_token(season, visit.request.cookies.get(TOKEN_COOKIE, ""))
    if way == VoterKind.EMPLOYEE:
        if visit.me is not None:
            return voters.by_employee(season, visit.me)
        staff = staff_of(visit)
        if staff is None:
            raise RoundsError("unauthenticated")
        return voters.by_account(visit.house.db, season, staff)
    if not ticket:
        raise RoundsError("code.wrong")
    return voters.by_phone(visit.house.db, season, phone, ticket, code, address)


def staff_of(visit: Visit) -> Actor | None:
    """Who is signed in to the application in this browser; the middleware has looked the session up."""
    found: Actor | None = visit.request.scope.get("rounds_actor")
    return found


def _signed_in(visit: Visit) -> set[int]:
    """The contestants whose browser this is, by their own sign-in or as an account."""
    with visit.house.db.read() as session:
        own = own_ids(session, staff_of(visit))
    return own | ({visit.me.contestant_id} if visit.me else set())


def _with_token(visit: Visit, season: Season, token: str) -> Response:
    served = tokens.served_at(visit.house.db, season, token)
    address = _to(VOTE, [served.code] if served.code else [], org=served.organisation_id, hall=served.outlet_id)
    response = RedirectResponse(address, status_code=303)
    keep_cookie(response, TOKEN_COOKIE, token, TOKEN_SECONDS, VOTE)
    return response


def _check(
    visit: Visit, season: Season, names: Sequence[str], problem: RoundsError | None = None, phone: str = ""
) -> Response:
    staff = staff_of(visit)
    return _page(
        "contest_check.html",
        visit,
        season,
        names,
        problem.status if problem else 200,
        problem=told(problem, visit.locale) if problem else "",
        done=problem is not None and problem.code == "vote.already",
        has_token=bool(visit.request.cookies.get(TOKEN_COOKIE)),
        texts_phones=settings().code_channel != "email",
        staff=voters.account_name(visit.house.db, staff, visit.locale) if staff else "",
        here=_to(f"{VOTE}/check", names),
        phone=phone,
    )


def _code(
    visit: Visit,
    season: Season,
    names: Sequence[str],
    phone: str,
    ticket: str,
    shown: str = "",
    problem: RoundsError | None = None,
) -> Response:
    return _page(
        "contest_code.html",
        visit,
        season,
        names,
        problem.status if problem else 200,
        problem=told(problem, visit.locale) if problem else "",
        phone=phone,
        ticket=ticket,
        shown=shown,
        minutes=codes.CODE_MINUTES,
        digits=codes.CODE_DIGITS,
    )


def _page(
    template: str, visit: Visit, season: Season, names: Sequence[str], status: int = 200, **values: Any
) -> Response:
    """A page that knows the ballot so far and whether votes are open, and a device by its cookie."""
    rules: VoteRules = Rules.from_json(season.rules).votes
    chosen = candidates.named(visit.house.db, season.id or 0, visit.locale, list(names)[: rules.most])
    response = light_page(
        template,
        visit,
        status,
        chosen=chosen,
        picked=[one.code for one in chosen],
        rules=rules,
        votes_open=voters.is_open(season, clock.today()),
        to=_to,
        toggled=_toggled,
        Kind=VoterKind,
        **values,
    )
    if not voters.device_of(season, visit.request.cookies.get(DEVICE_COOKIE, "")):
        keep_cookie(response, DEVICE_COOKIE, voters.new_device(season), YEAR_SECONDS, VOTE)
    return response


def _to(path: str, names: Sequence[str], **more: object) -> str:
    """An address that carries the ballot so far, and whatever else has a value."""
    asked = [("n", name) for name in names] + [(key, value) for key, value in more.items() if value]
    return f"{path}?{urlencode(asked)}" if asked else path


def _toggled(one: Candidate, picked: Sequence[str]) -> list[str]:
    """The ballot with this name put on it, or taken off."""
    return [code for code in picked if code != one.code] if one.code in picked else [*picked, one.code]


def _address(code: str) -> str:
    return f"{settings().public_url.rstrip('/')}{VOTE}/contestants/{code}"


def _number(told: str) -> int:
    """An id in an address; 0, which nothing has, for what is none."""
    found = int(told) if told.isascii() and told.isdigit() else 0
    return found if found < 2**31 else 0


@lru_cache(maxsize=2048)
def _small(sha256: str) -> bytes:
    return small_portrait(installation().photos.read(sha256))
