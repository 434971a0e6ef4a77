"""The end of a season: what must be done before, what nobody can move afterwards, and how a result is corrected."""

import datetime as dt
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine
from sqlmodel import col, select, update
from starlette.testclient import TestClient

from audit.db.models import Document, QuizAttempt, ScoreboardSnapshot, Season
from audit.domain.contest.season import SeasonState
from audit.errors import RoundsError
from audit.services import clock
from audit.services.contest import (
    attempts,
    ballots,
    boards,
    contestants,
    contributions,
    own_score,
    quarantines,
    scoreboard,
    seasons,
    sign_in,
    skills,
    tallies,
)
from audit.services.contest.sign_in import ContestantSession
from audit.services.proof import issued
from tests.contesting import DAY, IN_SEASON, Contest, attempt, contribute, found_decided_contest, tallies_differ, vote
from tests.factories import City
from tests.hands import refusal
from tests.quiz import QUIZ_DAY, Play, play
from tests.voting import Booth

AFTER = dt.timedelta(hours=1)


@pytest.fixture
def contest(city: City) -> Iterator[Contest]:
    """Five have points, so that nobody shares a place at the last seat."""
    with time_machine.travel(IN_SEASON, tick=False):
        made = found_decided_contest(city)
        yield made
        assert tallies_differ(made) == []


def step(contest: Contest | Play, *actions: str) -> None:
    actor = contest.ou if isinstance(contest, Contest) else contest.organiser
    for action in actions:
        version = seasons.get_season(contest.db, actor, contest.season_id).version
        seasons.move_season(contest.db, actor, contest.season_id, version, action, "复核")


def finals(contest: Contest | Play) -> list[ScoreboardSnapshot]:
    query = select(ScoreboardSnapshot).where(ScoreboardSnapshot.kind == "final").order_by(col(ScoreboardSnapshot.id))
    with contest.db.read() as session:
        return list(session.exec(query).all())


def figures(contest: Contest | Play) -> list[Any]:
    with contest.db.read() as session:
        return [tallies.differences(session, contest.season_id, contest.rules.quiz), scoreboard.lines_of(
            session, seasons.find(session, contest.season_id)
        )]  # fmt: skip


# -- before it closes


def test_attempts_whose_time_ran_out_count_in_the_board_and_open_ones_keep_the_season_open(city: City) -> None:
    with time_machine.travel(QUIZ_DAY, tick=False):
        season = play(city)
        lapsed = attempts.start(city.db, season.lin)
        attempts.answer(city.db, season.lin, lapsed, 0, season.letters(lapsed, 0))
    with time_machine.travel(QUIZ_DAY + AFTER, tick=False):
        running = attempts.start(city.db, season.mei)
        attempts.answer(city.db, season.mei, running, 0, season.letters(running, 0))
        step(season, "freeze")
        quiz = {line.key: line.quiz for line in scoreboard.public_board(city.db, season.season_id).lines}
        assert quiz == {str(season.lin.contestant_id): 83, str(season.mei.contestant_id): 0, **hu(season)}
        error = refusal(lambda: step(season, "close"))
        assert (error.code, error.params) == ("season.unfinished", {"open": 1, "held": 0})
        assert season.attempt(running).finished_at is None
        assert finals(season) == []
    with time_machine.travel(QUIZ_DAY + 2 * AFTER, tick=False):
        step(season, "close")
        assert season.attempt(running).finished_at == QUIZ_DAY + AFTER + dt.timedelta(seconds=600)
        assert {line["key"]: line["quiz"] for line in finals(season)[0].content["lines"]} == {
            str(season.lin.contestant_id): 83, str(season.mei.contestant_id): 83, **hu(season),
        }  # fmt: skip
        assert season.differences() == []


def hu(season: Play) -> dict[str, int]:
    return {str(season.people["hu"].contestant_id): 0}


def test_ballots_that_wait_for_a_decision_keep_the_season_open(contest: Contest) -> None:
    one, two = (vote(contest, [contest.ids[5]], held="") for _ in range(2))
    step(contest, "freeze")
    error = refusal(lambda: step(contest, "close"))
    assert (error.code, error.params) == ("season.unfinished", {"open": 0, "held": 2})
    quarantines.decide(contest.db, contest.ou, contest.season_id, [one], "count", "本人确认")
    quarantines.decide(contest.db, contest.ou, contest.season_id, [two], "discard", "重复设备")
    step(contest, "close")
    assert {line["key"]: line["votes"] for line in finals(contest)[0].content["lines"]}[str(contest.ids[5])] == 10_000


