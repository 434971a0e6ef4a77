"""Backup while the app runs: the database first, then the photos and documents that its rows need.

A target folder holds `photos/` and `documents/` by content hash, shared by all backups in it (what is there already is
not copied again), and one `backup-<time>/` each with the database, small files of the data folder and a manifest. It is
written as `half-<time>/` and gets its name in one step when everything is on the disk: a half backup cannot be taken
for a whole one. Blobs come after the database, so every row of the copy finds its file; should retention delete one in
between, the database is copied again. One backup at a time writes into a target, and clears what a killed one left.
"""

import datetime as dt
import hashlib
import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlmodel import Session, select

from audit.config import Settings
from audit.db import snapshot
from audit.db.engine import Database, refusal_of
from audit.db.models import ChainHead
from audit.domain.permissions import Actor, authorise
from audit.errors import RoundsError
from audit.photos.local import LocalStore
from audit.photos.store import PhotoStore, disk_full_is_an_answer
from audit.services import clock, document_care, photo_care
from audit.services.holding import held
from audit.services.installation import Installation

FORMAT = 1
MANIFEST = "manifest.json"
SMALL = ("heads", "tls")  # folders of the data folder that are copied whole
LAST = "last_backup.json"
LATE = dt.timedelta(hours=26)  # a nightly backup is due; two hours for one that takes longer
TRIES = 3


@dataclass(frozen=True)
class Backup:
    """A finished backup: its folder, its manifest, how many blobs were new, and which the stores could not give."""

    folder: Path
    manifest: dict[str, Any]
    copied: int

    @property
    def missing(self) -> list[str]:
        """Blobs that rows need and no store had."""
        return list(self.manifest["missing"])


@dataclass(frozen=True)
class Standing:
    """When the last finished backup was begun (None: there never was one), and how long ago that is."""

    at: dt.datetime | None
    age: dt.timedelta | None

    @property
    def late(self) -> bool:
        """Whether somebody should be warned."""
        return self.age is None or self.age > LATE


def make(house: Installation, target: Path) -> Backup:
    """Back the installation up into `target`.

    Raises `storage_full`, and `backup.running` while another one writes there; whatever is raised leaves no half
    backup.
    """
    started = clock.now()
    stamp = started.strftime("%Y%m%dT%H%M%S.%fZ")
    half, whole = target / f"half-{stamp}", target / f"backup-{stamp}"
    with disk_full_is_an_answer(), refusal_of(house.db), held(target, "backup.running"):
        _clear(target)
        try:
            manifest, copied = _copied(house, target, half)
            _small_files(house.settings.home, half)
            manifest |= {
                "format": FORMAT,
                "made_at": started.isoformat(),
                "files": {str(path.relative_to(half)): digest(path) for path in files(half)},
            }
            (half / MANIFEST).write_text(json.dumps(manifest, indent=1), "utf-8")
            _sync_all(half)
            half.rename(whole)
            _sync(target)
        except BaseException:
            shutil.rmtree(half, ignore_errors=True)
            raise
    _remember(house.settings.home, started, whole)
    return Backup(whole, manifest, copied)


def standing(home: Path) -> Standing:
    """How old the last backup of this data folder is."""
    at = last(home)
    return Standing(at, clock.now() - at if at else None)


def standing_for(settings: Settings, actor: Actor) -> Standing:
    """The same, for whoever looks after the installation. Raises `forbidden`."""
    authorise(actor, "settings.manage")
    return standing(settings.home)


def last(home: Path) -> dt.datetime | None:
    """When the last finished backup of this data folder was begun; None when there was none."""
    try:
        return dt.datetime.fromisoformat(json.loads((home / LAST).read_text("utf-8"))["at"])
    except (OSError, ValueError, KeyError):
        return None


def newest(target: Path) -> Path:
    """The backup meant by a folder: itself, or the newest one in it. Raises `backup.none`."""
    if (target / MANIFEST).is_file():
        return target
    found = sorted(path.parent for path in target.glob(f"backup-*/{MANIFEST}"))
    if not found:
        raise RoundsError("backup.none", folder=str(target))
    return found[-1]


