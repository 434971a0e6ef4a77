"""A backup made while others write is restored exactly; a half one is never taken for a whole one."""

import datetime as dt
import hashlib
import itertools
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import text

from audit.config import PROJECT
from audit.db import snapshot
from audit.db.engine import Database
from audit.db.models import Document, Evidence
from audit.errors import RoundsError
from audit.photos.local import LocalStore
from audit.photos.store import PhotoStore
from audit.services import backup, clock, heads, trust
from audit.services.holding import held
from audit.services.installation import Installation
from audit.services.work import unit_of_work
from tests import disks
from tests.factories import NOW, City
from tests.looping import enter_the_loop

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
            url = request.getfixturevalue("postgres_server").bare()
        return Installation(house.settings.model_copy(update={"home": home, "database_url": SecretStr(url)}))

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
    before: set[str] = set()
    for one in made:  # each copies what came since the one before it, and nothing else
        documents = set(one.manifest["documents"])
        assert before <= documents
        assert one.copied == len(documents - before)
        before = documents
    assert len(before) == made[2].manifest["tables"]["document"]
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


@pytest.mark.small_disk
def test_a_full_disk_leaves_no_half_backup(filled: Installation, city: City, tmp_path: Path) -> None:
    with disks.small_disk(tmp_path / "disk", 1) as disk:
        add_document(filled, city, b"x" * 2_000_000)
        with pytest.raises(RoundsError, match="storage_full"):
            backup.make(filled, disk)
        assert list(disk.glob("*backup*")) == list(disk.glob("half*")) == []
        assert backup.last(filled.settings.home) is None


KILLED = """
import os, sys
from pathlib import Path
from audit.services import backup
from audit.services.installation import installation
backup._small_files = lambda home, half: os.kill(os.getpid(), 9)
backup.make(installation(), Path(sys.argv[1]))
"""


def test_what_a_killed_backup_left_goes_with_the_next_one(filled: Installation, tmp_path: Path) -> None:
    copies = tmp_path / "copies"
    killed = subprocess.run([sys.executable, "-c", KILLED, str(copies)], cwd=PROJECT, check=False)
    assert killed.returncode == -9
    assert len(list(copies.glob("half-*"))) == 1
    (copies / "documents" / ".spool" / "torn").write_bytes(b"x")
    assert backup.last(filled.settings.home) is None
    made = backup.make(filled, copies)
    assert (made.copied, made.missing) == (0, [])  # what it copied whole is used
    assert sorted(path.name for path in copies.iterdir()) == [".lock", made.folder.name, "documents", "photos"]
    assert list(copies.glob("*/.spool/*")) == []


KILLED_RESTORE = """
import os, sys
from pathlib import Path
from types import SimpleNamespace
from audit.config import Settings
from audit.db import snapshot
from audit.services import backup
from audit.services.installation import Installation
copies = snapshot._copy_in
def killed(connection, table, path):
    if table.name == "event":
        os.kill(os.getpid(), 9)
    copies(connection, table, path)
snapshot._copy_in = killed
snapshot.shutil.copyfile = lambda source, target, **_: (Path(target).write_bytes(b"half"), os.kill(os.getpid(), 9))
backup.restore(Installation(Settings(home=Path(sys.argv[2]), database_url=sys.argv[3])), Path(sys.argv[1]))
"""


def test_a_restore_that_was_killed_halfway_is_simply_made_again(
    filled: Installation, empty: Callable[[], Installation], tmp_path: Path
) -> None:
    made, other = backup.make(filled, tmp_path / "copies"), empty()
    place = (str(made.folder), str(other.settings.home), other.settings.effective_database_url)
    killed = subprocess.run([sys.executable, "-c", KILLED_RESTORE, *place], cwd=PROJECT, check=False)
    assert killed.returncode == -9
    backup.restore(other, made.folder)
    assert rows(other.db) == rows(filled.db)
    other.close()


def test_a_second_backup_into_the_same_folder_does_not_harm_the_first(filled: Installation, tmp_path: Path) -> None:
    copies = tmp_path / "copies"
    with held(copies, "backup.running"), pytest.raises(RoundsError, match=r"backup\.running"):
        backup.make(filled, copies)
    assert backup.make(filled, copies).missing == []


