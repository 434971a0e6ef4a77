"""`kill -9` of the server while customers vote: no acknowledged ballot is lost, none is counted twice."""

import random
import threading
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx2
import pytest
from sqlalchemy import text

from audit.domain.contest.rules import Limit, Stage, default_rules
from audit.services import clock
from audit.services.contest import tokens
from tests.contesting import found_contest, tallies_differ
from tests.factories import found_city
from tests.faults.kills import through_three_kills, until_answered
from tests.faults.server import Server
from tests.voting import Booth

HALL = Limit(100_000, 600)  # three queues behind one address are a flood by the usual limits


@dataclass
class Queue:
    """Customers at one counter: each sends the ballot until there is an answer, then the next one comes."""

    booth: Booth
    address: str
    tokens: list[str]
    received: dict[str, list[int]] = field(default_factory=dict)  # receipt → places named, acknowledged
    stop: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        """Vote until told to stop."""
        headers = {"Origin": self.address, "Accept": "application/json"}
        with httpx2.Client(base_url=self.address, headers=headers, timeout=10) as client:
            while self.tokens and not self.stop.is_set():
                self._vote(client, self.tokens.pop(), random.sample(range(6), 2))

    def _vote(self, client: httpx2.Client, token: str, places: list[int]) -> None:
        data = {"n": [self.booth.codes[place] for place in places], "way": "transaction"}
        headers = {"Cookie": f"rounds-vote-token={token}; rounds-vote-device={self.booth.device(token)}"}
        answer = until_answered(self.stop, lambda: client.post("/contest/vote", data=data, headers=headers))
        if answer is None:
            return
        # 409: it was committed before the kill and the answer got lost; the receipt comes with the refusal.
        assert answer.status_code in (201, 409), answer.text
        told = answer.json()
        receipt = told["receipt"] if answer.status_code == 201 else told["params"]["receipt"]
        self.received[receipt.replace("-", "")] = sorted(self.booth.contest.ids[place] for place in places)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_three_kills_lose_no_ballot_that_was_acknowledged(kind: str, new_database: Any, tmp_path: Path) -> None:
    today = clock.today()
    stage = Stage("s", "赛", "S", today, today.replace(year=2099, day=1), ("votes", "quiz"))
    votes = default_rules().votes
    votes = replace(votes, anomalies=replace(votes.anomalies, network=HALL, burst=HALL, fresh=HALL, name_network=HALL))
    booth = Booth(found_contest(found_city(new_database(kind)), people=6, stages=(stage,), votes=votes))
    contest = booth.contest
    numbers = [f"T{number}" for number in range(3000)]
    slips = tokens.issue(contest.db, contest.ou, contest.season_id, numbers)
    server = Server(tmp_path / "home", contest.db.url)
    given = [slip.address.split("t=")[1] for slip in slips]
    queues = [Queue(booth, server.address, given[place::3]) for place in range(3)]
    through_three_kills(server, queues)
    check(booth, queues)


def check(booth: Booth, queues: list[Queue]) -> None:
    """What was acknowledged is there as it was sent, each once; the tallies are what a recount gives."""
    if booth.contest.db.is_sqlite:
        with booth.contest.db.read() as session:
            assert session.execute(text("PRAGMA integrity_check")).scalar() == "ok"
    received = {receipt: names for queue in queues for receipt, names in queue.received.items()}
    kept = {row.receipt: sorted(names) for row, names in booth.ballots()}
    assert len(received) > 5
    assert received == {receipt: kept.get(receipt) for receipt in received}, "an acknowledged ballot is missing"
    voters = Counter(row.voter_id for row, _ in booth.ballots())
    assert set(voters.values()) == {1}
    assert booth.votes() == [sum(id_ in names for names in kept.values()) for id_ in booth.contest.ids]
    assert tallies_differ(booth.contest) == []
