"""Revisions received from tablets: each kept once under the UUID the tablet gave it, and never changed.

The same record again gets the same receipt; another one under the same UUID is refused. The first revision opens a
planned visit. After submission only items that were rated *later* take answers, those that such an answer
made visible, and photos of these items. The record of the exit meeting takes nothing more once all visits of its
assignment are accepted.
"""

import datetime as dt
import json
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select, update

from audit.db.engine import Database
from audit.db.models import Photo, Revision
from audit.domain.events import canonical, digest
from audit.domain.permissions import Actor
from audit.domain.revisions import check, is_uuid
from audit.errors import RoundsError
from audit.services import submission
from audit.services.access import AssignmentAccess, VisitAccess, assignment_for, author_of, visit_for
from audit.services.visit_content import known_to, resolved_subject
from audit.services.visits import check_meeting_open, open_if_needed, takes_late_answers
from audit.services.work import Work, unit_of_work

MOST_BASES = 50
MOST_BYTES = 400_000  # of a body in canonical JSON: every text at its limit fits
SUBJECT_LIMIT = 120


@dataclass(frozen=True)
class Record:
    """One revision as a tablet sends it. `device_at` is what the tablet's clock said, time zone included.

    `author_id`: who made it, when that is a leaver whose place the sender took; None: the sender.
    """

    uuid: str
    assignment_id: int
    visit_id: int | None
    subject: str
    body: dict[str, Any]
    device_at: dt.datetime
    bases: tuple[str, ...] = field(default=())
    author_id: int | None = None

    def sha256(self) -> str:
        """The hash that tells whether two records are the same."""
        content = [self.assignment_id, self.visit_id, self.subject, list(self.bases), self.body]
        return digest([*content, self.device_at.astimezone(dt.UTC).isoformat()])


@dataclass(frozen=True)
class Receipt:
    """The server's word that a revision is kept. `stale_photo`: a photo whose derivatives must be made anew."""

    uuid: str
    received_at: dt.datetime
    sha256: str
    created: bool
    stale_photo: str | None = None


def receive(db: Database, actor: Actor, record: Record) -> Receipt:
    """Keep a revision, or give the receipt of the one kept before.

    Raises `not_found` for a foreign visit or assignment, `revision.uuid_reused`, `visit.not_open`, and what
    `domain.revisions.check` refuses.
    """
    _check_envelope(record)
    sha256 = record.sha256()
    try:
        with unit_of_work(db, actor) as work:
            return _receive(work, actor, record, sha256)
    except IntegrityError:  # the same UUID arrived at the same moment and was kept first
        with db.read() as session:
            author_id = author_of(session, actor, record.assignment_id, record.author_id)
            receipt = _known(session, author_id, record.uuid, sha256)
        if receipt is None:
            raise
        return receipt


def _check_envelope(record: Record) -> None:
    if not is_uuid(record.uuid):
        raise RoundsError("revision.field", field="uuid")
    if len(record.bases) > MOST_BASES or not all(is_uuid(base) and base != record.uuid for base in record.bases):
        raise RoundsError("revision.field", field="bases")
    if record.device_at.tzinfo is None or not 2000 <= record.device_at.year <= 2100:
        raise RoundsError("revision.device_time")
    if len(record.subject) > SUBJECT_LIMIT:
        raise RoundsError("too_long", field="subject", limit=SUBJECT_LIMIT)
    try:
        size = len(canonical(record.body))
        json.dumps(record.body, allow_nan=False)
    except (ValueError, RecursionError):
        raise RoundsError("revision.field", field="body") from None
    if size > MOST_BYTES:
        raise RoundsError("too_long", field="body", limit=MOST_BYTES)


