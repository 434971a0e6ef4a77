"""What makes thousands of service calls quick: one transaction around many, and no waiting for the disk after each.

Services are called as by anybody else; only the database they are given joins all their units of work into one, which
is committed when the block ends, and the photo folder is synced once at the end. Durability of each single call means
nothing for a city that can be built again.
"""

import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event
from sqlmodel import Session

from audit.db.engine import Database


class Joined(Database):
    """A database whose reads and writes all happen in one session that somebody else commits."""

    def __init__(self, whole: Database, session: Session) -> None:
        self.url, self.is_sqlite = whole.url, whole.is_sqlite
        self.reader, self.writer = whole.reader, whole.writer
        self._session = session

    @contextmanager
    def read(self, steady: bool = False) -> Iterator[Session]:  # noqa: ARG002  (it sees its own writes at any rate)
        yield self._session

    @contextmanager
    def write(self) -> Iterator[Session]:
        yield self._session
        self._session.flush()


@contextmanager
def one_transaction(db: Database) -> Iterator[Joined]:
    """All that services do with the joined database within the block is kept together, or not at all."""
    with db.write() as session:
        yield Joined(db, session)


@contextmanager
def without_sync(db: Database) -> Iterator[None]:
    """Let SQLite not wait for the disk within the block; afterwards everything is on the disk."""
    if not db.is_sqlite:
        yield
        os.sync()
        return

    def relax(connection: Any, _record: Any) -> None:
        connection.execute("PRAGMA synchronous=OFF")

    db.writer.dispose()
    event.listen(db.writer, "connect", relax)
    try:
        yield
    finally:
        event.remove(db.writer, "connect", relax)
        db.writer.dispose()
        with db.writer.connect() as connection:
            raw: Any = connection.connection.dbapi_connection
            raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        os.sync()


@contextmanager
def seldom_collected() -> Iterator[None]:
    """Let Python look for unused cycles far less often within the block: a tenth of the time, no more memory."""
    usual = gc.get_threshold()
    gc.set_threshold(200_000, 20, 100)
    try:
        yield
    finally:
        gc.set_threshold(*usual)
