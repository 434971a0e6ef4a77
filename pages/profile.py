"""Profile: language, password, where I am signed in, signing out."""

from functools import partial

import streamlit as st

from audit.config import settings
from audit.domain.messages import DIGEST_HOURS
from audit.errors import RoundsError
from audit.i18n import LOCALES, format_instant
from audit.services import accounts
from audit.services.messages import inbox
from audit.services.session_rows import session_key
from audit.services.sign_in import change_password, set_locale
from audit.ui import channel_parts
from audit.ui.devices import device
from audit.ui.identity import token
from audit.ui.page import Here, act, done, head, here, refusals
from audit.ui.words import field_label


def language(me: Here) -> None:
    """The language: kept on the account; the page is loaded anew, because open widgets keep their old words."""
    st.header(me._("Language"), anchor=False)
    with st.container(horizontal=True):
        for locale, name in LOCALES.items():
            if st.button(name, type="primary" if locale == me.locale else "secondary", key=f"locale_{locale}"):
                set_locale(me.db, me.actor, locale)
                st.html("<script>window.location.reload()</script>", unsafe_allow_javascript=True)


def told(me: Here) -> None:
    """When the day's summary comes, and by which channels outside messages do."""
    _ = me._
    st.header(_("Messages"), anchor=False)
    hour = inbox.digest_hour(me.db, me.actor)
    chosen = st.selectbox(
        field_label(me.locale, "digest_hour"), DIGEST_HOURS, index=DIGEST_HOURS.index(hour), width=240,
        format_func=lambda one: f"{one:02}:00", filter_mode=None, placeholder=_("Choose …"),
    )  # fmt: skip
    if chosen != hour:
        act(me.locale, partial(inbox.set_digest_hour, me.db, me.actor, chosen), _("Saved."))
    channel_parts.show(me)


def password(me: Here) -> None:
    """Change one's own password."""
    _ = me._
    st.header(_("Password"), anchor=False)
    st.caption(_("All your other sessions end when you change it."))
    least = _("At least {minimum} characters").format(minimum=settings().password_minimum)
    with st.form("password", border=False, clear_on_submit=True):
        old = st.text_input(_("Present password"), type="password", autocomplete="current-password")
        new = st.text_input(_("New password"), type="password", autocomplete="new-password", placeholder=least)
        again = st.text_input(_("New password once more"), type="password", autocomplete="new-password")
        sent = st.form_submit_button(_("Change the password"), type="primary")
    if sent:
        with refusals(me.locale):
            if new != again:
                raise RoundsError("account.password_mismatch")
            change_password(me.db, me.actor, old or "", new or "", token() or "")
            if must:  # now the day begins: its pages are offered by a page loaded anew
                st.html("<script>window.location.replace('/')</script>", unsafe_allow_javascript=True)
                return
            done(_("Your password is changed."))
            st.rerun()


def sessions(me: Here) -> None:
    """Where the person is signed in; a lost tablet is signed out from here."""
    _ = me._
    st.header(_("Signed in on"), anchor=False)
    for place, row in enumerate(accounts.own_sign_ins(me.db, me.actor)):
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            seen = _("last used {when}").format(when=format_instant(me.locale, row.seen_at))
            own = f" · {_('this device')}" if row.id_sha256 == session_key(token() or "") else ""
            st.text(f"{device(me, row.device)}{own}\n{row.address} · {seen}", width="stretch")
            if st.button(_("End"), key=f"end_{place}"):
                act(me.locale, partial(accounts.end_sign_in, me.db, me.actor, row.id_sha256), _("Ended."))


me = here()
_ = me._
must = accounts.must_change_password(me.db, me.actor)
if must:
    head(_("Choose your password"), _("You signed in with a one-time password. Choose your own to go on."))
    password(me)
else:
    row = accounts.get_account(me.db, me.actor, me.actor.account_id)
    roles = me.several(me.word("role", grant.role) for grant in row.grants)
    head(row.account.name, " · ".join(filter(None, [row.account.sign_in_name, roles])))
    st.html('<form method="post" action="/signout"><button class="signout">' + _("Sign out") + "</button></form>")
    language(me)
    told(me)
    password(me)
    sessions(me)
