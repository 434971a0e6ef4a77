"""Photos of visits: received once under the UUID the tablet gave them, shown to those who may see the visit.

Order of storing: blob of the original and of both derivatives first (each durable when its call returns), then the row
in one transaction, then the receipt. A photo whose mosaic was changed has no derivatives until they are made anew, so
that nothing is shown without its mosaic.
"""

import datetime as dt
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select, update

from audit.db.engine import Database
from audit.db.models import Photo
from audit.domain.permissions import Actor, authorise_somewhere
from audit.domain.revisions import CAPTURED_SOURCES, is_uuid
from audit.errors import RoundsError
from audit.photos.intake import Intake, IntakePool
from audit.photos.store import PhotoStore
from audit.services import submission
from audit.services.access import (
    AssignmentAccess,
    VisitAccess,
    assignment_for,
    author_of,
    check_meeting,
    shown_on_tablet,
    visit_for,
)
from audit.services.revisions import SUBJECT_LIMIT
from audit.services.visit_content import resolved_subject
from audit.services.visits import check_meeting_open, open_if_needed, takes_late_answers
from audit.services.work import unit_of_work

KINDS = ("thumbnail", "report", "original")
ROUNDS_OF_REMAKING = 5  # somebody would have to change the mosaic that often while one photo is decoded


@dataclass(frozen=True)
class Upload:
    """What a tablet says about a photo it sends. `sha256`: of the bytes, "" when it does not say."""

    uuid: str
    assignment_id: int
    visit_id: int | None
    subject: str = ""
    captured_at: dt.datetime | None = None
    captured_source: str = ""
    sha256: str = ""
    author_id: int | None = None


@dataclass(frozen=True)
class PhotoReceipt:
    """The server's word that a photo is kept."""

    uuid: str
    sha256: str
    size: int
    width: int
    height: int
    received_at: dt.datetime
    created: bool

    def to_json(self) -> dict[str, Any]:
        """Plain data, as the tablet keeps it."""
        return {
            "uuid": self.uuid,
            "sha256": self.sha256,
            "size": self.size,
            "width": self.width,
            "height": self.height,
            "received_at": self.received_at.isoformat(),
        }


@dataclass(frozen=True)
class PhotoFile:
    """A photo to show: the blob's hash, its media type, and a name to save an original under."""

    sha256: str
    media_type: str
    filename: str


Mosaic = list[dict[str, float]]


def receive_photo(
    db: Database, actor: Actor, store: PhotoStore, intake: IntakePool, upload: Upload, data: bytes
) -> PhotoReceipt:
    """Keep a photo, or give the receipt of the one kept before; blocks while it is decoded.

    Raises `not_found` for a foreign visit, `photo.uuid_reused` for other bytes under the same UUID, `photo.*` for what
    is no good photo, `visit.not_open`, `storage_full`.
    """
    mosaic = admit(db, actor, upload)
    sha256 = check_bytes(upload, hashlib.sha256(data).hexdigest())
    known = receipt_of(db, actor, upload, sha256)
    if known:
        return known
    found = intake.take_in(data, mosaic, sha256)
    store.put_bytes(data, found.sha256)
    receipt = keep(db, actor, store, upload, found, mosaic)
    remake(db, store, intake, upload.uuid)
    return receipt


def admit(db: Database, actor: Actor, upload: Upload) -> Mosaic:
    """Return the mosaic to burn in when this person may send this photo now; nothing is read from the body before.

    Raises `not_found`, `visit.not_open`, `invalid` naming the field.
    """
    if not is_uuid(upload.uuid):
        raise RoundsError("invalid", field="uuid")
    if upload.captured_source and upload.captured_source not in CAPTURED_SOURCES:
        raise RoundsError("invalid", field="captured_source")
    if len(upload.subject) > SUBJECT_LIMIT or not upload.subject.isprintable():
        raise RoundsError("invalid", field="subject")
    if upload.captured_at and not 1970 <= upload.captured_at.year <= 2100:
        raise RoundsError("invalid", field="captured_at")
    with db.read() as session:
        access = _access(session, actor, upload, lock=False)
        author_of(session, actor, upload.assignment_id, upload.author_id)
        mosaic, attached_to = _mosaic(session, upload.assignment_id, upload.visit_id, upload.uuid)
        if session.get(Photo, upload.uuid) is None:
            _check_open(session, access, attached_to)
        return mosaic


