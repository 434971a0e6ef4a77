"""Contestants: who takes part, who lacks what, and one of them with portrait, eligibility and skill scores."""

from functools import partial

import streamlit as st

from audit.db.models import Season
from audit.domain.contest.season import COUNTING, SeasonState
from audit.services.contest import contestants, seasons, skills
from audit.services.organisations import open_organisations
from audit.ui import contest_parts, contestant_parts, filters, importing, roster_parts
from audit.ui.page import Here, back, chosen_id, head, here, open_one
from audit.ui.table import Col, chip, empty, page_number, pager, sub, table


def imports(me: Here, season: Season) -> None:
    """The ways in from Excel and ZIP, while there is one; a branch brings scores of its own people only."""
    _, season_id = me._, season.id or 0
    manages = contest_parts.manages(me, season)
    with st.container(horizontal=True):
        if manages and season.state != SeasonState.CLOSED:
            if st.button(_("Import contestants"), type="primary"):
                run = lambda db, actor, data, dry: contestants.import_contestants(db, actor, season_id, data, dry)  # noqa: E731
                importing.dialog(me, run, "contestants")
            if st.button(_("Add a contestant")):
                roster_parts.add(season_id)
        if manages and st.button(_("Import portraits")):  # of a closed season, too: its certificates show them
            contestant_parts.portraits_dialog(season_id)
        if season.state in COUNTING and st.button(_("Import skill scores")):
            marks = lambda db, actor, data, dry: skills.import_scores(db, actor, season_id, data, dry)  # noqa: E731
            importing.dialog(me, marks, "skills")


@st.fragment
def listing(season_id: int) -> None:
    """The list of a season, chosen above it, with its filters."""
    me, row = contest_parts.current(season_id)
    _ = me._
    owners = {str(one.id): me.pick(one) for one in open_organisations(me.db, me.actor)}
    left, middle, right = st.columns([3, 2, 2], vertical_alignment="bottom")
    with left:
        search = filters.search(me)
    with middle:
        of = filters.one_of(me, "of", _("Organisation"), list(owners), lambda one: owners.get(one, one))
    with right:
        told = contestants.lacking_for(me.actor, row)
        lacks = filters.one_of(me, "lacks", _("Lacks"), told, lambda one: me.word("lacking", one), none=_("Everybody"))
    where = int(of) if of.isdigit() else None
    lacking = lacks if lacks in told else ""
    if lacking == "phone":
        st.caption(_("Without it a vote for oneself by phone is not recognised. Import it: earlier ones wait for you."))
    found = contestants.find_contestants(me.db, me.actor, season_id, search, where, lacking, page_number())
    if not found.rows:
        nothing = _("No contestants yet. Import them from Excel.")
        empty(_("Nothing found. Change the search or the filters.") if search or of or lacks else nothing)
        return
    rows = [
        (
            one.id,
            [
                [contestant_parts.name(me, one), sub(one.employee_number)],
                me.pick(one, "organisation"),
                contestant_parts.state(me, one)
                or [chip("rating", "later", me.word("lacking", what)) for what in one.lacks]
                or "✓",
            ],
        )
        for one in found.rows
    ]
    columns = [Col(_("Contestant")), Col(_("Organisation")), Col(_("Lacks"))]
    table("contestants", columns, rows, _("Contestants"), on_open=open_one)
    pager(found, _)


def one(me: Here, number: int) -> None:
    """One contestant."""
    _ = me._
    row = contestants.get_contestant(me.db, me.actor, number)
    state = seasons.get_season(me.db, me.actor, row.season_id).state
    back(me, _("Contestants"))
    head(contestant_parts.name(me, row), f"{me.pick(row, 'organisation')} · {row.employee_number}")
    if row.withdrawn:
        st.info(_("Withdrawn: counted nowhere. The scores are kept."))
    manages = contestant_parts.manages(me, row)
    changes = manages and state != SeasonState.CLOSED
    left, right = st.columns([1, 3])
    with left:
        contest_parts.portrait(row.thumbnail_sha256, contestant_parts.name(me, row))
        if manages and st.button(_("New portrait")):
            contestant_parts.portrait_dialog(number)
    with right:
        contestant_parts.skill_scores(me, row, state in COUNTING)
    if manages:
        roster_parts.steps(row, changes)
        roster_parts.quiz(me, row)
    if changes:
        contestant_parts.eligibility(me, row)
        withdraw = partial(contestant_parts.withdraw, number)
        if st.button(_("Take back into the season") if row.withdrawn else _("Withdraw from the season")):
            withdraw(not row.withdrawn)


me = here()
number = chosen_id()
if number is not None:
    one(me, number)
else:
    head(me._("Contestants"), me._("Who takes part in the season, and who lacks a score, a vote or a photo."))
    chosen = contest_parts.season(me, "contest.score")
    if chosen is not None:
        imports(me, chosen)
        listing(chosen.id or 0)
