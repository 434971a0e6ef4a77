"""What may be done with a round in its state, as buttons; each says beforehand what will happen."""

from functools import partial

import streamlit as st

from audit.db.models import Round
from audit.domain.permissions import Role
from audit.domain.visits import ROUND_TRANSITIONS, actions
from audit.services import rounds
from audit.ui import forms, planning, round_parts
from audit.ui.asking import asking
from audit.ui.page import Here, act, here, plain
from audit.ui.words import N_

# fmt: off
ACTS = {
    "publish": (rounds.publish_round, N_("Publish"),
                N_("The teams see their visits now; branches to which they are announced are told the days. "
                   "After that teams and days change, and assignments are added.")),
    "start":   (rounds.start_round, N_("Start"),
                N_("The round counts as running. It also starts by itself with the first visit.")),
}
# fmt: on


def buttons(me: Here, row: Round, filled: bool) -> None:
    """What may be done with a round in its state."""
    _ = me._
    number = row.id or 0
    if row.state == "closed":
        return
    with st.container(horizontal=True):
        if st.button(_("Add an assignment"), type="secondary" if filled else "primary"):
            planning.dialog(number, row.kind, row.starts_on, row.ends_on)
        for action in actions(ROUND_TRANSITIONS, row.state, Role.MARKETING):
            if action == "close":
                if st.button(_("Close the round")):
                    close(row)
                continue
            service, label, what = ACTS[action]
            main = "primary" if filled and action == "publish" else "secondary"
            if st.button(_(label), type=main, disabled=not filled):  # type: ignore[arg-type]

                def do(me: Here, service: object = service) -> str:
                    service(me.db, me.actor, number, row.version)  # type: ignore[operator]
                    return me._("Done.")

                forms.confirm(_("{what}: {text}").format(what=_(label), text=me.pick(row)), _(what), _(label), do)
        if st.button(_("Name and dates …")):
            round_parts.edit(row)


def close(row: Round) -> None:
    """Ask before closing; items still to be answered later are named, and let go only on purpose."""
    me = here()

    @asking(plain(me._("{what}: {text}").format(what=me._("Close the round"), text=me.pick(row))))
    def ask() -> None:
        me = here()
        _ = me._
        st.text(_("No more visits can be made in it. This cannot be undone."))
        pending = rounds.pending_items(me.db, me.actor, row.id or 0)
        let_go = False
        if pending:
            st.warning(
                _("Items of these visits are still to be answered later; until then their scores are provisional:")
            )
            for one in pending:
                st.text(f"{me.pick(one.outlet)}: {me.several(one.codes)}")
            let_go = st.checkbox(_("Let these items go: the scores without them are final"))
        if st.button(_("Close the round"), type="primary", disabled=bool(pending) and not let_go, key="close_yes"):
            end = partial(rounds.close_round, me.db, me.actor, row.id or 0, row.version, let_go)
            act(me.locale, end, _("Done."))

    ask()
