"""Tallies and recount: the same to the last digit, whatever happens; and the scoreboard that is made of them."""

import datetime as dt
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import select

from audit.db.models import ContestTally, Season
from audit.db.queries.contest import RECOUNT, parameters, recount
from audit.domain.contest.scores import standings
from audit.domain.contest.season import VoterKind
from audit.errors import RoundsError
from audit.services import clock
from audit.services.contest import attempts, ballots, scoreboard, seasons, skills, tallies, voters
from audit.services.contest.keys import keyed
from audit.services.contest.sign_in import ContestantSession
from audit.services.contest.voters import Proof
from tests.contesting import DAY, IN_SEASON, Contest, attempt, contribute, found_contest, tallies_differ, vote
from tests.factories import City
from tests.quiz import QUIZ_DAY, Play, play, rules_of_today


@pytest.fixture
def contest(city: City) -> Iterator[Contest]:
    with clock.stopped(IN_SEASON):
        yield found_contest(city)


def tally(contest: Contest, contestant_id: int) -> ContestTally:
    with contest.db.read() as session:
        return session.exec(select(ContestTally).where(ContestTally.contestant_id == contestant_id)).one()


def test_the_best_of_the_first_three_attempts_of_each_day_is_the_week_and_the_best_weeks_are_the_quiz(
    contest: Contest,
) -> None:
    me = contest.ids[0]
    for points in ([1000, 1000], [1000, 0], [500, 500, 500], [1000] * 10):  # the fourth of the day does not count
        attempt(contest, me, points)
    assert tally(contest, me).quiz_sum == 2000
    attempt(contest, me, [1000] * 9, void="两台设备同时答题")
    for week in range(13):  # thirteen weeks of 100, 200, …: twelve count
        attempt(contest, me, [100 * (week + 1)], dt.date(2026, 7, 13) + dt.timedelta(weeks=week))
    assert tally(contest, me).quiz_sum == 2000 + sum(100 * number for number in range(2, 13))
    attempt(contest, me, [9000], dt.date(2026, 6, 1))  # before the quiz: no week
    assert tallies_differ(contest) == []


def test_a_held_ballot_counts_only_when_a_person_says_so(contest: Contest) -> None:
    one, two, three = contest.ids[:3]
    vote(contest, [one, two, three])
    vote(contest, [one], held="")
    vote(contest, [one], held="discard")
    vote(contest, [two], held="count")
    assert [tally(contest, id_).votes for id_ in (one, two, three)] == [1, 2, 1]
    assert tallies_differ(contest) == []


def test_skills_are_counted_by_who_marked_them_and_bonus_before_its_cap(contest: Contest) -> None:
    me, db = contest.ids[1], contest.db
    skills.enter_score(db, contest.ou, me, DAY, "92.5")
    skills.enter_score(db, contest.city.mei, me, DAY, "88")
    skills.enter_score(db, contest.city.mei, me, DAY - dt.timedelta(days=1), "71.25")
    contribute(contest, me, "case", 200)
    contribute(contest, me, "idea", 300)
    contribute(contest, me, "idea", 300)
    row = tally(contest, me)
    assert (row.central_count, row.central_sum, row.branch_count, row.branch_sum, row.bonus) == (1, 9250, 2, 15925, 800)
    with db.read() as session:
        counted = recount(session, contest.season_id, contest.rules.quiz)[1]
    assert counted == (me, 1, 9250, 2, 15925, 0, 0, 800)
    assert next(one for one in _lines(contest) if one.key == str(me)).bonus == 600


def _lines(contest: Contest) -> list[scoreboard.Standing]:
    with contest.db.read() as session:
        return scoreboard.lines_of(session, seasons.find(session, contest.season_id))


def test_counting_everything_anew_gives_what_is_there_and_mends_what_is_wrong(contest: Contest) -> None:
    attempt(contest, contest.ids[0], [1000] * 5)
    vote(contest, contest.ids[:2])
    with contest.db.write() as session:
        session.execute(text("UPDATE contest_tally SET votes = votes + 7, quiz_sum = 1"))
        session.execute(text("UPDATE quiz_week SET best = 3"))
    assert len(tallies_differ(contest)) == 19
    with contest.db.write() as session:
        tallies.rebuild(session, contest.season_id, contest.rules.quiz)
    assert tallies_differ(contest) == []
    attempt(contest, contest.ids[0], [100])
    assert (tally(contest, contest.ids[0]).quiz_sum, tallies_differ(contest)) == (5000, [])


