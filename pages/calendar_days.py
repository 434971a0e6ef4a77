"""The calendar (工作日历): days that are worked, or are not, whatever the official calendar in the product says."""

import datetime as dt
from functools import partial

import streamlit as st

from audit.domain.permissions import may_somewhere
from audit.i18n import format_date
from audit.services import calendar, clock
from audit.ui import filters, forms
from audit.ui.asking import asking
from audit.ui.page import Here, act, head, here
from audit.ui.table import Col, empty, table
from audit.ui.words import N_

KINDS = {True: N_("Working day"), False: N_("Day off")}
YEARS_AHEAD = 2


def enter() -> None:
    """A dialog that enters one day."""

    @asking(here()._("Enter a day"))
    def ask() -> None:
        me = here()
        st.text(me._("Due dates count working days. Dates that were issued already stay as they are."))
        day = st.date_input(forms.label(me.locale, "day", True), clock.today(), format="YYYY-MM-DD")
        working = st.segmented_control(
            me._("This day is"), list(KINDS), default=False, required=True, format_func=lambda one: me._(KINDS[one])
        )
        reason = forms.line(me.locale, "reason", "", 200, required=True)
        if st.button(me._("Save"), type="primary") and isinstance(day, dt.date):
            do = partial(calendar.set_day, me.db, me.actor, day, bool(working), reason)
            act(me.locale, do, me._("Saved."), year=day.year)

    ask()


def remove(number: int) -> None:
    """Ask, and let the official calendar speak for a day again."""
    me, day = here(), dt.date.fromordinal(number)
    what = me._("The official calendar then counts for {day} again. Dates that were issued already stay as they are.")

    def do(me: Here) -> str:
        calendar.remove_day(me.db, me.actor, day)
        return me._("Removed.")

    forms.confirm(me._("Remove this day?"), what.format(day=format_date(me.locale, day)), me._("Remove"), do)


def listing(me: Here, year: int) -> None:
    """The days of a year that were entered."""
    rows = calendar.list_days(me.db, me.actor, year)
    if not rows:
        empty(me._("Nothing was entered for this year. The official calendar counts."))
        return
    columns = [Col(me._("Day")), Col(me._("Kind")), Col(me._("Reason"))]
    lines = [
        (row.day.toordinal(), [format_date(me.locale, row.day), me._(KINDS[row.working]), row.reason]) for row in rows
    ]
    table("days", columns, lines, me._("Working calendar"), on_open=remove)
    st.caption(me._("Tap a day to remove it."))


me = here()
head(
    me._("Working calendar"),
    me._("Enter only days that differ from the official calendar: due dates count working days."),
)
now = clock.today().year
years = range(now + YEARS_AHEAD, calendar.FIRST_YEAR - 1, -1)
order = sorted(years, key=lambda one: (one != now, -one))
left, right = st.columns([2, 3], vertical_alignment="bottom")
with left:
    year = filters.one_id(me, "year", me._("Year"), {one: str(one) for one in order})
with right:
    if may_somewhere(me.actor, "calendar.manage") and st.button(me._("Enter a day …"), type="primary"):
        enter()
listing(me, year)
if calendar.get_calendar(me.db).is_estimated(dt.date(year, 12, 31)):
    told = me._("The official holidays of {year} are not published here yet: due dates are marked as estimated.")
    st.info(told.format(year=year))
