"""The process that lays out documents; started and spoken to by `exports.render` alone.

It reads one job after another from its standard input and answers on its standard output, both as frames: a kind (one
byte), a length (four bytes), and that many bytes. A job is JSON: the HTML, the photo files by name, the
file to write.

WeasyPrint is imported here and nowhere else: its import makes Pillow accept truncated photos in the whole process. The
fetcher knows the photos of the job and nothing else, so a document can open no other file and no network address.
"""

import ctypes.util
import errno
import gc
import importlib
import json
import logging
import re
import resource
import struct
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any, BinaryIO, ClassVar
from urllib.request import pathname2url

gc.disable()  # imports and renders make many long-lived objects and little rubbish: 8 % of the time
if sys.platform == "linux":
    # WeasyPrint asks for each of its libraries under several names, and each name that is none starts the C compiler
    # to look for it: 0.2 s of CPU. The names with a version, which it tries last, the loader finds by itself.
    ctypes.util.find_library = lambda name: None  # noqa: ARG005 - called by this name


def _later(name: str) -> None:
    """Put a stand-in for a module in place that imports the module when something of it is called."""

    def attribute(wanted: str) -> Callable[..., Any]:
        def call(*values: Any, **options: Any) -> Any:
            if sys.modules.get(name) is stand_in:
                del sys.modules[name]
            return getattr(importlib.import_module(name), wanted)(*values, **options)

        return call

    stand_in = ModuleType(name)
    stand_in.__getattr__ = attribute  # type: ignore[method-assign]
    sys.modules[name] = stand_in


# WeasyPrint needs these two only without HarfBuzz's own subsetting and for variable fonts: 0.12 s of CPU.
_later("fontTools.subset")
_later("fontTools.varLib.instancer")

from weasyprint import CSS, HTML  # noqa: E402
from weasyprint.text.fonts import FontConfiguration  # noqa: E402
from weasyprint.urls import URLFetcher, URLFetcherResponse  # noqa: E402

PHOTO_SCHEME = "rounds:photo/"
SIGNATURES = {b"\xff\xd8\xff": "image/jpeg", b"\x89PN": "image/png"}
HEADER = struct.Struct(">cI")
PAGE = re.compile(r"Page (\d+)")


class Page(HTML):  # type: ignore[misc]
    """A document with our base sheet in the place of WeasyPrint's."""

    base: ClassVar[list[CSS]] = [CSS(filename=Path(__file__).parent / "styles" / "base.css")]

    def _ua_stylesheets(self, forms: bool = False) -> list[CSS]:  # noqa: ARG002
        return self.base


class Photos(URLFetcher):  # type: ignore[misc]
    """A deny-all fetcher that hands out the photos of one document, as open files."""

    def __init__(self, files: dict[str, str], seen: Callable[[int], None]) -> None:
        super().__init__(allowed_protocols=("rounds",), allow_redirects=False)
        self.files, self.seen, self.count = files, seen, 0

    def fetch(self, url: str, headers: object = None) -> URLFetcherResponse:  # noqa: ARG002
        """The photo of this name; anything else raises, which WeasyPrint takes as "not there"."""
        path = self.files.get(url.removeprefix(PHOTO_SCHEME)) if url.startswith(PHOTO_SCHEME) else None
        if path is None:
            raise ValueError("this address is not part of the document")
        file = open(path, "rb")  # noqa: SIM115 - WeasyPrint closes it
        media_type = SIGNATURES.get(file.read(3))
        file.seek(0)
        if media_type is None:
            file.close()
            raise ValueError("not a picture of ours")
        self.count += 1
        self.seen(self.count)
        # A `file:` address lets WeasyPrint read the bytes when it writes them, instead of keeping all in memory.
        return URLFetcherResponse(f"file:{pathname2url(path)}", file, {"Content-Type": media_type})


class Steps(logging.Handler):
    """WeasyPrint's own log lines as progress: fetch (with its count of photos), layout (with its pages), write."""

    def __init__(self, report: Callable[[float, str], None]) -> None:
        super().__init__()
        self.report = report

    def emit(self, record: logging.LogRecord) -> None:
        """Translate one log line; the shares are those of a typical report."""
        text = record.getMessage()
        if text.startswith("Step 5"):
            page = PAGE.search(text)
            pages = int(page[1]) if page else 0
            self.report(0.3 + 0.4 * pages / (pages + 12), "layout")
        elif text.startswith("Step 6"):
            self.report(0.7, "write")


def render(job: dict[str, Any], fonts: FontConfiguration, report: Callable[[float, str], None]) -> int:
    """Write one document as PDF to the file `job["out"]`; returns its number of pages."""
    photos: dict[str, str] = job["photos"]
    steps = Steps(report)
    logger = logging.getLogger("weasyprint.progress")
    logger.addHandler(steps)
    try:
        fetcher = Photos(photos, lambda count: report(0.05 + 0.2 * count / max(len(photos), 1), "fetch"))
        document = Page(string=job["html"], base_url=None, url_fetcher=fetcher)
        laid_out = document.render(font_config=fonts, pdf_tags=True)
        laid_out.write_pdf(job["out"], pdf_tags=True)
        return len(laid_out.pages)
    finally:
        logger.removeHandler(steps)


def serve(source: BinaryIO, sink: BinaryIO) -> None:
    """Answer jobs until the other side closes the pipe."""
    fonts = FontConfiguration()  # one per process: sharing it saves 3 % of every report after the first

    def send(kind: bytes, body: bytes) -> None:
        sink.write(HEADER.pack(kind, len(body)))
        sink.write(body)
        sink.flush()

    def report(share: float, step: str) -> None:
        send(b"P", json.dumps([share, step]).encode())

    while header := source.read(HEADER.size):
        _, length = HEADER.unpack(header)
        job = json.loads(source.read(length))
        try:
            pages = render(job, fonts, report)
        except MemoryError:
            send(b"E", b"report.too_large")
            return  # its memory is in an unknown state; the next job gets a fresh process
        except Exception as error:
            logging.getLogger("exports.worker").exception("A document could not be laid out")
            full = isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT}
            send(b"E", b"storage_full" if full else f"report.failed {type(error).__name__}".encode())
        else:
            send(b"D", pages.to_bytes(4, "big"))
        job.clear()
        gc.collect()  # after the answer, so that nobody waits for it


def main() -> None:
    """Limit this process's address space to the bytes in the first argument, then serve."""
    limit = int(sys.argv[1])
    if limit and sys.platform != "darwin":  # macOS does not honour the limit
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sink = sys.stdout.buffer
    sys.stdout = sys.stderr  # a stray print must not break the frames
    logging.getLogger("weasyprint.progress").setLevel(logging.INFO)
    logging.getLogger("weasyprint").setLevel(logging.ERROR)
    logging.getLogger("fontTools").setLevel(logging.ERROR)
    serve(sys.stdin.buffer, sink)


if __name__ == "__main__":
    main()
