"""The quiz: attempts by the server's clock, answers saved once, and right answers that stay inside until it is over."""

import datetime as dt
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine
from sqlmodel import col, select, update

from audit.db.models import Contestant, Question, QuizAnswer, QuizAttempt, QuizPaper, Season
from audit.domain.contest.drawing import draw_attempt, draw_paper
from audit.errors import RoundsError
from audit.services.contest import attempt_reading, attempts, papers, questions, seasons
from audit.services.contest.attempt_reading import open_attempt, result, running
from audit.services.contest.attempts import answer, close_lapsed, finish, start, void
from audit.services.contest.sign_in import contestant_of, open_session
from tests.factories import City
from tests.hands import refusal
from tests.quiz import QUIZ_DAY, Play, play


@pytest.fixture
def season(city: City) -> Iterator[Play]:
    """A season on a day on which the quiz is open; at the end the tallies are what a recount gives."""
    with time_machine.travel(QUIZ_DAY, tick=False):
        made = play(city)
        yield made
        assert made.differences() == []


def play_through(season: Play, name: str = "lin", right: int = 10) -> int:
    """An attempt of a contestant with so many right answers, handed in; returns its id."""
    me = season.people[name]
    attempt_id = start(season.db, me)
    for position in range(10):
        answer(season.db, me, attempt_id, position, season.letters(attempt_id, position, position < right))
    finish(season.db, me, attempt_id)
    return attempt_id


def parallel(count: int, act: Callable[[int], Any]) -> list[Any]:
    """What `count` threads get, all let go at once; a refusal is its code."""
    gate, found = threading.Barrier(count), [None] * count

    def run(number: int) -> None:
        gate.wait()
        try:
            found[number] = act(number)
        except RoundsError as error:
            found[number] = error.code

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def test_ten_right_answers_are_a_hundred_points_and_a_twelfth_of_the_quiz_score(season: Play) -> None:
    attempt_id = play_through(season)
    assert season.attempt(attempt_id).score == 10_000
    assert season.tally("lin").quiz_sum == 10_000
    assert season.tally("mei").quiz_sum == 0


def test_what_was_drawn_can_be_drawn_again_from_the_seeds(season: Play) -> None:
    attempt_id = start(season.db, season.lin)
    with season.db.read() as session:
        attempt, paper = session.get_one(QuizAttempt, attempt_id), session.exec(select(QuizPaper)).one()
        rows = session.exec(select(Question)).all()
    bank: dict[str, list[int]] = {}
    for row in rows:
        if row.kind != "picture" or row.picture_sha256:
            bank.setdefault(row.difficulty, []).append(row.id or 0)
    assert paper.questions == draw_paper(paper.seed, season.rules.quiz, bank, {})
    difficulty = {row.id or 0: row.difficulty for row in rows}
    assert attempt.questions == draw_attempt(attempt.seed, season.rules.quiz, paper.questions, difficulty)


def test_a_reload_or_another_device_continues_the_same_attempt_with_what_was_saved(season: Play) -> None:
    attempt_id = start(season.db, season.lin)
    answer(season.db, season.lin, attempt_id, 2, season.letters(attempt_id, 2))
    with time_machine.travel(QUIZ_DAY + dt.timedelta(seconds=90), tick=False):
        assert start(season.db, season.lin) == attempt_id
        shown = open_attempt(season.db, season.lin, attempt_id, "en")
    assert (shown.answered, shown.seconds_left) == (1, 510)
    assert [o.letter for o in shown.questions[2].options if o.chosen] == season.letters(attempt_id, 2)


def test_ten_tabs_that_start_at_once_share_one_attempt(season: Play) -> None:
    assert len(set(parallel(10, lambda _: start(season.db, season.lin)))) == 1
    with season.db.read() as session:
        assert len(session.exec(select(QuizAttempt)).all()) == 1
        assert len(session.exec(select(QuizPaper)).all()) == 1


def test_ten_tabs_that_answer_and_hand_in_at_once_are_counted_once(season: Play) -> None:
    attempt_id = start(season.db, season.lin)
    right = season.letters(attempt_id, 0)
    receipts = parallel(10, lambda _: list(answer(season.db, season.lin, attempt_id, 0, right).letters))
    assert receipts == [right] * 10
    assert parallel(10, lambda _: finish(season.db, season.lin, attempt_id)) == [None] * 10
    with season.db.read() as session:
        assert len(session.exec(select(QuizAnswer)).all()) == 1
    assert season.tally("lin").quiz_sum == 1_000


