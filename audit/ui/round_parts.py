"""One round on the screen: how far it has come, and its assignments."""

from collections.abc import Collection
from functools import partial

import streamlit as st

from audit.db.models import Round
from audit.domain.permissions import may_somewhere
from audit.domain.visits import VISIT_STATES
from audit.i18n import format_dates
from audit.services import overview, rounds, visit_reading
from audit.services.overview import AssignmentRow, RoundDetail
from audit.services.rounds import RoundValues
from audit.ui import assigning, filters, forms
from audit.ui.asking import asking
from audit.ui.page import Here, act, follow, here
from audit.ui.table import Col, chip, empty, page_number, pager, sub, table


def progress(me: Here, detail: RoundDetail) -> None:
    """How many visits are accepted, as a bar; and how many are in each state, as a table."""
    _ = me._
    states = detail.states
    counted = sum(count for state, count in states.items() if state != "cancelled")
    if not states:
        return
    accepted = states.get("accepted", 0)
    st.progress(
        accepted / counted if counted else 0.0,
        _("{accepted} of {count} visits accepted").format(accepted=accepted, count=counted),
    )
    columns = [Col(me.word("visit", state), number=True) for state in VISIT_STATES]
    table("progress", columns, [(0, [states.get(state, 0) for state in VISIT_STATES])], _("Progress"))


@st.fragment
def assignments(number: int) -> None:
    """The assignments of a round with their search; a tap opens the dialog for those who plan."""
    me = here()
    _ = me._
    row = overview.get_round(me.db, me.actor, number).round
    st.header(_("Assignments"), anchor=False)
    found = overview.find_assignments(
        me.db, me.actor, number, filters.search(me, "in_q", "in_page"), page_number("in_page")
    )
    if not found.rows:
        empty(_("No assignment found."))
        return
    by_id = {line.assignment.id: line for line in found.rows}
    columns = [Col(_("Inspected organisation")), Col(_("Team")), Col(_("Visits")), Col(_("Accepted"), number=True)]
    readable = visit_reading.readable_states(me.actor)
    manage = may_somewhere(me.actor, "round.manage") and row.state != "closed"
    table(
        "assignments", columns,
        [(line.assignment.id or 0, _cells(me, line, readable)) for line in found.rows], _("Assignments"),
        on_open=(lambda chosen: assigning.dialog(row, by_id[chosen])) if manage else None,
        on_follow=lambda visit: follow("visits", visit, "rounds"),
    )  # fmt: skip
    pager(found, _, "in_page")


def _cells(me: Here, line: AssignmentRow, readable: Collection[str]) -> list[object]:
    """One assignment as a row: branch, team, each outlet with its state; a visit in a readable state leads to it."""
    _ = me._
    assignment = line.assignment
    dates = format_dates(me.locale, assignment.starts_on, assignment.ends_on)
    known = _("announced") if assignment.announced else _("unannounced")
    visits = [
        chip(
            "visit", visit.state, f"{me.pick(outlet)} · {me.word('visit', visit.state)}",
            visit.id if visit.state in readable else None,
        )
        for visit, outlet in line.visits
    ]  # fmt: skip
    counted = [visit for visit, _outlet in line.visits if visit.state != "cancelled"]
    accepted = sum(visit.state == "accepted" for visit in counted)
    return [
        [me.pick(line.inspected), sub(f"{dates} · {known}")],
        [*me.people(line.team), sub(me.pick(line.inspecting))],
        visits or [chip("visit", "planned", me.pick(outlet)) for outlet in line.planned],
        f"{accepted} / {len(counted)}" if counted else "–",
    ]


def edit(row: Round) -> None:
    """A dialog for the name and the dates of a round that is not closed."""

    @asking(here()._("Change the round"), width="large")
    def ask() -> None:
        me = here()
        names = forms.both(me.locale, "name", row.name_zh, row.name_en, limit=120, required=True)
        left, right = st.columns(2)
        with left:
            first = st.date_input(forms.label(me.locale, "starts_on", True), row.starts_on, format="YYYY-MM-DD")
        with right:
            last = st.date_input(forms.label(me.locale, "ends_on", True), row.ends_on, format="YYYY-MM-DD")
        st.caption(me._("The dates of its assignments must lie within these."))
        if st.button(me._("Save"), type="primary"):
            given = RoundValues(names[0], row.kind, first, last, names[1], row.code)
            change = partial(rounds.change_round, me.db, me.actor, row.id or 0, row.version, given)
            act(me.locale, change, me._("Saved."))

    ask()
