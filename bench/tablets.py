"""Thirty-six tablets at work on one server process: an answer each per two seconds, a photo each per twenty.

Prints how long answers and photos take until their receipt, errors, and the server's memory at the start and the end.
`--minutes 10` is the full run; `--quick` half a minute. `--tablets 72` and so on tries more.
"""

import argparse
import asyncio
import datetime as dt
import io
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
import numpy as np
from PIL import Image

from audit.config import PROJECT
from audit.db.engine import Database
from audit.db.migrate import migrate
from audit.db.models import Account, Grant, Organisation, Outlet
from audit.domain.permissions import Actor, Granted, Role, Scope
from audit.services import checklists, clock
from audit.services.assignments import AssignmentPlan, OutletPlan
from audit.services.bootstrap import bootstrap
from audit.services.rounds import RoundValues, add_assignment, create_round, publish_round
from audit.services.sign_in import open_session
from bench.goals import goal
from tests.ports import free_port

CORES = 2  # of the server, however many there are
ANSWER_EVERY, PHOTO_EVERY = 2.0, 20.0  # seconds
ANSWERS_P95, PHOTOS_P95, GROWTH = 100.0, 1500.0, 1.25


@dataclass
class Log:
    """Milliseconds of each receipt, and what was refused or failed."""

    answers: list[float] = field(default_factory=list)
    photos: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Desk:
    """One tablet's session and the visit it works on."""

    token: str
    assignment_id: int
    visit_id: int
    items: tuple[str, ...]


def found_city(db: Database, count: int) -> list[Desk]:
    """A city of `count` branches with a hall and a supervisor each, and a round in which everyone inspects the next."""
    today = clock.today()
    actor = Actor(1, "bench", grants=(Granted(Role.MARKETING, Scope.CITY),))
    with db.write() as session:
        for number in range(count):
            session.add(Organisation(code=f"b{number}", kind="branch", name_zh=f"第{number}分公司"))
        session.flush()
        for number in range(count):
            name, owner = str(number), number + 1
            session.add(Outlet(code=f"o{name}", organisation_id=owner, kind="own_hall", name_zh=f"营业厅{name}"))
            session.add(Account(sign_in_name=name, name=f"督导{name}", organisation_id=owner, created_at=clock.now()))
        session.flush()
        for number in range(count):
            session.add(Grant(account_id=number + 1, role=Role.SUPERVISOR, scope_kind=Scope.ASSIGNMENTS))
    checklists.seed(db, None)
    version = next(entry for entry in checklists.current(db, actor) if entry.kind == "hall")
    given = RoundValues("压测轮次", "cross_inspection", today, today + dt.timedelta(days=30))
    round_id = create_round(db, actor, given)
    for number in range(count):
        inspected = (number + 1) % count + 1
        plan = AssignmentPlan(
            number + 1, inspected, (number + 1,), number + 1, (OutletPlan(inspected, version.id, today),), today, today
        )
        add_assignment(db, actor, round_id, plan)
    publish_round(db, actor, round_id, 1)
    return [desk(db, number + 1) for number in range(count)]


def desk(db: Database, account_id: int) -> Desk:
    """What a tablet learns at sign-in."""
    actor = Actor(account_id, "", grants=(Granted(Role.SUPERVISOR, Scope.ASSIGNMENTS),))
    known = bootstrap(db, actor)
    visit = known["visits"][0]
    sections = known["checklists"][str(visit["checklist_version_id"])]["sections"]
    items = tuple(item["code"] for section in sections for item in section["items"])
    return Desk(open_session(db, account_id, "127.0.0.1"), visit["assignment_id"], visit["id"], items)


async def work(client: httpx2.AsyncClient, mine: Desk, photos: list[bytes], until: float, log: Log) -> None:
    """Answers and photos side by side, each at its own pace from a random moment on."""
    headers = {"Cookie": f"rounds={mine.token}", "X-Rounds-Device": mine.token[:8]}

    async def send(path: str, times: list[float], **content: object) -> None:
        begun = time.perf_counter()
        try:
            answer = await client.put(path, headers=headers, **content)  # type: ignore[arg-type]
            if answer.status_code != 201:
                log.errors.append(f"{answer.status_code} {answer.text[:120]}")
        except httpx2.TransportError as error:
            log.errors.append(repr(error))
        times.append((time.perf_counter() - begun) * 1000)

    async def answers() -> None:
        last: dict[str, str] = {}
        await asyncio.sleep(random.uniform(0, ANSWER_EVERY))
        while time.monotonic() < until:
            made, code = str(uuid.uuid4()), random.choice(mine.items)
            body = {
                "assignment_id": mine.assignment_id, "visit_id": mine.visit_id, "subject": f"item:{code}",
                "bases": [last[code]] if code in last else [], "device_at": dt.datetime.now(dt.UTC).isoformat(),
                "body": {"rating": random.choice(("pass", "partial", "fail")), "note": "柜台整洁，标识清楚"},
            }  # fmt: skip
            last[code] = made
            pace = asyncio.sleep(ANSWER_EVERY)
            await asyncio.gather(send(f"/api/v1/revisions/{made}", log.answers, json=body), pace)

    async def pictures() -> None:
        await asyncio.sleep(random.uniform(0, PHOTO_EVERY))
        while time.monotonic() < until:
            path = f"/api/v1/photos/{uuid.uuid4()}?assignment_id={mine.assignment_id}&visit_id={mine.visit_id}"
            # A tail of its own makes every upload another photo, as in real life.
            data = random.choice(photos) + os.urandom(8)
            await asyncio.gather(send(path, log.photos, content=data), asyncio.sleep(PHOTO_EVERY))

    await asyncio.gather(answers(), pictures())


