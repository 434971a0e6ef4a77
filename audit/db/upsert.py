"""Insert unless it is there, or in its place: the statements that SQLite and PostgreSQL share only in spirit."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, SQLModel


def insert_missing(session: Session, model: type[SQLModel], rows: Sequence[dict[str, Any]]) -> int:
    """Insert the rows whose keys are not taken and leave the others as they are; returns how many were inserted."""
    if not rows:
        return 0
    maker, table = _insert(session), _table(model)
    # The rows are counted by what comes back: PostgreSQL's driver does not tell a row count here.
    statement = maker(table).values(list(rows)).on_conflict_do_nothing().returning(*table.primary_key)
    return len(session.execute(statement).all())


def replace_rows(session: Session, model: type[SQLModel], rows: Sequence[dict[str, Any]], unless_same: str) -> None:
    """Insert each row, or put it in the place of the one with its key, unless both have the same `unless_same`."""
    if not rows:
        return
    table = _table(model)
    statement = _insert(session)(table)
    keys = [column.name for column in table.primary_key]
    statement = statement.on_conflict_do_update(
        index_elements=keys,
        set_={name: statement.excluded[name] for name in rows[0] if name not in keys},
        where=table.c[unless_same] != statement.excluded[unless_same],
    )
    session.connection().execute(statement, list(rows))


def _insert(session: Session) -> Any:
    return sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert


def _table(model: type[SQLModel]) -> Any:
    return SQLModel.metadata.tables[str(model.__tablename__)]
