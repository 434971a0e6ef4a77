"""Outlets (触点): found, created, renamed, moved, closed and reopened; their history stays."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from audit.db.engine import Database
from audit.db.models import ChecklistVersion, Organisation, Outlet
from audit.domain.city import OutletKind, checklist_kinds
from audit.domain.permissions import Actor, authorise, authorise_somewhere
from audit.errors import RoundsError
from audit.services import organisations, values
from audit.services.values import PAGE_SIZE, Slice
from audit.services.work import Work, unit_of_work

MOST_NA_ITEMS = 60
REASON_LIMIT = 200
Reasons = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class OutletValues:
    """What can be typed about an outlet. Latitude and longitude in degrees, GCJ-02, or None.

    `na_items`: the checklist items that can never apply here: item code → why, {"zh": …, "en": …}. The tablet form
    then offers N/A with that reason.
    """

    code: str
    kind: str
    name_zh: str
    name_en: str = ""
    address_zh: str = ""
    address_en: str = ""
    latitude: float | None = None
    longitude: float | None = None
    na_items: Reasons = field(default_factory=dict)

    def columns(self) -> dict[str, Any]:
        """The values as the table's columns."""
        found = asdict(self)
        items = found.pop("na_items")
        return {**found, "profile": {"na_items": items} if items else {}}


@dataclass(frozen=True)
class OutletRow:
    """One line of the list: the outlet and whose it is."""

    outlet: Outlet
    organisation: Organisation


def checked(given: OutletValues) -> OutletValues:
    """The values trimmed and valid; raises `required`, `too_long` or `invalid` naming the field."""
    return OutletValues(
        code=values.code("code", given.code),
        kind=values.choice("kind", given.kind, OutletKind),
        name_zh=values.line("name_zh", given.name_zh, 80, required=True),
        name_en=values.line("name_en", given.name_en, 80),
        address_zh=values.line("address_zh", given.address_zh, 200),
        address_en=values.line("address_en", given.address_en, 200),
        latitude=values.coordinate("latitude", given.latitude, 90),
        longitude=values.coordinate("longitude", given.longitude, 180),
        na_items=_checked_reasons(given.na_items),
    )


def _checked_reasons(given: Reasons) -> Reasons:
    if len(given) > MOST_NA_ITEMS:
        raise RoundsError("too_long", field="na_items", limit=MOST_NA_ITEMS)
    return {
        values.code("na_items", code): {
            "zh": values.line("na_items", reason.get("zh"), REASON_LIMIT, required=True),
            "en": values.line("na_items", reason.get("en"), REASON_LIMIT),
        }
        for code, reason in sorted(given.items())
    }


def values_of(row: Outlet) -> OutletValues:
    """What stands in a row now, as it could be typed."""
    plain = {name: getattr(row, name) for name in OutletValues.__dataclass_fields__ if name != "na_items"}
    return OutletValues(**plain, na_items=na_items(row))


def na_items(row: Outlet) -> Reasons:
    """Item code → why it can never apply at this outlet, in both languages."""
    reasons = (row.profile or {}).get("na_items") or {}
    return {
        code: {"zh": reason.get("zh", ""), "en": reason.get("en", "")}
        if isinstance(reason, dict)
        else {"zh": str(reason), "en": ""}
        for code, reason in reasons.items()
    }


def find_outlets(
    db: Database,
    actor: Actor,
    search: str = "",
    organisation_id: int | None = None,
    kind: str = "",
    closed: bool = False,
    page: int = 1,
    size: int = PAGE_SIZE,
) -> Slice:
    """A page of `OutletRow`, by organisation and code; closed ones only on request."""
    authorise_somewhere(actor, "organisation.read")
    named = (Outlet.code, Outlet.name_zh, Outlet.name_en, Outlet.address_zh, Organisation.name_zh, Organisation.name_en)
    query = (
        select(Outlet, Organisation)
        .join(Organisation, col(Organisation.id) == Outlet.organisation_id)
        .where(*values.matches(search, *named))
        .order_by(col(Outlet.organisation_id), col(Outlet.code))
    )
    if organisation_id:
        query = query.where(Outlet.organisation_id == organisation_id)
    if kind:
        query = query.where(Outlet.kind == kind)
    if not closed:
        query = query.where(col(Outlet.closed_on).is_(None))
    with db.read() as session:
        found = values.slice_of(session, query, page, size)
    return Slice(tuple(OutletRow(outlet, owner) for outlet, owner in found.rows), found.total, found.page, found.size)


def open_outlets(db: Database, actor: Actor, organisation_id: int | None = None) -> list[Outlet]:
    """All open outlets (of one organisation), to choose from or to draw as dots."""
    authorise_somewhere(actor, "organisation.read")
    query = select(Outlet).where(col(Outlet.closed_on).is_(None)).order_by(col(Outlet.code))
    if organisation_id is not None:
        query = query.where(Outlet.organisation_id == organisation_id)
    with db.read() as session:
        return list(session.exec(query).all())


