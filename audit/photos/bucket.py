"""The store in an S3 bucket, for several machines: `s3://bucket/prefix/ab/cd/<sha256>`."""

import contextlib
import os
import tempfile
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import parse_qs, urlsplit

import obstore
from obstore.exceptions import BaseError, NotFoundError
from obstore.store import S3Store as Bucket

from audit.errors import RoundsError
from audit.photos.store import Blob, PhotoStore, Spooled, disk_full_is_an_answer, is_blob_name


class S3Store(PhotoStore):
    """Blobs in a bucket.

    `address`: `s3://bucket/prefix?endpoint=https://…&region=…`; the prefix and both parameters may be missing.
    Keys come from the environment (`AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, or the machine's role).
    `spool_folder` is on this machine; `below` is added to the prefix.
    A bucket that does not answer raises `photo.store_unreachable`.
    """

    def __init__(self, address: str, spool_folder: Path, below: str = "") -> None:
        super().__init__(spool_folder)
        parts = urlsplit(address)
        options = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        if parts.scheme != "s3" or not parts.netloc or options.keys() - {"endpoint", "region"}:
            raise RoundsError("settings.unsafe", name="photo_store", reason="s3://bucket/prefix?endpoint=…&region=…")
        settings: dict[str, Any] = {"region": options.get("region", "us-east-1")}
        if "endpoint" in options:
            settings["endpoint"] = options["endpoint"]
        self._bucket = Bucket(
            parts.netloc,
            prefix="/".join(part for part in (parts.path.strip("/"), below) if part) or None,
            client_options={
                "allow_http": options.get("endpoint", "").startswith("http://"),
                "connect_timeout": timedelta(seconds=5),
                "timeout": timedelta(seconds=60),
            },
            # The tablet tries again by itself: a request must not hang for the library's three minutes.
            retry_config={"max_retries": 3, "retry_timeout": timedelta(seconds=15)},
            **settings,
        )

    def _keep(self, spooled: Spooled) -> None:
        try:
            with _reached():
                obstore.put(self._bucket, _key(spooled.sha256), spooled.path)
        except RoundsError as refusal:
            # What is "not found" when a blob is put is the bucket itself.
            raise RoundsError("photo.store_unreachable") from refusal
        self.discard(spooled)

    def open(self, sha256: str) -> BinaryIO:
        # A file, not a stream: a reader that stalls must not hold a connection to the bucket.
        file = tempfile.TemporaryFile(dir=self._spool_folder)  # noqa: SIM115 - the caller closes it
        try:
            self._download(sha256, file)
        except BaseException:
            file.close()
            raise
        file.seek(0)
        return file  # type: ignore[return-value]

    @contextlib.contextmanager
    def as_file(self, sha256: str) -> Iterator[Path]:
        handle, name = tempfile.mkstemp(dir=self._spool_folder)
        try:
            with os.fdopen(handle, "wb") as file:
                self._download(sha256, file)
            yield Path(name)
        finally:
            Path(name).unlink(missing_ok=True)

    def exists(self, sha256: str) -> bool:
        return self._modified_at(_key(sha256)) is not None

    def delete(self, sha256: str) -> None:
        with _reached():
            obstore.delete(self._bucket, _key(sha256))

    def blobs(self) -> Iterator[Blob]:
        with _reached():
            for page in obstore.list(self._bucket):
                for found in page:
                    name = found["path"].rpartition("/")[2]
                    # Another store may lie below this one: its blobs are not ours to collect.
                    if is_blob_name(name) and found["path"] == _key(name):
                        yield Blob(name, found["last_modified"])

    def delete_orphan(self, sha256: str, before: datetime, is_referenced: Callable[[str], bool]) -> bool:
        # A bucket has no lock: a put of the same bytes within the milliseconds between this look and the deletion would
        # be lost. It takes a day-old orphan for that, and `is_referenced` is asked first, so that the look is the last.
        if is_referenced(sha256):
            return False
        modified_at = self._modified_at(_key(sha256))
        if modified_at is None or modified_at >= before:
            return False
        self.delete(sha256)
        return True

    def _modified_at(self, key: str) -> datetime | None:
        try:
            with _reached():
                return obstore.head(self._bucket, key)["last_modified"]
        except RoundsError as refusal:
            if refusal.code == "not_found":
                return None
            raise

    def _download(self, sha256: str, file: Any) -> None:
        with _reached(), disk_full_is_an_answer():
            for chunk in obstore.get(self._bucket, _key(sha256)):
                file.write(chunk)


def _key(sha256: str) -> str:
    if not is_blob_name(sha256):
        raise RoundsError("not_found")
    return f"{sha256[:2]}/{sha256[2:4]}/{sha256}"


@contextlib.contextmanager
def _reached() -> Iterator[None]:
    try:
        yield
    except (NotFoundError, FileNotFoundError):
        raise RoundsError("not_found") from None
    except BaseError as failure:
        raise RoundsError("photo.store_unreachable") from failure
