"""The season's key: what makes hashes of phone numbers, addresses and transactions useless to whoever reads them.

It is made of the season's own random salt and of a secret that does not stand in the database (`ROUNDS_VOTE_KEY`): the
eleven digits of a phone number are soon tried through by somebody who has both.
"""

import hashlib
import hmac

from audit.config import settings
from audit.db.models import Season


def key(season: Season) -> bytes:
    """The key of a season."""
    return f"{settings().vote_key.get_secret_value()}|{season.salt}".encode()


def keyed(season: Season, kind: str, what: object) -> str:
    """The keyed hash of a number, an address or a device as 64 hex digits; different in every season."""
    return hmac.new(key(season), f"{kind}|{what}".encode(), hashlib.sha256).hexdigest()
