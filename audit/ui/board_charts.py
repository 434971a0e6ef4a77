"""The scoreboard's charts (Plotly) and lines: what a total is made of, and how organisations compare."""

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go
import streamlit as st

from audit.domain.contest.rules import Rules, Weights
from audit.i18n import format_instant, pick
from audit.services.contest import boards
from audit.services.contest.boards import Line, Sheet
from audit.services.values import PAGE_SIZE, Slice, reads_as
from audit.tokens import RATINGS, STAGES
from audit.ui.contest_parts import points
from audit.ui.page import Here
from audit.ui.table import Col, empty, page_number, pager, sub, table

SHOWN = 15  # bars: more cannot be read
# What a total is made of → its colour, of the colour-blind-safe set.
COLOURS = {
    "skill": STAGES["check"][0],
    "quiz": RATINGS["pass"][0],
    "votes": RATINGS["partial"][0],
    "bonus": STAGES["communicate"][0],
}


def as_of(me: Here, sheet: Sheet) -> str:
    """Whether the board is live, and why not."""
    _ = me._
    if sheet.as_of is None:
        return _("Live: as it stands now.")
    at = format_instant(me.locale, sheet.as_of)
    told = {
        "closed": _("The final result, published {at}."),
        "frozen": _("Frozen since {at}: the board stands still until the final result."),
        "votes": _("As published {at}. While people vote it is published once a week: votes are not counted live."),
    }
    return told[sheet.waits].format(at=at)


def moved(places: int | None) -> str:
    """How many places somebody moved, with a sign beside the number."""
    if places is None:
        return "–"
    return f"▲ {places}" if places > 0 else f"▼ {-places}" if places < 0 else "＝"


def people(me: Here, sheet: Sheet, everybody: Sequence[Line], whole: bool, search: str) -> None:
    """The best as bars, then all lines by page; what is searched for has lines alone.

    `whole`: totals with their parts, else one value.
    """
    _ = me._
    lines = boards.matching(everybody, search)
    if not everybody:
        st.info(_("Nobody has played yet."))
        return
    if not lines:
        nothing(me)
        return
    best = lines[:SHOWN]
    names = [f"{line.place}. {pick(me.locale, line.name, line.name_en)}" for line in best]
    if not search:
        chart(
            _whole(me, Rules.from_json(sheet.season.rules).weights, best, names) if whole else _single(me, best, names),
            len(best),
        )
    page = page_number()
    pages = max(1, -(-len(lines) // PAGE_SIZE))
    page = min(max(1, page), pages)
    rows = [(line.id, _cells(me, line, whole)) for line in lines[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]]
    columns = [Col(_("Contestant"))]
    if whole:
        columns += [Col(me.word("leg", leg), number=True) for leg in COLOURS]
        columns += [Col(_("Total"), number=True)]
    else:
        columns += [Col(_("Points"), number=True)]
    table("lines", columns, rows, _("Scoreboard"))
    if whole:
        st.caption(_("▲ ▼: places won or lost since the weekly board before."))
    pager(Slice(tuple(rows), len(lines), page, PAGE_SIZE), _)


def _cells(me: Here, line: Line, whole: bool) -> list[Any]:
    who = [f"{line.place}. {pick(me.locale, line.name, line.name_en)}", sub(me.pick(line, "organisation"))]
    if not whole:
        return [who, points(line.value)]
    parts = [points(getattr(line, leg)) for leg in COLOURS]
    return [who, *parts, [points(line.total), sub(moved(line.moved))]]


def _whole(me: Here, of: Weights, lines: Sequence[Line], names: list[str]) -> list[go.Bar]:
    weights = {"skill": of.skill, "quiz": of.quiz, "votes": of.votes, "bonus": 100}
    return [
        go.Bar(
            y=names, x=[getattr(line, leg) * weights[leg] / 10_000 for line in lines], orientation="h",
            name=me.word("leg", leg), marker_color=colour, hovertemplate="%{x:.2f}",
        )
        for leg, colour in COLOURS.items()
    ]  # fmt: skip


def _single(me: Here, lines: Sequence[Line], names: list[str]) -> list[go.Bar]:
    values = [line.value / 100 for line in lines]
    return [go.Bar(y=names, x=values, orientation="h", name=me._("Points"), marker_color=COLOURS["quiz"])]


def league(me: Here, sheet: Sheet, search: str) -> None:
    """Organisations by their mean, which for small ones leans on the city's; what is searched for has lines alone."""
    _ = me._
    rows = [row for row in sheet.league if reads_as(search, row.name_zh, row.name_en)]
    if search and not rows:
        nothing(me)
        return
    prior = Rules.from_json(sheet.season.rules).skill.prior
    names = [f"{row.place}. {me.pick(row)}" for row in rows]
    shrunk = [row.shrunk / 100 for row in rows]
    bars = go.Bar(y=names, x=shrunk, orientation="h", name=_("Points"), marker_color=COLOURS["skill"])
    if not search:
        chart([bars], len(rows), floor=min(shrunk, default=0) - 3)
    st.caption(
        _("Mean of all totals, as if {prior} more contestants of each organisation had the city's mean.").format(
            prior=prior
        )
    )
    columns = [Col(_("Organisation")), Col(_("Contestants"), number=True),
               Col(_("Mean"), number=True), Col(_("Points"), number=True), Col(_("Best"), number=True)]  # fmt: skip
    cells = [
        (row.place, [f"{row.place}. {me.pick(row)}", str(row.count), points(row.mean), points(row.shrunk),
                     points(row.best)])
        for row in rows
    ]  # fmt: skip
    table("league", columns, cells, _("League"))


def nothing(me: Here) -> None:
    """What stands in the place of lines when a search finds none."""
    empty(me._("Nothing found. Change the search or the filters."))


def chart(bars: list[go.Bar], count: int, floor: float = 0) -> None:
    """Horizontal bars, the best on top, without a toolbar: a picture to look at."""
    figure = go.Figure(bars)
    figure.update_layout(
        barmode="stack", height=90 + 28 * count, margin={"l": 8, "r": 8, "t": 8, "b": 8}, bargap=0.25,
        legend={"orientation": "h", "y": -0.06, "traceorder": "normal"}, showlegend=len(bars) > 1,
        yaxis={"autorange": "reversed", "automargin": True, "ticksuffix": " "}, xaxis={"fixedrange": True},
        dragmode=False,
    )  # fmt: skip
    if floor > 0:
        figure.update_xaxes(range=[floor, None])
    st.plotly_chart(figure, config={"displayModeBar": False, "scrollZoom": False})
