"""Contestants' pictures: one by one, or a folder packed as ZIP in which every file is named by its employee number."""

import io
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from sqlmodel import col, select

from audit.db.engine import Database
from audit.db.models import Contestant
from audit.domain.permissions import Actor, Where, authorise
from audit.domain.photos import MAX_BYTES
from audit.errors import RoundsError
from audit.photos.intake import IntakePool
from audit.photos.store import PhotoStore
from audit.services import values
from audit.services.contest import contestants
from audit.services.work import unit_of_work

FILES = 5_000  # pictures in one ZIP
PACKED_MB = 500
UTF8_NAME = 0x800  # of a part's flags
Count = Callable[[int, int], None]  # how many files are done, of how many


def no_count(_done: int, _count: int) -> None:
    """For callers who do not want to know."""


@dataclass
class Portraits:
    """What a ZIP brought: how many pictures were set, and path in it → what is wrong with the others."""

    done: int = 0
    refused: dict[str, RoundsError] = field(default_factory=dict)


def set_portrait(
    db: Database, actor: Actor, store: PhotoStore, intake: IntakePool, contestant_id: int, data: bytes
) -> None:
    """A contestant's picture; its two derivatives carry no metadata, the original is not kept.

    Blocks while it is decoded. Raises `not_found`, `photo.*` for what is no good photo, `storage_full`.
    """
    with db.read() as session:
        contestants.find(session, actor, contestant_id)
    if len(data) > MAX_BYTES:
        raise RoundsError("photo.too_big", limit=MAX_BYTES // 1024 // 1024)
    found = intake.take_in(data)
    pictures = {"photo_sha256": store.put_bytes(found.report), "thumbnail_sha256": store.put_bytes(found.thumbnail)}
    with unit_of_work(db, actor) as work:
        row = contestants.find(work.session, actor, contestant_id)
        if values.change(work.session, row, row.version, pictures):
            work.record("contestant.portrait_set", "contestant", contestant_id, sha256=pictures["photo_sha256"])


def import_portraits(
    db: Database,
    actor: Actor,
    store: PhotoStore,
    intake: IntakePool,
    season_id: int,
    data: bytes,
    progress: Count = no_count,
) -> Portraits:
    """Set the picture of everybody whose employee number names a file; a bad one does not stop the others.

    `progress` is told after each file how many are done of how many. Raises `portraits.zip` for what is no ZIP or too
    large a one.
    """
    authorise(actor, "contest.manage", Where(season_id=season_id))
    with db.read() as session:
        query = select(Contestant.employee_number, Contestant.id).where(col(Contestant.season_id) == season_id)
        known = {number.upper(): contestant_id for number, contestant_id in session.exec(query).all()}
    outcome, seen = Portraits(), set[str]()
    for name, picture, number, count in _files(data):
        stem = PurePosixPath(name).stem.strip()
        contestant_id = known.get(stem.upper())
        try:
            if contestant_id is None:
                raise RoundsError("portraits.nobody", value=stem[:40])
            if stem.upper() in seen:
                raise RoundsError("portraits.twice", value=stem[:40])
            set_portrait(db, actor, store, intake, contestant_id, picture)
            seen.add(stem.upper())
            outcome.done += 1
        except RoundsError as error:
            outcome.refused[name] = error
        progress(number, count)
    return outcome


def _files(data: bytes) -> Iterator[tuple[str, bytes, int, int]]:
    """Path and bytes of each file, unpacked one after the other and no further than a photo may be large; which of how
    many it is."""
    if len(data) > PACKED_MB * 2**20:
        raise RoundsError("portraits.zip")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = [part for part in archive.infolist() if not part.is_dir() and not _is_litter(part.filename)]
            if len(parts) > FILES:
                raise RoundsError("portraits.zip")
            for number, part in enumerate(parts, start=1):
                with archive.open(part) as file:
                    yield _name(part), file.read(MAX_BYTES + 1), number, len(parts)
    except (zipfile.BadZipFile, ValueError, OSError, EOFError, NotImplementedError, RuntimeError) as error:
        raise RoundsError("portraits.zip") from error


def _name(part: zipfile.ZipInfo) -> str:
    """The path as it was written: Windows packs Chinese folders as GBK without saying so."""
    if part.flag_bits & UTF8_NAME:
        return part.filename
    return part.filename.encode("cp437", "replace").decode("gbk", "replace")


def _is_litter(name: str) -> bool:
    """What Macs and Windows put into a folder by themselves."""
    path = PurePosixPath(name)
    return path.name.startswith(".") or path.name in ("Thumbs.db", "desktop.ini") or "__MACOSX" in path.parts
