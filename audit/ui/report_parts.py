"""Parts of the visit report page: its pages as pictures, and the choice of photos."""

from html import escape

import streamlit as st

from audit.domain.reports import VisitReport
from audit.i18n import format_instant
from audit.services import reports
from audit.services.installation import installation
from audit.ui.page import Here

COLUMNS = 4
_GRID = "display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,340px),1fr));gap:16px"
_PAGE = "width:100%;aspect-ratio:210/297;outline:1px solid var(--st-border-color,#d5dcd9)"
_PHOTO = "width:100%;aspect-ratio:4/3;object-fit:cover;border-radius:8px"
_LABEL = "height:2.8em;line-height:1.4;overflow:hidden;font-size:14px;margin-top:6px"


def preview(me: Here, number: int) -> None:
    """The pages as pictures, and the download."""
    row, _path = reports.document(installation(), me.actor, number)
    made = format_instant(me.locale, row.created_at)
    st.link_button(me._("Download the PDF"), f"/documents/{number}", type="primary")
    st.caption(me._("Draft of {time}, {pages} pages, {size} MB").format(
        time=made, pages=row.pages, size=f"{row.size / 1e6:.1f}"
    ))  # fmt: skip
    pages = "".join(
        f'<img loading="lazy" src="/documents/{number}/pages/{page}" alt="{page}" style="{_PAGE}">'
        for page in range(1, (row.pages or 0) + 1)
    )
    st.html(f'<div style="{_GRID}">{pages}</div>')


def choose_photos(me: Here, report: VisitReport, shown: dict[str, bool]) -> dict[str, bool]:
    """A tick for every photo that the report could show; uuid → shown."""
    figures = [photo for photo in report.photos() if photo.number]
    language = "zh" if me.locale.startswith("zh") else "en"
    columns = st.columns(COLUMNS)
    for place, photo in enumerate(figures):
        with columns[place % COLUMNS]:
            uuid = str(photo.uuid)
            text = escape(f"{photo.place.of(language)} {photo.caption or photo.issue.of(language)}")
            st.html(
                f'<img loading="lazy" src="/photos/{uuid}/thumbnail" alt="" style="{_PHOTO}">'
                f'<div title="{text}" style="{_LABEL}">{text}</div>'
            )
            shown[uuid] = st.checkbox(me._("In the report"), shown.get(uuid, True), key=f"photo_{uuid}")
    return shown
