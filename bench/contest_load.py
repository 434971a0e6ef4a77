"""A hundred votes and quiz answers a second on one server process, sent at their own pace whether answered or not.

A season of the headline size is there already. Six hundred contestants play at once, and every other request is a
customer's ballot with two names and a token of its own: each request leaves at its appointed time over one of 64
connections, so that a slow answer makes nobody send less. A tenth is sent twice. Printed: milliseconds until the
receipt, answers and ballots lost or counted twice (by a recount from the rows), and the server's share of a core, on
SQLite and then on PostgreSQL. `--half` leaves Streamlit out, `--quick` takes fifteen seconds and a twentieth of the
quiz, `--answers` leaves the votes out.
"""

import argparse
import asyncio
import os
import random
import tempfile
import time
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
from sqlalchemy import func
from sqlmodel import col, select

from audit.db.engine import Database
from audit.db.migrate import migrate
from audit.db.models import (
    Ballot,
    BallotName,
    Quarantine,
    Question,
    QuizAnswer,
    QuizAttempt,
    Season,
)
from audit.domain.contest.rules import Rules
from audit.domain.permissions import Actor, Granted, Role, Scope
from audit.services.contest import attempts, sign_in, tallies, tokens
from audit.services.contest.sign_in import ContestantSession
from bench.contest import kind_of, postgres
from bench.goals import goal
from bench.season import CONTESTANTS, SETTINGS, found_season
from bench.tablets import percentile, processor, serve
from tests.ports import free_port
from tests.quiz import rules_of_today

NAME = "contest_load"
PLAYERS, RATE, CONNECTIONS, P99 = 600, 100, 64, 500.0
COUNTED_ANSWERS = 10
CODES = [f"c{number}" for number in range(1, CONTESTANTS + 1)]
ORGANISER = Actor(0, "bench", grants=(Granted(Role.ORGANISER, Scope.SEASON),))


@dataclass
class Player:
    """A contestant's session, the open attempt, and the letters that the server acknowledged by position."""

    token: str
    attempt_id: int
    kinds: tuple[str, ...]
    kept: dict[int, tuple[str, ...]] = field(default_factory=dict)


@dataclass
class Log:
    """Milliseconds of each receipt, from the appointed time on, and what was refused or failed."""

    times: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


@dataclass
class Customer:
    """A vote token, the names it is used for, and the receipts that the server acknowledged."""

    token: str
    names: list[str]
    address: str
    receipts: list[str] = field(default_factory=list)


def found(db: Database, rules: Rules, part: float) -> int:
    """A season of the headline size, with all that was played and cast before; its rules open quiz and votes today."""
    season_id = found_season(db, part)
    with db.write() as session:
        session.get_one(Season, season_id).rules = rules.to_json()
        tallies.rebuild(session, season_id, rules.quiz)
    return season_id


def players(db: Database, season_id: int) -> list[Player]:
    """The first contestants signed in, each with an open attempt."""
    made = []
    for contestant_id in range(1, PLAYERS + 1):
        me = ContestantSession(contestant_id, season_id, "")
        attempt_id = attempts.start(db, me)
        with db.read() as session:
            asked = session.get_one(QuizAttempt, attempt_id).questions
            kinds = tuple(session.get_one(Question, one).kind for one in asked)
        made.append(Player(sign_in.open_session(db, contestant_id, "127.0.0.1"), attempt_id, kinds))
    return made


def customers(db: Database, season_id: int, count: int) -> list[Customer]:
    """So many tokens, from a few thousand subnets."""
    numbers = [f"T{number}" for number in range(count)]
    slips = [
        slip
        for first in range(0, count, tokens.BATCH)
        for slip in tokens.issue(db, ORGANISER, season_id, numbers[first : first + tokens.BATCH])
    ]
    return [
        Customer(slip.address.split("t=")[1], random.sample(CODES, 2), f"10.{place // 250}.{place % 250}.7")
        for place, slip in enumerate(slips)
    ]


async def vote(client: httpx2.AsyncClient, one: Customer, due: float, log: Log) -> None:
    """Cast a ballot; sent again, it must be refused as cast already."""
    headers = {"Cookie": f"rounds-vote-token={one.token}", "X-Forwarded-For": one.address}
    data = {"n": one.names, "way": "transaction"}
    try:
        for wanted in (201, 409) if random.random() < 0.1 else (201,):
            answer = await client.post("/contest/vote", data=data, headers=headers)
            if answer.status_code != wanted:
                log.errors.append(f"{answer.status_code} {answer.text[:120]}")
            elif wanted == 201:
                one.receipts.append(answer.json()["receipt"].replace("-", ""))
    except httpx2.TransportError as error:
        log.errors.append(repr(error))
    log.times.append((time.perf_counter() - due) * 1000)


async def load(address: str, people: list[Player], voters: list[Customer], seconds: float, log: Log) -> None:
    """Answers and ballots in turn at a fixed rate, each by somebody else than the one before."""
    headers = {"Origin": address, "Accept": "application/json"}
    limits = httpx2.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS)

    async def send(client: httpx2.AsyncClient, one: Player, position: int, due: float) -> None:
        several = one.kinds[position] == "multiple"
        letters = tuple(sorted(random.sample("ABC", 2))) if several else (random.choice("AB"),)
        path = f"/contest/quiz/{one.attempt_id}/answers/{position}"
        cookie = {"Cookie": f"rounds-contest={one.token}"}
        try:
            for _ in range(2 if random.random() < 0.1 else 1):
                answer = await client.post(path, data={"choice": letters}, headers=cookie)
                if answer.status_code != 200:
                    log.errors.append(f"{answer.status_code} {answer.text[:120]}")
                    return
                one.kept[position] = tuple(answer.json()["letters"])
        except httpx2.TransportError as error:
            log.errors.append(repr(error))
        log.times.append((time.perf_counter() - due) * 1000)

    async with httpx2.AsyncClient(base_url=address, headers=headers, timeout=30, limits=limits) as client:
        begun, tasks = time.perf_counter(), []
        for number in range(int(seconds * RATE)):
            due = begun + number / RATE
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            if voters and number % 2:
                tasks.append(asyncio.create_task(vote(client, voters.pop(), due, log)))
                continue
            turn = number // len(people)
            tasks.append(asyncio.create_task(send(client, people[number % len(people)], turn % COUNTED_ANSWERS, due)))
        await asyncio.gather(*tasks)


