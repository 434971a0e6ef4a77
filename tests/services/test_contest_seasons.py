"""A season from draft to stars: who may move it, what the public sees of it, and what the panel decides."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import SecretStr
from sqlmodel import select

from audit.config import settings
from audit.db.models import Event, ScoreboardSnapshot, Season
from audit.domain.contest.rules import Rules, default_rules
from audit.domain.contest.season import SEASON_STEPS, SeasonState
from audit.domain.permissions import Actor, Granted, Role, Scope
from audit.errors import RoundsError
from audit.services import clock
from audit.services.contest import attempts, contestants, scoreboard, seasons, skills
from audit.services.contest.seasons import SeasonValues
from tests.contesting import DAY, IN_SEASON, Contest, contribute, found_contest
from tests.factories import City
from tests.quiz import QUIZ_DAY, play

BEFORE_VOTES = dt.datetime(2026, 9, 22, 2, 0, tzinfo=dt.UTC)
ACTIONS = sorted({step.action for step in SEASON_STEPS})


@pytest.fixture
def contest(city: City) -> Iterator[Contest]:
    with clock.stopped(IN_SEASON):
        yield found_contest(city)


def version(contest: Contest) -> int:
    return seasons.get_season(contest.db, contest.ou, contest.season_id).version


def move(contest: Contest, *actions: str) -> None:
    for action in actions:
        seasons.move_season(contest.db, contest.ou, contest.season_id, version(contest), action, "复核")


def refused(code: str, act: Any, *arguments: Any) -> None:
    with pytest.raises(RoundsError) as error:
        act(*arguments)
    assert error.value.code == code


PATHS: dict[SeasonState, tuple[str, ...]] = {
    SeasonState.RUNNING: (),
    SeasonState.FROZEN: ("freeze",),
    SeasonState.CLOSED: ("freeze", "close"),
}
RETURNS = {"thaw": "freeze"}  # how to come back, so that the state's next step can be tried


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ({}, "ROUNDS_VOTE_KEY"),
        ({"code_channel": "text messages"}, "ROUNDS_VOTE_KEY"),
        ({"vote_key": SecretStr("a secret")}, "ROUNDS_CODE_CHANNEL"),
        ({"vote_key": SecretStr("a secret"), "code_channel": "text messages"}, ""),
        ({"demo": True}, ""),
    ],
    ids=["nothing", "no key", "no channel", "both", "demo mode"],
)
def test_a_season_runs_only_with_a_secret_for_its_votes_and_a_channel_for_its_codes(
    contest: Contest, monkeypatch: pytest.MonkeyPatch, given: dict[str, Any], name: str
) -> None:
    for field, value in given.items():
        monkeypatch.setattr(settings(), field, value)
    with contest.db.write() as session:
        session.get_one(Season, contest.season_id).state = "draft"
    seasons.check_running(contest.db)  # nothing runs yet
    for act in (lambda: move(contest, "start"), lambda: seasons.check_running(contest.db)):
        if not name:
            act()
            continue
        with pytest.raises(RoundsError) as refusal:
            act()
        assert (refusal.value.code, refusal.value.params["name"]) == ("settings.unsafe", name)
        with contest.db.write() as session:  # as a season that was started before
            session.get_one(Season, contest.season_id).state = "running"


@pytest.mark.parametrize("state", PATHS)
def test_only_the_steps_of_the_table_are_possible(contest: Contest, state: SeasonState) -> None:
    for id_ in contest.ids[:5]:  # nobody shares a place at the last seat
        contribute(contest, id_, "idea", 100 * id_)
    move(contest, *PATHS[state])
    steps = {step.action: step.target for step in SEASON_STEPS if step.source == state}
    for action in ACTIONS:
        if action not in steps:
            refused("wrong_state", move, contest, action)
    for action in sorted(steps, key=lambda name: name not in RETURNS):
        move(contest, action)
        assert seasons.get_season(contest.db, contest.ou, contest.season_id).state == steps[action]
        move(contest, *([RETURNS[action]] if action in RETURNS else []))


def test_a_draft_can_only_start_and_only_with_contestants(contest: Contest) -> None:
    contest.season_id = seasons.create_season(contest.db, contest.ou, SeasonValues("2027", "下一季"))
    for action in ACTIONS:
        refused("season.no_contestants" if action == "start" else "wrong_state", move, contest, action)


def test_a_new_season_begins_on_the_day_that_was_chosen(contest: Contest) -> None:
    day = dt.date(2027, 6, 30)
    number = seasons.create_season(contest.db, contest.ou, SeasonValues("2027", "下一季", first=day))
    ruled = Rules.from_json(seasons.get_season(contest.db, contest.ou, number).rules)
    usual = default_rules()
    assert ruled == usual.moved(day - usual.stages[0].first)
    assert ruled.stages[0].first == day


def test_a_step_back_needs_a_reason_and_every_step_is_in_the_history(contest: Contest) -> None:
    move(contest, "freeze")
    refused("required", seasons.move_season, contest.db, contest.ou, contest.season_id, version(contest), "thaw", " ")
    refused("stale", seasons.move_season, contest.db, contest.ou, contest.season_id, 1, "thaw", "复核")
    move(contest, "thaw")
    with contest.db.read() as session:
        verbs = [event.verb for event in session.exec(select(Event).order_by(Event.seq)).all()]
    assert [verb for verb in verbs if verb.startswith("season.")] == [
        "season.created", "season.start", "season.freeze", "season.thaw",
    ]  # fmt: skip


def test_only_the_organiser_of_the_season_runs_it(contest: Contest) -> None:
    db, city, season_id = contest.db, contest.city, contest.season_id
    other = Actor(contest.ou.account_id, "other", grants=(Granted(Role.ORGANISER, Scope.SEASON, season_id + 1),))
    for actor, code in ((city.wang, "forbidden"), (contest.ju, "forbidden"), (other, "not_found")):
        refused(code, seasons.move_season, db, actor, season_id, 2, "freeze")
        refused(code, seasons.amend_rules, db, actor, season_id, 2, contest.rules.to_json(), "因为")
        refused(code, scoreboard.try_stars, db, actor, season_id)
        refused(code, contestants.set_eligibility, db, actor, contest.ids[0], 1, "违规", 0)
        refused(code, contestants.withdraw, db, actor, contest.ids[0], 1)
    refused("forbidden", seasons.create_season, db, city.wang, SeasonValues("x", "赛季"))


def test_a_draft_is_seen_by_its_organiser_alone(contest: Contest) -> None:
    draft = seasons.create_season(contest.db, contest.ou, SeasonValues("2027", "下一季"))
    assert [row.code for row in seasons.find_seasons(contest.db, contest.ou)] == ["2027", "2026"]
    assert [row.code for row in seasons.find_seasons(contest.db, contest.city.lin)] == ["2026"]
    refused("not_found", seasons.get_season, contest.db, contest.city.lin, draft)
    refused("not_found", scoreboard.public_board, contest.db, draft)
    assert seasons.current_season(contest.db).code == "2026"  # type: ignore[union-attr]
    refused("season.code_taken", seasons.create_season, contest.db, contest.ou, SeasonValues("2027", "又一季"))


def test_a_closed_season_keeps_its_rules_and_its_people(contest: Contest) -> None:
    for id_ in contest.ids[:5]:
        contribute(contest, id_, "idea", 100 * id_)
    move(contest, "freeze", "close")
    rules = {**contest.rules.to_json(), "ties": []}
    refused(
        "wrong_state", seasons.amend_rules, contest.db, contest.ou, contest.season_id, version(contest), rules, "改"
    )
    refused("wrong_state", contestants.set_eligibility, contest.db, contest.ou, contest.ids[0], 1, "违规", 0)
    refused("season.not_open", skills.enter_score, contest.db, contest.ou, contest.ids[0], DAY, "90")


def test_the_public_board_stands_still_while_points_are_still_counted(contest: Contest) -> None:
    me = contest.ids[4]
    contribute(contest, me, "case", 200)
    move(contest, "freeze")
    contribute(contest, contest.ids[0], "idea", 300)
    skills.enter_score(contest.db, contest.ou, contest.ids[1], DAY, "100")
    board = scoreboard.public_board(contest.db, contest.season_id)
    assert board.snapshot is not None
    assert [(line.key, line.bonus) for line in board.lines[:1]] == [(str(me), 200)]
    assert scoreboard.try_stars(contest.db, contest.ou, contest.season_id).lines[0].key == str(contest.ids[1])
    move(contest, "thaw")
    assert scoreboard.public_board(contest.db, contest.season_id).waits == "votes", "and people vote today"
    with clock.stopped(BEFORE_VOTES):
        assert scoreboard.public_board(contest.db, contest.season_id).lines[0].key == str(contest.ids[1])


def test_an_attempt_that_ran_out_unseen_counts_in_the_frozen_board(city: City) -> None:
    with clock.stopped(QUIZ_DAY):
        season = play(city)
        lin, mei = attempts.start(city.db, season.lin), attempts.start(city.db, season.mei)
        attempts.answer(city.db, season.lin, lin, 0, season.letters(lin, 0))
    with clock.stopped(QUIZ_DAY + dt.timedelta(hours=1)):
        again = attempts.start(city.db, season.mei)
        assert again != mei, "her first one ran out"
        attempts.answer(city.db, season.mei, again, 0, season.letters(again, 0))
        seasons.move_season(city.db, season.organiser, season.season_id, 1, "freeze")
        quiz = {line.key: line.quiz for line in scoreboard.public_board(city.db, season.season_id).lines}
        assert quiz[str(season.lin.contestant_id)] > 0
        assert quiz[str(season.mei.contestant_id)] == 0, "still playing"
        assert season.differences() == []


def test_a_frozen_stage_of_the_rules_freezes_the_board_too(contest: Contest) -> None:
    scoreboard.publish_week(contest.db, contest.ou, contest.season_id, 12)
    contribute(contest, contest.ids[0], "case", 200)
    with clock.stopped(BEFORE_VOTES):
        assert scoreboard.public_board(contest.db, contest.season_id).lines[0].bonus == 200
    with clock.stopped(dt.datetime(2026, 10, 27, 2, 0, tzinfo=dt.UTC)):
        board = scoreboard.public_board(contest.db, contest.season_id)
        assert (board.lines[0].bonus, board.waits) == (0, "frozen")
        refused("wrong_state", scoreboard.publish_week, contest.db, contest.ou, contest.season_id, 15)


def test_nobody_but_the_organiser_learns_who_is_ruled_out(contest: Contest) -> None:
    me = contest.ids[0]
    contribute(contest, me, "case", 200)
    contestants.set_eligibility(contest.db, contest.ou, me, 1, "刷票", 2)
    trial = scoreboard.try_stars(contest.db, contest.ou, contest.season_id)
    assert trial.ineligible == {str(me): "刷票"}
    assert str(me) not in {star.key for star in trial.selection.stars}
    line = scoreboard.public_board(contest.db, contest.season_id).lines[0]
    assert (line.key, line.eligible, line.complaints) == (str(me), True, 0)
    for actor, told in ((contest.ou, ("刷票", 2)), (contest.ju, ("", 0)), (contest.city.mei, None)):
        rows = contestants.find_contestants(contest.db, actor, contest.season_id, search="E0000").rows
        assert ([(row.ineligible, row.complaints) for row in rows] or [None]) == [told]
    move(contest, "freeze")
    with contest.db.read() as session:
        assert "刷票" not in str([row.content for row in session.exec(select(ScoreboardSnapshot)).all()])


def test_the_panel_decides_a_shared_place_and_only_that(city: City) -> None:
    """Four seats, three of them by organisation: two of Yuzhong share the first place, one of them has its seat."""
    with clock.stopped(IN_SEASON):
        contest = found_contest(city, stars=(3, 1, 0, 0))
        db, season_id = contest.db, contest.season_id
        one, other, third = contest.ids[0], contest.ids[3], contest.ids[6]  # all of Yuzhong
        for id_, points in ((one, 300), (other, 300), (third, 100), (contest.ids[1], 500), (contest.ids[2], 400)):
            contribute(contest, id_, "idea", points)
        refused("wrong_state", scoreboard.cast_panel_ballot, db, contest.ju, season_id, one)
        move(contest, "freeze")
        assert _questions(contest) == {str(one): 1, str(other): 1}
        refused("season.undecided", move, contest, "close")
        refused("forbidden", scoreboard.cast_panel_ballot, db, contest.ou, season_id, one)
        refused("panel.not_tied", scoreboard.cast_panel_ballot, db, contest.ju, season_id, third)
        refused("not_found", scoreboard.cast_panel_ballot, db, contest.ju, season_id + 1, one)
        neighbour = Actor(contest.ke.account_id, "ke", "zh_CN", contest.ke.grants, city.organisations["yuzhong"])
        refused("panel.own_organisation", scoreboard.cast_panel_ballot, db, neighbour, season_id, one)
        for judge, choice in ((contest.ju, one), (contest.ke, other)):
            scoreboard.cast_panel_ballot(db, judge, season_id, choice)
        refused("season.undecided", move, contest, "close")  # one ballot each
        scoreboard.cast_panel_ballot(db, contest.ju, season_id, other)
        scoreboard.cast_panel_ballot(db, contest.ju, season_id, other)  # again: nothing
        move(contest, "close")
        with db.read() as session:
            final = scoreboard.newest(session, season_id, "final")
        assert final is not None
        assert {star["key"] for star in final.content["stars"]} == {str(other), *map(str, contest.ids[1:3])}


def _questions(contest: Contest) -> dict[str, int]:
    with contest.db.read() as session:
        return scoreboard.panel_questions(session, seasons.find(session, contest.season_id))