def test_answers_and_hand_in_at_once_leave_score_and_answers_in_step(season: Play) -> None:
    attempt_id = start(season.db, season.lin)
    right = {position: season.letters(attempt_id, position) for position in range(9)}

    def act(number: int) -> Any:
        if number == 9:
            return finish(season.db, season.lin, attempt_id)
        return answer(season.db, season.lin, attempt_id, number, right[number]).position

    found = parallel(10, act)
    accepted = [one for one in found if isinstance(one, int)]
    assert set(found) <= {*range(9), None, "quiz.over"}
    assert season.attempt(attempt_id).score == 1_000 * len(accepted)


def test_a_changed_answer_replaces_the_one_before_and_the_same_one_again_changes_nothing(season: Play) -> None:
    attempt_id = start(season.db, season.lin)
    right, wrong = season.letters(attempt_id, 0), season.letters(attempt_id, 0, right=False)
    for seconds, letters in enumerate((right, wrong, right, right)):
        with time_machine.travel(QUIZ_DAY + dt.timedelta(seconds=seconds), tick=False):
            answer(season.db, season.lin, attempt_id, 0, letters)
    with season.db.read() as session:
        [row] = session.exec(select(QuizAnswer)).all()
    assert (row.points, row.after_ms) == (1_000, 2_000)  # the fourth was the third again
    finish(season.db, season.lin, attempt_id)
    assert season.tally("lin").quiz_sum == 1_000


def test_no_point_shows_in_any_tally_before_the_attempt_is_over(season: Play) -> None:
    """Otherwise a contestant could try the options one by one and watch the scoreboard."""
    attempt_id = start(season.db, season.lin)
    answer(season.db, season.lin, attempt_id, 0, season.letters(attempt_id, 0))
    assert (season.tally("lin").quiz_sum, season.attempt(attempt_id).score) == (0, 0)
    assert season.differences() == []
    finish(season.db, season.lin, attempt_id)
    assert season.tally("lin").quiz_sum == 1_000


def test_the_first_three_attempts_of_a_day_count_and_the_best_of_a_week(season: Play) -> None:
    for right in (3, 5, 4, 10):
        play_through(season, right=right)
    assert season.tally("lin").quiz_sum == 5_000  # the fourth was practice
    with time_machine.travel(QUIZ_DAY + dt.timedelta(days=1), tick=False):
        play_through(season, right=9)
    assert season.tally("lin").quiz_sum == 9_000


def test_the_best_twelve_of_sixteen_weeks_count(season: Play) -> None:
    for week in range(16):
        with time_machine.travel(QUIZ_DAY + dt.timedelta(weeks=week), tick=False):
            play_through(season, right=week % 10 + 1)
    best = sorted((week % 10 + 1 for week in range(16)), reverse=True)[:12]
    assert season.tally("lin").quiz_sum == sum(best) * 1_000


def test_more_attempts_than_a_day_takes_are_refused(season: Play) -> None:
    given = season.rules.to_json()
    given["quiz"]["most_a_day"] = 4
    seasons.amend_rules(season.db, season.organiser, season.season_id, 1, given, "练习过多")
    for _ in range(4):
        finish(season.db, season.lin, start(season.db, season.lin))
    error = refusal(lambda: start(season.db, season.lin))
    assert (error.code, error.params) == ("quiz.too_many", {"limit": 4})


# -- time


def test_a_late_answer_is_refused_and_what_was_saved_counts(season: Play) -> None:
    attempt_id = start(season.db, season.lin)
    answer(season.db, season.lin, attempt_id, 0, season.letters(attempt_id, 0))
    late = season.letters(attempt_id, 1)
    for after in (600, 601, 86_400):
        with time_machine.travel(QUIZ_DAY + dt.timedelta(seconds=after), tick=False):
            assert refusal(lambda: answer(season.db, season.lin, attempt_id, 1, late)).code == "quiz.over"
            assert refusal(lambda: open_attempt(season.db, season.lin, attempt_id, "en")).code == "quiz.over"
    with time_machine.travel(QUIZ_DAY + dt.timedelta(seconds=599), tick=False):
        answer(season.db, season.lin, attempt_id, 1, late)
    with time_machine.travel(QUIZ_DAY + dt.timedelta(hours=2), tick=False):
        assert close_lapsed(season.db) == 1
        assert close_lapsed(season.db) == 0
    assert season.attempt(attempt_id).finished_at == QUIZ_DAY + dt.timedelta(seconds=600)
    assert season.tally("lin").quiz_sum == 2_000


