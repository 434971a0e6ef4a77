"""Keeping the documents' store tidy: drafts go after a week, files that no row needs after a day."""

import datetime as dt
from dataclasses import dataclass

from sqlmodel import Session, col, delete, select

from audit.db.engine import Database
from audit.db.models import Document, Evidence
from audit.photos.store import ORPHAN_AGE, collect_orphans
from audit.services.installation import Installation
from audit.services.papers import DRAFTS
from audit.services.work import unit_of_work

DRAFT_AGE = dt.timedelta(days=7)  # a draft is made again in two seconds, and what it shows is stale by then


@dataclass(frozen=True)
class Cleared:
    """What a run took away: rows of old drafts, and files."""

    drafts: int
    files: int


def collect_documents(house: Installation, orphan_age: dt.timedelta = ORPHAN_AGE) -> Cleared:
    """Delete drafts older than a week (recorded), then files without a row that nobody put for `orphan_age`.

    The row goes first: a crash in between leaves a file without a row, which the next run takes.
    """
    with unit_of_work(house.db, None) as work:
        old = (col(Document.kind).in_(DRAFTS), col(Document.created_at) < work.now - DRAFT_AGE)
        ids = work.session.exec(select(Document.id).where(*old)).all()
        if ids:
            work.session.exec(delete(Document).where(col(Document.id).in_(ids)))
            work.record("report.drafts_deleted", "document", ids[0], count=len(ids))
    gone = collect_orphans(house.documents, lambda sha256: is_needed(house.db, sha256), orphan_age)
    return Cleared(len(ids), len(gone))


def is_needed(db: Database, sha256: str) -> bool:
    """Whether any row still needs a file."""
    with db.read() as session:
        document = session.exec(select(Document.id).where(col(Document.sha256) == sha256)).first()
        evidence = session.exec(select(Evidence.uuid).where(col(Evidence.sha256) == sha256)).first()
        return document is not None or evidence is not None


def needed(session: Session) -> set[str]:
    """The hashes of all files that some row needs; photos among the evidence lie in the photos' store."""
    evidence = session.exec(select(Evidence.sha256).where(col(Evidence.kind) != "photo")).all()
    made = session.exec(select(Document.sha256).where(col(Document.sha256) != "")).all()
    return {*made, *evidence}
