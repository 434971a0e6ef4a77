"""The board (看板): where all findings stand, and how fast and well they are answered."""

from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import parse_qsl, urlencode

import streamlit as st

from audit.domain.register import GROUPS, Figures, Filters
from audit.i18n import pick
from audit.services import register
from audit.ui import filters
from audit.ui.board import board
from audit.ui.board_parts import AGE_CODES, CARDS, Way, ages, numbers, stages, tiles
from audit.ui.page import Here, follow, head, here
from audit.ui.register_parts import Choices, address, place_filters
from audit.ui.table import Col, empty, table


def lead(where: str) -> None:
    """Open the findings, narrowed."""
    st.switch_page("findings.py", query_params=dict(parse_qsl(where)))


def open_finding(number: int) -> None:
    """The page of one finding, which leads back here."""
    follow("findings", number, "board")


def groups(me: Here, chosen: Filters, found: dict[Any, Figures], group: str, known: Choices) -> None:
    """The same figures by branch, section or round; each number leads to its findings."""
    _ = me._
    rounds, places, sections = known
    st.subheader(_("Compared"), anchor=False)
    filters.view(me, GROUPS, lambda one: me.word("group", one))
    tables: dict[str, dict[Any, str]] = {
        "organisation": {one.id: me.pick(one) for one in places},
        "round": {one.id: me.pick(one) for one in rounds},
        "section": {code: f"{code} {pick(me.locale, *title)}" for code, title in sections.items()},
    }
    names = tables[group]
    keys = [key for key in names if key in found]
    parameter = {"organisation": "branch"}.get(group, group)

    def ways(key: Any) -> Way:
        common = urlencode(address(chosen, **{parameter: key}))  # once: there are ten numbers of each group
        return lambda **more: "&".join((common, *(f"{name}={code}" for name, code in more.items())))

    def compare(name: str, titles: Sequence[str], cells: Callable[[Any, Way], list[Any]], some: Sequence[Any]) -> None:
        columns = [Col(first), *(Col(title, number=True) for title in titles)]
        rows = [(place, cells(key, ways(key))) for place, key in enumerate(some)]
        table(name, columns, rows, _("Compared"), on_follow=lead)

    first = {"organisation": _("Branch"), "section": _("Section"), "round": _("Round")}[group]
    titles = (
        _("Not closed"), _("Past due"), _("Repeats"), _("In time"), _("First go"), _("Days: branch / dept."),
    )  # fmt: skip
    compare("groups", titles, lambda key, to: numbers(me, names[key], found[key], to), keys)
    waiting = [key for key in keys if any(found[key].ages)]
    if waiting and filters.also("aged", _("Also the ages of what is open")):
        st.text(aged(me))
        words = [me.word("age", code) for code in AGE_CODES]
        compare("group_ages", words, lambda key, to: ages(names[key], found[key], to), waiting)


def aged(me: Here) -> str:
    """What the groups of ages count."""
    return me._("Working days since the notice, of what is open:")


@st.fragment
def show() -> None:
    """The whole board, narrowed to a round and a branch."""
    me = here()
    _ = me._
    group = st.query_params.get("view", "")
    group = group if group in GROUPS else GROUPS[0]
    chosen, known = place_filters(me, sections=group == "section")
    seen = register.overview(me.db, me.actor, chosen, group, CARDS)
    found = seen.whole
    if not found.total:
        empty(_("There are no findings yet. They appear here once a visit has found something."))
        return
    old = [
        {"label": me.word("age", code), "value": str(number), "leads": urlencode(address(chosen, timing=code))}
        for code, number in zip(AGE_CODES, found.ages, strict=True)
    ]
    board(
        tiles(me, found, chosen),
        aged(me),
        old,
        stages(me, seen, chosen),
        _("Nothing here."),
        on_lead=lead,
        on_open=open_finding,
    )
    groups(me, chosen, seen.groups, group, known)


me = here()
head(me._("Board"), me._("Where the findings stand, and how well they are answered. A tap on a number shows its rows."))
show()
