"""Photos that were shown before: flagged for a person to judge, at another hall, another visit, or before and after.

Nothing is kept: whoever opens a visit, or the answer to a finding, for review has its photos compared with all others,
through the indexes of `db.queries.alike`. What comes near is judged by `domain.photos.is_reuse`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select as select_rows
from sqlmodel import Session, col, select

from audit.db.engine import Database
from audit.db.models import Assignment, Evidence, Finding, Outlet, Photo, Revision, Round, Visit
from audit.db.queries.alike import near
from audit.domain.permissions import Actor, Where, may
from audit.domain.photos import Standing, reuse_kind
from audit.domain.revisions import attached_photos, resolve
from audit.services.access import visit_for
from audit.services.loop.reach import finding_for, readable
from audit.services.visit_content import entry_of

MOST_COMPARED = 500  # photos looked at closely for one visit, the newest first: a black picture is like many others


@dataclass(frozen=True)
class Twin:
    """A photo that another one looks like; `body`: what its newest revision says of it (nothing of evidence).

    `kind`: as in `domain.photos.reuse_kind`; `exact`: the very same bytes.
    """

    photo: Photo | Evidence
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
        alike = near(session, Photo, {uuid: twin.photo for uuid, twin in ours.items()})
        others = {twin.photo.uuid: twin for twin in _shown(session, actor, col(Photo.uuid).in_(alike))}
    return _odd(ours, alike, others)


def find_evidence_reuse(db: Database, actor: Actor, finding_id: int) -> dict[str, tuple[Twin, ...]]:
    """Photo given as evidence in the present cycle → the photos of visits and of evidence that it looks like.

    For those who review the finding. Raises `forbidden` and `not_found`.
    """
    with db.read() as session:
        finding = finding_for(session, actor, "finding.review", finding_id).finding
        mine = (col(Evidence.finding_id) == finding_id, col(Evidence.cycle) == finding.cycle)
        ours = {twin.photo.uuid: twin for twin in _given(session, actor, *mine)}
        if not ours:
            return {}
        prints = {uuid: twin.photo for uuid, twin in ours.items()}
        seen, given = near(session, Photo, prints), near(session, Evidence, prints)
        others = {twin.photo.uuid: twin for twin in _shown(session, actor, col(Photo.uuid).in_(seen))}
        others |= {twin.photo.uuid: twin for twin in _given(session, actor, col(Evidence.uuid).in_(given))}
    return _odd(ours, {**seen, **given}, others)


def _odd(
    ours: Mapping[str, Twin], alike: Mapping[str, set[str]], others: Mapping[str, Twin]
) -> dict[str, tuple[Twin, ...]]:
    """Of the others that look like one of ours those about which something is odd, the oldest first."""
    found = {}
    for uuid, mine in ours.items():
        kinds = [
            (twin, reuse_kind(mine.standing, twin.standing)) for other, twin in others.items()
            if uuid in alike.get(other, ())
        ]  # fmt: skip
        odd = [replace(twin, kind=kind, exact=twin.photo.sha256 == mine.photo.sha256) for twin, kind in kinds if kind]
        if odd:
            found[uuid] = tuple(sorted(odd, key=lambda twin: (twin.photo.received_at, twin.photo.uuid)))
    return found


def _given(session: Session, actor: Actor, *which: Any) -> Iterable[Twin]:
    """Photos that stand as evidence of a rectification the actor reviews, with where they stand."""
    rows = session.execute(
        select_rows(Evidence, Finding, Visit, Round, Outlet)
        .join(Finding, col(Finding.id) == Evidence.finding_id)
        .join(Visit, col(Visit.id) == Finding.visit_id)
        .join(Round, col(Round.id) == Finding.round_id)
        .join(Outlet, col(Outlet.id) == Finding.outlet_id)
        .where(*which, col(Evidence.subject) == "rectification", col(Evidence.report_sha256) != "")
        .where(col(Evidence.kind) == "photo")  # one sealed scan may well answer for several halls
        .where(col(Evidence.removed_at).is_(None), readable(actor, "finding.review"))
        .order_by(col(Evidence.received_at).desc(), col(Evidence.uuid))
        .limit(MOST_COMPARED)
    ).all()
    for shot, finding, visit, round_, outlet in rows:
        standing = Standing(visit.id or 0, outlet.id or 0, f"finding:{finding.id}", shot.role, shot.cycle)
        yield Twin(shot, {}, standing, visit, round_, outlet)


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
