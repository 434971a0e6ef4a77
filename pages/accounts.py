"""Accounts: the list and one of them."""

from functools import partial

import streamlit as st

from audit.domain.permissions import ROLES
from audit.services import accounts, organisations
from audit.services.accounts import AccountValues
from audit.services.spreadsheet_import import import_accounts
from audit.ui import account_access, filters, forms, granting, importing, leaving
from audit.ui.asking import asking
from audit.ui.page import Here, act, back, chosen_id, head, here, open_one, refusals
from audit.ui.table import Col, chip, empty, page_number, pager, sub, table


def form(me: Here, old: AccountValues | None) -> AccountValues:
    """The fields of an account."""
    _ = me._
    rows = {row.id: row for row in organisations.open_organisations(me.db, me.actor)}
    left, right = st.columns(2)
    with left:
        sign_in_name = forms.line(me.locale, "sign_in_name", old.sign_in_name if old else "", 60, required=True)
        name = forms.line(me.locale, "name", old.name if old else "", 60, required=True)
        name_en = forms.line(me.locale, "person_en", old.name_en if old else "", 60)
        email = forms.line(me.locale, "email", old.email if old else "", 120)
    with right:
        ids = [None, *rows]
        place = ids.index(old.organisation_id) if old and old.organisation_id in ids else 0
        organisation_id = forms.choose(
            me, "organisation", ids, lambda one: me.pick(rows[one]) if one else _("None"), place
        )
        number = forms.line(me.locale, "employee_number", (old.employee_number or "") if old else "", 40)
        phone = forms.line(me.locale, "phone", old.phone if old else "", 30)
        locales = ["", "zh_CN", "en"]
        words = {"": _("As the browser says"), "zh_CN": "中文", "en": "English"}
        locale = forms.choose(me, "locale", locales, words.__getitem__, locales.index(old.locale) if old else 0)
    return AccountValues(sign_in_name, name, name_en, organisation_id, number, phone, email, locale)


def create() -> None:
    """A dialog for a new account; its one-time password is shown in the dialog."""

    made = password = ""

    @asking(here()._("New account"), width="large", on_dismiss="rerun")
    def ask() -> None:
        nonlocal made, password
        me = here()
        if password:
            forms.show_password(me, made, password)
            return
        given = form(me, None)
        grants = granting.editor(me, (), "new")
        if st.button(me._("Create"), type="primary"):
            with refusals(me.locale):
                password = accounts.create_account(me.db, me.actor, given, grants).password
                made = given.name
                st.rerun(scope="fragment")

    ask()


def one(me: Here, number: int) -> None:
    """One account: its data, roles, password, deactivation, history."""
    _ = me._
    row = accounts.get_account(me.db, me.actor, number)
    account = row.account
    back(me, _("Accounts"))
    head(account.name, account.sign_in_name)
    if not account.active:
        st.info(_("Deactivated: this person cannot sign in. What they did stays under their name."))
    data, roles, access, leaves = st.tabs([_("Person"), _("Roles"), _("Access"), _("Leaves")])
    with data:
        old = AccountValues(**{name: getattr(account, name) for name in AccountValues.__dataclass_fields__})
        given = form(me, old)
        if st.button(_("Save"), type="primary"):
            change = partial(accounts.change_account, me.db, me.actor, number, account.version, given)
            act(me.locale, change, _("Saved."))
    with roles:
        grants = granting.editor(me, row.grants, f"{number}_{account.version}")
        if st.button(_("Save roles"), type="primary"):
            change = partial(accounts.set_grants, me.db, me.actor, number, account.version, grants)
            act(me.locale, change, _("Saved. It holds from the person's next tap on."))
    with access:
        account_access.show(me, row)
    with leaves:
        leaving.show(me, row)
    forms.show_history(me, "account", number)


@st.fragment
def listing() -> None:
    """The list with its filters."""
    me = here()
    _ = me._
    left, middle, right = st.columns([3, 2, 2], vertical_alignment="bottom")
    with left:
        search = filters.search(me)
    with middle:
        role = filters.one_of(me, "role", _("Role"), list(ROLES), lambda one: me.word("role", one))
    with right:
        inactive = filters.also("inactive", _("Also deactivated ones"))
    found = accounts.find_accounts(me.db, me.actor, search, role, None, inactive, page_number())
    if not found.rows:
        empty(_("Nobody found. Change the search, or create an account."))
        return
    rows = [
        (
            row.account.id,
            [
                [row.account.name, sub(row.account.sign_in_name)],
                me.pick(row.organisation) if row.organisation else "",
                me.several(me.word("role", grant.role) for grant in row.grants) or "–"
                if row.account.active
                else chip("state", "inactive", me.word("state", "inactive")),
            ],
        )
        for row in found.rows
    ]
    columns = [Col(_("Name")), Col(_("Organisation")), Col(_("Roles"))]
    table("accounts", columns, rows, _("Accounts"), on_open=open_one)
    pager(found, _)


me = here()
_ = me._
number = chosen_id()
if number is not None:
    one(me, number)
else:
    head(_("Accounts"), _("Who may sign in, and what each of them may do where."))
    with st.container(horizontal=True):
        if st.button(_("New account"), type="primary"):
            create()
        if st.button(_("Import from Excel")):
            importing.dialog(me, import_accounts, "accounts")
    leaving.orphans(me)
    listing()