def get_outlet(db: Database, actor: Actor, outlet_id: int) -> OutletRow:
    """One outlet and whose it is; raises `not_found`."""
    authorise_somewhere(actor, "organisation.read")
    with db.read() as session:
        outlet = find(session, outlet_id)
        return OutletRow(outlet, organisations.find(session, outlet.organisation_id))


def create_outlet(db: Database, actor: Actor, organisation_id: int, given: OutletValues) -> int:
    """A new outlet of an open organisation; returns its id. Raises `outlet.code_taken`, `organisation.closed`."""
    authorise(actor, "organisation.manage")
    with unit_of_work(db, actor) as work:
        return insert(work, organisation_id, checked(given))


def change_outlet(db: Database, actor: Actor, outlet_id: int, version: int, given: OutletValues) -> None:
    """Change (also rename) an outlet. Raises `stale` and `outlet.code_taken`."""
    authorise(actor, "organisation.manage")
    with unit_of_work(db, actor) as work:
        row = find(work.session, outlet_id)
        update(work, row, version, row.organisation_id, checked(given))


def move_outlet(db: Database, actor: Actor, outlet_id: int, version: int, organisation_id: int) -> None:
    """Give an outlet to another organisation from now on; past visits stay with the one it belonged to then."""
    authorise(actor, "organisation.manage")
    with unit_of_work(db, actor) as work:
        row = find(work.session, outlet_id)
        _open_owner(work.session, organisation_id)
        was = row.organisation_id
        if values.change(work.session, row, version, {"organisation_id": organisation_id}):
            work.record("outlet.moved", "outlet", outlet_id, organisation_id=[was, organisation_id])


def close_outlet(db: Database, actor: Actor, outlet_id: int, version: int, on: dt.date) -> None:
    """Close an outlet: its visits stay, new ones cannot be planned. Raises `wrong_state`, `stale`."""
    authorise(actor, "organisation.manage")
    with unit_of_work(db, actor) as work:
        row = find(work.session, outlet_id)
        if row.closed_on:
            raise RoundsError("wrong_state", state="closed")
        values.change(work.session, row, version, {"closed_on": on})
        work.record("outlet.closed", "outlet", outlet_id, closed_on=on.isoformat())


def reopen_outlet(db: Database, actor: Actor, outlet_id: int, version: int) -> None:
    """Undo a closing. Raises `wrong_state`, `organisation.closed`, `stale`."""
    authorise(actor, "organisation.manage")
    with unit_of_work(db, actor) as work:
        row = find(work.session, outlet_id)
        if row.closed_on is None:
            raise RoundsError("wrong_state", state="open")
        _open_owner(work.session, row.organisation_id)
        was = row.closed_on.isoformat()
        values.change(work.session, row, version, {"closed_on": None})
        work.record("outlet.reopened", "outlet", outlet_id, closed_on=was)


def find(session: Session, outlet_id: int) -> Outlet:
    """The row, or `not_found`."""
    row = session.get(Outlet, outlet_id)
    if row is None:
        raise RoundsError("not_found")
    return row


def insert(work: Work, organisation_id: int, given: OutletValues) -> int:
    """Within a unit of work: a new row from checked values, with its event."""
    _open_owner(work.session, organisation_id)
    _known_items(work.session, given, given.na_items)
    row = Outlet(organisation_id=organisation_id, **given.columns())
    work.session.add(row)
    try:
        work.session.flush()
    except IntegrityError:
        raise RoundsError("outlet.code_taken", code=given.code) from None
    work.record(
        "outlet.created", "outlet", row.id, code=given.code, name_zh=given.name_zh, organisation_id=organisation_id
    )
    return row.id or 0


def update(work: Work, row: Outlet, version: int, organisation_id: int, given: OutletValues) -> dict[str, list[Any]]:
    """Within a unit of work: change a row to checked values, with its event when anything differs."""
    outlet_id, before = row.id, na_items(row)
    _known_items(work.session, given, given.na_items.keys() - before.keys())
    new = {"organisation_id": organisation_id, **given.columns()}
    if before == given.na_items:
        new.pop("profile")
    try:
        changes = values.change(work.session, row, version, new)
    except IntegrityError:
        raise RoundsError("outlet.code_taken", code=given.code) from None
    if changes:
        if changes.pop("profile", None):
            changes["na_items"] = [before, given.na_items]
        work.record("outlet.changed", "outlet", outlet_id, changes=changes)
    return changes


def _known_items(session: Session, given: OutletValues, codes: Iterable[str]) -> None:
    """Raise `outlet.item_unknown` for the first code that no published checklist for this kind of outlet has."""
    wanted = sorted(codes)
    if not wanted:
        return
    query = select(ChecklistVersion.content).where(
        col(ChecklistVersion.kind).in_(checklist_kinds(given.kind)), ChecklistVersion.status == "published"
    )
    lists = session.exec(query).all()
    known = {item["code"] for content in lists for section in content["sections"] for item in section["items"]}
    for code in wanted:
        if code not in known:
            raise RoundsError("outlet.item_unknown", field="na_items", code=code)


def _open_owner(session: Session, organisation_id: int) -> Organisation:
    owner = organisations.find(session, organisation_id)
    if owner.closed_on:
        raise RoundsError("organisation.closed")
    return owner
