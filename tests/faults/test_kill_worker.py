"""`kill -9` of the job worker while it makes a report: nothing is half there, and the next worker makes it at once."""

import hashlib
import os
import shutil
import subprocess
import sys
import time

import pytest
from sqlmodel import select

from audit.config import PROJECT
from audit.db.engine import Database
from audit.db.models import Document, Job
from audit.jobs import work
from audit.services import jobs
from audit.services.installation import Installation
from exports import fonts
from tests.exports.conftest import SHARED
from tests.factories import found_city
from tests.field import Field, take_the_field


@pytest.fixture
def db(sqlite_db: Database) -> Database:
    """One kind of database is enough: what a job is worth is told by its row on both alike."""
    return sqlite_db


@pytest.fixture
def visited(house: Installation) -> Field:
    """A branch with a visit submitted, and the fonts ready."""
    fonts.prepare(SHARED / "fonts")
    shutil.copytree(SHARED / "fonts", house.settings.home / "cache" / "fonts")
    field = take_the_field(found_city(house.db))
    field.fill(house, field.city.lin, A01="partial", A03="fail")
    field.submit()
    return field


def worker(house: Installation) -> subprocess.Popen[bytes]:
    settings = {"ROUNDS_HOME": str(house.settings.home), "ROUNDS_DATABASE_URL": house.db.url}
    return subprocess.Popen([sys.executable, "-m", "audit", "worker"], cwd=PROJECT, env=os.environ | settings)


def until(field: Field, job_id: int, *states: str, step: bool = False, seconds: float = 120) -> Job:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        job = jobs.look(field.db, field.city.wang, job_id)
        if job.state in states and (job.step or not step):
            return job
        time.sleep(0.005)
    raise AssertionError(f"the job did not become {states}")


def documents(field: Field) -> list[Document]:
    with field.db.read() as session:
        return list(session.exec(select(Document)).all())


def test_a_report_whose_worker_was_killed_is_made_by_the_next_one(house: Installation, visited: Field) -> None:
    asked = {"round_id": visited.round_id, "branch_id": visited.city.organisations["jiangbei"], "language": "zh"}
    job_id = work.submit(house, visited.city.wang, "visit_report", asked)
    first = worker(house)
    until(visited, job_id, "running", step=True)
    first.kill()
    first.wait()
    assert documents(visited) == []
    assert jobs.look(visited.db, visited.city.wang, job_id).state == "running", "nobody wrote down that it died"
    second = worker(house)
    try:
        made = until(visited, job_id, "done", "failed", seconds=jobs.SILENT.total_seconds())
    finally:
        second.terminate()
        second.wait(60)
    assert made.state == "done"
    (document,) = documents(visited)
    assert document.id == made.result["document_id"]
    content = house.documents.read(document.sha256)
    assert content.startswith(b"%PDF-")
    assert hashlib.sha256(content).hexdigest() == document.sha256
