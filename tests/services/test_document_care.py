"""Old drafts and forgotten files go; whatever a row still needs stays."""

import datetime as dt
import hashlib
import os
from pathlib import Path

import pytest

from audit.db.models import Document
from audit.services import clock
from audit.services.document_care import Cleared, collect_documents
from audit.services.installation import Installation
from audit.services.reports import document_path
from tests.factories import City


@pytest.fixture
def db(sqlite_db):  # type: ignore[no-untyped-def]
    """One kind of database is enough here: the queries are plain."""
    return sqlite_db


def put(house: Installation, city: City, content: bytes, days: float, kind: str = "", made: float = 0) -> Path:
    """A file last written `days` ago, and with a `kind` its row, made `made` days ago."""
    sha256 = hashlib.sha256(content).hexdigest()
    path = document_path(house, sha256)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    then = (clock.now() - dt.timedelta(days=days)).timestamp()
    os.utime(path, (then, then))
    if kind:
        with house.db.write() as session:
            session.add(
                Document(
                    kind=kind,
                    filename="r.pdf",
                    media_type="application/pdf",
                    sha256=sha256,
                    size=len(content),
                    account_id=city.wang.account_id,
                    created_at=clock.now() - dt.timedelta(days=made),
                )
            )
    return path


def test_old_drafts_and_files_without_a_row_go_and_everything_else_stays(house: Installation, city: City) -> None:
    old = put(house, city, b"old draft", 9, "visit_report_draft", 8)
    fresh = put(house, city, b"fresh draft", 6, "visit_report_draft", 6)
    issued = put(house, city, b"issued", 400, "visit_report", 400)
    orphan = put(house, city, b"nobody's", 2)
    being_made = put(house, city, b"its row comes in a moment", 0)
    assert collect_documents(house) == Cleared(1, 2)
    assert [path.exists() for path in (old, fresh, issued, orphan, being_made)] == [False, True, True, False, True]
    assert collect_documents(house) == Cleared(0, 0)


def test_a_file_that_an_old_and_a_new_draft_share_stays(house: Installation, city: City) -> None:
    put(house, city, b"the same", 9, "visit_report_draft", 8)
    path = put(house, city, b"the same", 9, "visit_report_draft", 1)
    assert collect_documents(house) == Cleared(1, 0)
    assert path.read_bytes() == b"the same"


def test_what_a_killed_worker_left_half_made_goes_after_a_day(house: Installation, city: City) -> None:
    folder = house.settings.home / "documents"
    for name, days in ((".unfinished-a", 2), (".unfinished-b", 0)):
        (folder / name).mkdir(parents=True)
        (folder / name / "report.pdf").write_bytes(b"half")
        then = (clock.now() - dt.timedelta(days=days)).timestamp()
        os.utime(folder / name, (then, then))
    assert collect_documents(house).files == 1
    assert [path.name for path in folder.iterdir()] == [".unfinished-b"]
