"""The way from the pages to the tablet form, where a visit is filled in."""

import streamlit as st

from audit.services.visits import VisitRow
from audit.ui.page import Here
from audit.ui.words import N_

TO_DO = ("returned", "open", "planned")
ACTS = {"planned": N_("Begin the visit"), "open": N_("Go on"), "returned": N_("Rework it")}


def address(visit_id: int) -> str:
    """Where the form opens this visit. The form reads what follows the `#`, so that it also works offline."""
    return f"/tablet/#/visit/{visit_id}"


def button(me: Here, row: VisitRow) -> None:
    """Open a visit that is to be made in the form; says what will be done with it there."""
    visit = row.visit
    st.link_button(f"{me._(ACTS[visit.state])} ›", address(visit.id or 0), type="primary")
