"""Findings in the loop: those a person may read, and one of them with all that can be done about it."""

import streamlit as st

from audit.domain.findings import SEVERITIES
from audit.domain.loop import STAGES
from audit.services.loop import reading
from audit.ui import answering, delegations, filters, finding_actions, finding_parts, finding_words, together_parts
from audit.ui.page import Here, back, chosen_id, head, here, open_one
from audit.ui.table import Col, chip, empty, page_number, pager, sub, table


def one(me: Here, number: int) -> None:
    """One finding."""
    view = reading.view(me.db, me.actor, number)
    finding_parts.look(number)
    back(me, me._("Findings"))
    head(finding_words.title(me, view.row), finding_words.place(me, view.row))
    cells = [finding_words.state(me, view.row), finding_words.left(me, view.row), finding_words.turn(me, view.row)]
    columns = [Col(me._("State")), Col(me._("Due")), Col(me._("Whose turn it is"))]
    table("standing", columns, [(number, cells)], me._("State"))
    finding_actions.buttons(me, view)
    delegations.standing(me, view)
    together_parts.way(me, view)
    finding_parts.found(me, view)
    if view.may_fill:
        answering.editor(me, view)
    else:
        finding_parts.answered(me, view)
    finding_parts.say(me, view)
    finding_parts.timeline(me, view)


@st.fragment
def listing() -> None:
    """The findings with their filters."""
    me = here()
    _ = me._
    places = st.columns([3, 2, 2], vertical_alignment="bottom")
    with places[0]:
        search = filters.search(me)
    with places[1]:
        stage = filters.one_of(me, "stage", _("Stage"), STAGES, lambda one: me.word("stage", one))
    with places[2]:
        severity = filters.one_of(me, "severity", _("Severity"), SEVERITIES, lambda one: me.word("severity", one))
    found = reading.find(me.db, me.actor, search, stage, severity, page_number())
    if not found.rows:
        filtered = search or stage or severity
        nothing = _("No findings yet. They appear here once a notice is issued.")
        empty(_("Nothing found. Change the search or the filters.") if filtered else nothing)
        return
    columns = [Col(_("Finding")), Col(_("Severity")), Col(_("State")), Col(_("Due"))]
    rows = [
        (
            row.finding.id,
            [
                [finding_words.title(me, row), sub(finding_words.place(me, row))],
                chip("severity", row.finding.severity, me.word("severity", row.finding.severity))
                if row.finding.severity
                else "",
                finding_words.state(me, row),
                finding_words.left(me, row),
            ],
        )
        for row in found.rows
    ]
    table("findings", columns, rows, _("Findings"), on_open=open_one)
    pager(found, _)


me = here()
number = chosen_id()
if number is not None:
    one(me, number)
else:
    head(me._("Findings"), me._("What is to be put right, in order of due time."))
    listing()
