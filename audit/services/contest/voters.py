"""Who votes: verified by a served transaction, a phone number with a one-time code, or an employee's sign-in.

Of numbers, addresses and devices the database holds keyed hashes alone. An employee is one voter, by whatever way: the
contestant's sign-in, the account of the same employee number, a phone that the roster or the account has. So nobody has
two ballots a day, or votes for themselves, by a way that is known to be theirs.
"""

import datetime as dt
import hashlib
import json
import secrets
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from itsdangerous import BadSignature, Signer
from sqlalchemy import ColumnElement, func
from sqlmodel import Session, col, select

from audit.db.engine import Database
from audit.db.models import Account, Contestant, Season
from audit.domain.addresses import one_place
from audit.domain.contest.anomalies import subnet
from audit.domain.contest.rules import Rules
from audit.domain.contest.season import COUNTING, VoterKind
from audit.domain.contest.verification import mobile
from audit.domain.permissions import Actor
from audit.errors import RoundsError
from audit.i18n import pick
from audit.services import clock, throttle
from audit.services.contest import codes, tokens
from audit.services.contest.keys import key, keyed
from audit.services.contest.own import ids_of
from audit.services.contest.sign_in import Asked, ContestantSession
from audit.services.demo_sign_in import is_demo

PURPOSE = "voter"


@dataclass(frozen=True)
class Proof:
    """What a ballot's voter is verified by. `identity`: keyed hash; `contestant_id`: who it is, if a contestant.

    `sharing`: contestants who have the phone, of whom it cannot be told who votes: none of them can be named.
    `jti`: the token that is used up by the ballot; `ticket`, `code`: the one-time code that is taken with it, which was
    made for `subject`; `asker`: the counter of the address that asked for it and entered it.
    """

    kind: VoterKind
    identity: str
    contestant_id: int | None = None
    sharing: frozenset[int] = frozenset()
    jti: str = ""
    subject: str = ""
    ticket: str = ""
    code: str = ""
    asker: str = ""


@dataclass(frozen=True)
class Signals:
    """Keyed hashes of the subnet and of the device that a ballot came from.

    `named`: the device has a name of ours, which nobody else has; without one all alike in a subnet are one.
    """

    network: str
    device: str
    named: bool = False

    @property
    def kept(self) -> dict[str, str]:
        """What a ballot's row keeps."""
        return {"network": self.network, "device": self.device}


def new_device(season: Season) -> str:
    """A name for a browser that has none yet, signed: nobody makes up one for each ballot without asking for it."""
    return _device_signer(season).sign(secrets.token_urlsafe(16)).decode()


def device_of(season: Season, told: str) -> str:
    """The name of a browser if its signature is ours; else ""."""
    try:
        return _device_signer(season).unsign(told.encode()).decode()
    except (BadSignature, UnicodeError):
        return ""


def signals(season: Season, address: str, device: str, agent: str) -> Signals:
    """What is kept of where a ballot came from.

    Without a device's name that is signed by us, the browser's name within the subnet stands.
    """
    where, device = subnet(address), device_of(season, device)
    hashed = keyed(season, "device", device or f"{where}|{agent}")[:32]
    return Signals(keyed(season, "network", where)[:32], hashed, named=bool(device))


def by_employee(season: Season, me: ContestantSession) -> Proof:
    """A contestant who is signed in. Raises `unauthenticated` for one of another season."""
    if me.season_id != season.id:
        raise RoundsError("unauthenticated")
    return Proof(VoterKind.EMPLOYEE, keyed(season, "employee", me.contestant_id), me.contestant_id)


def by_account(db: Database, season: Season, actor: Actor) -> Proof:
    """An employee who is signed in to the application: the contestant of the same employee number, if there is one.

    Raises `vote.no_number`, and `account.one_time_password` until a password of one's own was chosen.
    """
    with db.read() as session:
        account = session.get_one(Account, actor.account_id)
        identity, mine = _employee(session, season, account)
    if account.must_change_password:
        raise RoundsError("account.one_time_password")
    if not identity:
        raise RoundsError("vote.no_number")
    return Proof(VoterKind.EMPLOYEE, identity, mine)


