"""One text for the findings of the same item in several halls: its fields, each hall's evidence, and the submission."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from audit.domain.deadlines import day_of
from audit.domain.loop import THOROUGH, needed, step_for
from audit.errors import RoundsError
from audit.services import clock
from audit.services.loop import together
from audit.services.loop.fields import RECTIFICATION_TEXTS
from audit.services.loop.reading import FindingView
from audit.services.loop.together import Part
from audit.ui import finding_parts, finding_words, submitting
from audit.ui.draft import Box, draft
from audit.ui.gallery import Card, gallery
from audit.ui.page import Here, follow, here, plain, show_error
from audit.ui.table import Col, chip, sub, table
from audit.ui.upload import Purpose, upload
from audit.ui.visit_photos import marked
from audit.ui.words import field_label

REFUSED = "_together_refused"


def way(me: Here, view: FindingView) -> None:
    """From one finding to all of the same item, where there are more."""
    finding = view.row.finding
    if not (view.may_answer and view.may_fill):
        return
    count = len(together.parts(me.db, me.actor, finding.id or 0))
    told = me._("The same was found in {count} places: answer together").format(count=count)
    if count > 1 and st.button(plain(told), key="together"):
        follow("together", finding.id or 0, "findings")


def texts(me: Here, number: int, chosen: Sequence[Part]) -> None:
    """The fields that are written into all chosen answers at once."""
    _ = me._
    refused: RoundsError | None = st.session_state.pop(REFUSED, None)
    if refused:
        show_error(refused, me.locale)
    step = step_for("rectifying", "submit")
    asked = {name for part in chosen for name in needed(step, part.row.finding.severity, part.row.finding.repeat)}
    names = [
        name for name in RECTIFICATION_TEXTS
        if name in asked or name not in THOROUGH or any(part.answer.values[name] for part in chosen)
    ]  # fmt: skip
    numbers = [part.row.finding.id or 0 for part in chosen]
    version = sum(part.answer.version for part in chosen)
    key = f"together_{number}_{'_'.join(f'{part.row.finding.id}.{part.row.finding.cycle}' for part in chosen)}"
    boxes = [_box(me, chosen, name, name in asked) for name in names]
    draft(me, f"{key}_texts", numbers, version, [*boxes, _box(me, chosen, "responsible", True)], _left)
    left, _right = st.columns(2)
    with left:
        _completed(me, f"{key}_completed_on", chosen)


def _box(me: Here, chosen: Sequence[Part], name: str, asked: bool) -> Box:
    said = together.common([part.answer for part in chosen], name)
    seen = tuple(str(part.answer.values[name] or "") for part in chosen)
    return Box(
        name, field_label(me.locale, name) + (" *" if asked else ""), said or "", seen,
        placeholder=_differs(me, said), help=_replaces(me) if said is None else "",
        short=name == "responsible",
    )  # fmt: skip


def _completed(me: Here, key: str, chosen: Sequence[Part]) -> None:
    said = together.common([part.answer for part in chosen], "completed_on")
    seen = {part.row.finding.id or 0: part.answer.values["completed_on"] for part in chosen}
    today = day_of(clock.now())
    st.date_input(
        f"{field_label(me.locale, 'completed_on')} *", said or None, max_value=today,
        min_value=today - dt.timedelta(days=730), key=key, on_change=_keep, args=("completed_on", key, seen),
        help=_replaces(me) if said is None else None,
    )  # fmt: skip


def _replaces(me: Here) -> str:
    return me._("It differs between the halls now. What you write here replaces it in all that are chosen.")


def _differs(me: Here, said: object) -> str:
    return me._("differs between the halls") if said is None else ""


def _before(name: str, seen: Mapping[int, Any]) -> dict[int, dict[str, Any]]:
    """What stood in a field of each answer, as the service wants it."""
    return {number: {name: value} for number, value in seen.items()}


def _left(name: str, value: str, seen: Mapping[int, str]) -> None:
    """A box was left: its text is kept before the page is drawn. What others changed the box itself shows."""
    me = here()
    try:
        together.write(me.db, me.actor, {name: value}, _before(name, seen))
    except RoundsError as error:
        if error.code != "stale":
            st.session_state[REFUSED] = error


def _keep(name: str, key: str, seen: dict[int, Any]) -> None:
    me = here()
    try:
        together.write(me.db, me.actor, {name: st.session_state[key]}, _before(name, seen))
    except RoundsError as error:
        st.session_state[REFUSED] = error


def for_all(me: Here, number: int, chosen: Sequence[Part]) -> None:
    """One file that proves the same for all chosen halls: a training record, a sealed letter. No photo of a place."""
    first, *others = (part.row.finding for part in chosen)
    also = {other.id or 0: other.evidence_kind for other in others}
    roles = (("other", me._("Other file")), ("scan", me._("Sealed scan")))
    key = "_".join(str(part.row.finding.id) for part in chosen)
    places = {part.row.finding.id or 0: me.pick(part.row.outlet) for part in chosen}
    purpose = Purpose(first.id or 0, "rectification", first.evidence_kind, also=also, places=places)
    upload(me, f"for_all_{number}_{key}", purpose, roles)


def place(me: Here, part: Part) -> None:
    """One hall: what was seen there, and its own evidence."""
    finding = part.row.finding
    st.subheader(plain(me.pick(part.row.outlet)), anchor=False)
    st.caption(plain(" · ".join(line for line in (finding.number or "", finding.observation) if line)))
    key = str(finding.id)
    if part.photos:
        alt = me.pick(finding, "clause")
        gallery(me, f"found_{key}", [Card("", (marked(me, photo, alt),)) for photo in part.photos])
    before = tuple(photo.uuid for photo in part.photos if photo.role != "after")
    roles = (("after", me._("Photo after")), ("other", me._("Other file")), ("scan", me._("Sealed scan")))
    purpose = Purpose(finding.id or 0, "rectification", finding.evidence_kind, before)
    upload(me, f"upload_{key}", purpose, roles)
    finding_parts.files(me, f"answer_{key}", part.answer.evidence, removable=True)


def submission(me: Here, chosen: Sequence[Part]) -> None:
    """What each lacks, and one button that submits those that lack nothing."""
    _ = me._
    st.header(_("Submit"), anchor=False)
    columns = [Col(_("Hall")), Col(_("Due")), Col(_("Before it can be submitted"))]
    rows = [
        (part.row.finding.id or 0, [_hall(me, part), finding_words.left(me, part.row), _standing(me, part)])
        for part in chosen
    ]
    table("lacking", columns, rows, _("Submit"), on_open=lambda one: follow("findings", one, "together"))
    ready = [part for part in chosen if not part.lacking and part.row.finding.state == "rectifying"]
    label = _("Submit {count} of {all}").format(count=len(ready), all=len(chosen))
    if st.button(plain(label), type="primary", disabled=not ready, key="submit_together"):
        submitting.send(me, [part.row for part in ready])


def _hall(me: Here, part: Part) -> list[object]:
    return [me.pick(part.row.outlet), sub(part.row.finding.number or "")]


def _standing(me: Here, part: Part) -> object:
    if part.row.finding.state != "rectifying":
        return chip("finding_state", part.row.finding.state, me.word("finding_state", part.row.finding.state))
    if not part.lacking:
        return chip("rating", "pass", me._("Complete"))
    return me.several(field_label(me.locale, name) for name in part.lacking)
