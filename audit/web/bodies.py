"""How large a request's body may be: one table, counted while the body is read, and repeated by `deploy/Caddyfile`.

The framework's own limit answers in plain text of its own; ours is a refusal like any other, a page where people look.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from starlette.datastructures import Headers
from starlette.types import Message, Receive, Scope

from audit.domain.photos import MAX_BYTES
from audit.errors import RoundsError

MEGABYTE = 1024 * 1024


@dataclass(frozen=True)
class Body:
    """Paths of a pattern (`*`: one step of the path), how much may come there, and what it is."""

    path: str
    megabytes: int
    meaning: str


# fmt: off
BODIES = (
    #    path                              MB   meaning
    Body("/api/v1/photos/*",               20,  "a photo of a visit"),
    Body("/api/v1/findings/*/evidence/*",  20,  "a file as evidence"),
    Body("/link/evidence/*",               20,  "a file as evidence, through a link"),
    Body("/contest/cases/new",             121, "six photos and what is written of them"),
    Body("/contest/cases/*/edit",          121, "the same"),
    Body("/_stcore/upload_file/*/*",       501, "files of the pages: portraits are a ZIP of 500 MB, in its envelope"),
)
# fmt: on
ANYWHERE = Body("*", 1, "forms and records")


@lru_cache(maxsize=1)
def _patterns() -> tuple[tuple[re.Pattern[str], Body], ...]:
    return tuple((re.compile(re.escape(body.path).replace(r"\*", "[^/]+")), body) for body in BODIES)


def body_of(path: str) -> Body:
    """What may come under a path."""
    return next((body for pattern, body in _patterns() if pattern.fullmatch(path)), ANYWHERE)


def counted(scope: Scope, receive: Receive) -> Receive:
    """`receive`, which raises `too_long`, or `photo.too_big` where files are taken, beyond what may come there."""
    body, seen = body_of(scope["path"]), 0
    most = body.megabytes * MEGABYTE
    said = Headers(scope=scope).get("content-length", "")
    announced = int(said) if said.isdecimal() and len(said) < 20 else 0

    async def measured() -> Message:
        nonlocal seen
        if announced > most:
            raise _refusal(body)
        event = await receive()
        seen += len(event.get("body", b""))
        if seen > most:
            raise _refusal(body)
        return event

    return measured


def _refusal(body: Body) -> RoundsError:
    if body is ANYWHERE:
        return RoundsError("too_long", field="body", limit=body.megabytes * MEGABYTE)
    return RoundsError("photo.too_big", limit=MAX_BYTES // MEGABYTE)
