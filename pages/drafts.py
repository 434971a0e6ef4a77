"""Drafts and issue (拟稿与签发): what marketing prepares, and the approver sends to the branches."""

from typing import Any

import streamlit as st

from audit.domain.permissions import may_somewhere
from audit.jobs.work import submit
from audit.services.installation import installation
from audit.services.loop import drafting
from audit.services.loop.drafting import DraftRow, Place
from audit.ui import drafting as parts
from audit.ui import filters
from audit.ui.page import Here, chosen_id, head, here, plain
from audit.ui.table import empty
from audit.ui.words import N_


def choice(me: Here, places: list[Place]) -> tuple[Place, list[Place]]:
    """Round and branch in one row, kept in the address; the branch, and all of the round that wait."""
    left, right = st.columns(2)
    rounds = {place.round.id or 0: me.pick(place.round) for place in places}
    with left:
        round_id = filters.one_id(me, "round", me._("Round"), rounds, ("branch", "job"))
    mine = {place.organisation.id or 0: place for place in places if place.round.id == round_id}
    names = {
        number: me.counted(
            place.drafts,
            N_("{branch} ({count} draft)"),
            N_("{branch} ({count} drafts)"),
            branch=me.pick(place.organisation),
        )
        for number, place in mine.items()
    }
    with right:
        branch_id = filters.one_id(me, "branch", me._("Branch"), names)
    return mine[branch_id], [place for place in mine.values() if place.waiting]


def begin(me: Here, params: dict[str, Any]) -> int:
    """Ask for the job that issues to branches."""
    return submit(installation(), me.actor, "issue_notices", params)


def issuing(me: Here, place: Place, waiting: list[Place]) -> None:
    """What the approver may do; what the others wait for."""
    _ = me._
    if not waiting:
        return
    if not may_somewhere(me.actor, "finding.issue"):
        st.caption(_("The approver issues the drafts. Until then the branches do not see them."))
        return
    with st.container(horizontal=True):
        if place.waiting and st.button(_("Issue to this branch …"), type="primary"):
            parts.issue(_("Issue to this branch"), [place], begin, False)
        if place.critical and (place.critical < place.drafts or place.visits_open):
            label = me.counted(
                place.critical,
                N_("Issue only the {count} critical one …"),
                N_("Issue only the {count} critical ones …"),
            )
            if st.button(label, help=_("They go out today, as a notice of their own, and do not wait for the round.")):
                parts.issue(_("Issue the critical findings"), [place], begin, True)
        if len(waiting) > 1 and st.button(_("Issue to all {count} branches …").format(count=len(waiting))):
            parts.issue(_("Issue to all branches"), waiting, begin, False)


def listing(me: Here, every: list[DraftRow], rows: list[DraftRow]) -> None:
    """The drafts, those of one item across halls under one heading; another checklist may have a namesake of it."""
    may_change = may_somewhere(me.actor, "finding.review")
    by_item: dict[tuple[str, str], list[DraftRow]] = {}
    for row in rows:
        finding = row.finding
        key = (finding.item_code, finding.clause_zh) if finding.item_code else ("", f"finding {finding.id}")
        by_item.setdefault(key, []).append(row)
    for group in by_item.values():
        first = group[0].finding
        title = f"{first.item_code} {me.pick(first, 'clause')}".strip() or me.word("finding", first.kind)
        st.subheader(plain(title), anchor=False)
        if len(group) > 1:
            told = me._("The same in {count} halls: answered together, closed one by one.")
            st.caption(plain(told.format(count=len(group))))
        for row in group:
            partners = [other for other in every if other is not row and parts.same_place(row, other)]
            parts.one(me, row, partners, may_change)


def latest(me: Here, place: Place) -> None:
    """The branch's latest notice, and the way to what was issued in the round."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.text(me._("Latest notice to this branch: {number}").format(number=place.notice), width="stretch")
        where = {"round": str(place.round.id), "q": me.pick(place.organisation)}
        st.page_link("papers.py", label=me._("Issued documents"), query_params=where)


me = here()
head(me._("Drafts and issue"), me._("Findings of accepted visits: correct the drafts, then send them to the branches."))
places = drafting.places(me.db, me.actor)
if not places:
    empty(me._("Nothing to issue yet. Drafts appear here once a visit with findings is accepted."))
else:
    place, waiting = choice(me, places)
    names = {one.organisation.id or 0: me.pick(one.organisation) for one in places}
    if not chosen_id("job") or not parts.told(me, names, begin):
        issuing(me, place, waiting)
    if place.notice:
        latest(me, place)
    rows = drafting.drafts_of(me.db, me.actor, place.round.id or 0, place.organisation.id or 0)
    if rows:
        shown = parts.searched(me, rows)
        listing(me, rows, shown)
    elif place.report_due:
        empty(me._("No drafts: nothing is to be rectified here. The visit report can be issued alone."))
    else:
        empty(me._("All drafts of this branch are issued. Choose another branch or round above."))
