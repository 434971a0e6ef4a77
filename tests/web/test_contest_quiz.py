"""The quiz's light pages: with and without scripts, small, resumable, and silent about right answers until the end."""

import datetime as dt
import re
from collections.abc import Callable, Iterator

import pytest
import time_machine
from sqlmodel import col, select, update
from starlette.testclient import TestClient

from audit.db.models import Question, QuizAnswer, QuizPaper
from audit.photos.intake import IntakePool
from audit.services.contest import questions, rulings, sign_in
from audit.services.installation import Installation
from audit.services.photo_care import is_referenced, needed
from audit.web import assets
from tests.factories import City
from tests.field import picture
from tests.hands import refusal
from tests.quiz import QUIZ_DAY, Play, play

Browsers = Callable[..., TestClient]
COOKIE = "rounds-contest"
JSON = {"Accept": "application/json"}


@pytest.fixture
def season(city: City) -> Iterator[Play]:
    """A season on a day on which the quiz is open; at the end the tallies are what a recount gives."""
    with time_machine.travel(QUIZ_DAY, tick=False):
        made = play(city)
        yield made
        assert made.differences() == []


@pytest.fixture
def phone(season: Play, sign_in_as: Browsers) -> Callable[..., TestClient]:
    """A maker of phones at which a contestant is signed in."""

    def make(name: str = "lin", locale: str = "en") -> TestClient:
        browser = sign_in_as(None)
        browser.cookies.set(COOKIE, sign_in.open_session(season.db, season.people[name].contestant_id, "10.0.0.1"))
        browser.cookies.set("rounds-lang", locale)
        return browser

    return make


def start(browser: TestClient) -> int:
    response = browser.post("/contest/quiz")
    assert response.status_code == 303
    return int(response.headers["location"].rsplit("/", 1)[1])


def send(browser: TestClient, attempt_id: int, position: int, letters: list[str], **headers: str) -> int:
    path = f"/contest/quiz/{attempt_id}/answers/{position}"
    return browser.post(path, data={"choice": letters}, headers=headers).status_code


def test_without_scripts_a_contestant_plays_from_home_to_the_explained_result(season: Play, phone: Browsers) -> None:
    browser = phone()
    assert 'href="/contest/quiz"' in browser.get("/contest/").text
    assert "Start attempt 1 of 3" in browser.get("/contest/quiz").text
    attempt_id = start(browser)
    page = browser.get(f"/contest/quiz/{attempt_id}").text
    assert page.count('class="card question"') == 10
    assert '<noscript><meta http-equiv="refresh" content="601">' in page
    for position in range(9):
        response = browser.post(
            f"/contest/quiz/{attempt_id}/answers/{position}",
            data={"choice": season.letters(attempt_id, position)},
        )
        assert (response.status_code, response.headers["location"]) == (
            303, f"/contest/quiz/{attempt_id}#q{position + 2}",
        )  # fmt: skip
    asked = browser.post(f"/contest/quiz/{attempt_id}/finish")
    assert "Questions not answered yet: 1" in asked.text
    response = browser.post(f"/contest/quiz/{attempt_id}/finish", data={"sure": "1"})
    result = browser.get(response.headers["location"]).text
    assert "90.00" in result
    opens = "open on 20 Jul 2026 00:10, when nobody plays it any more"
    assert [opens in body for body in (result, browser.get("/contest/quiz/wrong").text)] == [True, True]
    assert "Secret" not in result
    assert "90.00" in browser.get("/contest/").text
    again = browser.get("/contest/quiz").text
    assert "Start attempt 2 of 3" in again
    assert opens in again
    with time_machine.travel("2026-07-19T16:10:00Z", tick=False):
        explained = phone().get(response.headers["location"]).text  # signed in anew: days have gone by
    assert explained.count("Secret") == 10
    assert opens not in explained


def test_a_receipt_tells_what_was_kept_and_how_much_time_is_left_and_nothing_else(
    season: Play, phone: Browsers
) -> None:
    browser = phone()
    attempt_id = start(browser)
    right = season.letters(attempt_id, 0)
    for letters in (right, season.letters(attempt_id, 0, right=False), right, right):
        response = browser.post(f"/contest/quiz/{attempt_id}/answers/0", data={"choice": letters}, headers=JSON)
        assert response.json() == {"position": 0, "letters": letters, "left": 600}
    with season.db.read() as session:
        assert len(session.exec(select(QuizAnswer)).all()) == 1


