"""A wrong key is mended: who had the question is marked anew, what is counted follows, and people read why."""

import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import time_machine
from sqlmodel import col, select

from audit.db.models import (
    Account,
    Contestant,
    ContestTally,
    Event,
    Question,
    QuestionRuling,
    QuizAttempt,
    QuizPaper,
    Season,
)
from audit.domain.permissions import Actor, Granted, Role, Scope
from audit.errors import RoundsError
from audit.services.contest import attempt_reading, attempts, papers, questions, quiz_statistics, record, rulings
from audit.services.contest.remarked import remarked
from audit.services.contest.rulings import Effect, preview, rule
from audit.services.contest.sign_in import ContestantSession
from tests.factories import City
from tests.hands import refusal
from tests.quiz import QUIZ_DAY, Play, play
from tests.services.test_contest_quiz import parallel, play_through

WHY = "教材改版后答案已变"
LATER = QUIZ_DAY + dt.timedelta(days=9)  # the week is over, its paper explained


@pytest.fixture
def season(city: City) -> Iterator[Play]:
    """A season on a day on which the quiz is open; at the end the tallies are what a recount gives."""
    with time_machine.travel(QUIZ_DAY, tick=False):
        made = play(city)
        yield made
        assert made.differences() == []


def asked(season: Play, attempt_id: int, position: int | None = None) -> Question:
    """The question at a position of an attempt, or the first one with a single answer."""
    with season.db.read() as session:
        rows = [session.get_one(Question, one) for one in session.get_one(QuizAttempt, attempt_id).questions]
    return next(row for row in rows if row.kind != "multiple") if position is None else rows[position]


def mend(season: Play, question: Question, right: list[str], seen: int = 0, why: str = WHY) -> Effect:
    """Rule as the season's organiser."""
    return rule(season.db, season.organiser, season.season_id, question.id or 0, right, why, seen)


def other(question: Question) -> str:
    """An option that is not right."""
    return next(one["code"] for one in question.options if one["code"] not in question.right)


def score(season: Play, attempt_id: int) -> int:
    return season.attempt(attempt_id).score


def newest(season: Play) -> int:
    with season.db.read() as session:
        found = session.exec(select(QuestionRuling.id).order_by(col(QuestionRuling.id).desc())).first()
    return found or 0


def test_a_struck_question_gives_full_marks_to_everybody_who_had_it_right_wrong_or_unanswered(season: Play) -> None:
    right, wrong = play_through(season), play_through(season, right=0)
    blank = attempts.start(season.db, season.lin)
    attempts.finish(season.db, season.lin, blank)
    with season.db.read() as session:
        had = {id_: session.get_one(QuizAttempt, id_).questions for id_ in (right, wrong, blank)}
    question_id = next(one for one in had[blank] if one in had[wrong])
    with season.db.read() as session:
        question = session.get_one(Question, question_id)
    told = preview(season.db, season.organiser, season.season_id, question_id, [])
    assert mend(season, question, []) == told
    assert (score(season, right), score(season, wrong), score(season, blank)) == (10_000, 1_000, 1_000)
    assert (told.attempts, told.raised, told.lowered) == (2 + (question_id in had[right]), 2, 0)
    assert (told.scores_up, told.scores_down) == (0, 0), "the best of the week stands for it"


def test_a_corrected_answer_is_marked_both_ways_and_weeks_and_scores_follow(season: Play) -> None:
    mine = play_through(season)
    question = asked(season, mine)
    effect = mend(season, question, [other(question)])
    assert effect == Effect(attempts=1, raised=0, lowered=1, scores_up=0, scores_down=1)
    assert (score(season, mine), season.tally("lin").quiz_sum) == (9_000, 9_000)
    mend(season, question, list(question.right), newest(season))
    assert (score(season, mine), season.tally("lin").quiz_sum) == (10_000, 10_000), "corrected back it is undone"


