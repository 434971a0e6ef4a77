"""What is proposed about a finding, and the leader's decision: on the finding's page and in the list."""

from functools import partial

import streamlit as st

from audit.i18n import format_date, format_instant
from audit.services.loop import escalating
from audit.services.loop.escalating import ACCEPTED, DECLINED, Proposed
from audit.ui.asking import asking
from audit.ui.page import Here, act, follow, here, plain


def of_finding(me: Here, finding_id: int) -> None:
    """The proposals of a finding with what became of them; a leader decides here."""
    for row in escalating.of_finding(me.db, me.actor, finding_id):
        if not row.open and row.escalation.decision not in (ACCEPTED, DECLINED):
            continue  # a graver step was reached, or the finding was done with, before anybody decided
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            with st.container():
                st.subheader(plain(me.word("proposal", row.escalation.proposal)), anchor=False)
                since, decided = standing(me, row)
                st.caption(plain(f"{me._('Due')} {since} · {decided}"))
                if row.escalation.comment:
                    st.text(row.escalation.comment)
            may_decide = row.open and escalating.may_decide(me.actor)
            if may_decide and st.button(me._("Decide"), type="primary", key=f"decide_{row.escalation.id}"):
                decision(row)


def about(me: Here, row: Proposed) -> str:
    """What the finding is about."""
    return me.pick(row.finding, "clause") or row.finding.observation


def standing(me: Here, row: Proposed) -> tuple[str, str]:
    """Since when it is due, and who decided what and when."""
    _, step = me._, row.escalation
    since = _("found again and again") if step.step == escalating.REPEATS else format_date(me.locale, step.due_on)
    if not step.decision:
        return since, _("waits for a leader")
    told = _("Accepted by {name}, {when}") if step.decision == ACCEPTED else _("Declined by {name}, {when}")
    return since, told.format(name=row.decided_by, when=format_instant(me.locale, step.decided_at))


def decision(row: Proposed, leads: bool = False) -> None:
    """The dialog in which a leader decides. `leads`: with the way to the finding."""

    @asking(plain(here().word("proposal", row.escalation.proposal)))
    def ask() -> None:
        me = here()
        _ = me._
        st.text(about(me, row))
        st.caption(plain(f"{me.pick(row.organisation)} · {me.pick(row.outlet)} · {_('Due')} {standing(me, row)[0]}"))
        comment = st.text_area(_("Comment (needed to decline)"), max_chars=4000, height=110) or ""
        with st.container(horizontal=True):
            for accept, label, said in (
                (True, _("Agree"), _("Decided. The branch and the marketing department are told.")),
                (False, _("Decline"), _("Declined. The marketing department is told.")),
            ):
                if st.button(label, type="primary" if accept else "secondary", key=f"decide_{accept}"):
                    act(
                        me.locale,
                        partial(escalating.decide, me.db, me.actor, row.escalation.id or 0, accept, comment), said,
                    )  # fmt: skip
            if leads and st.button(_("Open the finding")):
                follow("findings", row.finding.id or 0, "escalations")

    ask()
