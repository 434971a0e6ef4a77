"""Photos that were shown before: flagged for a person to judge, at another hall, another visit, or before and after.

Nothing is kept: whoever opens a visit for review has its photos compared with all others. The same bytes are found by
the index of their SHA-256. For alike pictures the database hands over all fingerprints as one text that numpy compares:
70 ms of CPU with 100,000 photos in the city and 40 in the visit (bands of the hashes as indexes would leave about 2 %
of the city as candidates for each photo, which costs more). What comes near is judged by `domain.photos.is_reuse`.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select as select_rows
from sqlmodel import Session, col, func, select

from audit.db.engine import Database
from audit.db.models import Assignment, Outlet, Photo, Revision, Round, Visit
from audit.domain.permissions import Actor, Where, may
from audit.domain.photos import Standing, is_reuse, reuse_kind
from audit.domain.revisions import attached_photos, resolve
from audit.photos.alike import Fingerprints
from audit.services.access import visit_for
from audit.services.visit_content import entry_of

MOST_COMPARED = 500  # photos looked at closely for one visit, the newest first: a black picture is like many others


@dataclass(frozen=True)
class Twin:
    """A photo that another one looks like; `body`: what its newest revision says of it.

    `kind`: as in `domain.photos.reuse_kind`; `exact`: the very same bytes.
    """

    photo: Photo
    body: Mapping[str, Any]
    standing: Standing
    visit: Visit
    round: Round
    outlet: Outlet
    kind: str = ""
    exact: bool = False


def find_reuse(db: Database, actor: Actor, visit_id: int) -> dict[str, tuple[Twin, ...]]:
    """Photo of the visit → the photos it looks like, the oldest first; photos without any are left out.

    For those who review the visit. Raises `forbidden` and `not_found`.
    """
    with db.read() as session:
        visit_for(session, actor, "visit.review", visit_id)
        ours = {twin.photo.uuid: twin for twin in _shown(session, actor, Photo.visit_id == visit_id)}
        if not ours:
            return {}
        near = _near(session, ours)
        others = {twin.photo.uuid: twin for twin in _shown(session, actor, col(Photo.uuid).in_(near))}
    found = {}
    for uuid, mine in ours.items():
        twins = [twin for other, twin in others.items() if uuid in near[other]]
        kinds = [(twin, reuse_kind(mine.standing, twin.standing)) for twin in twins]
        alike = [
            replace(twin, kind=kind, exact=twin.photo.sha256 == mine.photo.sha256)
            for twin, kind in kinds
            if kind and is_reuse(mine.photo, twin.photo)
        ]
        if alike:
            found[uuid] = tuple(sorted(alike, key=lambda twin: (twin.photo.received_at, twin.photo.uuid)))
    return found


def _near(session: Session, ours: Mapping[str, Twin]) -> dict[str, set[str]]:
    """Other photo → those of ours that it may be again, by bytes or by fingerprint."""
    near: dict[str, set[str]] = defaultdict(set)
    by_bytes: dict[str, list[str]] = defaultdict(list)
    for uuid, twin in ours.items():
        by_bytes[twin.photo.sha256].append(uuid)
    same = select(Photo.uuid, Photo.sha256).where(col(Photo.sha256).in_(by_bytes), col(Photo.visit_id).is_not(None))
    for other, sha256 in session.exec(same).all():
        near[other].update(by_bytes[sha256])
    every = Fingerprints(_packed(session))
    for uuid, twin in ours.items():
        if twin.photo.phash and twin.photo.dhash:
            for other in every.near(twin.photo.phash, twin.photo.dhash):
                near[other].add(uuid)
    for uuid in ours:
        near[uuid].discard(uuid)
    return near


def _packed(session: Session) -> str:
    """The fingerprints of all photos of visits as one text, but those that were signatures when they arrived."""
    one = col(Photo.phash) + col(Photo.dhash) + col(Photo.uuid)
    query = select(func.aggregate_strings(one, "")).where(
        col(Photo.visit_id).is_not(None),
        Photo.subject != "signature",
        func.length(Photo.phash) == 16,
        func.length(Photo.dhash) == 16,
    )
    return session.exec(query).one() or ""


def _shown(session: Session, actor: Actor, which: Any) -> Iterable[Twin]:
    """Photos that are shown somewhere the actor reviews (not removed, no signatures), with where they stand."""
    rows = session.execute(
        select_rows(Photo, Visit, Assignment, Round, Outlet)
        .join(Visit, col(Visit.id) == Photo.visit_id)
        .join(Assignment, col(Assignment.id) == Visit.assignment_id)
        .join(Round, col(Round.id) == Assignment.round_id)
        .join(Outlet, col(Outlet.id) == Visit.outlet_id)
        .where(which)
        .order_by(col(Photo.received_at).desc(), col(Photo.uuid))
        .limit(MOST_COMPARED)
    ).all()
    subjects = [f"photo:{photo.uuid}" for photo, *_ in rows]
    visits = {visit.id for _, visit, *_ in rows}
    told = session.exec(
        select(Revision).where(col(Revision.visit_id).in_(visits), col(Revision.subject).in_(subjects))
    ).all()
    resolved = resolve(map(entry_of, told))
    attached = {photo.uuid: photo for photo in attached_photos(resolved)}
    for photo, visit, assignment, round_, outlet in rows:
        place = attached.get(photo.uuid)
        if place is None or not may(actor, "visit.review", Where(assignment.inspected_id, outlet.id)):
            continue
        standing = Standing(visit.id, outlet.id, place.attached_to, place.role)
        if standing.judged:
            body = resolved[f"photo:{photo.uuid}"].entry.body
            yield Twin(photo, body, standing, visit, round_, outlet)