def account_name(db: Database, actor: Actor, locale: str) -> str:
    """The name of an employee who is signed in to the application, in the page's language."""
    with db.read() as session:
        account = session.get_one(Account, actor.account_id)
    return pick(locale, account.name, account.name_en)


def by_token(season: Season, token: str) -> Proof:
    """Whoever holds a token. Raises `vote.token` for one that is not ours; whether it was used, the ballot says."""
    jti = tokens.jti_of(season, token)
    return Proof(VoterKind.TRANSACTION, keyed(season, "token", jti), jti=jti)


def by_phone(db: Database, season: Season, phone: str, ticket: str, code: str, address: str) -> Proof:
    """Whoever has this phone. Raises `required`, `invalid`, `code.wrong`, `signin.throttled`."""
    number = mobile(phone)
    typed, asker = codes.typed(code), throttle.key("voters", one_place(address))
    with db.write() as session:
        throttle.count(session, [asker])
    with db.read() as session:
        identity, owners = _of_phone(session, season, number)
    subject = keyed(season, "phone", number)
    asked: dict[str, Any] = {"subject": subject, "ticket": ticket, "code": typed, "asker": asker}
    if not identity:
        return Proof(VoterKind.PHONE, subject, **asked)
    return Proof(VoterKind.EMPLOYEE, identity, min(owners, default=None), sharing=frozenset(owners), **asked)


def ask_for_code(db: Database, season: Season, phone: str, address: str, locale: str) -> Asked:
    """Make a code for a phone number; it is sent after the answer.

    Raises `required`, `invalid`, `season.not_open`, `signin.throttled`.
    """
    number = mobile(phone)
    if not is_open(season, clock.today()):
        raise RoundsError("season.not_open")
    subject, ticket = keyed(season, "phone", number), codes.new_ticket()
    with db.write() as session:
        throttle.count(session, [throttle.key("texts", subject), throttle.key("voters", one_place(address))])
    with db.write() as session:
        code = codes.make(session, season.id or 0, PURPOSE, subject, ticket)
    message = codes.CodeMessage(PURPOSE, code, locale, number)
    return Asked(ticket, message, shown=code if is_demo(db) else "")


def rules_of(season: Season) -> Rules:
    """A season's rules. They are read for every ballot and change hardly ever, so that they are kept by their text."""
    return _rules(json.dumps(season.rules))


@lru_cache(maxsize=8)
def _rules(text: str) -> Rules:
    return Rules.from_json(json.loads(text))


def is_open(season: Season, day: dt.date) -> bool:
    """Whether votes are taken on a day."""
    return season.state in COUNTING and rules_of(season).is_open("votes", day)


def _device_signer(season: Season) -> Signer:
    return Signer(key(season), salt="vote-device", key_derivation="hmac", digest_method=hashlib.sha256)


def _employee(session: Session, season: Season, account: Account) -> tuple[str, int | None]:
    """The identity of the holder of an account ("": no employee number), and which contestant it is."""
    mine = select(Contestant.id).where(Contestant.season_id == season.id)
    mine = mine.where(col(Contestant.id).in_(ids_of(session, account))).order_by(col(Contestant.id))
    contestant_id = session.exec(mine.limit(1)).first()
    if contestant_id is not None:
        return keyed(season, "employee", contestant_id), contestant_id
    number = (account.employee_number or "").strip().upper()
    return (keyed(season, "number", number) if number else ""), None


def _of_phone(session: Session, season: Season, number: str) -> tuple[str, set[int]]:
    """Whose phone this is by roster and accounts: the identity ("": nobody's, or of several accounts), and which
    contestants have it, however it was written there."""
    mine = select(Contestant.id).where(Contestant.season_id == season.id, _written(Contestant.phone, number))
    owners = {id_ or 0 for id_ in session.exec(mine.where(col(Contestant.withdrawn_at).is_(None))).all()}
    accounts = session.exec(select(Account).where(_written(Account.phone, number))).all()
    found = [_employee(session, season, account) for account in accounts]
    owners |= {contestant_id for _, contestant_id in found if contestant_id is not None}
    if owners:
        return keyed(season, "employee", min(owners)), owners
    return (found[0][0] if len(found) == 1 else ""), set()


def _written(column: Any, number: str) -> ColumnElement[bool]:
    bare = func.replace(func.replace(col(column), " ", ""), "-", "")
    return bare.like(f"%{number}")