def test_a_server_clock_set_back_gives_neither_negative_time_nor_more_than_the_rules_time(season: Play) -> None:
    attempt_id = start(season.db, season.lin)
    with time_machine.travel(QUIZ_DAY - dt.timedelta(minutes=5), tick=False):
        receipt = answer(season.db, season.lin, attempt_id, 0, season.letters(attempt_id, 0))
    with season.db.read() as session:
        assert session.exec(select(QuizAnswer.after_ms)).one() == 0
    assert receipt.seconds_left == 600


def test_a_lapsed_attempt_is_counted_by_the_next_start_and_the_new_one_is_another(season: Play) -> None:
    first = start(season.db, season.lin)
    answer(season.db, season.lin, first, 0, season.letters(first, 0))
    with time_machine.travel(QUIZ_DAY + dt.timedelta(minutes=11), tick=False):
        second = start(season.db, season.lin)
    assert (second != first, season.attempt(second).number) == (True, 2)
    assert season.tally("lin").quiz_sum == 1_000


# fmt: off
CLOSED = {
    "before the first day": dt.timedelta(days=-2),
    "after the last day":   dt.timedelta(days=112),
}
# fmt: on


@pytest.mark.parametrize("days", CLOSED.values(), ids=CLOSED.keys())
def test_outside_the_quizs_days_nothing_starts(season: Play, days: dt.timedelta) -> None:
    with time_machine.travel(QUIZ_DAY + days, tick=False):
        assert refusal(lambda: start(season.db, season.lin)).code == "season.not_open"


@pytest.mark.parametrize("state", ["draft", "closed"])
def test_a_season_that_does_not_run_starts_nothing(season: Play, state: str) -> None:
    with season.db.write() as session:
        session.exec(update(Season).values(state=state))
    assert refusal(lambda: start(season.db, season.lin)).code == "season.not_open"


def test_amended_rules_change_nothing_of_an_attempt_that_was_drawn(season: Play) -> None:
    attempt_id = start(season.db, season.lin)
    before = [one.text for one in open_attempt(season.db, season.lin, attempt_id, "en").questions]
    amended = season.rules.to_json() | {"quiz": season.rules.to_json()["quiz"] | {"easy": 1, "seconds": 60}}
    with season.db.write() as session:
        session.exec(update(Season).values(rules=amended))
    shown = open_attempt(season.db, season.lin, attempt_id, "en")
    assert ([one.text for one in shown.questions], shown.seconds_left) == (before, 600)


# -- forgeries


def test_a_foreign_attempt_is_not_there(season: Play) -> None:
    attempt_id = start(season.db, season.lin)
    for act in (
        lambda: answer(season.db, season.mei, attempt_id, 0, ["A"]),
        lambda: finish(season.db, season.mei, attempt_id),
        lambda: open_attempt(season.db, season.mei, attempt_id, "en"),
        lambda: result(season.db, season.mei, attempt_id, "en"),
        lambda: answer(season.db, season.mei, 999_999, 0, ["A"]),
    ):
        assert refusal(act).code == "not_found"
    assert season.attempt(attempt_id).finished_at is None


def test_a_position_or_letter_that_was_not_shown_is_refused(season: Play) -> None:
    attempt_id, kinds = 0, list[str]()
    while not {"single", "multiple"} <= set(kinds):  # a draw may lack one of them
        if kinds:
            finish(season.db, season.lin, attempt_id)
        attempt_id = start(season.db, season.lin)
        kinds = [one.kind for one in open_attempt(season.db, season.lin, attempt_id, "en").questions]
    single, several = kinds.index("single"), kinds.index("multiple")
    forged = [
        (-1, ["A"], "invalid"), (10, ["A"], "invalid"), (single, ["Z"], "invalid"), (single, ["a"], "invalid"),
        (single, ["A", "B"], "invalid"), (single, [], "required"), (several, ["E"], "invalid"),
        (several, [""], "invalid"),
    ]  # fmt: skip
    for position, letters, code in forged:
        assert refusal(lambda p=position, c=letters: answer(season.db, season.lin, attempt_id, p, c)).code == code
    with season.db.read() as session:
        assert session.exec(select(QuizAnswer)).all() == []


def test_letters_belong_to_the_order_of_their_own_attempt(season: Play) -> None:
    """The letters of another attempt, or the options in the order of the bank, are other answers."""
    orders = set()
    for _ in range(6):
        attempt_id = start(season.db, season.lin)
        for question in open_attempt(season.db, season.lin, attempt_id, "en").questions:
            if question.kind == "single":
                orders.add(tuple(option.text[-1] for option in question.options))
        finish(season.db, season.lin, attempt_id)
    assert len(orders) > 3
    attempt_id = start(season.db, season.lin)
    for position in range(10):
        answer(season.db, season.lin, attempt_id, position, season.letters(attempt_id, position))
    finish(season.db, season.lin, attempt_id)
    assert season.attempt(attempt_id).score == 10_000


