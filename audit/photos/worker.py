"""One intake worker: reads requests from its standard input and answers until the input ends.

A process of its own, started bare (no settings, no secrets, no WeasyPrint), because decoders of pictures are where
hostile bytes bite. A request is one JSON frame and, if the photo is not given as a path, one frame of its bytes. An
answer is one JSON frame and, if the photo was taken in, the thumbnail and the report picture.
"""

import contextlib
import hashlib
import io
import json
import mmap
import os
import signal
import sys
import traceback
from pathlib import Path
from typing import Any, BinaryIO

from PIL import Image

from audit.domain.photos import Rectangle, read_rectangles
from audit.errors import RoundsError
from audit.photos import decode, facts, fingerprint
from audit.photos import mosaic as mosaics
from audit.photos.frames import READY, read_frame, write_frame

THUMBNAIL_LONG_SIDE = 320
QUALITY = 82


def examine(
    data: bytes | mmap.mmap, rectangles: list[Rectangle], sha256: str | None
) -> tuple[dict[str, Any], bytes, bytes]:
    """Facts, thumbnail and report picture of one photo.

    The hashes are taken before the mosaic: a mosaic must not hide that a photo was used before.
    Raises `photo.truncated`, `photo.damaged`, `photo.unreadable`, and what `decode.open_header` raises.
    """
    try:
        picture = decode.open_header(data)
        claims = facts.read_facts(picture)
        media_type = decode.MEDIA_TYPES.get(
            picture.format or "", "image/jpeg"
        )  # "MPO" is a JPEG with a second one behind
        width, height = picture.size if claims.orientation < 5 else picture.size[::-1]
        report = decode.cleaned(decode.load_reduced(picture, data), claims.orientation)
    except RoundsError:
        raise
    except Exception as failure:  # a decoder on hostile bytes raises OSError, SyntaxError, ValueError, MemoryError, …
        code = "photo.truncated" if "truncated" in str(failure).lower() else "photo.unreadable"
        raise RoundsError(code) from failure
    thumbnail = _thumbnail(report)
    grey = thumbnail.convert("L")
    if rectangles:
        mosaics.burn(report, rectangles)
        thumbnail = _thumbnail(report)
    found = {
        "sha256": sha256 or hashlib.sha256(data).hexdigest(),
        "size": len(data),
        "media_type": media_type,
        "width": width,
        "height": height,
        "captured_at": claims.captured_at.isoformat() if claims.captured_at else None,
        "captured_offset_known": claims.captured_offset_known,
        "latitude": claims.latitude,
        "longitude": claims.longitude,
        "phash": fingerprint.phash(grey),
        "dhash": fingerprint.dhash(grey),
        "thumbnail_size": thumbnail.size,
        "report_size": report.size,
    }
    return found, _jpeg(thumbnail), _jpeg(report)


def _thumbnail(report: Image.Image) -> Image.Image:
    """At most `THUMBNAIL_LONG_SIDE` px on the long side; made from the report picture, not from the original."""
    part = THUMBNAIL_LONG_SIDE / max(report.size)
    if part >= 1:
        return report
    size = (max(1, round(report.width * part)), max(1, round(report.height * part)))
    # The gap lets a cheap box average do most of the way; one more average does the rest.
    return report.resize(size, Image.Resampling.BOX, reducing_gap=1.0)


def _jpeg(picture: Image.Image) -> bytes:
    written = io.BytesIO()
    picture.save(written, "JPEG", quality=QUALITY)
    return written.getvalue()


def _answer(request: dict[str, Any], requests: BinaryIO) -> tuple[dict[str, Any], bytes, bytes]:
    if request["path"] is None:
        photo = read_frame(requests)  # first of all: left unread, it would be taken for the next request
        return examine(photo, read_rectangles(request["mosaic"]), request["sha256"])
    rectangles = read_rectangles(request["mosaic"])
    with Path(request["path"]).open("rb") as file:
        if not os.fstat(file.fileno()).st_size:
            raise RoundsError("photo.empty")
        # Mapped, not read: the decoder copies what it needs once, in small pieces.
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            return examine(data, rectangles, request["sha256"])


def _limit(memory: int) -> None:
    try:
        import resource
    except ImportError:  # no such limits on Windows: the pixel and byte limits and the timeout remain
        return
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core file would hold people's photos


def serve(requests: BinaryIO, answers: BinaryIO) -> None:
    """Answer until the input ends. Every request gets an answer; a surprise is logged and answered as unreadable."""
    while True:
        try:
            request = json.loads(read_frame(requests))
        except EOFError:
            return
        try:
            found, thumbnail, report = _answer(request, requests)
        except RoundsError as refusal:
            if refusal.__cause__ is not None:
                print(f"photo refused, {refusal.code}: {refusal.__cause__!r}", file=sys.stderr)
            write_frame(answers, json.dumps({"code": refusal.code, "params": refusal.params}).encode())
        except Exception:
            traceback.print_exc()
            write_frame(answers, json.dumps({"code": "photo.unreadable", "params": {}}).encode())
        else:
            write_frame(answers, json.dumps({"found": found}).encode())
            write_frame(answers, thumbnail)
            write_frame(answers, report)
        answers.flush()


def main() -> None:
    """Run as `python -m audit.photos.worker <bytes of memory>`."""
    _limit(int(sys.argv[1]))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's affair; it closes the pipe
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints must not land among the answers
    with contextlib.suppress(BrokenPipeError):
        write_frame(answers, READY)
        answers.flush()
        serve(sys.stdin.buffer, answers)


if __name__ == "__main__":
    main()
