"""What plans an assignment: who inspects whom, with which team, which outlets, when, by which checklist."""

import datetime as dt
from collections.abc import Sequence
from functools import partial
from typing import Any

import streamlit as st

from audit.db.models import Organisation
from audit.domain.city import (
    HALLS,
    INSPECTED_KINDS,
    USUAL_INSPECTORS,
    OrganisationKind,
    checklist_kinds,
    inspecting_kinds,
)
from audit.domain.deadlines import add_days, on_or_after
from audit.services import checklists, overview, rounds
from audit.services.assignments import AssignmentPlan, OutletPlan
from audit.services.calendar import get_calendar
from audit.services.organisations import open_organisations
from audit.services.outlets import open_outlets
from audit.ui.asking import asking
from audit.ui.forms import label
from audit.ui.page import Here, act, here

OUTLETS_A_DAY = 2


def dialog(round_id: int | None, kind: str, first: dt.date, last: dt.date) -> None:
    """Plan an assignment of a round of a kind within its dates, or (no round) an ad-hoc visit."""
    me = here()

    @asking(me._("New assignment") if round_id else me._("Ad-hoc visit"), width="large")
    def ask() -> None:
        now = here()
        plan = fields(now, kind, first, last, free=round_id is None)
        label = now._("Add") if round_id else now._("Plan and publish")
        if st.button(label, type="primary", disabled=plan is None) and plan:
            act(now.locale, partial(_write, now, round_id, plan), now._("Planned."))

    ask()


def _write(me: Here, round_id: int | None, plan: AssignmentPlan) -> None:
    if round_id:
        rounds.add_assignment(me.db, me.actor, round_id, plan)
    else:
        rounds.plan_ad_hoc_visit(me.db, me.actor, plan)


def team(me: Here, inspecting_id: int, inspected_id: int, held: tuple[int, ...] = (), leader: int = 0) -> Any:
    """Choose members and a leader; nobody of the inspected branch is offered. Returns (members, leader id)."""
    _ = me._
    people = [one for one in overview.inspectors(me.db, me.actor) if one.organisation_id != inspected_id]
    people.sort(key=lambda one: one.organisation_id != inspecting_id)
    names = {one.account_id: one.name for one in people}
    left, right = st.columns(2)
    with left:
        members = st.multiselect(
            label(me.locale, "members", True),
            list(names),
            default=[one for one in held if one in names],
            format_func=names.__getitem__,
            placeholder=_("Choose …"),
            select_all=False,
        )
    with right:
        place = members.index(leader) if leader in members else 0
        chosen = st.selectbox(
            label(me.locale, "leader", True),
            members,
            index=place if members else None,
            format_func=lambda one: names.get(one, ""),
            placeholder=_("Choose the team first"),
        )
    return tuple(members), chosen or 0


def fields(
    me: Here, kind: str, first: dt.date, last: dt.date, free: bool = False, old: AssignmentPlan | None = None
) -> AssignmentPlan | None:
    """The fields with what stands in them; None until the plan can be sent. `free`: no round limits the dates."""
    _ = me._
    pair = _pair(me, kind, old)
    if pair is None:
        st.caption(_("Choose who inspects and who is inspected; then the team, the outlets and the days."))
        return None
    inspecting, inspected = pair
    held, leads = (old.team, old.leader_id) if old else ((), 0)
    members, leader = team(me, inspecting, inspected, held, leads)
    limits: dict[str, Any] = {} if free else {"min_value": first, "max_value": last}
    left, right = st.columns(2)
    with left:
        starts_on = st.date_input(
            label(me.locale, "starts_on", True), old.starts_on if old else first, format="YYYY-MM-DD", **limits
        )
    with right:
        until = old.ends_on if old else last
        ends_on = st.date_input(
            label(me.locale, "ends_on", True), max(until, starts_on) if free else until, format="YYYY-MM-DD", **limits
        )
    announced = st.toggle(_("Announced to the branch beforehand"), value=bool(old and old.announced))
    if announced:
        st.caption(_("The branch and the managers of these halls are told the days once it is published."))
    planned = old.outlets if old and old.inspected_id == inspected else ()
    outlets = _outlets(me, kind, inspected, starts_on, max(ends_on, starts_on), planned)
    if not (members and leader and outlets):
        return None
    return AssignmentPlan(inspecting, inspected, members, leader, outlets, starts_on, ends_on, announced)


