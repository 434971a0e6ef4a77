"""Wrong tallies: a board that stands says what the rows say, and the history tells what was put right."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from sqlmodel import col, select, text

from audit.db.models import Event
from audit.services.contest import scoreboard, seasons
from tests.contesting import (
    IN_SEASON,
    Contest,
    attempt,
    contribute,
    found_contest,
    found_decided_contest,
    tallies_differ,
    vote,
)
from tests.factories import City
from tests.hands import refusal
from tests.services.test_contest_closing import figures, finals, step


@pytest.fixture
def contest(city: City) -> Iterator[Contest]:
    """Five have points, so that nobody shares a place at the last seat; at the end nothing is wrong."""
    with time_machine.travel(IN_SEASON, tick=False):
        made = found_decided_contest(city)
        yield made
        assert tallies_differ(made) == []


def spoil(contest: Contest, *statements: str) -> None:
    """Tallies as a mistake or somebody at the database would leave them."""
    with contest.db.write() as session:
        for statement in statements:
            session.execute(text(statement))


def mended(contest: Contest) -> list[tuple[int, list[Any]]]:
    query = select(Event).where(Event.verb == "season.tallies_mended").order_by(col(Event.seq))
    with contest.db.read() as session:
        return [(row.data["count"], row.data["first"]) for row in session.exec(query).all()]


def board(contest: Contest, kind: str) -> dict[str, Any]:
    with contest.db.read() as session:
        found = scoreboard.newest(session, contest.season_id, kind)
        assert found is not None
        return found.content


@pytest.mark.parametrize("action", ["freeze", "close"])
def test_a_board_that_stands_says_what_the_rows_say_and_the_history_what_was_wrong(
    contest: Contest, action: str
) -> None:
    first, last = contest.ids[0], contest.ids[-1]
    attempt(contest, first, [1000, 500])
    attempt(contest, first, [700], dt.date(2026, 8, 3))
    vote(contest, [last])
    if action == "close":
        step(contest, "freeze")
    assert mended(contest) == [], "nothing was wrong"
    right = figures(contest)
    spoil(
        contest,
        f"UPDATE contest_tally SET votes = 9, bonus = bonus + 1 WHERE contestant_id = {last}",
        f"UPDATE quiz_week SET best = 3 WHERE contestant_id = {first} AND best = 700",
        f"DELETE FROM contest_tally WHERE contestant_id = {contest.ids[6]}",
    )
    version = seasons.get_season(contest.db, contest.ou, contest.season_id).version
    assert seasons.move_season(contest.db, contest.ou, contest.season_id, version, action, "复核") == 4
    [(count, told)] = mended(contest)
    assert count == 4
    assert [tuple(one) for one in told[1:3]] == [(last, "votes", 9, 1), (last, "bonus", 1, 0)]
    assert (told[0], told[3][0], told[3][2:]) == ([contest.ids[6], "row", 0, 1], first, [3, 700])
    assert figures(contest) == right
    kept = board(contest, {"freeze": "freeze", "close": "final"}[action])
    assert {line["key"]: line["votes"] for line in kept["lines"]}[str(last)] == 10_000
    assert len(kept["lines"]) == len(contest.ids), "nobody is missing"
    assert 700 in [bests.get(str(first)) for bests in kept["weeks"].values()]


def test_a_shared_place_that_wrong_tallies_hid_is_told_and_the_panel_can_decide_it(city: City) -> None:
    """A seat for each of three organisations; two of the first one share its best place."""
    with time_machine.travel(IN_SEASON, tick=False):
        contest = found_contest(city, stars=(3, 1, 0, 0))
        one, other = contest.ids[0], contest.ids[3]
        for id_ in (one, other, contest.ids[1], contest.ids[2]):
            contribute(contest, id_, "idea", 300)
        step(contest, "freeze")
        spoil(contest, f"UPDATE contest_tally SET bonus = 0 WHERE contestant_id = {other}")
        assert refusal(lambda: step(contest, "close")).code == "season.undecided"
        assert (mended(contest), finals(contest)) == ([(1, [[other, "bonus", 0, 300]])], [])
        scoreboard.cast_panel_ballot(city.db, contest.ju, contest.season_id, other)
        step(contest, "close")
        assert str(other) in {star["key"] for star in finals(contest)[0].content["stars"]}
