"""Signing in, staying signed in, signing out.

Every sign-in gets a new session id. Attempts are counted before the password is looked at, per (account, address), per
address and per account (`services.throttle`). A person whose account has signed in from an address before is never held
up by guesses made elsewhere.
"""

import datetime as dt
import secrets
import threading
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Row, bindparam
from sqlalchemy import select as select_rows
from sqlmodel import Session, col, delete, select, update

from audit.config import settings
from audit.db.engine import Database
from audit.db.models import Account, Grant, SignIn
from audit.domain.addresses import one_place
from audit.domain.permissions import Actor, Granted, Role, Scope
from audit.errors import RoundsError
from audit.i18n import LOCALES
from audit.services import clock, throttle
from audit.services.session_rows import end_row, note_use, open_row, session_key
from audit.services.work import unit_of_work

_hasher = PasswordHasher()
_COLUMNS: tuple[Any, ...] = (
    SignIn.id_sha256, SignIn.seen_at, SignIn.device, Account.id, Account.name, Account.locale, Account.organisation_id,
    Grant.role, Grant.scope_kind, Grant.scope_id,
)  # fmt: skip
# Made once: it is asked at every tap of everybody. One row a grant, or one without where the account has none.
_WHO = (
    select_rows(*_COLUMNS)
    .join(Account, col(Account.id) == SignIn.account_id)
    .outerjoin(Grant, col(Grant.account_id) == Account.id)
    .where(col(SignIn.id_sha256) == bindparam("key"), col(Account.active).is_(True))
    .where(col(SignIn.ends_at) > bindparam("now"), col(SignIn.seen_at) > bindparam("idle"))
    .order_by(col(Grant.id))
)


@lru_cache(maxsize=1)
def _gate() -> threading.BoundedSemaphore:
    return threading.BoundedSemaphore(settings().sign_in_workers)


@lru_cache(maxsize=1)
def _nobody() -> str:
    """A hash that no password fits: checked for unknown names so that they take as long as known ones."""
    return _hasher.hash(secrets.token_hex(16))


def hash_password(password: str) -> str:
    """Argon2id hash of a password, at most `sign_in_workers` at a time."""
    with _gate():
        return _hasher.hash(password)


def password_fits(stored: str, password: str) -> bool:
    """Whether a password belongs to a stored hash; False for an empty or foreign hash."""
    with _gate():
        try:
            return _hasher.verify(stored or _nobody(), password) and bool(stored)
        except (VerificationError, InvalidHashError):
            return False


def sign_in(db: Database, name: str, password: str, address: str, device: str = "") -> str:
    """Check name and password and return a new session id for the cookie.

    Raises `signin.wrong` (unknown name, wrong password, or deactivated: not told apart) and `signin.throttled`.
    """
    name = name.strip()
    if not name.isprintable():  # no account has such a name, and not every database could look for it
        raise RoundsError("signin.wrong")
    keys = _count_attempt(db, name, address)
    with db.read() as session:
        account = session.exec(select(Account).where(Account.sign_in_name == name)).first()
    fits = password_fits(account.password_hash if account else "", password)
    if account is None or not fits or not account.active:
        raise RoundsError("signin.wrong")
    with db.write() as session:
        throttle.forget(session, keys)
        throttle.take_back(session, {throttle.key("address", one_place(address)): 1})
    return open_session(db, account.id or 0, address, device)


def enter_by_company_account(db: Database, subject: str, user_name: str, address: str, device: str = "") -> str:
    """A new session for whom the company's provider vouches.

    `subject` is issuer and subject; an account that has none yet is bound at its first entry to the subject whose
    user name is its sign-in name, and the binding is recorded. Raises `signin.wrong` when there is no such account.
    """
    with unit_of_work(db, None) as work:
        account = work.session.exec(select(Account).where(Account.oidc_subject == subject)).first()
        if account is None and user_name:
            unbound = select(Account).where(Account.sign_in_name == user_name, col(Account.oidc_subject).is_(None))
            account = work.session.exec(unbound).first()
            if account and account.active:
                account.oidc_subject = subject
                work.session.add(account)
                work.record("account.bound_to_company_account", "account", account.id)
    if account is None or not account.active:
        raise RoundsError("signin.wrong")
    return open_session(db, account.id or 0, address, device)


def open_session(db: Database, account_id: int, address: str, device: str = "") -> str:
    """A new session for an account whose identity is established; ended and forgotten ones are cleared away."""
    actor = Actor(account_id=account_id, name="", device=device[:60])
    with unit_of_work(db, actor) as work:
        throttle.forget_old(work.session)
        token = open_row(work, SignIn, address, device, account_id=account_id)
        work.record("account.signed_in", "account", account_id)
    return token


