"""The clock of the services: one function, so that tests can stop it.

Server time rules everywhere; what a device says about time is stored beside it, never instead of it.
"""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from audit.i18n import business_date

_stopped: ContextVar[dt.datetime | None] = ContextVar("stopped", default=None)


def now() -> dt.datetime:
    """The present instant, UTC-aware."""
    return _stopped.get() or dt.datetime.now(dt.UTC)


def today() -> dt.date:
    """The present business day in Asia/Shanghai."""
    return business_date(now())


@contextmanager
def stopped(at: dt.datetime) -> Iterator[None]:
    """Within the block, and only for this thread or task, it is `at` (UTC-aware): the demo city's past is made so."""
    token = _stopped.set(at)
    try:
        yield
    finally:
        _stopped.reset(token)
