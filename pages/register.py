"""The register (台账): all findings that a person may read, to search, to narrow and to take away as Excel."""

import streamlit as st

from audit.services import register
from audit.ui.page import follow, head, here
from audit.ui.register_parts import all_filters, cells, workbook
from audit.ui.table import Col, empty, page_number, pager, table


def open_finding(number: int) -> None:
    """The page of one finding, which leads back here."""
    follow("findings", number, "register")


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
    st.link_button(_("Download as Excel ({count} rows)").format(count=found.total), workbook(chosen))
    columns = [Col(title) for title in (_("Outlet"), _("Finding"), _("State"), _("Due"))]
    table(
        "register",
        columns,
        [(line.finding_id, cells(me, line)) for line in found.rows],
        _("Register"),
        on_open=open_finding,
    )
    pager(found, _)


me = here()
head(me._("Register"), me._("Every finding with its state, its due time and what became of it."))
listing()
