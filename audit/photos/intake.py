"""Take photos in: hostile bytes become facts and two clean derivatives, in bounded worker processes.

Plain child processes instead of a ready-made pool, for three reasons: a worker that hangs or dies takes no other photo
with it; it can be killed alone; and it starts bare, while pools of `multiprocessing` run the parent's main module in
every child (and share one fork server with whoever preloads WeasyPrint there, which would let truncated photos pass).
"""

import asyncio
import contextlib
import json
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from audit.errors import RoundsError
from audit.photos.frames import READY, read_frame, write_frame

log = logging.getLogger(__name__)

ROOT = Path(__file__).resolve().parents[2]

# The largest photo allowed (40 megapixels) takes at most about 700 MB while it is decoded, in the worst format.
MEMORY = 1536 * 1024 * 1024
# All a decoder needs of the environment. Database address and keys are nothing for a process that reads hostile bytes.
_PASSED_ON = ("PATH", "LD_LIBRARY_PATH", "SYSTEMROOT", "TMPDIR", "TEMP", "LANG", "VIRTUAL_ENV")
_ALLOCATION = {
    # One thread and one arena: the limit counts reserved address space, and others reserve it by the gigabyte.
    "OPENBLAS_NUM_THREADS": "1",
    "MALLOC_ARENA_MAX": "1",
    # Buffers of the last photo are used for the next one, not handed back and faulted in again: 6 % of the CPU.
    "MALLOC_MMAP_THRESHOLD_": str(32 * 1024 * 1024),
    "MALLOC_TRIM_THRESHOLD_": str(128 * 1024 * 1024),
}


@dataclass(frozen=True)
class Intake:
    """One photo taken in.

    `sha256`, `size` (bytes), `media_type`: of the original. `width`, `height`: of the original, upright, in px.
    `captured_at` (aware), `captured_offset_known`, `latitude`, `longitude` (degrees): what its EXIF claims, or None.
    `phash`, `dhash`: 16 hex digits. `thumbnail`, `report`: JPEG without any metadata, mosaic burnt in, with their
    (width, height).
    """

    sha256: str
    size: int
    media_type: str
    width: int
    height: int
    captured_at: datetime | None
    captured_offset_known: bool
    latitude: float | None
    longitude: float | None
    phash: str
    dhash: str
    thumbnail: bytes
    thumbnail_size: tuple[int, int]
    report: bytes
    report_size: tuple[int, int]


