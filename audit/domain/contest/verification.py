"""What voters type: a mobile number, and the receipt by which they find their ballot."""

import re
import secrets
import unicodedata

from audit.errors import RoundsError

RECEIPT_SIGNS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # none that is taken for another
RECEIPT_LENGTH = 12  # 59 bits
_MOBILE = re.compile(r"(?:\+?86)?(1[3-9]\d{9})")


def mobile(told: str) -> str:
    """A mobile number of the mainland as eleven digits; raises `required` and `invalid`."""
    found = re.sub(r"[\s\-()]", "", unicodedata.normalize("NFKC", told))
    if not found:
        raise RoundsError("required", field="phone")
    match = _MOBILE.fullmatch(found)
    if match is None or not found.isascii():
        raise RoundsError("invalid", field="phone")
    return match.group(1)


def new_receipt() -> str:
    """A random receipt."""
    return "".join(secrets.choice(RECEIPT_SIGNS) for _ in range(RECEIPT_LENGTH))


def typed_receipt(told: str) -> str:
    """A receipt as people type it, with or without hyphens, as it is kept; empty for what can be none."""
    found = "".join(sign for sign in unicodedata.normalize("NFKC", told).upper() if sign not in " -–—\t")
    fits = len(found) == RECEIPT_LENGTH and set(found) <= set(RECEIPT_SIGNS)
    return found if fits else ""


def spaced(receipt: str) -> str:
    """A receipt as people read it: ABCD-EFGH-JKMN."""
    return "-".join(receipt[place : place + 4] for place in range(0, len(receipt), 4))
