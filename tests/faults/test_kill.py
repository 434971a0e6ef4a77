"""`kill -9` of the server while eight tablets upload: what was acknowledged is there, nothing is half there."""

import hashlib
import random
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlmodel import func, select

from audit.db.models import Event, Photo, Revision
from audit.domain.events import FIRST, Happening, link
from audit.photos.local import LocalStore
from audit.services.sign_in import open_session
from tests.factories import found_city
from tests.faults.server import Server, Tablet, WholeServer
from tests.field import Field, take_the_field


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_five_kills_lose_nothing_that_was_acknowledged(kind: str, new_database: Any, tmp_path: Path) -> None:
    kill_again_and_again(kind, new_database, tmp_path, rounds=5)


@pytest.mark.timeout(600)
def test_the_whole_application_with_its_pages_and_jobs_is_killed(new_database: Any, tmp_path: Path) -> None:
    kill_again_and_again("sqlite", new_database, tmp_path, rounds=2, made=WholeServer)


@pytest.mark.faults
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_hundred_kills_lose_nothing_that_was_acknowledged(kind: str, new_database: Any, tmp_path: Path) -> None:
    kill_again_and_again(kind, new_database, tmp_path, rounds=100)


@pytest.mark.faults
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_the_whole_application_is_killed_twenty_times(kind: str, new_database: Any, tmp_path: Path) -> None:
    kill_again_and_again(kind, new_database, tmp_path, rounds=20, made=WholeServer)


def kill_again_and_again(
    kind: str, new_database: Any, tmp_path: Path, rounds: int, made: type[Server | WholeServer] = Server
) -> None:
    field = take_the_field(found_city(new_database(kind)))
    server = made(tmp_path / "home", field.db.url)
    people = (field.city.lin, field.city.zhao)
    tablets = [
        Tablet(server.address, open_session(field.db, people[number % 2].account_id, "127.0.0.1"),
               field.assignment_id, field.visit_id, number)
        for number in range(8)
    ]  # fmt: skip
    server.start()
    threads = [threading.Thread(target=tablet.run) for tablet in tablets]
    for thread in threads:
        thread.start()
    try:
        for _ in range(rounds):
            wait_for_a_receipt(tablets)
            time.sleep(random.uniform(0, 2))
            server.kill()
            server.start()
        wait_for_a_receipt(tablets, photos=True)  # the last one too has to serve
    finally:
        for tablet in tablets:
            tablet.stop.set()
        server.close()
        for thread in threads:
            thread.join(60)
    check(field, LocalStore(tmp_path / "home" / "photos"), tablets)


def wait_for_a_receipt(tablets: list[Tablet], photos: bool = False, seconds: float = 30) -> None:
    """Until a tablet has one more receipt: of anything, or of a photo."""

    def count() -> int:
        return sum(len(tablet.photos) + (0 if photos else len(tablet.revisions)) for tablet in tablets)

    before, until = count(), time.monotonic() + seconds
    while count() == before and time.monotonic() < until:
        time.sleep(0.01)


def check(field: Field, store: LocalStore, tablets: list[Tablet]) -> None:
    revisions = {uuid: note for tablet in tablets for uuid, note in tablet.revisions.items()}
    photos = {uuid: sha256 for tablet in tablets for uuid, sha256 in tablet.photos.items()}
    assert [refusal for tablet in tablets for refusal in tablet.refused] == []
    assert len(revisions) > 20
    assert photos
    with field.db.read() as session:
        if field.db.is_sqlite:
            assert session.execute(text("PRAGMA integrity_check")).scalar() == "ok"
        kept = {row.uuid: row.body["note"] for row in session.exec(select(Revision)).all()}
        rows = session.exec(select(Photo)).all()
        received = {
            verb: session.exec(select(func.count()).where(Event.verb == verb)).one()
            for verb in ("revision.received", "photo.received")
        }
        events = session.exec(select(Event).order_by(Event.seq)).all()
    assert revisions.items() <= kept.items(), "an acknowledged answer is missing"
    assert photos.items() <= {row.uuid: row.sha256 for row in rows}.items(), "an acknowledged photo is missing"
    for row in rows:
        assert hashlib.sha256(store.read(row.sha256)).hexdigest() == row.sha256
        assert store.read(row.report_sha256)[:2] == store.read(row.thumbnail_sha256)[:2] == b"\xff\xd8"
    assert received == {"revision.received": len(kept), "photo.received": len(rows)}, "half a transaction"
    assert {*kept, *(row.uuid for row in rows)} <= {uuid for tablet in tablets for uuid in tablet.sent}
    check_chain(events)


def check_chain(events: list[Event]) -> None:
    previous = FIRST
    for event in events:
        happening = Happening(
            event.at, event.account_id, event.device, event.verb, event.subject_kind, event.subject_id, event.data
        )
        assert event.previous_sha256 == previous
        assert event.sha256 == link(previous, event.seq, happening)
        previous = event.sha256
