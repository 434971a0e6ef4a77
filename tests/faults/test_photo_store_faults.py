"""A full disk and `kill -9` cost an answer at most, never an acknowledged photo and never half a photo."""

import asyncio
import contextlib
import hashlib
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from audit.errors import RoundsError
from audit.photos.local import LocalStore
from audit.photos.store import collect_orphans
from tests import disks

ROOT = Path(__file__).resolve().parents[2]
PUTTER = """
import os, sys
from pathlib import Path
from audit.photos.local import LocalStore
store = LocalStore(Path(sys.argv[1]))
while True:
    sha256 = store.put_bytes(os.urandom(int.from_bytes(os.urandom(3), "big") % 3_000_000))
    os.write(1, sha256.encode() + b"\\n")
"""


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 4 MB."""
    with disks.small_disk(tmp_path / "small", 4) as disk:
        yield disk


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file() and path.name != ".lock")


@pytest.mark.small_disk
def test_a_full_disk_is_told_and_nothing_is_left(small_disk: Path) -> None:
    store = LocalStore(small_disk / "photos")
    first = store.put_bytes(os.urandom(1_000_000))
    source = ROOT / "pyproject.toml"

    async def upload() -> AsyncIterator[bytes]:
        for _ in range(80):
            yield os.urandom(65536)

    for act in (lambda: store.put_bytes(os.urandom(5_000_000)), lambda: asyncio.run(store.spool(upload()))):
        with pytest.raises(RoundsError) as refused:
            act()
        assert (refused.value.code, refused.value.status) == ("storage_full", 507)
        assert files(small_disk) == [first]
    assert len(store.read(first)) == 1_000_000
    assert store.read(store.put_file(source)) == source.read_bytes()  # what fits is still taken


@pytest.mark.small_disk
def test_a_disk_that_is_full_to_the_last_byte_recovers(small_disk: Path) -> None:
    store = LocalStore(small_disk / "photos")
    filler = small_disk / "filler"
    with contextlib.suppress(OSError):
        filler.write_bytes(b"\0" * 8_000_000)
    with pytest.raises(RoundsError) as refused:
        store.put_bytes(os.urandom(5000))
    assert refused.value.code == "storage_full"
    assert files(small_disk) == ["filler"]
    filler.unlink()
    assert store.exists(store.put_bytes(os.urandom(5000)))


def test_kill_9_while_storing_loses_nothing_acknowledged_and_leaves_no_half_blob(tmp_path: Path) -> None:
    chance = random.Random(9)
    acknowledged: list[str] = []
    for _ in range(12):
        process = subprocess.Popen(
            [sys.executable, "-c", PUTTER, str(tmp_path)],
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        assert process.stdout is not None
        acknowledged.append(process.stdout.readline().decode().strip())
        time.sleep(chance.uniform(0, 0.08))
        process.send_signal(signal.SIGKILL)
        acknowledged += [line for line in process.stdout.read().decode().split() if len(line) == 64]
        process.wait()
        process.stdout.close()
    store = LocalStore(tmp_path)
    stored = {blob.sha256 for blob in store.blobs()}
    assert stored >= set(acknowledged)
    assert len(acknowledged) >= 12
    for sha256 in stored:
        assert hashlib.sha256(store.read(sha256)).hexdigest() == sha256
    collect_orphans(store, stored.__contains__, timedelta(seconds=-5))
    assert files(tmp_path) == sorted(stored)


def test_bytes_folder_and_name_are_on_the_disk_before_the_acknowledgement(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A kill does not show a power cut; the order of the calls does: fsync of the file, rename, fsync of each folder.
    store, order = LocalStore(tmp_path), []
    real_fsync, real_replace = os.fsync, Path.replace

    def fsync(handle: int) -> None:
        order.append(("fsync", Path(os.readlink(f"/proc/self/fd/{handle}"))))
        real_fsync(handle)

    def replace(path: Path, target: Path) -> Path:
        order.append(("rename", path))
        return real_replace(path, target)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(Path, "replace", replace)
    blob = store.path(store.put_bytes(b"photo"))
    spool = order[0][1]
    assert spool.parent == tmp_path / ".spool"
    assert order == [
        ("fsync", spool),
        ("rename", spool),
        ("fsync", blob.parent),
        ("fsync", blob.parent.parent),
        ("fsync", tmp_path),
    ]
