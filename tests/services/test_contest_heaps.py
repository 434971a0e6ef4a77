"""A flood is decided at once: what was looked at and nothing else, with one event; the tallies follow."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace

import pytest
import time_machine
from sqlmodel import select, update

from audit.db.models import Event, Season
from audit.domain.contest.rules import default_rules
from audit.services.contest import heaps, quarantines
from audit.services.contest.heaps import Heap, Look
from tests.contesting import IN_SEASON, found_contest, tallies_differ
from tests.factories import City
from tests.hands import refusal
from tests.services.test_contest_quarantine import SMALL
from tests.voting import Booth


@pytest.fixture
def booth(city: City) -> Iterator[Booth]:
    """Two floods of six and five ballots from one device each, an hour apart; at the end the tallies are right."""
    with time_machine.travel(IN_SEASON, tick=False) as clock:
        votes = replace(default_rules().votes, anomalies=SMALL)
        made = Booth(found_contest(city, people=6, votes=votes))
        for number in range(6):
            made.cast(f"bot {number}", [0, 1], address="198.51.100.1", device="one")
        clock.shift(dt.timedelta(hours=1))
        for number in range(5):
            made.cast(f"pal {number}", [2], address="203.0.113.1", device="two")
        yield made
        assert tallies_differ(made.contest) == []


def look(booth: Booth, **heap: str) -> Look:
    return heaps.look(booth.contest.db, booth.contest.ou, booth.contest.season_id, Heap(**heap))


def decide(booth: Booth, until: int, decision: str = "count", comment: str = "问过", **heap: str) -> int:
    contest = booth.contest
    return heaps.decide(contest.db, contest.ou, contest.season_id, Heap(**heap), until, decision, comment)


def test_a_look_says_how_many_from_when_for_whom_and_what_tells_them_apart(booth: Booth) -> None:
    found = look(booth)
    assert (found.count, found.own, found.until) == (11, 0, max(row.ballot_id for row in booth.held()))
    assert found.first == IN_SEASON
    assert found.last == IN_SEASON + dt.timedelta(hours=1)
    assert [(zh, votes) for zh, _, votes in found.names] == [("选手0", 6), ("选手1", 6), ("选手2", 5)]
    assert {name: [count for _, count in values] for name, values in found.choices.items()} == {
        "reason": [11], "network": [6, 5], "device": [6, 5], "hour": [6, 5],
    }  # fmt: skip


@pytest.mark.parametrize("field", ["network", "device", "hour"])
def test_a_heap_is_decided_at_once_with_one_event_and_the_other_waits(booth: Booth, field: str) -> None:
    value = look(booth).choices[field][0][0]
    found = look(booth, **{field: value})
    assert found.count == 6
    assert decide(booth, found.until, **{field: value}) == 6
    assert booth.votes()[:3] == [6, 6, 0]
    assert [row.decision for row in booth.held()] == ["count"] * 6 + [""] * 5
    assert (look(booth).count, look(booth, **{field: value}).count) == (5, 0)
    with booth.contest.db.read() as session:
        [event] = session.exec(select(Event).where(Event.verb == "ballots.decided")).all()
    assert (event.account_id, event.data["comment"], event.data["heap"][field]) == (
        booth.contest.ou.account_id, "问过", value,
    )  # fmt: skip
    assert event.data["ballots"] == [row.ballot_id for row in booth.held()][:6]


def test_what_is_held_after_the_look_waits(booth: Booth) -> None:
    found = look(booth)
    booth.cast("late", [2], address="203.0.113.1", device="two")
    assert decide(booth, found.until, "discard") == 11
    assert [row.decision for row in booth.held()] == ["discard"] * 11 + [""]
    assert booth.votes()[:3] == [0, 0, 0]
    assert decide(booth, found.until, "count") == 0, "what was decided is changed one by one"


def test_a_flood_of_thousands_is_one_decision(booth: Booth, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heaps, "AT_ONCE", 4)  # several statements, as thousands take
    assert decide(booth, look(booth).until, reason="device") == 11
    assert booth.votes()[:3] == [6, 6, 5]


WRONG = ({"reason": "x"}, {"network": "zz"}, {"device": "%%%%%%"}, {"hour": "soon"}, {"hour": "2026-10-06T02:00:00"})


@pytest.mark.parametrize("heap", WRONG)
def test_what_is_no_heap_is_refused(booth: Booth, heap: dict[str, str]) -> None:
    assert refusal(lambda: look(booth, **heap)).code == "invalid"
    assert refusal(lambda: decide(booth, 99, **heap)).code == "invalid"


def test_only_the_organiser_looks_and_decides_while_the_season_is_not_closed(booth: Booth) -> None:
    contest, until = booth.contest, look(booth).until
    for actor in (contest.ju, contest.city.mei, contest.city.wang):
        assert refusal(lambda a=actor: heaps.look(contest.db, a, contest.season_id, Heap())).code == "forbidden"
        act = lambda a=actor: heaps.decide(contest.db, a, contest.season_id, Heap(), until, "count", "x")  # noqa: E731
        assert refusal(act).code == "forbidden"
    assert refusal(lambda: decide(booth, until, "maybe")).code == "invalid"
    assert refusal(lambda: decide(booth, until, comment=" ")).code == "required"
    assert refusal(lambda: heaps.look(contest.db, contest.ou, 99, Heap())).code in ("forbidden", "not_found")
    with contest.db.write() as session:
        session.exec(update(Season).values(state="closed"))
    assert refusal(lambda: decide(booth, until)).code == "wrong_state"
    assert quarantines.waiting(contest.db, contest.ou, contest.season_id) == {"device": 11}
