"""Does a JPEG's coded picture end where its pixels end? Damage in the middle shows here, and nowhere else cheaply.

A scan is one stream of codes of varying length. Where a part of it was overwritten or lost, the decoder goes on out of
step, and needs more or fewer bytes for the remaining pixels than there are. libjpeg paints the rest grey or leaves
bytes over, says so in a warning, and Pillow drops the warning. So the decoder gets the scan without its end mark, which
lets it invent nothing: it must ask for the last bytes, and must not ask for more.
"""

import mmap
import re

from PIL.JpegImagePlugin import JpegImageFile

from audit.errors import RoundsError

_SLACK = 64  # bytes the scan may be longer or shorter: decoders look ahead, and cameras fill up before the end mark
_END = re.compile(b"\xff\xd9")  # from the front twice as fast as `find`
_FILLING = 4096  # bytes before the end mark in which filling is looked for


class _Scan:
    """Gives a JPEG's bytes to the decoder stretch by stretch, and knows in which one it was content.

    Zeros before the end mark are filling, or the codes of an even surface: an encoder that makes its own tables writes
    those as zeros. So the scan may end where they begin or where they end, and nowhere else.
    """

    def __init__(self, data: bytes | mmap.mmap, end: int) -> None:
        filled = data[max(0, end - _FILLING) : end]
        begins = end - len(filled) + len(filled.rstrip(b"\0\xff"))
        self._data = data
        # too early | the scan ends before the filling | within it | at the end mark
        self._until = (begins - _SLACK, min(begins + _SLACK, end), end - _SLACK, end)
        self._at = 0
        self._stretch = 0

    @property
    def too_early(self) -> bool:
        """Whether the decoder had all its pixels before the scan's end."""
        return self._stretch in (0, 2)

    @property
    def too_late(self) -> bool:
        """Whether it asked for more than there is, and than it may look ahead."""
        return self._stretch > len(self._until) + 1

    def read(self, number: int) -> bytes:
        """The next bytes, at most `number` of them; none when the scan is over."""
        while self._stretch < len(self._until) and self._at >= self._until[self._stretch]:
            self._stretch += 1
        if self._stretch < len(self._until):
            piece = self._data[self._at : min(self._at + number, self._until[self._stretch])]
            self._at += len(piece)
            return piece
        self._stretch += 1
        return bytes(_SLACK) if self._stretch == len(self._until) + 1 else b""


def load(picture: JpegImageFile, data: bytes | mmap.mmap) -> None:
    """Decode a JPEG whose header was read, from `data`, the whole file.

    One of several scans (progressive) is decoded as it is: there the decoder must read up to the end mark.
    Raises `photo.damaged`; OSError for a file that stops, or whose codes make no sense.
    """
    assert picture.fp is not None
    start = picture.fp.tell()
    end = _end(picture, data, start)
    if end < 0 or not _is_one_scan(picture, data, start):
        picture.load()
        return
    scan = _Scan(data, end)
    picture.load_read = scan.read  # type: ignore[assignment]  # where Pillow lets a format read in its own way
    try:
        picture.load()
    except OSError:
        if scan.too_late:
            raise RoundsError("photo.damaged") from None
        raise
    # An end mark further to the front: something hangs behind the photo, and the decoder stopped where it should.
    if scan.too_early and _END.search(data, start, end) is None:
        raise RoundsError("photo.damaged")


def _end(picture: JpegImageFile, data: bytes | mmap.mmap, start: int) -> int:
    """Where the scan's end mark stands; -1: there is none. To look for it from the front costs 3 % of an intake."""
    if picture.format == "MPO":
        found = _END.search(data, start)
        return found.start() if found else -1
    return data.rfind(_END.pattern, start)


def _is_one_scan(picture: JpegImageFile, data: bytes | mmap.mmap, start: int) -> bool:
    """Whether all colours come in the one scan that begins at `start`, right behind its header."""
    parts = picture.layers
    header = b"\xff\xda" + (6 + 2 * parts).to_bytes(2, "big") + bytes([parts])
    begins = start - len(header) - 2 * parts - 3
    return "progressive" not in picture.info and begins >= 0 and data[begins : begins + len(header)] == header
