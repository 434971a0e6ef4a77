"""The visits that were announced to a branch or hall, each with its day."""

import streamlit as st

from audit.i18n import format_date
from audit.services import announced
from audit.ui.page import Here
from audit.ui.table import Col, sub, table

SHOWN = 6  # the next ones


def show(me: Here) -> None:
    """Which day who comes where; nothing where nobody is announced."""
    _ = me._
    found = announced.coming(me.db, me.actor)
    if not found:
        return
    st.header(_("Announced visits"), anchor=False)
    columns = [Col(_("Outlet")), Col(_("Day"))]
    rows = [
        (place, [[me.pick(one.outlet), sub(me.pick(one.inspecting))], format_date(me.locale, one.planned_on)])
        for place, one in enumerate(found[:SHOWN])
    ]
    table("announced", columns, rows, _("Announced visits"))
    if len(found) > SHOWN:
        until = format_date(me.locale, found[-1].planned_on)
        st.caption(_("{count} more until {day}.").format(count=len(found) - SHOWN, day=until))
