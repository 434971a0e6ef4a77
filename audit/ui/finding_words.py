"""A finding in words: when it is due, whose turn it is, and what an entry of its timeline says."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from audit.domain.loop import clock_of
from audit.domain.register import Line
from audit.i18n import format_date
from audit.services.loop.conversation import Entry
from audit.services.loop.reading import FindingRow
from audit.ui.page import Here
from audit.ui.table import chip
from audit.ui.words import field_label

LEFT_OUT = (
    "evidence", "photos", "team", "merged_into", "requirement_zh", "requirement_en", "criterion_zh", "criterion_en",
    "evidence_kind",
)  # fmt: skip
CODES = ("severity", "evidence_kind", "proposal")
DAYS = ("completed_on", "due_on", "new_day", "planned_on")


def due(me: Here, row: FindingRow) -> str:
    """The due day with its distance in working days; "" for what has none."""
    _, finding = me._, row.finding
    if finding.due_at is None:
        return ""
    day = format_date(me.locale, finding.due_at)
    if finding.due_estimated:
        day = _("{day} (estimated: the holidays of that year are not published)").format(day=day)
    return f"{day} · {left(me, row)}" if row.days_left is not None else day


def left(me: Here, row: FindingRow | Line) -> str:
    """How much time the branch has left, in working days; "" while it is not its turn."""
    _, days = me._, row.days_left
    if days is None:
        return ""
    if row.overdue:
        if days == 0:
            return _("overdue since 18:00 today")
        return _("1 working day overdue") if days == -1 else _("{days} working days overdue").format(days=-days)
    if days == 0:
        return _("due today at 18:00")
    return _("1 working day left") if days == 1 else _("{days} working days left").format(days=days)


def turn(me: Here, row: FindingRow) -> str:
    """Whom it waits for."""
    _, state = me._, row.finding.state
    if state == "issued":
        return _("The branch acknowledges")
    whose = clock_of(state)
    if whose == "branch":
        return _("The branch: {name}").format(name=me.pick(row.organisation))
    return _("The marketing department") if whose else _("Nobody: this is done with")


def state(me: Here, row: FindingRow) -> Mapping[str, Any]:
    """Its state as a chip of a table."""
    return chip("finding_state", row.finding.state, me.word("finding_state", row.finding.state))


def title(me: Here, row: FindingRow) -> str:
    """What it is about: the clause, or what was seen where no clause is behind it."""
    finding = row.finding
    return me.pick(finding, "clause") or finding.observation or finding.item_code


def place(me: Here, row: FindingRow) -> str:
    """Its number (a draft has none) and where it was found."""
    return " · ".join(part for part in (row.finding.number or "", me.pick(row.outlet)) if part)


def verb(me: Here, entry: Entry) -> str:
    """What happened, in words."""
    return me.word("finding_event", entry.verb)


def said(me: Here, entry: Entry) -> list[str]:
    """What was said with a change, a line each; files and what the page shows above are left out."""
    lines = []
    told = entry.data.get("said") or {
        name: entry.data[name] for name in ("new_day", "reason", "proposal", "comment") if entry.data.get(name)
    }
    for name, value in told.items():
        if name in LEFT_OUT or not value:
            continue
        text = _told(me, name, value)
        lines.append(f"{field_label(me.locale, name)}{'：' if me.locale.startswith('zh') else ': '}{text}")
    return lines


def _told(me: Here, name: str, value: object) -> str:
    if name in CODES:
        return me.word(name, str(value))
    return format_date(me.locale, dt.date.fromisoformat(str(value))) if name in DAYS else str(value)
