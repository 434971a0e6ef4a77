"""Files that one person may fetch once, such as one-time passwords: held in memory only, and for ten minutes at most.

A process knows only its own: with several, the proxy keeps a person at one of them, as Streamlit needs anyway.
"""

import datetime as dt
import secrets
import threading
from dataclasses import dataclass

from audit.domain.permissions import Actor
from audit.errors import RoundsError
from audit.services import clock
from exports.base import Export

LIFETIME = dt.timedelta(minutes=10)
MOST_HELD = 100


@dataclass(frozen=True)
class _Held:
    account_id: int
    until: dt.datetime
    file: Export


class Handover:
    """The files that wait to be fetched."""

    def __init__(self) -> None:
        self._held: dict[str, _Held] = {}
        self._lock = threading.Lock()

    def offer(self, actor: Actor, file: Export) -> str:
        """Hold a file for this person; returns the ticket by which it is fetched. Beyond 100 the oldest go."""
        ticket = secrets.token_urlsafe(24)
        with self._lock:
            self._forget_old()
            while len(self._held) >= MOST_HELD:
                del self._held[next(iter(self._held))]
            self._held[ticket] = _Held(actor.account_id, clock.now() + LIFETIME, file)
        return ticket

    def fetch(self, actor: Actor, ticket: str) -> Export:
        """The file, this once. Raises `not_found` for another person, a second time, and when it is too late."""
        with self._lock:
            self._forget_old()
            held = self._held.get(ticket)
            if held is None or held.account_id != actor.account_id:
                raise RoundsError("not_found")
            del self._held[ticket]
            return held.file

    def _forget_old(self) -> None:
        now = clock.now()
        for ticket in [ticket for ticket, held in self._held.items() if held.until <= now]:
            del self._held[ticket]
