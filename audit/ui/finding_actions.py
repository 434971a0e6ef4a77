"""What a person may do with a finding: the buttons of the table, each with a dialog that asks for what it needs."""

import datetime as dt
from typing import Any

import streamlit as st

from audit.domain.deadlines import add_days, day_of
from audit.domain.loop import THOROUGH, needed, step_for
from audit.i18n import format_date
from audit.services import clock
from audit.services.calendar import get_calendar
from audit.services.loop import extending, issuing, reading, rectifying, reinspecting, review_queue
from audit.services.loop.moving import BY_NOTICE, apply
from audit.services.loop.reading import FindingView
from audit.ui import delegations, tablet_form
from audit.ui.asking import asking
from audit.ui.page import Here, act, done, follow, here, plain, refusals
from audit.ui.review_decide import DECIDED
from audit.ui.upload import Purpose, upload
from audit.ui.words import N_, field_label

WRITTEN = ("correction", "responsible", "completed_on", *THOROUGH)  # lie in the answer already
MAIN = ("acknowledge", "submit", "pass")  # what moves it forward
ELSEWHERE = ("merge", "withdraw", "issue")  # done with the drafts of a round together
BELOW = ("submit",)  # done when the form above it is filled in
SUBJECTS = {"object": "objection", "pass": "reinspection", "fail": "reinspection"}
WHAT = {
    "acknowledge": N_("All findings of this notice are acknowledged with it."),
    "object": N_("One may object once. Say why, and add what proves it."),
    "submit": N_("The marketing department reviews it. Until it begins, the submission can be taken back."),
}


def buttons(me: Here, view: FindingView) -> None:
    """All that this person may do now, the way forward first; an answer is submitted below its form.

    Who reviews decides in the queue and nowhere else, with all that it takes before their eyes.
    """
    _ = me._
    away = (*ELSEWHERE, *(BELOW if view.may_fill else ()), *(DECIDED if view.may_review else ()))
    actions = [action for action in view.actions if action not in away]
    with st.container(horizontal=True):
        if view.may_review and review_queue.waiting(view) and st.button(_("Review it"), type="primary", key="review"):
            follow("rectifications", view.row.finding.id or 0, "findings")
        look = reinspecting.visit_of(me.db, me.actor, view.row.finding.id or 0) if "pass" in actions else None
        if look:
            address = tablet_form.address(look.id or 0)
            st.link_button(f"{_('Look again with the tablet form')} ›", address, type="primary")
            if look.state != "planned":  # begun: it is decided there and nowhere else
                actions = [action for action in actions if action not in ("pass", "fail")]
        for action in sorted(actions, key=lambda one: one not in MAIN):
            main = action in MAIN
            if st.button(
                me.word("finding_action", action), type="primary" if main else "secondary", key=f"do_{action}"
            ):
                ask(view, action)
        state, due = view.row.finding.state, view.row.finding.due_at
        in_time = due is not None and clock.now() < due  # afterwards it would be refused
        may_ask = view.may_answer and state == "rectifying" and view.extension is None and in_time
        if may_ask and st.button(_("Ask for an extension"), key="do_extension"):
            ask_extension(view)
        may_delegate = view.may_answer and state in ("issued", "rectifying", "awaiting_support")
        if may_delegate and st.button(_("Delegate to the hall"), key="do_delegate"):
            delegations.give(view)
    if view.extension and view.extension.granted is None:
        _extension_waits(me, view)


def forward(me: Here, view: FindingView) -> None:
    """Below the answer: the branch submits it, a hall manager hands it over to the branch."""
    for action in (action for action in view.actions if action in BELOW):
        if st.button(me.word("finding_action", action), type="primary", key=f"do_{action}"):
            ask(view, action)
    if not view.may_answer:
        delegations.hand_over(me, view)


def ask(view: FindingView, action: str) -> None:
    """The dialog of one action of the table."""
    finding = view.row.finding

    @asking(plain(here().word("finding_action", action)), width="medium")
    def dialog() -> None:
        me = here()
        if action in WHAT:
            st.text(me._(WHAT[action]))
        now = reading.view(me.db, me.actor, finding.id or 0)
        step = step_for(finding.state, action)
        names = needed(step, finding.severity, finding.repeat)
        given = {name: _field(me, name) for name in names if name not in (*WRITTEN, "evidence", "photos")}
        if action in SUBJECTS:
            _proofs(me, now, SUBJECTS[action])
        lacks = rectifying.lacking(now.answer) if action == "submit" else ()
        if lacks:
            told = me._("It cannot be submitted yet. Missing: {fields}")
            st.warning(plain(told.format(fields=me.several(field_label(me.locale, one) for one in lacks))), icon="⚠️")
        if st.button(me.word("finding_action", action), type="primary", key="ask_yes", disabled=bool(lacks)):
            with refusals(me.locale):
                _do(me, view, action, given)
                done(me.word("finding_event", f"finding.{action}"))
                st.rerun()

    dialog()


def _do(me: Here, view: FindingView, action: str, given: dict[str, Any]) -> None:
    finding = view.row.finding
    if action in BY_NOTICE:
        issuing.acknowledge(me.db, me.actor, finding.notice_id or 0)
    else:
        apply(me.db, me.actor, finding.id or 0, action, finding.version, **given)


def _field(me: Here, name: str) -> Any:
    """The input of a field that an action needs."""
    label = f"{field_label(me.locale, name)} *"
    if name == "due_on":
        today = day_of(clock.now())
        ahead = add_days(today, 3, get_calendar(me.db))
        return st.date_input(label, ahead, min_value=today, max_value=today + dt.timedelta(days=366))
    return st.text_area(label, max_chars=4000, height=110)


def _proofs(me: Here, view: FindingView, subject: str) -> None:
    finding = view.row.finding
    mine = [proof for proof in view.evidence if proof.subject == subject and proof.cycle == finding.cycle]
    upload(me, f"upload_{subject}", Purpose(finding.id or 0, subject), (("other", me._("Add evidence")),))
    for proof in mine:
        st.text(f"✓ {proof.filename}")


def ask_extension(view: FindingView) -> None:
    """The dialog in which the branch asks for a later day."""

    @asking(plain(here()._("Ask for an extension")))
    def dialog() -> None:
        me = here()
        finding = view.row.finding
        assert finding.due_at is not None  # being rectified
        later = add_days(day_of(finding.due_at), 3, get_calendar(me.db))
        day = st.date_input(f"{field_label(me.locale, 'new_day')} *", later)
        reason = st.text_area(f"{field_label(me.locale, 'reason')} *", max_chars=4000, height=110)
        if st.button(me._("Ask"), type="primary", key="ask_yes"):
            act(
                me.locale,
                lambda: extending.ask_extension(me.db, me.actor, finding.id or 0, finding.version, day, reason or ""),
                me._("Asked. The marketing department decides."),
            )

    dialog()


def _extension_waits(me: Here, view: FindingView) -> None:
    """An open request, as everybody reads it."""
    _, request = me._, view.extension
    assert request is not None  # asked by the caller
    with st.container(border=True):
        st.text(_("An extension until {day} was asked for.").format(day=format_date(me.locale, request.new_day)))
        st.text(request.reason)
