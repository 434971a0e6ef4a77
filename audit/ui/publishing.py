"""The look before a checklist version is published: what changes, how much it holds, which visits use it."""

import streamlit as st

from audit.i18n import format_date
from audit.services import checklists
from audit.services.checklists import Version
from audit.ui.asking import asking
from audit.ui.checklist_view import show_changes, summary
from audit.ui.page import Here, done, here, plain, refusals
from audit.ui.words import N_


def dialog(version: Version) -> None:
    """Show what publishing changes, and do it when that is wanted."""
    me = here()
    title = me._("Publish {title} {version}?").format(title=me.pick(version, "title"), version=version.version)

    @asking(plain(title), width="large")
    def ask() -> None:
        now = here()
        _look(now, version)
        with st.container(horizontal=True):
            go_on = st.button(now._("Publish"), type="primary", key="publish_yes")
            if st.button(now._("Cancel"), key="publish_no"):
                st.rerun()
        if go_on:
            with refusals(now.locale):
                checklists.publish(now.db, now.actor, version.id)
                done(now._("Published. New visits are made with it."))
                st.rerun()

    ask()


def _look(me: Here, version: Version) -> None:
    _ = me._
    checklist = checklists.get(me.db, me.actor, version.id)[1]
    st.text(summary(me, checklist))
    old = next((one for one in checklists.current(me.db, me.actor) if one.code == version.code), None)
    if old is None:
        st.text(_("From now on new visits are made with it. No version of this list is published yet."))
        return
    told = _("From now on new visits are made with it instead of {version}, published {day}.")
    st.text(told.format(version=old.version, day=format_date(me.locale, old.published_at)))
    left = checklists.unfinished(me.db, me.actor, old.id)
    if left:
        st.text(
            me.counted(
                left,
                N_("{count} visit that is planned or not yet submitted keeps {version}."),
                N_("{count} visits that are planned or not yet submitted keep {version}."),
                version=old.version,
            )
        )
    st.subheader(plain(f"{old.version} → {version.version}"), anchor=False)
    show_changes(me, checklists.changes(me.db, me.actor, old.id, version.id), checklist, "published_changes")
