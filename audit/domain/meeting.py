"""The record of the exit meeting (沟通记录): which text its signatures stand under."""

from collections.abc import Mapping
from typing import Any

from audit.domain.events import digest

SIGNED_TEXTS = ("place", "opinion", "agreed")


def text_sha256(body: Mapping[str, Any]) -> str:
    """SHA-256 of what is signed: when and where it was, what the branch said, what was agreed.

    The tablet computes the same (`tablet/signed.js`, `tests/vectors/meeting.json`). Who was there is no part of it:
    people sign one after the other while others are still written down.
    """
    return digest([body.get("held_at") or None, *(body.get(name) or "" for name in SIGNED_TEXTS)])


def changed_after(signature: Mapping[str, Any], body: Mapping[str, Any]) -> bool:
    """Whether the record says something else now than when this was signed; False where that was not kept."""
    signed = signature.get("text_sha256")
    return bool(signed) and signed != text_sha256(body)