@pytest.mark.parametrize("way", ["strike", "all of one", "unknown", "same", "same struck", "nothing to say", "stale"])
def test_what_is_no_ruling_is_refused_and_changes_nothing(season: Play, way: str) -> None:
    mine = play_through(season)
    question = asked(season, mine)
    codes = [one["code"] for one in question.options]
    if way == "same struck":
        mend(season, question, [])
    told: dict[str, tuple[list[str], str, int, str]] = {
        "strike": ([], WHY, 7, "stale"),
        "all of one": (codes, WHY, 0, "question.right"),
        "unknown": (["z"], WHY, 0, "question.right"),
        "same": (list(question.right), WHY, 0, "question.unchanged"),
        "same struck": ([], WHY, newest(season), "question.unchanged"),
        "nothing to say": ([], "  ", 0, "required"),
        "stale": ([other(question)], WHY, 99, "stale"),
    }
    right, why, seen, code = told[way]
    before = (newest(season), score(season, mine))
    assert refusal(lambda: mend(season, question, right, seen, why)).code == code
    assert (newest(season), score(season, mine)) == before


def test_a_preview_keeps_nothing(season: Play) -> None:
    mine = play_through(season)
    question = asked(season, mine, 3)
    with season.db.read() as session:
        events = len(session.exec(select(Event.seq)).all())
    preview(season.db, season.organiser, season.season_id, question.id or 0, [other(question)])
    with season.db.read() as session:
        assert len(session.exec(select(Event.seq)).all()) == events
        assert session.get_one(Question, question.id).retired_at is None
    assert (newest(season), score(season, mine)) == (0, 10_000)


@pytest.mark.parametrize("who", ["judge", "contestant by number", "contestant by account", "other season", "nobody"])
def test_who_may_not_rule_is_refused(season: Play, who: str) -> None:
    mine = play_through(season)
    question, number = asked(season, mine, 0), 0
    account = season.city.wang.account_id
    actors = {
        "judge": Actor(account, "", grants=(Granted(Role.JUDGE, Scope.SEASON),)),
        "other season": Actor(account, "", grants=(Granted(Role.ORGANISER, Scope.SEASON, season.season_id + 1),)),
        "nobody": Actor(account, ""),
    }
    if who.startswith("contestant"):
        takes_part(season, account, by_number=who == "contestant by number")
    actor = actors.get(who, season.organiser)
    codes = {"judge": "forbidden", "other season": "not_found", "nobody": "forbidden"}
    for act in (
        lambda: rule(season.db, actor, season.season_id, question.id or 0, [], WHY, number),
        lambda: preview(season.db, actor, season.season_id, question.id or 0, []),
        lambda: rulings.rulings_of(season.db, actor, season.season_id, question.id or 0),
    ):
        assert refusal(act).code == codes.get(who, "contest.takes_part")


def takes_part(season: Play, account_id: int, by_number: bool, name: str = "mei") -> None:
    """Make an account a contestant's."""
    with season.db.write() as session:
        row = session.get_one(Contestant, season.people[name].contestant_id)
        if by_number:
            account = session.get_one(Account, account_id)
            account.employee_number = row.employee_number.lower()
            session.add(account)
        else:
            row.account_id = account_id
            session.add(row)


def test_who_was_withdrawn_takes_no_part_any_more(season: Play) -> None:
    mine = play_through(season)
    takes_part(season, season.city.wang.account_id, by_number=False)
    with season.db.write() as session:
        row = session.get_one(Contestant, season.mei.contestant_id)
        row.withdrawn_at = QUIZ_DAY
        session.add(row)
    mend(season, asked(season, mine, 0), [])


@pytest.mark.parametrize(("state", "fine"), [("draft", False), ("running", True), ("frozen", True), ("closed", False)])
def test_a_season_is_marked_anew_while_it_counts(season: Play, state: str, fine: bool) -> None:
    mine = play_through(season)
    with season.db.write() as session:
        row = session.get_one(Season, season.season_id)
        row.state = state
        session.add(row)
    question = asked(season, mine, 0)
    if fine:
        mend(season, question, [])
    else:
        assert refusal(lambda: mend(season, question, [])).code == "wrong_state"


