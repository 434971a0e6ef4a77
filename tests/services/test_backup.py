"""A backup made while others write is restored exactly; a half one is never taken for a whole one."""

import itertools
import os
import shutil
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from audit.db import snapshot
from audit.db.engine import Database
from audit.db.models import Document
from audit.errors import RoundsError
from audit.photos.local import LocalStore
from audit.services import backup, clock, heads, trust
from audit.services.installation import Installation
from audit.services.work import unit_of_work
from tests.factories import City

_numbers = itertools.count()


@pytest.fixture
def filled(city: City, house: Installation) -> Installation:
    """An installation with two documents, an orphan and a noted head."""
    for content in (b"first", b"second"):
        add_document(house, city, content)
    house.documents.put_bytes(b"an orphan needs no backup")
    heads.note(house.db, house.settings)
    return house


def add_document(house: Installation, city: City, content: bytes) -> None:
    """A stored file, and its row with its event."""
    sha256 = house.documents.put_bytes(content)
    with unit_of_work(house.db, city.wang) as work:
        row = Document(
            kind="visit_report",
            filename="报告.pdf",
            media_type="application/pdf",
            sha256=sha256,
            size=len(content),
            account_id=city.wang.account_id,
            created_at=clock.now(),
        )
        work.session.add(row)
        work.session.flush()
        work.record("test.made", "document", row.id)


@pytest.fixture
def empty(house: Installation, tmp_path: Path, request: pytest.FixtureRequest) -> Callable[[], Installation]:
    """A maker of empty installations on the same kind of database."""

    def make() -> Installation:
        made = next(_numbers)
        home = tmp_path / f"other{made}"
        home.mkdir()
        url = f"sqlite:///{home / 'rounds.sqlite3'}"
        if not house.db.is_sqlite:
            address = request.getfixturevalue("postgres_server")
            name = f"r{os.getpid()}_{made}"
            with create_engine(address, isolation_level="AUTOCOMMIT").connect() as connection:
                connection.execute(text(f"CREATE DATABASE {name} TEMPLATE template0"))
            url = address.replace("/postgres?", f"/{name}?")
        return Installation(house.settings.model_copy(update={"home": home, "database_url": url}))

    return make


def rows(db: Database) -> dict[str, list[str]]:
    """Every row of every table, as text."""
    with db.reader.connect() as connection:
        return {
            table: sorted(map(str, connection.execute(text(f'SELECT * FROM "{table}"')).all()))
            for table in snapshot.counts(db)
        }


def test_a_restored_installation_is_the_one_that_was_backed_up(
    filled: Installation, city: City, empty: Callable[[], Installation], tmp_path: Path
) -> None:
    made = backup.make(filled, tmp_path / "copies")
    assert (made.copied, made.missing) == (2, [])
    other = empty()
    manifest = backup.restore(other, tmp_path / "copies")
    assert manifest == made.manifest
    assert rows(other.db) == rows(filled.db)
    verdict = trust.verify(other, deep=True)
    assert (verdict.faults, verdict.documents, verdict.heads) == ((), 2, 1)
    add_document(other, city, b"life goes on: numbers of new rows do not collide")
    assert trust.verify(other).faults == ()
    other.close()


def test_a_backup_during_writes_is_one_instant(
    filled: Installation, city: City, empty: Callable[[], Installation], tmp_path: Path
) -> None:
    over = threading.Event()
    written = threading.Event()

    def write() -> None:
        number = 0
        while not over.is_set():
            add_document(filled, city, f"document {number}".encode())
            number += 1
            if number == 20:
                written.set()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        assert written.wait(20)
        made = [backup.make(filled, tmp_path / "copies") for _ in range(3)]
    finally:
        over.set()
        writer.join()
    assert made[0].manifest["chain"]["seq"] < made[2].manifest["chain"]["seq"]
    assert made[1].copied < made[0].copied + 2 + made[1].manifest["chain"]["seq"]
    for one in made:
        assert one.missing == []
        other = empty()
        backup.restore(other, one.folder)
        assert snapshot.counts(other.db) == one.manifest["tables"]
        assert trust.verify(other, deep=True).faults == ()
        assert one.manifest["tables"]["document"] == one.manifest["tables"]["event"]
        other.close()


