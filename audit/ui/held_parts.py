"""The parts of the page of held ballots: a line, what is ticked, and the decision."""

import datetime as dt
from collections.abc import Sequence
from functools import partial
from typing import Any

import streamlit as st

from audit.domain.contest.season import Decision
from audit.domain.contest.verification import spaced
from audit.i18n import format_instant, pick
from audit.services.contest import heaps, quarantines
from audit.services.contest.heaps import Heap, Look
from audit.services.contest.quarantines import HeldBallot
from audit.ui import forms
from audit.ui.asking import asking
from audit.ui.page import Here, act, here, plain
from audit.ui.table import chip, sub

PICKED = "_held"


def cells(me: Here, row: HeldBallot) -> list[Any]:
    """A ballot as cells of a table."""
    within = me._("{count} within {time}").format(count=row.ballots, time=lasting(me, row.seconds))
    flood = [sub(within)] if row.seconds else []
    decided = []
    if row.decision:
        by = f"{me.pick(row, 'decided_by')} · {format_instant(me.locale, row.decided_at)} · {row.comment}"
        decided = [chip("held_decision", row.decision, me.word("held_decision", row.decision)), sub(by)]
    names = me.several(pick(me.locale, *name) for name in row.names)
    return [
        [
            spaced(row.receipt),
            sub(f"{me.word('voter_kind', row.verified_by)} · {format_instant(me.locale, row.cast_at)}"),
        ],
        names,
        [me.word("signal", row.reason), *flood, *decided],
        " / ".join(row.alike),
    ]


def lasting(me: Here, seconds: int) -> str:
    """A time that people can picture: seconds, minutes, hours or days, rounded up."""
    for unit, told in ((86_400, me._("{n} days")), (3_600, me._("{n} h")), (60, me._("{n} min"))):
        if seconds >= 2 * unit:
            return told.format(n=-(-seconds // unit))
    return me._("{n} s").format(n=seconds)


def picked(rows: Sequence[HeldBallot]) -> list[int]:
    """The ballots of this page of the list that are ticked."""
    kept: set[int] = st.session_state.get(PICKED, set())
    return [row.ballot_id for row in rows if row.ballot_id in kept]


def keep(numbers: Sequence[int]) -> None:
    """Remember what is ticked."""
    st.session_state[PICKED] = set(numbers)
    st.rerun(scope="fragment")


def buttons(me: Here, season_id: int, chosen: Sequence[int]) -> None:
    """What may be decided about the ticked ballots."""
    _ = me._
    with st.container(horizontal=True, vertical_alignment="center"):
        st.text(_("{count} ticked").format(count=len(chosen)))
        for decision in Decision:
            label = me.word("held_decide", decision)
            if st.button(label, disabled=not chosen, key=f"held_{decision}"):
                decide(season_id, tuple(chosen), decision)


def decide(season_id: int, chosen: Sequence[int], decision: Decision) -> None:
    """Ask for the comment that is kept with the decision."""

    @asking(plain(here().word("held_decide", decision)))
    def ask() -> None:
        me = here()
        told = me._("Ballots: {count}. The votes follow at once; until the season is closed it can be decided anew.")
        st.text(told.format(count=len(chosen)))
        comment = forms.line(me.locale, "comment", "", 400, required=True)
        if st.button(me.word("held_decide", decision), type="primary", key="held_yes"):
            act(me.locale, partial(_settle, me, season_id, chosen, decision, comment), me._("Decided."))

    ask()


def decide_heap(season_id: int) -> None:
    """Choose ballots by what they have in common, see how many they are and for whom, then decide on all of them.

    The flood may go on: only ballots that waited when the dialog was opened are shown and decided.
    """
    me = here()
    until = heaps.look(me.db, me.actor, season_id, Heap()).until

    @asking(plain(me._("Decide many at once")))
    def ask() -> None:
        me = here()
        _ = me._
        found = heaps.look(me.db, me.actor, season_id, Heap(), until)
        chosen: dict[str, str] = {}
        fields = {"reason": _("Reason"), "network": _("Network"), "device": _("Device"), "hour": _("Hour")}
        for name, label in fields.items():
            options = ["", *(value for value, _count in found.choices[name])]
            counts = dict(found.choices[name])
            told = {value: _told(me, name, value, counts[value]) for value in options if value}
            told[""] = _("All")
            chosen[name] = st.selectbox(label, options, format_func=told.__getitem__, filter_mode=None)
            found = heaps.look(me.db, me.actor, season_id, Heap(**chosen), until)
        _summary(me, found)
        comment = forms.line(me.locale, "comment", "", 400, required=True)
        with st.container(horizontal=True):
            labels = {Decision.COUNT: _("Count all {count}"), Decision.DISCARD: _("Discard all {count}")}
            for decision, told_all in labels.items():
                if st.button(told_all.format(count=found.count), disabled=not found.count, key=f"heap_{decision}"):
                    do = partial(_settle_heap, me, season_id, Heap(**chosen), until, decision, comment)
                    act(me.locale, do, _("Decided."))

    ask()


def _told(me: Here, field: str, value: str, count: int) -> str:
    """A value of a heap's field with the number of its ballots."""
    if field == "reason":
        value = me.word("signal", value)
    elif field == "hour":
        value = format_instant(me.locale, dt.datetime.fromisoformat(value))
    return me.aside(value, count)


def _summary(me: Here, found: Look) -> None:
    """What would be decided."""
    _ = me._
    if found.first and found.last:
        times = (format_instant(me.locale, moment) for moment in (found.first, found.last))
        st.markdown(
            plain(
                _("Ballots: {count}, cast {first} – {last}.").format(
                    count=found.count, first=next(times), last=next(times)
                )
            )
        )
        st.text(me.several(me.aside(pick(me.locale, zh, en), votes) for zh, en, votes in found.names))
    else:
        st.text(_("No ballot waits here."))
    if found.own:
        st.info(
            plain(
                _("Ballots that name yourself: {count}. Somebody else has to decide on them.").format(count=found.own)
            )
        )


def _settle_heap(me: Here, season_id: int, heap: Heap, until: int, decision: Decision, comment: str) -> None:
    heaps.decide(me.db, me.actor, season_id, heap, until, decision, comment)
    st.session_state.pop(PICKED, None)


def _settle(me: Here, season_id: int, chosen: Sequence[int], decision: Decision, comment: str) -> None:
    quarantines.decide(me.db, me.actor, season_id, chosen, decision, comment)
    st.session_state.pop(PICKED, None)
