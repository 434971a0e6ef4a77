"""Bring a database to the newest schema."""

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script.revision import ResolutionError
from alembic.util import CommandError
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from audit.config import PROJECT
from audit.db.engine import Database
from audit.errors import RoundsError


def _config() -> Config:
    config = Config(str(PROJECT / "alembic.ini"))
    config.set_main_option("script_location", str(PROJECT / "audit" / "db" / "migrations"))
    return config


def migrate(db: Database, target: str = "head") -> str:
    """Run the migrations that are missing up to `target`, in one transaction, and return the revision reached.

    Raises `setup.database_unusable` when the database cannot be reached or refuses, and what `migrate_within` raises.
    """
    try:
        with db.writer.begin() as connection:
            return migrate_within(connection, target)
    except DBAPIError as error:
        raise RoundsError("setup.database_unusable", reason=str(error.orig).partition("\n")[0]) from error


def migrate_within(connection: Connection, target: str) -> str:
    """Like `migrate`, as a part of somebody's transaction.

    Raises `setup.database_newer` when the database has a schema that a newer program made.
    """
    config = _config()
    config.attributes["connection"] = connection
    context = MigrationContext.configure(connection)
    try:
        command.upgrade(config, target)
    except CommandError as error:
        if not isinstance(error.__cause__, ResolutionError):
            raise
        raise RoundsError("setup.database_newer", revision=context.get_current_revision()) from error
    return context.get_current_revision() or ""
