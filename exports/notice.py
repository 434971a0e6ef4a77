"""整改通知书: what one branch is asked to rectify, until when, and how it objects, as a PDF."""

from collections import Counter
from typing import Any

from audit.domain.deadlines import DEEMED_DAYS, OBJECTION_DAYS, REPEAT_VISITS, VERIFY_DAYS
from audit.domain.findings import SEVERITIES
from audit.domain.loop import ESCALATIONS
from audit.domain.papers import Demand, Notice, by_item, objections
from audit.i18n import translator
from exports.document import LOCALES, Form
from exports.text import ranges
from exports.visit_report import is_card, is_short

CHAPTERS = ("The findings at a glance", "What is to be rectified", "Acknowledging, objecting, review")


def _title(notice: Notice, language: str) -> str:
    _ = translator(LOCALES[language])
    if notice.supplement:
        return _("Rectification notice (supplement {number})").format(number=notice.supplement)
    return _("Rectification notice")


def _view(notice: Notice, language: str) -> dict[str, Any]:
    """What the template of one language gets."""
    _ = translator(LOCALES[language])
    severities = Counter(demand.finding.severity for demand in notice.demands)
    chapters = CHAPTERS if len(notice.demands) > 1 else CHAPTERS[1:]
    return {
        "notice": notice,
        "title": _title(notice, language),
        "mark": _("‼ Critical: does not wait for the round's notice") if notice.urgent else "",
        "chapters": [_(chapter) for chapter in chapters],
        "tally": [(code, severities[code]) for code in reversed(SEVERITIES) if severities[code]],
        "first": min(notice.demands, key=_deadline),
        "estimated": any(demand.due_estimated for demand in notice.demands),
        "groups": [(group, len({_asked(demand) for demand in group}) == 1) for group in by_item(notice.demands)],
        "objections": [(moment, ranges(numbers, _(", "))) for moment, numbers in objections(notice.demands)],
        "rules": _rules(),
        "beside": is_card,
        "short": is_short,
    }


def _deadline(demand: Demand) -> tuple[float, int]:
    due_at = demand.finding.due_at
    return (due_at.timestamp() if due_at else 0.0, demand.finding.working_days)


def _asked(demand: Demand) -> tuple[object, ...]:
    finding = demand.finding
    return finding.requirement, finding.criterion, finding.evidence_kind


def _rules() -> dict[str, int]:
    """The days that the text names, as the tables of the domain have them."""
    told = {entry.proposal or entry.addressed: entry.days_over for entry in ESCALATIONS}
    return {
        "deemed": DEEMED_DAYS,
        "object_critical": OBJECTION_DAYS["critical"],
        "object_others": OBJECTION_DAYS["major"],
        "verify": VERIFY_DAYS,
        "repeat": REPEAT_VISITS,
        "deputy": told["deputy_manager"],
        "general": told["supervise"],
        "circular": told["circular"],
    }


FORM = Form("notice.html", _title, _view)
