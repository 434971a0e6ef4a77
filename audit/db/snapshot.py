"""A copy of the whole database as it stood at one instant, taken while others write, and the way back.

SQLite: the backup API. Copying the live file is not a backup: such a copy passed the integrity check and lacked 450 of
1,950 rows. PostgreSQL: COPY of every table in one REPEATABLE READ transaction; the schema comes from our migrations.
"""

import shutil
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, MetaData, Table, inspect, text

from audit.db.engine import Database, sqlite_file
from audit.db.migrate import migrate, migrate_within

FILE = "rounds.sqlite3"
VERSION = "alembic_version"


@contextmanager
def taken(db: Database, folder: Path) -> Iterator[tuple[Connection, dict[str, Any]]]:
    """Write the copy into `folder`; gives a connection that sees just what was copied, and kind, revision, rows."""
    if db.is_sqlite:
        with db.reader.connect() as live:
            target = sqlite_file(folder / FILE)
            try:
                live.connection.driver_connection.backup(target)  # type: ignore[union-attr]
            finally:
                target.close()
        copy = Database(f"sqlite:///{folder / FILE}")
        try:
            with copy.reader.connect() as connection:
                yield connection, _facts(connection, "sqlite")
        finally:
            copy.close()
        target = sqlite_file(folder / FILE)
        target.execute("PRAGMA journal_mode=DELETE")  # one file, and none beside it
        target.close()
        return
    with db.reader.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        facts = _facts(connection, "postgresql")
        (folder / "tables").mkdir()
        with connection.connection.driver_connection.cursor() as cursor:  # type: ignore[union-attr]
            for table in _tables(connection):
                with (
                    cursor.copy(f"COPY {_columns(table)} TO STDOUT (FORMAT BINARY)") as out,
                    (folder / "tables" / table.name).open("wb") as file,
                ):
                    for block in out:
                        file.write(block)
        yield connection, facts


def load(db: Database, folder: Path, facts: dict[str, Any]) -> None:
    """Put a copy into a database that `is_empty`, and bring it to the newest schema."""
    if db.is_sqlite:
        place = Path(db.url.removeprefix("sqlite:///"))
        new = place.with_name(place.name + ".new")
        shutil.copyfile(folder / FILE, new)
        db.close()
        for beside in ("-wal", "-shm"):  # of the empty database that was looked into
            place.with_name(place.name + beside).unlink(missing_ok=True)
        new.replace(place)
    else:
        with db.writer.begin() as connection:  # tables and rows together: a restore that is killed leaves neither
            migrate_within(connection, facts["revision"])
            tables = _tables(connection)
            for table in reversed(tables):
                if connection.execute(text(f'SELECT 1 FROM "{table.name}" LIMIT 1')).first():
                    connection.execute(table.delete())  # rows that the migrations themselves made
            for table in tables:
                _copy_in(connection, table, folder / "tables" / table.name)
    migrate(db)


def is_empty(db: Database) -> bool:
    """Whether the database has no table at all."""
    with db.reader.connect() as connection:
        return not inspect(connection).get_table_names()


def counts(db: Database) -> dict[str, int]:
    """How many rows each table holds."""
    with db.reader.connect() as connection:
        return _counts(connection)


def _copy_in(connection: Connection, table: Table, path: Path) -> None:
    with (
        connection.connection.driver_connection.cursor() as cursor,  # type: ignore[union-attr]
        cursor.copy(f"COPY {_columns(table)} FROM STDIN (FORMAT BINARY)") as into,
        path.open("rb") as file,
    ):
        while block := file.read(1024 * 1024):
            into.write(block)
    for column in table.primary_key.columns:
        sequence = text("SELECT pg_get_serial_sequence(:table, :column)")
        name = connection.execute(sequence, {"table": f'"{table.name}"', "column": column.name}).scalar()
        if name:
            highest = f'(SELECT max("{column.name}") FROM "{table.name}")'
            connection.execute(text(f"SELECT setval('{name}', coalesce({highest}, 1), {highest} IS NOT NULL)"))


def _facts(connection: Connection, kind: str) -> dict[str, Any]:
    revision = MigrationContext.configure(connection).get_current_revision()
    return {"kind": kind, "revision": revision, "tables": _counts(connection)}


def _tables(connection: Connection) -> list[Table]:
    """The tables as they are in this database, a referenced one before those that refer to it."""
    found = MetaData()
    with warnings.catch_warnings():  # nobody who backs up needs to read that an index by expression was passed over
        warnings.filterwarnings("ignore", "Skipped unsupported reflection")
        found.reflect(connection)
    return [table for table in found.sorted_tables if table.name != VERSION]


def _counts(connection: Connection) -> dict[str, int]:
    return {
        table.name: connection.execute(text(f'SELECT count(*) FROM "{table.name}"')).scalar_one()
        for table in _tables(connection)
    }


def _columns(table: Table) -> str:
    return f'"{table.name}" (' + ", ".join(f'"{column.name}"' for column in table.columns) + ")"