def test_what_is_there_already_is_not_copied_again_and_the_last_time_is_remembered(
    filled: Installation, city: City, tmp_path: Path
) -> None:
    assert backup.last(filled.settings.home) is None
    backup.make(filled, tmp_path / "copies")
    add_document(filled, city, b"third")
    second = backup.make(filled, tmp_path / "copies")
    assert second.copied == 1
    assert str(backup.last(filled.settings.home)) == second.manifest["made_at"].replace("T", " ")
    assert backup.newest(tmp_path / "copies") == second.folder


def test_a_backup_is_restored_only_into_an_empty_installation(filled: Installation, tmp_path: Path) -> None:
    backup.make(filled, tmp_path / "copies")
    before = rows(filled.db)
    with pytest.raises(RoundsError, match=r"backup\.not_empty"):
        backup.restore(filled, tmp_path / "copies")
    assert rows(filled.db) == before


@pytest.mark.parametrize("what", ["database", "blob", "other bytes"])
def test_a_damaged_backup_is_refused_by_name(
    filled: Installation, empty: Callable[[], Installation], tmp_path: Path, what: str
) -> None:
    made = backup.make(filled, tmp_path / "copies")
    store = LocalStore(tmp_path / "copies" / "documents")
    sha256 = made.manifest["documents"][0]
    if what == "database":
        name = next(name for name in made.manifest["files"] if "event" in name or "sqlite" in name)
        (made.folder / name).write_bytes(b"x")
    elif what == "blob":
        name = f"documents/{sha256}"
        store.delete(sha256)
    else:
        name = f"documents/{sha256}"
        store.path(sha256).write_bytes(b"x")
    other = empty()
    with pytest.raises(RoundsError, match=r"backup\.damaged") as refusal:
        backup.restore(other, made.folder)
    assert refusal.value.params == {"name": name}
    check = Database(other.settings.effective_database_url)
    assert snapshot.is_empty(check)  # nothing that looks like a database is left
    check.close()


def test_a_file_that_the_store_has_lost_is_named_and_the_rest_is_backed_up(
    filled: Installation, empty: Callable[[], Installation], tmp_path: Path
) -> None:
    with filled.db.read() as session:
        sha256 = session.get(Document, 1).sha256  # type: ignore[union-attr]
    filled.documents.delete(sha256)
    made = backup.make(filled, tmp_path / "copies")
    assert (made.copied, made.missing) == (1, [f"documents/{sha256}"])
    other = empty()
    backup.restore(other, made.folder)
    assert rows(other.db) == rows(filled.db)
    other.close()


def test_a_full_disk_leaves_no_half_backup(filled: Installation, city: City, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)], capture_output=True).returncode:
        pytest.skip("this machine does not let us mount a small file system")
    try:
        add_document(filled, city, b"x" * 2_000_000)
        with pytest.raises(RoundsError, match="storage_full"):
            backup.make(filled, disk)
        assert list(disk.glob("*backup*")) == list(disk.glob("half*")) == []
        assert backup.last(filled.settings.home) is None
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_a_backup_that_broke_off_is_not_taken_for_one(filled: Installation, tmp_path: Path) -> None:
    made = backup.make(filled, tmp_path / "copies")
    shutil.copytree(made.folder, tmp_path / "copies" / "half-29990101T000000.000000Z")
    assert backup.newest(tmp_path / "copies") == made.folder
    shutil.rmtree(made.folder)
    with pytest.raises(RoundsError, match=r"backup\.none"):
        backup.newest(tmp_path / "copies")
