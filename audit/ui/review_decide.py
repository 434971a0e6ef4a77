"""The decision, always in reach at the lower edge: one tap says which, one confirms, and the next case opens."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

import streamlit as st

from audit.domain.deadlines import add_days, day_of
from audit.domain.findings import SEVERITIES
from audit.domain.loop import needed, step_for
from audit.domain.phrases import PHRASES
from audit.domain.register import Filters
from audit.errors import RoundsError
from audit.i18n import pick
from audit.services import clock, overview
from audit.services.calendar import get_calendar
from audit.services.loop import extending, review_queue
from audit.services.loop.moving import apply
from audit.services.loop.review_queue import Case
from audit.ui import finding_words
from audit.ui.page import Here, done, here, move_on, plain, refusals
from audit.ui.words import N_, field_label

CHOICES = {  # what waits → what may be decided, in the order of the keys 1, 2, 3
    "rectification": ("accept", "return", "request_reinspection"),
    "objection": ("uphold", "adjust", "overrule"),
    "support": ("answer",),
    "extension": ("grant", "deny"),
}
WHAT = {
    "accept": N_("The finding is closed. To open it again later takes a reason and a new date."),
    "return": N_("The branch answers once more. It reads the comment."),
    "request_reinspection": N_("Supervisors of another branch look at it on the spot."),
    "uphold": N_("The branch goes on rectifying; it gets back the days that this took."),
    "adjust": N_("The branch goes on rectifying; the due date follows the new severity."),
    "overrule": N_("The finding is withdrawn. This cannot be undone."),
    "answer": N_("The branch goes on rectifying; it gets back the days that this took."),
    "grant": N_("The new due date holds at once."),
    "deny": N_("The due date stays. The branch reads the comment."),
}
DECIDED = tuple(action for choices in CHOICES.values() for action in choices)
COMMENTED = ("accept", "grant")  # a comment may be given, and need not be
YES, NEXT = "Y", "N"  # keys; 1 to 3 choose. C and R are Streamlit's own.
STYLE = """<style>
[data-testid=stLayoutWrapper]:has(.st-key-decide){position:sticky;bottom:0;z-index:5}
.st-key-decide{background:var(--st-background-color,Canvas);padding:.6rem 0 .8rem;max-height:75vh;overflow-y:auto;
 border-top:1px solid var(--st-border-color,#d5dcd9)}
</style>"""


@st.fragment
def decide(case: Case, filters: Filters, following: int | None) -> None:
    """The buttons; below them what the chosen one needs, and its confirmation."""
    me = here()
    st.html(STYLE)
    key = f"chosen_{case.view.row.finding.id}_{case.view.row.finding.version}"
    with st.container(key="decide"):
        with st.container(horizontal=True, vertical_alignment="center"):
            chosen = st.session_state.get(key)
            for place, action in enumerate(offered(case), start=1):
                st.button(
                    word(me, action), key=f"choose_{action}", shortcut=str(place), on_click=_choose, args=(key, action),
                    type="primary" if (chosen or offered(case)[0]) == action else "secondary",
                )  # fmt: skip
            if following and st.button(me._("Skip"), key="skip", shortcut=NEXT, type="tertiary"):
                move_on(following)
        if chosen in offered(case):
            _panel(me, case, chosen, filters, following)


def offered(case: Case) -> tuple[str, ...]:
    """What this person may decide about it."""
    if case.waits == "extension":
        return CHOICES["extension"] if case.view.may_review else ()
    return tuple(action for action in CHOICES.get(case.waits, ()) if action in case.view.actions)


def word(me: Here, action: str) -> str:
    """The words of a decision."""
    extra = {"grant": me._("Grant the extension"), "deny": me._("Deny the extension")}
    return extra.get(action) or me.word("finding_action", action)


def _choose(key: str, action: str) -> None:
    st.session_state[key] = action


def _panel(me: Here, case: Case, action: str, filters: Filters, following: int | None) -> None:
    finding = case.view.row.finding
    st.caption(me._(WHAT[action]))
    extension = action in CHOICES["extension"]
    step = None if extension else step_for(finding.state, action)
    names = needed(step, finding.severity, finding.repeat) if step else (("comment",) if action == "deny" else ())
    given: dict[str, Any] = {}
    with_comment = action in COMMENTED or "comment" in names
    picked = phrases(me, f"{finding.id}_{action}", action, "comment" in names) if with_comment else []
    others = [name for name in names if name != "comment"]
    places = st.columns([*([4] if with_comment else []), *(2 for _other in others), 2], vertical_alignment="bottom")
    if with_comment:
        with places[0]:
            given["comment"] = own_words(me, f"{finding.id}_{action}", picked)
    for place, name in zip(places[with_comment:], others, strict=False):
        with place:
            given[name] = _field(me, case, action, name)
    with places[-1]:
        sure = st.button(me._("Confirm"), type="primary", key="yes", shortcut=YES, width="stretch")
    if sure:
        with refusals(me.locale):
            try:
                _do(me, case, action, given)
            except RoundsError as error:
                if error.code not in ("stale", "wrong_state", "extension.none"):
                    raise
                st.rerun()  # somebody else was first: the page says how it stands
            done(f"{finding.number or finding_words.title(me, case.view.row)} · {word(me, action)}")
            onward(me, filters, following)


def _do(me: Here, case: Case, action: str, given: dict[str, Any]) -> None:
    finding = case.view.row.finding
    if action in CHOICES["extension"]:
        said = given.get("comment", "")
        extending.decide_extension(me.db, me.actor, finding.id or 0, finding.version, action == "grant", said)
    else:
        apply(me.db, me.actor, finding.id or 0, action, finding.version, **given)


def onward(me: Here, filters: Filters, following: int | None) -> None:
    """Open what comes next; the list when nothing waits any more."""
    found = review_queue.place(me.db, me.actor, filters, following or 0)
    move_on(following if found.position else found.next_id)


def phrases(me: Here, key: str, action: str, wanted: bool) -> list[str]:
    """The stock phrases of an action, each a tap; returns those that are tapped."""
    known = [pick(me.locale, *pair) for pair in PHRASES.get(action, ())]
    label = field_label(me.locale, "comment") + (" *" if wanted else "")
    return list(st.pills(label, known, selection_mode="multi", key=f"phrases_{key}") or ())


def own_words(me: Here, key: str, picked: Sequence[str]) -> str:
    """What is said in own words after the phrases; returns all of it as one text."""
    label = me._("In your own words")
    own = st.text_area(
        label, key=f"own_{key}", max_chars=3000, height=68, label_visibility="collapsed", placeholder=label
    )
    return ("" if me.locale.startswith("zh") else " ").join([*picked, (own or "").strip()]).strip()


def _field(me: Here, case: Case, action: str, name: str) -> Any:
    """The input of a field that a decision needs."""
    finding = case.view.row.finding
    key, label = f"{finding.id}_{action}_{name}", f"{field_label(me.locale, name)} *"
    today = day_of(clock.now())
    if name in ("due_on", "planned_on"):
        day = case.proposed if name == "due_on" else add_days(today, 3, get_calendar(me.db))
        return st.date_input(label, day, min_value=today, max_value=today + dt.timedelta(days=366), key=key)
    if name == "severity":
        return st.segmented_control(
            label, SEVERITIES, default=finding.severity, format_func=lambda one: me.word("severity", one), key=key
        )
    if name == "team":
        own = finding.organisation_id  # nobody inspects the own branch
        people = {
            one.account_id: one.name for one in overview.inspectors(me.db, me.actor) if one.organisation_id != own
        }
        return tuple(
            st.multiselect(
                label, list(people), format_func=lambda one: people[one], placeholder=me._("Choose …"), key=key
            )
        )
    return st.text_input(label, max_chars=60, key=key)


def overtaken(me: Here, case: Case) -> str:
    """How a case stands that no longer waits: its number, its state, who decided it and when."""
    from_whom = case.last or ("", None)
    row = case.view.row
    return plain(
        me._("{number} is decided already: {state}, by {name}. Here is the next one.").format(
            number=row.finding.number or me.pick(row.outlet), state=me.word("finding_state", row.finding.state),
            name=from_whom[0] or me._("System"),
        )
    )  # fmt: skip
