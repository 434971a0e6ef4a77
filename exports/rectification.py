"""整改报告: the branch's answers in a round, with before and after side by side, as a PDF."""

from typing import Any

from audit.domain.papers import Answer, RectificationReport, by_item
from audit.i18n import format_date, translator
from exports.document import LOCALES, Form
from exports.text import ranges

CHAPTERS = ("The answers at a glance", "Rectification of each finding", "Signatures and seal")


def _title(_report: RectificationReport, language: str) -> str:
    return translator(LOCALES[language])("Rectification report")


def _view(report: RectificationReport, language: str) -> dict[str, Any]:
    """What the template of one language gets."""
    _ = translator(LOCALES[language])
    chapters = CHAPTERS if len(report.answers) > 1 else CHAPTERS[1:]
    return {
        "report": report,
        "notices": _(", ").join(
            _("{number} of {day}").format(number=number, day=format_date(LOCALES[language], issued_at))
            for number, issued_at in report.notices
        ),
        "title": _title(report, language),
        "chapters": [_(chapter) for chapter in chapters],
        "done": sum(answer.finished for answer in report.answers),
        "withdrawn": [answer.finding.number for answer in report.answers if answer.state == "withdrawn"],
        "open": ranges([answer.finding.number for answer in report.answers if not answer.settled], _(", ")),
        "groups": [
            (group, len(group) > 1 and len({_words(answer) for answer in group}) == 1)
            for group in by_item(report.answers)
        ],
    }


def _words(answer: Answer) -> tuple[object, ...]:
    """What the branch wrote; where it is the same for all places of an item, it stands there once."""
    return (
        answer.cause, answer.correction, answer.corrective_action, answer.horizontal_check, answer.responsible,
        answer.completed_on, answer.unfinished,
    )  # fmt: skip


FORM = Form("rectification.html", _title, _view)
