"""Telling people, beside the jobs: one thread reads the history, one sends outside, so that a slow mail server holds up
nobody's inbox. Both go on after any failure; what they do is safe to be killed at any moment and to be done by many.
"""

import logging
import threading
from collections.abc import Callable

from audit.services.installation import Installation
from audit.services.messages.outbox import send_due
from audit.services.messages.relay import relay

PAUSE = 1.0  # seconds between two looks when there was nothing to do
log = logging.getLogger("audit.jobs")


def start(house: Installation) -> None:
    """Start both threads; they end with the process."""
    for name, work in (("relay", lambda: relay(house.db)), ("outbox", lambda: send_due(house.db, house.settings))):
        threading.Thread(target=_forever, args=(name, work), name=name, daemon=True).start()


def _forever(name: str, work: Callable[[], int]) -> None:
    pause = threading.Event()
    while True:
        try:
            done = work()
        except Exception:
            log.exception("%s failed and goes on", name)
            done = 0
        if not done:
            pause.wait(PAUSE)
