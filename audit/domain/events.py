"""The hash chain over the history.

Each link is SHA-256 over the previous link and the canonical JSON of the event, so that an edit, a deletion or a
changed order breaks every later link. Against truncation the head is printed on documents and kept outside.
"""

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

FIRST = "0" * 64


@dataclass(frozen=True)
class Happening:
    """One change as it enters the chain. `at` is UTC-aware; `data` is JSON-serialisable."""

    at: dt.datetime
    account_id: int | None
    device: str
    verb: str
    subject_kind: str
    subject_id: str
    data: Mapping[str, Any]


@dataclass(frozen=True)
class Head:
    """How far the chain has come: number and hash of the last event."""

    seq: int
    sha256: str

    def __str__(self) -> str:
        """As it stands on documents: the number and the hash's first 16 digits, enough to find and to compare."""
        return f"{self.seq}-{self.sha256[:16]}"


def canonical(value: Any) -> bytes:
    """JSON with sorted keys and no spaces: the same value always gives the same bytes."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str).encode(
        "utf-8", "surrogatepass"
    )


def digest(value: Any) -> str:
    """SHA-256 of the canonical JSON, in hexadecimal."""
    return hashlib.sha256(canonical(value)).hexdigest()


def link(previous: str, seq: int, happening: Happening) -> str:
    """The chain value of event number `seq` after `previous`."""
    return digest(
        [
            previous,
            seq,
            happening.at.astimezone(dt.UTC).isoformat(timespec="microseconds"),
            happening.account_id,
            happening.device,
            happening.verb,
            happening.subject_kind,
            happening.subject_id,
            happening.data,
        ]
    )