def test_a_ballot_on_its_way_is_in_the_final_board_or_refused(contest: Contest) -> None:
    """Whoever closes waits for the ballots that found the season open, and those that come meanwhile find it closed."""
    booth = Booth(contest)
    step(contest, "freeze")
    wanted = ballots._Wanted(
        contest.season_id, booth.known("first"), (contest.ids[6],), ballots.Signals("network", "device")
    )
    closing = Thread(lambda: step(contest, "close"))
    with contest.db.write() as session:
        (receipt,) = ballots._write(session, [wanted])
        assert isinstance(receipt, str), receipt
        closing.start()
        closing.join(0.3)
        assert closing.is_alive(), "it waits for the ballot"
    closing.join()
    assert closing.outcome is None
    assert {line["key"]: line["votes"] for line in finals(contest)[0].content["lines"]}[str(contest.ids[6])] == 10_000
    step(contest, "reopen")
    late = Thread(lambda: booth.cast("second", [7]))
    with contest.db.write() as session:
        season = tallies.hold_season(session, contest.season_id, alone=True)
        late.start()
        late.join(0.3)
        assert late.is_alive(), "it waits for the closing"
        season.state = SeasonState.CLOSED
        session.add(season)
    late.join()
    assert isinstance(late.outcome, RoundsError)
    assert late.outcome.code == "season.not_open"
    assert booth.votes()[7] == 0


class Thread(threading.Thread):
    """A thread that keeps what its act returned or raised."""

    def __init__(self, act: Callable[[], Any]) -> None:
        super().__init__()
        self.act, self.outcome = act, None

    def run(self) -> None:
        try:
            self.outcome = self.act()
        except Exception as error:
            self.outcome = error


# -- afterwards


def test_nothing_moves_behind_the_final_board(contest: Contest) -> None:
    db, ou, me = contest.db, contest.ou, contest.ids[0]
    counted, booth = attempt(contest, me, [1000, 500]), Booth(contest)
    held = vote(contest, [me], held="discard")
    step(contest, "freeze", "close")
    before = figures(contest)
    player = ContestantSession(me, contest.season_id, "")
    # fmt: off
    refused: dict[Callable[[], Any], str] = {
        lambda: attempts.start(db, player):                                           "season.not_open",
        lambda: attempts.void(db, ou, counted, "代答"):                                "wrong_state",
        lambda: booth.cast("somebody", [0]):                                          "season.not_open",
        lambda: quarantines.decide(db, ou, contest.season_id, [held], "count", "改"):  "wrong_state",
        lambda: skills.enter_score(db, ou, me, DAY, "99"):                            "season.not_open",
        lambda: contributions.submit(db, player, "idea", "题", "文"):                  "season.not_open",
        lambda: contestants.set_eligibility(db, ou, me, 1, "违规", 1):                 "wrong_state",
        lambda: contestants.withdraw(db, ou, me, 1):                                  "wrong_state",
        lambda: scoreboard.cast_panel_ballot(db, contest.ju, contest.season_id, me):  "wrong_state",
        lambda: scoreboard.publish_week(db, ou, contest.season_id, 12):               "wrong_state",
    }
    # fmt: on
    for act, code in refused.items():
        assert refusal(act).code == code
    assert figures(contest) == before


def test_an_attempt_that_is_open_in_a_closed_season_takes_no_answer_and_counts_nowhere(city: City) -> None:
    with time_machine.travel(QUIZ_DAY, tick=False):
        season = play(city)
        open_one = attempts.start(city.db, season.lin)
        attempts.answer(city.db, season.lin, open_one, 0, season.letters(open_one, 0))
        with city.db.write() as session:  # past all checks
            session.exec(update(Season).values(state="closed"))
        letters = season.letters(open_one, 1)
        assert refusal(lambda: attempts.answer(city.db, season.lin, open_one, 1, letters)).code == "quiz.over"
        assert refusal(lambda: attempts.finish(city.db, season.lin, open_one)).code == "season.not_open"
    with time_machine.travel(QUIZ_DAY + AFTER, tick=False):
        assert attempts.close_lapsed(city.db) == 0
        assert (season.attempt(open_one).finished_at, season.tally("lin").quiz_sum) == (None, 0)


def test_the_own_page_says_what_the_result_says_and_before_promises_nothing(contest: Contest) -> None:
    """The second is ruled out, and the eighth, of the same branch, has the seat instead."""
    first, second, eighth = (ContestantSession(contest.ids[place], contest.season_id, "") for place in (0, 1, 7))
    step(contest, "freeze")
    contestants.set_eligibility(contest.db, contest.ou, second.contestant_id, 1, "刷票", 0)
    contribute(contest, eighth.contestant_id, "idea", 200)  # behind the frozen board: too little for a seat
    for me, enough in ((first, True), (second, True), (eighth, False)):
        told = own_score.explain(contest.db, me)
        assert told is not None
        assert (told.final, told.star) == (False, enough)
    step(contest, "close")
    kept = finals(contest)[0].content
    for me in (first, second, eighth):
        told, line = own_score.explain(contest.db, me), next(
            one for one in kept["lines"] if one["key"] == str(me.contestant_id)
        )  # fmt: skip
        assert told is not None
        assert (told.final, told.next_seat) == (True, None)
        assert told.star == (str(me.contestant_id) in {star["key"] for star in kept["stars"]})
        shown = {name: getattr(told, name) for name in ("skill", "quiz", "votes", "bonus", "total", "place")}
        assert shown == {name: line[name] for name in shown}
    assert not own_star(contest, second)
    assert own_star(contest, eighth)


