"""Insert unless it is there, or in its place: what SQLite and PostgreSQL share only in spirit.

Statements are made once for a table and its columns: making and compiling one took longer than carrying it out.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, SQLModel


def insert_missing(session: Session, model: type[SQLModel], rows: Sequence[dict[str, Any]]) -> int:
    """Insert the rows whose keys are not taken and leave the others as they are; returns how many were inserted."""
    if not rows:
        return 0
    statement = _missing(session.get_bind().dialect.name, str(model.__tablename__))
    return len(session.execute(statement, list(rows)).all())


def replace_rows(
    session: Session, model: type[SQLModel], rows: Sequence[dict[str, Any]], key: Sequence[str], unless_same: str = ""
) -> None:
    """Insert the rows, in the place of those that have the same unique `key` already.

    A row that has the same value of the column `unless_same` (if one is named) stays as it is.
    """
    if not rows:
        return
    changed = tuple(name for name in rows[0] if name not in key)
    statement = _replacing(session.get_bind().dialect.name, str(model.__tablename__), changed, tuple(key), unless_same)
    session.connection().execute(statement, list(rows))


@lru_cache(maxsize=128)
def _missing(dialect: str, table_name: str) -> Any:
    # The rows are counted by what comes back: PostgreSQL's driver does not tell a row count here.
    table = SQLModel.metadata.tables[table_name]
    return _maker(dialect)(table).on_conflict_do_nothing().returning(*table.primary_key)


@lru_cache(maxsize=128)
def _replacing(dialect: str, table_name: str, changed: tuple[str, ...], key: tuple[str, ...], unless_same: str) -> Any:
    table = SQLModel.metadata.tables[table_name]
    statement = _maker(dialect)(table)
    differs = table.c[unless_same] != statement.excluded[unless_same] if unless_same else None
    values = {name: statement.excluded[name] for name in changed}
    return statement.on_conflict_do_update(index_elements=key, set_=values, where=differs)


def _maker(dialect: str) -> Any:
    return sqlite.insert if dialect == "sqlite" else postgresql.insert
