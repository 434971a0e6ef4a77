"""Where photos and documents lie: content-addressed blobs that, once acknowledged, survive `kill -9` and a power cut.

Each kind has a store of its own (`audit.photos.choose`), since each has its own rows to be asked before a blob goes.

A blob's name is the SHA-256 of its bytes, so the same photo is stored once and a blob never changes. Every way in goes
through a spool file that is hashed while it is written. The row that refers to a blob is written after the blob, hence
blobs without a row exist for a while; `collect_orphans` takes those that nobody refers to after a day.
"""

import asyncio
import contextlib
import errno
import hashlib
import os
import tempfile
import threading
from abc import ABC, abstractmethod
from collections.abc import AsyncIterable, Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO, TypeVar

from audit.domain.photos import MAX_BYTES
from audit.errors import RoundsError

ORPHAN_AGE = timedelta(hours=24)
_CHUNK = 2 * 1024 * 1024
Made = TypeVar("Made")


@dataclass(frozen=True)
class Spooled:
    """A file of our own that holds bytes received so far nowhere else, with the hash they had on their way in."""

    path: Path
    sha256: str
    size: int


@dataclass(frozen=True)
class Blob:
    """One stored blob; `modified_at` (aware) is the last time somebody put it."""

    sha256: str
    modified_at: datetime


