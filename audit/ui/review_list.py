"""The queue as a list: what waits, narrowed by the address, and many rectifications accepted at once after a look."""

from collections.abc import Iterable, Sequence
from typing import Any

import streamlit as st

from audit.domain.findings import SEVERITIES
from audit.domain.register import ORDERS, WAITS, Filters, Line
from audit.i18n import format_date, pick
from audit.services import register
from audit.services.loop import review_queue, reviewing
from audit.services.loop.review_queue import Shot
from audit.services.loop.reviewing import Chosen, Outcome
from audit.ui import filters
from audit.ui.asking import asking
from audit.ui.gallery import Card, Picture, gallery
from audit.ui.page import Here, done, go, here, plain, sentence
from audit.ui.register_parts import SHORT, thing
from audit.ui.review_decide import own_words, phrases
from audit.ui.table import Col, chip, sub
from audit.ui.words import N_

# The times that mean something for what waits: it waits before or after the day, and an answer came in time or late.
DUE = ("overdue", "soon")
TIMES = {"rectification": ("late", "on_time", *DUE), "objection": DUE, "support": DUE, "extension": DUE}
PICKED = "_picked"


def chosen_filters(me: Here) -> Filters:
    """What waits, and the filters of the list; all in the address."""
    _, counted = me._, review_queue.counts(me.db, me.actor)
    waits = filters.view(me, tuple(WAITS), lambda one: f"{me.word('waits', one)} {counted[one]}")
    rounds, places, sections = register.choices(me.db, me.actor)
    titles = {code: f"{code} {pick(me.locale, *names)}" for code, names in sections.items()}
    first = st.columns([3, 2, 2, 2], vertical_alignment="bottom")
    with first[0]:
        search = filters.search(me)
    with first[1]:
        branch = thing(me, "branch", _("Branch"), places)
    with first[2]:
        round_id = thing(me, "round", _("Round"), rounds)
    with first[3]:
        severity = filters.one_of(me, "severity", _("Severity"), SEVERITIES[::-1], lambda one: me.word("severity", one))
    second = st.columns([3, 2, 2, 2], vertical_alignment="bottom")
    with second[0]:
        section = filters.one_of(me, "section", _("Section"), list(titles), lambda one: titles[one])
    with second[1]:
        timing = filters.one_of(me, "timing", _("Time"), TIMES[waits], lambda one: me.word("timing", one))
    with second[2]:
        order = filters.one_of(
            me, "order", _("Order"), ORDERS[1:], lambda one: me.word("order", one), me.word("order", ORDERS[0])
        )
    with second[3]:
        repeat = filters.also("repeat", _("Only repeats"))
    mark = "repeat" if repeat else ""
    return Filters(search, round_id, branch, section, severity, "", "", timing, mark, order or ORDERS[0], waits)


def from_address(me: Here) -> Filters:
    """The same filters without their widgets, for the page of one case; what the list does not offer counts as none."""
    given = st.query_params
    rounds, places, sections = (
        register.choices(me.db, me.actor) if {"round", "branch", "section"} & set(given) else ((), (), ())
    )

    def one(name: str, options: Iterable[str]) -> str:
        return given[name] if given.get(name, "") in set(options) else ""

    def thing_id(name: str, things: Iterable[Any]) -> int | None:
        return int(one(name, (str(each.id) for each in things)) or 0) or None

    waits = one("view", WAITS) or next(iter(WAITS))
    return Filters(
        given.get("q", "").strip(), thing_id("round", rounds), thing_id("branch", places), one("section", sections),
        one("severity", SEVERITIES), "", "", one("timing", TIMES[waits]),
        "repeat" if given.get("repeat") == "true" else "", one("order", ORDERS) or ORDERS[0], waits,
    )  # fmt: skip


def columns(me: Here) -> list[Col]:
    """The titles of `cells`."""
    return [Col(me._("Outlet")), Col(me._("Finding"), wide=True), Col(me._("Severity")), Col(me._("Waiting since"))]


