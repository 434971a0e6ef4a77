"""Boards as people see them: live or published, who moved, the league, one's own figures and the next seat."""

import datetime as dt
import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlmodel import col, select

from audit.db.models import ScoreboardSnapshot
from audit.domain.contest.rules import default_rules
from audit.domain.contest.scores import Standing
from audit.domain.contest.stars import MERIT
from audit.domain.permissions import Role
from audit.errors import RoundsError
from audit.services import clock
from audit.services.contest import boards, movement, own_score, panel_reading, results, scoreboard, seasons, skills
from audit.services.contest.boards import Line, league
from audit.services.contest.sign_in import ContestantSession
from tests.contesting import IN_SEASON, Contest, attempt, contribute, found_contest, tallies_differ, vote
from tests.factories import City

QUIZ_ONLY = dt.datetime(2026, 8, 4, 2, 0, tzinfo=dt.UTC)  # no votes yet


@pytest.fixture
def contest(city: City) -> Iterator[Contest]:
    with clock.stopped(QUIZ_ONLY):
        made = found_contest(city)
        for place, points in enumerate(("95", "90", "85", "80")):
            skills.enter_score(made.db, made.ou, made.ids[place], clock.today(), points)
        yield made
        assert tallies_differ(made) == []


def order(contest: Contest) -> list[int]:
    return [line.id for line in boards.read(contest.db, contest.season_id).lines[:4]]


def test_the_board_is_live_until_people_vote_and_then_published_once_a_week(contest: Contest) -> None:
    sheet = boards.read(contest.db, contest.season_id)
    assert (sheet.waits, sheet.as_of, order(contest)) == ("", None, contest.ids[:4])
    with clock.stopped(IN_SEASON):
        assert movement.publish_due(contest.db) == 1
        assert movement.publish_due(contest.db) == 0, "a week is published once"
        before = boards.read(contest.db, contest.season_id)
        for _ in range(9):
            vote(contest, [contest.ids[3]])
        after = boards.read(contest.db, contest.season_id)
        assert (after.waits, after.lines) == ("votes", before.lines), "votes are not counted live"
    with clock.stopped(IN_SEASON + dt.timedelta(days=7)):
        assert movement.publish_due(contest.db) == 1
        shown = {line.id: line for line in boards.read(contest.db, contest.season_id).lines}
        assert shown[contest.ids[3]].votes == 10_000


def test_votes_are_never_counted_live_even_if_nothing_was_published_and_no_worker_runs(contest: Contest) -> None:
    me = ContestantSession(contest.ids[3], contest.season_id, "选手")
    with clock.stopped(IN_SEASON):
        vote(contest, [contest.ids[3]])
        first = boards.read(contest.db, contest.season_id)
        assert (first.waits, first.as_of is not None, {line.votes for line in first.lines}) == ("votes", True, {0})
        for _ in range(9):
            vote(contest, [contest.ids[3]])
        skills.enter_score(contest.db, contest.ou, contest.ids[3], clock.today(), "100")
        assert boards.read(contest.db, contest.season_id).lines == first.lines
        told = own_score.explain(contest.db, me)
        assert told is not None
        assert (told.votes, told.votes_known, told.skill) == (0, False, 9000), "skills are as they stand now"
    with contest.db.read() as session:
        assert [row.kind for row in session.exec(select(ScoreboardSnapshot)).all()] == ["stage"], "whoever looks first"


