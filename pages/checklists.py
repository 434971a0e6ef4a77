"""Checklists: the versions, one of them to read, and what differs between two."""

import streamlit as st

from audit.domain.permissions import may_somewhere
from audit.i18n import format_date
from audit.services import checklists
from audit.services.checklists import PUBLISHED, WITHDRAWN, Version
from audit.ui import filters, forms, publishing
from audit.ui.checklist_view import show_changes, show_items, state_chip, summary, upload_dialog
from audit.ui.page import Here, back, chosen_id, head, here, open_one, plain
from audit.ui.table import Col, empty, sub, table
from audit.ui.words import N_


def actions(me: Here, version: Version) -> None:
    """Take it out as a file; publish it or withdraw it."""
    _ = me._
    with st.container(horizontal=True):
        if may_somewhere(me.actor, "checklist.manage"):
            if version.status != PUBLISHED and st.button(_("Publish"), type="primary"):
                publishing.dialog(version)
            if version.status != WITHDRAWN and st.button(_("Withdraw")):
                ask_withdrawal(me, version)
        st.link_button(_("Download as Excel"), f"/documents/checklists/{version.id}.xlsx")
        st.link_button(_("Download as YAML"), f"/documents/checklists/{version.id}.yaml")


def ask_withdrawal(me: Here, version: Version) -> None:
    """Withdrawing is asked twice, and can be undone by publishing again."""
    _ = me._

    def withdraw(now: Here) -> str:
        checklists.withdraw(now.db, now.actor, version.id)
        return now._("Withdrawn.")

    what = _("No new visit can be made with version {version}; visits that have it keep it. It can be published again.")
    forms.confirm(_("Withdraw this version?"), what.format(version=version.version), _("Withdraw"), withdraw)


def one(me: Here, number: int) -> None:
    """One version: its state, what can be done, what differs from another one, and its items."""
    _ = me._
    version, checklist = checklists.get(me.db, me.actor, number)
    back(me, _("Checklists"))
    title = f"{me.pick(version, 'title')} {version.version}"
    state = me.word("state", version.status)
    day = f" {format_date(me.locale, version.published_at)}" if version.status == PUBLISHED else ""
    head(
        plain(title),
        f"{state}{day} · {summary(me, checklist)} · "
        + me.counted(version.visits, N_("{count} visit"), N_("{count} visits")),
    )
    actions(me, version)
    others = {v.version: v for v in checklists.versions(me.db, me.actor, version.code) if v.id != version.id}
    if others:
        chosen = st.selectbox(
            _("Compare with"), ["", *others], key="with", bind="query-params", placeholder=_("Choose …")
        )
        if chosen in others:
            older, newer = sorted((version, others[chosen or ""]), key=lambda v: (v.created_at, v.id))
            st.subheader(plain(f"{older.version} → {newer.version}"), anchor=False)
            new = checklists.get(me.db, me.actor, newer.id)[1]
            show_changes(me, checklists.changes(me.db, me.actor, older.id, newer.id), new)
            return
    show_items(me, version, checklist)


def listing(me: Here) -> None:
    """All versions the person may see."""
    _ = me._
    head(_("Checklists"), _("What inspectors look at, version by version. A visit keeps the version it was made with."))
    keeps = may_somewhere(me.actor, "checklist.manage")
    if keeps and st.button(_("Upload a version"), type="primary"):
        upload_dialog(me)
    left, right = st.columns([3, 2], vertical_alignment="bottom")
    with left:
        wanted = filters.search(me).lower()
    with right:
        also = filters.also("withdrawn", _("Also withdrawn ones"))
    found = [
        version
        for version in checklists.versions(me.db, me.actor)
        if (also or version.status != WITHDRAWN)
        and wanted in f"{version.code} {version.version} {version.title_zh} {version.title_en}".lower()
    ]
    if not found:
        empty(_("No version found. Change the search, or upload a file."))
        return
    rows = [
        (
            version.id,
            [
                [me.pick(version, "title"), sub(version.code)],
                version.version,
                [
                    state_chip(me, version.status),
                    sub(format_date(me.locale, version.published_at or version.created_at)),
                ],
                version.visits,
            ],
        )
        for version in found
    ]
    columns = [Col(_("Checklist")), Col(_("Version")), Col(_("State")), Col(_("Visits"), number=True)]
    table("checklists", columns, rows, _("Checklists"), on_open=open_one)


me = here()
chosen = chosen_id()
if chosen is None:
    listing(me)
else:
    one(me, chosen)