def test_no_body_before_the_end_depends_on_which_answers_are_right(season: Play, phone: Browsers) -> None:
    browser = phone()
    done = start(browser)  # an attempt that is over, with the same questions perhaps
    browser.post(f"/contest/quiz/{done}/finish", data={"sure": "1"})
    attempt_id = start(browser)
    send(browser, attempt_id, 0, season.letters(attempt_id, 0))

    def bodies() -> list[str]:
        paths = ("/contest/", "/contest/quiz", f"/contest/quiz/{attempt_id}", f"/contest/quiz/{done}",
                 "/contest/quiz/wrong", f"/contest/quiz/{attempt_id}?lang=en")  # fmt: skip
        found = [browser.get(path, follow_redirects=True).text for path in paths]
        found.append(browser.post(f"/contest/quiz/{attempt_id}/finish").text)
        found.append(browser.post(f"/contest/quiz/{attempt_id}/answers/0", data={"choice": ["A"]}, headers=JSON).text)
        found.append(browser.post(f"/contest/quiz/{attempt_id}/answers/0", data={"choice": ["Z"]}, headers=JSON).text)
        return found

    bodies()  # the answer that is sent there is saved from now on
    before = bodies()
    assert not any("Secret" in body or "解析机密" in body for body in before)
    with season.db.write() as session:
        session.exec(update(Question).where(Question.kind == "multiple").values(right=["b", "d"]))
        session.exec(update(Question).where(Question.kind != "multiple").values(right=["a"]))
        session.exec(update(Question).values(explanation_en="Other secret", explanation_zh="另一个机密"))
    assert bodies() == before
    with season.db.write() as session:  # what was marked stays marked: forget it, so that the end adds up
        session.exec(update(QuizAnswer).values(points=0))


def test_a_forged_request_is_refused_and_changes_nothing(season: Play, phone: Browsers) -> None:
    lin, mei = phone("lin"), phone("mei")
    attempt_id = start(lin)
    assert send(mei, attempt_id, 0, ["A"]) == 404
    assert mei.get(f"/contest/quiz/{attempt_id}").status_code == 404
    assert mei.post(f"/contest/quiz/{attempt_id}/finish").status_code == 404
    assert [send(lin, attempt_id, position, ["A"]) for position in (-1, 10, 999_999)] == [422] * 3
    assert send(lin, attempt_id, 0, ["Z"]) == 422
    assert send(lin, 2**40, 0, ["A"]) == 422
    data = {"choice": "Z", "points": "10000", "after_ms": "-5", "seconds_left": "9999", "question_id": "1"}
    assert lin.post(f"/contest/quiz/{attempt_id}/answers/0", data=data).status_code == 422
    with season.db.read() as session:
        assert session.exec(select(QuizAnswer)).all() == []


def test_fields_about_time_and_points_are_ignored(season: Play, phone: Browsers) -> None:
    browser = phone()
    attempt_id = start(browser)
    wrong = season.letters(attempt_id, 0, right=False)
    if len(season.letters(attempt_id, 0)) > 1:
        wrong = wrong[:1]
    data = {"choice": wrong, "points": "10000", "after_ms": "-5", "started_at": "1999-01-01", "left": "9999"}
    with time_machine.travel(QUIZ_DAY + dt.timedelta(seconds=7), tick=False):
        response = browser.post(f"/contest/quiz/{attempt_id}/answers/0", data=data, headers=JSON)
    assert response.json()["left"] == 593
    with season.db.read() as session:
        row = session.exec(select(QuizAnswer)).one()
    assert (row.points, row.after_ms) == (0, 7_000)


def test_a_late_answer_leads_to_the_result_and_a_script_is_told(season: Play, phone: Browsers) -> None:
    browser = phone()
    attempt_id = start(browser)
    with time_machine.travel(QUIZ_DAY + dt.timedelta(seconds=600), tick=False):
        late = browser.post(f"/contest/quiz/{attempt_id}/answers/0", data={"choice": ["A"]}, headers=JSON)
        assert (late.status_code, late.json()["code"]) == (409, "quiz.over")
        assert send(browser, attempt_id, 0, ["A"]) == 303
        assert "of 100 points" in browser.get(f"/contest/quiz/{attempt_id}").text
        assert browser.post(f"/contest/quiz/{attempt_id}/finish").status_code == 303


def test_two_devices_share_the_attempt_and_what_is_saved(season: Play, phone: Browsers) -> None:
    first, second = phone(), phone()
    attempt_id = start(first)
    letters = season.letters(attempt_id, 3)
    assert send(first, attempt_id, 3, letters) == 303
    assert start(second) == attempt_id
    assert second.get("/contest/quiz").headers["location"] == f"/contest/quiz/{attempt_id}"
    page = second.get(f"/contest/quiz/{attempt_id}").text
    card = page.split('id="q4"')[1].split("</form>")[0]
    assert re.findall(r'value="([A-H])" checked', card) == letters


