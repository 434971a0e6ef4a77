"""Bring a database to the newest schema."""

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection

from audit.config import PROJECT
from audit.db.engine import Database


def _config() -> Config:
    config = Config(str(PROJECT / "alembic.ini"))
    config.set_main_option("script_location", str(PROJECT / "audit" / "db" / "migrations"))
    return config


def migrate(db: Database, target: str = "head") -> str:
    """Run the migrations that are missing up to `target`, in one transaction, and return the revision reached."""
    with db.writer.begin() as connection:
        return migrate_within(connection, target)


def migrate_within(connection: Connection, target: str) -> str:
    """Like `migrate`, as a part of somebody's transaction."""
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, target)
    return MigrationContext.configure(connection).get_current_revision() or ""
