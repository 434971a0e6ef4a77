"""Rows of people who are signed in, of whatever kind: the browser holds a random 256-bit id, the row its SHA-256."""

import contextlib
import datetime as dt
import hashlib
import secrets
from typing import Any

from sqlmodel import col, delete, update

from audit.config import settings
from audit.db.engine import Database
from audit.db.models import ContestantSignIn, SignIn
from audit.errors import RoundsError
from audit.services import clock
from audit.services.work import Work

SEEN_EVERY = dt.timedelta(minutes=5)  # how often the last use of a sign-in is written down
Table = type[SignIn] | type[ContestantSignIn]


def session_key(token: str) -> str:
    """What the database keeps of a session id."""
    return hashlib.sha256(token.encode()).hexdigest()


def open_row(work: Work, table: Table, address: str, device: str, **owner: Any) -> str:
    """Within a unit of work: a new session id with its row; those that ended are cleared away."""
    token = secrets.token_urlsafe(32)
    work.session.exec(delete(table).where(col(table.ends_at) < work.now))
    work.session.add(
        table(
            id_sha256=session_key(token),
            created_at=work.now,
            seen_at=work.now,
            ends_at=work.now + dt.timedelta(days=settings().session_days),
            address=address[:60],
            device=device[:120],
            **owner,
        )
    )
    return token


def note_use(db: Database, table: Table, id_sha256: str, seen_at: dt.datetime) -> None:
    """Write down now and then that a session is in use."""
    now = clock.now()
    if now - seen_at > SEEN_EVERY:
        with contextlib.suppress(RoundsError), db.write() as session:  # locked or full: reading goes on all the same
            session.exec(update(table).where(col(table.id_sha256) == id_sha256).values(seen_at=now))


def end_row(db: Database, table: Table, token: str) -> None:
    """End one session; ending it twice is no error."""
    with db.write() as session:
        session.exec(delete(table).where(col(table.id_sha256) == session_key(token)))
