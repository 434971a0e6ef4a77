"""The queue that wakes a worker: Huey on its own SQLite file, or on PostgreSQL when several machines work."""

from functools import lru_cache

from huey import Huey, PostgresHuey, SqliteHuey

from audit.config import Settings


@lru_cache(maxsize=4)
def _queue(address: str) -> Huey:
    if address.startswith("postgresql"):
        return PostgresHuey("rounds", dsn=address.replace("postgresql+psycopg://", "postgresql://"), results=False)
    return SqliteHuey("rounds", filename=address, fsync=True, results=False)


def queue(config: Settings) -> Huey:
    """The queue of an installation."""
    return _queue(config.queue_url.get_secret_value() or str(config.home / "queue.sqlite3"))
