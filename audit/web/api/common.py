"""What all routes of the API share: the person behind a tablet, the shape of bodies and of refusals."""

from typing import Annotated, Any

from fastapi import Depends, Request
from pydantic import BaseModel, ConfigDict

from audit.errors import RoundsError
from audit.web.context import Context, signed_in

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
