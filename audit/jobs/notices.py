"""Issuing to branches as a job, documents included: safe to begin again; what failed stands beside what went out."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from audit.domain.permissions import Actor, authorise
from audit.errors import RoundsError
from audit.jobs.alongside import alongside
from audit.services import jobs, papers
from audit.services.installation import Installation
from audit.services.loop import issuing

Params = Mapping[str, Any]


def issue_notices(house: Installation, actor: Actor, params: Params, progress: jobs.Progress) -> Mapping[str, Any]:
    """Issue to each branch and make its documents.

    Params: round_id, organisation_ids, since (when it was asked for), language, only_critical. Result: issued, a row a
    branch with number, findings and documents; failed, a row a branch with the refusal. A branch can stand in both: it
    was issued to, and a document of it could not be made.
    """
    authorise(actor, "finding.issue")
    since = dt.datetime.fromisoformat(str(params["since"]))
    language, only_critical = params.get("language", "zh"), bool(params.get("only_critical"))
    round_id, branches = int(params["round_id"]), [int(number) for number in params["organisation_ids"]]
    issued: dict[int, dict[str, Any]] = {}

    def one(organisation_id: int) -> None:
        found = issuing.issue(house.db, actor, round_id, organisation_id, only_critical, language, since)
        if found.document_ids:
            told = {"number": found.number, "findings": len(found.finding_ids), "documents": list(found.document_ids)}
            issued[organisation_id] = {"organisation_id": organisation_id, **told}
        for document_id in found.document_ids:
            papers.make(house, actor, document_id)

    refused = _each(house, branches, one, progress)
    return {
        "issued": [issued[number] for number in branches if number in issued],
        "failed": [{"organisation_id": number, **why} for number, why in refused.items()],
    }


def make_documents(house: Installation, actor: Actor, params: Params, progress: jobs.Progress) -> Mapping[str, Any]:
    """Make the documents of a round that were issued and are missing. Params: round_id. Result: made, failed."""
    found = papers.missing(house.db, actor, int(params["round_id"]))
    refused = _each(house, found, lambda number: papers.make(house, actor, number), progress)
    return {
        "made": len(found) - len(refused),
        "failed": [{"document_id": number, **why} for number, why in refused.items()],
    }


def _each(
    house: Installation, numbers: Sequence[int], do: Callable[[int], object], progress: jobs.Progress
) -> dict[int, dict[str, Any]]:
    """Do it for each, as many at one time as there are processes that lay out; what was refused, with the reason."""

    def tell(done: int) -> None:
        progress(done / max(1, len(numbers)), f"{done}/{len(numbers)}")

    outcomes = alongside(numbers, do, house.settings.report_workers, tell)
    return {
        number: {"code": outcome.code, "params": dict(outcome.params)}
        for number, outcome in zip(numbers, outcomes, strict=True)
        if isinstance(outcome, RoundsError)
    }
