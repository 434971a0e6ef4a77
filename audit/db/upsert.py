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


def replace_rows(session: Session, model: type[SQLModel], rows: Sequence[dict[str, Any]], key: Sequence[str]) -> None:
    """Insert the rows, in the place of those that have the same unique `key` already."""
    if not rows:
        return
    maker = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    statement = maker(SQLModel.metadata.tables[str(model.__tablename__)])
    changed = {name: statement.excluded[name] for name in rows[0] if name not in key}
    session.connection().execute(statement.on_conflict_do_update(index_elements=key, set_=changed), list(rows))
