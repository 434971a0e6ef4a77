"""The public scoreboard: light pages and a big screen that turns its pages by itself, without any script.

Thousands look at the same few pages. The season's board is read from the database every few seconds by one of them
while the others are served the pages made before; each page is kept as bytes with an ETag, for whoever asks again.
"""

import hashlib
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache

from anyio import to_thread
from fastapi import APIRouter, Request
from starlette.responses import Response

from audit.errors import RoundsError
from audit.i18n import LOCALES, message
from audit.services.contest import boards
from audit.services.contest.boards import Sheet
from audit.services.contest.seasons import current_season
from audit.services.installation import Installation, installation
from audit.web.board_views import Asked, asked, settled, view
from audit.web.contest_context import LANGUAGE_COOKIE, YEAR_SECONDS, language_of
from audit.web.pages import render

router = APIRouter(prefix="/contest", include_in_schema=False)
FRESH_SECONDS = 5.0
PAGES = 2_000  # kept at most, some 20 kB each
_Key = tuple[Asked, str]


@dataclass(frozen=True)
class Page:
    """A page as it is sent."""

    body: bytes
    etag: str


@dataclass(eq=False)
class Kept:
    """What a process keeps: the season's board, when it was read, and the pages made of it."""

    sheet: Sheet | None = None
    mark: object = None
    read_at: float = float("-inf")
    pages: "OrderedDict[_Key, Page]" = field(default_factory=OrderedDict)
    turn: threading.Lock = field(default_factory=threading.Lock)

    @property
    def fresh(self) -> bool:
        """Whether the board was read just now."""
        return time.monotonic() - self.read_at < FRESH_SECONDS

    def refresh(self, house: Installation, clock: Callable[[], float] = time.monotonic) -> None:
        """Read the board anew; one at a time. Pages stay unless something changed."""
        with self.turn:
            if self.fresh:
                return
            season = current_season(house.db)
            sheet = boards.read(house.db, season.id or 0) if season else None
            mark = _mark(sheet) if sheet else None
            changed = mark != self.mark
            self.sheet, self.mark, self.read_at = sheet, mark, clock()
            if changed:  # after the sheet: whoever has the new pages has the new sheet
                self.pages = OrderedDict()


def _mark(sheet: Sheet) -> tuple[object, ...]:
    """What pages are made of: where it is the same, they are."""
    return sheet.lines, sheet.weeks, sheet.as_of, sheet.waits, sheet.recount, sheet.season.version


@lru_cache(maxsize=2)
def kept(_house: Installation) -> Kept:
    """What this process keeps of an installation."""
    return Kept()


@router.get("/board")
async def board(request: Request) -> Response:
    """The scoreboard in the view that the address names; 304 for whoever has it already."""
    house, locale = installation(), language_of(request)
    known = kept(house)
    if not known.fresh:
        await to_thread.run_sync(known.refresh, house)
    pages, sheet = known.pages, known.sheet  # in this order: what is made of an old sheet goes with the old pages
    if sheet is None:
        return _none(request, locale)
    wanted = (settled(sheet, asked(request.query_params)), locale)
    page = pages.get(wanted)
    if page is None:
        page = await to_thread.run_sync(_make, pages, sheet, wanted, request)
    headers = {"ETag": page.etag, "Cache-Control": "no-cache", "Vary": "Cookie, Accept-Language"}
    if request.headers.get("if-none-match") == page.etag:
        return Response(status_code=304, headers=headers)
    response = Response(page.body, media_type="text/html", headers=headers)
    if request.query_params.get("lang", "") in LOCALES:
        response.set_cookie(LANGUAGE_COOKIE, locale, max_age=YEAR_SECONDS, samesite="lax")
    return response


def _make(pages: "OrderedDict[_Key, Page]", sheet: Sheet, wanted: _Key, request: Request) -> Page:
    what, locale = wanted
    template, values = view(sheet, what, locale)
    answer = render(
        template, request, locale, points=lambda hundredths: f"{hundredths / 100:.2f}",
        in_language=lambda code: what.address(lang=code).partition("?")[2], **values,
    )  # fmt: skip
    body = bytes(answer.body)
    page = Page(body, f'"{hashlib.sha256(body).hexdigest()[:32]}"')
    if what.q:
        return page  # there is no end of what can be searched for
    pages[wanted] = page
    while len(pages) > PAGES:
        pages.popitem(last=False)
    return page


def _none(request: Request, locale: str) -> Response:
    problem = RoundsError("not_found")
    return render(
        "contest_refused.html", request, locale, status=404, problem=message(problem, locale),
        in_language=lambda code: f"lang={code}",
    )  # fmt: skip
