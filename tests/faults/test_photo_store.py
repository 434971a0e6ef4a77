"""The store keeps what it acknowledged, and nothing else: same promises for a folder and for a bucket."""

import asyncio
import hashlib
import io
import os
import threading
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from audit.errors import RoundsError
from audit.photos.bucket import S3Store
from audit.photos.choose import open_documents, open_store
from audit.photos.local import LocalStore
from audit.photos.store import PhotoStore, Spooled, collect_orphans

DATA = os.urandom(3_000_000)
SHA = hashlib.sha256(DATA).hexdigest()
UNKNOWN = "0" * 64
NO_AGE = timedelta(0)


@pytest.fixture(params=["folder", "bucket"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> PhotoStore:
    if request.param == "folder":
        return LocalStore(tmp_path / "photos")
    return S3Store(request.getfixturevalue("bucket"), tmp_path / "spool")


def spool_files(store: PhotoStore) -> list[Path]:
    return list(store._spool_folder.iterdir())


async def in_chunks(data: bytes, size: int = 65536) -> AsyncIterator[bytes]:
    for at in range(0, len(data), size):
        yield data[at : at + size]


def spooled(store: PhotoStore, data: bytes = DATA) -> Spooled:
    return asyncio.run(store.spool(in_chunks(data)))


def refused(code: str) -> "pytest.RaisesExc[RoundsError]":
    return pytest.RaisesExc(RoundsError, check=lambda error: error.code == code)


def test_what_was_put_is_read_again(store: PhotoStore, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(DATA[:1000])
    assert store.put_bytes(DATA) == SHA
    small = store.put_file(tmp_path / "file")
    assert store.read(SHA) == DATA
    assert store.read(small) == DATA[:1000]
    with store.open(SHA) as file:
        assert file.read(10) == DATA[:10]
        file.seek(-10, io.SEEK_END)
        assert file.read() == DATA[-10:]
    with store.as_file(SHA) as path:
        assert path.read_bytes() == DATA
    assert (tmp_path / "file").exists()
    assert spool_files(store) == []


def test_a_file_that_another_program_writes_is_kept_and_a_failure_leaves_nothing(store: PhotoStore) -> None:
    def write(path: Path) -> int:
        path.unlink()
        return path.write_bytes(DATA)

    length, kept = store.put_made(write)
    assert (length, kept.sha256, kept.size) == (len(DATA), SHA, len(DATA))
    assert store.read(SHA) == DATA

    def fail(path: Path) -> None:
        path.write_bytes(b"half")
        raise RoundsError("report.failed", cause="")

    with refused("report.failed"):
        store.put_made(fail)
    assert spool_files(store) == []
    assert [blob.sha256 for blob in store.blobs()] == [SHA]


def test_an_upload_is_spooled_and_kept(store: PhotoStore) -> None:
    upload = spooled(store)
    assert (upload.sha256, upload.size) == (SHA, len(DATA))
    assert not store.exists(SHA)
    assert upload.path.read_bytes() == DATA
    assert store.keep(upload, SHA) == SHA
    assert store.exists(SHA)
    assert spool_files(store) == []


def test_the_same_photo_twice_is_one_blob(store: PhotoStore) -> None:
    for _ in range(3):
        assert store.put_bytes(DATA) == SHA
    store.keep(spooled(store))
    assert [blob.sha256 for blob in store.blobs()] == [SHA]
    assert store.read(SHA) == DATA


def test_another_hash_than_announced_is_refused_and_nothing_is_stored(store: PhotoStore, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(DATA)
    with refused("photo.digest_mismatch"):
        store.put_bytes(DATA, UNKNOWN)
    with refused("photo.digest_mismatch"):
        store.put_file(tmp_path / "file", UNKNOWN)
    with refused("photo.digest_mismatch"):
        store.keep(spooled(store), UNKNOWN)
    assert list(store.blobs()) == []
    assert spool_files(store) == []


def test_what_is_not_there_is_not_found(store: PhotoStore) -> None:
    assert not store.exists(UNKNOWN)
    with refused("not_found"):
        store.read(UNKNOWN)
    with refused("not_found"), store.as_file(UNKNOWN):
        pass
    store.delete(UNKNOWN)
    assert spool_files(store) == []


@pytest.mark.parametrize("name", ["", "..", "../../etc/passwd", "A" * 64, "0" * 63, "0" * 62 + "/x", "g" * 64])
def test_a_name_that_is_no_hash_never_becomes_a_path(store: PhotoStore, name: str) -> None:
    for act in (store.read, store.open, store.exists, store.delete):
        with refused("not_found"):
            act(name)


def test_a_deleted_blob_is_gone(store: PhotoStore) -> None:
    store.put_bytes(DATA)
    store.delete(SHA)
    store.delete(SHA)
    assert not store.exists(SHA)
    assert list(store.blobs()) == []


def test_an_upload_over_the_limit_is_refused_as_soon_as_it_is(store: PhotoStore) -> None:
    seen = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal seen
        while True:
            seen += 65536
            yield b"\0" * 65536

    with refused("photo.too_big"):
        asyncio.run(store.spool(endless(), limit=5_000_000))
    assert seen <= 5_000_000 + 65536
    assert spool_files(store) == []
    assert asyncio.run(store.spool(in_chunks(DATA), limit=len(DATA))).size == len(DATA)


def test_an_upload_that_breaks_off_leaves_nothing(store: PhotoStore) -> None:
    async def broken() -> AsyncIterator[bytes]:
        for _ in range(60):
            yield b"\0" * 65536
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        asyncio.run(store.spool(broken()))
    assert spool_files(store) == []


def test_an_upload_that_is_cancelled_leaves_nothing(store: PhotoStore) -> None:
    async def slow() -> AsyncIterator[bytes]:
        while True:
            yield b"\0" * 300_000
            await asyncio.sleep(0)

    async def give_up() -> None:
        task = asyncio.create_task(store.spool(slow(), limit=10**12))
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(give_up())
    assert spool_files(store) == []


def test_a_discarded_upload_is_gone(store: PhotoStore) -> None:
    upload = spooled(store)
    store.discard(upload)
    store.discard(upload)
    assert spool_files(store) == []


def test_only_orphans_are_collected(store: PhotoStore) -> None:
    kept, lost = store.put_bytes(b"kept"), store.put_bytes(b"lost")
    assert collect_orphans(store, lambda sha256: sha256 == kept) == []  # neither is a day old
    assert collect_orphans(store, lambda sha256: sha256 == kept, NO_AGE - timedelta(seconds=5)) == [lost]
    assert [blob.sha256 for blob in store.blobs()] == [kept]


def test_a_blob_that_gains_a_row_meanwhile_is_not_collected(store: PhotoStore) -> None:
    sha256 = store.put_bytes(DATA)
    answers = iter([False, True])
    assert collect_orphans(store, lambda _: next(answers), NO_AGE - timedelta(seconds=5)) == []
    assert store.exists(sha256)


def test_a_blob_put_again_since_the_listing_is_not_collected(store: PhotoStore) -> None:
    sha256 = store.put_bytes(DATA)
    assert not store.delete_orphan(sha256, datetime.now(UTC) - timedelta(hours=24), lambda _: False)
    assert not store.delete_orphan(UNKNOWN, datetime.now(UTC), lambda _: False)
    assert store.exists(sha256)


def test_spool_files_of_dead_uploads_are_collected_after_a_day(store: PhotoStore) -> None:
    dead, alive = spooled(store, b"dead"), spooled(store, b"alive")
    yesterday = datetime.now(UTC).timestamp() - 25 * 3600
    os.utime(dead.path, (yesterday, yesterday))
    collect_orphans(store, lambda _: False)
    assert spool_files(store) == [alive.path]


def test_a_bucket_that_does_not_answer_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    store = S3Store("s3://photos?endpoint=http://127.0.0.1:9", tmp_path / "spool")
    for act in (lambda: store.put_bytes(DATA), lambda: store.exists(SHA)):
        with refused("photo.store_unreachable"):
            act()
    assert spool_files(store) == []


def test_a_bucket_that_is_not_there_is_not_taken_for_a_missing_photo(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, s3_endpoint: str
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    store = S3Store(f"s3://never-made?endpoint={s3_endpoint}", tmp_path / "spool")
    with refused("photo.store_unreachable"):
        store.put_bytes(DATA)


@pytest.mark.parametrize("address", ["s3://", "s3://bucket?endpont=x", "s3:///prefix", "https://bucket"])
def test_an_address_that_is_no_bucket_is_refused_at_the_start(tmp_path: Path, address: str) -> None:
    with refused("settings.unsafe"):
        S3Store(address, tmp_path / "spool")


def test_the_setting_chooses_the_store(tmp_path: Path) -> None:
    for setting, folder in (("", tmp_path / "photos"), (str(tmp_path / "else"), tmp_path / "else")):
        store = open_store(setting, tmp_path)
        assert isinstance(store, LocalStore)
        assert store.path(SHA) == folder / SHA[:2] / SHA[2:4] / SHA
    assert isinstance(open_store("s3://bucket/prefix", tmp_path), S3Store)


@pytest.mark.parametrize("place", ["data folder", "folder", "bucket"])
def test_documents_lie_beside_the_photos_and_neither_collector_sees_the_others_blobs(
    request: pytest.FixtureRequest, tmp_path: Path, place: str
) -> None:
    settings = {"data folder": lambda: "", "folder": lambda: str(tmp_path / "shared")}
    setting = settings.get(place, lambda: request.getfixturevalue("bucket"))()
    photos, documents = open_store(setting, tmp_path), open_documents(setting, tmp_path)
    photo, document = photos.put_bytes(b"photo"), documents.put_bytes(b"document")
    assert not photos.exists(document)
    assert not documents.exists(photo)
    assert [blob.sha256 for blob in photos.blobs()] == [photo]
    assert collect_orphans(photos, lambda _: False, NO_AGE - timedelta(seconds=5)) == [photo]
    assert documents.read(document) == b"document"
    if place == "folder":
        assert (tmp_path / "shared" / "documents" / document[:2] / document[2:4] / document).is_file()


def test_a_blob_put_again_becomes_young_and_whole(tmp_path: Path) -> None:
    store = LocalStore(tmp_path)
    path = store.path(store.put_bytes(DATA))
    path.write_bytes(b"the disk ate it")
    os.utime(path, (1, 1))
    store.put_bytes(DATA)
    assert path.read_bytes() == DATA
    assert path.stat().st_mtime > 1000
    assert [found.name for found in path.parent.iterdir()] == [SHA]


def test_photos_are_readable_by_the_servers_account_only(tmp_path: Path) -> None:
    store = LocalStore(tmp_path)
    assert store.path(store.put_bytes(DATA)).stat().st_mode & 0o077 == 0


def test_a_photo_put_again_while_the_collector_decides_is_there_afterwards(tmp_path: Path) -> None:
    store = LocalStore(tmp_path)
    path = store.path(store.put_bytes(DATA))
    os.utime(path, (1, 1))
    again = threading.Thread(target=store.put_bytes, args=(DATA,))

    def nobody_refers(_: str) -> bool:
        # The collector has looked for the last time and will delete; whoever puts now must not be told "stored" yet.
        again.start()
        again.join(0.3)
        assert again.is_alive()
        return False

    assert store.delete_orphan(SHA, datetime.now(UTC), nobody_refers)
    again.join()
    assert store.read(SHA) == DATA
