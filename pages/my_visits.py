"""My visits: today, coming, done; and one of those that are coming."""

from collections.abc import Sequence

import streamlit as st

from audit.domain.visits import REINSPECTION, is_due
from audit.i18n import format_date
from audit.services import clock, visits
from audit.services.visits import VisitRow
from audit.ui import filters, tablet_form, visit_ahead
from audit.ui.page import Here, chosen_id, follow, head, here, open_one, plain
from audit.ui.table import Col, chip, empty, page_number, pager, sub, table

DONE = ("submitted", "accepted")


def due(me: Here, row: VisitRow) -> None:
    """A visit to make: what it is, and the way to the tablet form."""
    _ = me._
    visit = row.visit
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            with st.container(width="content"):
                st.subheader(plain(me.pick(row.outlet)), anchor=False)
                st.text(f"{me.pick(row.inspected)} · {me.pick(row.round)}")
                known = _("announced") if row.assignment.announced else _("unannounced: tell nobody beforehand")
                st.caption(f"{format_date(me.locale, visit.planned_on)} · {known}")
            tablet_form.button(me, row)
        if visit.state == "returned":
            st.warning(_("Sent back by marketing:"))
            st.text(visit.returned_comment)


def looked_at_again(me: Here, row: VisitRow) -> list[object]:
    """A word on a visit that is a re-inspection."""
    kind = row.round.kind
    return [sub(f"↻ {me.word('round_kind', kind)}")] if kind == REINSPECTION else []


def listed(me: Here, key: str, rows: Sequence[VisitRow]) -> None:
    """Visits as a table: those of later, or those that are done, with their score."""
    _ = me._
    done = key == "done"
    cells = [
        (
            row.visit.id or 0,
            [
                [me.pick(row.outlet), sub(me.pick(row.inspected)), *looked_at_again(me, row)],
                format_date(me.locale, row.visit.planned_on),
                chip("visit", row.visit.state, me.word("visit", row.visit.state)),
                *(["" if row.visit.total is None else f"{row.visit.total:.2f}"] if done else []),
            ],
        )
        for row in rows
    ]
    columns = [Col(_("Outlet")), Col(_("Day")), Col(_("State")), *([Col(_("Score"), number=True)] if done else [])]
    table(key, columns, cells, _("Done") if done else _("Coming"), on_open=read if done else open_one)


def read(number: int) -> None:
    """Open what was entered, on the page of visits."""
    follow("visits", number, "my_visits")


@st.fragment
def listing() -> None:
    """The three lists; the search narrows them all."""
    me = here()
    _ = me._
    search = filters.search(me)
    today = clock.today()
    to_do = visits.my_visits(me.db, me.actor, tablet_form.TO_DO, search)
    now = [row for row in to_do if is_due(row.visit.state, row.visit.planned_on, today)]
    coming = [row for row in to_do if row not in now]
    st.header(_("Today"), anchor=False)
    for row in now:
        due(me, row)
    if not now:
        empty(_("Nothing to do today. New visits appear here once a round is published."))
    if coming:
        st.header(_("Coming"), anchor=False)
        st.caption(_("Open one to see what it asks and to get the tablet ready; it may begin before its day, too."))
        listed(me, "coming", coming)
    done = visits.find_my_visits(me.db, me.actor, search, DONE, page_number())
    if done.total:
        st.header(_("Done"), anchor=False)
        listed(me, "done", done.rows)
        pager(done, _)


me = here()
number = chosen_id()
if number is not None:
    visit_ahead.show(me, number)
else:
    head(me._("My visits"), me._("Filled in with the tablet, also without a connection; it sends by itself later."))
    with st.container(horizontal=True):
        st.link_button(me._("Open the tablet form"), "/tablet/")
    listing()
