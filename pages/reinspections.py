"""Re-inspections: which wait, which are overdue, who goes; other people, another day, called off."""

import datetime as dt
from functools import partial

import streamlit as st

from audit.i18n import format_date
from audit.services import clock, overview
from audit.services.loop import reinspecting
from audit.services.loop.reinspecting import LookRow
from audit.ui import filters, forms
from audit.ui.asking import asking
from audit.ui.page import Here, act, follow, head, here, plain
from audit.ui.table import Col, chip, empty, page_number, pager, sub, table


def change(row: LookRow) -> None:
    """The dialog for another team or another day."""

    @asking(here()._("Other people or another day"))
    def ask() -> None:
        me = here()
        _ = me._
        people = {one.account_id: one.name for one in overview.inspectors(me.db, me.actor)
                  if one.organisation_id != row.organisation.id}  # fmt: skip
        held = [number for number, _name in row.team if number in people]
        team = st.multiselect(
            _("Team (the first leads)"), list(people), default=held, format_func=people.__getitem__,
            placeholder=_("Choose …"),
        )  # fmt: skip
        today = clock.today()
        planned = row.visit.planned_on
        day = st.date_input(
            forms.label(me.locale, "planned_on"), max(planned, today), min_value=today,
            max_value=today + dt.timedelta(days=366),
        )  # fmt: skip
        if st.button(_("Save"), type="primary", key="ask_yes"):
            visit = row.visit
            do = partial(reinspecting.change_look, me.db, me.actor, visit.id or 0, visit.version, team, day)
            act(me.locale, do, _("Saved. The team sees it in its visits."))

    ask()


def call_off(row: LookRow) -> None:
    """The dialog that calls a re-inspection off."""

    @asking(here()._("Call the re-inspection off"))
    def ask() -> None:
        me = here()
        _ = me._
        st.text(_("Its findings wait for your review again. The team no longer sees the visit."))
        reason = st.text_area(forms.label(me.locale, "reason", required=True), max_chars=1000, height=110)
        if st.button(_("Call it off"), type="primary", key="ask_yes"):
            visit = row.visit
            do = partial(reinspecting.cancel_look, me.db, me.actor, visit.id or 0, visit.version, reason or "")
            act(me.locale, do, _("Called off."))

    ask()


def waiting(me: Here, row: LookRow) -> None:
    """One that waits: where, when, who, what is looked at, and what can be done."""
    _ = me._
    visit = row.visit
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            with st.container(width="content"):
                st.subheader(plain(me.pick(row.outlet)), anchor=False)
                st.text(f"{me.pick(row.organisation)} · {format_date(me.locale, visit.planned_on)}")
                st.caption(plain(me.several(name for _number, name in row.team)))
            with st.container(horizontal=True, width="content"):
                if st.button(_("Change …"), key=f"change_{visit.id}"):
                    change(row)
                if st.button(_("Call off …"), key=f"off_{visit.id}"):
                    call_off(row)
        if row.overdue:
            st.warning(_("Overdue: the day has passed and nothing was handed in."), icon="⚠️")
        elif visit.state == "open":
            st.caption(_("The team has begun."))
        for finding in row.findings:
            label = f"{finding.number or finding.id} · {finding.item_code} {me.pick(finding, 'clause')}"
            if st.button(plain(label), key=f"finding_{finding.id}", type="tertiary"):
                follow("findings", finding.id or 0, "reinspections")


def listed(me: Here, rows: tuple[LookRow, ...]) -> None:
    """Those that are done or called off."""
    _ = me._
    cells = [
        (
            row.visit.id or 0,
            [
                [me.pick(row.outlet), sub(me.pick(row.organisation))],
                format_date(me.locale, row.visit.planned_on),
                me.people(name for _number, name in row.team),
                chip("visit", row.visit.state, me.word("visit", row.visit.state)),
            ],
        )
        for row in rows
    ]
    columns = [Col(_("Outlet")), Col(_("Day")), Col(_("Team")), Col(_("State"))]
    table("looks", columns, cells, _("Re-inspections"), on_open=partial(open_visit, rows))


def open_visit(rows: tuple[LookRow, ...], number: int) -> None:
    """What was seen: the visit; of one that was called off there is nothing to read, so its first finding."""
    row = next(row for row in rows if row.visit.id == number)
    if row.visit.state == "accepted":
        follow("visits", number, "reinspections")
    elif row.findings:
        follow("findings", row.findings[0].id or 0, "reinspections")


@st.fragment
def listing() -> None:
    """The list, of those that wait or of those that are over."""
    me = here()
    _ = me._
    left, right = st.columns([3, 2], vertical_alignment="bottom")
    with left:
        search = filters.search(me)
    with right:
        over = filters.also("over", _("Done and called off"))
    found = reinspecting.find_looks(me.db, me.actor, search, over, page_number())
    if not found.rows:
        empty(
            _("Nothing here yet.")
            if over
            else _("No re-inspection waits. Ask for one on a finding that was submitted for review.")
        )
        return
    if over:
        listed(me, found.rows)
    else:
        for row in found.rows:
            waiting(me, row)
    pager(found, _)


me = here()
head(me._("Re-inspections"), me._("What is looked at again on the spot: who goes, when, and what is overdue."))
listing()
