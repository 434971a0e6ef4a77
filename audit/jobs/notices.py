"""Issuing to many branches as a job: safe to begin again, and what failed stands beside what went out."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from audit.domain.permissions import Actor
from audit.services import jobs
from audit.services.installation import Installation
from audit.services.loop import drafting


def issue_notices(
    house: Installation, actor: Actor, params: Mapping[str, Any], progress: jobs.Progress
) -> Mapping[str, Any]:
    """Params: round_id, organisation_ids, since (when it was asked for). Result: issued, failed; a row a branch."""

    def tell(done: int, every: int) -> None:
        progress(done / every, f"{done}/{every}")

    return drafting.issue_many(
        house.db, actor, int(params["round_id"]), [int(one) for one in params["organisation_ids"]],
        dt.datetime.fromisoformat(str(params["since"])), tell,
    )  # fmt: skip
