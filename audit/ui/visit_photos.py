"""The photos of a visit on a page: what each shows, when and where it was taken, and what it looks like elsewhere."""

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import streamlit as st

from audit.db.models import Outlet, Photo
from audit.domain.permissions import Where, may
from audit.domain.photos import distance_m
from audit.domain.reports import PhotoRef, Shape
from audit.domain.revisions import attached_photos
from audit.domain.visits import AttachedPhoto
from audit.i18n import format_instant
from audit.services.loop.marked import Marked
from audit.services.photo_reuse import Twin, find_reuse
from audit.services.visits import VisitDetail
from audit.ui.gallery import Card, Picture, gallery
from audit.ui.page import Here, plain
from audit.ui.words import N_
from exports.overlay import overlay

Reuse = Mapping[str, tuple[Twin, ...]]
BESIDE = {"before": 0, "evidence": 1, "overview": 2, "after": 3}  # the order of pictures in one card
SAME_TIME = dt.timedelta(minutes=1)  # the same moment, told by two sources, is told once
MOST_TWINS = 3  # shown beside one photo; the rest is told as a number


def wall(me: Here, detail: VisitDetail) -> None:
    """All photos that arrived, by what they are attached to; before and after side by side; reuse on top."""
    shown = [photo for photo in attached_photos(detail.resolved) if photo.uuid in detail.photos]
    shown = [photo for photo in shown if photo.role != "signature" and photo.attached_to != "signature"]
    if not shown:
        st.caption(me._("No photos."))
        return
    found = reuse(me, detail)
    by_subject: dict[str, list[AttachedPhoto]] = defaultdict(list)
    for photo in shown:
        by_subject[photo.attached_to].append(photo)
    cards = []
    places = {f"item:{item.code}": place for place, item in enumerate(detail.checklist.items(), start=1)}
    for subject in sorted(by_subject, key=lambda one: (0 if one == "overview" else places.get(one, 10_000), one)):
        title = attached_words(me, detail, subject)
        group = sorted(by_subject[subject], key=lambda photo: BESIDE.get(photo.role, 1))
        pictures = [_picture(me, detail, photo, photo.uuid in found) for photo in group]
        if any(photo.role == "after" for photo in group):
            cards.append(Card(title, tuple(pictures)))
        else:
            cards.extend(Card(title, (picture,)) for picture in pictures)
    gallery(me, "photos", cards)


def reuse(me: Here, detail: VisitDetail) -> Reuse:
    """Warn those who review of photos that look like others, both side by side; nothing follows by itself."""
    row = detail.row
    if not may(me.actor, "visit.review", Where(row.assignment.inspected_id, row.outlet.id)):
        return {}
    found = find_reuse(me.db, me.actor, row.visit.id or 0)
    if not found:
        return {}
    _ = me._
    known = {photo.uuid: photo for photo in attached_photos(detail.resolved)}
    cards = []
    for uuid, twins in found.items():
        mine = known[uuid]
        if mine.role != "after" and all(twin.kind == "before_after" for twin in twins):
            continue  # told with the picture taken afterwards
        exact = any(twin.exact for twin in twins)
        said = _("The very same file.") if exact else _("Almost the same picture.")
        if len(twins) > MOST_TWINS:
            said += " " + _("It looks like {count} more.").format(count=len(twins) - MOST_TWINS)
        this = _picture(me, detail, mine, label=_("This visit"))
        others = (_twin(me, detail, twin) for twin in twins[:MOST_TWINS])
        cards.append(Card(attached_words(me, detail, mine.attached_to), (this, *others), said))
    told = me.counted(
        len(cards),
        N_("{count} photo looks like others. Please compare them: it is for you to judge whether it was used twice."),
        N_("{count} photos look like others. Please compare them: it is for you to judge whether one was used twice."),
    )
    st.warning(plain(told), icon="⚠️")
    gallery(me, "reuse", cards)
    st.subheader(_("All photos"), anchor=False)
    return found


def attached_words(me: Here, detail: VisitDetail, subject: str) -> str:
    """What a photo is attached to, in words: the item with its code, the highlight, the outlet as a whole."""
    code = subject.removeprefix("item:")
    item = next((item for item in detail.checklist.items() if item.code == code), None)
    if item:
        return f"{code} {me.pick(item, 'text')}"
    others = {"highlight": me._("Highlight"), "overview": me._("Overview"), "campaign": me._("Campaign")}
    return others.get(subject.split(":")[0], "")


