"""The season's key: what makes hashes of phone numbers, addresses and transactions useless to whoever reads them.

It is made of the season's own random salt and of a secret that does not stand in the database (`ROUNDS_VOTE_KEY`): the
eleven digits of a phone number are soon tried through by somebody who has both.
"""

import base64
import hashlib
import hmac

from cryptography.fernet import Fernet, InvalidToken

from audit.config import settings
from audit.db.models import Season


def key(season: Season) -> bytes:
    """The key of a season."""
    return f"{settings().vote_key.get_secret_value()}|{season.salt}".encode()


def keyed(season: Season, kind: str, what: object) -> str:
    """The keyed hash of a number, an address or a device as 64 hex digits; different in every season."""
    return hmac.new(key(season), f"{kind}|{what}".encode(), hashlib.sha256).hexdigest()


def sealed(season: Season, text: str) -> str:
    """A text that only whoever has the season's key reads again."""
    return _seal(season).encrypt(text.encode()).decode()


def opened(season: Season, told: str) -> str:
    """What was sealed; "" for what this key did not seal."""
    try:
        return _seal(season).decrypt(told).decode()
    except InvalidToken:
        return ""


def _seal(season: Season) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(hmac.new(key(season), b"seal", hashlib.sha256).digest()))
