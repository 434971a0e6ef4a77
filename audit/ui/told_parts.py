"""What was sent to whom about a finding, as a part that can be folded out."""

import streamlit as st

from audit.i18n import format_instant, pick
from audit.notify.channels import CHANNELS
from audit.notify.texts import in_short
from audit.services.messages import inbox
from audit.services.messages.told import Told, told
from audit.ui.channel_parts import why
from audit.ui.page import Here
from audit.ui.table import Col, chip, empty, sub, table


def show(me: Here, finding_id: int) -> None:
    """The messages about a finding. What was told to the person themself counts as read by opening the finding."""
    _ = me._
    inbox.read_about(me.db, me.actor, "finding", finding_id)
    with st.expander(_("Who was told")):
        rows = told(me.db, me.actor, finding_id)
        if not rows:
            empty(_("Nobody was told of this finding yet."))
            return
        columns = [Col(_("To whom")), Col(_("What")), Col(_("By")), Col(_("State"))]
        cells = [(number, _cells(me, row)) for number, row in enumerate(rows)]
        table("told", columns, cells, _("Who was told"))


def _cells(me: Here, row: Told) -> list[object]:
    kind = CHANNELS.get(row.channel)
    state = chip("delivery", row.state, me.word("delivery", row.state))
    return [
        [row.name, sub(format_instant(me.locale, row.at))],
        in_short(me.locale, row.code, row.params),
        pick(me.locale, kind.zh, kind.en) if kind else me._("in the app"),
        [state, *([sub(why(me, row.error))] if row.error else [])],
    ]
