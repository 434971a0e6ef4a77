"""The dialog about one assignment: everything while its round is a draft, afterwards what still may change."""

from functools import partial

import streamlit as st

from audit.db.models import Outlet, Round, Visit
from audit.domain.permissions import Role
from audit.domain.visits import VISIT_TRANSITIONS, actions
from audit.services import rounds
from audit.services.overview import AssignmentRow
from audit.ui import planning
from audit.ui.asking import asking
from audit.ui.forms import label
from audit.ui.page import Here, act, here, plain


def dialog(row: Round, line: AssignmentRow) -> None:
    """Change what may be changed in the round's state."""
    me = here()
    title = me._("{who} inspects {whom}").format(who=me.pick(line.inspecting), whom=me.pick(line.inspected))

    @asking(plain(title), width="large")
    def ask() -> None:
        me = here()
        if row.state == "draft":
            _draft(me, row, line)
            return
        _team(me, line)
        _days(me, row, line)
        _calling_off(me, line)

    ask()


def _draft(me: Here, row: Round, line: AssignmentRow) -> None:
    _ = me._
    number, version = line.assignment.id or 0, line.assignment.version
    old = rounds.plan_of(me.db, me.actor, number)
    plan = planning.fields(me, row.kind, row.starts_on, row.ends_on, old=old)
    with st.container(horizontal=True):
        if st.button(_("Save"), type="primary", disabled=plan is None) and plan:
            change = partial(rounds.change_assignment, me.db, me.actor, number, version, plan)
            act(me.locale, change, _("Saved."))
        if st.button(_("Take this assignment out")):
            act(me.locale, partial(rounds.remove_assignment, me.db, me.actor, number, version), _("Taken out."))


def _team(me: Here, line: AssignmentRow) -> None:
    assignment = line.assignment
    members, leader = planning.team(me, assignment.inspecting_id, assignment.inspected_id, line.members, line.leader_id)
    if st.button(me._("Save the team"), type="primary", disabled=not leader):
        change = partial(rounds.change_team, me.db, me.actor, assignment.id or 0, assignment.version, members, leader)
        act(me.locale, change, me._("Saved."))


def _days(me: Here, row: Round, line: AssignmentRow) -> None:
    """Another day for a visit that nobody has begun."""
    left = {visit.id or 0: (visit, outlet) for visit, outlet in line.visits if visit.state == "planned"}
    if not left:
        return
    st.divider()
    chosen = _visit(me, me._("Another day for a visit"), left)
    if chosen is None:
        return
    visit = left[chosen][0]
    day = st.date_input(
        label(me.locale, "planned_on", True), visit.planned_on, min_value=row.starts_on, max_value=row.ends_on,
        format="YYYY-MM-DD", key=f"another_day_{chosen}",
    )  # fmt: skip
    if st.button(me._("Save the day")):
        change = partial(rounds.replan_visit, me.db, me.actor, chosen, visit.version, day)
        act(me.locale, change, me._("Saved."))


def _calling_off(me: Here, line: AssignmentRow) -> None:
    """Call off a visit that is planned or in progress, with a reason."""
    _ = me._
    left = {
        visit.id or 0: (visit, outlet)
        for visit, outlet in line.visits
        if "cancel" in actions(VISIT_TRANSITIONS, visit.state, Role.MARKETING)
    }
    if not left:
        return
    st.divider()
    chosen = _visit(me, _("Call off a visit"), left)
    if chosen is None:
        return
    reason = st.text_input(label(me.locale, "reason", True), max_chars=1000)
    if st.button(_("Call off")):
        cancel = partial(rounds.cancel_visit, me.db, me.actor, chosen, left[chosen][0].version, reason or "")
        act(me.locale, cancel, _("Called off."))


def _visit(me: Here, title: str, visits: dict[int, tuple[Visit, Outlet]]) -> int | None:
    chosen: int | None = st.selectbox(
        title, list(visits), index=None, format_func=lambda one: me.pick(visits[one][1]), placeholder=me._("Choose …")
    )
    return chosen
