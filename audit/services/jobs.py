"""Background work as rows: asked for, claimed once, watched, cancelled, and taken up again after a crash.

The row is the truth; the queue only wakes a worker. A job that was running when its worker died is queued again as soon
as its worker is known to be dead, at the latest when its last sign of life is older than `SILENT`: so what a job does
must be safe to do twice. A job that has outlived `MOST_ATTEMPTS` workers is given up: it is what ends them.
"""

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import or_
from sqlmodel import col, select, update

from audit.db.engine import Database
from audit.db.models import Account, Job
from audit.domain.permissions import Actor
from audit.errors import RoundsError
from audit.services import clock
from audit.services.sign_in import actor_from
from audit.services.work import unit_of_work

SILENT = dt.timedelta(seconds=90)
MOST_ATTEMPTS = 3
AT_ONCE = dt.timedelta(seconds=0.5)  # what takes less at the beginning was done before the job was taken up again
UNFINISHED = ("queued", "running")


class Cancelled(Exception):
    """The person who asked for the job does not want it any more."""


@dataclass
class Progress:
    """Handed to the work: tells how far it is (0..1) and at which step; raises `Cancelled` when it shall stop."""

    db: Database
    job_id: int
    _at: dt.datetime = field(default_factory=clock.now)
    _share: float = 0.0
    _at_work: bool = False

    def __call__(self, share: float, step: str = "") -> None:
        now, share = clock.now(), max(0.0, min(share, 1.0))
        told = {"progress": share, "step": step[:200], "beat_at": now, **self._beginning(now, share)}
        with self.db.write() as session:
            alive = session.exec(
                update(Job).where(col(Job.id) == self.job_id, col(Job.state) == "running").values(**told)
            )
        if not alive.rowcount:
            raise Cancelled

    def _beginning(self, now: dt.datetime, share: float) -> dict[str, Any]:
        """Where the work begins: moved on as long as it runs through what is done already."""
        if self._at_work or share <= self._share:
            return {}
        self._at_work = now - self._at >= AT_ONCE
        if self._at_work:
            return {}
        self._at, self._share = now, share
        return {"started_at": now, "result": {"begun": share}}


def ask(db: Database, actor: Actor, kind: str, params: Mapping[str, Any]) -> int:
    """Write down a job and return its id. What it does checks the permission itself, as the person who asked."""
    with unit_of_work(db, actor) as work:
        job = Job(kind=kind, params=dict(params), account_id=actor.account_id, created_at=work.now)
        work.session.add(job)
        work.session.flush()
        work.record("job.asked", "job", job.id, kind=kind, params=dict(params))
        return job.id or 0


def look(db: Database, actor: Actor, job_id: int) -> Job:
    """One's own job as it stands; `not_found` for anybody else's."""
    with db.read() as session:
        job = session.get(Job, job_id)
    if job is None or job.account_id != actor.account_id:
        raise RoundsError("not_found")
    return job


def seconds_left(job: Job) -> float | None:
    """How long the rest of a running job takes if it goes on as it went; None until a step took real work."""
    done: float = job.progress - job.result.get("begun", 0.0)
    if job.started_at is None or done <= 0:
        return None
    return (clock.now() - job.started_at).total_seconds() * (1 - job.progress) / done


def cancel(db: Database, actor: Actor, job_id: int) -> None:
    """Stop one's own job: at once when it waits, at its next sign of life when it runs. No error when it is over."""
    look(db, actor, job_id)
    with unit_of_work(db, actor) as work:
        stopped = work.session.exec(
            update(Job)
            .where(col(Job.id) == job_id, col(Job.state).in_(UNFINISHED))
            .values(state="cancelled", finished_at=work.now)
        )
        if stopped.rowcount:
            work.record("job.cancelled", "job", job_id)


def claim(db: Database, job_id: int, worker: str = "") -> tuple[Job, Actor] | None:
    """Take a queued job for oneself, the worker of this name; None when another one has it or it is over.

    The actor is built as the person is *now*: whoever lost a permission while the job waited gets a refusal.
    """
    with db.write() as session:
        taken = session.exec(
            update(Job)
            .where(col(Job.id) == job_id, col(Job.state) == "queued")
            .values(
                state="running",
                started_at=clock.now(),
                beat_at=clock.now(),
                worker=worker,
                attempts=Job.attempts + 1,
                progress=0.0,
                result={},
            )
        )
        if not taken.rowcount:
            return None
        job = session.get_one(Job, job_id)
        account = session.get_one(Account, job.account_id)
        actor = actor_from(session, account, "job") if account.active else Actor(job.account_id, account.name)
        return job, actor


def finish(db: Database, job_id: int, result: Mapping[str, Any]) -> None:
    """Write down what came of a running job."""
    _end(db, job_id, state="done", progress=1.0, result=dict(result))


def fail(db: Database, job_id: int, error_code: str, params: Mapping[str, Any] | None = None) -> None:
    """Write down why a running job failed: a code of the catalogue and its parameters."""
    _end(db, job_id, state="failed", error_code=error_code, result={"params": dict(params or {})})


def waiting(db: Database, dead: Collection[str] = ()) -> list[int]:
    """The jobs to be woken: queued ones, and running ones of a `dead` worker or one silent for `SILENT`.

    Those that were left behind too often have failed, with `job.given_up`.
    """
    left_behind = or_(col(Job.worker).in_(dead), col(Job.beat_at) < clock.now() - SILENT)
    with db.write() as session:
        left = update(Job).where(col(Job.state) == "running", left_behind)
        given_up = {"state": "failed", "error_code": "job.given_up", "finished_at": clock.now()}
        told = {"result": {"params": {"count": MOST_ATTEMPTS}}}
        session.exec(left.where(col(Job.attempts) >= MOST_ATTEMPTS).values(**given_up, **told))
        session.exec(left.values(state="queued", step=""))
        queued = select(Job.id).where(Job.state == "queued").order_by(col(Job.id))
        return [job_id for job_id in session.exec(queued) if job_id]


def _end(db: Database, job_id: int, **values: Any) -> None:
    with db.write() as session:
        session.exec(
            update(Job)
            .where(col(Job.id) == job_id, col(Job.state) == "running")
            .values(finished_at=clock.now(), **values)
        )
