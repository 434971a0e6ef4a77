"""Parts of the visit report page: its pages as pictures, and the choice of photos."""

from collections.abc import Mapping
from html import escape
from urllib.parse import quote

import streamlit as st

from audit.domain.reports import FIGURE_PARTS, PhotoRef, VisitReport
from audit.i18n import format_instant
from audit.services import papers
from audit.services.installation import installation
from audit.ui.page import Here, plain
from audit.ui.words import N_

COLUMNS = 4
GROUPS = {
    "overview": N_("Views of the outlets"),
    "highlights": N_("Highlights"),
    "shortcomings": N_("Shortcomings"),
    "campaigns": N_("Campaigns"),
    "meeting": N_("The exit meeting"),
    "others": N_("Photos of other items"),
}
_GRID = "display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,340px),1fr));gap:16px"
_PAGE = "width:100%;aspect-ratio:210/297;outline:1px solid var(--st-border-color,#d5dcd9)"
_PHOTO = "width:100%;aspect-ratio:4/3;object-fit:cover;border-radius:8px"
_LABEL = (
    "height:4.2em;line-height:1.4;overflow:hidden;font-size:14px;margin-top:6px;"
    "display:-webkit-box;-webkit-box-orient:vertical;-webkit-line-clamp:3"
)


def preview(me: Here, number: int) -> None:
    """The pages as pictures, and the download; of an issued document also how it is verified."""
    row = papers.document(installation(), me.actor, number)
    st.link_button(me._("Download the PDF"), f"/documents/{number}", type="primary")
    facts = {"pages": row.pages, "size": f"{row.size / 1e6:.1f}"}
    if row.issued_at:
        text, at = me._("{number}, issued {time}, {pages} pages, {size} MB"), row.issued_at
    else:
        text, at = me._("Draft of {time}, {pages} pages, {size} MB"), row.created_at
    st.caption(plain(text.format(number=row.number, time=format_instant(me.locale, at), **facts)))
    if row.issued_at:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.link_button(me._("Verify it"), f"/verify/{quote(row.number, safe='')}")
            st.caption(me._("Fingerprint (SHA-256): {sha256}").format(sha256=row.sha256))
    pages = "".join(
        f'<img loading="lazy" src="/documents/{number}/pages/{page}" alt="{page}" style="{_PAGE}">'
        for page in range(1, (row.pages or 0) + 1)
    )
    st.html(f'<div style="{_GRID}">{pages}</div>')


def choose_photos(me: Here, report: VisitReport, shown: Mapping[str, bool]) -> dict[str, bool]:
    """A tick for every photo that the report could show, in groups as in the document; uuid → shown.

    Only what differs from the preset is in the answer: what comes later, and what nobody touched, follows the preset.
    """
    chosen: dict[str, bool] = {}
    for part in FIGURE_PARTS:
        photos = {str(photo.uuid): photo for name, photo in report.figures() if name == part}
        if not photos:
            continue
        before = {uuid: shown.get(uuid, photo.preset) for uuid, photo in photos.items()}
        label = me._("{group}: {shown} of {all} in the report").format(
            group=me._(GROUPS[part]), shown=sum(before.values()), all=len(photos)
        )
        with st.expander(label, expanded=any(before.values())):
            columns = st.columns(COLUMNS)
            for place, (uuid, photo) in enumerate(photos.items()):
                with columns[place % COLUMNS]:
                    ticked = _tick(me, photo, before[uuid])
                if ticked != photo.preset:
                    chosen[uuid] = ticked
    return chosen


def _tick(me: Here, photo: PhotoRef, shown: bool) -> bool:
    """A photo with its words; whether it is to be shown."""
    language = "zh" if me.locale.startswith("zh") else "en"
    text = escape(
        " · ".join(part for part in (photo.place.of(language), photo.caption or photo.issue.of(language)) if part)
    )
    st.html(
        f'<img loading="lazy" src="/photos/{photo.uuid}/thumbnail" alt="" style="{_PHOTO}">'
        f'<div title="{text}" style="{_LABEL}">{text}</div>'
    )
    return st.checkbox(me._("In the report"), shown, key=f"photo_{photo.uuid}")
