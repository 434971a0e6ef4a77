"""Organisations: the list and one of them."""

from functools import partial

import streamlit as st

from audit.domain.city import ORGANISATION_KINDS
from audit.domain.permissions import may_somewhere
from audit.services import clock, organisations
from audit.services.messages import channels
from audit.services.organisations import OrganisationValues
from audit.services.spreadsheet_import import import_city
from audit.ui import channel_parts, dots, filters, forms, importing
from audit.ui.asking import asking
from audit.ui.page import Here, act, back, chosen_id, done, go, head, here, open_one, refusals
from audit.ui.table import Col, chip, empty, page_number, pager, sub, table


def form(me: Here, old: OrganisationValues | None) -> OrganisationValues:
    """The fields of an organisation."""
    kinds = [str(kind) for kind in ORGANISATION_KINDS]
    left, middle, right = st.columns(3)
    with left:
        code = forms.line(me.locale, "code", old.code if old else "", 40, required=True)
    with middle:
        kind = forms.choose(
            me, "kind", kinds, lambda one: me.word("organisation_kind", one), kinds.index(old.kind) if old else 0
        )
    with right:
        zone = forms.line(me.locale, "zone", old.zone if old else "", 40)
    zh, en = forms.both(me.locale, "name", old.name_zh if old else "", old.name_en if old else "", required=True)
    north, east = forms.place(me.locale, old.latitude if old else None, old.longitude if old else None)
    return OrganisationValues(code, kind, zh, en, zone, north, east)


def create() -> None:
    """A dialog for a new organisation."""
    me = here()

    @asking(me._("New organisation"), width="large")
    def ask() -> None:
        me = here()
        given = form(me, None)
        if st.button(me._("Create"), type="primary"):
            with refusals(me.locale):
                number = organisations.create_organisation(me.db, me.actor, given)
                done(me._("Created."))
                go(id=number)

    ask()


def one(me: Here, number: int) -> None:
    """One organisation: its data, its outlets' list, closing, history."""
    _ = me._
    row = organisations.get_organisation(me.db, me.actor, number)
    back(me, _("Organisations"))
    head(me.pick(row), f"{me.word('organisation_kind', row.kind)} · {row.code}")
    if row.closed_on:
        st.info(_("Closed. It stays in past rounds and reports and cannot be chosen any more."))
    st.page_link("outlets.py", label=_("Its outlets"), query_params={"of": str(number)})
    if channels.may_manage(me.actor, number):
        channel_parts.show(me, number)
    if not may_somewhere(me.actor, "organisation.manage"):
        return
    old = OrganisationValues(row.code, row.kind, row.name_zh, row.name_en, row.zone, row.latitude, row.longitude)
    with st.container(border=True):
        given = form(me, old)
        if st.button(_("Save"), type="primary"):
            save = partial(organisations.change_organisation, me.db, me.actor, number, row.version, given)
            act(me.locale, save, _("Saved."))
    if row.closed_on:
        if st.button(_("Reopen")):
            reopen = partial(organisations.reopen_organisation, me.db, me.actor, number, row.version)
            act(me.locale, reopen, _("Reopened."))
    elif st.button(_("Close …")):
        what = _("{name} can then not be chosen for rounds any more. Its history stays. You can reopen it later.")

        def close(me: Here) -> str:
            organisations.close_organisation(me.db, me.actor, number, row.version, clock.today())
            return me._("Closed.")

        forms.confirm(_("Close this organisation?"), what.format(name=me.pick(row)), _("Close"), close)
    forms.show_history(me, "organisation", number)


@st.fragment
def listing() -> None:
    """The list with its filters."""
    me = here()
    _ = me._
    left, middle, right = st.columns([3, 2, 2], vertical_alignment="bottom")
    with left:
        search = filters.search(me)
    with middle:
        kind = filters.one_of(
            me, "kind", _("Kind"), list(ORGANISATION_KINDS), lambda one: me.word("organisation_kind", one)
        )
    with right:
        closed = filters.also("closed", _("Closed too"))
    if dots.chosen(me):
        found = organisations.find_organisations(me.db, me.actor, search, kind, closed, size=dots.MOST)
        dots.drawing(me, [dots.of_organisation(me, row.organisation) for row in found.rows], open_one, "dots")
        return
    found = organisations.find_organisations(me.db, me.actor, search, kind, closed, page_number())
    if not found.rows:
        empty(
            _("Nothing found. Change the search, or create an organisation.")
            if search or kind
            else _("No organisations yet. An administrator creates them one by one, or imports them from Excel.")
        )
        return
    rows = [
        (
            row.organisation.id,
            [
                [me.pick(row.organisation), sub(row.organisation.code)],
                [me.word("organisation_kind", row.organisation.kind)]
                + ([chip("state", "closed", me.word("state", "closed"))] if row.organisation.closed_on else []),
                row.organisation.zone,
                row.outlets,
            ],
        )
        for row in found.rows
    ]
    columns = [Col(_("Organisation")), Col(_("Kind")), Col(_("Zone")), Col(_("Outlets"), number=True)]
    table("organisations", columns, rows, _("Organisations"), on_open=open_one)
    pager(found, _)


me = here()
_ = me._
number = chosen_id()
if number is not None:
    one(me, number)
else:
    head(_("Organisations"), _("The branches, the customer service centre and everybody else who takes part."))
    if may_somewhere(me.actor, "organisation.manage"):
        with st.container(horizontal=True):
            if st.button(_("New organisation"), type="primary"):
                create()
            if st.button(_("Import from Excel")):
                importing.dialog(me, import_city, "city")
    listing()
