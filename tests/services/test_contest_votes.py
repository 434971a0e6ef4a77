"""Votes: one ballot a day and verified voter, what is refused, and what attackers get for their trouble."""

import datetime as dt
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
import time_machine
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import col, select, update

from audit.db.group_commit import Together
from audit.db.models import Contestant, Event, OneTimeCode, Season, Throttle, Voter, VoteToken
from audit.domain.contest.season import VoterKind
from audit.errors import RoundsError
from audit.services.contest import ballot_reading, ballots, candidates, seasons, tokens, voters
from audit.services.contest.voters import Proof
from tests.contesting import IN_SEASON, found_contest, tallies_differ
from tests.factories import City
from tests.hands import refusal
from tests.voting import Booth

PHONE = "13912345678"


@pytest.fixture
def booth(city: City) -> Iterator[Booth]:
    """A season on a day of votes; at the end the tallies are what a recount gives."""
    with time_machine.travel(IN_SEASON, tick=False):
        made = Booth(found_contest(city, people=6))
    yield made
    assert tallies_differ(made.contest) == []


@pytest.fixture
def today() -> Iterator[None]:
    """The day of votes, standing still."""
    with time_machine.travel(IN_SEASON, tick=False):
        yield


def by_phone(booth: Booth, phone: str = PHONE, code: str = "") -> Proof:
    """The phone's owner asks for a code and types it."""
    asked = voters.ask_for_code(booth.contest.db, booth.season, phone, "10.0.0.1", "zh_CN")
    assert asked.message
    typed = code or asked.message.code
    return voters.by_phone(booth.contest.db, booth.season, phone, asked.ticket, typed, "10.0.0.1")


def token_of(booth: Booth, number: str = "T-1", **more: Any) -> str:
    slips = tokens.issue(booth.contest.db, booth.contest.ou, booth.contest.season_id, [number], **more)
    return slips[0].address.split("t=")[1]


def parallel(count: int, act: Callable[[int], str]) -> Counter[str]:
    """How often what came of `count` threads let go at once; a receipt is "cast", a refusal its code."""
    gate, found = threading.Barrier(count), [""] * count

    def run(number: int) -> None:
        gate.wait()
        try:
            found[number] = "cast" if act(number) else "nothing"
        except RoundsError as error:
            found[number] = error.code

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return Counter(found)


def test_a_ballot_counts_one_vote_for_each_of_its_names(booth: Booth, today: None) -> None:
    booth.cast("a", [0])
    booth.cast("b", [0, 1, 5])
    assert booth.votes() == [2, 1, 0, 0, 0, 1]
    assert booth.held() == []


@pytest.mark.parametrize("places", [[], [0, 1, 2, 3], [0, 0], [1, 2, 1]])
def test_one_to_three_different_names_make_a_ballot(booth: Booth, today: None, places: list[int]) -> None:
    assert refusal(lambda: booth.cast("a", places)).code == "vote.names"
    assert booth.ballots() == []


@pytest.mark.parametrize("forged", ["", "nobody", "1", "' OR 1=1", "😀"])
def test_forged_names_make_no_ballot(booth: Booth, today: None, forged: str) -> None:
    where = voters.signals(booth.season, "10.0.0.1", "d", "")
    for names in ([forged], [booth.codes[0], forged]):
        act = lambda names=names: ballots.cast(booth.contest.db, booth.season, booth.known("a"), names, where)  # noqa: E731
        assert refusal(act).code == "vote.names"
    assert booth.votes() == [0] * 6


def test_whoever_withdrew_and_contestants_of_another_season_cannot_be_named(booth: Booth, today: None) -> None:
    with booth.contest.db.write() as session:
        one, two = booth.contest.ids[:2]
        session.exec(update(Contestant).where(col(Contestant.id) == one).values(withdrawn_at=IN_SEASON))
        season = Season(code="old", name_zh="旧", state="closed", rules={}, salt="1" * 64, created_at=IN_SEASON)
        session.add(season)
        session.flush()
        session.exec(update(Contestant).where(col(Contestant.id) == two).values(season_id=season.id))
    assert [refusal(lambda place=place: booth.cast("a", [place])).code for place in (0, 1)] == ["vote.names"] * 2
    with booth.contest.db.write() as session:
        session.exec(update(Contestant).where(col(Contestant.id) == two).values(season_id=booth.contest.season_id))


