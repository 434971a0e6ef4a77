"""At the usual thresholds: clearing cookies or using leftover slips for one name is held, a hall full of people not."""

import datetime as dt
from collections.abc import Iterator

import pytest
import time_machine
from sqlmodel import select

from audit.db.models import VoteToken
from audit.domain.contest.rules import default_rules
from audit.services.contest import quarantines, tokens, voters
from tests.contesting import IN_SEASON, found_contest, tallies_differ
from tests.factories import City
from tests.voting import Booth

STAFF = 12  # of a hall


@pytest.fixture
def booth(city: City) -> Iterator[Booth]:
    """A season with the usual thresholds; at the end the tallies are what a recount gives."""
    with time_machine.travel(IN_SEASON, tick=False):
        made = Booth(found_contest(city, people=STAFF))
        yield made
        assert tallies_differ(made.contest) == []


def reasons(booth: Booth) -> set[str]:
    return {row.reason for row in booth.held()}


def test_a_crowd_of_three_hundred_behind_one_address_passes(booth: Booth) -> None:
    """A hall votes within two minutes, each with an own phone, for who served them: one colleague twice as often."""
    with time_machine.travel(IN_SEASON, tick=False) as clock:
        for number in range(300):
            clock.shift(0.4)
            served = number % (STAFF + 1) % STAFF
            booth.cast(f"guest {number}", [served], address="203.0.113.7")
    assert booth.held() == []
    assert (max(booth.votes()), sum(booth.votes())) == (47, 300)


def test_who_clears_the_cookies_each_time_is_held_from_the_first_on(booth: Booth) -> None:
    """From one subnet, each time a new device and a verified number: fifteen in a week may be, sixteen are not."""
    with time_machine.travel(IN_SEASON, tick=False) as clock:
        booth.cast("neighbour", [3], address="198.51.100.200")
        for number in range(16):
            if number == 15:
                assert booth.held() == []
            booth.cast(f"number {number}", [0, 1 + number % 2], address=f"198.51.100.{number}")
            clock.shift(dt.timedelta(hours=9))
        booth.cast("one more", [0], address="198.51.100.77")
    assert reasons(booth) == {"name_network"}
    assert (len(booth.held()), booth.votes()[:4]) == (17, [0, 0, 0, 1])


def test_what_comes_in_a_hall_beside_many_others_is_not_most_of_it(booth: Booth) -> None:
    for number in range(20):
        booth.cast(f"guest {number}", [1 + number % 11], address="203.0.113.8")
        booth.cast(f"fan {number}", [0], address="203.0.113.7")
    assert booth.held() == []
    booth.cast("one fan more", [0], address="203.0.113.9")  # 21 of 41: more than half
    assert (reasons(booth), len(booth.held()), booth.votes()[0]) == ({"name_network"}, 21, 0)


def test_a_week_later_it_begins_anew(booth: Booth) -> None:
    for start in (dt.timedelta(0), dt.timedelta(days=7, seconds=1)):
        with time_machine.travel(IN_SEASON + start, tick=False):
            for number in range(15):
                booth.cast(f"{start} {number}", [0], address="198.51.100.1")
    assert (booth.held(), booth.votes()[0]) == ([], 30)


def slips(booth: Booth, count: int, outlet: str, first: int = 0) -> list[str]:
    contest = booth.contest
    numbers = [f"{outlet}-{first + number}" for number in range(count)]
    made = tokens.issue(contest.db, contest.ou, contest.season_id, numbers, contest.city.outlets[outlet])
    return [one.address.partition("t=")[2] for one in made]


