"""Organisations (单位): found, created, changed, closed and reopened; their history stays."""

import datetime as dt
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import func
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from audit.db.engine import Database
from audit.db.models import Account, Event, Organisation, Outlet
from audit.domain.city import OrganisationKind
from audit.domain.permissions import Actor, authorise, authorise_somewhere
from audit.errors import RoundsError
from audit.services import values
from audit.services.values import PAGE_SIZE, Slice
from audit.services.work import Work, unit_of_work


@dataclass(frozen=True)
class OrganisationValues:
    """What can be typed about an organisation. Latitude and longitude in degrees, GCJ-02, or None."""

    code: str
    kind: str
    name_zh: str
    name_en: str = ""
    zone: str = ""
    latitude: float | None = None
    longitude: float | None = None


@dataclass(frozen=True)
class OrganisationRow:
    """One line of the list: the organisation and its number of open outlets."""

    organisation: Organisation
    outlets: int


def checked(given: OrganisationValues) -> OrganisationValues:
    """The values trimmed and valid; raises `required`, `too_long` or `invalid` naming the field."""
    return OrganisationValues(
        code=values.code("code", given.code),
        kind=values.choice("kind", given.kind, OrganisationKind),
        name_zh=values.line("name_zh", given.name_zh, 80, required=True),
        name_en=values.line("name_en", given.name_en, 80),
        zone=values.line("zone", given.zone, 40),
        latitude=values.coordinate("latitude", given.latitude, 90),
        longitude=values.coordinate("longitude", given.longitude, 180),
    )


def find_organisations(
    db: Database,
    actor: Actor,
    search: str = "",
    kind: str = "",
    closed: bool = False,
    page: int = 1,
    size: int = PAGE_SIZE,
) -> Slice:
    """A page of `OrganisationRow`, by kind and code; closed ones only on request."""
    authorise_somewhere(actor, "organisation.read")
    counts = (
        select(Outlet.organisation_id, func.count().label("outlets"))
        .where(col(Outlet.closed_on).is_(None))
        .group_by(col(Outlet.organisation_id))
        .subquery()
    )
    named = (Organisation.code, Organisation.name_zh, Organisation.name_en, Organisation.zone)
    query = (
        select(Organisation, func.coalesce(counts.c.outlets, 0))
        .outerjoin(counts, counts.c.organisation_id == Organisation.id)
        .where(*values.matches(search, *named))
        .order_by(col(Organisation.kind), col(Organisation.zone), col(Organisation.id))
    )
    if kind:
        query = query.where(Organisation.kind == kind)
    if not closed:
        query = query.where(col(Organisation.closed_on).is_(None))
    with db.read() as session:
        found = values.slice_of(session, query, page, size)
    return Slice(tuple(OrganisationRow(row, count) for row, count in found.rows), found.total, found.page, found.size)


def open_organisations(db: Database, actor: Actor, kinds: tuple[str, ...] = ()) -> list[Organisation]:
    """All open organisations (of these kinds), to choose from."""
    authorise_somewhere(actor, "organisation.read")
    query = select(Organisation).where(col(Organisation.closed_on).is_(None)).order_by(col(Organisation.id))
    if kinds:
        query = query.where(col(Organisation.kind).in_(kinds))
    with db.read() as session:
        return list(session.exec(query).all())


def get_organisation(db: Database, actor: Actor, organisation_id: int) -> Organisation:
    """One organisation; raises `not_found`."""
    authorise_somewhere(actor, "organisation.read")
    with db.read() as session:
        return find(session, organisation_id)


def create_organisation(db: Database, actor: Actor, given: OrganisationValues) -> int:
    """A new organisation; returns its id. Raises `organisation.code_taken`."""
    authorise(actor, "organisation.manage")
    with unit_of_work(db, actor) as work:
        return insert(work, checked(given))


