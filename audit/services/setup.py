"""The first steps of an installation, and the check of its history."""

import secrets

from sqlmodel import col, func, select

from audit.db.engine import Database
from audit.db.models import Account, ChainHead, Event, Grant
from audit.domain.events import FIRST, Happening, link
from audit.domain.permissions import Role, Scope
from audit.errors import RoundsError
from audit.services import checklists
from audit.services.sign_in import check_password, hash_password
from audit.services.work import unit_of_work

PAGE = 5_000  # events read at a time


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


def verify_history(db: Database) -> tuple[int, str]:
    """Walk the chain; returns how many events were checked, and what is wrong with the first broken one (or "")."""
    previous, expected = FIRST, 1
    with db.read() as session:
        while True:
            query = select(Event).where(col(Event.seq) >= expected).order_by(col(Event.seq)).limit(PAGE)
            events = session.exec(query).all()
            for event in events:
                if event.seq != expected:
                    return expected - 1, f"event {expected} is missing"
                if event.previous_sha256 != previous or event.sha256 != _recomputed(previous, event):
                    return expected - 1, f"event {event.seq} was changed"
                previous, expected = event.sha256, expected + 1
            if len(events) < PAGE:
                break
            session.expunge_all()
        head = session.exec(select(ChainHead)).one()
    if (head.seq, head.sha256) != (expected - 1, previous):
        return expected - 1, f"the head says {head.seq} events, {expected - 1} are there"
    return expected - 1, ""


def _recomputed(previous: str, event: Event) -> str:
    happening = Happening(
        event.at, event.account_id, event.device, event.verb, event.subject_kind, event.subject_id, event.data
    )
    return link(previous, event.seq, happening)
