"""What the register and the boards share: the filters of the address, and a finding's line in words."""

import datetime as dt
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

import streamlit as st

from audit.domain.findings import SEVERITIES
from audit.domain.loop import STAGES
from audit.domain.register import MARKS, OPEN, ORDERS, TIMINGS, Filters, Line
from audit.i18n import format_date, pick
from audit.services import clock, register
from audit.ui import filters, finding_words
from audit.ui.page import Here
from audit.ui.table import chip, first_page, sub

A_YEAR = dt.timedelta(days=365)
# Rounds and branches, each with id and names; sections: code → title.
Choices = tuple[Sequence[Any], Sequence[Any], dict[str, tuple[str, str]]]
SHORT = 60  # characters of what was seen that a line shows


def place_filters(me: Here, sections: bool) -> tuple[Filters, Choices]:
    """The round, the branch and the period that the board is narrowed to, and what there is to choose from.

    `sections`: whether these are asked for too.
    """
    known = register.choices(me.db, me.actor, sections)
    rounds, places, _sections = known
    several = len(places) > 1
    columns = st.columns(3 if several else 2, vertical_alignment="bottom")
    with columns[0]:
        round_id = thing(me, "round", me._("Round"), rounds)
    branch = None
    if several:
        with columns[1]:
            branch = thing(me, "branch", me._("Branch"), places)
    with columns[-1]:
        # Rates over many years say little of today: a year unless all are asked for.
        period = filters.one_of(me, "period", me._("Period"), ("all",), lambda _one: me._("All years"),
                                me._("Last 12 months"))  # fmt: skip
    since = None if period or round_id else clock.today() - A_YEAR
    return Filters(round_id=round_id, organisation_id=branch, since=since), known


def all_filters(me: Here) -> Filters:
    """Every filter of the register, in two rows."""
    _ = me._
    rounds, places, sections = register.choices(me.db, me.actor)
    titles = {code: f"{code} {pick(me.locale, *names)}" for code, names in sections.items()}
    first = st.columns([3, 2, 2, 2] if len(places) > 1 else [3, 2, 2], vertical_alignment="bottom")
    with first[0]:
        search = filters.search(me)
    with first[1]:
        round_id = thing(me, "round", _("Round"), rounds)
    branch = None
    if len(places) > 1:
        with first[2]:
            branch = thing(me, "branch", _("Branch"), places)
    with first[-1]:
        order = filters.one_of(me, "order", _("Order"), ORDERS[1:], _words(me, "order"), me.word("order", ORDERS[0]))
    second = st.columns([3, 2, 2, 2], vertical_alignment="bottom")
    with second[0]:
        timing = filters.one_of(me, "timing", _("Time"), TIMINGS, _words(me, "timing"))
    with second[1]:
        stage = filters.one_of(me, "stage", _("Stage"), (OPEN, *STAGES), lambda one: stage_word(me, one))
    with second[2]:
        severity = filters.one_of(me, "severity", _("Severity"), SEVERITIES[::-1], _words(me, "severity"))
    with second[3]:
        section = filters.one_of(me, "section", _("Section"), list(titles), lambda one: titles[one])
    mark, since = st.query_params.get("mark", ""), _day(st.query_params.get("since", ""))
    with st.container(horizontal=True):
        if mark in MARKS:
            _taken_away("mark", me.word("mark", mark), _("Take this filter away"))
        if since:
            _taken_away("since", _("Open, or found since {day}").format(day=format_date(me.locale, since)),
                        _("Take this filter away"))  # fmt: skip
    return Filters(
        search,
        round_id,
        branch,
        section,
        severity,
        stage,
        "",
        timing,
        mark if mark in MARKS else "",
        order or "due",
        since=since,
    )


def address(found: Filters, **more: Any) -> dict[str, str]:
    """The filters as parameters of the register's address, with others over them."""
    named = {
        "q": found.search, "round": found.round_id, "branch": found.organisation_id, "section": found.section,
        "severity": found.severity, "stage": found.stage, "timing": found.timing, "mark": found.mark,
        "order": found.order if found.order != ORDERS[0] else "",
        "since": found.since.isoformat() if found.since else "",
    }  # fmt: skip
    return {name: str(value) for name, value in {**named, **more}.items() if value}


def workbook(found: Filters) -> str:
    """Where the Excel file of these filters is fetched."""
    return f"/documents/workbooks/register.xlsx?{urlencode(address(found))}"


def stage_word(me: Here, code: str) -> str:
    """A stage, or all that are not over."""
    return me._("All open") if code == OPEN else me.word("stage", code)


def due_cell(me: Here, line: Line) -> list[Any]:
    """The due day, with the time that is left, or what is over."""
    if line.due_at is None:
        return []
    text = finding_words.left(me, line)
    day = format_date(me.locale, line.due_at) + (me._(" (estimated)") if line.due_estimated else "")
    if line.overdue:
        return [{"chip": text, "colour": "#a3261b", "sign": "!", "leads": None}, sub(day)]
    return [day, sub(text)] if text else [day]


def cells(me: Here, line: Line) -> list[Any]:
    """A line of the register's table."""
    seen = line.observation or me.pick(line, "clause")
    chips = [chip("finding_state", line.state, me.word("finding_state", line.state))]
    if line.severity:
        chips.append(chip("severity", line.severity, me.word("severity", line.severity)))
    if line.repeat:
        chips.append(chip("rating", "later", me._("Repeat")))
    return [
        [me.pick(line, "outlet"), sub(f"{me.pick(line, 'organisation')} · {me.pick(line, 'round')}")],
        [f"{line.item_code} {seen[:SHORT]}{'…' if len(seen) > SHORT else ''}", sub(line.number)],
        chips,
        due_cell(me, line),
    ]


def _taken_away(name: str, words: str, explained: str) -> None:
    """A filter that other pages set: a button takes it out of the address."""

    def away() -> None:
        first_page()
        st.query_params.pop(name, None)

    st.button(f"✕ {words}", help=explained, on_click=away, key=f"without_{name}")


def _day(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None


def _words(me: Here, group: str) -> Any:
    return lambda code: me.word(group, code)


def thing(me: Here, name: str, label: str, things: Any) -> int | None:
    """A choice of one thing by its id, or of none."""
    named = {str(one.id): me.pick(one) for one in things}
    found = filters.one_of(me, name, label, list(named), lambda one: named[one])
    return int(found) if found else None
