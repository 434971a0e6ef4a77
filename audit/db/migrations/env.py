"""Alembic's environment. The connection comes from `audit.db.migrate`, or from the settings when run by hand."""

from alembic import context
from sqlmodel import SQLModel

import audit.db.models  # noqa: F401  (fills the metadata)
from audit.config import settings
from audit.db.engine import Database


def run(connection) -> None:
    context.configure(connection=connection, target_metadata=SQLModel.metadata, render_as_batch=True, compare_type=True)
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    database = Database(settings().effective_database_url)
    with database.writer.begin() as own:
        run(own)
