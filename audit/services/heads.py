"""The daily head: how far the chain had come, written where a change of the database does not reach.

One line a day, `date seq sha256`, in `heads/<year>.txt` of the data folder and, when the setting names one, of a folder
elsewhere (a share that the database's administrator cannot write to). A history that was cut off or written anew, head
row and all, no longer contains what these lines say.

A day's line is written at 23:50 or, when no worker lived then, by the next one that does: it then holds what happened
since, too. Whether it is there is asked of the files themselves, so that nothing else can say that it was noted.
"""

import contextlib
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
from audit.services.daily import due_day

try:
    import fcntl
except ImportError:  # Windows has no such locks; two workers may then write a day's line twice, which does no harm
    fcntl = None  # type: ignore[assignment]

CLOSING = dt.time(23, 50)  # in Shanghai: the line of a day stands in the year it belongs to


@dataclass(frozen=True)
class Noted:
    """One line of a file of heads: at the end of `day` (Asia/Shanghai), after `seq` events, the chain was `sha256`."""

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


def note(db: Database, settings: Settings) -> tuple[Noted, ...]:
    """Append the head to the year's file in every folder that lacks the line of the day that closed last.

    Returns the lines that were written; they are on the disk then. Safe to be called often, and by many. Raises
    `storage_full`, and `OSError` when a folder cannot be reached; the folders before it have their line by then.
    """
    day = due_day(CLOSING)
    files = [folder / f"{day.year}.txt" for folder in folders(settings)]
    lacking = [file for file in files if not _has(file, day)]
    if not lacking:
        return ()
    with db.read() as session:
        head = session.exec(select(ChainHead)).one()
    with disk_full_is_an_answer():
        return tuple(noted for file in lacking if _append(noted := Noted(day, head.seq, head.sha256, file)))


def _has(file: Path, day: dt.date) -> bool:
    """Whether a file has the line of a day: a whole one, not one that a power cut left half written."""
    return any(isinstance(line, Noted) and line.day == day for line in _lines(file))


def _append(noted: Noted) -> bool:
    """Write the line unless another worker did meanwhile; whether it was written."""
    noted.file.parent.mkdir(parents=True, exist_ok=True)
    with noted.file.open("a+b") as file:
        if fcntl is not None:
            with contextlib.suppress(OSError):  # a share without locks
                fcntl.flock(file, fcntl.LOCK_EX)  # let go when the file is closed
        if _has(noted.file, noted.day):
            return False
        file.seek(0)
        before = file.read()
        torn = b"\n" if before and not before.endswith(b"\n") else b""
        file.write(torn + f"{noted}\n".encode())
        file.flush()
        os.fsync(file.fileno())
        return True


def read(settings: Settings) -> Iterator[Noted | Unreadable]:
    """Every line of every file of heads."""
    for folder in folders(settings):
        for file in sorted(folder.glob("*.txt")):
            yield from _lines(file)


def _lines(file: Path) -> Iterator[Noted | Unreadable]:
    if file.exists():
        for number, line in enumerate(file.read_text("utf-8", "replace").splitlines(), 1):
            yield _parsed(file, number, line)


def _parsed(file: Path, number: int, line: str) -> Noted | Unreadable:
    try:
        day, seq, sha256 = line.split(" ")
        noted = Noted(dt.date.fromisoformat(day), int(seq), sha256, file)
    except ValueError:
        return Unreadable(file, number)
    return noted if is_blob_name(sha256) else Unreadable(file, number)