async def load(address: str, desks: list[Desk], photos: list[bytes], seconds: float) -> Log:
    """All tablets together for so long."""
    log = Log()
    limits = httpx2.Limits(max_connections=None, max_keepalive_connections=None)
    async with httpx2.AsyncClient(base_url=address, headers={"Origin": address}, timeout=30, limits=limits) as client:
        until = time.monotonic() + seconds
        await asyncio.gather(*(work(client, mine, photos, until, log) for mine in desks))
    return log


def memory(pid: int) -> float:
    """Resident memory of a process in MiB."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return 0.0


def processor(pid: int) -> float:
    """CPU seconds that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def pictures_of_a_phone() -> list[bytes]:
    """Twelve-megapixel JPEGs as a phone makes them: a few drawn scenes with grain."""
    made = []
    for seed in range(3):
        random_numbers = np.random.default_rng(seed)
        coarse = Image.fromarray(random_numbers.integers(0, 255, (30, 40, 3), dtype=np.uint8))
        pixels = np.asarray(coarse.resize((4000, 3000), Image.Resampling.BICUBIC), dtype=np.int16)
        pixels = np.clip(pixels + random_numbers.integers(-6, 6, pixels.shape, dtype=np.int16), 0, 255).astype(np.uint8)
        file = io.BytesIO()
        Image.fromarray(pixels).save(file, "JPEG", quality=85)
        made.append(file.getvalue())
    return made


def serve(home: Path, url: str, port: int, whole: bool) -> subprocess.Popen[bytes]:
    """The server process: the whole application, or with `whole` false only our own half of it."""
    environment = os.environ | {
        "ROUNDS_HOME": str(home), "ROUNDS_DATABASE_URL": url, "ROUNDS_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "ROUNDS_JOB_WORKERS": "0", "ROUNDS_PORT": str(port), "ROUNDS_HOST": "127.0.0.1",
    }  # fmt: skip
    half = ["uvicorn", "tests.faults.web:app", "--port", str(port), "--loop", "uvloop", "--log-level", "warning"]
    command = [sys.executable, "-m", *(["audit", "serve"] if whole else half)]
    process = subprocess.Popen(command, env=environment, cwd=PROJECT)
    if sys.platform == "linux":  # before it starts any process of its own
        os.sched_setaffinity(process.pid, sorted(os.sched_getaffinity(0))[:CORES])
    for _ in range(1200):
        try:
            if httpx2.get(f"http://127.0.0.1:{port}/health", timeout=5).status_code == 200:
                return process
        except httpx2.TransportError:
            time.sleep(0.1)
    raise RuntimeError("the server did not start")


def percentile(times: list[float], share: float) -> float:
    """The value that this share of the times does not exceed."""
    return sorted(times)[min(len(times) - 1, int(len(times) * share))] if times else 0.0


def main() -> None:
    """Found, serve, load, report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--tablets", type=int, default=36)
    parser.add_argument("--database", default="", help="SQLAlchemy address of an empty database; SQLite by default")
    parser.add_argument("--half", action="store_true", help="only our own half of the application, without Streamlit")
    parser.add_argument("--quick", action="store_true")
    chosen = parser.parse_args()
    seconds = 30 if chosen.quick else chosen.minutes * 60
    with tempfile.TemporaryDirectory(prefix="rounds-bench-") as folder:
        home = Path(folder)
        db = Database(chosen.database or f"sqlite:///{home / 'rounds.sqlite3'}")
        migrate(db)
        desks, photos, port = found_city(db, chosen.tablets), pictures_of_a_phone(), free_port()
        process = serve(home, db.url, port, not chosen.half)
        address = f"http://127.0.0.1:{port}"
        try:
            asyncio.run(load(address, desks, photos, 8))  # warm: workers started, caches filled
            before, used = memory(process.pid), processor(process.pid)
            log = asyncio.run(load(address, desks, photos, seconds))
            after, used = memory(process.pid), processor(process.pid) - used
        finally:
            process.terminate()
            process.wait(30)
            db.close()
    print(f"{len(log.answers)} answers, {len(log.photos)} photos of {statistics.mean(map(len, photos)) / 1e6:.1f} MB")
    print(f"answers p50 {percentile(log.answers, 0.5):.0f} ms, p95 {percentile(log.answers, 0.95):.0f} ms")
    print(f"photos p50 {percentile(log.photos, 0.5):.0f} ms, p95 {percentile(log.photos, 0.95):.0f} ms")
    print(f"server: {used / seconds * 100:.0f} % of a core, {before:.0f} → {after:.0f} MiB; errors: {log.errors[:3]}")
    goal("tablets", "answer p95", percentile(log.answers, 0.95), ANSWERS_P95, "ms")
    goal("tablets", "photo p95", percentile(log.photos, 0.95), PHOTOS_P95, "ms")
    goal("tablets", "errors", len(log.errors), 0, "")
    goal("tablets", "memory at the end ÷ at the start", after / before, GROWTH)


if __name__ == "__main__":
    main()