def own_star(contest: Contest, me: ContestantSession) -> bool:
    told = own_score.explain(contest.db, me)
    assert told is not None
    return told.star


# -- a result that is corrected


def issue(contest: Contest, kind: str, number: str) -> None:
    """A document as `results` writes its row."""
    with contest.db.write() as session:
        session.add(
            Document(
                kind=kind, number=number, language="zh", filename="x.pdf", media_type="application/pdf", size=1,
                sha256=f"{len(number)}{number:0>60}", account_id=contest.ou.account_id, created_at=clock.now(),
                issued_at=clock.now(),
            )
        )  # fmt: skip


def superseded(contest: Contest) -> dict[str, str]:
    with contest.db.read() as session:
        return {row.number: row.superseded_by for row in session.exec(select(Document)).all()}


def test_what_was_issued_of_a_result_that_was_corrected_names_what_stands_in_its_place(
    contest: Contest, sign_in_as: Callable[..., TestClient]
) -> None:
    step(contest, "freeze", "close")
    left, stays = contest.ids[3], contest.ids[0]
    for kind, number in (
        ("scoreboard", "SA-2026-B"), ("certificates", "SA-2026-C"), ("certificate", f"SA-2026-C{left:05}"),
        ("certificate", f"SA-2026-C{stays:05}"), ("notice", "渝移市〔2026〕1号"), ("scoreboard", "SA-2025-B"),
    ):  # fmt: skip
        issue(contest, kind, number)
    step(contest, "reopen")
    assert set(superseded(contest).values()) == {""}, "the old result stands until there is another"
    assert boards.read(contest.db, contest.season_id).waits == "frozen"
    contribute(contest, contest.ids[8], "idea", 600)
    step(contest, "close")
    assert superseded(contest) == {
        "SA-2026-B": "SA-2026-B2",
        "SA-2026-C": "SA-2026-C2",
        f"SA-2026-C{stays:05}": f"SA-2026-C2-{stays:05}",
        f"SA-2026-C{left:05}": "SA-2026-B2",
        "渝移市〔2026〕1号": "",
        "SA-2025-B": "",
    }
    issue(contest, "scoreboard", "SA-2026-B2")
    page = sign_in_as(None).get("/verify/SA-2026-B", params={"lang": "en"})
    assert page.status_code == 200
    assert "Superseded by SA-2026-B2" in page.text
    assert "no longer in force" in page.text
    valid = sign_in_as(None).get("/verify/SA-2026-B2", params={"lang": "zh_CN"}).text
    assert ("该文件确已签发。" in valid, "取代" in valid) == (True, False)
    step(contest, "reopen", "close")
    assert superseded(contest)["SA-2026-B"] == superseded(contest)["SA-2026-B2"] == "SA-2026-B3"
    assert issued(contest.db, "SA-2026-B2", "10.0.0.1")[0].superseded_by == "SA-2026-B3"


def test_reopened_and_corrected_the_board_stands_still_until_it_is_closed_again(contest: Contest) -> None:
    step(contest, "freeze", "close")
    before = boards.read(contest.db, contest.season_id)
    assert (before.waits, before.stars) == ("closed", {*contest.ids[:5]})
    step(contest, "reopen")
    skills.enter_score(contest.db, contest.ou, contest.ids[7], DAY, "100")
    meanwhile = boards.read(contest.db, contest.season_id)
    assert (meanwhile.waits, meanwhile.lines, meanwhile.stars) == ("frozen", before.lines, frozenset())
    step(contest, "close")
    after = boards.read(contest.db, contest.season_id)
    assert after.stars == {contest.ids[7], *contest.ids[:4]}
    assert after.lines[0].id == contest.ids[7]
    assert len(finals(contest)) == 2


# -- reading on


def test_contestants_sign_in_to_a_closed_season_and_read_their_figures(
    city: City, sign_in_as: Callable[..., TestClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    with time_machine.travel(QUIZ_DAY, tick=False):
        season = play(city)
        attempt_id = attempts.start(city.db, season.lin)
        attempts.answer(city.db, season.lin, attempt_id, 0, season.letters(attempt_id, 0))
        attempts.finish(city.db, season.lin, attempt_id)
        step(season, "freeze", "close")
        asked = sign_in.ask_for_code(city.db, "E1001", "10.0.0.1", "en")
        assert asked.message is not None
        browser = sign_in_as(None)
        browser.cookies.set(
            "rounds-contest", sign_in.sign_in(city.db, "E1001", asked.ticket, asked.message.code, "::1").token
        )
        browser.cookies.set("rounds-lang", "en")
        page = browser.get("/contest/score")
        assert page.status_code == 200
        assert "The season is closed" in page.text
        assert "would be a star" not in page.text
        assert "The season is closed" in browser.get("/contest/").text
        for address in ("/contest/quiz", f"/contest/quiz/{attempt_id}", "/contest/quiz/wrong"):
            assert browser.get(address).status_code == 200, address
        refused = browser.post("/contest/quiz")
        assert refused.status_code in (303, 409)
        with city.db.read() as session:
            assert len(session.exec(select(QuizAttempt)).all()) == 1