def lost(db: Database, people: list[Player]) -> tuple[int, int]:
    """How many acknowledged answers are not in the database, and how many rows nobody sent."""
    with db.read() as session:
        mine = select(QuizAnswer).where(col(QuizAnswer.attempt_id).in_([one.attempt_id for one in people]))
        rows = {(row.attempt_id, row.position): row for row in session.exec(mine).all()}
    sent = {(one.attempt_id, position): letters for one in people for position, letters in one.kept.items()}
    missing = sum(
        place not in rows or len(rows[place].chosen.split(",")) != len(letters) for place, letters in sent.items()
    )
    return missing, len(set(rows) - set(sent))


def lost_ballots(db: Database, voters: list[Customer], last: int) -> tuple[int, int]:
    """How many acknowledged ballots are not in the database with their names, and how many nobody was told of.

    `last`: the newest ballot from before the load.
    """
    with db.read() as session:
        rows = dict(session.exec(select(Ballot.receipt, Ballot.id).where(col(Ballot.id) > last)).all())
        found: dict[int, set[str]] = defaultdict(set)
        names = select(BallotName.ballot_id, BallotName.contestant_id).where(BallotName.ballot_id > last)
        for ballot_id, contestant_id in session.exec(names).all():
            found[ballot_id].add(f"c{contestant_id}")
        held = session.exec(select(func.count()).select_from(Quarantine).where(col(Quarantine.ballot_id) > last)).one()
    told = {receipt: set(one.names) for one in voters for receipt in one.receipts}
    missing = sum(receipt not in rows or found[rows[receipt] or 0] != names for receipt, names in told.items())
    return missing + held, len(set(rows) - set(told))


def main() -> None:
    """The same load on each database."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--database", default="", help="SQLAlchemy address of an empty database, instead of both kinds")
    parser.add_argument("--half", action="store_true", help="only our own half of the application, without Streamlit")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--answers", action="store_true", help="quiz answers only")
    chosen = parser.parse_args()
    os.environ |= SETTINGS | {"ROUNDS_TRUSTED_PROXIES": "127.0.0.1"}  # customers come from many subnets
    with tempfile.TemporaryDirectory(prefix="rounds-bench-") as folder:
        home = Path(folder)
        if chosen.database:
            measure(home, chosen.database, chosen)
            return
        measure(home / "first", f"sqlite:///{home / 'first' / 'rounds.sqlite3'}", chosen)
        with postgres(folder) as address:
            measure(home / "second", address, chosen)


def measure(home: Path, database: str, chosen: argparse.Namespace) -> None:
    """Found, serve, load, count anew, report."""
    seconds = 15 if chosen.quick else chosen.seconds
    home.mkdir(exist_ok=True)
    db = Database(database)
    migrate(db)
    rules = rules_of_today(("quiz", "votes"), seconds=int(seconds) + 600)
    season_id = found(db, rules, 0.05 if chosen.quick else 1.0)
    with db.read() as session:
        last = session.exec(select(func.max(Ballot.id))).one() or 0
    people, port, log = players(db, season_id), free_port(), Log()
    voting = [] if chosen.answers else customers(db, season_id, int((seconds + 3) * RATE / 2))
    process = serve(home, db.url, port, not chosen.half)
    address = f"http://127.0.0.1:{port}"
    try:
        queue = list(voting)
        asyncio.run(load(address, people, queue, 3, Log()))  # warm
        used = processor(process.pid)
        asyncio.run(load(address, people, queue, seconds, log))
        used = processor(process.pid) - used
    finally:
        process.terminate()
        process.wait(30)
    missing, surplus = lost(db, people)
    ballots_missing, ballots_surplus = lost_ballots(db, voting, last)
    for one in people:
        attempt = attempts_of(db, one)
        attempts.finish(db, ContestantSession(attempt.contestant_id, season_id, ""), one.attempt_id)
    with db.read() as session:
        differences = tallies.differences(session, season_id, rules.quiz)
    kind = kind_of(db)
    db.close()
    beside = f"p50 {percentile(log.times, 0.5):.0f} ms, {used / seconds * 100:.0f} % of a core"
    cast = sum(len(one.receipts) for one in voting)
    print(f"{kind}: {len(log.times)} requests in {seconds:.0f} s, {cast} ballots; errors: {log.errors[:3]}")
    goal(NAME, f"{kind}: {RATE} votes and answers a second, p99", percentile(log.times, 0.99), P99, "ms", beside)
    goal(NAME, f"{kind}: requests refused or failed", len(log.errors), 0, "")
    goal(NAME, f"{kind}: acknowledged answers lost", missing, 0, "")
    goal(NAME, f"{kind}: acknowledged ballots lost or held back", ballots_missing, 0, "")
    more = surplus + ballots_surplus + len(differences)
    goal(NAME, f"{kind}: counted that nobody sent, tallies unlike the recount", more, 0, "")


def attempts_of(db: Database, one: Player) -> QuizAttempt:
    """A player's attempt."""
    with db.read() as session:
        return session.get_one(QuizAttempt, one.attempt_id)


if __name__ == "__main__":
    main()
