"""Keeping the photo store tidy: originals go after their retention period, blobs that nobody refers to after a day."""

import datetime as dt
from dataclasses import dataclass

from sqlmodel import Session, and_, col, or_, select, update

from audit.db.engine import Database
from audit.db.models import Evidence, Photo, Question, ReferencePhoto
from audit.photos.store import PhotoStore, collect_orphans
from audit.services import clock, reference_photos
from audit.services.work import unit_of_work


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
    question = select(Question.id).where(Question.picture_sha256 == sha256)
    return bool(
        session.exec(photo).first()
        or session.exec(evidence).first()
        or reference_photos.is_used(session, sha256)
        or session.exec(question).first()
    )


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
    found |= set(session.exec(select(Question.picture_sha256)).all())
    return found - {""}