def test_two_who_look_first_publish_one_board(contest: Contest) -> None:
    gate, seen = threading.Barrier(2), list[object]()

    def look() -> None:
        gate.wait()
        with clock.stopped(IN_SEASON):
            seen.append(boards.read(contest.db, contest.season_id).as_of)

    threads = [threading.Thread(target=look) for _ in range(2)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert seen == [IN_SEASON, IN_SEASON]
    with contest.db.read() as session:
        assert len(session.exec(select(ScoreboardSnapshot)).all()) == 1


# fmt: off
BEGINS = (
    #  what begins                        first minutes of the day in Shanghai   kinds published until then
    ("a stage in which people vote",      (2026, 9, 30, 16, 5),                  ["week", "stage"]),
    ("a week while people vote",          (2026, 10, 4, 16, 5),                  ["week", "stage", "week"]),
    ("a frozen stage, and a week ended",  (2026, 10, 25, 16, 5),                 ["week", "stage", "week", "stage"]),
    ("a day of a frozen stage",           (2026, 10, 26, 16, 5),                 ["week", "stage", "week", "stage"]),
    ("the next frozen stage",             (2026, 11, 1, 16, 5),                  ["week", "stage", "week", "stage"]),
    ("nothing, after the last stage",     (2026, 11, 13, 16, 5),                 ["week", "stage", "week", "stage"]),
)
# fmt: on


def test_the_clock_publishes_a_week_and_the_beginning_of_a_stage_in_which_the_board_stands_still(
    contest: Contest,
) -> None:
    with clock.stopped(dt.datetime(2026, 9, 27, 16, 5, tzinfo=dt.UTC)):  # Monday before the votes: week 11 ended
        assert movement.publish_due(contest.db) == 1
    for what, now, kinds in BEGINS:
        with clock.stopped(dt.datetime(*now, tzinfo=dt.UTC)):
            movement.publish_due(contest.db)
            assert movement.publish_due(contest.db) == 0, what
            with contest.db.read() as session:
                found = session.exec(select(ScoreboardSnapshot).order_by(col(ScoreboardSnapshot.id))).all()
            assert [row.kind for row in found] == kinds, what


def test_a_frozen_stage_stands_still_whole_and_so_does_what_comes_after_the_last(contest: Contest) -> None:
    attempt(contest, contest.ids[2], [1000] * 3, clock.today())
    frozen, over = (dt.datetime(2026, *day, 2, 0, tzinfo=dt.UTC) for day in ((10, 28), (11, 20)))
    with clock.stopped(frozen):
        first = boards.read(contest.db, contest.season_id)
    for now in (frozen, frozen + dt.timedelta(days=5), over):  # no worker runs, the season was never frozen by hand
        with clock.stopped(now):
            vote(contest, [contest.ids[3]])
            attempt(contest, contest.ids[3], [1000] * 9, dt.date(2026, 8, 4))
            contribute(contest, contest.ids[1], "case", 200)
            assert movement.publish_due(contest.db) == 0
            sheet = boards.read(contest.db, contest.season_id)
            assert (sheet.waits, sheet.lines, sheet.weeks) == ("frozen", first.lines, first.weeks)
            assert [line.value for line in sheet.by_week(4)] == [3000]
            with pytest.raises(RoundsError, match="wrong_state"):
                scoreboard.publish_week(contest.db, contest.ou, contest.season_id, 15)
    assert boards.read(contest.db, contest.season_id).by_week(4)[0].value == 9000, "in August it was live"


def test_who_moved_is_told_since_the_board_of_the_week_before(contest: Contest) -> None:
    assert {line.moved for line in boards.read(contest.db, contest.season_id).lines} == {None}
    scoreboard.publish_week(contest.db, contest.ou, contest.season_id, 3)
    attempt(contest, contest.ids[3], [1000] * 10, clock.today())
    for _ in range(2):
        contribute(contest, contest.ids[3], "case", 300)
    shown = {line.id: line for line in boards.read(contest.db, contest.season_id).lines}
    assert (shown[contest.ids[3]].place, shown[contest.ids[3]].moved) == (1, 3)
    assert shown[contest.ids[0]].moved == -1


def test_frozen_boards_stand_still_and_say_so(contest: Contest) -> None:
    attempt(contest, contest.ids[2], [1000] * 3, clock.today())
    seasons.move_season(contest.db, contest.ou, contest.season_id, 2, "freeze")
    before = boards.read(contest.db, contest.season_id)
    skills.enter_score(contest.db, contest.ou, contest.ids[3], clock.today() - dt.timedelta(days=1), "100")
    attempt(contest, contest.ids[3], [1000] * 9, clock.today())
    after = boards.read(contest.db, contest.season_id)
    assert (after.waits, after.lines) == ("frozen", before.lines)
    assert [(line.id, line.value) for line in after.by_week(4)] == [(contest.ids[2], 3000)]
    assert after.as_of is not None


def test_views_place_within_an_organisation_a_leg_and_a_week(contest: Contest) -> None:
    attempt(contest, contest.ids[2], [1000] * 5, clock.today())
    attempt(contest, contest.ids[1], [1000] * 5, clock.today())
    attempt(contest, contest.ids[4], [1000] * 2, clock.today())
    sheet = boards.read(contest.db, contest.season_id)
    week = contest.rules.week_of(clock.today())
    assert [(line.place, line.value) for line in sheet.by_week(week)] == [(1, 5000), (1, 5000), (3, 2000)]
    assert sheet.by_week(week + 1) == []
    assert [line.id for line in sheet.by_leg("skill")[:4]] == contest.ids[:4]
    own = sheet.of_organisation("yuzhong")
    assert [line.id for line in own[:2]] == [contest.ids[0], contest.ids[3]]
    assert own[0].place == 1
    assert len({line.organisation for line in own}) == 1


def test_a_small_organisation_leans_on_the_city_in_the_league() -> None:
    def line(organisation: str, total: int) -> Line:
        return Line(0, 0, "", "", "", organisation, organisation, "", "", 0, 0, 0, 0, total, total)

    few, many = [line("few", 9500)] * 2, [line("many", 9000)] * 30
    weak = [line("weak", 7000)] * 30
    rows = league([*few, *many, *weak], prior=15)
    assert [row.organisation for row in rows] == ["many", "few", "weak"]
    city = (2 * 9500 + 30 * 9000 + 30 * 7000) / 62
    assert rows[1].mean == 9500
    assert rows[1].shrunk == round((2 * 9500 + 15 * city) / 17)
    assert [row.place for row in league([*few, *(replace(one, organisation="as") for one in few)], 15)] == [1, 1]


def test_own_figures_add_up_and_hold_no_live_votes(contest: Contest) -> None:
    me = ContestantSession(contest.ids[0], contest.season_id, "选手")
    attempt(contest, me.contestant_id, [1000] * 10, clock.today())
    told = own_score.explain(contest.db, me)
    assert told is not None
    assert told.central == (1, 9500)
    assert told.total == (50 * told.skill + 30 * told.quiz + 20 * told.votes + 100 * told.bonus + 50) // 100
    with clock.stopped(IN_SEASON):
        movement.publish_due(contest.db)
        vote(contest, [me.contestant_id])
        again = own_score.explain(contest.db, me)
    assert again is not None
    assert (again.votes, again.total) == (0, told.total)


def test_the_next_seat_is_the_nearest_of_the_own_organisation_or_by_merit() -> None:
    rules = replace(default_rules(), stars=replace(default_rules().stars, total=3, base=1, proportional=0))

    def line(key: str, organisation: str, total: int) -> Standing:
        return Standing(key, organisation, total, 0, 0, 0, total, 0, True, 0, 1)

    lines = [line("1", "a", 9000), line("2", "b", 8000), line("3", "b", 7900)]
    assert own_score.next_seat(rules, lines, line("1", "a", 9000)) == (True, None, "")
    assert own_score.next_seat(rules, lines, line("4", "b", 7800)) == (False, 101, MERIT)
    assert own_score.next_seat(rules, lines, line("4", "a", 7600)) == (False, 301, MERIT)
    assert own_score.next_seat(rules, lines[:1], line("4", "a", 7000)) == (False, 500, MERIT)


def test_the_panel_sees_its_question_and_a_judge_only_the_own_vote(contest: Contest) -> None:
    seasons.move_season(contest.db, contest.ou, contest.season_id, 2, "freeze")
    asked = panel_reading.questions(contest.db, contest.ju, contest.season_id)
    tied = [one for one in asked if one.contestant_id in contest.ids[4:]]
    assert tied, "everybody without a score shares a place"
    scoreboard.cast_panel_ballot(contest.db, contest.ju, contest.season_id, tied[0].contestant_id)
    mine = {one.contestant_id: one.mine for one in panel_reading.questions(contest.db, contest.ju, contest.season_id)}
    theirs = [one.mine for one in panel_reading.questions(contest.db, contest.ke, contest.season_id)]
    assert mine[tied[0].contestant_id]
    assert not any(theirs)
    with pytest.raises(RoundsError, match="forbidden"):
        panel_reading.questions(contest.db, contest.city.actors["mei"], contest.season_id)


def test_documents_wait_for_the_end_and_are_the_organisers(contest: Contest) -> None:
    for role in set(Role) - {Role.ORGANISER}:
        other = replace(contest.ou, grants=tuple(replace(grant, role=role) for grant in contest.ou.grants))
        with pytest.raises(RoundsError, match="forbidden"):
            results.workbook(contest.db, other, contest.season_id, "zh_CN")
        with pytest.raises(RoundsError, match="forbidden"):
            results.documents_of(contest.db, other, contest.season_id)
    export = results.workbook(contest.db, contest.ou, contest.season_id, "zh_CN")
    assert export.filename == "rounds-scoreboard-2026.xlsx"
    assert list(results.documents_of(contest.db, contest.ou, contest.season_id)) == []
