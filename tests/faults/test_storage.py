"""A full disk and a locked database: a clear refusal in bounded time, nothing half stored, and it works again after."""

import datetime as dt
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlmodel import select, update

from audit.db import engine
from audit.db.engine import Database
from audit.db.migrate import migrate
from audit.db.models import Photo, Revision, SignIn
from audit.photos.local import LocalStore
from audit.services import clock, photos
from audit.services.sign_in import actor_of, open_session
from tests import disks
from tests.factories import found_city
from tests.field import Field, new_uuid, picture, take_the_field
from tests.hands import Hands, refusal


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 4 MB."""
    with disks.small_disk(tmp_path / "small", 4) as disk:
        yield disk


def fill(folder: Path, leave: int) -> Path:
    """A file that takes all but `leave` bytes."""
    ballast = folder / "ballast"
    with ballast.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"\0" * 4096)
        except OSError:
            pass
    with ballast.open("r+b") as file:
        file.truncate(max(0, ballast.stat().st_size - leave))
    return ballast


@pytest.mark.small_disk
def test_a_photo_on_a_full_disk_is_refused_and_nothing_is_kept(field: Field, hands: Hands, small_disk: Path) -> None:
    store = LocalStore(small_disk / "photos")
    upload = photos.Upload(new_uuid(), field.assignment_id, field.visit_id)

    def send() -> object:
        return photos.receive_photo(field.db, field.city.lin, store, hands.intake, upload, picture(3))

    ballast = fill(small_disk, leave=8192)
    assert refusal(send).code == "storage_full"
    with field.db.read() as session:
        assert session.exec(select(Photo)).all() == []
    assert list((small_disk / "photos" / ".spool").iterdir()) == []
    ballast.unlink()
    assert send().created  # type: ignore[attr-defined]


@pytest.mark.small_disk
def test_an_answer_on_a_full_disk_is_refused_and_reading_goes_on(small_disk: Path) -> None:
    db = Database(f"sqlite:///{small_disk / 'rounds.sqlite3'}")
    migrate(db)
    field = take_the_field(found_city(db))
    lin = field.city.lin
    kept = field.write(lin, "remarks", {"text": "之前"})
    ballast = fill(small_disk, leave=0)
    note = "满" * 9_000
    codes = {refusal(lambda: field.write(lin, "item:A01", {"rating": "pass", "note": note})).code for _ in range(3)}
    assert codes == {"storage_full"}
    with db.read() as session:
        assert [row.uuid for row in session.exec(select(Revision)).all()] == [kept.uuid]
    ballast.unlink()
    assert field.write(lin, "item:A01", {"rating": "pass", "note": note}).created
    with db.read() as session:
        assert session.execute(text("PRAGMA integrity_check")).scalar() == "ok"
    db.close()


@pytest.fixture
def impatient(sqlite_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """A SQLite database that waits a second for a lock, not ten."""
    monkeypatch.setattr(engine, "BUSY_SECONDS", 1)
    db = Database(f"sqlite:///{shutil.copy(sqlite_template, tmp_path / 'impatient.sqlite3')}")
    yield db
    db.close()


def test_a_database_locked_by_another_process_is_busy_in_bounded_time(impatient: Database) -> None:
    db = impatient
    field = take_the_field(found_city(db))
    other = create_engine(db.url, module=engine.sqlite, isolation_level="AUTOCOMMIT").connect()
    other.exec_driver_sql("BEGIN IMMEDIATE")
    begun = time.monotonic()
    error = refusal(lambda: field.write(field.city.lin, "item:A01", {"rating": "pass"}))
    assert (error.code, error.status) == ("busy", 503)
    assert time.monotonic() - begun < 10
    with db.read() as session:  # readers are not held up
        assert session.exec(select(Revision)).all() == []
    other.exec_driver_sql("ROLLBACK")
    other.close()
    assert field.write(field.city.lin, "item:A01", {"rating": "pass"}).created


def test_who_is_signed_in_stays_so_while_nothing_can_be_written(impatient: Database) -> None:
    db = impatient
    lin = found_city(db).lin
    token = open_session(db, lin.account_id, "10.0.0.1")
    with db.write() as session:
        session.exec(update(SignIn).values(seen_at=clock.now() - dt.timedelta(hours=1)))
    other = create_engine(db.url, module=engine.sqlite, isolation_level="AUTOCOMMIT").connect()
    other.exec_driver_sql("BEGIN IMMEDIATE")
    actor = actor_of(db, token)
    assert actor
    assert actor.account_id == lin.account_id
    other.exec_driver_sql("ROLLBACK")
    other.close()
