"""A disk that fills up while a report is laid out: told as what it is, nothing half there, made once there is room."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import select

from audit.db.engine import Database
from audit.db.models import Document
from audit.jobs import work
from audit.photos.local import LocalStore
from audit.services import jobs
from audit.services.installation import Installation
from tests import disks
from tests.factories import found_city
from tests.faults.test_storage import fill
from tests.field import take_the_field
from tests.papers import lay_fonts_ready


@pytest.fixture
def db(sqlite_db: Database) -> Database:
    """One kind of database is enough: it is not on the disk that fills up."""
    return sqlite_db


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 4 MB."""
    with disks.small_disk(tmp_path / "small", 4) as disk:
        yield disk


@pytest.mark.small_disk
def test_a_report_on_a_full_disk_is_refused_and_made_once_there_is_room(house: Installation, small_disk: Path) -> None:
    lay_fonts_ready(house)
    field = take_the_field(found_city(house.db))
    field.fill(house, field.city.lin, A03="fail")
    field.submit()
    house.documents = LocalStore(small_disk / "documents")
    asked = {"round_id": field.round_id, "branch_id": field.city.organisations["jiangbei"], "language": "zh"}

    def made() -> tuple[str, str, int]:
        """State, refusal, and how many documents there are after a job was done."""
        job_id = work.submit(house, field.city.wang, "visit_report", asked)
        work.run(house, job_id)
        job = jobs.look(house.db, field.city.wang, job_id)
        with house.db.read() as session:
            return job.state, job.error_code, len(session.exec(select(Document)).all())

    ballast = fill(small_disk, leave=16_384)
    assert made() == ("failed", "storage_full", 0)
    assert [path for path in (small_disk / "documents").rglob("*") if path.is_file() and path.name != ".lock"] == []
    ballast.unlink()
    assert made() == ("done", "", 1)
