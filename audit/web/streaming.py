"""A file as the chunks of an answer, so that it is never in memory as a whole."""

from collections.abc import Iterator
from typing import BinaryIO

CHUNK = 256 * 1024


def chunks(file: BinaryIO) -> Iterator[bytes]:
    """The bytes of the file, which is closed at the end."""
    with file:
        while chunk := file.read(CHUNK):
            yield chunk
