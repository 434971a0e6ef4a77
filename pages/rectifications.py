"""Rectifications to review (复核): what waits for the marketing department, and one of it after the other."""

from typing import Any

import streamlit as st

from audit.services import register
from audit.services.loop import review_queue
from audit.ui import filters, finding_words, review_decide, review_list, review_parts
from audit.ui.page import Here, back, chosen_id, follow, head, here, move_on, open_one, origin
from audit.ui.table import empty, page_number, pager, table

OVERTAKEN = "_overtaken"
KEPT = ("view", "page")  # of the address: they narrow nothing


def one(me: Here, number: int) -> None:
    """One thing to decide; when somebody else decided it, the next one opens and a sentence says so."""
    case = review_queue.case(me.db, me.actor, number)
    came, address = origin()
    back_to_it = (came, address.get("id")) == ("findings", str(number))
    if not case.waits and (back_to_it or came == "messages"):  # it led here, and was decided since
        there = address if back_to_it else {"id": str(number), "from": st.query_params["from"]}
        st.switch_page("findings.py", query_params=there)
    if "view" not in st.query_params and case.waits:  # the queue goes on with what waits like it
        st.query_params["view"] = case.waits
    chosen = review_list.from_address(me)
    found = review_queue.place(me.db, me.actor, chosen, number)
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


def nothing(me: Here, waits: str) -> None:
    """An empty list: all of it is decided, or only what the filters leave."""
    _, count = me._, review_queue.counts(me.db, me.actor)[waits]
    if set(st.query_params) <= set(KEPT) or not count:
        empty(_("Nothing waits for you here."))
        return
    empty(_("Nothing is left within these filters. Without them: {count}.").format(count=count))
    st.button(_("Show all"), type="primary", on_click=filters.clear, args=KEPT)


@st.fragment
def listing() -> None:
    """The queue with its filters."""
    me = here()
    _ = me._
    chosen = review_list.chosen_filters(me)
    found = register.find(me.db, me.actor, chosen, page_number())
    if not found.rows:
        nothing(me, chosen.waits)
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
    st.query_params.pop("from", None)  # the list is a place of its own: nothing leads back from it
    head(me._("Rectifications"), me._("What the branches answered or ask for, and what waits for your decision."))
    show_overtaken()
    listing()
