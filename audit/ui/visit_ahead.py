"""A visit before it is made: where, when, with whom and what is asked, and the way into the form."""

import streamlit as st

from audit.i18n import format_date
from audit.services import checklists, visits
from audit.ui import tablet_form
from audit.ui.checklist_view import show_items, summary
from audit.ui.page import Here, back, head


def show(me: Here, number: int) -> None:
    """What a team wants to know the evening before. Looking begins nothing; the first answer does."""
    _ = me._
    detail = visits.get_visit(me.db, me.actor, number, "visit.conduct")
    row, visit = detail.row, detail.row.visit
    version, _content = checklists.get(me.db, me.actor, visit.checklist_version_id)
    back(me, _("My visits"))
    head(
        me.pick(row.outlet),
        f"{me.pick(row.inspected)} · {me.pick(row.round)} · {me.word('visit', visit.state)}",
    )
    known = _("announced") if row.assignment.announced else _("unannounced: tell nobody beforehand")
    leading = _("{name} (leads)")
    team = me.several(leading.format(name=mate.name) if mate.leader else mate.name for mate in detail.team)
    line = _("{what}: {text}")
    with st.container(border=True):
        st.text(f"{format_date(me.locale, visit.planned_on)} · {known}")
        st.text(me.pick(row.outlet, "address") or _("No address"))
        st.text(line.format(what=_("Team"), text=team))
        st.text(line.format(what=_("Checklist"), text=f"{me.pick(version, 'title')} {version.version}"))
        st.caption(summary(me, detail.checklist))
        if visit.state in tablet_form.TO_DO:
            st.link_button(f"{_('Get it ready on this tablet')} ›", tablet_form.address(number), type="primary")
            st.caption(
                _("Open it this once on the tablet that goes along: in the hall it then needs no connection. "
                  "The visit begins with the first answer, not before.")
            )  # fmt: skip
    show_items(me, version, detail.checklist)
