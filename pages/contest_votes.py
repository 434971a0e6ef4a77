"""Ballots that are held back (待核选票), each with its reason and a person's decision, and the slips to vote with."""

from functools import partial

import streamlit as st

from audit.domain.contest.anomalies import SIGNALS
from audit.jobs.work import submit
from audit.services.contest import quarantines, slip_sheets
from audit.services.installation import installation
from audit.ui import contest_parts, filters, held_parts, slip_parts
from audit.ui.page import head, here
from audit.ui.table import Col, empty, page_number, pager, table

VIEWS = ("waiting", "decided", "slips")


@st.fragment
def listing() -> None:
    """The ballots of a season that wait, or those that were decided on."""
    me = here()
    _ = me._
    season = contest_parts.season(me, "contest.manage")
    if season is None:
        return
    view = filters.view(me, VIEWS, lambda one: me.word("held_view", one))
    if view == "slips":
        begin = partial(submit, installation(), me.actor, slip_sheets.KIND)
        slip_parts.listing(me, season, begin)
        return
    waiting = quarantines.waiting(me.db, me.actor, season.id or 0)
    counted = {name: me.aside(me.word("signal", name), waiting.get(name, 0)) for name in SIGNALS}
    left, right = st.columns([3, 2], vertical_alignment="bottom")
    with left:
        search = filters.search(me)
    with right:
        reason = filters.one_of(me, "reason", _("Reason"), SIGNALS, lambda one: counted[one])
    decided, number = view == "decided", page_number()
    found = quarantines.find_held(me.db, me.actor, season.id or 0, decided, reason, number, search=search)
    if not found.rows:
        nothing = _("No ballot is held back. Bursts and floods appear here by themselves.")
        nothing = _("Nothing was decided yet.") if decided else nothing
        empty(_("Nothing found. Change the search or the filters.") if search or reason else nothing)
        return
    if view == "waiting" and st.button(_("Decide many at once …"), key="held_heap"):
        held_parts.decide_heap(season.id or 0)
    picked = held_parts.picked(found.rows)
    held_parts.buttons(me, season.id or 0, picked)
    rows = [(row.ballot_id, held_parts.cells(me, row)) for row in found.rows]
    columns = [Col(_("Ballot")), Col(_("For")), Col(_("Why it is held back")), Col(_("Alike"))]
    table("held", columns, rows, _("Ballots held back"), picked=picked, on_pick=held_parts.keep)
    pager(found, _)
    st.caption(_("Alike: ballots with the same sign came from one network / one device."))


me = here()
head(
    me._("Ballots and slips"),
    me._("Floods of ballots wait here until a person decides; slips are what customers vote with."),
)
listing()
