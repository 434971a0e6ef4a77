"""Leaves (离岗交接): what hangs on an account, to whom it goes, what cannot go there and why; then all in one step."""

from functools import partial

import streamlit as st

from audit.domain.namesakes import told_apart
from audit.domain.permissions import Role
from audit.services import leaving
from audit.services.accounts import AccountRow
from audit.services.belongings import KINDS, Thing
from audit.services.leaving import HAND_BACK, Line
from audit.ui import forms
from audit.ui.page import Here, open_one, plain, sentence
from audit.ui.table import Col, sub, table
from audit.ui.words import N_

WHAT = {
    "assignments": N_("Assignments in rounds"), "reinspections": N_("Re-inspections"),
    "reviews": N_("Findings under review"), "delegations": N_("Delegated findings"),
    "responsibilities": N_("Sole responsibility"),
}  # fmt: skip


def show(me: Here, row: AccountRow) -> None:
    """What hangs on the account; for each kind a person, for a thing that cannot go there another one; the step."""
    _ = me._
    number, version = row.account.id or 0, row.account.version
    things = [line.thing for line in leaving.preview(me.db, me.actor, number, {})]
    if not things:
        st.success(_("Nothing open hangs on this account."))
        st.caption(_("To end the sign-in, deactivate the account under 'Access'."))
        return
    st.caption(
        plain(
            _(
                "{count} open things hang on this account. Choose who takes them over. Ask {name} first to let the "
                "tablet send everything; what is still on it then can be sent by the successor."
            ).format(count=len(things), name=row.account.name)
        )
    )
    targets: dict[str, int | None] = {}
    for kind in (kind for kind in KINDS if any(thing.kind == kind for thing in things)):
        label = me.aside(_(WHAT[kind]), sum(thing.kind == kind for thing in things))
        targets[kind] = _person(me, number, kind, label, f"leaving_{number}_{kind}")
    lines = leaving.preview(me.db, me.actor, number, targets)
    refused = [line for line in lines if line.error and line.target_id is not None]
    if refused:
        st.text(_("These cannot go there. Choose somebody else for each:"))
    for line in refused:
        why = sentence(line.error, me.locale) if line.error else ""
        label = _("{what}: {text}").format(what=me.pick(line.thing), text=why)
        key = f"leaving_{number}_{line.thing.key}"
        targets[line.thing.key] = _person(me, number, line.thing.kind, label, key)
    lines = leaving.preview(me.db, me.actor, number, targets)
    _table(me, number, lines)
    _step(me, row, version, targets, lines)


def orphans(me: Here) -> None:
    """A warning over the list of accounts: on whom something hangs that cannot sign in any more."""
    found = leaving.listed_orphans(me.db, me.actor)
    if not found:
        return
    _ = me._
    with st.container(border=True):
        st.warning(_("Open things hang on deactivated accounts. Hand them over:"), icon="⚠️")
        for account, count in found:
            if st.button(me.aside(account.name, count), key=f"orphan_{account.id}"):
                open_one(account.id or 0)


def _names(me: Here, number: int, kind: str) -> dict[int, str]:
    """Who may be named for a kind: account id → name."""
    found = leaving.candidates(me.db, me.actor, number, kind)
    return told_apart((one.id, one.name, one.sign_in_name) for one in found)


def _person(me: Here, number: int, kind: str, label: str, key: str) -> int | None:
    names = _names(me, number, kind)
    if kind == "delegations":
        names = {HAND_BACK: me._("Back to the branch"), **names}
    chosen: int | None = st.selectbox(
        plain(label), list(names), index=None, key=key, format_func=names.__getitem__, placeholder=me._("Choose …")
    )
    return chosen


def _table(me: Here, number: int, lines: list[Line]) -> None:
    """What goes to whom."""
    _ = me._
    names = {kind: _names(me, number, kind) for kind in {line.thing.kind for line in lines}}
    rows = []
    for place, line in enumerate(lines):
        whom = (
            _("Back to the branch") if line.target_id == HAND_BACK else names[line.thing.kind].get(line.target_id or 0)
        )
        outcome = sentence(line.error, me.locale) if line.error else "✓"
        rows.append((place, [[me.pick(line.thing), sub(_about(me, line.thing))], whom or "–", outcome]))
    table("leaving", [Col(_("What")), Col(_("Goes to")), Col(_("Possible"))], rows, _("Leaves"))


def _about(me: Here, thing: Thing) -> str:
    _ = me._
    told = _(WHAT[thing.kind])
    if thing.role == Role.LEADER:
        many = me.counted(thing.count, N_("{count} proposal to decide"), N_("{count} proposals to decide"))
        return f"{me.word('role', thing.role)} · {many}"
    if thing.role:
        many = me.counted(thing.count, N_("{count} open finding"), N_("{count} open findings"))
        return f"{me.word('role', thing.role)} · {many}"
    if thing.kind == "assignments":
        told = f"{told} · {me.counted(thing.count, N_('{count} visit'), N_('{count} visits'))}"
    return f"{told} · {_('leads the team')}" if thing.leads else told


def _step(me: Here, row: AccountRow, version: int, targets: dict[str, int | None], lines: list[Line]) -> None:
    _ = me._
    end = row.account.active and st.checkbox(_("Deactivate the account in the same step"), value=True)
    ready = not any(line.error for line in lines)
    if not st.button(_("Hand over …"), type="primary", disabled=not ready):
        return
    number, name = row.account.id or 0, row.account.name
    what = _("{count} things go from {name} to others at once. Whoever gets them sees them at the next tap.")
    told = what.format(count=len(lines), name=name)
    if end:
        told += " " + _("{name} is signed out and cannot sign in any more.").format(name=name)
    give = partial(leaving.hand_over, account_id=number, version=version, targets=targets, deactivate=bool(end))

    def do(now: Here) -> str:
        done = give(now.db, now.actor)
        return now._("Handed over: {count}.").format(count=len(done))

    forms.confirm(_("Hand everything over?"), told, _("Hand over"), do)