def restore(house: Installation, folder: Path) -> dict[str, Any]:
    """Restore a backup into an installation without a database; returns the manifest.

    Blobs go first and the database last, so that a restore which broke off can simply be made again. Raises
    `backup.none`, `backup.not_empty`, `backup.other_database`, `backup.damaged`, `storage_full`.
    """
    folder = newest(folder)
    manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
    db = Database(house.settings.effective_database_url)
    try:
        if not snapshot.is_empty(db):
            raise RoundsError("backup.not_empty")
        if manifest["format"] != FORMAT or (manifest["kind"] == "sqlite") != db.is_sqlite:
            raise RoundsError("backup.other_database", kind=manifest["kind"])
        for name, sha256 in manifest["files"].items():
            if not (folder / name).is_file() or digest(folder / name) != sha256:
                raise RoundsError("backup.damaged", name=name)
        for name, store in (("photos", house.photos), ("documents", house.documents)):
            _put_back(LocalStore(folder.parent / name), store, name, manifest)
        for name in SMALL:
            if (folder / name).is_dir():
                shutil.copytree(folder / name, house.settings.home / name, dirs_exist_ok=True)
        with disk_full_is_an_answer(), refusal_of(db):
            snapshot.load(db, folder, manifest)
    finally:
        db.close()
    return dict(manifest)


def _clear(target: Path) -> None:
    """Remove what a backup that was killed left behind."""
    for folder in target.glob("half-*"):
        shutil.rmtree(folder)
    for file in target.glob("*/.spool/*"):
        file.unlink()


def _copied(house: Installation, target: Path, half: Path) -> tuple[dict[str, Any], int]:
    """The database in `half` and the blobs it needs in the target; the manifest of both, and how many blobs were new.

    A blob that is gone, but that the live database needs no longer, is no loss: an older copy of the database was ahead
    of retention, so a newer one is taken.
    """
    copied = 0
    for left in reversed(range(TRIES)):
        half.mkdir(mode=0o700)
        manifest, photos, documents = _database(house.db, half)
        new_photos, lost_photos = _blobs(house.photos, LocalStore(target / "photos"), photos)
        new_documents, lost_documents = _blobs(house.documents, LocalStore(target / "documents"), documents)
        copied += new_photos + new_documents
        deleted = [sha256 for sha256 in lost_photos if not photo_care.is_referenced(house.db, sha256)]
        deleted += [sha256 for sha256 in lost_documents if not document_care.is_needed(house.db, sha256)]
        if not deleted or not left:
            break
        shutil.rmtree(half)
    lost = [f"photos/{sha256}" for sha256 in lost_photos] + [f"documents/{sha256}" for sha256 in lost_documents]
    return manifest | {"photos": sorted(photos), "documents": sorted(documents), "missing": lost}, copied


def _database(db: Database, half: Path) -> tuple[dict[str, Any], set[str], set[str]]:
    with snapshot.taken(db, half) as (connection, facts), Session(connection) as session:
        head = session.exec(select(ChainHead)).one()
        facts["chain"] = {"seq": head.seq, "sha256": head.sha256}
        return facts, photo_care.needed(session), document_care.needed(session)


def _blobs(store: PhotoStore, copy: PhotoStore, needed: set[str]) -> tuple[int, list[str]]:
    there = {blob.sha256 for blob in copy.blobs()}
    missing: list[str] = []
    for sha256 in sorted(needed - there):
        try:
            with store.as_file(sha256) as path:
                copy.put_file(path, sha256)
        except RoundsError as error:
            if error.code not in ("not_found", "photo.digest_mismatch"):
                raise
            missing.append(sha256)
    return len(needed - there) - len(missing), missing


def _put_back(copy: PhotoStore, store: PhotoStore, name: str, manifest: dict[str, Any]) -> None:
    for sha256 in manifest[name]:
        if f"{name}/{sha256}" in manifest["missing"]:
            continue
        try:
            with copy.as_file(sha256) as path:
                store.put_file(path, sha256)
        except RoundsError as error:
            if error.code in ("not_found", "photo.digest_mismatch"):
                raise RoundsError("backup.damaged", name=f"{name}/{sha256}") from error
            raise


def _small_files(home: Path, half: Path) -> None:
    for name in SMALL:
        if (home / name).is_dir():
            shutil.copytree(home / name, half / name)


def files(folder: Path) -> list[Path]:
    """All files below a folder, in order."""
    return sorted(path for path in folder.rglob("*") if path.is_file())


def digest(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sync_all(folder: Path) -> None:
    for path in files(folder):
        _sync(path)
    for inner in {path.parent for path in files(folder)}:
        _sync(inner)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _remember(home: Path, at: dt.datetime, folder: Path) -> None:
    new = home / f"{LAST}.new"
    new.write_text(json.dumps({"at": at.isoformat(), "folder": str(folder)}), "utf-8")
    new.replace(home / LAST)
