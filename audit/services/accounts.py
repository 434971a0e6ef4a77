"""Accounts: created, changed, deactivated, given roles in scopes. Passwords are shown once and never kept in the clear.

Signing in and one's own password and language stand in `sign_in`.
"""

import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, delete, select

from audit.db.engine import Database
from audit.db.models import Account, Delegation, Grant, Organisation, Season, SignIn
from audit.domain.permissions import ROLES, Actor, Granted, Role, Scope, authorise
from audit.errors import RoundsError
from audit.i18n import LOCALES
from audit.services import belongings, organisations, outlets, values
from audit.services.sign_in import end_sessions, hash_password
from audit.services.values import PAGE_SIZE, Slice
from audit.services.work import Work, unit_of_work

ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # nothing that is misread on paper: no i, l, o, 0, 1
ONE_TIME_LENGTH = 14  # 69 bits


@dataclass(frozen=True)
class AccountValues:
    """What can be typed about an account. `employee_number` None for people without one."""

    sign_in_name: str
    name: str
    name_en: str = ""
    organisation_id: int | None = None
    employee_number: str | None = None
    phone: str = ""
    email: str = ""
    locale: str = ""


@dataclass(frozen=True)
class AccountRow:
    """One line of the list: the account, its organisation and its grants."""

    account: Account
    organisation: Organisation | None
    grants: tuple[Granted, ...]


@dataclass(frozen=True)
class Created:
    """A new account's id and the one-time password, which is told here and nowhere else."""

    account_id: int
    password: str


def checked(given: AccountValues) -> AccountValues:
    """The values trimmed and valid; raises `required`, `too_long` or `invalid` naming the field."""
    if given.locale and given.locale not in LOCALES:
        raise RoundsError("invalid", field="locale")
    return AccountValues(
        sign_in_name=values.code("sign_in_name", given.sign_in_name, 60),
        name=values.line("name", given.name, 60, required=True),
        name_en=values.line("name_en", given.name_en, 60),
        organisation_id=given.organisation_id,
        employee_number=values.line("employee_number", given.employee_number, 40) or None,
        phone=values.line("phone", given.phone, 30),
        email=values.email("email", given.email),
        locale=given.locale,
    )


def one_time_password() -> str:
    """A random password to hand over; it has to be changed at the first sign-in."""
    return "".join(secrets.choice(ALPHABET) for _ in range(ONE_TIME_LENGTH))


def find_accounts(
    db: Database,
    actor: Actor,
    search: str = "",
    role: str = "",
    organisation_id: int | None = None,
    inactive: bool = False,
    page: int = 1,
    size: int = PAGE_SIZE,
) -> Slice:
    """A page of `AccountRow`, by sign-in name; deactivated ones only on request."""
    authorise(actor, "account.manage")
    query = select(Account).order_by(col(Account.sign_in_name))
    query = query.where(
        *values.matches(search, Account.sign_in_name, Account.name, Account.name_en, Account.employee_number)
    )
    if role:
        query = query.where(col(Account.id).in_(select(Grant.account_id).where(Grant.role == role)))
    if organisation_id:
        query = query.where(Account.organisation_id == organisation_id)
    if not inactive:
        query = query.where(col(Account.active).is_(True))
    with db.read() as session:
        found = values.slice_of(session, query, page, size)
        return Slice(tuple(_rows(session, found.rows)), found.total, found.page, found.size)


def get_account(db: Database, actor: Actor, account_id: int) -> AccountRow:
    """One account with its grants; a person may read their own."""
    if account_id != actor.account_id:
        authorise(actor, "account.manage")
    with db.read() as session:
        return _rows(session, [find(session, account_id)])[0]


def create_account(
    db: Database, actor: Actor, given: AccountValues, grants: Sequence[Granted] = (), with_password: bool = True
) -> Created:
    """A new account with its grants and a one-time password (or none: sign-in by OIDC or persona only).

    Raises `account.name_taken`, `account.number_taken`, `account.grant_invalid`.
    """
    authorise(actor, "account.manage")
    password = one_time_password() if with_password else ""
    hashed = hash_password(password) if password else ""
    with unit_of_work(db, actor) as work:
        return Created(insert(work, checked(given), grants, hashed), password)


def change_account(db: Database, actor: Actor, account_id: int, version: int, given: AccountValues) -> None:
    """Change an account's data. Raises `stale`, `account.name_taken`, `account.number_taken`."""
    authorise(actor, "account.manage")
    with unit_of_work(db, actor) as work:
        update(work, find(work.session, account_id), version, checked(given))


def set_grants(db: Database, actor: Actor, account_id: int, version: int, grants: Sequence[Granted]) -> None:
    """Replace an account's grants; seen at its next tap.

    Raises `account.open_role` while open work hangs on a role that is taken away (`leaving.hand_over` moves it),
    `account.grant_invalid`, `account.last_administrator`, `stale`.
    """
    authorise(actor, "account.manage")
    with unit_of_work(db, actor) as work:
        values.touch(work.session, find(work.session, account_id), version)
        change_grants(work, account_id, grants)


