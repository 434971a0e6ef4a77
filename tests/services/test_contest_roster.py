"""Contestants and their skill scores: from Excel and by hand, by the skill centre and by branches, each its own."""

import datetime as dt
import io
from collections.abc import Iterator
from typing import Any

import pytest
from openpyxl import Workbook
from sqlmodel import col, select, update

from audit.db.models import Contestant, ContestTally, Event, SkillScore
from audit.errors import RoundsError
from audit.services import clock
from audit.services.contest import contestants, seasons, skills
from audit.services.contest.scoreboard import public_board
from audit.services.spreadsheet_import import Outcome
from tests.contesting import DAY, IN_SEASON, Contest, found_contest, tallies_differ, vote
from tests.factories import City

HEAD = ["工号", "姓名", "单位编码", "触点编码", "手机"]
SCORE_HEAD = ["工号", "日期", "得分"]
QUIZ_ONLY = dt.datetime(2026, 8, 4, 2, 0, tzinfo=dt.UTC)  # no votes yet
FROZEN_STAGE = dt.datetime(2026, 11, 4, 2, 0, tzinfo=dt.UTC)


@pytest.fixture
def contest(city: City) -> Iterator[Contest]:
    with clock.stopped(IN_SEASON):
        yield found_contest(city)


def book(name: str, *rows: list[Any]) -> bytes:
    made = Workbook()
    made.active.title = name
    for row in rows:
        made.active.append(row)
    buffer = io.BytesIO()
    made.save(buffer)
    return buffer.getvalue()


def told(outcome: Outcome) -> list[tuple[int, str, str]]:
    return [(error.row, error.column, error.error.code) for error in outcome.errors]


def counts(outcome: Outcome) -> tuple[int, int, int]:
    return outcome.created, outcome.changed, outcome.unchanged


def test_the_roster_comes_from_excel_and_can_be_brought_again(contest: Contest) -> None:
    db, season_id = contest.db, contest.season_id
    rows = (
        ["N01", "喆堃", "jiangbei", "JB01", "13800000000"],
        ["E0000", "新名字", "yuzhong", "", ""],
        ["E0001", "选手1", "jiangbei", "", ""],
    )
    data = book("选手", HEAD, *rows)
    assert counts(contestants.import_contestants(db, contest.ou, season_id, data)) == (1, 1, 1)
    with db.read() as session:
        assert len(session.exec(select(Contestant)).all()) == 9  # a dry run leaves nothing behind
    assert counts(contestants.import_contestants(db, contest.ou, season_id, data, dry_run=False)) == (1, 1, 1)
    assert counts(contestants.import_contestants(db, contest.ou, season_id, data, dry_run=False)) == (0, 0, 3)
    with db.read() as session:
        new = session.exec(select(Contestant).where(Contestant.employee_number == "N01")).one()
        assert session.get(ContestTally, new.id) is not None
        assert "13800000000" not in str([event.data for event in session.exec(select(Event)).all()])
    assert (new.name, new.outlet_id) == ("喆堃", contest.city.outlets["JB01"])
    assert tallies_differ(contest) == []


def test_every_mistake_of_a_roster_is_named_and_nothing_is_written(contest: Contest) -> None:
    data = book(
        "Contestants",
        [*HEAD, "邮箱"],
        ["N01", "", "jiangbei", "", ""],
        ["N02", "有人", "nowhere", "", ""],
        ["N03", "有人", "jiangbei", "FL01", ""],  # a hall of another branch
        ["N02", "有人", "jiangbei", "", ""],
        ["N 4", "有人", "jiangbei", "", ""],
        ["N05", "好人", "jiangbei", "", "+86 138-0000-0005", "n05@example.com"],
        ["N06", "有人", "jiangbei", "", "12345"],
        ["N07", "有人", "jiangbei", "", "", "n07"],
    )
    outcome = contestants.import_contestants(contest.db, contest.ou, contest.season_id, data, dry_run=False)
    assert sorted(told(outcome)) == [
        (2, "Name", "required"),
        (3, "Organisation code", "spreadsheet.unknown"),
        (4, "Outlet code", "spreadsheet.unknown"),
        (5, "Employee number", "spreadsheet.duplicate"),
        (6, "Employee number", "invalid"),
        (8, "Phone", "invalid"),
        (9, "E-mail", "invalid"),
    ]
    with contest.db.read() as session:
        assert len(session.exec(select(Contestant)).all()) == 9
    for actor in (contest.ju, contest.city.mei, contest.city.adam):
        with pytest.raises(RoundsError, match="forbidden"):
            contestants.import_contestants(contest.db, actor, contest.season_id, data)


