"""The scoreboard in the app: charts and lines of the city, an organisation, a leg, a quiz week, and the league."""

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
    if chosen == "league":
        board_charts.league(me, sheet)
        return
    lines = list(sheet.lines)
    if chosen == "organisation":
        names = {code: me.pick(row) for row in sheet.league for code in [row.organisation]}
        codes = sorted(names)
        given = filters.one_of(
            me, "of", _("Organisation"), codes, lambda one: names.get(one, one), none=names[codes[0]]
        )
        lines = sheet.of_organisation(given or codes[0])
    elif chosen == "leg":
        legs = boards.LEGS[1:]
        first = me.word("leg", boards.LEGS[0])
        leg = filters.one_of(me, "leg", _("One leg"), legs, lambda one: me.word("leg", one), none=first)
        lines = sheet.by_leg(leg if leg in legs else boards.LEGS[0])
    elif chosen == "week":
        weeks = [str(week) for week in sorted(sheet.weeks)]
        if not weeks:
            st.info(_("Nobody has played yet."))
            return
        told = filters.one_of(
            me, "week", _("Quiz week"), weeks[:-1], lambda one: _("Week {week}").format(week=one),
            none=_("Week {week}").format(week=weeks[-1]),
        )  # fmt: skip
        lines = sheet.by_week(int(told or weeks[-1]))
    board_charts.people(me, sheet, lines, whole=chosen in ("city", "organisation"))


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
