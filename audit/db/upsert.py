"""Insert unless it is there, or in its place: what SQLite and PostgreSQL share only in spirit."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, SQLModel


def insert_missing(session: Session, model: type[SQLModel], rows: Sequence[dict[str, Any]]) -> int:
    """Insert the rows whose keys are not taken and leave the others as they are; returns how many were inserted."""
    if not rows:
        return 0
    maker = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    table = SQLModel.metadata.tables[str(model.__tablename__)]
    # The rows are counted by what comes back: PostgreSQL's driver does not tell a row count here.
    statement = maker(table).values(list(rows)).on_conflict_do_nothing().returning(*table.primary_key)
    return len(session.execute(statement).all())


def replace_rows(
    session: Session, model: type[SQLModel], rows: Sequence[dict[str, Any]], key: Sequence[str], unless_same: str = ""
) -> None:
    """Insert the rows, in the place of those that have the same unique `key` already.

    A row that has the same value of the column `unless_same` (if one is named) stays as it is.
    """
    if not rows:
        return
    maker = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    table = SQLModel.metadata.tables[str(model.__tablename__)]
    statement = maker(table)
    changed = {name: statement.excluded[name] for name in rows[0] if name not in key}
    differs = table.c[unless_same] != statement.excluded[unless_same] if unless_same else None
    statement = statement.on_conflict_do_update(index_elements=key, set_=changed, where=differs)
    session.connection().execute(statement, list(rows))
