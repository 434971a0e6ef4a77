"""The table of documents: kind of document → its form."""

from typing import Any

from exports import certificates, notice, rectification, scoreboard, visit_report
from exports.document import Form

EXPORTERS: dict[str, Form[Any]] = {
    "visit_report": visit_report.FORM,
    "notice": notice.FORM,
    "rectification": rectification.FORM,
    "scoreboard": scoreboard.FORM,
    "certificates": certificates.FORM,
}
