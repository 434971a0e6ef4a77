"""One thing that waits on the first page: how much, what it is, and the way there."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from audit.ui.page import Here, plain
from audit.ui.words import N_

# fmt: off
COUNTED = {
    # what waits  one of them, several
    "to_make":    (N_("visit to make"), N_("visits to make")),
    "to_review":  (N_("visit to review"), N_("visits to review")),
    "requests":   (N_("rectification or request"), N_("rectifications and requests")),
    "drafts":     (N_("draft to issue"), N_("drafts to issue")),
    "looks":      (N_("overdue re-inspection"), N_("overdue re-inspections")),
    "rounds":     (N_("round in progress"), N_("rounds in progress")),
    "to_publish": (N_("round to publish"), N_("rounds to publish")),
    "stranded":   (N_("deactivated account with open work"), N_("deactivated accounts with open work")),
    "proposals":  (N_("proposal to decide"), N_("proposals to decide")),
    "to_read":    (N_("accepted visit to read"), N_("accepted visits to read")),
    "held":       (N_("ballot held back"), N_("ballots held back")),
    "pieces":     (N_("case or idea to review"), N_("cases and ideas to review")),
    "critical_visits": (
        N_("{count} with critical findings: it goes out the same day."),
        N_("{count} with critical findings: they go out the same day."),
    ),
    "critical_drafts": (
        N_("{count} of them critical: it goes out the same day."),
        N_("{count} of them critical: they go out the same day."),
    ),
    "steps": (
        N_("{count} step is left."),
        N_("{count} steps are left. Work from top to bottom."),
    ),
    "hours": (
        N_("{count} hour ago"),
        N_("{count} hours ago"),
    ),
}
# fmt: on


def counted(me: Here, what: str, number: int) -> str:
    """How much waits, in words: after its number, or with it."""
    return me.counted(number, *COUNTED[what])


def card(title: str, text: str, act: str, page: str, number: int | None = None) -> None:
    """One thing that waits: how much, what it is, and the way there."""
    with waits(title, text, number):
        st.page_link(f"{page}.py", label=act)


def waits(title: str, text: str, number: int | None = None) -> DeltaGenerator:
    """The frame of one thing that waits; what one can do stands at its end."""
    frame = st.container(border=True, horizontal=True, vertical_alignment="center", horizontal_alignment="distribute")
    with frame, st.container():
        st.subheader(f"{number} {title}" if number is not None else title, anchor=False)
        st.caption(plain(text))
    return frame
