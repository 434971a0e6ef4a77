"""The words between the pool and its workers: frames of eight bytes of length, then that many bytes."""

import struct
from typing import IO

READY = b"ready"  # a worker's first frame: what goes wrong before it is not the photo's fault

_LENGTH = struct.Struct(">Q")


def write_frame(stream: IO[bytes], content: bytes) -> None:
    """Send one frame; the caller flushes."""
    stream.write(_LENGTH.pack(len(content)))
    stream.write(content)


def read_frame(stream: IO[bytes]) -> bytes:
    """Receive one frame. Raises EOFError when the other side is gone."""
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        raise EOFError
    (length,) = _LENGTH.unpack(head)
    content = stream.read(length)
    if len(content) < length:
        raise EOFError
    return content
