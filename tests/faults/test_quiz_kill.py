"""`kill -9` of the server while contestants answer: nothing acknowledged is lost, nothing is counted twice."""

import random
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import pytest
from sqlalchemy import text
from sqlmodel import select

from audit.db.models import Question, QuizAnswer, QuizAttempt
from audit.services.contest import attempts, sign_in
from tests.factories import found_city
from tests.faults.kills import through_three_kills, until_answered
from tests.faults.server import Server
from tests.quiz import Play, play, rules_of_today


@dataclass
class Phone:
    """A contestant who plays one attempt after the other, and sends every answer until there is a receipt."""

    address: str
    token: str
    received: dict[tuple[int, int], str] = field(default_factory=dict)  # (attempt, position) → letters acknowledged
    stop: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        """Play until told to stop."""
        headers = {"Origin": self.address, "Cookie": f"rounds-contest={self.token}", "Accept": "application/json"}
        with httpx2.Client(base_url=self.address, headers=headers, timeout=10) as client:
            while not self.stop.is_set():
                place = self._until(client, "/contest/quiz", 303)
                if place is None:
                    return
                self._play(client, int(place.headers["location"].rsplit("/", 1)[1]))

    def _play(self, client: httpx2.Client, attempt_id: int) -> None:
        for position in range(10):
            letters = random.choice("AB")
            path = f"/contest/quiz/{attempt_id}/answers/{position}"
            receipt = self._until(client, path, 200, choice=letters)
            if receipt is None:
                return
            self.received[attempt_id, position] = letters
        self._until(client, f"/contest/quiz/{attempt_id}/finish", 303, sure="1")

    def _until(self, client: httpx2.Client, path: str, status: int, **data: str) -> httpx2.Response | None:
        """Send the same again until the server answers; None when told to stop."""
        response = until_answered(self.stop, lambda: client.post(path, data=data))
        assert response is None or response.status_code == status, response.text
        return response


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_three_kills_lose_no_answer_that_was_acknowledged(
    kind: str, new_database: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    season = play(found_city(new_database(kind)), rules_of_today(attempts_a_day=20))
    with season.db.write() as session:  # every letter is somewhere right
        for row in session.exec(select(Question)).all():
            row.kind, row.right = "single", ["a"]
            session.add(row)
    server = Server(tmp_path / "home", season.db.url)
    phones = [
        Phone(server.address, sign_in.open_session(season.db, me.contestant_id, "127.0.0.1"))
        for me in season.people.values()
    ]
    through_three_kills(server, phones)
    check(season, phones)


def check(season: Play, phones: list[Phone]) -> None:
    with season.db.read() as session:
        if season.db.is_sqlite:
            assert session.execute(text("PRAGMA integrity_check")).scalar() == "ok"
        answers = {(row.attempt_id, row.position): row for row in session.exec(select(QuizAnswer)).all()}
        played = session.exec(select(QuizAttempt)).all()
    received = {place: letters for phone in phones for place, letters in phone.received.items()}
    assert len(received) > 5
    assert set(received) <= set(answers), "an acknowledged answer is missing"
    owners = {attempt.id: attempt.contestant_id for attempt in played}
    for (attempt_id, position), letters in received.items():
        right = season.letters(attempt_id, position)
        assert (answers[attempt_id, position].points > 0) == ([letters] == right)
    numbers = [(attempt.contestant_id, attempt.day, attempt.number) for attempt in played]
    assert len(set(numbers)) == len(numbers)
    still_open = [owners[attempt.id] for attempt in played if attempt.finished_at is None]
    assert len(set(still_open)) == len(still_open), "one open attempt each"
    assert season.differences() == []
    for attempt in played:  # what the kill left open is counted like any other once it is over
        if attempt.finished_at is None:
            me = next(one for one in season.people.values() if one.contestant_id == attempt.contestant_id)
            attempts.finish(season.db, me, attempt.id or 0)
    assert season.differences() == []
