"""The first steps of an installation."""

import secrets

from sqlmodel import func, select

from audit.db.engine import Database
from audit.db.models import Account, Grant
from audit.domain.permissions import Role, Scope
from audit.errors import RoundsError
from audit.services import checklists
from audit.services.sign_in import check_password, hash_password
from audit.services.work import unit_of_work


def nobody_can_sign_in(db: Database) -> bool:
    """Whether the installation is as empty as on its first day: it has no account."""
    with db.read() as session:
        return session.exec(select(Account.id).limit(1)).first() is None


def first_administrator(db: Database, name: str, password: str = "") -> str:
    """Make the first administrator, seed the checklists, and return the password.

    An empty password makes a random one that must be changed at the first sign-in: there is no default. Raises
    `setup.already_done` when an administrator exists, `account.weak_password` for a bad password.
    """
    chosen = password or secrets.token_urlsafe(12)
    check_password(chosen, name)
    hashed = hash_password(chosen)
    with unit_of_work(db, None) as work:
        if work.session.exec(select(func.count()).where(Grant.role == Role.ADMINISTRATOR)).one():
            raise RoundsError("setup.already_done")
        account = Account(
            sign_in_name=name, name=name, password_hash=hashed, must_change_password=not password, created_at=work.now
        )
        work.session.add(account)
        work.session.flush()
        work.session.add(Grant(account_id=account.id or 0, role=Role.ADMINISTRATOR, scope_kind=Scope.SYSTEM))
        work.record("account.created", "account", account.id, role=Role.ADMINISTRATOR)
    checklists.seed(db, None)
    return chosen