def _pair(me: Here, kind: str, old: AssignmentPlan | None) -> tuple[int, int] | None:
    """Who inspects whom; None until both are chosen. Whoever usually inspects in such a round stands first."""
    kinds = {"inspecting_id": inspecting_kinds(kind), "inspected_id": INSPECTED_KINDS}
    found: list[int | None] = []
    for side, (field, offered) in zip(st.columns(2), kinds.items(), strict=True):
        rows = [row for row in open_organisations(me.db, me.actor, offered) if row.id not in found]
        rows.sort(key=lambda row: offered.index(OrganisationKind(row.kind)))
        names = {row.id or 0: me.pick(row) for row in rows}
        held = getattr(old, field) if old else _usual(me, kind, rows) if field == "inspecting_id" else None
        options = list(names)
        with side:
            chosen = st.selectbox(
                label(me.locale, field, True), options, index=options.index(held) if held in options else None,
                format_func=names.__getitem__, placeholder=me._("Choose …"),
            )  # fmt: skip
        found.append(chosen)
    return (found[0], found[1]) if found[0] and found[1] else None


def _usual(me: Here, kind: str, rows: Sequence[Organisation]) -> int | None:
    """Who inspects unless another is chosen: the person's own organisation or the only one of the usual kind."""
    usual = [row.id for row in rows if row.kind == USUAL_INSPECTORS.get(kind)]
    return me.actor.organisation_id if me.actor.organisation_id in usual else usual[0] if len(usual) == 1 else None


def _outlets(
    me: Here, kind: str, inspected: int, starts_on: dt.date, ends_on: dt.date, planned: tuple[OutletPlan, ...]
) -> tuple[OutletPlan, ...]:
    """The outlets with checklist and day each. Until they are chosen all halls are; of an ad-hoc visit none is."""
    _ = me._
    rows = {row.id or 0: row for row in open_outlets(me.db, me.actor, inspected)}
    held = {plan.outlet_id: plan for plan in planned}
    usual_kinds = () if kind == "ad_hoc" else HALLS
    chosen = st.multiselect(
        label(me.locale, "outlets", True), list(rows),
        default=[one for one in rows if (one in held if held else rows[one].kind in usual_kinds)],
        format_func=lambda one: me.pick(rows[one]), placeholder=_("Choose …"), select_all=False,
    )  # fmt: skip
    lists = checklists.current(me.db, me.actor)
    plans, days = [], get_calendar(me.db)
    begin = on_or_after(starts_on, days)
    for place, outlet_id in enumerate(chosen):
        row, old = rows[outlet_id], held.get(outlet_id)
        fits = [one for sort in checklist_kinds(row.kind, kind) for one in lists if one.kind == sort] or lists
        usual = add_days(begin, place // OUTLETS_A_DAY, days)
        with st.container(border=True):
            st.text(me.pick(row))
            sheet, day = st.columns([3, 2])
        with sheet:
            ids = [one.id for one in fits]
            version = st.selectbox(
                label(me.locale, "checklist_version_id"), fits, key=f"sheet_{kind}_{outlet_id}",
                index=ids.index(old.checklist_version_id) if old and old.checklist_version_id in ids else 0,
                format_func=lambda one: f"{me.pick(one, 'title')} {one.version}", placeholder=_("Choose …"),
            )  # fmt: skip
        with day:
            planned_on = st.date_input(
                label(me.locale, "planned_on"), min(max(old.planned_on if old else usual, starts_on), ends_on),
                min_value=starts_on, max_value=ends_on, format="YYYY-MM-DD",
                key=f"day_{outlet_id}_{starts_on}_{ends_on}",
            )  # fmt: skip
        if version:
            plans.append(OutletPlan(outlet_id, version.id, planned_on))
    return tuple(plans)
