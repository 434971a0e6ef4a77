"""The parts of the board in words: figures, cards, and a group's figures as cells of a table."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from audit.domain.loop import STAGES
from audit.domain.register import AGES, OPEN, Figures, Filters, Line
from audit.services.register import Overview
from audit.ui import finding_words
from audit.ui.page import Here
from audit.ui.register_parts import SHORT, address
from audit.ui.table import chip, figure
from audit.ui.words import look

CARDS = 4  # the most urgent of a stage
AGE_CODES = (*(f"age_{limit}" for limit in AGES), "age_more")
Way = Callable[..., str]  # further filters of the register → the address that a cell leads to


def percent(value: float | None) -> str:
    """A share as people read it; a dash where there is none."""
    return "–" if value is None else f"{value:.0%}"


def days(me: Here, value: float | None) -> str:
    """Working days with their unit."""
    return "–" if value is None else me._("{days} days").format(days=f"{value:.1f}")


def tiles(me: Here, found: Figures, chosen: Filters) -> list[dict[str, Any]]:
    """The figures, each with where it leads."""
    _ = me._
    answered, closed = found.on_time + found.late, _("median of {count} closed").format(count=found.closed)
    late = _("{part} of {whole} late").format(part=found.late, whole=answered)
    again = _("same outlet and item again")
    first = _("{part} of {whole} closed").format(part=found.first_pass, whole=found.closed)
    # fmt: off
    rows: tuple[tuple[str, str, str, dict[str, str]], ...] = (
        # label                      value                             note                leads to
        (_("Open findings"),         str(found.open),                  _("not closed yet"), {"stage": OPEN}),
        (_("Past due"),              str(found.overdue),               _("with the branch"), {"timing": "overdue"}),
        (_("Answered in time"),      percent(found.on_time_share),     late,               {"timing": "late"}),
        (_("Closed at the first go"), percent(found.first_pass_share), first,              {"mark": "first_pass"}),
        (_("Time with the branch"),  days(me, found.branch_days),      closed,             {"mark": "closed"}),
        (_("Time with the department"), days(me, found.department_days), closed,           {"mark": "closed"}),
        (_("Repeats"),               str(found.repeats),               again,              {"mark": "repeat"}),
        (_("All findings"),          str(found.total),                 _("open and done"), {}),
    )
    # fmt: on
    return [
        {
            "label": label,
            "value": value,
            "note": note,
            "leads": urlencode(address(chosen, **more)),
            "alarm": label == _("Past due") and found.overdue > 0,
        }
        for label, value, note, more in rows
    ]  # fmt: skip


def card(me: Here, line: Line) -> dict[str, Any]:
    """A finding on the board."""
    seen = line.observation or me.pick(line, "clause")
    chips = [chip("severity", line.severity, me.word("severity", line.severity))] if line.severity else []
    if text := finding_words.left(me, line):
        chips.append(chip("rating", "fail" if line.overdue else "na", text))
    where = f"{me.pick(line, 'organisation')} · {line.item_code} {seen[:SHORT]}"
    return {"id": line.finding_id, "title": me.pick(line, "outlet"), "sub": where, "chips": chips}


def stages(me: Here, found: Overview, chosen: Filters) -> list[dict[str, Any]]:
    """The four stages with their most urgent findings; what is done is a number above."""
    drawn = []
    for code in STAGES[:-1]:
        colour, sign = look("stage", code)
        cards = [card(me, line) for line in found.urgent.get(code, ())]
        drawn.append(
            {"label": me.word("stage", code), "value": str(found.whole.stages[code]), "colour": colour, "sign": sign,
             "leads": urlencode(address(chosen, stage=code)), "cards": cards}
        )  # fmt: skip
    return drawn


def numbers(me: Here, name: str, one: Figures, way: Way) -> list[Any]:
    """A group's name and figures as cells, each of which leads to the rows that it counts."""
    took = " / ".join("–" if value is None else f"{value:.1f}" for value in (one.branch_days, one.department_days))
    in_time = f"{one.on_time}/{one.on_time + one.late}" if one.on_time_share is not None else ""
    first = f"{one.first_pass}/{one.closed}" if one.closed else ""
    return [
        figure(name, way(), me._("{count} in all").format(count=one.total)),
        _counted(one.open, way, stage=OPEN),
        _counted(one.overdue, way, timing="overdue"),
        _counted(one.repeats, way, mark="repeat"),
        figure(percent(one.on_time_share), way(timing="on_time") if one.on_time else None, in_time),
        figure(percent(one.first_pass_share), way(mark="first_pass") if one.first_pass else None, first),
        figure(took, way(mark="closed") if one.closed else None),
    ]


def ages(name: str, one: Figures, way: Way) -> list[Any]:
    """How long what is open of a group has been asked for, as cells that lead to their rows."""
    return [name, *(_counted(number, way, timing=code) for code, number in zip(AGE_CODES, one.ages, strict=True))]


def _counted(number: int, way: Way, **more: str) -> Any:
    return figure(str(number), way(**more)) if number else "0"
