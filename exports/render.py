"""HTML → PDF in worker processes of our own, with a limit on time and on memory.

A worker is a plain child process (`python -m exports.worker`) that stays warm for the next document. It is not a
multiprocessing pool for two reasons: the fork server of a process is shared by all its users, and a preloaded
WeasyPrint would make photo intake accept truncated photos; and FONTCONFIG_FILE must stand in the environment before
the first font is looked up.
"""

import contextlib
import json
import os
import queue
import select
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import IO

from audit.errors import RoundsError
from exports import fonts
from exports.base import Progress, no_progress

PROJECT = Path(__file__).resolve().parent.parent
SECONDS = 120  # a report takes 2; one with hostile texts or 200 photos still far less than this
MEMORY = 2 * 1024**3  # address space, of which a report uses about a twentieth
DOCUMENTS_PER_WORKER = 60  # memory creeps by about 0.4 MB a document
IDLE_SECONDS = 300
_HEADER = 5


class Renderer:
    """At most `workers` processes that lay out documents; `cache` is the folder in which fonts are kept.

    Thread-safe: a caller beyond the number of workers waits. Processes start when first needed and end after five
    idle minutes, or with `close()`.
    """

    def __init__(self, cache: Path, workers: int = 2, seconds: float = SECONDS, memory: int = MEMORY) -> None:
        self.cache, self.seconds, self.memory = cache, seconds, memory
        self._slots: queue.LifoQueue[_Worker | None] = queue.LifoQueue()
        for _ in range(max(1, workers)):
            self._slots.put(None)

    def prepare(self) -> None:
        """Cut the fonts now (a second, once in the life of an installation), so that nobody waits for it later.

        Without Chinese fonts nothing happens: the first document will say so.
        """
        with contextlib.suppress(RoundsError):
            fonts.prepare(self.cache / "fonts")

    def pdf(self, html: str, photos: Mapping[str, Path], out: Path, progress: Progress = no_progress) -> int:
        """Write `html` as a tagged PDF to the file `out`; returns its number of pages.

        An address `rounds:photo/<name>` in it shows the file `photos[name]`. `out` appears whole or not at all.

        Raises `report.photo_missing` before any work when a file is not there, `report.timeout` and `report.too_large`
        beyond the limits, `report.failed` when the layout engine gave up, `report.fonts_missing` without Chinese fonts.
        """
        for path in photos.values():
            if not path.is_file():
                raise RoundsError("report.photo_missing", name=path.name)
        files = {name: str(path.resolve()) for name, path in photos.items()}
        unfinished = out.resolve().with_name(f".{out.name}.{os.getpid()}.{threading.get_ident()}")
        job = {"html": html, "photos": files, "out": str(unfinished)}
        try:
            pages = self._run(json.dumps(job).encode(), progress)
            unfinished.replace(out)
        finally:
            unfinished.unlink(missing_ok=True)
        return pages

    def _run(self, frame: bytes, progress: Progress) -> int:
        worker = self._slots.get()
        try:
            if worker is None or not worker.usable():
                if worker:
                    worker.stop()
                worker = None
                worker = _Worker(fonts.prepare(self.cache / "fonts"), self.memory)
            return worker.run(frame, time.monotonic() + self.seconds, progress)
        except BaseException:
            if worker:
                worker.stop()
                worker = None
            raise
        finally:
            self._slots.put(worker)

    def close(self) -> None:
        """End the idle processes."""
        idle = []
        with contextlib.suppress(queue.Empty):
            while True:
                idle.append(self._slots.get_nowait())
        for worker in idle:
            if worker:
                worker.stop()
            self._slots.put(None)


class _Worker:
    """One child process and its pipes."""

    def __init__(self, fontconfig: Path, memory: int) -> None:
        environment = {**os.environ, "FONTCONFIG_FILE": str(fontconfig), "PYTHONPATH": str(PROJECT)}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "exports.worker", str(memory)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
            cwd=PROJECT,
        )
        self.done = 0
        self.timer: threading.Timer | None = None

    def usable(self) -> bool:
        """Whether it still runs and has not made so many documents that a fresh one is due."""
        if self.timer:
            self.timer.cancel()
        return self.process.poll() is None and self.done < DOCUMENTS_PER_WORKER

    def run(self, frame: bytes, deadline: float, progress: Progress) -> int:
        """Send one job and wait for its end; returns the number of pages."""
        stdin, stdout = self.process.stdin, self.process.stdout
        assert stdin
        assert stdout
        try:
            stdin.write(b"J" + len(frame).to_bytes(4, "big") + frame)
            stdin.flush()
            while True:
                header = _read(stdout, _HEADER, deadline)
                body = _read(stdout, int.from_bytes(header[1:], "big"), deadline)
                if header[:1] == b"D":
                    break
                if header[:1] == b"E":
                    code, _, cause = body.decode().partition(" ")
                    raise RoundsError(code, cause=cause) if cause else RoundsError(code)
                share, step = json.loads(body)
                progress(share, step)
        except (BrokenPipeError, EOFError) as error:
            # Killed by the system or aborted inside a C library for want of memory.
            raise RoundsError("report.too_large") from error
        self.done += 1
        self.timer = threading.Timer(IDLE_SECONDS, self.stop)
        self.timer.daemon = True
        self.timer.start()
        progress(1.0, "write")
        return int.from_bytes(body, "big")

    def stop(self) -> None:
        """End the process and reap it, so that its CPU time is accounted for and no zombie stays."""
        if self.timer:
            self.timer.cancel()
        self.process.kill()
        for pipe in (self.process.stdin, self.process.stdout):
            with contextlib.suppress(OSError):
                if pipe:
                    pipe.close()
        self.process.wait()


def _read(pipe: IO[bytes], size: int, deadline: float) -> bytes:
    """Exactly `size` bytes, or `report.timeout` when the deadline passes first."""
    parts: list[bytes] = []
    descriptor = pipe.fileno()
    while size:
        remaining = deadline - time.monotonic()
        if remaining <= 0 or not select.select([descriptor], [], [], remaining)[0]:
            raise RoundsError("report.timeout")
        part = os.read(descriptor, min(size, 1 << 20))
        if not part:
            raise EOFError
        parts.append(part)
        size -= len(part)
    return b"".join(parts)