def cells(me: Here, line: Line) -> list[Any]:
    """A line of the queue."""
    seen = line.observation or me.pick(line, "clause")
    chips = [chip("severity", line.severity, me.word("severity", line.severity))] if line.severity else []
    if line.repeat:
        chips.append(chip("rating", "later", me._("Repeat")))
    if line.cycle > 1:
        chips.append(chip("rating", "partial", me._("Answer no. {cycle}").format(cycle=line.cycle)))
    late = line.answered_at is not None and line.due_at is not None and line.answered_at > line.due_at
    due = me._("answered late") if late else me._("due {day}").format(day=format_date(me.locale, line.due_at))
    return [
        [me.pick(line, "outlet"), sub(f"{me.pick(line, 'organisation')} · {me.pick(line, 'round')}")],
        [f"{line.item_code} {seen[:SHORT]}{'…' if len(seen) > SHORT else ''}", sub(line.number)],
        chips,
        [format_date(me.locale, line.state_since), *([sub(due)] if line.due_at else [])],
    ]


def picked(lines: Sequence[Line]) -> list[int]:
    """The findings of this page of the list that are ticked."""
    kept: set[int] = st.session_state.get(PICKED, set())
    return [line.finding_id for line in lines if line.finding_id in kept]


def keep(numbers: Sequence[int]) -> None:
    """Remember what is ticked."""
    st.session_state[PICKED] = set(numbers)
    st.rerun(scope="fragment")


def accept_many(chosen: Chosen, lines: Sequence[Line]) -> None:
    """What accepting all of these would do, with their pictures; then do it."""
    title = here().counted(len(chosen), N_("Accept {count} rectification"), N_("Accept {count} rectifications"))

    @asking(plain(title), width="large")
    def dialog() -> None:
        me = here()
        tried = reviewing.preview(me.db, me.actor, "accept", chosen)
        good = [one for one in tried if one.error is None]
        st.text(me._("{good} are closed; {bad} are left as they are.").format(
            good=len(good), bad=len(tried) - len(good)))  # fmt: skip
        said = own_words(me, "many", phrases(me, "many", "accept", False))
        sure = me._("Accept and close {count}").format(count=len(good))
        if st.button(sure, type="primary", key="ask_yes", disabled=not good):
            going = {one.finding_id for one in good}
            did = reviewing.many(me.db, me.actor, "accept", [one for one in chosen if one[0] in going], comment=said)
            st.session_state.pop(PICKED, None)
            done(
                me.counted(
                    sum(one.error is None for one in did),
                    N_("{count} rectification accepted."),
                    N_("{count} rectifications accepted."),
                )
            )
            go()
        _pictures(me, lines, tried)

    dialog()


def _pictures(me: Here, lines: Sequence[Line], tried: Sequence[Outcome]) -> None:
    """Each with the state before and after; what is refused says why."""
    shown = review_queue.shots(me.db, me.actor, [one.finding_id for one in tried])
    refused = {one.finding_id: one.error for one in tried}
    cards = []
    for line in lines:
        if line.finding_id not in refused:
            continue
        sides = zip(("before", "after"), shown[line.finding_id], strict=True)
        pictures = tuple(_picture(me, role, found[0]) for role, found in sides if found)
        error = refused[line.finding_id]
        why = sentence(error, me.locale) if error else ""
        lacking = "" if shown[line.finding_id][1] else me._("There is no photo of the state after.")
        seen = line.observation or me.pick(line, "clause")
        warning = " ".join(part for part in (why, lacking) if part)
        cards.append(Card(f"{me.pick(line, 'outlet')} · {line.item_code} {seen[:SHORT]}", pictures, warning))
    gallery(me, "accept_many", cards)


def _picture(me: Here, role: str, shot: Shot) -> Picture:
    label = me.word("photo_role", role)
    return Picture(shot.uuid, label, 4, 3, label, folder=shot.folder)