def test_the_list_says_who_lacks_what_to_the_season_s_people_and_to_a_branch_of_its_own(contest: Contest) -> None:
    db, season_id = contest.db, contest.season_id
    skills.enter_score(db, contest.ou, contest.ids[0], DAY, "90")
    vote(contest, contest.ids[:2])
    rows = contestants.find_contestants(db, contest.ou, season_id).rows
    lacks = {row.employee_number: row.lacks for row in rows}
    assert lacks["E0000"] == ("quiz", "photo", "contact", "phone")
    assert lacks["E0001"] == ("skill", "quiz", "photo", "contact", "phone")
    assert lacks["E0008"] == ("skill", "quiz", "votes", "photo", "contact", "phone")
    assert contestants.find_contestants(db, contest.ou, season_id, lacking="contact").total == 9
    with db.write() as session:  # a code can be sent to either
        session.exec(update(Contestant).where(col(Contestant.id) == contest.ids[0]).values(phone="13900001000"))
        session.exec(update(Contestant).where(col(Contestant.id) == contest.ids[1]).values(email="e1@example.org"))
    assert contestants.find_contestants(db, contest.ou, season_id, lacking="contact").total == 7
    assert contestants.find_contestants(db, contest.ou, season_id, lacking="votes").total == 7
    own = contestants.find_contestants(db, contest.city.mei, season_id, lacking="skill").rows
    assert {row.employee_number for row in own} == {"E0001", "E0004", "E0007"}
    with pytest.raises(RoundsError, match="invalid"):
        contestants.find_contestants(db, contest.ou, season_id, lacking="luck")
    with pytest.raises(RoundsError, match="forbidden"):
        contestants.find_contestants(db, contest.city.lin, season_id)


def test_who_has_no_vote_is_told_to_the_organiser_alone_until_the_board_tells_it(contest: Contest) -> None:
    db, season_id = contest.db, contest.season_id
    vote(contest, contest.ids[:2])
    for now, open_to_all in ((IN_SEASON, False), (FROZEN_STAGE, False), (QUIZ_ONLY, True)):
        with clock.stopped(now):
            season = seasons.get_season(db, contest.ou, season_id)
            for actor in (contest.ju, contest.city.mei):
                rows = contestants.find_contestants(db, actor, season_id).rows
                rows = [*rows, contestants.get_contestant(db, actor, contest.ids[4])]
                assert any("votes" in row.lacks for row in rows) is open_to_all
                assert ("votes" in contestants.lacking_for(actor, season)) is open_to_all
                if not open_to_all:
                    with pytest.raises(RoundsError, match="forbidden"):
                        contestants.find_contestants(db, actor, season_id, lacking="votes")
            assert contestants.find_contestants(db, contest.ou, season_id, lacking="votes").total == 7


def test_whoever_withdraws_is_on_no_board_until_they_come_back(contest: Contest) -> None:
    with clock.stopped(QUIZ_ONLY):
        contestants.withdraw(contest.db, contest.ou, contest.ids[0], 1)
        assert len(public_board(contest.db, contest.season_id).lines) == 8
        with pytest.raises(RoundsError, match="wrong_state"):
            contestants.withdraw(contest.db, contest.ou, contest.ids[0], 2)
        contestants.withdraw(contest.db, contest.ou, contest.ids[0], 2, back=True)
        assert len(public_board(contest.db, contest.season_id).lines) == 9


def scores(contest: Contest) -> list[tuple[int, str, str, int]]:
    with contest.db.read() as session:
        rows = session.exec(
            select(SkillScore).order_by(SkillScore.contestant_id, SkillScore.day, SkillScore.source)
        ).all()
        return [(row.contestant_id, str(row.day), row.source, row.points) for row in rows]


