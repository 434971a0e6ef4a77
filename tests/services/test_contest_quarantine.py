"""What is held back: floods from one device, one subnet or for one name; never a crowd; and a person decides."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
import time_machine
from sqlmodel import col, select, update

from audit.db.models import Event, Season
from audit.domain.contest.rules import AnomalyRules, Limit, ShareLimit, default_rules
from audit.services.contest import ballot_reading, quarantines
from tests.contesting import IN_SEASON, found_contest, tallies_differ
from tests.factories import City
from tests.hands import refusal
from tests.voting import Booth

MANY = ShareLimit(1_000, 86_400)  # what is together is looked at in test_contest_concentration.py
SMALL = AnomalyRules(Limit(3, 86_400), Limit(20, 600), Limit(15, 300), MANY, MANY, MANY)


@pytest.fixture
def booth(city: City) -> Iterator[Booth]:
    """A season with the usual thresholds; at the end the tallies are what a recount gives."""
    with time_machine.travel(IN_SEASON, tick=False):
        made = Booth(found_contest(city, people=6))
        yield made
        assert tallies_differ(made.contest) == []


@pytest.fixture
def strict(city: City) -> Iterator[Booth]:
    """The same with small thresholds."""
    with time_machine.travel(IN_SEASON, tick=False):
        votes = replace(default_rules().votes, anomalies=SMALL)
        made = Booth(found_contest(city, people=6, votes=votes))
        yield made
        assert tallies_differ(made.contest) == []


def test_five_thousand_a_minute_from_one_device_are_held_from_the_first_on(booth: Booth) -> None:
    """A second of it: more would take the test's time and show nothing else."""
    with time_machine.travel(IN_SEASON, tick=False) as clock:
        for number in range(84):
            clock.shift(0.012)
            booth.cast(f"bot {number}", [0], device="one phone")
    assert {row.reason for row in booth.held()} == {"device"}
    assert (len(booth.held()), booth.votes()[0]) == (84, 0)


def test_a_flood_from_one_subnet_with_a_new_device_each_time_is_held_from_the_first_on(strict: Booth) -> None:
    with time_machine.travel(IN_SEASON, tick=False) as clock:
        strict.cast("neighbour", [1], address="198.51.101.9")
        for number in range(84):
            clock.shift(0.012)
            strict.cast(f"bot {number}", [number % 6], address=f"198.51.100.{number}")
    assert {row.reason for row in strict.held()} == {"network"}
    assert len(strict.held()) == 84
    assert strict.votes() == [0, 1, 0, 0, 0, 0]


def test_a_flood_without_any_cookie_is_one_device(strict: Booth) -> None:
    for number in range(5):
        strict.cast(f"bot {number}", [0], address="198.51.100.1", device="")
    assert [row.reason for row in strict.held()] == ["device"] * 5


def test_a_burst_for_one_name_from_everywhere_is_held_and_votes_for_others_are_not(strict: Booth) -> None:
    for number in range(17):
        strict.cast(f"bot {number}", [0, 1 + number % 5])
    strict.cast("somebody", [1, 2])
    assert {row.reason for row in strict.held()} == {"burst"}
    assert (len(strict.held()), strict.votes()) == (17, [0, 1, 1, 0, 0, 0])


def test_what_comes_slowly_is_not_held(strict: Booth) -> None:
    with time_machine.travel(IN_SEASON, tick=False) as clock:
        for number in range(40):
            clock.shift(31)
            strict.cast(f"guest {number}", [0], address="198.51.100.1")
    assert (strict.held(), strict.votes()[0]) == ([], 40)


def flood(booth: Booth) -> list[int]:
    for number in range(4):
        booth.cast(f"bot {number}", [0, 1], device="one")
    return [row.ballot_id for row in booth.held()]