def test_a_question_that_the_season_did_not_ask_is_not_found(season: Play) -> None:
    mine = play_through(season)
    with season.db.read() as session:
        drawn = session.exec(select(QuizPaper.questions)).one()
        unused = session.exec(select(Question).where(col(Question.id).not_in(drawn))).first()
    assert unused is not None
    assert score(season, mine) == 10_000
    assert refusal(lambda: mend(season, unused, [])).code == "not_found"


def test_an_open_attempt_is_marked_by_the_ruling_when_it_ends(season: Play) -> None:
    mine = attempts.start(season.db, season.lin)
    question = asked(season, mine)
    place = season.attempt(mine).questions.index(question.id or 0)
    attempts.answer(season.db, season.lin, mine, place, season.letters(mine, place))
    assert mend(season, question, [other(question)]).attempts == 0, "an open attempt counts nowhere"
    attempts.finish(season.db, season.lin, mine)
    assert score(season, mine) == 0
    mend(season, question, [], newest(season))
    assert score(season, mine) == 1_000


def test_a_struck_question_is_asked_no_more_and_drawn_no_more(season: Play) -> None:
    mine = play_through(season)
    question = asked(season, mine, 0)
    mend(season, question, [])
    found = {one for _ in range(6) for one in season.attempt(play_through(season, "mei")).questions}
    assert question.id not in found
    papers.draw(season.db, season.organiser, season.season_id, 2)
    [_, second] = papers.find_papers(season.db, season.organiser, season.season_id)
    assert question.id not in {one.id for one in second.questions}
    row = questions.get_question(season.db, season.organiser, question.id or 0)
    again = lambda: questions.retire(season.db, season.organiser, row.id or 0, row.version, retired=False)  # noqa: E731
    assert refusal(again).code == "question.ruled"
    mend(season, question, list(question.right), newest(season))
    again()


def test_a_ruling_holds_in_its_season_alone(season: Play) -> None:
    mine = play_through(season)
    question = asked(season, mine, 0)
    with season.db.write() as session:
        first = session.get_one(Season, season.season_id)
        first.state = "closed"
        session.add(first)
    second = play_again(season)
    theirs = play_through(second)
    with second.db.read() as session:
        paper = session.exec(select(QuizPaper).where(QuizPaper.season_id == second.season_id)).one()
    assert question.id in paper.questions
    mend(second, question, [])
    assert (score(season, mine), rulings_in(season)) == (10_000, {})
    assert rulings_in(second).keys() == {question.id}
    assert score(second, theirs) == 10_000


def play_again(season: Play) -> Play:
    """A second season of the same contestants, who play it."""
    with season.db.write() as session:
        row = session.get_one(Season, season.season_id)
        more = Season(**row.model_dump(exclude={"id", "code", "state"}), code="2027", state="running")
        session.add(more)
        session.flush()
        made = Play(season.city, more.id or 0, season.rules, organiser=season.organiser)
        for name, me in season.people.items():
            told = session.get_one(Contestant, me.contestant_id).model_dump(exclude={"id", "code", "season_id"})
            person = Contestant(**told, season_id=made.season_id, code=f"d-{name}")
            session.add(person)
            session.flush()
            session.add(ContestTally(contestant_id=person.id or 0, season_id=made.season_id))
            made.people[name] = ContestantSession(person.id or 0, made.season_id, "")
    return made


def rulings_in(season: Play) -> dict[int, Any]:
    with season.db.read() as session:
        return rulings.in_force(session, season.season_id)


def test_the_event_tells_what_was_ruled_and_the_bank_keeps_its_question(season: Play) -> None:
    mine = play_through(season)
    question = asked(season, mine, 0)
    mend(season, question, [])
    with season.db.read() as session:
        [event] = session.exec(select(Event).where(Event.verb == "quiz.question_struck")).all()
        row = session.get_one(Question, question.id)
    assert event.data["right"] == [question.right, []]
    assert (event.data["reason"], event.data["attempts"], event.data["season_id"]) == (WHY, 0, season.season_id)
    assert (row.right, row.retired_at is not None) == (question.right, True)


