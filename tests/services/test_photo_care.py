"""Originals go after their time, orphans after a day, and nothing that a row needs."""

import datetime as dt
import os
from pathlib import Path

import pytest
import time_machine
from sqlmodel import select

from audit.db.models import Assignment, Event, Photo, Round
from audit.photos.local import LocalStore
from audit.services.photo_care import collect_photos
from tests.factories import NOW, City

DAYS = 30


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    """An empty photo store."""
    return LocalStore(tmp_path / "photos")


def _photo(city: City, store: LocalStore, uuid: str, received_at: dt.datetime, original: bytes = b"") -> Photo:
    blobs = [
        store.put_bytes(content)
        for content in (original or f"o{uuid}".encode(), b"t" + uuid.encode(), b"r" + uuid.encode())
    ]
    with city.db.write() as session:
        assignment = session.exec(select(Assignment)).first()
        if assignment is None:
            round_ = Round(code="r", name_zh="r", kind="ad_hoc", starts_on=NOW.date(), ends_on=NOW.date())
            session.add(round_)
            session.flush()
            assignment = Assignment(
                round_id=round_.id or 0,
                inspecting_id=city.organisations["yuzhong"],
                inspected_id=city.organisations["jiangbei"],
                starts_on=NOW.date(),
                ends_on=NOW.date(),
            )
            session.add(assignment)
            session.flush()
        row = Photo(
            uuid=uuid, assignment_id=assignment.id or 0, account_id=city.lin.account_id, subject="item:A01",
            sha256=blobs[0], size=1, media_type="image/jpeg", width=1, height=1, phash="0" * 16, dhash="0" * 16,
            thumbnail_sha256=blobs[1], report_sha256=blobs[2], report_width=1, report_height=1, received_at=received_at,
        )  # fmt: skip
        session.add(row)
    return row


def _age(store: LocalStore) -> None:
    """All blobs become two days older than the stopped clock."""
    then = (dt.datetime.now(dt.UTC) - dt.timedelta(days=2)).timestamp()
    for blob in list(store.blobs()):
        os.utime(store.path(blob.sha256), (then, then))


def test_an_original_goes_after_its_time_is_recorded_and_its_derivatives_stay(city: City, store: LocalStore) -> None:
    old = _photo(city, store, "old", NOW - dt.timedelta(days=DAYS, hours=1))
    new = _photo(city, store, "new", NOW - dt.timedelta(days=DAYS - 1))
    with time_machine.travel(NOW, tick=False):
        _age(store)
        assert (collect_photos(city.db, store, DAYS).originals, store.exists(old.sha256)) == (1, False)
    assert all(map(store.exists, (old.thumbnail_sha256, old.report_sha256, new.sha256, new.report_sha256)))
    with city.db.read() as session:
        deleted = session.exec(select(Event).where(Event.verb == "photo.original_deleted")).one()
        assert deleted.subject_id == "old"


def test_an_original_that_another_photo_still_needs_stays(city: City, store: LocalStore) -> None:
    _photo(city, store, "old", NOW - dt.timedelta(days=DAYS + 1), b"same bytes")
    new = _photo(city, store, "new", NOW - dt.timedelta(days=1), b"same bytes")
    with time_machine.travel(NOW, tick=False):
        _age(store)
        collect_photos(city.db, store, DAYS)
    assert store.exists(new.sha256)


def test_a_blob_without_a_row_goes_after_a_day_and_not_before(city: City, store: LocalStore) -> None:
    orphan = store.put_bytes(b"nobody refers to this")
    with time_machine.travel(NOW, tick=False):
        now = dt.datetime.now(dt.UTC).timestamp()
        os.utime(store.path(orphan), (now, now))
        assert collect_photos(city.db, store, DAYS).orphans == 0
        _age(store)
        assert collect_photos(city.db, store, DAYS).orphans == 1
    assert not store.exists(orphan)


def test_a_second_run_finds_nothing_more_to_do(city: City, store: LocalStore) -> None:
    _photo(city, store, "old", NOW - dt.timedelta(days=DAYS + 1))
    with time_machine.travel(NOW, tick=False):
        _age(store)
        collect_photos(city.db, store, DAYS)
        again = collect_photos(city.db, store, DAYS)
    assert (again.originals, again.orphans) == (0, 0)
