"""What waits for a branch and its halls today: notices to acknowledge, and what is to be put right first."""

from functools import partial

import streamlit as st

from audit.domain.permissions import may_somewhere
from audit.i18n import format_date
from audit.services import papers
from audit.services.loop import escalating, issuing, reading, together
from audit.services.loop.reading import FIRST
from audit.ui import expected, submitting
from audit.ui.page import Here, act, follow, plain
from audit.ui.table import Col, empty, page_number, pager, table
from audit.ui.words import N_

ELSEWHERE = ("submitted", "objected", "awaiting_support", "reinspection")  # states that wait for the department


def show(me: Here) -> None:
    """The branch's day; a hall manager sees what was delegated, a leader of the branch what was announced."""
    if not may_somewhere(me.actor, "finding.fill"):
        expected.show(me)
        if not escalating.may_decide(me.actor):  # leaders of the city have cards of their own
            with st.container(horizontal=True):
                st.page_link("board.py", label=me._("Board"))
                st.page_link("findings.py", label=me._("All findings"))
        return
    answers = may_somewhere(me.actor, "finding.answer")
    if answers:
        notices(me)
    first(me)
    if answers:
        submitting.way(me)
    expected.show(me)
    if answers:
        handed_over(me)
        same(me)
    elsewhere(me)
    with st.container(horizontal=True):
        st.page_link("findings.py", label=me._("All findings"))
        if may_somewhere(me.actor, "paper.read"):
            st.page_link("papers.py", label=me._("Notices and reports"))


def notices(me: Here) -> None:
    """Each notice that waits for an acknowledgement, with the one tap that it takes."""
    _ = me._
    found = issuing.to_acknowledge(me.db, me.actor)
    files = papers.of_notices(me.db, me.actor, [notice.id or 0 for notice in found])
    for notice in found:
        frame = st.container(border=True, horizontal=True, vertical_alignment="center")
        with frame:
            with st.container():
                st.subheader(plain(_("Notice {number} to acknowledge").format(number=notice.number)), anchor=False)
                day = format_date(me.locale, notice.issued_at)
                st.caption(_("Issued on {day}. The findings can be answered once it is acknowledged.").format(day=day))
            if notice.id in files:
                label = _("Notice (PDF)")
                st.link_button(f"↓ {label}", f"/documents/{files[notice.id].id}")
            if st.button(_("Acknowledge"), type="primary", key=f"acknowledge_{notice.id}"):
                act(
                    me.locale, partial(issuing.acknowledge, me.db, me.actor, notice.id or 0),
                    _("Acknowledged. Its findings are to be rectified now."),
                )  # fmt: skip


def first(me: Here) -> None:
    """Three to fix first, in order of due time."""
    _ = me._
    found = reading.to_fix(me.db, me.actor)
    st.header(_("Three to fix first") if found.total > len(found.rows) else _("To fix"), anchor=False)
    if not found.rows:
        empty(_("Nothing is to be put right at present."))
        return
    rows = [(row.finding.id or 0, submitting.cells(me, row)) for row in found.rows]
    columns = [Col(_("Finding")), Col(_("Severity")), Col(_("Due"))]
    table("first", columns, rows, _("To fix"), on_open=lambda number: follow("findings", number, "home"))
    st.caption(
        me.counted(
            found.total,
            N_("{count} finding is to be put right in all."),
            N_("{count} findings are to be put right in all."),
        )
    )


def handed_over(me: Here) -> None:
    """Answers that halls have written and handed over: the branch looks at them and submits."""
    _ = me._
    found = reading.handed_over(me.db, me.actor, page_number("handed"))
    if not found.rows:
        return
    st.header(_("Handed over by halls"), anchor=False)
    st.caption(_("Look at what they wrote, and submit it."))
    columns = [Col(_("Finding")), Col(_("Severity")), Col(_("Due"))]
    rows = [(row.finding.id or 0, submitting.cells(me, row)) for row in found.rows]
    table("handed_over", columns, rows, _("Handed over by halls"), on_open=lambda one: follow("findings", one, "home"))
    pager(found, _, "handed")


def same(me: Here) -> None:
    """Items that several halls have to put right: one text answers them all."""
    _ = me._
    found = together.groups(me.db, me.actor, size=FIRST).rows
    if not found:
        return
    st.header(_("The same in several halls"), anchor=False)
    rows = [(group.finding_id, [me.pick(group, "clause"), group.count]) for group in found]
    columns = [Col(_("Answer together")), Col(_("Findings"), number=True)]
    table("same", columns, rows, _("The same in several halls"), on_open=lambda one: follow("together", one, "home"))


def elsewhere(me: Here) -> None:
    """What waits for somebody else, by state."""
    counts = reading.waiting(me.db, me.actor)
    told = [f"{me.word('finding_state', state)} {counts[state]}" for state in ELSEWHERE if counts.get(state)]
    if told:
        st.caption(plain(me._("With the marketing department: {states}").format(states=me.several(told))))