def deactivate(db: Database, actor: Actor, account_id: int, version: int) -> None:
    """No more sign-in; every session of the account ends at once. What the person did stays under their name.

    Raises `account.open_work` while anything open hangs on it (`leaving.hand_over` moves that in the same step),
    `account.last_administrator`, `wrong_state`, `stale`.
    """
    authorise(actor, "account.manage")
    with unit_of_work(db, actor) as work:
        end(work, find(work.session, account_id), version)


def end(work: Work, row: Account, version: int) -> None:
    """Like `deactivate`, within a unit of work."""
    account_id = row.id or 0
    _keep_an_administrator(work.session, account_id)
    if not row.active:
        raise RoundsError("wrong_state", state="inactive")
    still = belongings.of_account(work.session, account_id)
    if still:
        raise RoundsError("account.open_work", name=row.name, count=len(still))
    values.change(work.session, row, version, {"active": False})
    _take_back(work, account_id)
    end_sessions(work.session, account_id)
    work.record("account.deactivated", "account", account_id)


def _take_back(work: Work, account_id: int) -> None:
    """Delegations that are left are of closed findings: reopened, these are delegated anew to whoever is there then."""
    left = select(Delegation).where(Delegation.account_id == account_id, col(Delegation.revoked_at).is_(None))
    for row in work.session.exec(left.order_by(col(Delegation.id))).all():
        row.revoked_at = work.now
        work.session.add(row)
        work.record("finding.delegation_revoked", "finding", row.finding_id, delegation_id=row.id)


def activate(db: Database, actor: Actor, account_id: int, version: int) -> None:
    """Undo a deactivation; the password from before holds again. Raises `wrong_state`, `stale`."""
    authorise(actor, "account.manage")
    with unit_of_work(db, actor) as work:
        row = find(work.session, account_id)
        if row.active:
            raise RoundsError("wrong_state", state="active")
        values.change(work.session, row, version, {"active": True})
        work.record("account.activated", "account", account_id)


def reset_password(db: Database, actor: Actor, account_id: int, version: int) -> str:
    """A new one-time password, told once; the old one and every session of the account end. Raises `stale`."""
    authorise(actor, "account.manage")
    password = one_time_password()
    hashed = hash_password(password)
    with unit_of_work(db, actor) as work:
        row = find(work.session, account_id)
        values.change(work.session, row, version, {"password_hash": hashed, "must_change_password": True})
        end_sessions(work.session, account_id)
        work.record("account.password_reset", "account", account_id)
    return password


def must_change_password(db: Database, actor: Actor) -> bool:
    """Whether the person still has a one-time password."""
    with db.read() as session:
        query = select(Account.must_change_password).where(Account.id == actor.account_id)
        return bool(session.exec(query).first())


def own_sign_ins(db: Database, actor: Actor) -> list[SignIn]:
    """Where the person is signed in now, the last used first."""
    with db.read() as session:
        query = select(SignIn).where(SignIn.account_id == actor.account_id).order_by(col(SignIn.seen_at).desc())
        return list(session.exec(query).all())


def end_sign_in(db: Database, actor: Actor, id_sha256: str) -> None:
    """End one of one's own sessions (a lost tablet); someone else's is `not_found`."""
    with unit_of_work(db, actor) as work:
        done = work.session.exec(
            delete(SignIn).where(col(SignIn.id_sha256) == id_sha256, col(SignIn.account_id) == actor.account_id)
        )
        if done.rowcount != 1:
            raise RoundsError("not_found")
        work.record("account.session_ended", "account", actor.account_id)


def find(session: Session, account_id: int) -> Account:
    """The row, or `not_found`."""
    row = session.get(Account, account_id)
    if row is None:
        raise RoundsError("not_found")
    return row


def insert(work: Work, given: AccountValues, grants: Sequence[Granted], password_hash: str) -> int:
    """Within a unit of work: a new account from checked values, with grants and events."""
    if given.organisation_id is not None:
        organisations.find(work.session, given.organisation_id)
    _names_free(work.session, given)
    row = Account(
        **asdict(given), password_hash=password_hash, must_change_password=bool(password_hash), created_at=work.now
    )
    work.session.add(row)
    try:
        work.session.flush()
    except IntegrityError:
        raise RoundsError("account.name_taken", name=given.sign_in_name) from None
    work.record("account.created", "account", row.id, name=given.name, sign_in_name=given.sign_in_name)
    replace_grants(work, row.id or 0, grants)
    return row.id or 0


def update(work: Work, row: Account, version: int, given: AccountValues) -> dict[str, list[Any]]:
    """Within a unit of work: change an account to checked values; the event names a phone number or address not."""
    account_id = row.id or 0
    if given.organisation_id is not None:
        organisations.find(work.session, given.organisation_id)
    _names_free(work.session, given, account_id)
    try:
        changes = values.change(work.session, row, version, asdict(given))
    except IntegrityError:
        raise RoundsError("account.name_taken", name=given.sign_in_name) from None
    if changes:
        told = {name: pair if name not in ("phone", "email") else ["…", "…"] for name, pair in changes.items()}
        work.record("account.changed", "account", account_id, changes=told)
    return changes