def test_the_recount_file_says_the_same_before_and_after(season: Play, tmp_path: Path) -> None:
    mine = play_through(season, right=6)
    theirs = play_through(season, "mei")
    question = asked(season, mine, 9)
    for right in ([], [other(question)], list(question.right)):
        mend(season, question, right, newest(season))
        file = tmp_path / "season.json"
        written = record.export(season.db, season.organiser, "2026", file)
        assert (written.tallies_differ, record.recount(file).difference) == (0, "")
        sums = sorted(
            sum(attempt[3])
            for one in json.loads(file.read_text())["inputs"]["contestants"]
            for attempt in one["attempts"]
        )
        assert sums == sorted([score(season, mine), score(season, theirs)])


def test_contestants_read_at_once_that_and_after_the_week_what_and_why(season: Play) -> None:
    mine = play_through(season, right=0)
    question = asked(season, mine)
    mend(season, question, [other(question)])
    [told] = remarked(season.db, season.lin, "en")
    assert (told.week, told.text, told.reason, told.right) == (1, "", "", ())
    assert told.opens_at is not None
    assert remarked(season.db, season.people["hu"], "en") == [], "who did not have it is not told"
    with time_machine.travel(LATER, tick=False):
        running = attempts.start(season.db, season.lin)
        [told] = remarked(season.db, season.lin, "en")
        assert (told.text, told.reason) == ("", ""), "the same question may stand in the open attempt"
        attempts.finish(season.db, season.lin, running)
        [told] = remarked(season.db, season.lin, "zh_CN")
        assert (told.text, told.reason, told.struck) == (question.text_zh, WHY, False)
        book = attempt_reading.wrong_book(season.db, season.lin, "en")
        shown = {one.question.text: one for one in book.rows}
        [line] = [one for one in attempt_reading.result(season.db, season.lin, mine, "en").questions if one.ruling]
    assert line.ruling is not None
    assert (line.ruling.reason, line.question.text) == (WHY, question.text_en)
    assert (question.text_en in shown) is (line.points == 0)


def test_a_struck_question_has_no_right_answer_and_tells_nothing_in_the_statistics(season: Play) -> None:
    mine = play_through(season, right=0)
    question = asked(season, mine, 0)
    mend(season, question, [])
    with time_machine.travel(LATER, tick=False):
        [line] = [one for one in attempt_reading.result(season.db, season.lin, mine, "en").questions if one.ruling]
    assert (line.right, line.points, line.worth) == ((), 1_000, 1_000)
    [item] = [
        one
        for one in quiz_statistics.item_lines(season.db, season.organiser, season.season_id)
        if one.question_id == question.id
    ]
    assert (item.facility, item.advice) == (None, "struck")


def test_attempts_that_end_while_a_question_is_ruled_on_are_marked_once(season: Play) -> None:
    running = {name: attempts.start(season.db, season.people[name]) for name in ("lin", "mei", "hu")}
    with season.db.read() as session:
        had = {name: session.get_one(QuizAttempt, id_).questions for name, id_ in running.items()}
    question_id = had["lin"][0]
    with season.db.read() as session:
        question = session.get_one(Question, question_id)

    def step(number: int) -> Any:
        if number == 3:
            return mend(season, question, [])
        name = ("lin", "mei", "hu")[number]
        return attempts.finish(season.db, season.people[name], running[name])

    found = parallel(4, step)
    assert isinstance(found[3], Effect), found
    for name, id_ in running.items():
        assert score(season, id_) == (1_000 if question_id in had[name] else 0)


def test_the_errors_of_a_foreign_question_and_a_foreign_season_are_the_same(season: Play) -> None:
    play_through(season)
    for season_id, question_id in ((season.season_id, 10**6), (season.season_id + 7, 1)):
        with pytest.raises(RoundsError) as caught:
            preview(season.db, season.organiser, season_id, question_id, [])
        assert caught.value.code == "not_found"