def test_a_score_is_entered_changed_and_taken_off_and_its_marker_stands_by_it(contest: Contest) -> None:
    db, me = contest.db, contest.ids[1]  # of Jiangbei
    skills.enter_score(db, contest.city.mei, me, DAY, "88.5")
    skills.enter_score(db, contest.ju, me, DAY, "91")
    skills.enter_score(db, contest.city.mei, me, DAY, "89")
    assert scores(contest) == [(me, str(DAY), "branch", 8900), (me, str(DAY), "central", 9100)]
    assert {row.account_id for row, *_ in skills.scores_of(db, contest.ou, me)} == {
        contest.ju.account_id,
        contest.city.mei.account_id,
    }
    skills.enter_score(db, contest.city.mei, me, DAY, "")
    assert scores(contest) == [(me, str(DAY), "central", 9100)]
    assert tallies_differ(contest) == []
    with db.read() as session:
        entered = [
            event.data["points"]
            for event in session.exec(select(Event).order_by(Event.seq)).all()
            if event.verb == "skill.entered"
        ]
    assert entered == [[None, 8850], [None, 9100], [8850, 8900], [8900, None]]


# fmt: off
REFUSED = [
    #  who     whom  day                         points    code
    ("mei",    0,    DAY,                        "90",     "not_found"),        # of Yuzhong
    ("lin",    0,    DAY,                        "90",     "forbidden"),
    ("ju",     99,   DAY,                        "90",     "not_found"),
    ("ju",     0,    DAY + dt.timedelta(1),      "90",     "invalid"),          # a day to come
    ("ju",     0,    dt.date(2026, 6, 30),       "90",     "season.not_open"),  # before the season
    ("ju",     0,    DAY,                        "100.1",  "invalid"),
    ("ju",     0,    DAY,                        "-1",     "invalid"),
]
# fmt: on


@pytest.mark.parametrize(("who", "whom", "day", "points", "code"), REFUSED)
def test_a_score_that_cannot_be_is_refused(
    contest: Contest, who: str, whom: int, day: dt.date, points: str, code: str
) -> None:
    actor = contest.ju if who == "ju" else contest.city.actors[who]
    contestant_id = contest.ids[whom] if whom < 9 else 10**6
    with pytest.raises(RoundsError) as refused:
        skills.enter_score(contest.db, actor, contestant_id, day, points)
    assert (refused.value.code, scores(contest)) == (code, [])


def test_scores_come_from_excel_each_branch_its_own(contest: Contest) -> None:
    db, season_id = contest.db, contest.season_id
    data = book(
        "技能成绩", SCORE_HEAD, ["E0001", "2026-10-05", 88.5], ["E0001", "2026年10月6日", "90"], ["E0004", DAY, 70]
    )
    assert counts(skills.import_scores(db, contest.city.mei, season_id, data)) == (3, 0, 0)
    assert scores(contest) == []
    skills.import_scores(db, contest.city.mei, season_id, data, dry_run=False)
    changed = book("Skill scores", SCORE_HEAD, ["E0001", "2026-10-05", 89], ["E0004", DAY, 70])
    assert counts(skills.import_scores(db, contest.city.mei, season_id, changed, dry_run=False)) == (0, 1, 1)
    assert [points for *_, points in scores(contest)] == [8900, 9000, 7000]
    assert {source for _, _, source, _ in scores(contest)} == {"branch"}
    assert tallies_differ(contest) == []
    with db.read() as session:
        events = [
            event.data
            for event in session.exec(select(Event).order_by(Event.seq)).all()
            if event.verb == "skill.imported"
        ]
    assert events[-1]["changed"] == [[contest.ids[1], "2026-10-05", 8850, 8900]]


def test_every_mistake_among_scores_is_named_and_nothing_is_written(contest: Contest) -> None:
    data = book(
        "Skill scores",
        SCORE_HEAD,
        ["E0000", DAY, 90],  # of another branch: as if it were not there
        ["E0001", "gestern", 90],
        ["E0001", DAY, 101],
        ["E0004", DAY, 90],
        ["E0004", DAY, 91],
        ["E0007", dt.date(2026, 6, 1), 91],
    )
    outcome = skills.import_scores(contest.db, contest.city.mei, contest.season_id, data, dry_run=False)
    assert sorted(told(outcome)) == [
        (2, "Employee number", "spreadsheet.unknown"),
        (3, "Date", "spreadsheet.date"),
        (4, "Points", "invalid"),
        (6, "Date", "spreadsheet.duplicate"),
        (7, "", "season.not_open"),
    ]
    assert scores(contest) == []
    assert tallies_differ(contest) == []