def change_organisation(
    db: Database, actor: Actor, organisation_id: int, version: int, given: OrganisationValues
) -> None:
    """Change (also rename) an organisation. Raises `stale` and `organisation.code_taken`."""
    authorise(actor, "organisation.manage")
    with unit_of_work(db, actor) as work:
        update(work, find(work.session, organisation_id), version, checked(given))


def close_organisation(db: Database, actor: Actor, organisation_id: int, version: int, on: dt.date) -> None:
    """Close an organisation: it stays in history and can be chosen no longer.

    Raises `organisation.has_outlets` while outlets are open, `organisation.has_accounts` while people can sign in,
    `wrong_state` when it is closed already, `stale`.
    """
    authorise(actor, "organisation.manage")
    with unit_of_work(db, actor) as work:
        row = find(work.session, organisation_id)
        if row.closed_on:
            raise RoundsError("wrong_state", state="closed")
        outlets = select(Outlet.id).where(Outlet.organisation_id == organisation_id, col(Outlet.closed_on).is_(None))
        if work.session.exec(outlets.limit(1)).first():
            raise RoundsError("organisation.has_outlets")
        accounts = select(Account.id).where(Account.organisation_id == organisation_id, col(Account.active).is_(True))
        if work.session.exec(accounts.limit(1)).first():
            raise RoundsError("organisation.has_accounts")
        values.change(work.session, row, version, {"closed_on": on})
        work.record("organisation.closed", "organisation", organisation_id, closed_on=on.isoformat())


def reopen_organisation(db: Database, actor: Actor, organisation_id: int, version: int) -> None:
    """Undo a closing; raises `wrong_state` when it is open, `stale`."""
    authorise(actor, "organisation.manage")
    with unit_of_work(db, actor) as work:
        row = find(work.session, organisation_id)
        if row.closed_on is None:
            raise RoundsError("wrong_state", state="open")
        was = row.closed_on.isoformat()
        values.change(work.session, row, version, {"closed_on": None})
        work.record("organisation.reopened", "organisation", organisation_id, closed_on=was)


def history(db: Database, actor: Actor, subject_kind: str, subject_id: int, limit: int = 50) -> list[tuple[Event, str]]:
    """The newest events about one organisation, outlet or account, each with the name of who did it."""
    authorise(actor, "history.read")
    with db.read() as session:
        query = (
            select(Event, func.coalesce(Account.name, ""))
            .outerjoin(Account, col(Account.id) == Event.account_id)
            .where(Event.subject_kind == subject_kind, Event.subject_id == str(subject_id))
            .where(Event.verb != "account.signed_in")
            .order_by(col(Event.seq).desc())
            .limit(limit)
        )
        return [(event, name) for event, name in session.exec(query).all()]


def find(session: Session, organisation_id: int) -> Organisation:
    """The row, or `not_found`."""
    row = session.get(Organisation, organisation_id)
    if row is None:
        raise RoundsError("not_found")
    return row


def insert(work: Work, given: OrganisationValues) -> int:
    """Within a unit of work: a new row from checked values, with its event."""
    row = Organisation(**asdict(given))
    work.session.add(row)
    _flush(work, given.code)
    work.record("organisation.created", "organisation", row.id, code=given.code, name_zh=given.name_zh)
    return row.id or 0


def update(work: Work, row: Organisation, version: int, given: OrganisationValues) -> dict[str, list[Any]]:
    """Within a unit of work: change a row to checked values, with its event when anything differs."""
    organisation_id = row.id
    try:
        changes = values.change(work.session, row, version, asdict(given))
    except IntegrityError:
        raise RoundsError("organisation.code_taken", code=given.code) from None
    if changes:
        work.record("organisation.changed", "organisation", organisation_id, changes=changes)
    return changes


def _flush(work: Work, code: str) -> None:
    try:
        work.session.flush()
    except IntegrityError:
        raise RoundsError("organisation.code_taken", code=code) from None
