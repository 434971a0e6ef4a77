"""One contestant by hand: added, changed, and looked at as typed. The whole roster comes by `contestants`' import."""

from dataclasses import fields

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from audit.db.engine import Database
from audit.db.models import Organisation, Outlet
from audit.domain.permissions import Actor, Where, authorise
from audit.errors import RoundsError
from audit.services.contest.contestants import ContestantValues, changeable, checked, find, insert, update
from audit.services.contest.own import check_not_own
from audit.services.work import unit_of_work


def typed(db: Database, actor: Actor, contestant_id: int) -> tuple[int, ContestantValues]:
    """The version of a contestant and what is typed there, phone and address included; for the organiser."""
    with db.read() as session:
        row = find(session, actor, contestant_id)
    return row.version, ContestantValues(**{one.name: getattr(row, one.name) for one in fields(ContestantValues)})


def add(db: Database, actor: Actor, season_id: int, given: ContestantValues) -> int:
    """A new contestant; returns the id.

    Raises what is wrong with a field, `account.number_taken` for an employee number that takes part already,
    `not_found`, `wrong_state` once the season is closed.
    """
    authorise(actor, "contest.manage", Where(season_id=season_id))
    try:
        with unit_of_work(db, actor) as work:
            changeable(work.session, season_id)
            return insert(work, season_id, _placed(work.session, given))
    except IntegrityError:
        raise RoundsError("account.number_taken", number=given.employee_number) from None


def amend(db: Database, actor: Actor, contestant_id: int, version: int, given: ContestantValues) -> None:
    """Change what is typed about a contestant. Raises `stale`, `contest.own`, and like `add`."""
    try:
        with unit_of_work(db, actor) as work:
            row = find(work.session, actor, contestant_id)
            check_not_own(work.session, actor, contestant_id)
            changeable(work.session, row.season_id)
            update(work, row, version, _placed(work.session, given))
    except IntegrityError:
        raise RoundsError("account.number_taken", number=given.employee_number) from None


def _placed(session: Session, given: ContestantValues) -> ContestantValues:
    """Checked values whose hall is one of the organisation's. Raises `not_found` and `invalid` for another one."""
    found = checked(given)
    if session.get(Organisation, found.organisation_id) is None:
        raise RoundsError("not_found")
    hall = session.get(Outlet, found.outlet_id) if found.outlet_id else None
    if found.outlet_id and (hall is None or hall.organisation_id != found.organisation_id):
        raise RoundsError("invalid", field="outlet")
    return found
