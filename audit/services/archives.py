"""Several documents as one ZIP, made while it is sent: neither in memory nor on the disk as a whole."""

import io
import zipfile
from collections.abc import Iterator, Sequence
from typing import IO, Any, cast

from audit.errors import RoundsError
from audit.i18n import BUSINESS_ZONE, pick, translator
from audit.photos.store import PhotoStore
from audit.services.papers import Paper

CHUNK = 256 * 1024


def archive_name(papers: Sequence[Paper], locale: str) -> str:
    """The archive's name: the round, and that it holds what was issued."""
    _, round_ = translator(locale), papers[0].round
    branches = {paper.branch.id: pick(locale, paper.branch.name_zh, paper.branch.name_en) for paper in papers}
    whose = list(branches.values()) if len(branches) == 1 else []
    parts = [pick(locale, round_.name_zh, round_.name_en), *whose, _("issued documents")]
    return "_".join("".join(letter for letter in part if letter not in '\\/:*?"<>|').strip() for part in parts) + ".zip"


def archive(documents: PhotoStore, papers: Sequence[Paper]) -> Iterator[bytes]:
    """The documents that are made as a ZIP, in pieces. Raises `document.missing` before the first one.

    Names are UTF-8 and say so, which Windows, too, reads; a name that stands already gets a number. PDFs are stored as
    they are, because packing makes them no smaller.
    """
    for paper in papers:
        if paper.made and not documents.exists(paper.document.sha256):
            raise RoundsError("document.missing", name=paper.document.filename)
    return _pieces(documents, papers)


def _pieces(documents: PhotoStore, papers: Sequence[Paper]) -> Iterator[bytes]:
    sink, taken = _Sink(), set[str]()
    with zipfile.ZipFile(cast("IO[bytes]", sink), "w", zipfile.ZIP_STORED) as target:
        for paper in papers:
            row = paper.document
            if not paper.made:
                continue
            at = (row.issued_at or row.created_at).astimezone(BUSINESS_ZONE)
            entry = zipfile.ZipInfo(free_name(row.filename, taken), at.timetuple()[:6])
            entry.external_attr = 0o644 << 16
            with documents.open(row.sha256) as file, target.open(entry, "w") as out:
                while chunk := file.read(CHUNK):
                    out.write(chunk)
                    yield sink.written()
    yield sink.written()


def free_name(name: str, taken: set[str]) -> str:
    """The name, or with a number the first one like it that no other file has."""
    stem, _, ending = name.rpartition(".")
    found, count = name, 1
    while found.lower() in taken:  # Windows takes A and a for the same
        count += 1
        found = f"{stem} ({count}).{ending}"
    taken.add(found.lower())
    return found


class _Sink(io.RawIOBase):
    """Where the archive is written to: it cannot go back, so that what was written can be sent at once."""

    def __init__(self) -> None:
        super().__init__()
        self._parts: list[bytes] = []

    def write(self, data: Any) -> int:
        self._parts.append(bytes(data))
        return len(data)

    def written(self) -> bytes:
        """What was written since the last time."""
        parts, self._parts = self._parts, []
        return b"".join(parts)
