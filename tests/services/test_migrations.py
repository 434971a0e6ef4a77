"""The migrations make what the models say, on both databases, and bring an older installation's rows along."""

import datetime as dt
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import JSON, Boolean, Column, Connection, Date, DateTime, Float, Integer, MetaData, create_engine, text
from sqlalchemy.exc import DatabaseError
from sqlmodel import SQLModel, func, select

from audit.db.engine import Database
from audit.db.migrate import migrate
from audit.db.models import Finding, Organisation, Round, Visit
from tests.factories import NOW

ONLY_SQLITE = {"ix_finding_search"}  # PostgreSQL takes no long text in an index, and does not need it
BY_EXPRESSION = re.compile(r"ix_finding_list|ix_\w+_phash_\d+")  # which are compared by their definitions below
OLDER = ("0007", "0020")

pytestmark = pytest.mark.filterwarnings("ignore:Skipped unsupported reflection", "ignore:autogenerate skipping")


@pytest.fixture(params=["sqlite", "postgresql"])
def nothing_yet(request: pytest.FixtureRequest, tmp_path: Path) -> Database:
    """A database without a table, on both kinds."""
    if request.param == "sqlite":
        return Database(f"sqlite:///{tmp_path / 'empty.sqlite3'}")
    return Database(request.getfixturevalue("postgres_server").bare())


def compared(_thing: object, name: str | None, kind: str, *_more: object) -> bool:
    """What is compared column by column: all but what can be written in one kind of database alone."""
    return kind != "index" or not (name in ONLY_SQLITE or BY_EXPRESSION.fullmatch(name or ""))


def test_tables_columns_keys_and_indexes_are_those_of_the_models(db: Database) -> None:
    options = {"compare_type": True, "include_object": compared}
    with db.writer.connect() as connection:
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, SQLModel.metadata) == []


def test_every_index_is_defined_as_in_the_models(db: Database) -> None:
    with db.writer.connect() as connection:
        migrated = _indexes(connection, "public")
        if db.is_sqlite:
            with create_engine("sqlite://").connect() as other:
                SQLModel.metadata.create_all(other)
                made = _indexes(other, "")
            made |= {name: migrated[name] for name in ONLY_SQLITE}
        else:
            connection.execute(text("CREATE SCHEMA made"))
            connection.execute(text("SET search_path TO made"))
            SQLModel.metadata.create_all(connection)
            made = _indexes(connection, "made")
            connection.rollback()
    assert migrated == made


def _indexes(connection: Connection, schema: str) -> dict[str, str]:
    """Name → definition, in one spelling."""
    if connection.dialect.name == "sqlite":
        query = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
    else:  # what keys make is named by the database, and compared above
        query = f"SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = '{schema}' AND indexname LIKE 'ix%'"
    return {
        name: re.sub(r'["\s]|\bpublic\.|\bmade\.', "", definition).lower()
        for name, definition in connection.execute(text(query)).all()
    }


@pytest.mark.parametrize("revision", OLDER)
def test_an_older_installation_keeps_every_row_and_the_program_reads_them(nothing_yet: Database, revision: str) -> None:
    db = nothing_yet
    assert migrate(db, revision) == revision
    before = _fill(db)
    assert migrate(db) == migrate(db) != revision
    with db.reader.connect() as connection:
        now = MetaData()
        now.reflect(connection)
        for table, rows in before.items():
            kept = [now.tables[table].c[name] for name in rows[0]]
            found = [dict(row._mapping) for row in connection.execute(select(*kept))]
            assert sorted(found, key=str) == sorted(rows, key=str), table
        if db.is_sqlite:
            assert connection.execute(text("PRAGMA foreign_key_check")).all() == []
    with db.read() as session:
        for model in _models():
            for row in session.exec(select(model)).all():
                assert row.model_dump()
        assert session.exec(select(func.count()).select_from(SQLModel.metadata.tables["account"])).one() == 2
    with pytest.raises(DatabaseError, match="append-only"), db.write() as session:
        session.connection().execute(text("UPDATE event SET verb = 'x'"))
    db.close()


def _models() -> list[type[SQLModel]]:
    return [mapper.class_ for mapper in SQLModel._sa_registry.mappers]


def _fill(db: Database) -> dict[str, list[dict[str, Any]]]:
    """Two rows in every table that is empty, with a value in every column; the rows of all tables as they are then."""
    schema = MetaData()
    with db.writer.begin() as connection:
        schema.reflect(connection)
        schema.remove(schema.tables["alembic_version"])
        for table in schema.sorted_tables:
            if connection.execute(select(func.count()).select_from(table)).scalar_one() == 0:
                for number in (1, 2):
                    connection.execute(
                        table.insert().values({column.name: _value(column, number) for column in table.columns})
                    )
        return {
            table.name: [dict(row._mapping) for row in connection.execute(select(table))]
            for table in schema.sorted_tables
        }


def _value(column: Column[Any], number: int) -> Any:
    """A value that fits a column; what refers to another row has that one's value."""
    for key in column.foreign_keys:
        return _value(key.column, number)
    made: tuple[tuple[type, Callable[[], Any]], ...] = (
        (Boolean, lambda: False), (JSON, lambda: {"n": number}), (Float, lambda: number / 2),
        (Integer, lambda: number), (DateTime, lambda: NOW if getattr(column.type, "timezone", False) else
                                    NOW.replace(tzinfo=None)),
        (Date, lambda: NOW.date() + dt.timedelta(days=number)),
    )  # fmt: skip
    for kind, value in made:
        if isinstance(column.type, kind):
            return value()
    return f"{number}{column.name}"[: getattr(column.type, "length", None) or 100]


def test_what_was_corrected_on_the_spot_before_is_shown_and_numbered(nothing_yet: Database) -> None:
    db = nothing_yet
    migrate(db, "0031")
    _fill(db)
    with db.writer.begin() as connection:
        connection.execute(text("UPDATE visit SET state = 'accepted'"))
        connection.execute(
            text("UPDATE finding SET corrected_on_spot = :yes, issued_at = NULL, number = NULL, cycle = 2, "
                 "state = 'rectifying', round_id = 1, organisation_id = 1 WHERE id = 2"), {"yes": True}
        )  # fmt: skip
    migrate(db)
    with db.read() as session:
        row, known = session.get_one(Finding, 2), session.get_one(Finding, 1)
        round_, branch = session.get_one(Round, 1), session.get_one(Organisation, 1)
        assert row.issued_at == session.get_one(Visit, row.visit_id).accepted_at
        assert (known.round_id, row.number) == (1, f"{round_.code}-{branch.code}-002")
    db.close()
