"""Fields as people type them: trimmed, measured and checked before they reach the database, and changed on condition.

Every refusal names the field by its code; the screen shows the field's own label.
"""

import math
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import false, func, or_
from sqlmodel import Session, SQLModel, col, select, update
from sqlmodel.sql.expression import SelectOfScalar

from audit.errors import RoundsError

PAGE_SIZE = 25
_Row = TypeVar("_Row", bound=SQLModel)


@dataclass(frozen=True)
class Slice:
    """One page of a longer list: its rows, and how many rows there are in all."""

    rows: tuple[Any, ...]
    total: int
    page: int
    size: int

    @property
    def pages(self) -> int:
        """How many pages there are; at least one."""
        return max(1, math.ceil(self.total / self.size))


def text(field: str, value: object, limit: int, required: bool = False) -> str:
    """A trimmed text.

    Raises `required` when empty, `too_long` beyond `limit` characters, `invalid` for characters that no text has:
    control characters other than line break and tab, and halves of surrogate pairs.
    """
    found = str(value if value is not None else "").replace("\r\n", "\n").strip()
    if required and not found:
        raise RoundsError("required", field=field)
    if len(found) > limit:
        raise RoundsError("too_long", field=field, limit=limit)
    if any(unicodedata.category(sign) in ("Cc", "Cs") and sign not in "\n\t" for sign in found):
        raise RoundsError("invalid", field=field)
    return found


def line(field: str, value: object, limit: int, required: bool = False) -> str:
    """A text on one line: line breaks and tabs become spaces."""
    return text(field, " ".join(str(value if value is not None else "").split(sep=None)), limit, required)


def code(field: str, value: object, limit: int = 40) -> str:
    """A code: letters, digits, `-`, `_`, `.`; raises `required`, `too_long` or `invalid`."""
    found = text(field, value, limit, required=True)
    if not all(sign.isalnum() or sign in "-_." for sign in found):
        raise RoundsError("invalid", field=field)
    return found


def email(field: str, value: object) -> str:
    """An e-mail address, or nothing; raises `too_long`, `invalid`."""
    found = line(field, value, 120)
    if found and ("@" not in found[1:-1] or " " in found):
        raise RoundsError("invalid", field=field)
    return found


def choice(field: str, value: object, allowed: type) -> str:
    """One of an enumeration's values; raises `invalid`."""
    try:
        return str(allowed(value))
    except ValueError:
        raise RoundsError("invalid", field=field) from None


def coordinate(field: str, value: object, limit: float) -> float | None:
    """A latitude (limit 90) or longitude (limit 180) in degrees, or None when empty; raises `invalid`."""
    if value is None or str(value).strip() == "":
        return None
    try:
        number = float(str(value))
    except ValueError:
        raise RoundsError("invalid", field=field) from None
    if not math.isfinite(number) or abs(number) > limit:
        raise RoundsError("invalid", field=field)
    return round(number, 6)


def change(session: Session, row: _Row, version: int, values: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Write the values that differ, on condition that the row still has this version; return field → [old, new].

    Nothing is written when nothing differs. Raises `stale` when somebody else changed the row meanwhile.
    """
    model = type(row)
    kept: Any = row
    if kept.version != version:
        raise RoundsError("stale")
    changes = {name: [getattr(row, name), value] for name, value in values.items() if getattr(row, name) != value}
    if not changes:
        return {}
    session.expunge(row)
    done = session.exec(
        update(model)
        .where(col(model.id) == kept.id, col(model.version) == version)  # type: ignore[attr-defined]
        .values(version=version + 1, **{name: new for name, (_, new) in changes.items()})
    )
    if done.rowcount != 1:
        raise RoundsError("stale")
    return changes


def touch(session: Session, row: _Row, version: int) -> None:
    """Count a row's version up when only what hangs on it changed; raises `stale`."""
    model, kept = type(row), row.model_dump()["id"]
    session.expunge(row)
    done = session.exec(
        update(model)
        .where(col(model.id) == kept, col(model.version) == version)  # type: ignore[attr-defined]
        .values(version=version + 1)
    )
    if done.rowcount != 1:
        raise RoundsError("stale")


def matches(search: str, *columns: Any) -> list[Any]:
    """A condition: every word of the search stands in one of the columns, upper and lower case alike."""
    if "\0" in search:  # no text holds one: SQLite would end the pattern there, PostgreSQL refuse it
        return [false()]
    conditions = []
    for word in search.strip().lower()[:100].split():
        escaped = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        conditions.append(or_(*(func.lower(column).like(f"%{escaped}%", escape="\\") for column in columns)))
    return conditions


def reads_as(search: str, *texts: str) -> bool:
    """What `matches` asks of columns, asked of texts that no column holds as they are shown."""
    found = "\n".join(texts).lower()
    return all(word in found for word in search.strip().lower()[:100].split())


def part_of(rows: Sequence[Any], page: int, size: int = PAGE_SIZE) -> Slice:
    """One page of what is in memory as a whole; a page beyond the last gives the last."""
    page = min(max(1, page), max(1, math.ceil(len(rows) / size)))
    return Slice(tuple(rows[(page - 1) * size : page * size]), len(rows), page, size)


def slice_of(session: Session, query: Any, page: int, size: int = PAGE_SIZE) -> Slice:
    """One page of a query; a page beyond the last gives the last."""
    counted: SelectOfScalar[int] = select(func.count()).select_from(query.order_by(None).subquery())
    total = session.exec(counted).one()
    page = min(max(1, page), max(1, math.ceil(total / size)))
    rows = session.exec(query.offset((page - 1) * size).limit(size)).all()
    return Slice(tuple(rows), total, page, size)