def check_bytes(upload: Upload, sha256: str) -> str:
    """The hash of the bytes received, when they are those announced. Raises `photo.digest_mismatch`."""
    if upload.sha256 and upload.sha256 != sha256:
        raise RoundsError("photo.digest_mismatch")
    return sha256


def receipt_of(db: Database, actor: Actor, upload: Upload, sha256: str) -> PhotoReceipt | None:
    """The receipt of a photo kept before, None when there is none. Raises `photo.uuid_reused`."""
    with db.read() as session:
        row = session.get(Photo, upload.uuid)
        author_id = author_of(session, actor, upload.assignment_id, upload.author_id)
    if row is None:
        return None
    if row.sha256 != sha256 or row.account_id != author_id:
        raise RoundsError("photo.uuid_reused")
    return PhotoReceipt(row.uuid, row.sha256, row.size, row.width, row.height, row.received_at, created=False)


def keep(db: Database, actor: Actor, store: PhotoStore, upload: Upload, found: Intake, mosaic: Mosaic) -> PhotoReceipt:
    """Store a decoded photo's derivatives and then its row; the original is in the store already."""
    thumbnail, report = store.put_bytes(found.thumbnail), store.put_bytes(found.report)
    try:
        with unit_of_work(db, actor) as work:
            access = _access(work.session, actor, upload, lock=True)
            standing, attached_to = _mosaic(work.session, upload.assignment_id, upload.visit_id, upload.uuid)
            _check_open(work.session, access, attached_to)
            if isinstance(access, VisitAccess) and access.visit.state in ("planned", "returned"):
                open_if_needed(work, access)
            burnt = standing == mosaic
            author_id = author_of(work.session, actor, upload.assignment_id, upload.author_id)
            work.session.add(
                _row(author_id, upload, found, mosaic, thumbnail if burnt else "", report if burnt else "", work.now)
            )
            work.session.flush()
            if isinstance(access, VisitAccess) and access.visit.state in ("submitted", "accepted"):
                submission.take_late_answer(work, access, attached_to)
            kind, subject_id = ("visit", upload.visit_id) if upload.visit_id else ("assignment", upload.assignment_id)
            work.record("photo.received", kind, subject_id, uuid=upload.uuid, sha256=found.sha256)
            return PhotoReceipt(
                upload.uuid, found.sha256, found.size, found.width, found.height, work.now, created=True
            )
    except IntegrityError:  # the same photo arrived at the same moment and was kept first
        receipt = receipt_of(db, actor, upload, found.sha256)
        if receipt is None:
            raise
        return receipt


def remake(db: Database, store: PhotoStore, intake: IntakePool, uuid: str) -> None:
    """Make a photo's derivatives anew when its mosaic was changed; nothing happens when they are there."""
    for _ in range(ROUNDS_OF_REMAKING):
        with db.read() as session:
            row = session.get(Photo, uuid)
            if row is None or row.report_sha256:
                return
            mosaic, _ = _mosaic(session, row.assignment_id, row.visit_id, uuid)
        with store.as_file(row.sha256) as path:
            found = intake.take_in(path, mosaic, row.sha256)
        thumbnail, report = store.put_bytes(found.thumbnail), store.put_bytes(found.report)
        with db.write() as session:
            session.get(Photo, uuid, with_for_update=True)
            if _mosaic(session, row.assignment_id, row.visit_id, uuid)[0] == mosaic:
                session.exec(
                    update(Photo)
                    .where(col(Photo.uuid) == uuid)
                    .values(
                        thumbnail_sha256=thumbnail,
                        report_sha256=report,
                        report_width=found.report_size[0],
                        report_height=found.report_size[1],
                        mosaic=mosaic,
                    )
                )


def remake_all(db: Database, store: PhotoStore, intake: IntakePool, uuids: Sequence[str]) -> None:
    """Make sure that these photos have derivatives, before a document shows them."""
    with db.read() as session:
        waiting = session.exec(select(Photo.uuid).where(col(Photo.uuid).in_(uuids), Photo.report_sha256 == "")).all()
    for uuid in waiting:
        remake(db, store, intake, uuid)