def test_a_file_that_retention_takes_during_the_backup_is_no_loss(
    filled: Installation, empty: Callable[[], Installation], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with filled.db.read() as session:
        taken = session.get(Document, 1).sha256  # type: ignore[union-attr]
    copy_blobs = backup._blobs

    def copy_after_retention(store: PhotoStore, copy: PhotoStore, needed: set[str]) -> tuple[int, list[str]]:
        if store is filled.documents and store.exists(taken):
            with unit_of_work(filled.db, None) as work:
                work.session.delete(work.session.get(Document, 1))
                work.record("report.drafts_deleted", "document", 1, count=1)
            store.delete(taken)
        return copy_blobs(store, copy, needed)

    monkeypatch.setattr(backup, "_blobs", copy_after_retention)
    made = backup.make(filled, tmp_path / "copies")
    assert (made.missing, made.copied, taken in made.manifest["documents"]) == ([], 1, False)
    other = empty()
    backup.restore(other, made.folder)
    assert trust.verify(other, deep=True).faults == ()
    other.close()


def test_evidence_of_the_branches_is_backed_up_and_verified(
    filled: Installation, city: City, empty: Callable[[], Installation], tmp_path: Path
) -> None:
    photo = {name: filled.photos.put_bytes(name.encode()) for name in ("sha256", "thumbnail_sha256", "report_sha256")}
    paper = filled.documents.put_bytes(b"%PDF of a training")
    finding = enter_the_loop(city).draft()
    with unit_of_work(city.db, city.wang) as work:
        for number, (kind, names) in enumerate((("photo", photo), ("pdf", {"sha256": paper}))):
            place = {"finding_id": finding, "cycle": 1, "subject": "rectification"}
            work.session.add(
                Evidence(uuid=f"e{number}", kind=kind, media_type="x/x", size=1, received_at=NOW, **place, **names)
            )
    made = backup.make(filled, tmp_path / "copies")
    assert set(made.manifest["photos"]) == set(photo.values())
    assert paper in made.manifest["documents"]
    other = empty()
    backup.restore(other, made.folder)
    assert trust.verify(other, deep=True).faults == ()
    other.documents.delete(paper)
    other.photos.delete(photo["sha256"])
    assert set(trust.verify(other).faults) == {
        f"evidence file {paper}: the file is missing", f"photo {photo['sha256']}: the file is missing",
    }  # fmt: skip
    other.close()


def test_a_bucket_is_backed_up_and_restored_into_another(
    filled: Installation, city: City, empty: Callable[[], Installation], bucket: str, tmp_path: Path
) -> None:
    def in_bucket(house: Installation, prefix: str) -> Installation:
        place = bucket.replace("/rounds/", f"/{prefix}/")
        return Installation(house.settings.model_copy(update={"photo_store": place}))

    house = in_bucket(filled, "first")
    add_document(house, city, b"in the bucket")
    made = backup.make(house, tmp_path / "copies")
    assert (made.copied, len(made.missing)) == (1, 2)  # the two others lie in the folder, not in the bucket
    other = in_bucket(empty(), "second")
    backup.restore(other, made.folder)
    assert rows(other.db) == rows(filled.db)
    assert other.documents.read(hashlib.sha256(b"in the bucket").hexdigest()) == b"in the bucket"
    assert len(trust.verify(other, deep=True).faults) == 2
    for one in (house, other):
        one.close()


def test_the_age_of_the_last_backup_warns_after_26_hours_or_when_there_was_none(
    filled: Installation, city: City, tmp_path: Path
) -> None:
    settings, admin = filled.settings, city.adam
    assert backup.standing_for(settings, admin) == backup.Standing(None, None)
    assert backup.standing_for(settings, admin).late
    with clock.stopped(NOW):
        backup.make(filled, tmp_path / "copies")
    for hours, late in ((0, False), (26, False), (26.01, True), (300, True)):
        with clock.stopped(NOW + dt.timedelta(hours=hours)):
            standing = backup.standing_for(settings, admin)
            assert (standing.at, standing.late) == (NOW, late), hours
    with pytest.raises(RoundsError, match="forbidden"):
        backup.standing_for(settings, city.wang)


def test_a_backup_that_broke_off_is_not_taken_for_one(filled: Installation, tmp_path: Path) -> None:
    made = backup.make(filled, tmp_path / "copies")
    shutil.copytree(made.folder, tmp_path / "copies" / "half-29990101T000000.000000Z")
    assert backup.newest(tmp_path / "copies") == made.folder
    shutil.rmtree(made.folder)
    with pytest.raises(RoundsError, match=r"backup\.none"):
        backup.newest(tmp_path / "copies")
