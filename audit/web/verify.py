"""The public page that says whether a document was issued, and whether a file held against it is that one.

The file is hashed in the browser; nothing of it is sent.
"""

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Query, Request
from starlette.responses import RedirectResponse, Response

from audit.config import settings
from audit.errors import RoundsError
from audit.i18n import LOCALES, format_instant, message
from audit.services.installation import installation
from audit.services.proof import issued
from audit.web.context import locale_of
from audit.web.pages import render
from audit.web.security import client_address

router = APIRouter(include_in_schema=False)
# fmt: off
KINDS = {
    "visit_report":  "Visit report",
    "notice":        "Rectification notice",
    "rectification": "Rectification report",
    "scoreboard":    "Scoreboard of the service contest",
    "certificates":  "Certificates of the service stars",
    "certificate":   "Certificate of honour",
    "recount":       "Recount file of the service contest",
}
# fmt: on


@router.get("/verify")
def start(request: Request, number: Annotated[str, Query(max_length=200)] = "", lang: str = "") -> Response:
    """Where a number is typed or a file chosen; a number leads to its own page."""
    if number.strip():
        chosen = f"?lang={lang}" if lang in LOCALES else ""
        return RedirectResponse(f"/verify/{quote(number.strip(), safe='')}{chosen}", status_code=303)
    return _page(request, lang)


@router.get("/verify/{name:path}")
def show(request: Request, name: str, lang: str = "") -> Response:
    """What is known of an issued document by number or fingerprint; 404 for drafts and unknown ones alike."""
    try:
        found = issued(installation().db, name, client_address(request, settings()))
    except RoundsError as error:
        return _page(request, lang, name, problem=error)
    return _page(request, lang, name, found=found, status=200 if found else 404)


def _page(
    request: Request,
    lang: str,
    name: str = "",
    found: object = (),
    status: int = 200,
    problem: RoundsError | None = None,
) -> Response:
    locale = lang if lang in LOCALES else locale_of(request)
    return render(
        "verify.html",
        request,
        locale,
        status=problem.status if problem else status,
        name=name.strip(),
        found=found,
        problem=message(problem, locale) if problem else "",
        kinds=KINDS,
        language="zh" if locale == "zh_CN" else "en",
        instant=lambda moment: format_instant(locale, moment),
    )