class IntakePool:
    """A bounded number of worker processes, started when first needed and replaced when they die.

    `timeout`: seconds one photo may take; `patience`: seconds it may wait for its turn; `memory`: bytes of address
    space a worker may use (not enforced on Windows).
    """

    def __init__(
        self, workers: int = 2, *, timeout: float = 30.0, patience: float = 60.0, memory: int = MEMORY
    ) -> None:
        self._timeout = timeout
        self._patience = patience
        self._memory = memory
        # One thread drives one worker, so a thread that runs always finds or starts one: the threads are the bound.
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="photo-intake")
        self._idle: list[_Worker] = []
        self._lock = threading.Lock()

    def take_in(
        self, photo: bytes | Path, mosaic: Sequence[Mapping[str, object]] = (), sha256: str | None = None
    ) -> Intake:
        """Take one photo in; blocks.

        `photo`: its bytes, or the path of a file that only we write to. `mosaic`: `[{x, y, w, h}, …]`, parts (0 to 1)
        of the upright picture. `sha256`: of the bytes, if it is known already; otherwise the worker computes it.
        Raises `photo.*` for a photo that is refused, `invalid` for a mosaic that is none, `busy` when no worker came
        free or could be started.
        """
        future = self._submit(photo, mosaic, sha256)
        try:
            return future.result(self._patience + self._timeout)
        except (TimeoutError, CancelledError):
            future.cancel()
            raise RoundsError("busy") from None

    async def take_in_async(
        self, photo: bytes | Path, mosaic: Sequence[Mapping[str, object]] = (), sha256: str | None = None
    ) -> Intake:
        """`take_in` for routes: other requests go on meanwhile. A request that is cancelled gives up its place."""
        future = self._submit(photo, mosaic, sha256)
        try:
            return await asyncio.wait_for(asyncio.wrap_future(future), self._patience + self._timeout)
        except TimeoutError:
            raise RoundsError("busy") from None

    def worker_pids(self) -> list[int]:
        """Process ids of the workers that wait for a photo: for health pages and measurements."""
        with self._lock:
            return [worker.pid for worker in self._idle]

    def close(self) -> None:
        """End all workers; what waits is cancelled, what runs is finished."""
        self._threads.shutdown(wait=True, cancel_futures=True)
        while self._idle:
            self._idle.pop().end()

    def _submit(
        self, photo: bytes | Path, mosaic: Sequence[Mapping[str, object]], sha256: str | None
    ) -> "Future[Intake]":
        path = None if isinstance(photo, bytes) else os.fspath(photo.resolve())
        request = json.dumps({"path": path, "mosaic": [dict(one) for one in mosaic], "sha256": sha256}).encode()
        data = photo if isinstance(photo, bytes) else None
        try:
            return self._threads.submit(self._run, request, data)
        except RuntimeError:  # closed: the server is going down
            raise RoundsError("busy") from None

    def _run(self, request: bytes, data: bytes | None) -> Intake:
        with self._lock:
            worker = self._idle.pop() if self._idle else None
        for attempt in (1, 2):
            try:
                worker = worker or _Worker(self._memory)
            except OSError:  # the machine is out of processes or memory
                log.exception("a photo intake worker could not be started")
                raise RoundsError("busy") from None
            try:
                answer = worker.ask(request, data, self._timeout)
            except (TimeoutError, EOFError) as failure:
                if not worker.started:
                    log.error("a photo intake worker did not start")
                    raise RoundsError("busy") from None
                if isinstance(failure, TimeoutError):
                    raise RoundsError("photo.too_slow", seconds=round(self._timeout)) from None
                # Killed from outside, or by this very photo: one more try in a fresh process tells.
                if attempt == 2:
                    raise RoundsError("photo.unreadable") from None
                worker = None
                continue
            with self._lock:
                self._idle.append(worker)
            if isinstance(answer, RoundsError):
                raise answer
            return answer
        raise AssertionError("the second attempt returns or raises")


class _Worker:
    """One child process, used by one thread at a time."""

    def __init__(self, memory: int) -> None:
        environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        environment |= {"PYTHONPATH": str(ROOT), **_ALLOCATION}
        self.started = False
        self._process = subprocess.Popen(
            [sys.executable, "-m", "audit.photos.worker", str(memory)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=ROOT,
            env=environment,
        )

    @property
    def pid(self) -> int:
        return self._process.pid

    def ask(self, request: bytes, data: bytes | None, timeout: float) -> Intake | RoundsError:
        """The photo, or its refusal. Raises TimeoutError, or EOFError when the process died; it is gone after both."""
        late = threading.Event()

        def stop() -> None:
            late.set()
            self._process.kill()

        timer = threading.Timer(timeout, stop)
        timer.start()
        try:
            answer = self._exchange(request, data)
        except (EOFError, OSError):
            self.end()
            raise (TimeoutError if late.is_set() else EOFError) from None
        finally:
            timer.cancel()
        return answer

    def _exchange(self, request: bytes, data: bytes | None) -> Intake | RoundsError:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        if not self.started:
            self.started = read_frame(self._process.stdout) == READY
        write_frame(self._process.stdin, request)
        if data is not None:
            write_frame(self._process.stdin, data)
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(read_frame(self._process.stdout))
        if "code" in answer:
            return RoundsError(answer["code"], **answer["params"])
        thumbnail, report = read_frame(self._process.stdout), read_frame(self._process.stdout)
        found = answer["found"]
        moment = found.pop("captured_at")
        return Intake(
            captured_at=datetime.fromisoformat(moment) if moment else None,
            thumbnail=thumbnail,
            report=report,
            thumbnail_size=tuple(found.pop("thumbnail_size")),
            report_size=tuple(found.pop("report_size")),
            **found,
        )

    def end(self) -> None:
        """Kill the process and collect it."""
        self._process.kill()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()
        self._process.wait()
