"""A hundred quiz answers a second on one server process, sent at their own pace whether answered or not.

Six hundred contestants play at once, as on the evening of a quiz's last day: each request leaves at its appointed
time over one of 64 connections, so that a slow answer makes nobody send less. Printed: milliseconds from the appointed
time until the receipt, answers lost or counted twice (by a recount from the rows), and the server's share of a core.
`--half` leaves Streamlit out, `--quick` takes fifteen seconds, `--database` another database than SQLite.
"""

import argparse
import asyncio
import random
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
from sqlmodel import select

from audit.db.engine import Database
from audit.db.migrate import migrate
from audit.db.models import Contestant, ContestTally, Organisation, Question, QuizAnswer, QuizAttempt, Season
from audit.demo.questions import seed_bank
from audit.domain.contest.rules import Rules
from audit.domain.permissions import Actor, Granted, Role, Scope
from audit.services import clock
from audit.services.contest import attempts, sign_in, tallies
from audit.services.contest.sign_in import ContestantSession
from bench.goals import goal
from bench.tablets import percentile, processor, serve
from tests.ports import free_port
from tests.quiz import rules_of_today

NAME = "contest_load"
CONTESTANTS, RATE, CONNECTIONS, P99 = 600, 100, 64, 500.0
COUNTED_ANSWERS = 10


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


def found_season(db: Database, rules: Rules) -> int:
    """A season with its contestants and the demo city's bank; returns its id."""
    seed_bank(db, Actor(0, "bench", grants=(Granted(Role.ORGANISER, Scope.SEASON),)))
    with db.write() as session:
        organisation = Organisation(code="b0", kind="branch", name_zh="分公司")
        season = Season(
            code="bench", name_zh="压测", state="running", rules=rules.to_json(), salt="0" * 64, created_at=clock.now()
        )
        session.add_all([organisation, season])
        session.flush()
        for number in range(CONTESTANTS):
            row = Contestant(
                season_id=season.id or 0, code=f"c{number}", organisation_id=organisation.id or 0,
                employee_number=f"E{number}", name=f"选手{number}",
            )  # fmt: skip
            session.add(row)
            session.flush()
            session.add(ContestTally(contestant_id=row.id or 0, season_id=season.id or 0))
        return season.id or 0


def players(db: Database, season_id: int) -> list[Player]:
    """Everybody signed in, with an open attempt."""
    with db.read() as session:
        ids = session.exec(select(Contestant.id)).all()
    made = []
    for contestant_id in ids:
        me = ContestantSession(contestant_id or 0, season_id, "")
        attempt_id = attempts.start(db, me)
        with db.read() as session:
            asked = session.get_one(QuizAttempt, attempt_id).questions
            kinds = tuple(session.get_one(Question, one).kind for one in asked)
        made.append(Player(sign_in.open_session(db, contestant_id or 0, "127.0.0.1"), attempt_id, kinds))
    return made


async def load(address: str, people: list[Player], seconds: float, log: Log) -> None:
    """Answers at a fixed rate, each by another contestant than the one before; a tenth is sent twice."""
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
            turn = number // len(people)
            tasks.append(asyncio.create_task(send(client, people[number % len(people)], turn % COUNTED_ANSWERS, due)))
        await asyncio.gather(*tasks)


def lost(db: Database, people: list[Player]) -> tuple[int, int]:
    """How many acknowledged answers are not in the database, and how many rows nobody sent."""
    with db.read() as session:
        rows = {(row.attempt_id, row.position): row for row in session.exec(select(QuizAnswer)).all()}
    sent = {(one.attempt_id, position): letters for one in people for position, letters in one.kept.items()}
    missing = sum(
        place not in rows or len(rows[place].chosen.split(",")) != len(letters) for place, letters in sent.items()
    )
    return missing, len(set(rows) - set(sent))


def main() -> None:
    """Found, serve, load, count anew, report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--database", default="", help="SQLAlchemy address of an empty database; SQLite by default")
    parser.add_argument("--half", action="store_true", help="only our own half of the application, without Streamlit")
    parser.add_argument("--quick", action="store_true")
    chosen = parser.parse_args()
    seconds = 15 if chosen.quick else chosen.seconds
    with tempfile.TemporaryDirectory(prefix="rounds-bench-") as folder:
        home = Path(folder)
        db = Database(chosen.database or f"sqlite:///{home / 'rounds.sqlite3'}")
        migrate(db)
        rules = rules_of_today(seconds=int(seconds) + 600)
        season_id = found_season(db, rules)
        people, port, log = players(db, season_id), free_port(), Log()
        process = serve(home, db.url, port, not chosen.half)
        address = f"http://127.0.0.1:{port}"
        try:
            asyncio.run(load(address, people, 3, Log()))  # warm
            used = processor(process.pid)
            asyncio.run(load(address, people, seconds, log))
            used = processor(process.pid) - used
        finally:
            process.terminate()
            process.wait(30)
        missing, surplus = lost(db, people)
        for one in people:
            attempt = attempts_of(db, one)
            attempts.finish(db, ContestantSession(attempt.contestant_id, season_id, ""), one.attempt_id)
        with db.read() as session:
            differences = tallies.differences(session, season_id, rules.quiz)
        db.close()
    beside = f"p50 {percentile(log.times, 0.5):.0f} ms, {used / seconds * 100:.0f} % of a core"
    print(f"{len(log.times)} answers in {seconds:.0f} s; errors: {log.errors[:3]}")
    goal(NAME, f"{RATE} answers a second, p99", percentile(log.times, 0.99), P99, "ms", beside)
    goal(NAME, "answers refused or failed", len(log.errors), 0, "")
    goal(NAME, "acknowledged answers lost", missing, 0, "")
    goal(NAME, "answers counted that nobody sent, tallies unlike the recount", surplus + len(differences), 0, "")


def attempts_of(db: Database, one: Player) -> QuizAttempt:
    """A player's attempt."""
    with db.read() as session:
        return session.get_one(QuizAttempt, one.attempt_id)


if __name__ == "__main__":
    main()
