"""Outlets: the list and one of them."""

from functools import partial

import streamlit as st

from audit.domain.city import OUTLET_KINDS
from audit.domain.permissions import may_somewhere
from audit.i18n import format_date
from audit.services import clock, organisations, outlets
from audit.services.spreadsheet_import import import_city
from audit.ui import dots, filters, forms, importing, moving, never_applies, outlet_form
from audit.ui.asking import asking
from audit.ui.page import Here, act, back, chosen_id, done, go, head, here, open_one, refusals
from audit.ui.table import Col, chip, empty, page_number, pager, sub, table


def create() -> None:
    """A dialog for a new outlet."""

    @asking(here()._("New outlet"), width="large")
    def ask() -> None:
        me = here()
        if not organisations.open_organisations(me.db, me.actor):
            st.info(me._("An outlet belongs to an organisation, and there is none yet: create that first."))
            st.page_link("organisations.py", label=me._("Organisations"))
            return
        organisation_id = moving.owner(me, forms.label(me.locale, "organisation", required=True))
        given = outlet_form.fields(me)
        if st.button(me._("Create"), type="primary", disabled=organisation_id is None):
            with refusals(me.locale):
                number = outlets.create_outlet(me.db, me.actor, organisation_id or 0, given)
                done(me._("Created."))
                go(id=number)

    ask()


def one(me: Here, number: int) -> None:
    """One outlet: its data, moving, closing, history."""
    _ = me._
    row = outlets.get_outlet(me.db, me.actor, number)
    outlet = row.outlet
    back(me, _("Outlets"))
    head(me.pick(outlet), f"{me.pick(row.organisation)} · {me.word('outlet_kind', outlet.kind)} · {outlet.code}")
    if outlet.closed_on:
        day = format_date(me.locale, outlet.closed_on)
        st.info(_("Closed on {day}. Its visits stay; new ones cannot be planned.").format(day=day))
    if not may_somewhere(me.actor, "organisation.manage"):
        st.text(me.pick(outlet, "address") or _("No address"))
        never_applies.show(me, outlets.na_items(outlet))
        return
    with st.container(border=True):
        given = outlet_form.fields(me, outlets.values_of(outlet))
        if st.button(_("Save"), type="primary"):
            act(me.locale, partial(outlets.change_outlet, me.db, me.actor, number, outlet.version, given), _("Saved."))
    with st.container(horizontal=True):
        if st.button(_("Move …")):
            moving.dialog(number, outlet.version, outlet.organisation_id)
        if outlet.closed_on and st.button(_("Reopen")):
            act(me.locale, partial(outlets.reopen_outlet, me.db, me.actor, number, outlet.version), _("Reopened."))
        if not outlet.closed_on and st.button(_("Close …")):
            what = _("No visits of {name} can be planned any more. Its history stays. You can reopen it later.")

            def close(me: Here) -> str:
                outlets.close_outlet(me.db, me.actor, number, outlet.version, clock.today())
                return me._("Closed.")

            forms.confirm(_("Close this outlet?"), what.format(name=me.pick(outlet)), _("Close"), close)
    forms.show_history(me, "outlet", number)


@st.fragment
def listing() -> None:
    """The list with its filters."""
    me = here()
    _ = me._
    owners = {str(row.id): me.pick(row) for row in organisations.open_organisations(me.db, me.actor)}
    left, middle, right, last = st.columns([3, 2, 2, 2], vertical_alignment="bottom")
    with left:
        search = filters.search(me)
    with middle:
        of = filters.one_of(me, "of", _("Organisation"), list(owners), lambda one: owners.get(one, one))
    with right:
        kind = filters.one_of(me, "kind", _("Kind"), list(OUTLET_KINDS), lambda one: me.word("outlet_kind", one))
    with last:
        closed = filters.also("closed", _("Closed too"))
    where = int(of) if of.isdigit() else None
    if dots.chosen(me):
        found = outlets.find_outlets(me.db, me.actor, search, where, kind, closed, size=dots.MOST)
        dots.drawing(me, [dots.of_outlet(me, row.outlet) for row in found.rows], open_one, "dots")
        return
    found = outlets.find_outlets(me.db, me.actor, search, where, kind, closed, page_number())
    if not found.rows:
        narrowed = search or of or kind
        empty(
            _("Nothing found. Change the search, or create an outlet.")
            if narrowed
            else _("No outlets yet. An administrator creates them one by one, or imports them from Excel.")
        )
        return
    rows = [
        (
            row.outlet.id,
            [
                [me.pick(row.outlet), sub(row.outlet.code)],
                me.pick(row.organisation),
                chip("state", "closed", me.word("state", "closed"))
                if row.outlet.closed_on
                else me.word("outlet_kind", row.outlet.kind),
            ],
        )
        for row in found.rows
    ]
    columns = [Col(_("Outlet")), Col(_("Organisation")), Col(_("Kind"))]
    table("outlets", columns, rows, _("Outlets"), on_open=open_one)
    pager(found, _)


me = here()
_ = me._
number = chosen_id()
if number is not None:
    one(me, number)
else:
    head(_("Outlets"), _("Halls, the hotline and the other places where customers are served."))
    if may_somewhere(me.actor, "organisation.manage"):
        with st.container(horizontal=True):
            if st.button(_("New outlet"), type="primary"):
                create()
            if st.button(_("Import from Excel")):
                importing.dialog(me, import_city, "city")
    listing()
