"""The final scoreboard (竞赛榜单) as a PDF: the stars with their portraits, the league, everybody's figures."""

from typing import Any

from audit.domain.contest.honours import Result
from audit.i18n import translator
from exports.document import LOCALES, Form

CHAPTERS = ("Service stars", "League of organisations", "All contestants")
PORTRAIT_MM = (24.0, 32.0)


def points(hundredths: int) -> str:
    """Hundredths as points with two decimals."""
    return f"{hundredths / 100:.2f}"


def _title(_result: Result, language: str) -> str:
    return translator(LOCALES[language])("Scoreboard of the service contest")


def _view(result: Result, language: str) -> dict[str, Any]:
    _ = translator(LOCALES[language])
    return {
        "result": result,
        "title": _title(result, language),
        "chapters": [_(chapter) for chapter in CHAPTERS],
        "points": points,
        "portrait": PORTRAIT_MM,
    }


FORM = Form("scoreboard.html", _title, _view)
