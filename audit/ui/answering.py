"""The branch writes its rectification: kept at every change, with what is still missing before it can be submitted."""

import datetime as dt
from collections.abc import Mapping

import streamlit as st

from audit.domain.deadlines import day_of
from audit.domain.loop import THOROUGH, needed, step_for
from audit.errors import RoundsError
from audit.services import clock
from audit.services.loop import rectifying
from audit.services.loop.fields import RECTIFICATION_TEXTS
from audit.services.loop.reading import FindingView
from audit.ui import finding_parts
from audit.ui.draft import Box, draft
from audit.ui.page import Here, here, plain, show_error
from audit.ui.upload import Purpose, upload
from audit.ui.words import field_label

REFUSED = "_answer_refused"


def editor(me: Here, view: FindingView) -> None:
    """The answer of this cycle as a form that is saved while it is written."""
    _, finding, answer = me._, view.row.finding, view.answer
    st.header(_("Rectification"), anchor=False)
    refused: RoundsError | None = st.session_state.pop(REFUSED, None)
    if refused:
        show_error(refused, me.locale)
    asked = needed(step_for("rectifying", "submit"), finding.severity, finding.repeat)
    names = [name for name in RECTIFICATION_TEXTS if name in asked or name not in THOROUGH or answer.values[name]]
    boxes = [_box(me, view, name, asked) for name in names]
    boxes.append(_box(me, view, "responsible", asked))
    draft(me, _key(view, "texts"), [finding.id or 0], answer.version, boxes, _left)
    left, _right = st.columns(2)
    with left:
        key, today = _key(view, "completed_on"), day_of(clock.now())
        st.date_input(
            _label(me, "completed_on", asked), answer.values["completed_on"], key=key, max_value=today,
            min_value=today - dt.timedelta(days=730), on_change=_keep,
            args=(finding.id or 0, "completed_on", key, answer.values["completed_on"]),
        )  # fmt: skip
    st.subheader(_("Photos and other evidence"), anchor=False)
    st.caption(_("Several files at once: photos, PDF, Word or Excel, up to 20 MB each."))
    roles = [("after", _("Photo after")), ("before", _("Photo before")), ("other", _("Other file"))]
    if view.may_answer:
        roles.append(("scan", _("Sealed scan")))
    before = tuple(photo.uuid for photo in view.photos if photo.role != "after")
    purpose = Purpose(finding.id or 0, "rectification", finding.evidence_kind, before)
    upload(me, "upload_answer", purpose, tuple(roles))
    finding_parts.files(me, "answer", answer.evidence, removable=True)
    _missing(me, view)


def _missing(me: Here, view: FindingView) -> None:
    words = [field_label(me.locale, name) for name in rectifying.lacking(view.answer)]
    if words:
        told = (
            me._("Saved as a draft. Still missing: {fields}")
            if view.answer.version
            else me._("To be filled in: {fields}")
        )
        st.info(plain(told.format(fields=me.several(words))))
    elif "submit" in view.actions:
        st.success(me._("Nothing is missing: it can be submitted."))
    else:
        st.success(me._("Nothing is missing: the branch submits it."))


def _box(me: Here, view: FindingView, name: str, asked: tuple[str, ...]) -> Box:
    said = str(view.answer.values[name] or "")
    return Box(name, _label(me, name, asked), said, (said,), short=name == "responsible")


def _left(name: str, value: str, seen: Mapping[int, str]) -> None:
    """A box was left: its text is kept before the page is drawn. What others changed the box itself shows."""
    me, (finding_id, before) = here(), *seen.items()
    try:
        rectifying.keep(me.db, me.actor, finding_id, {name: value}, {name: before})
    except RoundsError as error:
        if error.code != "stale":
            st.session_state[REFUSED] = error


def _keep(finding_id: int, name: str, key: str, seen: object) -> None:
    me = here()
    try:
        rectifying.keep(me.db, me.actor, finding_id, {name: st.session_state[key]}, {name: seen})
    except RoundsError as error:
        st.session_state[REFUSED] = error


def _key(view: FindingView, name: str) -> str:
    return f"answer_{view.row.finding.id}_{view.row.finding.cycle}_{name}"


def _label(me: Here, name: str, asked: tuple[str, ...]) -> str:
    return field_label(me.locale, name) + (" *" if name in asked else "")
