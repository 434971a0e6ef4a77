"""One-time codes: made, sent through a channel, and taken back once.

A page asks for a code and keeps a random *ticket*; the code works on that page only, so that nobody else can use up
its tries. A row is written for unknown people as well, and the message goes out after the answer: neither words nor
time tell whether somebody is known. The database holds hashes, salted by the ticket, of which it holds none.
"""

import datetime as dt
import hashlib
import logging
import secrets
from collections.abc import Callable
from dataclasses import dataclass

from sqlmodel import Session, col, delete, select

from audit.config import settings
from audit.db.models import OneTimeCode
from audit.errors import RoundsError
from audit.i18n import translator
from audit.notify import sending
from audit.services import clock

CODE_DIGITS = 6
CODE_MINUTES = 10
CODE_TRIES = 5
ATTEMPTS = 2  # asking and entering: what whoever gets in had counted against the address
log = logging.getLogger("audit.codes")


@dataclass(frozen=True)
class CodeMessage:
    """A code on its way to somebody: where to, in which language, and what for (`contestant`, `voter`)."""

    purpose: str
    code: str
    locale: str = "zh_CN"
    phone: str = ""
    email: str = ""

    @property
    def text(self) -> str:
        """The message as it is read."""
        _ = translator(self.locale)
        said = _("Your one-time code is {code}. It is valid for {minutes} minutes and works once.")
        return said.format(code=self.code, minutes=CODE_MINUTES)


def _to_the_log(message: CodeMessage) -> None:
    log.warning("one-time code for %s …%s: %s", message.purpose, (message.phone or message.email)[-4:], message.code)


def _by_mail(message: CodeMessage) -> None:
    subject = translator(message.locale)("One-time code")
    _must(sending.send("email", {"address": message.email}, subject, message.text, settings()))


def _by_text(message: CodeMessage) -> None:
    if message.phone:
        _must(sending.text_phone(message.phone, message.text, settings()))
    else:
        _by_mail(message)


def _must(failure: str) -> None:
    if failure:
        raise OSError(failure)


# A channel takes a message and returns, or raises for what could not be sent. `Settings.check` knows what each needs.
CHANNELS: dict[str, Callable[[CodeMessage], None]] = {
    "console": _to_the_log,
    "email": _by_mail,
    "sms": _by_text,
}


def send(message: CodeMessage) -> None:
    """Send through the channel that the settings name; a failure stands in the log and is told to nobody."""
    try:
        CHANNELS[settings().code_channel](message)
    except Exception:
        log.exception("a one-time code could not be sent by %s", settings().code_channel)


def make(session: Session, season_id: int, purpose: str, subject: str, ticket: str) -> str:
    """A new code for a subject (employee number, phone number) and the page with this ticket. Only hashes are kept."""
    now = clock.now()
    code = "".join(secrets.choice("0123456789") for _ in range(CODE_DIGITS))
    session.exec(delete(OneTimeCode).where(col(OneTimeCode.expires_at) < now - dt.timedelta(days=1)))
    session.add(
        OneTimeCode(
            season_id=season_id,
            purpose=purpose,
            subject_sha256=_sha256(purpose, season_id, subject, ticket),
            code_sha256=_sha256(ticket, code),
            created_at=now,
            expires_at=now + dt.timedelta(minutes=CODE_MINUTES),
        )
    )
    return code


def take(session: Session, season_id: int, purpose: str, subject: str, ticket: str, code: str) -> bool:
    """Whether the code is the one that was made; it works once. A wrong one is counted, so commit in either case."""
    now = clock.now()
    row = session.exec(
        select(OneTimeCode)
        .where(
            OneTimeCode.purpose == purpose,
            OneTimeCode.subject_sha256 == _sha256(purpose, season_id, subject, ticket),
            OneTimeCode.expires_at > now,
            col(OneTimeCode.used_at).is_(None),
            OneTimeCode.tries < CODE_TRIES,
        )
        .with_for_update()
    ).first()
    if row is None:
        return False
    fits = secrets.compare_digest(row.code_sha256, _sha256(ticket, code))
    if fits:
        row.used_at = now
    else:
        row.tries += 1
    session.add(row)
    return fits


def new_ticket() -> str:
    """What a page that asks for a code keeps until it is entered."""
    return secrets.token_urlsafe(24)


def typed(code: str) -> str:
    """A code as people type it: full-width digits and spaces are forgiven. Raises `code.wrong` for anything else."""
    found = "".join(str(int(sign)) for sign in code if sign.isdecimal())
    if len(found) != CODE_DIGITS:
        raise RoundsError("code.wrong")
    return found


def _sha256(*parts: object) -> str:
    return hashlib.sha256("|".join(map(str, parts)).encode()).hexdigest()
