"""The daily head: how far the chain had come, written where a change of the database does not reach.

One line a day, `date seq sha256`, in `heads/<year>.txt` of the data folder and, when the setting names one, of a folder
elsewhere (a share that the database's administrator cannot write to). A history that was cut off or written anew, head
row and all, no longer contains what these lines say.
"""

import datetime as dt
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlmodel import select

from audit.config import Settings
from audit.db.engine import Database
from audit.db.models import ChainHead
from audit.photos.store import disk_full_is_an_answer, is_blob_name
from audit.services import clock


@dataclass(frozen=True)
class Noted:
    """One line of a file of heads: after `seq` events, on `day` (Asia/Shanghai), the chain stood at `sha256`."""

    day: dt.date
    seq: int
    sha256: str
    file: Path

    def __str__(self) -> str:
        return f"{self.day} {self.seq} {self.sha256}"


@dataclass(frozen=True)
class Unreadable:
    """A line of a file of heads that says nothing."""

    file: Path
    line: int


def folders(settings: Settings) -> tuple[Path, ...]:
    """The folders that hold files of heads."""
    own = settings.home / "heads"
    return (own, Path(settings.heads)) if settings.heads else (own,)


def note(db: Database, settings: Settings) -> Noted:
    """Append today's head to the year's file in every folder; returns the line.

    It is on the disk when this returns. Raises `storage_full`, and `OSError` when a folder cannot be reached; the
    folders before it have their line by then.
    """
    day = clock.today()
    with db.read() as session:
        head = session.exec(select(ChainHead)).one()
    for folder in folders(settings):
        noted = Noted(day, head.seq, head.sha256, folder / f"{day.year}.txt")
        with disk_full_is_an_answer():
            _append(noted)
    return noted


def _append(noted: Noted) -> None:
    noted.file.parent.mkdir(parents=True, exist_ok=True)
    with noted.file.open("a+b") as file:
        file.seek(0)
        before = file.read()
        torn = b"\n" if before and not before.endswith(b"\n") else b""  # a line that a power cut left half written
        if f"{noted}\n".encode() not in before:
            file.write(torn + f"{noted}\n".encode())
            file.flush()
            os.fsync(file.fileno())


def read(settings: Settings) -> Iterator[Noted | Unreadable]:
    """Every line of every file of heads."""
    for folder in folders(settings):
        for file in sorted(folder.glob("*.txt")):
            for number, line in enumerate(file.read_text("utf-8", "replace").splitlines(), 1):
                yield _parsed(file, number, line)


def _parsed(file: Path, number: int, line: str) -> Noted | Unreadable:
    try:
        day, seq, sha256 = line.split(" ")
        noted = Noted(dt.date.fromisoformat(day), int(seq), sha256, file)
    except ValueError:
        return Unreadable(file, number)
    return noted if is_blob_name(sha256) else Unreadable(file, number)
