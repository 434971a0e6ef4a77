"""Making documents as jobs: the person who asked watches it and downloads what came of it."""

from collections.abc import Callable, Mapping
from typing import Any

from audit.domain.permissions import Actor
from audit.services import jobs, rectification_reports, reports
from audit.services.contest import results, slip_sheets
from audit.services.installation import Installation

STEP = 0.05  # a sign of life is a write transaction: no more than twenty of them


def visit_report(
    house: Installation, actor: Actor, params: Mapping[str, Any], progress: jobs.Progress
) -> Mapping[str, Any]:
    """Params: round_id, branch_id, language. Result: document_id."""
    return _made(reports.make_document, house, actor, params, progress)


def rectification_report(
    house: Installation, actor: Actor, params: Mapping[str, Any], progress: jobs.Progress
) -> Mapping[str, Any]:
    """Params: round_id, branch_id, language. Result: document_id."""
    return _made(rectification_reports.make, house, actor, params, progress)


def contest_result(
    house: Installation, actor: Actor, params: Mapping[str, Any], progress: jobs.Progress
) -> Mapping[str, Any]:
    """Params: season_id, kind, language. Result: document_id."""
    what = int(params["season_id"]), str(params["kind"]), str(params["language"])
    return {"document_id": results.make(house, actor, *what, _seldom(progress))}


def vote_slips(
    house: Installation, actor: Actor, params: Mapping[str, Any], progress: jobs.Progress
) -> Mapping[str, Any]:
    """Params: season_id, batch_id. Result: sha256 and size of the file."""
    what = int(params["season_id"]), int(params["batch_id"])
    sha256, size = slip_sheets.make(house, actor, *what, _seldom(progress))
    return {"sha256": sha256, "size": size}


def _made(
    make: Callable[..., int], house: Installation, actor: Actor, params: Mapping[str, Any], progress: jobs.Progress
) -> Mapping[str, Any]:
    place = int(params["round_id"]), int(params["branch_id"])
    return {"document_id": make(house, actor, *place, str(params["language"]), _seldom(progress))}


def _seldom(progress: jobs.Progress) -> Callable[[float, str], None]:
    """The progress of a rendering as that of its job."""
    told = -1.0

    def tell(share: float, step: str) -> None:
        nonlocal told
        if share - told >= STEP or share == 1.0:
            told = share
            progress(min(share, 0.99), step)

    return tell
