"""Bring a database to the newest schema."""

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from audit.config import PROJECT
from audit.db.engine import Database


def _config() -> Config:
    config = Config(str(PROJECT / "alembic.ini"))
    config.set_main_option("script_location", str(PROJECT / "audit" / "db" / "migrations"))
    return config


def migrate(db: Database, target: str = "head") -> str:
    """Run the migrations that are missing up to `target`, in one transaction, and return the revision reached."""
    config = _config()
    with db.writer.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, target)
        return MigrationContext.configure(connection).get_current_revision() or ""


def is_current(db: Database) -> bool:
    """Whether the database has the newest schema."""
    newest = ScriptDirectory.from_config(_config()).get_current_head()
    with db.reader.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision() == newest
