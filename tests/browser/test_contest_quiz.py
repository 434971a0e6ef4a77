"""The quiz on a phone: saved by a tap, through a link that breaks and loses receipts, until the time is up."""

import datetime as dt
import threading
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlmodel import select, update

from audit.db.models import QuizAnswer, QuizAttempt
from audit.services import clock
from audit.services.contest import sign_in
from tests.browser.link import Link
from tests.browser.site import Site
from tests.browser.tablet import WAIT
from tests.quiz import Play, play, rules_of_today


@pytest.fixture(scope="module")
def season(site: Site) -> Play:
    """A season whose quiz is open today."""
    return play(site.city, rules_of_today(), "quiz")  # the city may have a season already


@pytest.fixture
def phone(site: Site, season: Play, link: Link, chromium: Browser) -> Iterator[Page]:
    """A small phone at which Lin is signed in."""
    context = chromium.new_context(viewport={"width": 320, "height": 568}, has_touch=True, locale="en-GB")
    token = sign_in.open_session(site.db, season.lin.contestant_id, "127.0.0.1")
    context.add_cookies([{"name": "rounds-contest", "value": token, "url": link.url}])
    yield context.new_page()
    context.close()


def test_answers_survive_a_broken_link_and_lost_receipts_and_count_once(season: Play, link: Link, phone: Page) -> None:
    phone.goto(f"{link.url}/contest/")
    phone.get_by_role("link", name="To the quiz").tap()
    phone.get_by_role("button", name="Start attempt 1 of 3").tap()
    expect(phone.locator("form.question")).to_have_count(10)
    attempt_id = int(phone.url.rsplit("/", 1)[1])

    def choose(position: int) -> None:
        for letter in season.letters(attempt_id, position):
            phone.locator(f"#q{position + 1} input[value={letter}]").check()

    def state(position: int) -> object:
        return phone.locator(f"#q{position + 1} .state")

    choose(0)
    expect(state(0)).to_have_text("✓ Saved")  # type: ignore[arg-type]
    link.down = True
    choose(1)
    expect(state(1)).to_contain_text("Not saved yet")  # type: ignore[arg-type]
    link.down, link.lose_every = False, 2  # every second receipt is lost on its way
    expect(state(1)).to_have_text("✓ Saved")  # type: ignore[arg-type]
    choose(2)
    choose(3)
    for position in (2, 3):
        expect(state(position)).to_have_text("✓ Saved")  # type: ignore[arg-type]
    link.lose_every = 0
    expect(phone.locator("#answered")).to_have_text("4")
    phone.reload()
    expect(phone.locator("#answered")).to_have_text("4")
    assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth")
    with season.db.read() as session:
        rows = session.exec(select(QuizAnswer)).all()
    assert {row.position: row.points for row in rows} == dict.fromkeys(range(4), 1000)
    with season.db.write() as session:  # four seconds are left
        ends_at = clock.now() + dt.timedelta(seconds=4)
        session.exec(update(QuizAttempt).values(ends_at=ends_at))
    phone.reload()
    expect(phone.locator(".big")).to_contain_text("40.00")  # the page went on by itself when the time was up
    expect(phone.get_by_text("when nobody plays it any more")).to_be_visible()
    expect(phone.get_by_text("right answer", exact=True)).to_have_count(0)
    assert season.differences() == []


def test_what_was_ticked_before_the_script_arrived_is_saved_when_it_does(season: Play, link: Link, phone: Page) -> None:
    arrives = threading.Event()

    def held(script: bytes) -> bytes:
        arrives.wait(WAIT / 1000)
        return script

    link.alter["/assets/contest.js"] = held
    phone.goto(f"{link.url}/contest/quiz")
    phone.get_by_role("button", name="Start attempt").tap()
    expect(phone.locator("form.question")).to_have_count(10)
    attempt_id = int(phone.url.rsplit("/", 1)[1])
    for letter in season.letters(attempt_id, 0):
        phone.locator(f"#q1 input[value={letter}]").check()
    expect(phone.locator("#q1 .state")).to_have_text("")
    arrives.set()
    expect(phone.locator("#q1 .state")).to_have_text("✓ Saved")
    expect(phone.locator("#answered")).to_have_text("1")
