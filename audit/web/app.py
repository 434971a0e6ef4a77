"""Our own web application: everything that is served beside the Streamlit pages."""

import logging

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from audit.errors import RoundsError
from audit.web import (
    assets,
    checklists,
    contest_ballots,
    contest_board,
    contest_contributions,
    contest_pictures,
    contest_quiz,
    contest_recount,
    contest_score,
    contest_sign_in,
    contest_vote,
    documents,
    health,
    link,
    link_files,
    oidc,
    photos,
    sign_in,
    slips,
    tablet,
    trust,
    verify,
    workbooks,
)
from audit.web.api import answers, docs, evidence, visits
from audit.web.api import photos as photo_uploads
from audit.web.context import locale_of
from audit.web.security import error_response

PARTS = (
    sign_in, oidc, health, assets, trust, verify, link, link_files, tablet, docs, visits, photo_uploads, evidence,
    answers, photos, checklists, workbooks, slips, documents, contest_sign_in, contest_board, contest_pictures,
    contest_contributions, contest_score, contest_quiz, contest_vote, contest_ballots, contest_recount,
)  # fmt: skip
log = logging.getLogger("audit.web")


def create() -> FastAPI:
    """The application with all its routes. It starts nothing by itself: the launcher's lifespan does."""
    app = FastAPI(title="Rounds 巡检", version="1", docs_url=None, redoc_url=None, openapi_url="/api/openapi.json")
    app.add_exception_handler(RoundsError, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _unforeseen)
    for part in PARTS:
        app.include_router(part.router)
    return app


async def _unforeseen(request: Request, error: Exception) -> JSONResponse:
    """A failure nobody foresaw: it goes to the log whole, and to the client as a code."""
    log.exception("%s %s", request.method, request.url.path, exc_info=error)
    return error_response(RoundsError("internal"), locale_of(request))


async def _refused(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RoundsError)
    return error_response(error, locale_of(request))


async def _invalid(request: Request, error: Exception) -> JSONResponse:
    """A body or parameter of the wrong shape: which fields, never their values."""
    assert isinstance(error, RequestValidationError)
    fields = [".".join(str(part) for part in problem["loc"][1:]) or "body" for problem in error.errors()]
    return error_response(RoundsError("invalid", field=", ".join(dict.fromkeys(fields))[:300]), locale_of(request))


async def _http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    if isinstance(error.__cause__, RoundsError):  # met while the body was read, which the framework wraps
        return error_response(error.__cause__, locale_of(request))
    known = {404: "not_found", 405: "method_not_allowed", 403: "forbidden", 401: "unauthenticated"}
    refusal = RoundsError(known.get(error.status_code, "invalid"), field=request.url.path, method=request.method)
    answer = error_response(refusal, locale_of(request))
    answer.headers.update(error.headers or {})  # which methods there are
    return answer
