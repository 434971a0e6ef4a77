"""What jobs do: the table of kinds, asking for one, and doing one."""

import logging
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from audit.domain.permissions import Actor
from audit.errors import RoundsError
from audit.jobs import living, notices, reports
from audit.jobs.queue import queue
from audit.services import jobs
from audit.services.contest import slip_sheets
from audit.services.installation import Installation

Result = Mapping[str, Any]
KINDS: dict[str, Callable[[Installation, Actor, Mapping[str, Any], jobs.Progress], Result]] = {
    "visit_report": reports.visit_report,
    "rectification_report": reports.rectification_report,
    "issue_notices": notices.issue_notices,
    "make_documents": notices.make_documents,
    "contest_result": reports.contest_result,
    slip_sheets.KIND: reports.vote_slips,
}

log = logging.getLogger("audit.jobs")


def submit(house: Installation, actor: Actor, kind: str, params: Mapping[str, Any]) -> int:
    """Ask for a job of a kind in `KINDS` and wake a worker; returns its id. Raises `invalid` for an unknown kind."""
    if kind not in KINDS:
        raise RoundsError("invalid", field="kind")
    job_id = jobs.ask(house.db, actor, kind, params)
    wake(house, job_id)
    return job_id


def wake(house: Installation, job_id: int) -> None:
    """Put a job's number on the queue. Twice does no harm: only one worker can claim it."""
    tasks(house)(job_id)


def wake_left_behind(house: Installation) -> None:
    """Wake what is queued and what dead workers left behind."""
    dead = living.dead(house.settings.home)
    for job_id in jobs.waiting(house.db, dead):
        wake(house, job_id)
    living.forget(house.settings.home, dead)


@lru_cache(maxsize=4)
def tasks(house: Installation) -> Callable[[int], Any]:
    """The queue's one task, bound to this installation."""
    found = queue(house.settings)

    @found.task(name="run_job")  # type: ignore[untyped-decorator]
    def run_job(job_id: int) -> None:
        run(house, job_id)

    return run_job  # type: ignore[no-any-return]


def run(house: Installation, job_id: int) -> None:
    """Claim a job, do it, and write down what came of it; does nothing when it is taken or over."""
    claimed = jobs.claim(house.db, job_id, house.worker)
    if claimed is None:
        return
    job, actor = claimed
    try:
        result = KINDS[job.kind](house, actor, job.params, jobs.Progress(house.db, job_id))
    except jobs.Cancelled:
        log.info("job %s cancelled", job_id)
    except RoundsError as error:
        jobs.fail(house.db, job_id, error.code, error.params)
    except Exception:
        log.exception("job %s failed", job_id)
        jobs.fail(house.db, job_id, "internal")
    else:
        jobs.finish(house.db, job_id, result)
