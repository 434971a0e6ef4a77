"""The branch submits several answers at once, after a look at what goes and what still lacks something."""

from collections.abc import Sequence

import streamlit as st

from audit.services.loop import reviewing, together
from audit.services.loop.reading import FindingRow
from audit.services.loop.together import Begun
from audit.ui import finding_words
from audit.ui.asking import asking
from audit.ui.page import Here, done, follow, here, plain, refusals, sentence
from audit.ui.table import Col, chip, empty, sub, table
from audit.ui.words import field_label

KEPT = "_left_out"  # what was unticked


def way(me: Here) -> None:
    """From the branch's day to all that was begun: how many answers are complete, and the one button for them."""
    found = together.begun(me.db, me.actor)
    if not found:
        return
    ready = sum(not one.lacking for one in found)
    label = me._("Submit what is complete ({count} of {all} begun) …").format(count=ready, all=len(found))
    if st.button(plain(label), type="primary" if ready else "secondary", key="submit_ready"):
        st.session_state.pop(KEPT, None)
        ask()


def ask() -> None:
    """The dialog: what is submitted, each with a tick to leave it out, and what is begun and lacks something."""

    @asking(plain(here()._("Submit what is complete")), width="large")
    def dialog() -> None:
        me = here()
        _, found = me._, together.begun(me.db, me.actor)
        ready = [one.row for one in found if not one.lacking]
        left_out: set[int] = st.session_state.get(KEPT, set())
        going = [row for row in ready if row.finding.id not in left_out]
        st.text(_("The marketing department reviews them. Until it begins, each submission can be taken back."))
        if st.button(
            plain(_("Submit {count} of {all}").format(count=len(going), all=len(ready))), type="primary",
            disabled=not going, key="ask_yes",
        ):  # fmt: skip
            send(me, going)
        _complete(me, ready, going)
        _incomplete(me, [one for one in found if one.lacking])

    dialog()


def send(me: Here, rows: Sequence[FindingRow]) -> None:
    """Submit each by itself; the page is drawn anew, or says which were refused and why."""
    with refusals(me.locale):
        chosen = [(row.finding.id or 0, row.finding.version) for row in rows]
        outcomes = reviewing.many(me.db, me.actor, "submit", chosen)
        refused = {one.finding_id: one.error for one in outcomes if one.error}
        if len(refused) < len(outcomes):
            done(me._("{count} submitted.").format(count=len(outcomes) - len(refused)))
        if not refused:
            st.rerun()
        for row in rows:
            error = refused.get(row.finding.id or 0)
            if error:
                told = me._("{what}: {text}").format(what=finding_words.place(me, row), text=sentence(error, me.locale))
                st.error(plain(told), icon="⚠️")


def _complete(me: Here, ready: Sequence[FindingRow], going: Sequence[FindingRow]) -> None:
    _ = me._
    if not ready:
        empty(_("No answer is complete yet. Below stands what each of them lacks."))
        return

    def keep(numbers: list[int]) -> None:
        st.session_state[KEPT] = {row.finding.id for row in ready} - set(numbers)
        st.rerun(scope="fragment")

    columns = [Col(_("Finding"), wide=True), Col(_("Severity")), Col(_("Due"))]
    rows = [(row.finding.id or 0, cells(me, row)) for row in ready]
    ticked = [row.finding.id or 0 for row in going]
    table("ready", columns, rows, _("What is complete"), picked=ticked, on_pick=keep)


def _incomplete(me: Here, waiting: Sequence[Begun]) -> None:
    _ = me._
    if not waiting:
        return
    st.subheader(_("Begun, and not complete"), anchor=False)
    columns = [Col(_("Finding"), wide=True), Col(_("Severity")), Col(_("Due")), Col(_("Missing"))]
    rows = [
        (one.row.finding.id or 0, [*cells(me, one.row), me.several(field_label(me.locale, n) for n in one.lacking)])
        for one in waiting
    ]
    table("begun", columns, rows, _("Begun, and not complete"), on_open=lambda one: follow("findings", one, "home"))


def cells(me: Here, row: FindingRow) -> list[object]:
    """A finding of the branch in a list: which and where, how severe, and how much time is left."""
    severity = row.finding.severity
    return [
        [finding_words.title(me, row), sub(finding_words.place(me, row))],
        chip("severity", severity, me.word("severity", severity)),
        finding_words.left(me, row),
    ]
