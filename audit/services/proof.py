"""Proof of documents: the chain head and the QR code they carry, and what the public may ask about issued ones."""

import datetime as dt
from dataclasses import dataclass
from urllib.parse import quote

from sqlalchemy import select as select_rows
from sqlmodel import Session, col, select

from audit.config import Settings
from audit.db.engine import Database
from audit.db.models import ChainHead, Document, Organisation, Round
from audit.domain.addresses import one_place
from audit.domain.events import Head
from audit.domain.reports import Issue, Words
from audit.photos.store import is_blob_name
from audit.services import throttle
from exports.qr import qr_svg

NUMBER_LIMIT = 100


@dataclass(frozen=True)
class Issued:
    """One issued file, as anybody may know it who holds its number or its fingerprint.

    `superseded_by`: the number of the document that stands in its place, issued or about to be; "" while it stands.
    `result_sha256`: of the contest's result that it tells; "" for what tells none.
    """

    kind: str
    number: str
    branch: Words
    round: Words
    issued_at: dt.datetime
    language: str
    sha256: str
    subject: str = ""
    superseded_by: str = ""
    result_sha256: str = ""


def head_of(session: Session) -> Head:
    """Where the history stands. Read it before what a document tells, so that the document is never older than it."""
    row = session.exec(select(ChainHead)).one()
    return Head(row.seq, row.sha256)


def verification_url(settings: Settings, name: str) -> str:
    """The public address that says whether a document was issued, by its number or fingerprint."""
    return f"{settings.public_url.rstrip('/')}/verify/{quote(name, safe='')}"


def issue_of(settings: Settings, number: str, issued_at: dt.datetime, signatory: str, head: Head) -> Issue:
    """What an issued document carries, its QR code included."""
    url = verification_url(settings, number)
    return Issue(number, issued_at, signatory, str(head), url, qr_svg(url))


def issued(db: Database, name: str, address: str) -> list[Issued]:
    """The issued files with a number or fingerprint; nothing for a draft as for one that never was.

    Questions are counted by the asker's address: numbers can be guessed. Raises `signin.throttled`.
    """
    throttle.count_alone(db, "verify", one_place(address))
    name = name.strip()
    if not name or len(name) > NUMBER_LIMIT or not name.isprintable():
        return []
    by_fingerprint = is_blob_name(name.lower())
    asked = col(Document.sha256) == name.lower() if by_fingerprint else col(Document.number) == name
    query = (
        select_rows(Document, Organisation, Round)
        .outerjoin(Organisation, col(Organisation.id) == Document.organisation_id)
        .outerjoin(Round, col(Round.id) == Document.round_id)
        .where(asked, col(Document.issued_at).is_not(None), col(Document.sha256) != "")
        .order_by(col(Document.id))
    )
    with db.read() as session:
        return [_told(*row) for row in session.execute(query).all()]


def _told(document: Document, branch: Organisation | None, round_: Round | None) -> Issued:
    def words(row: Organisation | Round | None) -> Words:
        return Words(row.name_zh, row.name_en) if row else Words("", "")

    assert document.issued_at
    facts = (
        document.issued_at,
        document.language,
        document.sha256,
        document.subject,
        document.superseded_by,
        document.result_sha256,
    )
    return Issued(document.kind, document.number, words(branch), words(round_), *facts)
