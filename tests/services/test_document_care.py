"""Old drafts and forgotten files go; whatever a row still needs stays. The same in a folder and in a bucket."""

import datetime as dt
import os

import pytest

from audit.db.models import Document
from audit.photos.choose import open_documents
from audit.photos.local import LocalStore
from audit.services import clock
from audit.services.document_care import Cleared, collect_documents
from audit.services.installation import Installation
from tests.factories import City

AT_ONCE = dt.timedelta(seconds=-5)


@pytest.fixture
def db(sqlite_db):  # type: ignore[no-untyped-def]
    """One kind of database is enough here: the queries are plain."""
    return sqlite_db


@pytest.fixture(params=["folder", "bucket"])
def house_with(request: pytest.FixtureRequest, house: Installation) -> Installation:
    """The installation with its documents in either kind of store."""
    if request.param == "bucket":
        house.documents = open_documents(request.getfixturevalue("bucket"), house.settings.home)
    return house


def add_row(house: Installation, city: City, sha256: str, kind: str, made: float) -> None:
    """The row of a document made `made` days ago."""
    with house.db.write() as session:
        session.add(
            Document(
                kind=kind,
                filename="r.pdf",
                media_type="application/pdf",
                sha256=sha256,
                size=1,
                account_id=city.wang.account_id,
                created_at=clock.now() - dt.timedelta(days=made),
            )
        )


def test_old_drafts_and_files_without_a_row_go_and_everything_else_stays(house_with: Installation, city: City) -> None:
    store = house_with.documents
    old, fresh, issued, orphan = (store.put_bytes(content) for content in (b"old", b"fresh", b"issued", b"nobody's"))
    add_row(house_with, city, old, "visit_report_draft", 8)
    add_row(house_with, city, fresh, "visit_report_draft", 6)
    add_row(house_with, city, issued, "visit_report", 400)
    assert collect_documents(house_with, AT_ONCE) == Cleared(1, 2)
    assert [store.exists(sha256) for sha256 in (old, fresh, issued, orphan)] == [False, True, True, False]
    assert collect_documents(house_with, AT_ONCE) == Cleared(0, 0)


def test_a_file_that_an_old_and_a_new_draft_share_stays(house_with: Installation, city: City) -> None:
    sha256 = house_with.documents.put_bytes(b"the same")
    add_row(house_with, city, sha256, "visit_report_draft", 8)
    add_row(house_with, city, sha256, "visit_report_draft", 1)
    assert collect_documents(house_with, AT_ONCE) == Cleared(1, 0)
    assert house_with.documents.read(sha256) == b"the same"


def test_a_file_whose_row_comes_in_a_moment_stays(house_with: Installation) -> None:
    sha256 = house_with.documents.put_bytes(b"its row comes in a moment")
    assert collect_documents(house_with) == Cleared(0, 0)
    assert house_with.documents.exists(sha256)


def test_what_a_killed_worker_left_half_made_goes_after_a_day(house: Installation) -> None:
    store = house.documents
    assert isinstance(store, LocalStore)
    spool = house.settings.home / "documents" / ".spool"
    for name, days in (("tmp-a", 2), (".tmp-a.17.4711", 2), ("tmp-b", 0)):
        (spool / name).write_bytes(b"half")
        then = (dt.datetime.now(dt.UTC) - dt.timedelta(days=days)).timestamp()
        os.utime(spool / name, (then, then))
    collect_documents(house)
    assert [path.name for path in spool.iterdir()] == ["tmp-b"]
