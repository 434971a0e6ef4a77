"""The page that a one-purpose link opens on a phone: one finding, its answer, photos, and handing over to the branch.

The address is `/link#<token>`. What stands after the `#` is never sent by a browser: it comes into no log, no Referer
and no proxy. The page itself is the same for everybody; its script sends the token in a header of each request.
"""

import datetime as dt
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from pydantic import Field
from starlette.responses import Response

from audit.config import settings
from audit.errors import RoundsError
from audit.i18n import LOCALES, format_date, format_instant, message, pick
from audit.services import clock
from audit.services.installation import Installation, installation
from audit.services.loop import linked
from audit.web.api.common import Body
from audit.web.context import locale_of
from audit.web.pages import render
from audit.web.security import client_address

router = APIRouter(prefix="/link", include_in_schema=False)
TOKEN_HEADER = "x-rounds-link"
PRIVATE = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex"}
TEXTS = ("correction", "cause", "corrective_action", "horizontal_check")


class Key:
    """What the holder of a link shows: the token, and from which address."""

    def __init__(self, request: Request) -> None:
        self.house: Installation = installation()
        self.token = request.headers.get(TOKEN_HEADER, "")[:200]
        self.address = client_address(request, settings())

    @property
    def all(self) -> tuple[Any, str, str]:
        """As the services take it."""
        return self.house.db, self.token, self.address


Holder = Annotated[Key, Depends(Key)]


class Change(Body):
    """What was written in some fields, and what stood there when the person began to write."""

    given: dict[str, str] = Field(max_length=10)
    seen: dict[str, str] = Field(max_length=10)


class Said(Body):
    """A comment, and the name of whoever says it."""

    name: str = Field(max_length=1000)
    text: str = Field(max_length=10_000)


@router.get("")
def page(request: Request, lang: str = "") -> Response:
    """The page: nothing of any finding is in it."""
    locale = lang if lang in LOCALES else locale_of(request)
    dead = message(RoundsError("delegation.link"), locale)
    return private(render("link.html", request, locale, dead=dead))


@router.get("/finding")
def finding(request: Request, holder: Holder, lang: str = "") -> Response:
    """The finding with its answer as a piece of HTML."""
    locale = lang if lang in LOCALES else locale_of(request)
    found = linked.look(*holder.all)
    response = render(
        "link_finding.html",
        request,
        locale,
        found=found,
        texts=TEXTS,
        today=clock.today(),
        pick=lambda thing, name="name": pick(locale, getattr(thing, f"{name}_zh"), getattr(thing, f"{name}_en")),
        day=lambda moment: format_date(locale, moment),
        instant=lambda moment: format_instant(locale, moment),
    )
    return private(response)


@router.put("/answer")
def put_answer(holder: Holder, change: Change) -> dict[str, str]:
    """Keep what was written; the same again is answered alike."""
    given, seen = (_typed(fields) for fields in (change.given, change.seen))
    return {"saved_at": linked.keep(*holder.all, given, seen).isoformat()}


@router.post("/comments", status_code=204)
def post_comment(holder: Holder, said: Said) -> None:
    """Say something about the finding."""
    linked.say(*holder.all, said.name, said.text)


@router.post("/done", status_code=204)
def done(holder: Holder) -> None:
    """The answer is written: the branch is told."""
    linked.hand_over(*holder.all)


@router.delete("/done", status_code=204)
def not_done(holder: Holder) -> None:
    """Go on writing."""
    linked.take_up(*holder.all)


def _typed(fields: dict[str, str]) -> dict[str, Any]:
    """Texts as they come from the phone, a day as a day. Raises `invalid`."""
    typed: dict[str, Any] = dict(fields)
    if "completed_on" in fields:
        try:
            typed["completed_on"] = dt.date.fromisoformat(fields["completed_on"]) if fields["completed_on"] else None
        except ValueError:
            raise RoundsError("invalid", field="completed_on") from None
    return typed


def private(response: Response) -> Response:
    """The response as one that nobody keeps, and that sends no address on."""
    response.headers.update(PRIVATE)
    return response
