"""Contestants sign in with their employee number and a one-time code, on the light pages alone.

The sign-in is a row of its own with a cookie of its own: it opens nothing of the application, and the application's
session opens nothing here. What is public of a contestant (the code on the badge) signs nobody in.
"""

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import func
from sqlalchemy import select as select_rows
from sqlmodel import Session, col, delete, select

from audit.config import settings
from audit.db.engine import Database
from audit.db.models import Contestant, ContestantSignIn, Season
from audit.domain.addresses import one_place
from audit.domain.contest.season import SeasonState
from audit.domain.permissions import Actor, Where, authorise
from audit.errors import RoundsError
from audit.services import clock, throttle
from audit.services.contest import browsers, codes
from audit.services.contest.browsers import Browser
from audit.services.contest.codes import CodeMessage
from audit.services.demo_sign_in import is_demo
from audit.services.session_rows import end_row, note_use, open_row, session_key
from audit.services.work import unit_of_work

PURPOSE = "contestant"
DEMO_CONTESTANTS = 3


@dataclass(frozen=True)
class ContestantSession:
    """A signed-in contestant of a season; what may still be done in it, its state says."""

    contestant_id: int
    season_id: int
    name: str
    name_en: str = ""


@dataclass(frozen=True)
class Asked:
    """What became of asking for a code. `message`: what is still to be sent, None for nobody; `shown`: the code on the
    screen, in the demo city alone; `browser`: the cookie by which the browser is known from now on."""

    ticket: str
    message: CodeMessage | None
    shown: str = ""
    browser: str = ""


@dataclass(frozen=True)
class Entered:
    """Who got in: the session id for the cookie, and the cookie by which the browser is known from now on."""

    token: str
    browser: str


def season_to_enter(session: Session) -> Season | None:
    """The season that the public pages show, the newest one that is no draft: once it is closed it is read on."""
    query = select(Season).where(Season.state != SeasonState.DRAFT).order_by(col(Season.id).desc())
    return session.exec(query.limit(1)).first()


def ask_for_code(db: Database, number: str, address: str, locale: str, cookie: str = "") -> Asked:
    """Make a code for an employee number; `cookie`: the browser's. Known and unknown numbers are answered alike.

    Raises `required`, `season.not_open` when no season has started, `signin.throttled`.
    """
    number = _number(number)
    demo, ticket = is_demo(db), codes.new_ticket()
    asking = _asking(db, number, cookie)
    with db.write() as session:
        throttle.count(session, asking.counters(number, one_place(address)))
    with db.write() as session:
        found = _contestant(session, asking.season, number)
        code = codes.make(session, asking.season.id or 0, PURPOSE, number, ticket)
    message = CodeMessage(PURPOSE, code, found.locale or locale, found.phone, found.email) if found else None
    return Asked(ticket, message, code if demo else "", browsers.written(asking.season, asking.browser))


def name_browser(db: Database, cookie: str) -> str:
    """The cookie of a browser that has none of ours yet, before it asks for anything; "" for one that has."""
    with db.read() as session:
        season = season_to_enter(session)
    return "" if season is None or browsers.read(season, cookie).name else browsers.written(season, Browser(""))


def sign_in(
    db: Database, number: str, ticket: str, code: str, address: str, device: str = "", cookie: str = ""
) -> Entered:
    """Take the code and open a session; `cookie`: the browser's.

    Raises `season.not_open`, `code.wrong` (wrong, used, expired, unknown number: not told apart), `signin.throttled`.
    """
    number, code = _number(number), codes.typed(code)
    asking = _asking(db, number, cookie)
    counter = asking.counters(number, one_place(address))[0]
    with db.write() as session:
        throttle.count(session, [counter])
    with db.write() as session:
        fits = codes.take(session, asking.season.id or 0, PURPOSE, number, ticket, code)
        found = _contestant(session, asking.season, number) if fits else None
        if found is not None:
            throttle.take_back(session, {counter: codes.ATTEMPTS})
    if found is None:
        raise RoundsError("code.wrong")
    known = browsers.written(asking.season, asking.browser.of(found.id or 0))
    return Entered(open_session(db, found.id or 0, address, device), known)


def open_session(db: Database, contestant_id: int, address: str, device: str = "") -> str:
    """A new session for a contestant whose identity is established; ended ones are cleared away."""
    with unit_of_work(db, None) as work:
        throttle.forget_old(work.session)
        token = open_row(work, ContestantSignIn, address, device, contestant_id=contestant_id)
        work.record("contestant.signed_in", "contestant", contestant_id)
    return token