def test_two_hundred_votes_of_one_voter_at_once_are_one(booth: Booth, today: None) -> None:
    found = parallel(200, lambda number: booth.cast("the same", [number % 6], address="10.0.0.1", device=str(number)))
    assert found == {"cast": 1, "vote.already": 199}
    assert (len(booth.ballots()), sum(booth.votes())) == (1, 1)


def test_several_processes_together_count_one_ballot_of_a_voter_and_all_of_many(
    booth: Booth, today: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every thread commits for itself, as the processes of a larger installation do."""
    monkeypatch.setattr(ballots, "_writer", lambda db: Together(db, ballots._write))
    found = parallel(20, lambda number: booth.cast("the same", [number % 6, (number + 1) % 6], device=str(number)))
    assert found == {"cast": 1, "vote.already": 19}
    found = parallel(
        20, lambda number: booth.cast(f"voter {number}", [number % 6, (number * 5 + 1) % 6][: number % 2 + 1])
    )
    assert found == {"cast": 20}


def test_many_voters_at_once_are_all_counted(booth: Booth, today: None) -> None:
    found = parallel(60, lambda number: booth.cast(f"voter {number}", [number % 6, (number + 1) % 6]))
    assert found == {"cast": 60}
    assert booth.votes() == [20] * 6


def test_the_day_is_that_of_shanghai_to_the_second(booth: Booth) -> None:
    last = dt.datetime(2026, 10, 6, 15, 59, 59, tzinfo=dt.UTC)  # 23:59:59
    with time_machine.travel(last, tick=False):
        booth.cast("a", [0])
        assert refusal(lambda: booth.cast("a", [1])).code == "vote.already"
    with time_machine.travel(last + dt.timedelta(seconds=2), tick=False):
        booth.cast("a", [1])
        assert refusal(lambda: booth.cast("a", [2])).code == "vote.already"
    assert [row.day.isoformat() for row, _ in booth.ballots()] == ["2026-10-06", "2026-10-07"]


def test_whoever_votes_twice_is_told_the_receipt_of_the_ballot_that_is_in(booth: Booth, today: None) -> None:
    receipt = booth.cast("a", [0])
    again = refusal(lambda: booth.cast("a", [1]))
    assert again.params["receipt"].replace("-", "") == receipt


@pytest.mark.parametrize(
    ("instant", "open_"),
    [
        ("2026-09-30T15:59:59", False),
        ("2026-09-30T16:00:00", True),
        ("2026-11-01T15:59:59", True),
        ("2026-11-01T16:00:00", False),
    ],
)
def test_votes_are_taken_from_the_first_to_the_last_second_of_their_stages(
    booth: Booth, instant: str, open_: bool
) -> None:
    with time_machine.travel(dt.datetime.fromisoformat(instant).replace(tzinfo=dt.UTC), tick=False):
        if open_:
            booth.cast("a", [0])
        else:
            assert refusal(lambda: booth.cast("a", [0])).code == "season.not_open"
            asked = lambda: voters.ask_for_code(booth.contest.db, booth.season, PHONE, "10.0.0.1", "en")  # noqa: E731
            assert refusal(asked).code == "season.not_open"
    assert booth.votes()[0] == int(open_)


def test_a_frozen_season_takes_votes_and_a_closed_one_does_not(booth: Booth, today: None) -> None:
    contest = booth.contest
    seasons.move_season(contest.db, contest.ou, contest.season_id, 2, "freeze")
    booth.cast("a", [0])
    with contest.db.write() as session:
        session.exec(update(Season).where(col(Season.id) == contest.season_id).values(state="closed"))
    # The page was loaded while the season was open: what counts is the season as it is now.
    assert refusal(lambda: booth.cast("b", [0])).code == "season.not_open"
    assert booth.votes() == [1, 0, 0, 0, 0, 0]


def test_a_phone_votes_once_with_its_code_and_its_number_is_nowhere(booth: Booth, today: None) -> None:
    booth.cast(by_phone(booth), [0])
    assert refusal(lambda: booth.cast(by_phone(booth, "+86 139 1234 5678"), [1])).code == "vote.already"
    with booth.contest.db.read() as session:
        kept = [
            row.model_dump()
            for table in (Voter, OneTimeCode, Throttle, Event)
            for row in session.exec(select(table)).all()
        ]
    assert PHONE not in repr(kept)
    assert "10.0.0.1" not in repr(kept)
    with booth.contest.db.read() as session:
        assert [row.kind for row in session.exec(select(Voter)).all()] == [VoterKind.PHONE]


def test_a_wrong_code_casts_nothing_and_a_used_one_not_again(booth: Booth, today: None) -> None:
    assert refusal(lambda: booth.cast(by_phone(booth, code="000000"), [0])).code == "code.wrong"
    proof = by_phone(booth)
    assert refusal(lambda: booth.cast(replace(proof, ticket="another page"), [0])).code == "code.wrong"
    other = replace(proof, identity=booth.known("x").identity, subject=booth.known("x").identity)
    assert refusal(lambda: booth.cast(other, [0])).code == "code.wrong"
    booth.cast(proof, [0])
    with time_machine.travel(IN_SEASON + dt.timedelta(days=1), tick=False):
        assert refusal(lambda: booth.cast(proof, [0])).code == "code.wrong"
    assert len(booth.ballots()) == 1


def test_one_code_sent_two_hundred_times_at_once_casts_one_ballot(booth: Booth, today: None) -> None:
    proof = by_phone(booth)
    found = parallel(200, lambda number: booth.cast(proof, [number % 6]))
    assert (found["cast"], found["cast"] + found["code.wrong"] + found["vote.already"]) == (1, 200)
    assert sum(booth.votes()) == 1


def test_a_token_casts_one_ballot_whatever_is_cleared_and_on_whichever_day(booth: Booth, today: None) -> None:
    token = token_of(booth)
    receipt = booth.cast(voters.by_token(booth.season, token), [0], device="one")
    for day in range(3):
        with time_machine.travel(IN_SEASON + dt.timedelta(days=day), tick=False):
            again = refusal(lambda: booth.cast(voters.by_token(booth.season, token), [1], device="one"))
        assert (again.code, again.params["receipt"].replace("-", "")) == ("vote.already", receipt)
    assert booth.votes()[:2] == [1, 0]


@pytest.mark.parametrize(("used_on", "found_on"), [("one", ""), ("one", "two"), ("", ""), ("", "one")])
def test_whoever_finds_a_used_slip_does_not_learn_whom_the_customer_named(
    booth: Booth, today: None, used_on: str, found_on: str
) -> None:
    """Not even in the same subnet and with the same kind of browser, both without the cookie that names a device."""
    token = token_of(booth)
    booth.cast(voters.by_token(booth.season, token), [0], device=used_on)
    again = refusal(lambda: booth.cast(voters.by_token(booth.season, token), [1], device=found_on))
    assert (again.code, again.params) == ("vote.used", {})
    assert booth.votes()[:2] == [1, 0]


def test_one_token_sent_two_hundred_times_at_once_casts_one_ballot(booth: Booth, today: None) -> None:
    token = token_of(booth)
    found = parallel(200, lambda number: booth.cast(voters.by_token(booth.season, token), [number % 6]))
    assert found == {"cast": 1, "vote.already": 199}
    assert sum(booth.votes()) == 1


def test_forged_and_expired_tokens_cast_nothing(booth: Booth, today: None) -> None:
    token = token_of(booth)
    name, signature = token.split(".")
    for forged in ("", "x", name, f"{name}.", f"other.{signature}", token[:-2], token.upper(), "é.é"):
        assert refusal(lambda forged=forged: voters.by_token(booth.season, forged)).code == "vote.token"
    other = Season(code="o", name_zh="", rules={}, salt="2" * 64, created_at=IN_SEASON)
    assert refusal(lambda: voters.by_token(other, token)).code == "vote.token"
    late = IN_SEASON + dt.timedelta(days=tokens.DAYS)
    with time_machine.travel(late, tick=False):
        assert refusal(lambda: booth.cast(voters.by_token(booth.season, token), [0])).code == "vote.token"
    assert booth.ballots() == []


def test_a_transaction_has_one_token_however_often_it_is_asked_for(booth: Booth, today: None) -> None:
    contest = booth.contest
    first = tokens.issue(contest.db, contest.ou, contest.season_id, ["T-1", " T-2", "T-1"])
    again = tokens.issue(contest.db, contest.ou, contest.season_id, ["T-2", "T-3"])
    assert [slip.transaction for slip in first] == ["T-1", "T-2"]
    assert again[0].address == first[1].address
    with contest.db.read() as session:
        rows = session.exec(select(VoteToken)).all()
    assert len({slip.address for slip in first + again}) == len(rows) == 3
    assert "T-1" not in repr([row.model_dump() for row in rows])


def test_only_the_organiser_gives_out_tokens(booth: Booth, today: None) -> None:
    contest = booth.contest
    issue = lambda actor, **more: tokens.issue(contest.db, actor, contest.season_id, ["T"], **more)  # noqa: E731
    for actor in (contest.ju, contest.city.mei, contest.city.wang):
        assert refusal(lambda actor=actor: issue(actor)).code == "forbidden"
    for more, code in (
        ({"outlet_id": 999}, "not_found"),
        ({"contestant_id": 999}, "not_found"),
        ({"days": 0}, "invalid"),
    ):
        assert refusal(lambda more=more: issue(contest.ou, **more)).code == code
    assert refusal(lambda: tokens.issue(contest.db, contest.ou, contest.season_id, [])).code == "required"
    token = token_of(booth, contestant_id=contest.ids[2])
    assert tokens.served_at(contest.db, booth.season, token).code == booth.codes[2]


def test_nobody_votes_for_themselves_by_whichever_way(booth: Booth, today: None) -> None:
    contest = booth.contest
    with contest.db.write() as session:
        session.exec(update(Contestant).where(col(Contestant.id) == contest.ids[0]).values(phone="139 1234-5678"))
    ways = [
        lambda: booth.cast(voters.by_employee(booth.season, booth.me(0)), [0]),
        lambda: booth.cast(voters.by_employee(booth.season, booth.me(0)), [1, 0]),
        lambda: booth.cast(by_phone(booth), [0]),
        lambda: ballots.cast(
            contest.db, booth.season, voters.by_token(booth.season, token_of(booth)), [booth.codes[0]],
            voters.signals(booth.season, "10.0.0.1", "", ""), signed_in=[contest.ids[0]],
        ),
    ]  # fmt: skip
    assert [refusal(way).code for way in ways] == ["vote.self"] * 4
    booth.cast(voters.by_employee(booth.season, booth.me(0)), [1])
    assert booth.votes() == [0, 1, 0, 0, 0, 0]


def test_a_contestant_with_cookie_and_phone_is_one_voter(booth: Booth, today: None) -> None:
    contest = booth.contest
    with contest.db.write() as session:
        session.exec(update(Contestant).where(col(Contestant.id) == contest.ids[0]).values(phone="+86" + PHONE))
    booth.cast(voters.by_employee(booth.season, booth.me(0)), [1])
    assert refusal(lambda: booth.cast(by_phone(booth), [2])).code == "vote.already"
    other = replace(booth.me(1), season_id=999)
    assert refusal(lambda: voters.by_employee(booth.season, other)).code == "unauthenticated"


def test_ballots_cannot_be_changed_or_taken_away(booth: Booth, today: None) -> None:
    booth.cast("a", [0])
    for statement in (
        "UPDATE ballot SET day = day",
        "DELETE FROM ballot",
        "UPDATE ballot_name SET contestant_id = contestant_id",
        "DELETE FROM ballot_name",
    ):
        with pytest.raises(DBAPIError, match="append-only"), booth.contest.db.write() as session:
            session.execute(text(statement))


def test_codes_for_one_phone_are_throttled_and_a_hall_behind_one_address_is_not(booth: Booth, today: None) -> None:
    def ask(phone: str, address: str = "10.0.0.1") -> None:
        voters.ask_for_code(booth.contest.db, booth.season, phone, address, "en")

    for number in range(10):
        ask(PHONE, f"10.0.0.{number}")
    assert refusal(lambda: ask(PHONE, "10.9.9.9")).code == "signin.throttled", "from wherever it is asked"
    for number in range(300):
        ask(f"138{number:08}")
    for phone in ("", "123", "abc"):
        assert refusal(lambda phone=phone: ask(phone)).code in ("required", "invalid")


def test_a_ballot_is_found_by_its_receipt_and_the_list_waits_until_votes_are_over(booth: Booth, today: None) -> None:
    db, season = booth.contest.db, booth.season
    receipt = booth.cast("a", [0, 1])
    mine = ballot_reading.by_receipt(db, season, receipt.lower(), "zh_CN")
    assert mine
    assert (mine.names, mine.state) == (("选手0", "选手1"), "")
    assert ballot_reading.by_receipt(db, season, "2" * 12, "zh_CN") is None
    assert ballot_reading.published(db, season, "zh_CN").total == 0
    assert ballot_reading.published_days(season) == []
    with time_machine.travel("2026-11-01T16:00:01Z", tick=False):
        found = ballot_reading.published(db, season, "zh_CN")
        assert [(row.names, row.state, row.day.day) for row in found.rows] == [(("选手0", "选手1"), "counted", 6)]
        assert len(ballot_reading.published_days(season)) == 32
        day = IN_SEASON.date() - dt.timedelta(days=1)
        assert ballot_reading.published(db, season, "zh_CN", day).total == 0
    season.state = "closed"  # on the day of the last ballot: whoever recounts the file finds it in the list
    assert ballot_reading.published(db, season, "zh_CN").total == 1
    assert ballot_reading.published_days(season)[0] == IN_SEASON.date()


def test_where_the_rules_publish_daily_nothing_of_today_is_shown(booth: Booth, today: None) -> None:
    booth.season.rules = {**booth.season.rules, "votes": {**booth.season.rules["votes"], "published": "daily"}}
    db, season = booth.contest.db, booth.season
    booth.cast("a", [0])
    assert ballot_reading.published(db, season, "en").total == 0
    with time_machine.travel(IN_SEASON + dt.timedelta(days=1), tick=False):
        booth.cast("b", [0])
        assert ballot_reading.published(db, season, "en").total == 1
        assert ballot_reading.published_days(season)[0] == IN_SEASON.date()


def test_contestants_are_found_by_name_and_place_in_an_order_that_no_vote_changes(booth: Booth, today: None) -> None:
    db, season_id = booth.contest.db, booth.contest.season_id
    before = [one.code for one in candidates.find(db, season_id, "en").rows]
    booth.cast("a", [5])
    assert [one.code for one in candidates.find(db, season_id, "en").rows] == before
    assert [one.name for one in candidates.find(db, season_id, "zh_CN", "选手3").rows] == ["选手3"]
    places = candidates.organisations(db, season_id, "zh_CN")
    assert len(places) == 3
    assert candidates.find(db, season_id, "zh_CN", organisation_id=places[0].id).total == 2
    assert refusal(lambda: candidates.one(db, season_id, "en", "nobody")).code == "not_found"
    assert refusal(lambda: candidates.check_picture(db, "0" * 64)).code == "not_found"
