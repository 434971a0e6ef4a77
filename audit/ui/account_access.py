"""Access of an account: a new one-time password, deactivation, activation."""

from functools import partial

import streamlit as st

from audit.services import accounts
from audit.services.accounts import AccountRow
from audit.ui import forms
from audit.ui.page import Here, act


def show(me: Here, row: AccountRow) -> None:
    """Reset the password, deactivate or activate."""
    _ = me._
    account, number = row.account, row.account.id or 0
    st.caption(_("A new one-time password ends the old one and every session of this person."))
    if st.button(_("Reset password …")):
        forms.reset_password(number, account.version, account.name)
    if not account.active:
        if st.button(_("Activate")):
            change = partial(accounts.activate, me.db, me.actor, number, account.version)
            act(me.locale, change, _("Activated."))
    elif st.button(_("Deactivate …")):
        what = _("{name} is signed out everywhere at once and cannot sign in any more. This can be undone.")

        def stop(me: Here) -> str:
            accounts.deactivate(me.db, me.actor, number, account.version)
            return me._("Deactivated.")

        forms.confirm(_("Deactivate this account?"), what.format(name=account.name), _("Deactivate"), stop)