@pytest.mark.parametrize("locale", ["zh_CN", "en"])
def test_a_page_with_everything_it_loads_is_under_100_kb(season: Play, phone: Browsers, locale: str) -> None:
    browser = phone(locale=locale)
    with season.db.write() as session:  # long questions
        session.exec(update(Question).values(text_zh="很长的题目" * 60, text_en="A long question. " * 25))
    attempt_id = start(browser)
    page = browser.get(f"/contest/quiz/{attempt_id}").text
    loaded = set(re.findall(r'(?:href|src)="(/assets/[^"]+)"', page))
    assert loaded == {"/assets/contest.css", "/assets/contest.js", "/assets/icon.svg"}
    whole = len(page.encode()) + sum(len(browser.get(path).content) for path in loaded)
    assert whole < 60_000, whole  # the rest is for pictures


def test_a_questions_picture_is_for_contestants_alone_light_and_kept_by_photo_care(
    season: Play, house: Installation, intake: IntakePool, phone: Browsers, sign_in_as: Browsers
) -> None:
    with season.db.read() as session:
        question = session.exec(select(Question).where(Question.kind == "picture").order_by(col(Question.id))).first()
    assert question
    questions.set_picture(season.db, season.organiser, house.photos, intake, question.id or 0, picture(3))
    with season.db.read() as session:
        sha256 = session.get_one(Question, question.id).picture_sha256
    path = f"/contest/quiz/pictures/{sha256}"
    response = phone().get(path)
    assert (response.status_code, response.headers["content-type"]) == (200, "image/jpeg")
    assert len(response.content) < 30_000
    assert "immutable" in response.headers["cache-control"]
    assert sign_in_as(None).get(path).status_code == 303
    assert sign_in_as(season.city.lin).get(path).status_code == 303
    assert phone().get("/contest/quiz/pictures/" + "0" * 64).status_code == 404
    assert phone().get("/contest/quiz/pictures/..%2F..%2Fseal.key").status_code == 404
    assert is_referenced(season.db, sha256)
    with season.db.read() as session:
        assert sha256 in needed(session)
    start(phone())
    with season.db.read() as session:
        drawn = session.exec(select(QuizPaper.questions)).one()
        asked = session.exec(select(Question).where(col(Question.id).in_(drawn))).first()
    assert asked
    act = lambda: questions.set_picture(  # noqa: E731
        season.db, season.organiser, house.photos, intake, asked.id or 0, picture(4)
    )
    assert refusal(act).code == "question.used"


def test_style_and_script_are_for_old_phones() -> None:
    script = (assets._STATIC / "contest.js").read_text("utf-8")
    assert not re.search(r"=>|\b(let|const|class|async|await|fetch)\b|`", re.sub(r"/\*.*?\*/", "", script, flags=re.S))
    style = bytes(assets.contest_style().body).decode()
    assert "var(" not in style
    assert not re.search(r"display:\s*(grid|flex)", style)
    assert "prefers-color-scheme:dark" in style


def test_a_stranger_is_led_to_the_sign_in_and_a_script_is_told(season: Play, sign_in_as: Browsers) -> None:
    browser = sign_in_as(None)
    for path in ("/contest/quiz", "/contest/quiz/1", "/contest/quiz/wrong", "/contest/quiz/pictures/" + "0" * 64):
        assert browser.get(path).headers["location"] == "/contest/signin"
    assert browser.post("/contest/quiz/1/answers/0", headers=JSON).status_code == 401
    assert browser.get("/contest/").status_code == 200


def test_a_chosen_language_is_kept(season: Play, phone: Browsers) -> None:
    browser = phone(locale="zh_CN")
    assert "我目前的得分" in browser.get("/contest/").text
    assert "My score so far" in browser.get("/contest/?lang=en").text
    browser.cookies.delete("rounds-lang", domain="")
    browser.cookies.set("rounds-lang", "en")
    assert "My score so far" in browser.get("/contest/").text


def test_a_question_that_was_marked_anew_is_told_with_its_reason_after_the_week(
    season: Play, phone: Callable[..., TestClient]
) -> None:
    browser = phone()
    attempt_id = start(browser)
    browser.post(f"/contest/quiz/{attempt_id}/finish", data={"sure": "1"})
    question_id = season.attempt(attempt_id).questions[0]
    rulings.rule(season.db, season.organiser, season.season_id, question_id, [], "The <b>text</b> was unclear")
    for path in ("/contest/quiz/wrong", "/contest/score"):
        page = browser.get(path).text
        assert "A question was struck: everybody who had it has full marks for it." in page
        assert "was unclear" not in page
    assert "有一题作废" in phone(locale="zh_CN").get("/contest/score").text
    with time_machine.travel(QUIZ_DAY + dt.timedelta(days=9), tick=False):
        browser = phone()
        for path in ("/contest/quiz/wrong", "/contest/score", f"/contest/quiz/{attempt_id}"):
            assert "The &lt;b&gt;text&lt;/b&gt; was unclear" in browser.get(path).text, path
        assert "Struck: full marks" in browser.get(f"/contest/quiz/{attempt_id}").text
