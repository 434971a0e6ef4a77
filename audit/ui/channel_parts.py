"""Channels to the outside, of a person or of an organisation: the list, adding one, sending a test."""

from functools import partial

import streamlit as st

from audit.i18n import format_instant, pick
from audit.notify.channels import CHANNELS, offered
from audit.services.installation import installation
from audit.services.messages import channels
from audit.services.messages.channels import ChannelView
from audit.ui.asking import asking
from audit.ui.page import Here, act, done, here, plain, refusals
from audit.ui.words import N_, field_label

# fmt: off
WHERE = {
    "email":    N_("Messages come to this address."),
    "wecom":    N_("In the group chat: … → Group robots → Add → copy the webhook address."),
    "dingtalk": N_("In the group chat: Settings → Robots → Add (custom) → copy the webhook address, and the secret."),
    "feishu":   N_("In the group chat: Settings → Bots → Add (custom) → copy the webhook address."),
    "webhook":  N_("Messages are posted as JSON to this address. The host must be among those that are allowed."),
}
# fmt: on


def show(me: Here, organisation_id: int | None = None) -> None:
    """The channels with what can be done about them."""
    _ = me._
    st.subheader(_("Channels outside"), anchor=False)
    st.caption(
        _("What is urgent for this organisation also goes to its group chats, and the summary of the day.")
        if organisation_id
        else _(
            "In the app you are told of everything. What is urgent also goes here at once; the rest comes once a day."
        )
    )
    rows = channels.channels_of(me.db, me.actor, organisation_id)
    for row in rows:
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            st.text(f"{_kind(me, row.kind)}　{row.hint}\n{_tested(me, row)}", width="stretch")
            if st.button(_("Send a test"), key=f"test_{row.id}"):
                _test(me, row)
            if st.button(_("Remove"), key=f"remove_{row.id}"):
                act(me.locale, partial(channels.remove, me.db, me.actor, row.id), _("Removed."))
    if len(rows) < channels.MOST and st.button(_("Add a channel"), key="add_channel"):
        _add(organisation_id)


def why(me: Here, error: str) -> str:
    """What a failed sending means, in words."""
    code, _, status = error.partition(":")
    return me.word("sending_error", code).format(status=status)


def _test(me: Here, row: ChannelView) -> None:
    with refusals(me.locale):
        with st.spinner(me._("Sending …")):
            error = channels.test(me.db, me.actor, installation().settings, row.id)
        if not error:
            done(me._("Sent. Look whether it has arrived."))
        st.rerun()


def _tested(me: Here, row: ChannelView) -> str:
    _ = me._
    if row.tested_at is None:
        return f"○ {_('Not tested yet')}"
    when = format_instant(me.locale, row.tested_at)
    return f"✕ {when} · {why(me, row.test_error)}" if row.test_error else f"✓ {_('Test sent')} · {when}"


def _add(organisation_id: int | None) -> None:
    @asking(plain(here()._("Add a channel")))
    def ask() -> None:
        me = here()
        _, config = me._, installation().settings
        kinds = offered(config)
        kind = st.selectbox(
            _("Kind"), kinds, format_func=partial(_kind, me), placeholder=_("Choose …"), filter_mode=None
        )
        if kind not in kinds:
            return
        st.caption(plain(_(WHERE[kind])))
        given = {}
        for field in CHANNELS[kind].asks:
            label = field_label(me.locale, f"channel_{field.name}") + (" *" if field.required else "")
            secret = kind != "email"
            given[field.name] = st.text_input(
                label, max_chars=400, type="password" if secret else "default", autocomplete="off",
                key=f"channel_{kind}_{field.name}",
            ) or ""  # fmt: skip
        if secret:
            st.caption(_("It is kept on the server and never shown again."))
        if st.button(_("Add"), type="primary", key="add_yes"):
            act(
                me.locale,
                partial(channels.add, me.db, me.actor, config, kind, given, organisation_id),
                _("Added. Send a test to see whether it works."),
            )

    ask()


def _kind(me: Here, kind: str) -> str:
    return pick(me.locale, CHANNELS[kind].zh, CHANNELS[kind].en)
