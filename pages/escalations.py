"""Escalations: what the rules propose about findings that stay overdue or come back, and what leaders decided."""

from functools import partial

import streamlit as st

from audit.i18n import format_month
from audit.services.loop import escalating
from audit.ui import filters
from audit.ui.escalation_parts import about, decision, standing
from audit.ui.page import Here, follow, head, here
from audit.ui.table import Col, empty, page_number, pager, sub, table

VIEWS = ("open", "decided")


@st.fragment
def listing() -> None:
    """What waits for a decision, or what was decided."""
    me = here()
    _ = me._
    words = {"open": _("To be decided"), "decided": _("Decided")}
    decided = filters.view(me, VIEWS, lambda one: words[one]) == "decided"
    row = st.columns([3, 2, 2] if decided else [3, 2], vertical_alignment="bottom")
    with row[0]:
        search = filters.search(me)
    with row[1]:
        proposal = filters.one_of(
            me, "proposal", _("Proposal"), escalating.GRAVITY, lambda one: me.word("proposal", one)
        )
    month = ""
    if decided:
        with row[2]:
            month = filters.one_of(
                me, "month", _("Decided in"), escalating.months(me.db, me.actor), partial(format_month, me.locale)
            )
    found = escalating.find(me.db, me.actor, decided, page_number(), search=search, proposal=proposal, month=month)
    if not found.rows and (search or proposal or month):
        empty(_("Nothing found. Change the search or the filters."))
        return
    if not found.rows:
        empty(
            _("Nothing was decided yet.")
            if decided
            else _("Nothing waits for a decision. Proposals appear here when findings stay overdue.")
        )
        return
    columns = [Col(_("Finding")), Col(_("Proposal")), Col(_("Due")), Col(_("Decision"))]
    rows = [(row.escalation.id, _cells(me, row)) for row in found.rows]
    by_id = {row.escalation.id: row for row in found.rows}
    table("escalations", columns, rows, _("Escalations"), on_open=lambda number: _open(by_id[number]))
    pager(found, _)


def _open(row: escalating.Proposed) -> None:
    """Whoever decides is asked; everybody else reads the finding."""
    if row.open and escalating.may_decide(here().actor):
        decision(row, leads=True)
    else:
        follow("findings", row.finding.id or 0, "escalations")


def _cells(me: Here, row: escalating.Proposed) -> list[object]:
    place, (since, decided) = " · ".join((me.pick(row.organisation), me.pick(row.outlet))), standing(me, row)
    return [
        [about(me, row), sub(place)],
        me.word("proposal", row.escalation.proposal),
        since,
        [decided, *([sub(row.escalation.comment)] if row.escalation.comment else [])],
    ]


me = here()
head(
    me._("Escalations"), me._("What the rules propose about findings that stay overdue or come back. A leader decides.")
)
listing()