class PhotoStore(ABC):
    """The store's interface. `sha256` is always 64 lower-case hex digits; an unknown one raises `not_found`.

    Everything but `spool` blocks; call it in a thread. A full disk raises `storage_full`, with nothing left behind.
    """

    def __init__(self, spool_folder: Path) -> None:
        self._spool_folder = spool_folder
        spool_folder.mkdir(parents=True, exist_ok=True)

    async def spool(self, chunks: AsyncIterable[bytes], limit: int = MAX_BYTES) -> Spooled:
        """Receive an upload into a spool file, holding about 2 MB of it in memory.

        Hand the result to `keep` or `discard`. Raises `photo.too_big` as soon as `limit` bytes are passed; whatever
        goes wrong, also a broken connection, removes the file.
        """
        writer = _SpoolWriter(self._spool_folder)
        try:
            waiting: list[bytes] = []
            held = 0
            async for chunk in chunks:
                waiting.append(chunk)
                held += len(chunk)
                if writer.size + held > limit:
                    raise RoundsError("photo.too_big", limit=limit // 1024 // 1024)
                if held >= _CHUNK:
                    await asyncio.to_thread(writer.write, waiting)
                    waiting, held = [], 0
            await asyncio.to_thread(writer.write, waiting)
            return writer.finish()
        except BaseException:
            writer.abandon()
            raise

    def discard(self, spooled: Spooled) -> None:
        """Remove a spool file that is not to be kept. Nothing happens if it is gone or was kept."""
        spooled.path.unlink(missing_ok=True)

    def put_bytes(self, data: bytes, sha256: str | None = None) -> str:
        """Store `data`; answers its SHA-256. Raises `photo.digest_mismatch` if `sha256` is given and is another."""
        return self.keep(self._spool_now([data]), sha256)

    def put_file(self, path: Path, sha256: str | None = None) -> str:
        """Store a copy of the file; otherwise like `put_bytes`."""
        with path.open("rb") as file:
            return self.keep(self._spool_now(iter(lambda: file.read(_CHUNK), b"")), sha256)

    def put_made(self, make: Callable[[Path], Made]) -> tuple[Made, Spooled]:
        """Store the file that `make` writes at the path it is given, without a copy; what it answered, hash and size.

        Whatever it raises leaves nothing behind.
        """
        with disk_full_is_an_answer():
            handle, name = tempfile.mkstemp(dir=self._spool_folder)
            os.close(handle)
        path = Path(name)
        try:
            made = make(path)
            path.chmod(0o600)  # `make` may have put another file in the place of ours
            with path.open("rb") as file:
                sha256 = hashlib.file_digest(file, "sha256").hexdigest()
                spooled = Spooled(path, sha256, os.fstat(file.fileno()).st_size)
            self.keep(spooled)
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        return made, spooled

    def keep(self, spooled: Spooled, sha256: str | None = None) -> str:
        """Store a spool file, which is used up by it, also on failure; otherwise like `put_bytes`."""
        try:
            if sha256 is not None and sha256 != spooled.sha256:
                raise RoundsError("photo.digest_mismatch")
            with disk_full_is_an_answer():
                self._keep(spooled)
        except BaseException:
            self.discard(spooled)
            raise
        return spooled.sha256

    def read(self, sha256: str) -> bytes:
        """All bytes of a blob."""
        with self.open(sha256) as file:
            return file.read()

    @abstractmethod
    def _keep(self, spooled: Spooled) -> None: ...

    @abstractmethod
    def open(self, sha256: str) -> BinaryIO:
        """A blob for reading."""

    @abstractmethod
    def as_file(self, sha256: str) -> AbstractContextManager[Path]:
        """A blob as a file on this machine, to be read only, and only inside the `with`."""

    @abstractmethod
    def exists(self, sha256: str) -> bool:
        """Whether the blob is there."""

    @abstractmethod
    def delete(self, sha256: str) -> None:
        """Delete a blob. Nothing happens if it is not there."""

    @abstractmethod
    def blobs(self) -> Iterator[Blob]:
        """All blobs, in no particular order."""

    @abstractmethod
    def delete_orphan(self, sha256: str, before: datetime, is_referenced: Callable[[str], bool]) -> bool:
        """Delete a blob if nobody put it since `before` and nobody refers to it; answers whether it was deleted."""

    def _spool_now(self, chunks: Iterable[bytes]) -> Spooled:
        writer = _SpoolWriter(self._spool_folder)
        try:
            writer.write(chunks)
            return writer.finish()
        except BaseException:
            writer.abandon()
            raise

    def _spool_files_before(self, before: datetime) -> Iterator[Path]:
        for path in self._spool_folder.iterdir():
            with contextlib.suppress(FileNotFoundError):
                if path.stat().st_mtime < before.timestamp():
                    yield path


def collect_orphans(
    store: PhotoStore, is_referenced: Callable[[str], bool], older_than: timedelta = ORPHAN_AGE
) -> list[str]:
    """Delete blobs that nobody put for `older_than` and nobody refers to; answers their hashes.

    `is_referenced` is asked again for each blob right before it is deleted. Spool files of uploads that died are
    removed as well.
    """
    before = datetime.now(UTC) - older_than
    for path in store._spool_files_before(before):
        path.unlink(missing_ok=True)
    return [
        blob.sha256
        for blob in store.blobs()
        if blob.modified_at < before
        and not is_referenced(blob.sha256)
        and store.delete_orphan(blob.sha256, before, is_referenced)
    ]


def is_blob_name(name: str) -> bool:
    """Whether a name is a SHA-256 in lower-case hex: nothing else is ever made into a path or key."""
    return len(name) == 64 and all(character in "0123456789abcdef" for character in name)


class _SpoolWriter:
    """One spool file while it is written. Readable by our own account only: it may show people."""

    def __init__(self, folder: Path) -> None:
        with disk_full_is_an_answer():
            handle, name = tempfile.mkstemp(dir=folder)
        self._path = Path(name)
        self._file = os.fdopen(handle, "wb", buffering=0)
        self._digest = hashlib.sha256()
        # A cancelled upload is abandoned while a thread may still be writing: the file must not be closed under it.
        self._lock = threading.Lock()
        self.size = 0

    def write(self, chunks: Iterable[bytes]) -> None:
        with self._lock, disk_full_is_an_answer():
            for chunk in chunks:
                self._digest.update(chunk)
                rest = memoryview(chunk)
                while rest:  # a disk that fills up takes a part first, and refuses only then
                    rest = rest[self._file.write(rest) :]
                self.size += len(chunk)

    def finish(self) -> Spooled:
        with disk_full_is_an_answer():
            self._file.close()
        return Spooled(self._path, self._digest.hexdigest(), self.size)

    def abandon(self) -> None:
        self._path.unlink(missing_ok=True)
        with self._lock:
            self._file.close()


@contextlib.contextmanager
def disk_full_is_an_answer() -> Iterator[None]:
    """Turn "no space left" of the block into `storage_full`."""
    try:
        yield
    except OSError as failure:
        if failure.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise RoundsError("storage_full") from failure
        raise
