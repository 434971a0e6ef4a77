"""What all routes of the API share: the person behind a tablet, the size of bodies, the shape of refusals."""

from collections.abc import Callable, Coroutine
from typing import Annotated, Any

from fastapi import Depends, Request, Response
from fastapi.routing import APIRoute
from pydantic import BaseModel, ConfigDict
from starlette.types import Message

from audit.errors import RoundsError
from audit.web.context import Context, signed_in

MOST_BODY_BYTES = 1_000_000
LARGEST_ID = 2**31 - 1


class Body(BaseModel):
    """A request body: unknown fields are refused, and a number is not a text."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Refusal(BaseModel):
    """How every refusal looks: a stable code, a sentence for people, and the parameters of that sentence."""

    code: str
    message: str
    params: dict[str, Any]


REFUSALS: dict[int | str, dict[str, Any]] = {
    "4XX": {"model": Refusal, "description": "Refused: see `code`."},
    "5XX": {"model": Refusal, "description": "Not possible at present (busy, storage full): try again."},
}


def tablet(request: Request) -> Context:
    """The signed-in person. A tablet says whose work it sends; under another's session that is refused.

    Raises `unauthenticated`.
    """
    context = signed_in(request)
    owner = request.headers.get("x-rounds-user")
    if owner is not None and owner != str(context.actor.account_id):
        raise RoundsError("unauthenticated")
    return context


Tablet = Annotated[Context, Depends(tablet)]


class LimitedRoute(APIRoute):
    """A route whose body is read at most up to `MOST_BODY_BYTES`, whatever its length is said to be."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler around which the counting is laid."""
        handler = super().get_route_handler()

        async def limited(request: Request) -> Response:
            receive, seen = request.receive, 0
            said = request.headers.get("content-length", "")
            if said.isdigit() and int(said) > MOST_BODY_BYTES:
                raise RoundsError("too_long", field="body", limit=MOST_BODY_BYTES)

            async def counted() -> Message:
                nonlocal seen
                event = await receive()
                seen += len(event.get("body", b""))
                if seen > MOST_BODY_BYTES:
                    raise RoundsError("too_long", field="body", limit=MOST_BODY_BYTES)
                return event

            return await handler(Request(request.scope, counted))

        return limited
