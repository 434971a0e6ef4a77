"""Keeping the photo store tidy: originals go after their retention period, blobs that nobody refers to after a day."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, and_, col, or_, select, update

from audit.db.engine import Database
from audit.db.models import Contestant, ContributionPhoto, Evidence, Photo, Question, ReferencePhoto
from audit.photos.store import PhotoStore, collect_orphans
from audit.services import clock, reference_photos
from audit.services.work import unit_of_work

_CONTEST: tuple[tuple[Any, tuple[Any, Any]], ...] = (
    (Contestant.id, (col(Contestant.photo_sha256), col(Contestant.thumbnail_sha256))),
    (Question.id, (col(Question.picture_sha256), col(Question.picture_sha256))),
    (ContributionPhoto.position, (col(ContributionPhoto.picture_sha256), col(ContributionPhoto.thumbnail_sha256))),
)


@dataclass(frozen=True)
class Collected:
    """What a run took away: originals past their retention, and orphaned blobs."""

    originals: int
    orphans: int


def collect_photos(db: Database, store: PhotoStore, originals_days: int) -> Collected:
    """Delete originals received more than `originals_days` ago (each is recorded), then blobs without a row.

    The row is changed first: a crash in between leaves a blob without a row, which the next run takes.
    """
    limit = clock.now() - dt.timedelta(days=originals_days)
    with unit_of_work(db, None) as work:
        due = (
            col(Photo.received_at) < limit,
            col(Photo.original_deleted_at).is_(None),
            col(Photo.sha256) != col(Photo.report_sha256),
            col(Photo.report_sha256) != "",  # a mosaic is still to be burnt in, which needs the original
        )
        uuids = work.session.exec(select(Photo.uuid).where(*due)).all()
        for uuid in uuids:
            work.session.exec(update(Photo).where(col(Photo.uuid) == uuid).values(original_deleted_at=work.now))
            work.record("photo.original_deleted", "photo", uuid)
    gone = collect_orphans(store, lambda sha256: is_referenced(db, sha256))
    return Collected(len(uuids), len(gone))


def is_referenced(db: Database, sha256: str) -> bool:
    """Whether any row still needs a blob."""
    with db.read() as session:
        return _needed(session, sha256)


def _needed(session: Session, sha256: str) -> bool:
    kept_original = and_(col(Photo.sha256) == sha256, col(Photo.original_deleted_at).is_(None))
    derivative = or_(col(Photo.thumbnail_sha256) == sha256, col(Photo.report_sha256) == sha256)
    photo = select(Photo.uuid).where(or_(kept_original, derivative))
    evidence = select(Evidence.uuid).where(
        or_(
            col(Evidence.sha256) == sha256,
            col(Evidence.thumbnail_sha256) == sha256,
            col(Evidence.report_sha256) == sha256,
        )
    )
    queries = (
        photo,
        evidence,
        *(select(table).where(or_(*(name == sha256 for name in names))) for table, names in _CONTEST),
    )
    return any(session.exec(query.limit(1)).first() for query in queries) or reference_photos.is_used(session, sha256)


def needed(session: Session) -> set[str]:
    """The hashes of all blobs that some row needs."""
    photos = session.exec(
        select(Photo.sha256, Photo.original_deleted_at, Photo.thumbnail_sha256, Photo.report_sha256)
    ).all()
    found = {name for _, _, *names in photos for name in names}
    found |= {original for original, deleted_at, *_ in photos if deleted_at is None}
    for row in session.exec(select(ReferencePhoto)).all():
        found |= {row.thumbnail_sha256, row.picture_sha256}
    evidence = select(Evidence.sha256, Evidence.thumbnail_sha256, Evidence.report_sha256)
    for names in session.exec(evidence.where(col(Evidence.kind) == "photo")).all():
        found |= set(names)
    for _, columns in _CONTEST:
        for pair in session.exec(select(*columns)).all():
            found |= set(pair)
    return found - {""}
