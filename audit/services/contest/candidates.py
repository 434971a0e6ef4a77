"""The contestants as voters see them: found, named on a ballot, and with their story. Nothing is sorted by votes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import col, or_, select

from audit.db.engine import Database
from audit.db.models import Contestant, Organisation, Outlet
from audit.errors import RoundsError
from audit.i18n import pick
from audit.services import values
from audit.services.values import Slice

A_PAGE = 15


@dataclass(frozen=True)
class Candidate:
    """A contestant in one language. `code` is the public one; `photo`, `thumbnail`: names of pictures, or ""."""

    code: str
    name: str
    organisation: str
    outlet: str
    story: str
    photo: str
    thumbnail: str


@dataclass(frozen=True)
class Place:
    """An organisation or a hall to choose contestants by."""

    id: int
    name: str


def find(
    db: Database,
    season_id: int,
    locale: str,
    search: str = "",
    organisation_id: int = 0,
    outlet_id: int = 0,
    page: int = 1,
) -> Slice:
    """A page of `Candidate` by organisation and hall."""
    query = _all(season_id).where(
        *values.matches(
            search,
            Contestant.name,
            Contestant.name_en,
            Organisation.name_zh,
            Organisation.name_en,
            Outlet.name_zh,
            Outlet.name_en,
        )
    )
    if organisation_id:
        query = query.where(Contestant.organisation_id == organisation_id)
    if outlet_id:
        query = query.where(Contestant.outlet_id == outlet_id)
    with db.read() as session:
        order = (col(Organisation.code), col(Outlet.code), col(Contestant.id))
        found = values.slice_of(session, query.order_by(*order), page, A_PAGE)
    return Slice(tuple(_seen(locale, *row) for row in found.rows), found.total, found.page, found.size)


def named(db: Database, season_id: int, locale: str, codes: Sequence[str]) -> list[Candidate]:
    """The contestants with these codes, in this order; unknown and withdrawn ones are left out."""
    if not codes:
        return []
    with db.read() as session:
        rows = session.exec(_all(season_id).where(col(Contestant.code).in_(codes))).all()
    found = {row[0].code: _seen(locale, *row) for row in rows}
    return [found[code] for code in dict.fromkeys(codes) if code in found]


def one(db: Database, season_id: int, locale: str, code: str) -> Candidate:
    """A contestant's page. Raises `not_found`, also for one who withdrew."""
    found = named(db, season_id, locale, [code])
    if not found:
        raise RoundsError("not_found")
    return found[0]


def organisations(db: Database, season_id: int, locale: str) -> list[Place]:
    """Those with contestants."""
    there = select(Contestant.organisation_id).where(*_present(season_id))
    query = select(Organisation).where(col(Organisation.id).in_(there)).order_by(col(Organisation.code))
    with db.read() as session:
        rows = session.exec(query).all()
    return [Place(row.id or 0, pick(locale, row.name_zh, row.name_en)) for row in rows]


def halls(db: Database, season_id: int, locale: str, organisation_id: int) -> list[Place]:
    """An organisation's halls with contestants."""
    there = select(Contestant.outlet_id).where(*_present(season_id), Contestant.organisation_id == organisation_id)
    with db.read() as session:
        rows = session.exec(select(Outlet).where(col(Outlet.id).in_(there)).order_by(col(Outlet.code))).all()
    return [Place(row.id or 0, pick(locale, row.name_zh, row.name_en)) for row in rows]


def check_picture(db: Database, sha256: str) -> None:
    """Raise `not_found` unless a contestant who takes part has this picture."""
    has = or_(col(Contestant.photo_sha256) == sha256, col(Contestant.thumbnail_sha256) == sha256)
    query = select(Contestant.id).where(has, col(Contestant.withdrawn_at).is_(None))
    with db.read() as session:
        if session.exec(query.limit(1)).first() is None:
            raise RoundsError("not_found")


def _present(season_id: int) -> tuple[Any, Any]:
    return col(Contestant.season_id) == season_id, col(Contestant.withdrawn_at).is_(None)


def _all(season_id: int) -> Any:
    return (
        select(Contestant, Organisation, Outlet)
        .join(Organisation, col(Organisation.id) == col(Contestant.organisation_id))
        .join(Outlet, col(Outlet.id) == col(Contestant.outlet_id), isouter=True)
        .where(*_present(season_id))
    )


def _seen(locale: str, row: Contestant, organisation: Organisation, outlet: Outlet | None) -> Candidate:
    return Candidate(
        code=row.code,
        name=pick(locale, row.name, row.name_en),
        organisation=pick(locale, organisation.name_zh, organisation.name_en),
        outlet=pick(locale, outlet.name_zh, outlet.name_en) if outlet else "",
        story=pick(locale, row.story_zh, row.story_en),
        photo=row.photo_sha256,
        thumbnail=row.thumbnail_sha256,
    )
