"""What a route is given: the installation and the person who is asking."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from audit.domain.permissions import Actor
from audit.errors import RoundsError
from audit.i18n import negotiate
from audit.services.accounts import must_change_password
from audit.services.installation import Installation, installation


@dataclass(frozen=True)
class Context:
    """One request: `house` is the installation, `actor` who is signed in."""

    house: Installation
    actor: Actor
    locale: str


def locale_of(request: Request) -> str:
    """The signed-in person's language, else the browser's."""
    actor: Actor | None = request.scope.get("rounds_actor")
    return (actor.locale if actor else "") or negotiate(request.headers.get("accept-language"))


def signed_in(request: Request) -> Context:
    """The context of a signed-in person; the middleware has looked the session up.

    Raises `unauthenticated`, and `account.one_time_password` until a password of one's own was chosen on the pages.
    """
    actor: Actor | None = request.scope.get("rounds_actor")
    if actor is None:
        raise RoundsError("unauthenticated")
    house = installation()
    if must_change_password(house.db, actor):
        raise RoundsError("account.one_time_password")
    return Context(house, actor, locale_of(request))


SignedIn = Annotated[Context, Depends(signed_in)]