def contestant_of(db: Database, token: str | None) -> ContestantSession | None:
    """Whose session id this is; None when it ended, was unused for too long or revoked, or the contestant left.

    A closed season ends none: whoever took part may still look at what they reached.
    """
    if not token:
        return None
    now = clock.now()
    idle = now - dt.timedelta(hours=settings().session_hours)
    query = (
        select_rows(
            col(ContestantSignIn.id_sha256), col(ContestantSignIn.seen_at), col(Contestant.id),
            col(Contestant.season_id), col(Contestant.name), col(Contestant.name_en),
        )
        .join(Contestant, col(Contestant.id) == ContestantSignIn.contestant_id)
        .where(col(ContestantSignIn.id_sha256) == session_key(token), col(ContestantSignIn.ends_at) > now)
        .where(col(ContestantSignIn.seen_at) > idle)
        .where(col(Contestant.withdrawn_at).is_(None))
    )  # fmt: skip
    with db.read() as session:
        row = session.execute(query).first()
    if row is None:
        return None
    key, seen_at, *who = row
    note_use(db, ContestantSignIn, key, seen_at)
    return ContestantSession(*who)


def sign_out(db: Database, token: str) -> None:
    """End one session; ending it twice is no error."""
    end_row(db, ContestantSignIn, token)


def revoke(db: Database, actor: Actor, contestant_id: int) -> int:
    """End all sessions of a contestant (lost phone, doubtful sign-in); returns how many there were."""
    with unit_of_work(db, actor) as work:
        row = work.session.get(Contestant, contestant_id)
        authorise(actor, "contest.manage", Where(season_id=row.season_id if row else -1))
        if row is None:
            raise RoundsError("not_found")
        ended = work.session.exec(
            delete(ContestantSignIn).where(col(ContestantSignIn.contestant_id) == contestant_id)
        ).rowcount
        work.record("contestant.sign_ins_revoked", "contestant", contestant_id, count=ended)
    return ended


def demo_contestants(db: Database) -> list[tuple[str, str, str]]:
    """(employee number, name, English name) of a few contestants of the demo city to try; none anywhere else."""
    if not is_demo(db):
        return []
    with db.read() as session:
        season = season_to_enter(session)
        query = select(Contestant).where(Contestant.season_id == (season.id if season else 0))
        rows = session.exec(query.where(col(Contestant.withdrawn_at).is_(None)).order_by(col(Contestant.id))).fetchmany(
            DEMO_CONTESTANTS
        )
    return [(row.employee_number, row.name, row.name_en) for row in rows]


def _contestant(session: Session, season: Season, number: str) -> Contestant | None:
    return session.exec(
        select(Contestant).where(
            Contestant.season_id == season.id,
            func.upper(col(Contestant.employee_number)) == number,
            col(Contestant.withdrawn_at).is_(None),
        )
    ).first()


def _number(told: str) -> str:
    """An employee number as it is kept. Raises `required`; what no number can be becomes one that nobody has."""
    number = "".join(told.split()).upper()
    if not number:
        raise RoundsError("required", field="number")
    return number if number.isprintable() and len(number) <= 40 else "?"


@dataclass(frozen=True)
class _Asking:
    """Who asks: with which browser, and whether the holder of the number once got in with it (`known`)."""

    season: Season
    browser: Browser
    known: bool

    def counters(self, number: str, place: str) -> list[str]:
        """What an attempt counts against, first what a success takes it back from.

        Whoever is known has a counter that nobody else fills; all others share theirs, of the browser, of the address
        and of the number. A new browser is had by clearing a cookie: that is what the wider counters are for.
        """
        if self.known:
            return [throttle.key("mine", f"{number}|{self.browser.name}")]
        of = {"asker": place, "browser": f"{number}|{place}|{self.browser.name}", "code": f"{number}|{place}"}
        return [throttle.key(kind, what) for kind, what in (of | {"codes": number}).items()]


def _asking(db: Database, number: str, cookie: str) -> _Asking:
    with db.read() as session:
        season = season_to_enter(session)
        if season is None:
            raise RoundsError("season.not_open")
        found = _contestant(session, season, number)
    browser = browsers.read(season, cookie)
    return _Asking(season, browser, known=found is not None and found.id in browser.owners)
