"""The scoreboard in the app: charts and lines of the city, an organisation, a leg, a quiz week, and the league."""

from collections.abc import Sequence

import streamlit as st

from audit.services.contest import boards
from audit.ui import board_charts, contest_parts, filters
from audit.ui.page import Here, head, here, plain

VIEWS = ("city", "organisation", "leg", "week", "league")


def show(me: Here, sheet: boards.Sheet) -> None:
    """The chosen view: its chart, then its lines."""
    _ = me._
    words = dict(zip(VIEWS, (_("City"), _("Organisation"), _("One leg"), _("Quiz week"), _("League")), strict=True))
    chosen = filters.view(me, VIEWS, words.__getitem__)
    left, right = st.columns(2, vertical_alignment="bottom")
    with left:
        search = filters.search(me)
    if chosen == "league":
        board_charts.league(me, sheet, search)
        return
    with right:
        lines = CHOICES[chosen](me, sheet) if chosen in CHOICES else sheet.lines
    board_charts.people(me, sheet, lines, whole=chosen in ("city", "organisation"), search=search)


def of_organisation(me: Here, sheet: boards.Sheet) -> Sequence[boards.Line]:
    """One organisation's lines."""
    names = {row.organisation: me.pick(row) for row in sheet.league}
    codes = sorted(names)
    if not codes:
        return ()
    given = filters.one_of(me, "of", me._("Organisation"), codes[1:], names.__getitem__, none=names[codes[0]])
    return sheet.of_organisation(given or codes[0])


def of_leg(me: Here, sheet: boards.Sheet) -> Sequence[boards.Line]:
    """Everybody by one leg."""
    first, *others = boards.LEGS
    given = filters.one_of(
        me, "leg", me._("One leg"), others, lambda one: me.word("leg", one), none=me.word("leg", first)
    )
    return sheet.by_leg(given or first)


def of_week(me: Here, sheet: boards.Sheet) -> Sequence[boards.Line]:
    """Who played in a quiz week; the last one first."""
    if not sheet.weeks:
        return ()
    last, *others = sorted(sheet.weeks, reverse=True)
    named = me._("Week {week}")
    given = filters.one_of(
        me, "week", me._("Quiz week"), others, lambda one: named.format(week=one), none=named.format(week=last)
    )
    return sheet.by_week(int(given or last))


CHOICES = {"organisation": of_organisation, "leg": of_leg, "week": of_week}

me = here()
_ = me._
head(_("Scoreboard"), _("Who stands where, by city, organisation, leg and week."))
season = contest_parts.season(me)
if season is not None:
    if season.state == "draft":
        st.info(_("The season has not started yet."))
    else:
        found = boards.read(me.db, season.id or 0)
        st.caption(plain(board_charts.as_of(me, found)))
        with st.container(horizontal=True):
            st.link_button(_("Public page"), "/contest/board")
            st.link_button(_("Big screen"), "/contest/board?screen=1")
            if found.recount:
                st.link_button(_("Recount the result yourself"), "/contest/recount")
        show(me, found)
