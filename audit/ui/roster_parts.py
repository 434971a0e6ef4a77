"""What the organiser does about one contestant by hand: typed data, quiz attempts, sign-ins on phones."""

import streamlit as st

from audit.i18n import format_date
from audit.services import organisations, outlets
from audit.services.contest import attempt_reading, attempts, roster, sign_in
from audit.services.contest.contestants import ContestantRow, ContestantValues
from audit.ui import contest_parts, forms
from audit.ui.asking import asking
from audit.ui.page import Here, done, here, open_one, refusals
from audit.ui.table import Col, chip, table


def add(season_id: int) -> None:
    """Ask for a new contestant, and open the page of the one that was added."""

    @asking(here()._("Add a contestant"), width="large")
    def ask() -> None:
        me = here()
        given = _typed(me, ContestantValues("", "", 0))
        if st.button(me._("Add"), type="primary", disabled=given is None) and given is not None:
            with refusals(me.locale):
                number = roster.add(me.db, me.actor, season_id, given)
                done(me._("Added."))
                open_one(number)
                st.rerun()

    ask()


def amend(number: int) -> None:
    """Change what is typed about a contestant."""

    @asking(here()._("Change the contestant"), width="large")
    def ask() -> None:
        me = here()
        version, before = roster.typed(me.db, me.actor, number)
        given = _typed(me, before)
        if st.button(me._("Save"), type="primary", disabled=given is None) and given is not None:
            with refusals(me.locale):
                roster.amend(me.db, me.actor, number, version, given)
                done(me._("Saved."))
                st.rerun()

    ask()


def _typed(me: Here, before: ContestantValues) -> ContestantValues | None:
    """The form; None as long as no organisation is chosen, on which the choice of halls depends."""
    owners = organisations.open_organisations(me.db, me.actor)
    ids = [one.id or 0 for one in owners]
    at = ids.index(before.organisation_id) if before.organisation_id in ids else None
    left, right = st.columns(2)
    with left:
        number = forms.line(me.locale, "employee_number", before.employee_number, required=True)
        owner = forms.choose(me, "organisation", owners, me.pick, at, required=True)
        phone = forms.line(me.locale, "phone", before.phone, 30)
        name_en = forms.line(me.locale, "name_en", before.name_en, 60)
    with right:
        name = forms.line(me.locale, "name", before.name, 60, required=True)
        halls = outlets.open_outlets(me.db, me.actor, owner.id) if owner else []
        there = [one.id for one in halls]
        place = there.index(before.outlet_id) if before.outlet_id in there else None
        hall = forms.choose(me, "outlet", halls, me.pick, place)
        email = forms.line(me.locale, "email", before.email, 120)
    zh, en = forms.both(me.locale, "story", before.story_zh, before.story_en, 2000, long=True)
    if owner is None:
        return None
    return ContestantValues(
        number, name, owner.id or 0, name_en, hall.id if hall else None, phone, email, zh, en
    )  # fmt: skip


def quiz(me: Here, row: ContestantRow) -> None:
    """The attempts that are over; one that was cheated is taken off the count with a reason, or put back."""
    _ = me._
    lines = attempt_reading.attempts_for(me.db, me.actor, row.id)
    if not lines:
        return
    with st.expander(_("Quiz attempts")):
        rows = [
            (
                one.id,
                [
                    [format_date(me.locale, one.day), " · ", _("No. {number}").format(number=one.number)],
                    _("Week {week}").format(week=one.week),
                    chip("rating", "fail", one.void) if one.void else "",
                    contest_parts.points(one.score or 0),
                ],
            )
            for one in lines
        ]
        columns = [Col(_("Day")), Col(_("Quiz week")), Col(_("Not counted")), Col(_("Points"), number=True)]
        voids = {one.id: one.void for one in lines}
        table("attempts", columns, rows, _("Quiz attempts"), on_open=lambda number: _void(number, voids[number]))
        st.caption(_("Tap an attempt to take it off the count, or to put it back."))


def _void(number: int, was: str) -> None:
    title = here()._("Take the attempt off the count") if not was else here()._("Count the attempt again")

    @asking(title)
    def ask() -> None:
        me = here()
        reason = "" if was else forms.line(me.locale, "reason", limit=200, required=True)
        st.caption(me._("The attempt stays readable; who did it and why is recorded."))
        if st.button(title, type="primary", disabled=not (was or reason.strip())):
            with refusals(me.locale):
                attempts.void(me.db, me.actor, number, reason)
                done(me._("Saved."))
                st.rerun()

    ask()


def end_sign_ins(number: int) -> None:
    """Ask, and end the contestant's sign-ins on all phones."""
    _ = here()._

    def do(me: Here) -> str:
        return me._("Sign-ins ended: {count}.").format(count=sign_in.revoke(me.db, me.actor, number))

    what = _(
        "Whoever is signed in as this contestant, on whichever phone, has to ask for a new code. For a lost phone."
    )
    forms.confirm(_("End all sign-ins"), what, _("End all sign-ins"), do)


def steps(row: ContestantRow, changes: bool) -> None:
    """The buttons for what is seldom done; `changes`: whether the season's contestants can still be changed."""
    me = here()
    with st.container(horizontal=True):
        if changes and st.button(me._("Change details …")):
            amend(row.id)
        if st.button(me._("End all sign-ins")):
            end_sign_ins(row.id)
