"""Findings (台账): those a person may read, to narrow and to take away as Excel, and one of them with all about it."""

import streamlit as st

from audit.services import register
from audit.services.loop import reading
from audit.ui import (
    answering,
    delegations,
    escalation_parts,
    finding_actions,
    finding_parts,
    finding_words,
    together_parts,
    told_parts,
)
from audit.ui.page import Here, back, chosen_id, head, here, open_one
from audit.ui.register_parts import all_filters, cells, workbook
from audit.ui.table import Col, empty, page_number, pager, table
from audit.ui.words import N_


def one(me: Here, number: int) -> None:
    """One finding."""
    view = reading.view(me.db, me.actor, number)
    finding_parts.look(number)
    back(me, me._("Findings"))
    head(finding_words.title(me, view.row), finding_words.place(me, view.row))
    cells = [finding_words.state(me, view.row), finding_words.due(me, view.row), finding_words.turn(me, view.row)]
    columns = [Col(me._("State")), Col(me._("Due")), Col(me._("Whose turn it is"))]
    table("standing", columns, [(number, cells)], me._("State"))
    finding_actions.buttons(me, view)
    delegations.standing(me, view)
    together_parts.way(me, view)
    finding_parts.notice(me, view)
    escalation_parts.of_finding(me, number)
    finding_parts.found(me, view)
    if view.may_fill:
        answering.editor(me, view)
        finding_actions.forward(me, view)
    else:
        finding_parts.answered(me, view)
    finding_parts.say(me, view)
    finding_parts.timeline(me, view)
    told_parts.show(me, number)


@st.fragment
def listing() -> None:
    """The findings with their filters."""
    me = here()
    _ = me._
    chosen = all_filters(me)
    found = register.find(me.db, me.actor, chosen, page_number())
    if not found.rows:
        if st.query_params:
            empty(_("Nothing found. Change the search or the filters."))
        else:
            empty(_("There are no findings yet. They appear here once a visit has found something."))
        return
    st.link_button(
        me.counted(found.total, N_("Download as Excel ({count} row)"), N_("Download as Excel ({count} rows)")),
        workbook(chosen),
    )
    columns = [Col(_("Outlet")), Col(_("Finding"), wide=True), Col(_("State")), Col(_("Due"))]
    rows = [(line.finding_id, cells(me, line)) for line in found.rows]
    table("findings", columns, rows, _("Findings"), on_open=open_one)
    pager(found, _)


me = here()
number = chosen_id()
if number is not None:
    one(me, number)
else:
    head(me._("Findings"), me._("The register: every finding with its state, its due time and what became of it."))
    listing()
