"""整改报告: the branch's answers to one notice, with before and after side by side, as a PDF."""

from typing import Any

from audit.domain.papers import RectificationReport
from audit.i18n import translator
from exports.document import LOCALES, Form

CHAPTERS = ("The answers at a glance", "Rectification of each finding", "Signatures and seal")


def _title(_report: RectificationReport, language: str) -> str:
    return translator(LOCALES[language])("Rectification report")


def _view(report: RectificationReport, language: str) -> dict[str, Any]:
    """What the template of one language gets."""
    _ = translator(LOCALES[language])
    chapters = CHAPTERS if len(report.answers) > 1 else CHAPTERS[1:]
    return {
        "report": report,
        "title": _title(report, language),
        "chapters": [_(chapter) for chapter in chapters],
        "done": sum(answer.finished for answer in report.answers),
    }


FORM = Form("rectification.html", _title, _view)
