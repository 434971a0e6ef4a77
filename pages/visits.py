"""Visits: those a person may read, and one of them with everything that was entered. Nothing is changed here."""

import streamlit as st

from audit.i18n import format_date, format_instant
from audit.services import visit_reading, visits
from audit.ui import filters, visit_parts
from audit.ui.page import Here, back, chosen_id, head, here, open_one, plain
from audit.ui.table import Col, chip, empty, page_number, pager, sub, table


def one(me: Here, number: int) -> None:
    """One visit, to be read."""
    _ = me._
    detail = visits.get_visit(me.db, me.actor, number)
    row, visit = detail.row, detail.row.visit
    back(me, _("Visits"))
    when = format_instant(me.locale, visit.submitted_at) or format_date(me.locale, visit.planned_on)
    team = me.several(mate.name for mate in detail.team)
    head(
        f"{me.pick(row.outlet)} · {me.word('visit', visit.state)}",
        f"{me.pick(row.inspected)} · {me.pick(row.round)} · {team} · {when}",
    )
    if visit.returned_comment and visit.state != "accepted":
        st.info(plain(_("Sent back with: {comment}").format(comment=visit.returned_comment)))
    visit_parts.show(me, detail)


@st.fragment
def listing() -> None:
    """The visits with their filters."""
    me = here()
    _ = me._
    rounds = {str(round_.id): me.pick(round_) for round_ in visit_reading.readable_rounds(me.db, me.actor)}
    states = visit_reading.readable_states(me.actor)
    places = st.columns([3, 2, 2] if len(states) > 1 else [3, 2], vertical_alignment="bottom")
    with places[0]:
        search = filters.search(me)
    with places[1]:
        round_id = filters.one_of(me, "round", _("Round"), list(rounds), lambda one: rounds[one])
    state = ""
    if len(states) > 1:
        with places[2]:
            state = filters.one_of(me, "state", _("State"), states, lambda one: me.word("visit", one))
    chosen = int(round_id) if round_id else None
    found = visit_reading.find_readable_visits(me.db, me.actor, search, state, chosen, page_number())
    if not found.rows:
        if search or state or round_id:
            empty(_("Nothing found. Change the search or the filters."))
        else:
            empty(_("No visit can be read yet. Visits of a branch appear here once marketing has accepted them."))
        return
    columns = [Col(_("Outlet")), Col(_("Day")), Col(_("State")), Col(_("Score"), number=True)]
    rows = [
        (
            row.visit.id,
            [
                [me.pick(row.outlet), sub(f"{me.pick(row.inspected)} · {me.pick(row.round)}")],
                format_date(me.locale, row.visit.submitted_at or row.visit.planned_on),
                chip("visit", row.visit.state, me.word("visit", row.visit.state)),
                "" if row.visit.total is None else f"{row.visit.total:.2f}",
            ],
        )
        for row in found.rows
    ]
    table("visits", columns, rows, _("Visits"), on_open=open_one)
    pager(found, _)


me = here()
number = chosen_id()
if number is not None:
    one(me, number)
else:
    head(me._("Visits"), me._("What was seen, photographed and agreed on each visit."))
    listing()
