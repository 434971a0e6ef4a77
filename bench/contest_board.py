"""The public scoreboard under load: 2,000 contestants, keep-alive connections, every view, and who asks again.

Printed, for SQLite and then PostgreSQL: requests a second on one server process, and the milliseconds of an answer.
`--half` leaves Streamlit out, `--quick` takes four seconds. The load comes from a process of its own; both share the
machine's cores.
"""

import argparse
import asyncio
import datetime as dt
import multiprocessing
import tempfile
import time
from pathlib import Path
from typing import Any

from audit.db.engine import Database
from audit.db.migrate import migrate
from audit.demo import contest
from audit.demo.bulk import without_sync
from audit.demo.founding import found
from audit.demo.shots import hasty_store
from audit.services import clock
from bench.contest import kind_of, postgres
from bench.goals import goal
from bench.tablets import percentile, processor, serve
from tests.ports import free_port

NAME = "contest_board"
WISHED = 500.0
CONNECTIONS = 32
PATHS = (
    "/contest/board", "/contest/board", "/contest/board?page=2", "/contest/board?view=league",
    "/contest/board?view=organisation&of=centre", "/contest/board?view=leg&of=quiz", "/contest/board?screen=1&page=3",
)  # fmt: skip


async def _asker(port: int, path: str, until: float, times: list[float], again: bool) -> None:
    """One connection that asks for one page until the time is over; `again`: as a browser that has it already."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    etag = ""
    while time.monotonic() < until:
        begun = time.perf_counter()
        more = f"If-None-Match: {etag}\r\n" if again and etag else ""
        writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept-Language: zh-CN\r\n{more}\r\n".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        told = dict(line.lower().split(": ", 1) for line in lines[1:] if ": " in line)
        status = int(lines[0].split()[1])
        if status not in (200, 304):
            raise RuntimeError(lines[0])
        if status == 200:
            await reader.readexactly(int(told["content-length"]))
        etag = told.get("etag", etag)
        times.append((time.perf_counter() - begun) * 1000)
    writer.close()


async def _load(port: int, seconds: float) -> list[float]:
    times: list[float] = []
    until = time.monotonic() + seconds
    await asyncio.gather(
        *(_asker(port, PATHS[one % len(PATHS)], until, times, one % 4 == 3) for one in range(CONNECTIONS))
    )
    return times


def _ask(port: int, seconds: float, told: Any) -> None:
    import uvloop

    asyncio.run(_load(port, 1.0))  # warm
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        told.put(runner.run(_load(port, seconds)))


def main() -> None:
    """The same load on each database."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=15)
    parser.add_argument("--half", action="store_true", help="only our own half of the application, without Streamlit")
    parser.add_argument("--quick", action="store_true")
    chosen = parser.parse_args()
    seconds = 4.0 if chosen.quick else chosen.seconds
    with tempfile.TemporaryDirectory(prefix="rounds-bench-") as folder:
        first = Path(folder) / "first"
        measure(first, f"sqlite:///{first / 'rounds.sqlite3'}", seconds, not chosen.half)
        with postgres(folder) as address:
            measure(Path(folder) / "second", address, seconds, not chosen.half)


def measure(home: Path, database: str, seconds: float, whole: bool) -> None:
    """Found the city's season in an empty database, serve, load, report."""
    home.mkdir()
    db, today = Database(database), clock.today()
    migrate(db)
    with without_sync(db):
        with clock.stopped(dt.datetime.now(dt.UTC) - dt.timedelta(days=200)):
            city = found(db, 1, today, 36)
        people = contest.play(db, hasty_store("", home), city, 1, today)
    kind = kind_of(db)
    db.close()
    port = free_port()
    process = serve(home, db.url, port, whole)
    try:
        start: Any = multiprocessing.get_context("spawn")
        told = start.Queue()
        asker = start.Process(target=_ask, args=(port, seconds, told))
        before = processor(process.pid)
        asker.start()
        times = told.get()
        asker.join()
        used = processor(process.pid) - before
    finally:
        process.terminate()
        process.wait(30)
    rate = len(times) / seconds
    beside = f"{people} contestants, p99 {percentile(times, 0.99):.0f} ms, {used / seconds * 100:.0f} % of a core"
    what = f"{kind}: one request, of all that are answered"
    goal(NAME, what, 1000 / rate, 1000 / WISHED, "ms", f"{rate:.0f} a second, {beside}")


if __name__ == "__main__":
    main()
