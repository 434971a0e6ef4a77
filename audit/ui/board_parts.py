"""The parts of the board in words: figures, cards, and a group's figures as cells of a table."""

from typing import Any
from urllib.parse import urlencode

from audit.domain.loop import STAGES
from audit.domain.register import OPEN, Figures, Filters, Line
from audit.services import register
from audit.ui import finding_words
from audit.ui.page import Here
from audit.ui.register_parts import SHORT, address
from audit.ui.table import chip, sub
from audit.ui.words import look

CARDS = 4  # the most urgent of a stage


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


def stages(me: Here, found: Figures, chosen: Filters) -> list[dict[str, Any]]:
    """The four stages with their most urgent findings; what is done is a number above."""
    drawn = []
    lines = register.urgent(me.db, me.actor, chosen, [code for code in STAGES[:-1] if found.stages[code]], CARDS)
    for code in STAGES[:-1]:
        colour, sign = look("stage", code)
        drawn.append(
            {"label": me.word("stage", code), "value": str(found.stages[code]), "colour": colour, "sign": sign,
             "leads": urlencode(address(chosen, stage=code)), "cards": [card(me, line) for line in lines.get(code, ())]}
        )  # fmt: skip
    return drawn


def numbers(me: Here, one: Figures) -> list[Any]:
    """A group's figures as cells."""
    took = " / ".join("–" if value is None else f"{value:.1f}" for value in (one.branch_days, one.department_days))
    shares = [percent(one.on_time_share), percent(one.first_pass_share)]
    of_all = sub(me._("of {count}").format(count=one.total))
    again = [sub(me._("{count} repeated").format(count=one.repeats))] if one.repeats else []
    return [[str(one.open), of_all], [str(one.overdue), *again], *shares, took]
