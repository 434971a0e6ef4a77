"""One contestant, one attempt, one sign-in, one picture question: what the organiser does by hand."""

from dataclasses import replace

import pytest
import time_machine
from sqlmodel import update

from audit.db.models import Question, QuizAttempt
from audit.errors import RoundsError
from audit.services.contest import attempt_reading, contestants, papers, roster, skills
from audit.services.contest.contestants import ContestantValues
from tests.contesting import DAY, IN_SEASON, Contest, attempt, found_contest
from tests.factories import City


@pytest.fixture
def contest(city: City) -> Contest:
    with time_machine.travel(IN_SEASON, tick=False):
        return found_contest(city)


def named(contest: Contest, number: str = "E7000", **more: object) -> ContestantValues:
    return ContestantValues(number, "新人", contest.city.organisations["jiangbei"], **more)  # type: ignore[arg-type]


def test_a_newcomer_is_added_and_found_with_everything_that_was_typed(contest: Contest) -> None:
    given = named(contest, phone="139 1234 5678", outlet_id=contest.city.outlets["JB01"], story_zh="十年如一日")
    number = roster.add(contest.db, contest.ou, contest.season_id, given)
    assert roster.typed(contest.db, contest.ou, number) == (1, given)
    assert contestants.get_contestant(contest.db, contest.ou, number).lacks == ("skill", "quiz", "votes", "photo")


def test_an_employee_number_takes_part_once(contest: Contest) -> None:
    with pytest.raises(RoundsError, match="number_taken"):
        roster.add(contest.db, contest.ou, contest.season_id, named(contest, "E0001"))
    with pytest.raises(RoundsError, match="number_taken"):
        roster.amend(contest.db, contest.ou, contest.ids[0], 1, named(contest, "E0001"))


def test_a_hall_of_another_organisation_is_refused(contest: Contest) -> None:
    with pytest.raises(RoundsError, match="invalid"):
        roster.add(contest.db, contest.ou, contest.season_id, named(contest, outlet_id=contest.city.outlets["FL01"]))
    with pytest.raises(RoundsError, match="not_found"):
        roster.add(contest.db, contest.ou, contest.season_id, replace(named(contest), organisation_id=999))


def test_a_contestant_is_changed_on_the_version_that_was_seen(contest: Contest) -> None:
    version, before = roster.typed(contest.db, contest.ou, contest.ids[0])
    roster.amend(contest.db, contest.ou, contest.ids[0], version, replace(before, name="改名"))
    with pytest.raises(RoundsError, match="stale"):
        roster.amend(contest.db, contest.ou, contest.ids[0], version, before)
    assert roster.typed(contest.db, contest.ou, contest.ids[0])[1].name == "改名"


def test_nobody_but_the_organiser_reads_a_phone_number_or_writes_the_roster(contest: Contest) -> None:
    for actor in (contest.ju, contest.city.mei, contest.city.wang, contest.city.adam):
        with pytest.raises(RoundsError, match="forbidden"):
            roster.typed(contest.db, actor, contest.ids[1])
        with pytest.raises(RoundsError, match="forbidden"):
            roster.add(contest.db, actor, contest.season_id, named(contest))
        with pytest.raises(RoundsError, match="forbidden"):
            roster.amend(contest.db, actor, contest.ids[1], 1, named(contest))
        with pytest.raises(RoundsError, match="forbidden"):
            attempt_reading.attempts_for(contest.db, actor, contest.ids[1])


def test_the_organiser_sees_the_attempts_with_why_one_does_not_count(contest: Contest) -> None:
    attempt(contest, contest.ids[0], [1000, 500])
    attempt(contest, contest.ids[0], [1000], void="代答")
    with contest.db.write() as session:
        session.exec(update(QuizAttempt).values(finished_at=IN_SEASON))
    lines = attempt_reading.attempts_for(contest.db, contest.ou, contest.ids[0])
    assert [(one.day, one.number, one.score, one.void) for one in lines] == [(DAY, 2, 1000, "代答"), (DAY, 1, 1500, "")]


def test_each_score_tells_who_entered_it(contest: Contest) -> None:
    with time_machine.travel(IN_SEASON, tick=False):
        skills.enter_score(contest.db, contest.ou, contest.ids[1], DAY, "90")
        skills.enter_score(contest.db, contest.city.mei, contest.ids[1], DAY, "80")
    found = skills.scores_of(contest.db, contest.ou, contest.ids[1])
    assert {(row.source, row.points, *who) for row, *who in found} == {
        ("central", 9000, "Ou", "Ms Ou"), ("branch", 8000, "梅芳", "Mei"),
    }  # fmt: skip


def test_a_question_about_a_picture_is_drawn_only_with_its_picture(contest: Contest) -> None:
    with contest.db.write() as session:
        question = Question(
            code="P1", kind="picture", difficulty="easy", text_zh="图", options=[], right=[], created_at=IN_SEASON
        )
        session.add(question)
        session.flush()
        number = question.id
    with contest.db.read() as session:
        assert number not in papers.bank_of(session)["easy"]
    with contest.db.write() as session:
        session.get_one(Question, number).picture_sha256 = "0" * 64
    with contest.db.read() as session:
        assert number in papers.bank_of(session)["easy"]