def test_leftover_slips_of_a_hall_for_one_name_are_held_wherever_they_are_used(booth: Booth) -> None:
    """In a private window, over days, from networks everywhere: only the slips themselves have something in common."""
    mine, others = slips(booth, 21, "JB01"), slips(booth, 30, "YZ01")
    for number, token in enumerate(others):  # another hall, whose customers name its staff
        proof = voters.by_token(booth.season, token)
        booth.cast(proof, [2 + number % 5], address=f"100.{number}.0.1", device=f"y{number}")
    with time_machine.travel(IN_SEASON, tick=False) as clock:
        for number, token in enumerate(mine):
            assert booth.held() == []
            booth.cast(voters.by_token(booth.season, token), [0], address=f"101.{number}.0.1", device=f"j{number}")
            clock.shift(dt.timedelta(hours=7))
    assert (reasons(booth), len(booth.held()), booth.votes()[0]) == ({"name_outlet"}, 21, 0)
    with booth.contest.db.read() as session:
        used = select(VoteToken.ballot_id).where(VoteToken.outlet_id == booth.contest.city.outlets["JB01"])
        assert {row.ballot_id for row in booth.held()} == set(session.exec(used).all())


def test_slips_of_a_hall_for_its_whole_staff_pass(booth: Booth) -> None:
    for number, token in enumerate(slips(booth, 66, "JB01")):
        booth.cast(voters.by_token(booth.season, token), [number % 3], address=f"101.{number}.0.1", device=f"j{number}")
    assert (booth.held(), booth.votes()[:3]) == ([], [22, 22, 22])


def test_a_flood_of_new_devices_from_everywhere_for_one_name_is_held(booth: Booth) -> None:
    """Through rented addresses all over the country: sixty in a week is what the best of a city has in a season."""
    for number in range(60):
        booth.cast(f"bot {number}", [0], address=f"{11 + number}.1.1.1")
    assert booth.held() == []
    booth.cast("bot 60", [0, 1], address="99.1.1.1")
    assert (reasons(booth), len(booth.held()), booth.votes()[:2]) == ({"fresh"}, 61, [0, 0])


def test_a_name_that_people_come_back_for_is_not_a_flood(booth: Booth) -> None:
    """The same forty people on two days: their devices have voted before."""
    for day in range(2):
        with time_machine.travel(IN_SEASON + dt.timedelta(days=day), tick=False):
            for number in range(40):
                booth.cast(f"fan {number}", [0], address=f"{11 + number}.1.1.1")
    assert (booth.held(), booth.votes()[0]) == ([], 80)


def test_one_device_may_vote_for_two_people_a_day_and_not_for_three(booth: Booth) -> None:
    for day in range(6):
        with time_machine.travel(IN_SEASON + dt.timedelta(days=day), tick=False):
            for person in range(2 if day < 5 else 6):
                booth.cast(f"person {person}", [person, 6 + day], device="the family's")
    assert (reasons(booth), len(booth.held())) == ({"device"}, 16)


@pytest.mark.parametrize("cookie", ["", "made-up", "made-up.signature", "ü", "x" * 4000])
def test_a_device_that_is_not_signed_is_no_device(booth: Booth, cookie: str) -> None:
    """Whatever a program sends as its cookie, without one of ours it is the browser's name within its subnet."""
    plain = voters.signals(booth.season, "198.51.100.1", "", "browser")
    assert voters.signals(booth.season, "198.51.100.7", cookie, "browser") == plain
    signed = voters.new_device(booth.season)
    assert voters.signals(booth.season, "198.51.100.1", signed, "browser").device != plain.device
    assert voters.signals(booth.season, "198.51.100.1", signed[:-3] + "AAA", "browser").device == plain.device


def test_what_a_person_counted_stays_and_what_follows_waits(booth: Booth) -> None:
    for number in range(16):
        booth.cast(f"number {number}", [0], address="198.51.100.1")
    contest, ids = booth.contest, [row.ballot_id for row in booth.held()]
    quarantines.decide(contest.db, contest.ou, contest.season_id, ids, "count", "小厅，均为本厅客户")
    booth.cast("the next", [0], address="198.51.100.1")
    assert [row.decision for row in booth.held()] == ["count"] * 16 + [""]
    assert booth.votes()[0] == 16


def test_thresholds_that_were_kept_before_there_were_shares_are_read_with_the_usual_ones() -> None:
    told = default_rules().to_json()
    told["votes"]["anomalies"] = {"device": {"ballots": 10, "seconds": 86_400}}
    assert type(default_rules()).from_json(told).votes.anomalies.name_network.share == 50
