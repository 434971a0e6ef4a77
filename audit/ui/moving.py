"""The dialog that gives an outlet to another organisation."""

from functools import partial

import streamlit as st

from audit.services import organisations, outlets
from audit.ui import forms
from audit.ui.asking import asking
from audit.ui.page import Here, act, here


def owner(me: Here, label: str, but: int | None = None) -> int | None:
    """A choice of an open organisation; returns its id."""
    rows = {row.id: row for row in organisations.open_organisations(me.db, me.actor) if row.id != but}
    chosen: int | None = st.selectbox(
        label, list(rows), index=None, format_func=lambda one: me.pick(rows[one]), placeholder=me._("Choose …")
    )
    return chosen


def dialog(number: int, version: int, organisation_id: int) -> None:
    """A dialog that gives the outlet to another organisation."""

    @asking(here()._("Move to another organisation"))
    def ask() -> None:
        me = here()
        _ = me._
        st.text(_("From now on the outlet counts for the other organisation. Past visits stay where they were made."))
        target = owner(me, forms.label(me.locale, "organisation"), but=organisation_id)
        if st.button(_("Move"), type="primary", disabled=target is None):
            act(me.locale, partial(outlets.move_outlet, me.db, me.actor, number, version, target or 0), _("Moved."))

    ask()
