"""The browsers of contestants, by a signed cookie: whoever got in with one is not held up by strangers.

The cookie opens nothing. It says which contestants once signed in with this browser, so that their attempts are counted
apart from those of everybody who knows their employee number (docs/decisions).
"""

import hashlib
import secrets
from dataclasses import dataclass, replace

from itsdangerous import BadSignature, Signer

from audit.db.models import Season
from audit.services.contest.keys import key

MOST = 8  # contestants of one browser: a tablet in the hall's back room is shared


@dataclass(frozen=True)
class Browser:
    """A browser by the random name that we gave it; `owners`: contestants who got in with it, the latest first."""

    name: str
    owners: tuple[int, ...] = ()

    def of(self, contestant_id: int) -> "Browser":
        """The same after this contestant got in."""
        others = [one for one in self.owners if one != contestant_id]
        return replace(self, owners=(contestant_id, *others)[:MOST])


def read(season: Season, told: str) -> Browser:
    """The browser with a cookie of ours; for any other cookie, or none, one without a name."""
    try:
        name, _, owners = _signer(season).unsign(told.encode()).decode().partition(":")
        return Browser(name, tuple(int(one) for one in owners.split("-") if one))
    except (BadSignature, UnicodeError, ValueError):
        return Browser("")


def written(season: Season, browser: Browser) -> str:
    """A browser as its cookie; one without a name gets one."""
    name, owners = browser.name or secrets.token_urlsafe(12), "-".join(map(str, browser.owners))
    return _signer(season).sign(f"{name}:{owners}").decode()


def _signer(season: Season) -> Signer:
    return Signer(key(season), salt="contestant-browser", key_derivation="hmac", digest_method=hashlib.sha256)