def test_a_handed_in_attempt_takes_no_more_answers(season: Play) -> None:
    attempt_id = play_through(season, right=0)
    assert refusal(lambda: answer(season.db, season.lin, attempt_id, 0, ["A"])).code == "quiz.over"
    finish(season.db, season.lin, attempt_id)
    assert season.tally("lin").quiz_sum == 0


# -- afterwards


def test_a_void_attempt_stays_readable_and_no_longer_counts(season: Play) -> None:
    first, second = play_through(season, right=4), play_through(season, right=8)
    void(season.db, season.organiser, second, "代答")
    assert season.tally("lin").quiz_sum == 4_000
    assert result(season.db, season.lin, second, "en").line.void == "代答"
    void(season.db, season.organiser, second, "")
    assert season.tally("lin").quiz_sum == 8_000
    assert refusal(lambda: void(season.db, season.city.mei, first, "x")).code == "forbidden"
    assert refusal(lambda: void(season.db, season.organiser, 999, "x")).code == "not_found"
    assert refusal(lambda: void(season.db, season.organiser, first, "open")).code == "invalid"
    assert refusal(lambda: void(season.db, season.organiser, start(season.db, season.lin), "x")).code == "wrong_state"


# -- papers and the bank


def test_the_organiser_draws_ahead_and_anew_until_somebody_plays(season: Play) -> None:
    assert papers.draw(season.db, season.organiser, season.season_id, 1, seed=7) == 7
    before = papers.find_papers(season.db, season.organiser, season.season_id)[0].questions
    papers.draw(season.db, season.organiser, season.season_id, 1, seed=8)
    assert papers.find_papers(season.db, season.organiser, season.season_id)[0].questions != before
    papers.draw(season.db, season.organiser, season.season_id, 1, seed=7)
    [view] = papers.find_papers(season.db, season.organiser, season.season_id)
    assert (view.seed, view.questions) == (7, before)
    start(season.db, season.lin)

    def again(week: int, seed: int = 9) -> str:
        return refusal(lambda: papers.draw(season.db, season.organiser, season.season_id, week, seed)).code

    assert (again(1), again(0), again(17), again(2, -1)) == ("quiz.paper_used", "invalid", "invalid", "invalid")
    act = lambda: papers.draw(season.db, season.city.mei, season.season_id, 2)  # noqa: E731
    assert refusal(act).code == "forbidden"


def test_a_question_that_was_asked_is_retired_and_never_changed(season: Play) -> None:
    play_through(season)
    data = questions.export_gift(season.db, season.organiser).decode().replace("Question ", "Changed ")
    outcome = questions.import_gift(season.db, season.organiser, data.encode(), dry_run=False)
    assert {error.error.code for error in outcome.errors} == {"question.used"}
    with season.db.read() as session:
        row = session.exec(select(Question).where(Question.code == "Q001")).one()
    questions.retire(season.db, season.organiser, row.id or 0, row.version)
    assert refusal(lambda: questions.retire(season.db, season.organiser, row.id or 0, row.version)).code == "stale"
    papers.draw(season.db, season.organiser, season.season_id, 2)
    drawn = papers.find_papers(season.db, season.organiser, season.season_id)[1].questions
    assert "Q001" not in {question.code for question in drawn}


def test_who_left_the_contest_plays_no_more(season: Play) -> None:
    token = open_session(season.db, season.lin.contestant_id, "10.0.0.1")
    assert contestant_of(season.db, token) == season.lin
    with season.db.write() as session:
        session.exec(
            update(Contestant).where(col(Contestant.id) == season.lin.contestant_id).values(withdrawn_at=QUIZ_DAY)
        )
    assert contestant_of(season.db, token) is None


def test_running_says_which_attempt_is_open_and_closes_what_lapsed(season: Play) -> None:
    assert running(season.db, season.lin) is None
    attempt_id = start(season.db, season.lin)
    assert (running(season.db, season.lin), running(season.db, season.mei)) == (attempt_id, None)
    with time_machine.travel(QUIZ_DAY + dt.timedelta(minutes=10), tick=False):
        assert running(season.db, season.lin) is None
    assert [line.number for line in attempt_reading.attempts_of(season.db, season.lin)] == [1]
    assert attempts.OPEN not in {line.void for line in attempt_reading.attempts_of(season.db, season.lin)}
