"""The stars' certificates (荣誉证书) in one batch: a page each, with the portrait and a QR code to its verification."""

from typing import Any

from audit.domain.contest.honours import Result
from audit.i18n import translator
from exports.document import LOCALES, Form
from exports.scoreboard import points

PORTRAIT_MM = (36.0, 48.0)


def _title(_result: Result, language: str) -> str:
    return translator(LOCALES[language])("Certificates of the service stars")


def _view(result: Result, language: str) -> dict[str, Any]:
    return {"result": result, "title": _title(result, language), "points": points, "portrait": PORTRAIT_MM}


FORM = Form("certificates.html", _title, _view)
