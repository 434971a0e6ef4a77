"""The week's answer key: it leaves when nobody plays the paper any more, in results and in the wrong-answer book."""

import datetime as dt
from collections.abc import Iterator

import pytest
import time_machine

from audit.domain.contest.rules import Rules, default_rules
from audit.services.contest.attempt_reading import attempts_for, attempts_of, open_attempt, result, wrong_book
from audit.services.contest.attempts import answer, start
from tests.factories import City
from tests.hands import refusal
from tests.quiz import QUIZ_DAY, Play, play
from tests.services.test_contest_quiz import play_through

WEEK_OVER = dt.datetime(2026, 7, 19, 16, 10, tzinfo=dt.UTC)  # Monday, ten minutes past midnight in Shanghai


@pytest.fixture
def season(city: City) -> Iterator[Play]:
    """A season on a day on which the quiz is open; at the end the tallies are what a recount gives."""
    with time_machine.travel(QUIZ_DAY, tick=False):
        made = play(city)
        yield made
        assert made.differences() == []


def test_right_answers_are_there_when_nobody_plays_the_paper_any_more_and_not_before(season: Play) -> None:
    """With those of one attempt the next ones would count, and a colleague's: until then there are points alone."""
    first = play_through(season, right=7)
    for moment in (QUIZ_DAY, WEEK_OVER - dt.timedelta(seconds=1)):
        with time_machine.travel(moment, tick=False):
            found = result(season.db, season.lin, first, "en")
            book = wrong_book(season.db, season.lin, "en")
        assert (found.line.score, found.questions, found.line.opens_at) == (7_000, (), WEEK_OVER)
        assert (book.total, book.rows) == (0, ())
    with time_machine.travel(WEEK_OVER, tick=False):
        found = result(season.db, season.lin, first, "en")
        assert wrong_book(season.db, season.lin, "en").total == 3
    assert (found.line.score, found.line.opens_at) == (7_000, None)
    assert [one.points for one in found.questions] == [1_000] * 7 + [0] * 3
    assert [list(one.right) for one in found.questions] == [season.letters(first, position) for position in range(10)]
    assert all(one.explanation.startswith("Secret") for one in found.questions)


def test_practice_tells_no_points_while_the_paper_is_played(season: Play) -> None:
    """Otherwise one unsure question at a time, beside those one knows, would show the whole key in two days."""
    counted = [play_through(season, right=7) for _ in range(3)]
    practice = play_through(season, right=8)
    assert [line.score for line in attempts_of(season.db, season.lin)] == [None, 7_000, 7_000, 7_000]
    assert result(season.db, season.lin, practice, "en").line.score is None
    assert result(season.db, season.lin, counted[2], "en").line.score == 7_000
    assert attempts_for(season.db, season.organiser, season.lin.contestant_id)[0].score == 8_000, (
        "the organiser sees it"
    )
    with time_machine.travel(WEEK_OVER, tick=False):
        assert attempts_of(season.db, season.lin)[0].score == 8_000
        assert result(season.db, season.lin, practice, "en").line.score == 8_000


def test_the_last_attempt_of_a_week_ends_before_its_answers_are_explained(season: Play) -> None:
    """Started a second before midnight, it has its whole time."""
    first = play_through(season)
    with time_machine.travel(WEEK_OVER - dt.timedelta(minutes=10, seconds=1), tick=False):
        last = start(season.db, season.mei)
    ends_at = season.attempt(last).ends_at
    with time_machine.travel(ends_at - dt.timedelta(seconds=1), tick=False):
        answer(season.db, season.mei, last, 0, season.letters(last, 0))
        assert result(season.db, season.lin, first, "en").questions == ()
    assert ends_at < WEEK_OVER


def test_nothing_is_explained_while_an_attempt_is_open(season: Play) -> None:
    first = play_through(season, right=7)
    with time_machine.travel(WEEK_OVER, tick=False):
        second = start(season.db, season.lin)
        for act in (
            lambda: result(season.db, season.lin, second, "en"),
            lambda: result(season.db, season.lin, first, "en"),  # the same question may stand in the open attempt
            lambda: wrong_book(season.db, season.lin, "en"),
        ):
            assert refusal(act).code == "quiz.running"
        assert "Secret" not in repr(open_attempt(season.db, season.lin, second, "en"))
        shown = open_attempt(season.db, season.lin, second, "en").questions[0]
    assert not {"right", "explanation"} & set(vars(shown))


# fmt: off
LAST_DAYS = (
    # week  the last day on which its paper can be started
    (0,     None),
    (1,     dt.date(2026, 7, 19)),
    (16,    dt.date(2026, 11, 1)),  # the quiz ends with it
    (17,    None),
)
# fmt: on


@pytest.mark.parametrize(("week", "last"), LAST_DAYS)
def test_a_papers_last_day_is_the_weeks_or_that_of_the_quiz(week: int, last: dt.date | None) -> None:
    assert default_rules().last_day_of_week(week) == last
    told = default_rules().to_json()
    told["stages"][1]["last"] = told["stages"][1]["first"]  # one day of quiz in the first week
    told["stages"][2]["opens"] = told["stages"][3]["opens"] = []
    assert Rules.from_json(told).last_day_of_week(week) == (dt.date(2026, 7, 13) if week == 1 else None)


def test_the_wrong_answer_book_holds_what_was_last_answered_wrongly(season: Play) -> None:
    attempt_id = play_through(season, right=7)
    with time_machine.travel(WEEK_OVER, tick=False):
        book = wrong_book(season.db, season.lin, "zh_CN")
        explained = result(season.db, season.lin, attempt_id, "zh_CN").questions
    assert book.total == 3
    wrong = {one.question.text for one in book.rows}
    assert wrong == {one.question.text for one in explained[7:]}
    for _ in range(8):  # everything is answered rightly, until each of them came again
        play_through(season)
    with time_machine.travel(WEEK_OVER, tick=False):
        left = {one.question.text for one in wrong_book(season.db, season.lin, "zh_CN").rows}
        assert wrong_book(season.db, season.mei, "zh_CN").total == 0
    assert left < wrong or not left
