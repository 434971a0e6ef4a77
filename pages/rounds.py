"""Rounds: the list, and one of them with its progress."""

import streamlit as st

from audit.domain.deadlines import add_days, on_or_after
from audit.domain.permissions import may_somewhere
from audit.domain.visits import ROUND_KINDS, ROUND_STATES
from audit.i18n import format_dates
from audit.services import clock, overview, rounds
from audit.services.calendar import get_calendar
from audit.services.rounds import RoundValues
from audit.ui import filters, forms, planning, round_actions, round_parts
from audit.ui.asking import asking
from audit.ui.page import Here, back, chosen_id, done, go, head, here, open_one, refusals
from audit.ui.table import Col, chip, empty, page_number, pager, sub, table

USUAL_DAYS = 10  # working days of a round, unless somebody says otherwise


def create() -> None:
    """A dialog for a new round."""

    @asking(here()._("New round"), width="large")
    def ask() -> None:
        me = here()
        names = forms.both(me.locale, "name", limit=120, required=True)
        left, middle, right = st.columns(3)
        with left:
            kind = forms.choose(me, "kind", ROUND_KINDS, lambda one: me.word("round_kind", one), 0)
        days = get_calendar(me.db)
        with middle:
            soon = on_or_after(clock.today(), days)
            first = st.date_input(forms.label(me.locale, "starts_on"), soon, format="YYYY-MM-DD")
        with right:
            usual = add_days(first, USUAL_DAYS - 1, days)
            last = st.date_input(forms.label(me.locale, "ends_on"), usual, format="YYYY-MM-DD")
        if st.button(me._("Create the draft"), type="primary"):
            with refusals(me.locale):
                number = rounds.create_round(me.db, me.actor, RoundValues(names[0], kind, first, last, names[1]))
                done(me._("Created. Now add who inspects whom."))
                go(id=number)

    ask()


def one(me: Here, number: int) -> None:
    """One round: what can be done with it, how far it has come, its assignments."""
    _ = me._
    detail = overview.get_round(me.db, me.actor, number)
    row = detail.round
    back(me, _("Plan and progress"))
    dates = format_dates(me.locale, row.starts_on, row.ends_on)
    state = me.word("round", row.state)
    head(me.pick(row), f"{me.word('round_kind', row.kind)} · {dates} · {state} · {row.code}")
    if may_somewhere(me.actor, "round.manage"):
        round_actions.buttons(me, row, bool(detail.assignments))
    round_parts.progress(me, detail)
    if detail.assignments:
        round_parts.assignments(number)
    else:
        empty(_("Nobody inspects anybody yet. Add an assignment: two branches, a team, outlets and days."))


@st.fragment
def listing() -> None:
    """The list with its filters."""
    me = here()
    _ = me._
    left, right = st.columns([3, 2], vertical_alignment="bottom")
    with left:
        search = filters.search(me)
    with right:
        state = filters.one_of(me, "state", _("State"), ROUND_STATES, lambda one: me.word("round", one))
    found = overview.find_rounds(me.db, me.actor, search, state, page_number())
    if not found.rows:
        empty(_("No round found. Create one: who inspects whom, when, by which checklist."))
        return
    columns = [Col(_("Round")), Col(_("Dates")), Col(_("State")), Col(_("Accepted / visits"), number=True)]
    rows = [
        (
            line.round.id,
            [
                [me.pick(line.round), sub(me.word("round_kind", line.round.kind))],
                format_dates(me.locale, line.round.starts_on, line.round.ends_on),
                chip("round", line.round.state, me.word("round", line.round.state)),
                f"{line.accepted} / {line.visits}",
            ],
        )
        for line in found.rows
    ]
    table("rounds", columns, rows, _("Plan and progress"), on_open=open_one)
    pager(found, _)


me = here()
number = chosen_id()
if number is not None:
    one(me, number)
else:
    head(me._("Plan and progress"), me._("Waves of visits: planned, published, followed and closed here."))
    if may_somewhere(me.actor, "round.manage"):
        with st.container(horizontal=True):
            if st.button(me._("New round"), type="primary"):
                create()
            if st.button(me._("Ad-hoc visit")):
                soon = on_or_after(clock.today(), get_calendar(me.db))
                planning.dialog(None, "ad_hoc", soon, soon)
    listing()
