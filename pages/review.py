"""Review: the visits that wait for the marketing department, and one of them."""

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from audit.domain.permissions import Role
from audit.domain.visits import VISIT_STATES, VISIT_TRANSITIONS, actions
from audit.errors import RoundsError
from audit.i18n import format_date, format_instant
from audit.services import visits
from audit.services.visits import VisitRow
from audit.ui import filters, forms, visit_parts
from audit.ui.asking import asking
from audit.ui.page import Here, back, chosen_id, done, go, head, here, open_one, plain, refusals, sentence
from audit.ui.table import Col, chip, empty, page_number, pager, sub, table

OVERTAKEN = "_overtaken"


@contextmanager
def present_state(locale: str) -> Iterator[None]:
    """Within this block: when somebody else decided meanwhile, the visit is shown anew as it stands now, and why."""
    try:
        yield
    except RoundsError as error:
        if error.code not in ("stale", "wrong_state"):
            raise
        st.session_state[OVERTAKEN] = sentence(error, locale)
        st.rerun()


def one(me: Here, number: int) -> None:
    """One visit: the score, what was answered, the photos, and the decision."""
    _ = me._
    detail = visits.open_for_review(me.db, me.actor, number)
    row, visit = detail.row, detail.row.visit
    back(me, _("Review"))
    team = me.several(mate.name for mate in detail.team)
    head(
        f"{me.pick(row.outlet)} · {me.word('visit', visit.state)}",
        f"{me.pick(row.inspected)} · {me.pick(row.round)} · {team} · {format_instant(me.locale, visit.submitted_at)}",
    )
    if OVERTAKEN in st.session_state:
        st.warning(plain(st.session_state.pop(OVERTAKEN)), icon="⚠️")
    if visit.returned_comment:
        st.info(plain(_("Sent back before: {comment}").format(comment=visit.returned_comment)))
    possible = actions(VISIT_TRANSITIONS, visit.state, Role.MARKETING)
    if "accept" in possible:
        decide(me, number, visit.version)
    visit_parts.show(me, detail)


def decide(me: Here, number: int, version: int) -> None:
    """Accept the visit, or send it back with a comment."""
    _ = me._
    with st.container(horizontal=True):
        if st.button(_("Accept"), type="primary"):

            def accept(me: Here) -> str:
                with present_state(me.locale):
                    visits.accept_visit(me.db, me.actor, number, version)
                return me._("Accepted.")

            what = _("The score becomes final, and the branch can see the visit. This cannot be undone.")
            forms.confirm(_("Accept this visit?"), what, _("Accept"), accept)
        if st.button(_("Send back …")):
            send_back(number, version)


def send_back(number: int, version: int) -> None:
    """A dialog that asks for the comment."""

    @asking(here()._("Send the visit back"))
    def ask() -> None:
        me = here()
        st.text(me._("The team opens it again and submits it anew."))
        comment = st.text_area(forms.label(me.locale, "comment", True), max_chars=visits.COMMENT_LIMIT)
        if st.button(me._("Send back"), type="primary"):
            with refusals(me.locale):
                with present_state(me.locale):
                    visits.send_back_visit(me.db, me.actor, number, version, comment or "")
                done(me._("Sent back."))
                go()

    ask()


def critical(me: Here, row: VisitRow) -> list[object]:
    """The mark of a visit in which a critical finding waits."""
    label = me._("Critical findings: {count}").format(count=row.critical)
    return [chip("severity", "critical", label)] if row.critical else []


@st.fragment
def listing() -> None:
    """The queue with its filters."""
    me = here()
    _ = me._
    left, right = st.columns([3, 2], vertical_alignment="bottom")
    with left:
        search = filters.search(me)
    with right:
        others = [one for one in VISIT_STATES if one != "submitted"]
        none = me.word("visit", "submitted")
        state = filters.one_of(me, "state", _("State"), others, lambda one: me.word("visit", one), none)
    states = (state,) if state else ("submitted",)
    found = visits.find_visits(me.db, me.actor, search, states, None, page_number())
    if not found.rows:
        empty(_("Nothing waits for review."))
        return
    columns = [Col(_("Outlet")), Col(_("Submitted")), Col(_("State")), Col(_("Score"), number=True)]
    rows = [
        (
            row.visit.id,
            [
                [me.pick(row.outlet), sub(f"{me.pick(row.inspected)} · {me.pick(row.round)}")],
                format_instant(me.locale, row.visit.submitted_at) or format_date(me.locale, row.visit.planned_on),
                [*critical(me, row), chip("visit", row.visit.state, me.word("visit", row.visit.state))],
                "" if row.visit.total is None else f"{row.visit.total:.2f}",
            ],
        )
        for row in found.rows
    ]
    table("review", columns, rows, _("Review"), on_open=open_one)
    pager(found, _)


me = here()
number = chosen_id()
if number is not None:
    one(me, number)
else:
    head(me._("Review"), me._("Visits that were submitted: accept them, or send them back with a comment."))
    listing()
