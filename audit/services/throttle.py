"""Attempts are counted and, beyond the free ones, have to wait: longer and longer, never for ever.

Counted in the database *before* the attempt is looked at, so that parallel ones count too. The rows hold keyed hashes:
neither addresses nor names or numbers stand in them.
"""

import datetime as dt
import hashlib
import hmac
from collections.abc import Mapping

from sqlalchemy import case
from sqlmodel import Session, col, delete, select, update

from audit.config import settings
from audit.db.engine import Database
from audit.db.models import Throttle
from audit.db.upsert import insert_missing
from audit.errors import RoundsError
from audit.services import clock

FORGET_AFTER = dt.timedelta(hours=24)

# fmt: off
#             free attempts, longest wait in seconds
LIMITS = {
    "pair":    (5,    900),  # one account from one address
    "account": (20,   30),   # one account from unknown addresses together
    "address": (100,  60),   # one address: a branch of 300 people behind one gateway must pass
    "verify":  (100,  60),   # one address, asking about issued documents
    "link":    (30,   300),  # one address, with links that open nothing; a link that opens is never counted
    "said":    (5,    300),  # one link, with comments: what a person has to say in a row
    "mine":    (20,   900),  # codes for one number, from a browser with which its holder signed in before
    "browser": (5,    900),  # codes for one number, from one other browser
    "code":    (15,   900),  # codes for one number, from all other browsers behind one address
    "codes":   (30,   1800),  # codes for one number, from all of them: each may be a text message
    "texts":   (10,   900),  # codes for one phone, to vote: nobody's browser is known there
    "asker":   (1000, 60),   # one address, contestants asking for codes or trying them: each of 300 needs two
    "voters":  (2000, 60),   # one address, asking for codes to vote or trying them: each voter needs two
}
# fmt: on


def key(kind: str, what: str) -> str:
    """The key of a counter: a kind of `LIMITS`, and the keyed hash of an address, a name or a number."""
    hashed = hmac.new(settings().vote_key.get_secret_value().encode(), f"{kind}|{what}".encode(), hashlib.sha256)
    return f"{kind}:{hashed.hexdigest()[:40]}"


def count(session: Session, keys: list[str]) -> None:
    """Count one attempt against each key. Raises `signin.throttled`."""
    now = clock.now()
    fresh = {"failures": 0, "last_at": now, "wait_until": now}
    insert_missing(session, Throttle, [{"key": one, **fresh} for one in keys])
    rows = session.exec(
        select(Throttle).where(col(Throttle.key).in_(keys)).order_by(Throttle.key).with_for_update()
    ).all()
    waits = [row.wait_until - now for row in rows if row.wait_until > now]
    if waits:
        raise RoundsError("signin.throttled", seconds=int(max(waits).total_seconds()) + 1)
    for row in rows:
        if now - row.last_at > FORGET_AFTER:
            row.failures = 0
        row.failures += 1
        row.last_at = now
        row.wait_until = now + dt.timedelta(seconds=_wait_seconds(row.key.split(":")[0], row.failures))
        session.add(row)


def count_alone(db: Database, kind: str, what: str) -> None:
    """Count one attempt in a transaction of its own. Raises `signin.throttled`."""
    with db.write() as session:
        count(session, [key(kind, what)])


def take_back(session: Session, attempts: Mapping[str, int]) -> None:
    """Take so many attempts off the keys: they led to their end, so that a crowd of honest people never adds up.

    The wait goes with them: a success is let in only while nobody has to wait, so it ends no earlier wait.
    """
    for one, number in sorted(attempts.items()):
        left = case((col(Throttle.failures) > number, col(Throttle.failures) - number), else_=0)
        row = update(Throttle).where(col(Throttle.key) == one)
        session.exec(row.values(failures=left, wait_until=clock.now()))


def forget(session: Session, keys: list[str]) -> None:
    """Begin these keys anew: the right password was entered."""
    session.exec(delete(Throttle).where(col(Throttle.key).in_(keys)))


def forget_old(session: Session) -> None:
    """Clear away what was counted too long ago to matter."""
    session.exec(delete(Throttle).where(col(Throttle.last_at) < clock.now() - FORGET_AFTER))


def _wait_seconds(kind: str, failures: int) -> int:
    """How long to wait after this many failures: nothing within the free attempts, then doubling up to the longest."""
    free, longest = LIMITS[kind]
    return 0 if failures < free else min(longest, 2 ** min(failures - free, 20))
