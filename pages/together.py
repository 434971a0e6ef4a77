"""The same finding in several halls of a branch, answered with one text; each with its own photo, closed one by one."""

import streamlit as st

from audit.services.loop import together
from audit.ui import filters, together_parts
from audit.ui.page import Here, back, chosen_id, head, here, open_one
from audit.ui.table import Col, empty, page_number, pager, table


def several(me: Here, number: int) -> None:
    """The findings of one item."""
    _ = me._
    parts = together.parts(me.db, me.actor, number)
    back(me, _("Answer together"))
    first = next((part.row.finding for part in parts), None)
    if first is None:
        head(_("Answer together"), _("Nothing of this item is to be put right any more."))
        return
    head(
        me.pick(first, "clause") or first.observation,
        _("One text for all halls, and each hall's own photo. Saved as you write."),
    )
    halls = {part.row.finding.id: f"{me.pick(part.row.outlet)} · {part.row.finding.number or ''}" for part in parts}
    ids = st.pills(
        _("Halls that this text is for"), list(halls), selection_mode="multi", default=list(halls),
        format_func=lambda one: halls[one], key=f"halls_{number}",
    )  # fmt: skip
    chosen = [part for part in parts if part.row.finding.id in ids]
    if not chosen:
        empty(_("Choose at least one hall."))
        return
    together_parts.texts(me, number, chosen)
    if len(chosen) > 1:
        st.header(_("One file for all chosen halls"), anchor=False)
        st.caption(_("A training record or a sealed letter that covers them all. Each hall keeps its own photo after."))
        together_parts.for_all(me, number, chosen)
    st.header(_("Photos and other evidence of each hall"), anchor=False)
    for part in chosen:
        with st.container(border=True):
            together_parts.place(me, part)
    together_parts.submission(me, chosen)


def listing(me: Here) -> None:
    """The items of which several findings are open."""
    _ = me._
    head(_("Answer together"), _("The same finding in several halls: one text, each with its own photo."))
    search = filters.search(me)
    found = together.groups(me.db, me.actor, search, page_number())
    if not found.rows and search:
        empty(_("Nothing found. Change the search or the filters."))
        return
    if not found.rows:
        empty(_("No item has several findings to put right. Single ones are answered under 'Findings'."))
        return
    rows = [(group.finding_id, [me.pick(group, "clause"), group.count]) for group in found.rows]
    table("groups", [Col(_("Item")), Col(_("Findings"), number=True)], rows, _("Answer together"), on_open=open_one)
    pager(found, _)


me = here()
number = chosen_id()
if number is not None:
    several(me, number)
else:
    listing(me)