def test_what_is_many_is_recounted_from_covering_indexes_alone(contest: Contest) -> None:
    """Answers, attempts, scores and contributions: SQLite's plan names the index in whose entries all of it stands."""
    if not contest.db.is_sqlite:
        pytest.skip("PostgreSQL chooses by the size of the tables")
    with contest.db.read() as session:
        told = parameters(contest.season_id, contest.rules.quiz)
        plan = [row[-1] for row in session.connection().execute(text(f"EXPLAIN QUERY PLAN {RECOUNT}"), told)]
    for table in ("quiz_attempt", "quiz_answer", "skill_score", "contribution"):
        assert [step for step in plan if f"USING COVERING INDEX ix_{table}_recount" in step], (table, plan)


def test_other_rules_count_the_same_rows_anew(contest: Contest) -> None:
    for points in ([100], [200], [300]):
        attempt(contest, contest.ids[0], points)
    given = contest.rules.to_json()
    given["quiz"]["attempts_a_day"] = 1
    with contest.db.read() as session:
        version = seasons.find(session, contest.season_id).version
    with pytest.raises(RoundsError, match="required"):
        seasons.amend_rules(contest.db, contest.ou, contest.season_id, version, given, " ")
    seasons.amend_rules(contest.db, contest.ou, contest.season_id, version, given, "评审会决定")
    assert tally(contest, contest.ids[0]).quiz_sum == 100
    kept = seasons.versions_of_rules(contest.db, contest.ou, contest.season_id)
    assert [(row.rules_version, row.reason) for row in kept] == [(2, "评审会决定"), (1, "")]


def test_ballots_and_versions_of_rules_refuse_to_be_changed(contest: Contest) -> None:
    vote(contest, contest.ids[:1])
    for statement in ("UPDATE ballot SET day = day", "DELETE FROM ballot_name", "DELETE FROM season_rules"):
        with pytest.raises(DBAPIError, match="append-only"), contest.db.write() as session:
            session.execute(text(statement))


def test_the_scoreboard_is_the_recount_to_the_last_digit_also_while_votes_and_attempts_arrive(city: City) -> None:
    """Players and voters meet on the same contestants; a reader compares at every moment between."""
    with time_machine.travel(QUIZ_DAY, tick=False):
        season = play(city, rules_of_today(("quiz", "votes")))
        with season.db.read() as session:
            row = seasons.find(session, season.season_id)
        names, started, failures = ["c-lin", "c-mei", "c-hu"], threading.Barrier(5), list[object]()

        def plays(me: ContestantSession, right: int) -> None:
            for turn in range(3):
                attempt_id = attempts.start(season.db, me)
                for position in range(4):
                    letters = season.letters(attempt_id, position, position < right + turn)
                    attempts.answer(season.db, me, attempt_id, position, letters)
                attempts.finish(season.db, me, attempt_id)

        def votes(number: int) -> None:
            for turn in range(8):
                proof = Proof(VoterKind.PHONE, keyed(row, "phone", f"{number} {turn}"))
                where = voters.signals(row, f"10.{number}.{turn}.1", f"{number} {turn}", "")
                ballots.cast(season.db, row, proof, names[turn % 3 :], where)

        def run(act: Callable[..., None], *given: Any) -> None:
            started.wait()
            try:
                act(*given)
            except BaseException as error:
                failures.append(error)

        given = (plays, season.lin, 1), (plays, season.mei, 2), (votes, 1), (votes, 2)
        writers = [threading.Thread(target=run, args=one) for one in given]
        for one in writers:
            one.start()
        started.wait()
        looks = 0
        while any(one.is_alive() for one in writers):
            same_as_recount(season, row)
            looks += 1
        assert (failures, looks > 1) == ([], True)
        same_as_recount(season, row)
        assert [season.tally(name).quiz_sum for name in ("lin", "mei", "hu")] == [3000, 4000, 0]
        assert [season.tally(name).votes for name in ("lin", "mei", "hu")] == [6, 12, 16]


def same_as_recount(season: Play, row: Season) -> None:
    with season.db.read(steady=True) as session:
        counted = scoreboard.recounted(session, season.season_id, season.rules.quiz)
        assert scoreboard.lines_of(session, row) == standings(season.rules, counted)
        assert tallies.differences(session, season.season_id, season.rules.quiz) == []
