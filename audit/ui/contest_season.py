"""Dialogs that make a season and move it on: each says what will happen before it happens."""

import json
from json import JSONDecodeError

import streamlit as st

from audit.db.models import Season
from audit.domain.contest.rules import Rules, usual_start
from audit.errors import RoundsError
from audit.i18n import format_date, format_instant
from audit.services import clock
from audit.services.contest import scoreboard, seasons
from audit.services.contest.seasons import SeasonValues
from audit.services.values import reads_as
from audit.ui import contest_parts, filters, forms
from audit.ui.asking import asking
from audit.ui.page import Here, done, go, here, plain, refusals
from audit.ui.table import Col, empty, table
from audit.ui.words import N_

# What each step does, said before it is done.
STEPS = {
    "start": N_("Skills, quiz and votes count from now on, on the days that the rules open them."),
    "freeze": N_("The public scoreboard stands still as it is now. Points are still counted behind it."),
    "thaw": N_("The public scoreboard moves again."),
    "close": N_("The final scoreboard with its stars is published. Nothing counts any more."),
    "reopen": N_("The season is frozen again: points can be entered and the panel can vote."),
}
RULES_LIMIT = 20_000  # characters


def create() -> None:
    """A dialog for a new season."""

    @asking(here()._("New season"), width="large")
    def ask() -> None:
        me = here()
        code = forms.line(me.locale, "code", f"{clock.today():%Y}", 40, required=True)
        zh, en = forms.both(me.locale, "name", required=True)
        first = st.date_input(me._("First day of the first stage"), usual_start(clock.today()), format="YYYY-MM-DD")
        st.caption(me._("It begins as a draft with the usual rules; you can amend them before it starts."))
        if st.button(me._("Create"), type="primary"):
            with refusals(me.locale):
                number = seasons.create_season(me.db, me.actor, SeasonValues(code, zh, en, first=first))
                done(me._("Created."))
                go(season=number)

    ask()


def move(season_id: int, action: str, needs_reason: bool) -> None:
    """Ask before a step, with its consequence and, where one is needed, the reason."""

    @asking(here().word("season_step", action))
    def ask() -> None:
        me, row = contest_parts.current(season_id)
        st.text(me._(STEPS[action]))
        _warn(me, row, action)
        reason = forms.line(me.locale, "reason", "", 400, required=True) if needs_reason else ""
        with st.container(horizontal=True):
            go_on = st.button(me.word("season_step", action), type="primary", key="move_yes")
            if st.button(me._("Cancel"), key="move_no"):
                st.rerun()
        if go_on:
            with refusals(me.locale):
                mended = seasons.move_season(me.db, me.actor, season_id, row.version, action, reason)
                told = me._("Done. Figures that differed from their rows and were counted anew: {count}.")
                done(told.format(count=mended) if mended else me._("Done."))
                go()

    ask()


def _warn(me: Here, row: Season, action: str) -> None:
    """Warn of closing a season whose rules still have something open, and of starting one that has nothing left."""
    last = max((stage.last for stage in Rules.from_json(row.rules).stages if stage.opens), default=clock.today())
    told = ""
    if action == "close" and last >= clock.today():
        told = me._("By the rules votes, quiz or scores are open until {date}: they end now.")
    elif action == "start" and last < clock.today():
        told = me._("By the rules everything was over on {date}: nothing would count. Amend the rules first.")
    if told:
        st.warning(plain(told.format(date=format_date(me.locale, last))))


def publish(season_id: int) -> None:
    """Publish the board of the week that ended."""
    me, row = contest_parts.current(season_id)
    week = max(0, Rules.from_json(row.rules).week_of(clock.today()) - 1)

    def do(me: Here) -> str:
        scoreboard.publish_week(me.db, me.actor, season_id, week)
        return me._("Published.")

    what = me._("Everybody sees the board as it is now, and who moved since the last one.")
    forms.confirm(me._("Publish this week's board"), what, me._("Publish"), do)


def amend(season_id: int) -> None:
    """Other rules, as JSON, with a reason; everything is counted anew by them."""

    @asking(here()._("Amend the rules"), width="large")
    def ask() -> None:
        me, row = contest_parts.current(season_id)
        st.text(me._("Points stay as they were entered; all scores are counted anew by the new rules."))
        text = st.text_area(
            me._("Rules as JSON"), json.dumps(row.rules, ensure_ascii=False, indent=1), height=360,
            max_chars=RULES_LIMIT,
        )  # fmt: skip
        reason = forms.line(me.locale, "reason", "", 400, required=row.state != "draft")
        if st.button(me._("Amend"), type="primary"):
            with refusals(me.locale):
                try:
                    told = json.loads(text or "")
                except JSONDecodeError as error:
                    raise RoundsError("season.rules", field=f"JSON {error.lineno}:{error.colno}") from None
                seasons.amend_rules(me.db, me.actor, season_id, row.version, told, reason)
                done(me._("The rules were amended."))
                st.rerun()

    ask()


def versions(me: Here, row: Season) -> None:
    """Every version of the rules with its reason."""
    _ = me._
    found = seasons.versions_of_rules(me.db, me.actor, row.id or 0)
    with st.expander(_("Versions of the rules"), expanded=bool(st.query_params.get("q"))):
        search = filters.search(me)
        rows = [
            (one.rules_version, [str(one.rules_version), format_instant(me.locale, one.changed_at), one.reason or "–"])
            for one in found
            if reads_as(search, str(one.rules_version), one.reason, format_instant(me.locale, one.changed_at))
        ]
        if not rows:
            empty(_("Nothing found. Change the search or the filters."))
            return
        table("versions", [Col(_("Version"), number=True), Col(_("When")), Col(_("Reason"))], rows)