def picture(photo: Photo, alt: str, **more: Any) -> Picture:
    """A stored photo as a picture; `more` goes into it as it is."""
    return Picture(photo.uuid, alt, photo.report_width or 4, photo.report_height or 3, **more)


def marked(me: Here, photo: Marked, alt: str) -> Picture:
    """A photo of a finding with what the inspector drew over it and wrote below it."""
    label = me.word("photo_role", photo.role) if photo.role in ("before", "after") else ""
    lines = (photo.caption,) if photo.caption else ()
    return Picture(photo.uuid, alt, photo.width, photo.height, label, lines, photo.marks)


def _picture(me: Here, detail: VisitDetail, photo: AttachedPhoto, alike: bool = False, label: str = "") -> Picture:
    row, body = detail.photos[photo.uuid], detail.resolved[f"photo:{photo.uuid}"].entry.body
    caption = str(body.get("caption") or "")
    role = me.word("photo_role", photo.role) if photo.role in ("before", "after") else ""
    lines = [caption, *_taken(me, row, body, detail.row.outlet)]
    if alike:
        lines.append("⚠ " + me._("Looks like another photo"))
    if row.original_deleted_at:
        lines.append(me._("The original was deleted after its time."))
    where = Where(detail.row.assignment.inspected_id, detail.row.outlet.id)
    return picture(
        row,
        " · ".join(part for part in (role, attached_words(me, detail, photo.attached_to), caption) if part),
        label=label or role,
        lines=tuple(line for line in lines if line),
        overlay=_marks(row, body),
        original=row.original_deleted_at is None and may(me.actor, "photo.original", where),
    )


def _twin(me: Here, detail: VisitDetail, twin: Twin) -> Picture:
    """The other photo: where it is shown and when it was taken."""
    assert isinstance(twin.photo, Photo)  # a visit's photos are compared with those of visits
    inside = twin.kind == "before_after"
    label = me.word("photo_role", twin.standing.role) if inside else me.pick(twin.outlet)
    subject = twin.standing.attached_to
    code = subject.removeprefix("item:") if subject.startswith("item:") else attached_words(me, detail, subject)
    where = code if inside else f"{me.pick(twin.round)} · {code}"
    return picture(
        twin.photo, f"{label} · {where}", label=label, lines=(where, *_taken(me, twin.photo, twin.body, twin.outlet))
    )


def _marks(row: Photo, body: Mapping[str, Any]) -> str:
    shapes = tuple(map(Shape.of, body.get("overlay") or ()))
    return str(overlay(PhotoRef(UUID(row.uuid), row.report_width or 4, row.report_height or 3, overlay=shapes)))


def _taken(me: Here, row: Photo, body: Mapping[str, Any], outlet: Outlet) -> list[str]:
    """When and where, each with its source: the tablet, the file and the photo itself may disagree."""
    _ = me._
    lines = []
    times = [(row.captured_at, row.captured_source)] if row.captured_at else []
    if body.get("captured_at"):
        said = _instant(str(body["captured_at"]))
        if not row.captured_at or abs(said - row.captured_at) > SAME_TIME:
            times.append((said, str(body.get("captured_source") or "")))
    for at, source in times:
        lines.append(" · ".join(part for part in (format_instant(me.locale, at), me.word("captured", source)) if part))
    if not times:
        lines.append(_("No time recorded"))
    place = body.get("place")
    if place:
        told = _("by the tablet, ± {metres} m").format(metres=round(place.get("accuracy") or 0))
        lines.append(_place(me, place["lat"], place["lon"], told, outlet))
    if row.latitude is not None and row.longitude is not None:
        lines.append(_place(me, row.latitude, row.longitude, me.word("captured", row.place_source), outlet))
    return lines


def _place(me: Here, latitude: float, longitude: float, source: str, outlet: Outlet) -> str:
    told = f"{latitude:.4f}, {longitude:.4f} · {source}"
    if outlet.latitude is None or outlet.longitude is None:
        return told
    metres = distance_m((latitude, longitude), (outlet.latitude, outlet.longitude))
    far = f"{metres / 1000:.1f} km" if metres >= 1000 else f"{round(metres, -1):.0f} m"
    return f"{told} · " + me._("{distance} from the outlet").format(distance=far)


def _instant(text: str) -> dt.datetime:
    found = dt.datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=dt.UTC)
