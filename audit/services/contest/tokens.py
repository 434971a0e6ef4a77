"""Vote tokens: one for each served transaction, signed, for one ballot; printed as QR or sent as text message.

The token is a random name (`jti`) and its signature. The row says for which transaction it was given out (as keyed
hash) and whether a ballot used it up: clearing cookies or sending it again gives nothing.
"""

import datetime as dt
import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from itsdangerous import BadSignature, Signer
from sqlmodel import Session, col, select

from audit.config import settings
from audit.db.engine import Database
from audit.db.models import Contestant, Outlet, Season, VoteToken
from audit.domain.permissions import Actor, Where, authorise
from audit.errors import RoundsError
from audit.services import values
from audit.services.contest import seasons
from audit.services.contest.keys import key, keyed
from audit.services.contest.own import check_no_part
from audit.services.contest.record import find_season
from audit.services.work import unit_of_work

BATCH = 5_000
DAYS = 7


@dataclass(frozen=True)
class Slip:
    """A token on its way to a customer: the transaction's number as it was given, the address to vote at, and the
    customer's phone where a list named it."""

    transaction: str
    address: str
    phone: str = ""


@dataclass(frozen=True)
class Served:
    """Where a token's holder was served: the contestant's public code, and organisation and hall that have
    contestants; "" and 0 for what is not known."""

    code: str = ""
    organisation_id: int = 0
    outlet_id: int = 0


def issue(
    db: Database,
    actor: Actor,
    season_id: int,
    transactions: Sequence[str],
    outlet_id: int | None = None,
    contestant_id: int | None = None,
    days: int = DAYS,
) -> list[Slip]:
    """Tokens for served transactions; one that has a token already gets the same again, so that a list may be sent
    twice. `contestant_id`: who served; the page then proposes this name.

    Raises `forbidden`, `not_found`, `contest.takes_part`, `required`, `too_long`, `invalid` for more than `BATCH`, and
    for `days`.
    """
    authorise(actor, "contest.manage", Where(season_id=season_id))
    numbers = list(dict.fromkeys(values.line("transaction", one, 80, required=True) for one in transactions))
    if not numbers:
        raise RoundsError("required", field="transactions")
    if len(numbers) > BATCH or not 1 <= days <= 92:
        raise RoundsError("invalid", field="transactions" if len(numbers) > BATCH else "days")
    with unit_of_work(db, actor) as work:
        season = seasons.find(work.session, season_id)
        check_no_part(work.session, actor, season_id)
        if outlet_id is not None and work.session.get(Outlet, outlet_id) is None:
            raise RoundsError("not_found")
        if contestant_id is not None:
            served = work.session.get(Contestant, contestant_id)
            if served is None or served.season_id != season_id:
                raise RoundsError("not_found")
        hashed = {number: keyed(season, "transaction", number) for number in numbers}
        known = _known(work.session, list(hashed.values()))
        for number in numbers:
            if hashed[number] in known:
                continue
            known[hashed[number]] = jti = secrets.token_urlsafe(12)
            work.session.add(
                VoteToken(
                    jti=jti,
                    season_id=season_id,
                    transaction_sha256=hashed[number],
                    outlet_id=outlet_id,
                    contestant_id=contestant_id,
                    issued_at=work.now,
                    expires_at=work.now + dt.timedelta(days=days),
                )
            )
        work.record("vote_tokens.issued", "season", season_id, count=len(numbers), outlet=outlet_id, days=days)
    return [Slip(number, address_of(season, known[hashed[number]])) for number in numbers]


def issue_for_hall(
    db: Database, actor: Actor, season_code: str, outlet_code: str, transactions: Sequence[str], days: int = DAYS
) -> list[Slip]:
    """The same by codes: of the season ("latest": the newest that is no draft) and of the hall ("" for none).

    Raises `season.unknown`, and `spreadsheet.unknown` for a hall there is not.
    """
    with db.read() as session:
        season = find_season(session, season_code)
        hall = session.exec(select(Outlet).where(Outlet.code == outlet_code)).first() if outlet_code else None
    if outlet_code and hall is None:
        raise RoundsError("spreadsheet.unknown", value=outlet_code)
    return issue(db, actor, season.id or 0, transactions, hall.id if hall else None, days=days)


def jti_of(season: Season, token: str) -> str:
    """The name of a token whose signature is ours; raises `vote.token`."""
    try:
        return _signer(season).unsign(token.encode()).decode()
    except (BadSignature, UnicodeError):
        raise RoundsError("vote.token") from None


def served_at(db: Database, season: Season, token: str) -> Served:
    """Who served, and where: that is what the page shows first. Raises `vote.token`."""
    jti = jti_of(season, token)
    with db.read() as session:
        row = session.get(VoteToken, jti)
        if row is None or row.season_id != season.id:
            return Served()
        here = select(Contestant).where(Contestant.season_id == season.id, col(Contestant.withdrawn_at).is_(None))
        person = session.exec(here.where(Contestant.id == row.contestant_id)).first()
        hall = session.get(Outlet, row.outlet_id) if row.outlet_id else None
        code, of = person.code if person else "", hall.organisation_id if hall else 0
        if hall and session.exec(here.where(Contestant.outlet_id == hall.id).limit(1)).first():
            return Served(code, of, hall.id or 0)
        if hall and session.exec(here.where(Contestant.organisation_id == of).limit(1)).first():
            return Served(code, of)
    return Served(code)


def _known(session: Session, hashes: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for first in range(0, len(hashes), 500):
        part = col(VoteToken.transaction_sha256).in_(hashes[first : first + 500])
        found |= dict(session.exec(select(VoteToken.transaction_sha256, VoteToken.jti).where(part)).all())
    return found


def address_of(season: Season, jti: str) -> str:
    """Where a token is used: what the QR code says. The database holds no signature."""
    return f"{settings().public_url.rstrip('/')}/contest/vote?t={_signer(season).sign(jti).decode()}"


def _signer(season: Season) -> Signer:
    return Signer(key(season), salt="vote-token", key_derivation="hmac", digest_method=hashlib.sha256)
