"""The parts of the page of held ballots: a line, what is ticked, and the decision."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import streamlit as st

from audit.domain.contest.season import Decision
from audit.domain.contest.verification import spaced
from audit.i18n import format_instant, pick
from audit.services.contest import quarantines
from audit.services.contest.quarantines import HeldBallot
from audit.ui import forms
from audit.ui.page import Here, act, here, plain
from audit.ui.table import chip, sub

PICKED = "_held"


def cells(me: Here, row: HeldBallot) -> list[Any]:
    """A ballot as cells of a table."""
    flood = me._("{count} within {seconds} s").format(count=row.ballots, seconds=row.seconds)
    decided = []
    if row.decision:
        by = f"{row.decided_by} · {format_instant(me.locale, row.decided_at)} · {row.comment}"
        decided = [chip("held_decision", row.decision, me.word("held_decision", row.decision)), sub(by)]
    names = me.several(pick(me.locale, *name) for name in row.names)
    return [
        [
            spaced(row.receipt),
            sub(f"{me.word('voter_kind', row.verified_by)} · {format_instant(me.locale, row.cast_at)}"),
        ],
        names,
        [me.word("signal", row.reason), sub(flood), *decided],
        " / ".join(row.alike),
    ]


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

    @st.dialog(plain(here().word("held_decide", decision)))
    def ask() -> None:
        me = here()
        told = me._("Ballots: {count}. The votes follow at once; until the season is closed it can be decided anew.")
        st.text(told.format(count=len(chosen)))
        comment = forms.line(me.locale, "comment", "", 400, required=True)
        if st.button(me.word("held_decide", decision), type="primary", key="held_yes"):
            act(me.locale, partial(_settle, me, season_id, chosen, decision, comment), me._("Decided."))

    ask()


def _settle(me: Here, season_id: int, chosen: Sequence[int], decision: Decision, comment: str) -> None:
    quarantines.decide(me.db, me.actor, season_id, chosen, decision, comment)
    st.session_state.pop(PICKED, None)