def _receive(work: Work, actor: Actor, record: Record, sha256: str) -> Receipt:
    access: VisitAccess | AssignmentAccess
    if record.visit_id is None:
        access = assignment_for(work.session, actor, "visit.conduct", record.assignment_id)
        visit = None
    else:
        access = visit_for(work.session, actor, "visit.conduct", record.visit_id, lock=True)
        visit = access.visit
        if visit.assignment_id != record.assignment_id:
            raise RoundsError("not_found")
    author_id = author_of(work.session, actor, record.assignment_id, record.author_id)
    receipt = _known(work.session, author_id, record.uuid, sha256)
    if receipt:
        return receipt
    known = known_to(work.session, visit, _subject_of_interest(record))
    check(record.subject, record.body, known, in_visit=visit is not None)
    late = _check_open(work, access, record)
    row = Revision(
        uuid=record.uuid,
        assignment_id=record.assignment_id,
        visit_id=record.visit_id,
        subject=record.subject,
        bases=list(record.bases),
        body=record.body,
        body_sha256=sha256,
        account_id=author_id,
        device=actor.device,
        device_at=record.device_at,
        received_at=work.now,
    )
    work.session.add(row)
    work.session.flush()
    stale = _stale_photo(work.session, record)
    if late and isinstance(access, VisitAccess):
        submission.take_late_answer(work, access, late)
    kind, subject_id = ("visit", record.visit_id) if record.visit_id else ("assignment", record.assignment_id)
    handed = {"author_id": author_id} if author_id != actor.account_id else {}
    work.record("revision.received", kind, subject_id, uuid=row.uuid, subject=row.subject, body_sha256=sha256, **handed)
    return Receipt(row.uuid, work.now, sha256, created=True, stale_photo=stale)


def _known(session: Session, author_id: int, uuid: str, sha256: str) -> Receipt | None:
    query = select(Revision.body_sha256, Revision.received_at, Revision.account_id).where(Revision.uuid == uuid)
    found = session.exec(query).first()
    if found is None:
        return None
    if found[0] != sha256 or found[2] != author_id:
        raise RoundsError("revision.uuid_reused")
    return Receipt(uuid, found[1], sha256, created=False)


def _subject_of_interest(record: Record) -> str:
    """The subject by which to look up what the record may refer to: a photo refers by what it is attached to."""
    attached_to = record.body.get("attached_to")
    return attached_to if record.subject.startswith("photo:") and isinstance(attached_to, str) else record.subject


def _check_open(work: Work, access: VisitAccess | AssignmentAccess, record: Record) -> str:
    """Return "" when answers are taken in the ordinary way, else the late item's subject. Raises `visit.not_open`."""
    if isinstance(access, AssignmentAccess):
        if access.round.state in ("draft", "closed"):
            raise RoundsError("visit.not_open", state=access.round.state)
        check_meeting_open(work.session, record.assignment_id)
        _check_signatures(work.session, record)
        return ""
    state = access.visit.state
    if state in ("planned", "open", "returned"):
        open_if_needed(work, access)
        return ""
    subject = _subject_of_interest(record)
    code = subject.removeprefix("item:")
    later = subject.startswith("item:") and code in access.visit.later_items
    if not (later and takes_late_answers(work.session, access)):
        raise RoundsError("visit.not_open", state=state)
    if record.subject == subject:
        standing = resolved_subject(work.session, access.visit.assignment_id, access.visit.id, subject)
        if standing and standing.entry.body.get("rating") not in (None, "later"):
            raise RoundsError("visit.not_open", state=state)
        _check_whole(record.body)
    return subject


def _check_signatures(session: Session, record: Record) -> None:
    """The text under which somebody signed goes with the signature and is never another one."""
    signed = {one.get("photo_uuid"): one.get("text_sha256") for one in record.body.get("signatures") or ()}
    query = select(Revision.body).where(
        Revision.assignment_id == record.assignment_id, Revision.subject == record.subject,
        col(Revision.visit_id).is_(None),
    )  # fmt: skip
    for body in session.exec(query).all() if any(signed) else ():
        for one in body.get("signatures") or ():
            if signed.get(one.get("photo_uuid"), one.get("text_sha256")) != one.get("text_sha256"):
                raise RoundsError("revision.field", field="signatures.text_sha256")


def _check_whole(answer: dict[str, Any]) -> None:
    """An answer after submission is rated, with the reason or date that its rating asks for: nobody asks again."""
    needed = {None: "rating", "na": "reason", "later": "later_on"}.get(answer.get("rating"))
    if needed and not str(answer.get(needed) or "").strip():
        raise RoundsError("revision.field", field=needed)


def _stale_photo(session: Session, record: Record) -> str | None:
    """Take a photo's derivatives out of service when the mosaic that counts is not the one burnt into them."""
    if not record.subject.startswith("photo:"):
        return None
    uuid = record.subject.removeprefix("photo:")
    photo = session.get(Photo, uuid)
    if photo is None or (photo.assignment_id, photo.visit_id) != (record.assignment_id, record.visit_id):
        return None
    standing = resolved_subject(session, record.assignment_id, record.visit_id, record.subject)
    if standing is None or (standing.entry.body.get("mosaic") or []) == photo.mosaic:
        return None
    session.exec(update(Photo).where(col(Photo.uuid) == uuid).values(thumbnail_sha256="", report_sha256=""))
    return uuid
