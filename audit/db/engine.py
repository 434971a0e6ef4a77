"""The database: one object with a read engine and a write engine.

SQLite: every connection runs WAL, `synchronous=FULL`, foreign keys and a busy timeout; only the write engine begins
IMMEDIATE, because a deferred transaction that turns into a write fails at once when another one writes (measured:
182 of 200 concurrent updates), and because readers must not queue behind writers. Start is refused below 3.51.3,
where connections can lose commits while another one resets the WAL. Writers of one process take turns by a lock of
our own: SQLite waits by polling, with pauses of up to 100 ms (36 tablets, answers p95: 83 ms by polling, 46 by turns).
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.exc import DataError, OperationalError
from sqlmodel import Session, create_engine

from audit.errors import RoundsError

try:
    from pysqlite3 import dbapi2 as sqlite
except ImportError:  # platforms without a wheel: the version check below decides whether Python's own will do
    import sqlite3 as sqlite

SQLITE_NEEDED = (3, 51, 3)
BUSY_SECONDS = 10


class Database:
    """A database address with two engines: `read()` and `write()` give sessions on them."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.is_sqlite = url.startswith("sqlite")
        self._turn = threading.Lock()
        if self.is_sqlite:
            if sqlite.sqlite_version_info < SQLITE_NEEDED:
                needed = ".".join(map(str, SQLITE_NEEDED))
                raise RoundsError("setup.database_too_old", version=sqlite.sqlite_version, needed=needed)
            Path(url.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
            self.reader = _sqlite_engine(url, begin="BEGIN")
            self.writer = _sqlite_engine(url, begin="BEGIN IMMEDIATE")
        else:
            self.reader = self.writer = _postgres_engine(url)

    @contextmanager
    def read(self, steady: bool = False) -> Iterator[Session]:
        """A session for reading; nothing it does is kept.

        `steady`: all its statements see the database as the first one saw it, whoever writes meanwhile. SQLite reads so
        anyway.
        """
        engine = self.reader
        if steady and not self.is_sqlite:
            engine = engine.execution_options(isolation_level="REPEATABLE READ")
        with Session(engine, expire_on_commit=False) as session:
            try:
                yield session
            except (OperationalError, DataError) as error:
                raise refusal(error) from error

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A session whose work is committed when the block ends, and undone when it raises.

        Raises `busy` when the database stays locked, `storage_full` when the disk is full.
        """
        with self._writers_turn(), Session(self.writer, expire_on_commit=False) as session:
            try:
                yield session
                session.commit()
            except (OperationalError, DataError) as error:
                session.rollback()
                raise refusal(error) from error
            except BaseException:
                session.rollback()
                raise

    @contextmanager
    def _writers_turn(self) -> Iterator[None]:
        """On SQLite one writer of this process at a time; PostgreSQL needs no such thing."""
        if not self.is_sqlite:
            yield
            return
        if not self._turn.acquire(timeout=BUSY_SECONDS):
            raise RoundsError("busy")
        try:
            yield
        finally:
            self._turn.release()

    def close(self) -> None:
        """Give back all connections."""
        self.reader.dispose()
        self.writer.dispose()


def refusal(error: OperationalError | DataError) -> Exception:
    """The catalogue's error for a failure that a person or a client can do something about, else the error itself.

    PostgreSQL takes no text with a NUL and no number beyond a column's: no row has such a value, so none is lost.
    """
    if isinstance(error, DataError):
        return RoundsError("invalid", field="?")
    text = str(error.orig).lower()
    if "locked" in text or "busy" in text or "deadlock" in text:
        return RoundsError("busy")
    if "full" in text or "no space" in text or "disk i/o" in text:
        return RoundsError("storage_full")
    if error.connection_invalidated or "connection" in text:
        return RoundsError("not_ready")
    return error


def sqlite_file(path: Path) -> Any:
    """A plain connection to a SQLite file, by the library that the engines use."""
    return sqlite.connect(path)


@contextmanager
def refusal_of(db: Database) -> Iterator[None]:
    """For work on a connection below the sessions: failures of the database come as `Database.write` tells them."""
    try:
        yield
    except OperationalError as error:
        raise refusal(error) from error
    except sqlite.OperationalError as error:
        if not db.is_sqlite:
            raise
        raise refusal(OperationalError("", None, error)) from error


def _postgres_engine(url: str) -> Engine:
    return create_engine(
        url, pool_size=20, max_overflow=20, pool_use_lifo=True, pool_pre_ping=True, hide_parameters=True
    )


def _sqlite_engine(url: str, begin: str) -> Engine:
    engine = create_engine(
        url,
        module=sqlite,
        connect_args={"check_same_thread": False, "timeout": BUSY_SECONDS},
        pool_size=20,
        pool_use_lifo=True,  # the last one used again: its pages are in its cache
        hide_parameters=True,  # what people typed has no place in the log
    )

    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # the driver begins nothing by itself: `_begin` below does
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "cache_size=-16000"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        connection.exec_driver_sql(begin)

    return engine
