"""Keeping the documents folder tidy: drafts go after a week, files that no row needs after a day."""

import datetime as dt
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlmodel import col, delete, select

from audit.db.engine import Database
from audit.db.models import Document
from audit.services import clock
from audit.services.installation import Installation
from audit.services.reports import DRAFT, UNFINISHED
from audit.services.work import unit_of_work

DRAFT_AGE = dt.timedelta(days=7)  # a draft is made again in two seconds, and what it shows is stale by then
ORPHAN_AGE = dt.timedelta(days=1)  # a file stands there a moment before its row does


@dataclass(frozen=True)
class Cleared:
    """What a run took away: rows of old drafts, and files."""

    drafts: int
    files: int


def collect_documents(house: Installation) -> Cleared:
    """Delete drafts older than a week (recorded), then files and unfinished folders that nobody wrote for a day.

    The row goes first: a crash in between leaves a file without a row, which the next run takes.
    """
    with unit_of_work(house.db, None) as work:
        old = (col(Document.kind) == DRAFT, col(Document.created_at) < work.now - DRAFT_AGE)
        ids = work.session.exec(select(Document.id).where(*old)).all()
        if ids:
            work.session.exec(delete(Document).where(col(Document.id).in_(ids)))
            work.record("report.drafts_deleted", "document", ids[0], count=len(ids))
    before = (clock.now() - ORPHAN_AGE).timestamp()
    gone = [path for path in _aged(house.settings.home / "documents", before) if _removed(house.db, path, before)]
    return Cleared(len(ids), len(gone))


def _aged(folder: Path, before: float) -> Iterator[Path]:
    """Documents and unfinished folders that were last written before the moment."""
    for path in [*folder.glob(f"{UNFINISHED}*"), *folder.glob("??/*.pdf")]:
        if path.stat().st_mtime < before:
            yield path


def _removed(db: Database, path: Path, before: float) -> bool:
    """Remove a path unless a row needs it; whether it went.

    A file is moved aside first and looked up again then: the same document may be made anew at this very moment, and
    its row may already count on the file.
    """
    if path.name.startswith(UNFINISHED):
        shutil.rmtree(path, ignore_errors=True)
        return True
    if _needed(db, path.stem):
        return False
    aside = path.with_suffix(".gone")
    path.replace(aside)
    if _needed(db, path.stem) or aside.stat().st_mtime >= before:
        aside.replace(path)
        return False
    aside.unlink()
    return True


def _needed(db: Database, sha256: str) -> bool:
    with db.read() as session:
        return session.exec(select(Document.id).where(col(Document.sha256) == sha256)).first() is not None
