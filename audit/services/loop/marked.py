"""The photos that a visit took of findings, with what the inspector drew over them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from audit.db.models import FindingPhoto, Photo, Revision
from audit.domain.reports import PhotoRef, Shape
from audit.domain.revisions import resolve
from audit.services.visit_content import entry_of
from exports.overlay import overlay


@dataclass(frozen=True)
class Marked:
    """A photo of the visit with its size in pixels; `marks`: what was drawn over it as SVG, "" for nothing."""

    uuid: str
    role: str
    width: int
    height: int
    caption: str
    marks: str


def marked_photos(session: Session, finding_ids: Iterable[int]) -> dict[int, tuple[Marked, ...]]:
    """Finding id → its photos in the order they arrived, for whoever may see these findings."""
    query = select(FindingPhoto, Photo).join(Photo, col(Photo.uuid) == FindingPhoto.photo_uuid)
    query = query.where(col(FindingPhoto.finding_id).in_(list(finding_ids)))
    pairs = session.exec(query.order_by(col(Photo.received_at), col(Photo.uuid))).all()
    said = _said(session, [photo for _link, photo in pairs])
    found: dict[int, list[Marked]] = {}
    for link, photo in pairs:
        found.setdefault(link.finding_id, []).append(_marked(photo, link.role, said.get(photo.uuid, {})))
    return {number: tuple(photos) for number, photos in found.items()}


def _said(session: Session, photos: Iterable[Photo]) -> dict[str, Mapping[str, Any]]:
    """Photo → the body of the revision that counts for it: the caption and the shapes."""
    visits = {f"photo:{photo.uuid}": photo.visit_id for photo in photos}
    query = select(Revision).where(
        col(Revision.visit_id).in_(set(visits.values())), col(Revision.subject).in_(list(visits))
    )
    rows = session.exec(query.order_by(col(Revision.seq))).all()
    mine = [entry_of(row) for row in rows if row.visit_id == visits[row.subject]]
    return {subject.removeprefix("photo:"): found.entry.body for subject, found in resolve(mine).items()}


def _marked(photo: Photo, role: str, body: Mapping[str, Any]) -> Marked:
    shapes = tuple(map(Shape.of, body.get("overlay") or ()))
    width, height = photo.report_width or 4, photo.report_height or 3
    marks = str(overlay(PhotoRef(UUID(photo.uuid), width, height, overlay=shapes)))
    return Marked(photo.uuid, role, width, height, str(body.get("caption") or ""), marks)