def photo_file(db: Database, actor: Actor, store: PhotoStore, intake: IntakePool, uuid: str, kind: str) -> PhotoFile:
    """A photo that the actor may see, as a blob of the store. Reading an original is recorded.

    Raises `not_found` (missing, foreign, or an original that was deleted after its time) and `forbidden`.
    """
    if kind not in KINDS or not is_uuid(uuid):
        raise RoundsError("not_found")
    permission = "photo.original" if kind == "original" else "visit.read"
    authorise_somewhere(actor, permission)
    with db.read() as session:
        row = _readable(session, actor, uuid, permission)
    if kind == "original":
        return _original(db, actor, row)
    if not row.report_sha256:
        remake(db, store, intake, uuid)
        with db.read() as session:
            row = _readable(session, actor, uuid, permission)
    sha256 = row.thumbnail_sha256 if kind == "thumbnail" else row.report_sha256
    return PhotoFile(sha256, "image/jpeg", f"{uuid}.jpg")


def _original(db: Database, actor: Actor, row: Photo) -> PhotoFile:
    if row.original_deleted_at is not None:
        raise RoundsError("not_found")
    with unit_of_work(db, actor) as work:
        work.record("photo.original_read", "photo", row.uuid, visit_id=row.visit_id)
    ending = {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp"}.get(row.media_type, "heic")
    return PhotoFile(row.sha256, row.media_type, f"{row.uuid}.{ending}")


def _readable(session: Session, actor: Actor, uuid: str, permission: str) -> Photo:
    row = session.get(Photo, uuid)
    if row is None:
        raise RoundsError("not_found")
    if row.visit_id is not None:
        if permission != "visit.read" or not shown_on_tablet(session, actor, uuid):
            visit_for(session, actor, permission, row.visit_id)
    else:
        check_meeting(session, actor, permission, row.assignment_id)
    return row


def _access(session: Session, actor: Actor, upload: Upload, lock: bool) -> VisitAccess | AssignmentAccess:
    if upload.visit_id is None:
        return assignment_for(session, actor, "visit.conduct", upload.assignment_id)
    access = visit_for(session, actor, "visit.conduct", upload.visit_id, lock=lock)
    if access.visit.assignment_id != upload.assignment_id:
        raise RoundsError("not_found")
    return access


def _check_open(session: Session, access: VisitAccess | AssignmentAccess, attached_to: str) -> None:
    """A photo may come while the visit is filled in, and later when a revision that was accepted speaks of it."""
    if isinstance(access, AssignmentAccess):
        if access.round.state in ("draft", "closed"):
            raise RoundsError("visit.not_open", state=access.round.state)
        if not attached_to:
            check_meeting_open(session, access.assignment.id or 0)
        return
    state = access.visit.state
    late = attached_to and takes_late_answers(session, access)
    if state not in ("planned", "open", "returned") and not late:
        raise RoundsError("visit.not_open", state=state)


def _mosaic(session: Session, assignment_id: int, visit_id: int | None, uuid: str) -> tuple[Mosaic, str]:
    """The mosaic that counts for a photo, and what the photo is attached to ("" when no revision describes it yet)."""
    standing = resolved_subject(session, assignment_id, visit_id, f"photo:{uuid}")
    if standing is None:
        return [], ""
    return list(standing.entry.body.get("mosaic") or []), str(standing.entry.body["attached_to"])


def _row(
    author_id: int, upload: Upload, found: Intake, mosaic: Mosaic, thumbnail: str, report: str, now: dt.datetime
) -> Photo:
    # What the camera wrote stands in the row; what the tablet says of time and place stands in the photo's revision.
    captured_at, source = found.captured_at, "exif"
    if captured_at is None:
        captured_at, source = upload.captured_at, (upload.captured_source or "device") if upload.captured_at else ""
    return Photo(
        uuid=upload.uuid,
        assignment_id=upload.assignment_id,
        visit_id=upload.visit_id,
        account_id=author_id,
        subject=upload.subject or f"photo:{upload.uuid}",
        sha256=found.sha256,
        size=found.size,
        media_type=found.media_type,
        width=found.width,
        height=found.height,
        captured_at=captured_at,
        captured_source=source,
        latitude=found.latitude,
        longitude=found.longitude,
        place_source="exif" if found.latitude is not None else "",
        phash=found.phash,
        dhash=found.dhash,
        thumbnail_sha256=thumbnail,
        report_sha256=report,
        report_width=found.report_size[0],
        report_height=found.report_size[1],
        mosaic=mosaic,
        received_at=now,
    )
