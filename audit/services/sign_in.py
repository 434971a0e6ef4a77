"""Signing in, staying signed in, signing out.

The browser holds a random 256-bit id, the database its SHA-256; every sign-in gets a new one. Attempts are counted in
the database *before* the password is looked at, so that parallel guesses count too, per (account, address), per
address and per account. Delays grow but end: there is no permanent lock. A person whose account has signed in from an
address before is never held up by guesses made elsewhere.
"""

import contextlib
import datetime as dt
import hashlib
import secrets
import threading
from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlmodel import Session, col, delete, select, update

from audit.config import settings
from audit.db.engine import Database
from audit.db.models import Account, Grant, SignIn, Throttle
from audit.db.upsert import insert_missing
from audit.domain.addresses import one_place
from audit.domain.permissions import Actor, Granted, Role, Scope
from audit.errors import RoundsError
from audit.i18n import LOCALES
from audit.services import clock
from audit.services.work import unit_of_work

SEEN_EVERY = dt.timedelta(minutes=5)  # how often the last use of a sign-in is written down
FORGET_AFTER = dt.timedelta(hours=24)

# fmt: off
#             free attempts, longest wait in seconds
LIMITS = {
    "pair":    (5,   900),   # one account from one address
    "account": (20,  30),    # one account from unknown addresses together
    "address": (100, 60),    # one address: a branch of 300 people behind one gateway must pass
    "verify":  (100, 60),    # one address, asking about issued documents
    "link":    (30,  300),   # one address, with links that open nothing; a link that opens is never counted
    "code":    (5,   900),   # one-time codes for one number, asked for from one address
    "codes":   (10,  900),   # one-time codes for one number, from everywhere: each may be a text message
    "asker":   (300, 60),    # one address, asking for codes or trying them: 300 people behind one gateway must pass
    "voters":  (2000, 60),   # one address, asking for codes to vote or trying them: each voter needs two
}
# fmt: on

_hasher = PasswordHasher()


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
        session.exec(delete(Throttle).where(col(Throttle.key).in_(keys)))
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
    token = secrets.token_urlsafe(32)
    now = clock.now()
    actor = Actor(account_id=account_id, name="", device=device[:60])
    with unit_of_work(db, actor) as work:
        work.session.exec(delete(SignIn).where(col(SignIn.ends_at) < now))
        work.session.exec(delete(Throttle).where(col(Throttle.last_at) < now - FORGET_AFTER))
        work.session.add(
            SignIn(
                id_sha256=session_key(token),
                account_id=account_id,
                created_at=now,
                seen_at=now,
                ends_at=now + dt.timedelta(days=settings().session_days),
                address=address[:60],
                device=device[:120],
            )
        )
        work.record("account.signed_in", "account", account_id)
    return token


def actor_of(db: Database, token: str | None, device: str = "") -> Actor | None:
    """Who a session id belongs to, with the grants as they are now; None when ended, revoked or deactivated."""
    if not token:
        return None
    now = clock.now()
    idle = now - dt.timedelta(hours=settings().session_hours)
    with db.read() as session:
        found = session.exec(
            select(SignIn, Account)
            .join(Account, col(Account.id) == SignIn.account_id)
            .where(SignIn.id_sha256 == session_key(token), SignIn.ends_at > now, SignIn.seen_at > idle)
            .where(col(Account.active).is_(True))
        ).first()
        if found is None:
            return None
        row, account = found
        actor = actor_from(session, account, device or row.device)
    if now - row.seen_at > SEEN_EVERY:
        with contextlib.suppress(RoundsError), db.write() as session:  # locked or full: reading goes on all the same
            session.exec(update(SignIn).where(col(SignIn.id_sha256) == row.id_sha256).values(seen_at=now))
    return actor


def actor_from(session: Session, account: Account, device: str = "") -> Actor:
    """An account with its grants as an `Actor`."""
    grants = session.exec(select(Grant).where(Grant.account_id == account.id)).all()
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
    with db.write() as session:
        session.exec(delete(SignIn).where(col(SignIn.id_sha256) == session_key(token)))


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
    keys = _count_attempt(db, account.sign_in_name, "own password")
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
        work.session.exec(delete(Throttle).where(col(Throttle.key).in_(keys)))
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


def session_key(token: str) -> str:
    """What the database keeps of a session id."""
    return hashlib.sha256(token.encode()).hexdigest()


def _wait_seconds(kind: str, failures: int) -> int:
    """How long to wait after this many failures: nothing within the free attempts, then doubling up to the longest."""
    free, longest = LIMITS[kind]
    return 0 if failures < free else min(longest, 2 ** min(failures - free, 20))


def _count_attempt(db: Database, name: str, address: str) -> list[str]:
    """Count an attempt against its keys and return those that a success clears; raises `signin.throttled`."""
    place = one_place(address)
    pair, account_key, address_key = f"pair:{name}|{place}"[:160], f"account:{name}"[:160], f"address:{place}"[:160]
    with db.write() as session:
        known = session.exec(
            select(SignIn.id_sha256)
            .join(Account, col(Account.id) == SignIn.account_id)
            .where(Account.sign_in_name == name, SignIn.address == address[:60])
        ).first()
        keys = [pair, address_key] if known else [pair, account_key, address_key]
        count(session, keys)
    return [pair, account_key]


def count_question(db: Database, address: str) -> None:
    """Count a question about an issued document; raises `signin.throttled` when an address asks too many."""
    with db.write() as session:
        count(session, [f"verify:{one_place(address)}"[:160]])


def count_dead_link(db: Database, address: str) -> None:
    """Count a one-purpose link that opens nothing; raises `signin.throttled` when an address tries too many."""
    with db.write() as session:
        count(session, [f"link:{one_place(address)}"[:160]])


def count(session: Session, keys: list[str]) -> None:
    """Count one attempt against each key (`kind:what`, kinds of `LIMITS`). Raises `signin.throttled`."""
    now = clock.now()
    fresh = {"failures": 0, "last_at": now, "wait_until": now}
    insert_missing(session, Throttle, [{"key": key, **fresh} for key in keys])
    rows = session.exec(
        select(Throttle).where(col(Throttle.key).in_(keys)).order_by(Throttle.key).with_for_update()
    ).all()
    waits = [row.wait_until - now for row in rows if row.wait_until > now]
    if waits:
        raise RoundsError("signin.throttled", seconds=int(max(waits).total_seconds()) + 1)
    for row in rows:
        if now - row.last_at > FORGET_AFTER:
            row.failures = 0
        row.failures += 1
        row.last_at = now
        row.wait_until = now + dt.timedelta(seconds=_wait_seconds(row.key.split(":")[0], row.failures))
        session.add(row)
