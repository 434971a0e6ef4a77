"""The store in a folder: `<folder>/ab/cd/<sha256>`."""

import contextlib
import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from audit.errors import RoundsError
from audit.photos.store import Blob, PhotoStore, Spooled, is_blob_name

try:
    import fcntl
except ImportError:  # Windows has no such locks; there the collector must not run beside the server
    fcntl = None  # type: ignore[assignment]


class LocalStore(PhotoStore):
    """Blobs in a folder of one machine.

    The spool lies inside, so that a blob gets its name by a rename within one file system: under its final name a blob
    is whole or not there.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()
        super().__init__(self._folder / ".spool")

    def path(self, sha256: str) -> Path:
        """Where a blob lies, whether it is there or not."""
        if not is_blob_name(sha256):
            raise RoundsError("not_found")
        return self._folder / sha256[:2] / sha256[2:4] / sha256

    def _keep(self, spooled: Spooled) -> None:
        target = self.path(spooled.sha256)
        target.parent.mkdir(parents=True, exist_ok=True)
        # 1. The bytes are on the disk before anything points to them.
        with spooled.path.open("rb") as file:
            os.fsync(file.fileno())
        # 2. The name appears in one step. A blob that is there already is replaced by the same bytes: that makes it
        #    young for the collector, and heals it should the disk have eaten it.
        with self._lock(exclusive=False):
            spooled.path.replace(target)
        # 3. The name is on the disk, and so are the folders' names, whoever made them: only now may we say "received".
        for folder in (target.parent, target.parent.parent, self._folder):
            _sync_folder(folder)

    def open(self, sha256: str) -> BinaryIO:
        try:
            return self.path(sha256).open("rb")
        except FileNotFoundError:
            raise RoundsError("not_found") from None

    @contextlib.contextmanager
    def as_file(self, sha256: str) -> Iterator[Path]:
        if not self.exists(sha256):
            raise RoundsError("not_found")
        yield self.path(sha256)

    def exists(self, sha256: str) -> bool:
        return self.path(sha256).is_file()

    def delete(self, sha256: str) -> None:
        self.path(sha256).unlink(missing_ok=True)

    def blobs(self) -> Iterator[Blob]:
        for path in self._folder.glob("[0-9a-f][0-9a-f]/[0-9a-f][0-9a-f]/*"):
            if is_blob_name(path.name):
                with contextlib.suppress(FileNotFoundError):
                    yield Blob(path.name, datetime.fromtimestamp(path.stat().st_mtime, UTC))

    def delete_orphan(self, sha256: str, before: datetime, is_referenced: Callable[[str], bool]) -> bool:
        path = self.path(sha256)
        # Exclusive: between the last look and the deletion nobody may put this blob again and be told it is safe.
        with self._lock(exclusive=True):
            try:
                young = path.stat().st_mtime >= before.timestamp()
            except FileNotFoundError:
                return False
            if young or is_referenced(sha256):
                return False
            path.unlink()
            return True

    @contextlib.contextmanager
    def _lock(self, *, exclusive: bool) -> Iterator[None]:
        with (self._folder / ".lock").open("ab") as file:
            if fcntl is not None:
                fcntl.flock(file, fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH)
            yield  # closing the file ends the lock


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":  # a folder cannot be opened there; the file system journals names by itself
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