def test_a_person_counts_or_discards_with_a_comment_and_both_are_in_the_history(strict: Booth) -> None:
    contest = strict.contest
    ids = flood(strict)
    assert (len(ids), strict.votes()[:2]) == (4, [0, 0])
    assert quarantines.waiting(contest.db, contest.ou, contest.season_id) == {"device": 4}
    decide = lambda ids, decision, why="问过营业厅": quarantines.decide(  # noqa: E731
        contest.db, contest.ou, contest.season_id, ids, decision, why
    )
    assert decide(ids[:3], "count") == 3
    assert decide(ids[:3], "count") == 0
    assert decide(ids[3:], "discard") == 1
    assert strict.votes()[:2] == [3, 3]
    assert decide(ids[:1], "discard") == 1  # a decision may be taken back
    assert strict.votes()[:2] == [2, 2]
    with contest.db.read() as session:
        events = session.exec(select(Event).where(col(Event.verb).like("ballot%")).order_by(col(Event.seq))).all()
    assert [row.verb for row in events] == ["ballots.held"] + ["ballot.decided"] * 5
    assert events[0].data["ballots"] == ids
    assert (events[-1].data["decision"], events[-1].account_id) == (["count", "discard"], contest.ou.account_id)


def test_a_decided_ballot_is_not_held_again_by_the_next_of_the_flood(strict: Booth) -> None:
    contest = strict.contest
    ids = flood(strict)
    quarantines.decide(contest.db, contest.ou, contest.season_id, ids, "count", "家庭共用")
    strict.cast("bot 9", [0], device="one")
    assert [row.decision for row in strict.held()] == ["count"] * 4 + [""]
    assert strict.votes()[:2] == [4, 4]


def test_the_list_of_held_ballots_says_why_and_for_whom(strict: Booth) -> None:
    contest = strict.contest
    ids = flood(strict)
    found = quarantines.find_held(contest.db, contest.ou, contest.season_id)
    first = found.rows[0]
    assert (found.total, first.reason, first.ballots, first.verified_by) == (4, "device", 4, "phone")
    assert [zh for zh, _ in first.names] == ["选手0", "选手1"]
    assert len({row.alike[1] for row in found.rows}) == 1
    assert quarantines.find_held(contest.db, contest.ou, contest.season_id, reason="burst").total == 0
    quarantines.decide(contest.db, contest.ou, contest.season_id, ids[:1], "discard", "刷票")
    decided = quarantines.find_held(contest.db, contest.ou, contest.season_id, decided=True).rows
    [row] = decided
    assert (row.decision, row.comment, row.decided_by_zh, row.decided_by_en) == ("discard", "刷票", "Ou", "Ms Ou")


def test_only_the_organiser_sees_and_decides_and_never_half_of_it(strict: Booth) -> None:
    contest = strict.contest
    ids = flood(strict)
    good = strict.cast("somebody", [0])
    counted = next(row.id or 0 for row, _ in strict.ballots() if row.receipt == good)
    for actor in (contest.ju, contest.city.mei, contest.city.wang):
        for act in (
            lambda actor=actor: quarantines.find_held(contest.db, actor, contest.season_id),
            lambda actor=actor: quarantines.waiting(contest.db, actor, contest.season_id),
            lambda actor=actor: quarantines.decide(contest.db, actor, contest.season_id, ids, "count", "x"),
        ):
            assert refusal(act).code == "forbidden"
    decide = lambda ids, decision="count", why="x": quarantines.decide(  # noqa: E731
        contest.db, contest.ou, contest.season_id, ids, decision, why
    )
    assert refusal(lambda: decide([*ids, counted])).code == "not_found"
    assert refusal(lambda: decide([*ids, 9999])).code == "not_found"
    assert refusal(lambda: decide([])).code == "invalid"
    assert refusal(lambda: decide(ids, "maybe")).code == "invalid"
    assert refusal(lambda: decide(ids, why=" ")).code == "required"
    assert (
        refusal(lambda: quarantines.find_held(contest.db, contest.ou, contest.season_id, reason="x")).code == "invalid"
    )
    with contest.db.write() as session:
        session.exec(update(Season).values(state="closed"))
    assert refusal(lambda: decide(ids)).code == "wrong_state"
    assert {row.decision for row in strict.held()} == {""}


def test_the_published_list_says_what_became_of_each_ballot(strict: Booth) -> None:
    contest = strict.contest
    ids = flood(strict)
    strict.cast("somebody", [2])
    quarantines.decide(contest.db, contest.ou, contest.season_id, ids[:1], "count", "x")
    quarantines.decide(contest.db, contest.ou, contest.season_id, ids[1:2], "discard", "x")
    with time_machine.travel("2026-11-05T00:00:00Z", tick=False):
        rows = ballot_reading.published(contest.db, strict.season, "en").rows
    assert sorted(row.state for row in rows) == ["checked", "checked", "counted", "counted", "discarded"]
    assert [row.receipt for row in rows] == sorted(row.receipt for row in rows)