def change_grants(work: Work, account_id: int, grants: Sequence[Granted]) -> None:
    """Within a unit of work: like `replace_grants`, but an administrator remains, and whoever open work waits for.

    Raises `account.last_administrator`, `account.open_role`.
    """
    if not any(grant.role is Role.ADMINISTRATOR for grant in grants):
        _keep_an_administrator(work.session, account_id)
    still = belongings.losing(work.session, account_id, grants_of(work.session, account_id), grants)
    if still:
        role, name = belongings.NEEDED.get(still[0].kind, still[0].role), find(work.session, account_id).name
        raise RoundsError("account.open_role", name=name, role=str(role), count=len(still))
    replace_grants(work, account_id, grants)


def replace_grants(work: Work, account_id: int, grants: Sequence[Granted]) -> None:
    """Within a unit of work: write the grants when they differ from those that stand, with an event old → new."""
    for grant in grants:
        _check_grant(work.session, grant)
    old = grants_of(work.session, account_id)
    new = tuple(dict.fromkeys(grants))
    if set(old) == set(new):
        return
    work.session.exec(delete(Grant).where(col(Grant.account_id) == account_id))
    for grant in new:
        work.session.add(Grant(account_id=account_id, role=grant.role, scope_kind=grant.scope, scope_id=grant.scope_id))
    work.record("account.granted", "account", account_id, grants=[_told(old), _told(new)])


def grants_of(session: Session, account_id: int) -> tuple[Granted, ...]:
    """The grants of an account, in the order they were given."""
    rows = session.exec(select(Grant).where(Grant.account_id == account_id).order_by(col(Grant.id))).all()
    return tuple(Granted(Role(row.role), Scope(row.scope_kind), row.scope_id) for row in rows)


def _told(grants: Sequence[Granted]) -> list[str]:
    return sorted(f"{grant.role}@{grant.scope}{f':{grant.scope_id}' if grant.scope_id else ''}" for grant in grants)


def _check_grant(session: Session, grant: Granted) -> None:
    """Raise `account.grant_invalid` for a scope that the role cannot have, or one that needs a place and names none.

    A grant for seasons may name one; without it holds in every season.
    """
    _, _, allowed = ROLES[grant.role]
    placed = grant.scope in (Scope.BRANCH, Scope.OUTLET)
    optional = grant.scope is Scope.SEASON
    if grant.scope not in allowed or (not optional and placed != (grant.scope_id is not None)):
        raise RoundsError("account.grant_invalid", role=str(grant.role))
    if grant.scope is Scope.BRANCH:
        organisations.find(session, grant.scope_id or 0)
    if grant.scope is Scope.OUTLET:
        outlets.find(session, grant.scope_id or 0)
    if optional and grant.scope_id is not None and session.get(Season, grant.scope_id) is None:
        raise RoundsError("not_found")


def _names_free(session: Session, given: AccountValues, but: int = 0) -> None:
    same_name = select(Account.id).where(Account.sign_in_name == given.sign_in_name, Account.id != but)
    if session.exec(same_name).first():
        raise RoundsError("account.name_taken", name=given.sign_in_name)
    same_number = select(Account.id).where(Account.employee_number == given.employee_number, Account.id != but)
    if given.employee_number and session.exec(same_number).first():
        raise RoundsError("account.number_taken", number=given.employee_number)


def _keep_an_administrator(session: Session, account_id: int) -> None:
    """Raise `account.last_administrator` when no other active one would remain.

    The administrators' rows are locked in one order, so that two who remove each other at once cannot both succeed.
    """
    granted = select(Grant.account_id).where(Grant.role == Role.ADMINISTRATOR)
    query = select(Account.id).where(col(Account.id).in_(granted), col(Account.active).is_(True))
    session.exec(query.order_by(col(Account.id)).with_for_update()).all()
    # Asked again: while it waited for the locks, another transaction may have taken a grant away.
    if set(session.exec(query).all()) == {account_id}:
        raise RoundsError("account.last_administrator")


def _rows(session: Session, accounts: Sequence[Account]) -> list[AccountRow]:
    ids = [account.id for account in accounts]
    places = {account.organisation_id for account in accounts if account.organisation_id}
    owners = {row.id: row for row in session.exec(select(Organisation).where(col(Organisation.id).in_(places))).all()}
    grants: dict[int, list[Granted]] = {}
    for row in session.exec(select(Grant).where(col(Grant.account_id).in_(ids)).order_by(col(Grant.id))).all():
        grants.setdefault(row.account_id, []).append(Granted(Role(row.role), Scope(row.scope_kind), row.scope_id))
    return [
        AccountRow(account, owners.get(account.organisation_id), tuple(grants.get(account.id or 0, ())))
        for account in accounts
    ]
