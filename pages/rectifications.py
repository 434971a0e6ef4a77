"""Rectifications to review (复核): what waits for the marketing department, and one of it after the other."""

from typing import Any

import streamlit as st

from audit.services import register
from audit.services.loop import review_queue
from audit.ui import finding_words, review_decide, review_list, review_parts
from audit.ui.page import Here, back, chosen_id, follow, head, here, move_on, open_one
from audit.ui.table import empty, page_number, pager, table

OVERTAKEN = "_overtaken"


def one(me: Here, number: int) -> None:
    """One thing to decide; when somebody else decided it, the next one opens and a sentence says so."""
    chosen = review_list.from_address()
    case = review_queue.case(me.db, me.actor, number)
    found = review_queue.place(me.db, me.actor, chosen, number)
    if not case.waits and "from" in st.query_params:  # a message told of it, and it was decided since
        st.switch_page("findings.py", query_params={"id": str(number), "from": st.query_params["from"]})
    if not case.waits:
        st.session_state[OVERTAKEN] = review_decide.overtaken(me, case)
        move_on(found.next_id)
    back(me, me._("Rectifications"))
    head(finding_words.title(me, case.view.row), review_parts.subtitle(me, case, found.position, found.total))
    show_overtaken()
    review_parts.show(me, case)
    if st.button(me._("The whole finding with its history"), type="tertiary"):
        follow("findings", number, "rectifications")
    review_decide.decide(case, chosen, found.next_id)


def show_overtaken() -> None:
    """Say, once, that somebody else was first."""
    if OVERTAKEN in st.session_state:
        st.warning(st.session_state.pop(OVERTAKEN), icon="⚠️")


@st.fragment
def listing() -> None:
    """The queue with its filters."""
    me = here()
    _ = me._
    chosen = review_list.chosen_filters(me)
    found = register.find(me.db, me.actor, chosen, page_number())
    if not found.rows:
        narrowed = set(st.query_params) - {"view", "page"}
        empty(_("Nothing found. Change the search or the filters.") if narrowed else _("Nothing waits for you here."))
        return
    several = chosen.waits == "rectification" and bool(st.session_state.get("several"))
    ticked = review_list.picked(found.rows) if several else []
    with st.container(horizontal=True, vertical_alignment="center"):
        if several:
            if st.button(_("Accept {count} …").format(count=len(ticked)), type="primary", disabled=not ticked):
                review_list.accept_many(review_queue.versions(me.db, me.actor, ticked), found.rows)
        elif st.button(_("Review from the first"), type="primary", shortcut="Enter"):
            open_one(found.rows[0].finding_id)
        if chosen.waits == "rectification":
            st.toggle(_("Tick several"), key="several")
    rows = [(line.finding_id, review_list.cells(me, line)) for line in found.rows]
    ticking: dict[str, Any] = {"picked": ticked, "on_pick": review_list.keep} if several else {"on_open": open_one}
    table(f"queue_{several}", review_list.columns(me), rows, _("Rectifications"), **ticking)
    pager(found, _)


me = here()
number = chosen_id()
if number is not None:
    one(me, number)
else:
    head(me._("Rectifications"), me._("What the branches answered or ask for, and what waits for your decision."))
    show_overtaken()
    listing()
