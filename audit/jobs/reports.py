"""Making a report as a job: the person who asked watches it and downloads the document."""

from collections.abc import Callable, Mapping
from typing import Any

from audit.domain.permissions import Actor
from audit.services import jobs, rectification_reports, reports
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


def _made(
    make: Callable[..., int], house: Installation, actor: Actor, params: Mapping[str, Any], progress: jobs.Progress
) -> Mapping[str, Any]:
    told = -1.0

    def tell(share: float, step: str) -> None:
        nonlocal told
        if share - told >= STEP or share == 1.0:
            told = share
            progress(min(share, 0.99), step)

    place = int(params["round_id"]), int(params["branch_id"])
    return {"document_id": make(house, actor, *place, str(params["language"]), tell)}