def actor_of(db: Database, token: str | None, device: str = "") -> Actor | None:
    """Who a session id belongs to, with the grants as they are now; None when ended, revoked or deactivated."""
    if not token:
        return None
    now = clock.now()
    asked = {"key": session_key(token), "now": now, "idle": now - dt.timedelta(hours=settings().session_hours)}
    with db.read() as session:
        rows = session.execute(_WHO, asked).all()
    if not rows:
        return None
    row = rows[0]
    note_use(db, SignIn, row.id_sha256, row.seen_at)
    return _actor(row, [one for one in rows if one.role], device or row.device)


def actor_from(session: Session, account: Account, device: str = "") -> Actor:
    """An account with its grants as an `Actor`."""
    grants = session.exec(select(Grant).where(Grant.account_id == account.id).order_by(col(Grant.id))).all()
    return _actor(account, grants, device)


def _actor(account: Account | Row[Any], grants: Sequence[Grant | Row[Any]], device: str) -> Actor:
    return Actor(
        account_id=account.id or 0,
        name=account.name,
        locale=account.locale,
        grants=tuple(Granted(Role(grant.role), Scope(grant.scope_kind), grant.scope_id) for grant in grants),
        organisation_id=account.organisation_id,
        device=device[:60],
    )


def sign_out(db: Database, token: str) -> None:
    """End one session; ending it twice is no error."""
    end_row(db, SignIn, token)


def end_sessions(session: Session, account_id: int, but: str = "") -> None:
    """End all of an account's sessions (but the one whose id is given): deactivation, new password, lost tablet."""
    query = delete(SignIn).where(col(SignIn.account_id) == account_id)
    session.exec(query.where(col(SignIn.id_sha256) != session_key(but)) if but else query)


def check_password(password: str, sign_in_name: str) -> None:
    """Raise `account.weak_password` for one that is too short or is the sign-in name."""
    if len(password) < settings().password_minimum or password.strip().lower() == sign_in_name.lower():
        raise RoundsError("account.weak_password", minimum=settings().password_minimum)


def change_password(db: Database, actor: Actor, old: str, new: str, token: str) -> None:
    """Change one's own password; all other sessions of the account end.

    Raises `signin.wrong` when the old password does not fit, `account.weak_password` and `account.same_password` for a
    bad new one, `signin.throttled` when the old one is guessed at.
    """
    with db.read() as session:
        account = session.get_one(Account, actor.account_id)
    name = account.sign_in_name
    keys = [throttle.key("pair", f"{name}|own password"), throttle.key("account", name)]
    with db.write() as session:
        throttle.count(session, keys)
    if not password_fits(account.password_hash, old):
        raise RoundsError("signin.wrong")
    check_password(new, account.sign_in_name)
    if new == old:
        raise RoundsError("account.same_password")
    hashed = hash_password(new)
    with unit_of_work(db, actor) as work:
        work.session.exec(
            update(Account)
            .where(col(Account.id) == actor.account_id)
            .values(password_hash=hashed, must_change_password=False, version=Account.version + 1)
        )
        throttle.forget(work.session, keys)
        end_sessions(work.session, actor.account_id, but=token)
        work.record("account.password_changed", "account", actor.account_id)


def set_locale(db: Database, actor: Actor, locale: str) -> None:
    """Keep the person's language on the account. Raises `invalid` for one that is not spoken here."""
    if locale not in LOCALES:
        raise RoundsError("invalid", field="locale")
    with db.write() as session:
        session.exec(update(Account).where(col(Account.id) == actor.account_id).values(locale=locale))


def adopt_locale(db: Database, token: str, locale: str) -> None:
    """Keep the language of the sign-in page on an account that has none yet."""
    with db.write() as session:
        owner = select(SignIn.account_id).where(SignIn.id_sha256 == session_key(token)).scalar_subquery()
        session.exec(update(Account).where(col(Account.id) == owner, col(Account.locale) == "").values(locale=locale))


def _count_attempt(db: Database, name: str, address: str) -> list[str]:
    """Count an attempt against its keys and return those that a success clears; raises `signin.throttled`."""
    place = one_place(address)
    pair, account_key = throttle.key("pair", f"{name}|{place}"), throttle.key("account", name)
    address_key = throttle.key("address", place)
    with db.write() as session:
        known = session.exec(
            select(SignIn.id_sha256)
            .join(Account, col(Account.id) == SignIn.account_id)
            .where(Account.sign_in_name == name, SignIn.address == address[:60])
        ).first()
        keys = [pair, address_key] if known else [pair, account_key, address_key]
        throttle.count(session, keys)
    return [pair, account_key]
