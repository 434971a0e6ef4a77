"""Contestants sign in with employee number and one-time code: who gets in, what is told, and what opens nothing."""

import datetime as dt
import re
from collections.abc import Callable, Iterator
from functools import reduce

import pytest
import time_machine
from sqlmodel import col, select, update
from starlette.testclient import TestClient

from audit.config import settings
from audit.db.models import Contestant, ContestantSignIn, Event, OneTimeCode, Season, Throttle
from audit.services.contest import browsers, sign_in
from audit.services.contest.codes import CHANNELS, CODE_MINUTES, CODE_TRIES, CodeMessage
from audit.services.demo_sign_in import INSTALLATION, MARK
from audit.services.sign_in import open_session
from audit.services.work import unit_of_work
from tests.factories import City
from tests.hands import refusal
from tests.quiz import QUIZ_DAY, Play, play

Browsers = Callable[..., TestClient]
COOKIE = "rounds-contest"


@pytest.fixture
def season(city: City) -> Iterator[Play]:
    """A season that runs."""
    with time_machine.travel(QUIZ_DAY, tick=False):
        yield play(city)


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[CodeMessage]:
    """What the channel was given."""
    found: list[CodeMessage] = []
    monkeypatch.setitem(CHANNELS, "console", found.append)
    return found


def ticket_of(page: str) -> str:
    found = re.search(r'name="ticket" value="([^"]+)"', page)
    assert found
    return found.group(1)


def ask(browser: TestClient, number: str = "E1001") -> str:
    response = browser.post("/contest/signin/code", data={"number": number})
    assert response.status_code == 200
    return ticket_of(response.text)


def enter(browser: TestClient, ticket: str, code: str, number: str = "E1001") -> int:
    return browser.post("/contest/signin", data={"number": number, "ticket": ticket, "code": code}).status_code


def other(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06}"


def test_the_code_that_was_sent_opens_ones_own_page(
    season: Play, sign_in_as: Browsers, sent: list[CodeMessage]
) -> None:
    browser = sign_in_as(None)
    ticket = ask(browser, " e1001 ")
    assert sent[0].phone == "13900001001"
    assert sent[0].code in sent[0].text
    response = browser.post("/contest/signin", data={"number": "e1001", "ticket": ticket, "code": f" {sent[0].code} "})
    assert (response.status_code, response.headers["location"]) == (303, "/contest/")
    cookie = response.headers["set-cookie"]
    assert cookie.startswith(f"{COOKIE}=")
    assert {"HttpOnly", "Path=/", "SameSite=lax"} <= set(cookie.split("; "))
    assert "林晓" in browser.get("/contest/").text


def test_known_and_unknown_numbers_are_answered_alike(
    season: Play, sign_in_as: Browsers, sent: list[CodeMessage]
) -> None:
    pages = []
    for number in ("E1001", "E9999"):
        response = sign_in_as(None).post("/contest/signin/code", data={"number": number})
        ticket = ticket_of(response.text)
        pages.append((response.status_code, response.text.replace(ticket, "T").replace(number, "N")))
        with season.db.read() as session:
            rows = session.exec(select(OneTimeCode)).all()
    assert pages[0] == pages[1]
    assert (len(sent), len(rows)) == (1, 2)
    browser = sign_in_as(None)
    wrong = [
        browser.post("/contest/signin", data={"number": number, "ticket": ask(browser, number), "code": "000000"})
        for number in ("E1001", "E9999")
    ]
    assert wrong[0].status_code == wrong[1].status_code == 401


def test_a_code_works_once_on_its_own_page_and_within_its_time(
    season: Play, sign_in_as: Browsers, sent: list[CodeMessage]
) -> None:
    browser = sign_in_as(None)
    ticket = ask(browser)
    assert enter(browser, ask(sign_in_as(None)), sent[0].code) == 401  # the ticket of another page
    assert enter(browser, ticket, sent[0].code, "E1002") == 401  # another number
    assert enter(browser, ticket, sent[0].code) == 303
    assert enter(sign_in_as(None), ticket, sent[0].code) == 401
    late = ask(sign_in_as(None))
    with time_machine.travel(QUIZ_DAY + dt.timedelta(minutes=CODE_MINUTES), tick=False):
        assert enter(sign_in_as(None), late, sent[-1].code) == 401


def test_a_code_is_dead_after_a_few_wrong_ones(season: Play, sign_in_as: Browsers, sent: list[CodeMessage]) -> None:
    browser = sign_in_as(None)
    ticket = ask(browser)
    for _ in range(CODE_TRIES):
        assert enter(browser, ticket, other(sent[0].code)) == 401
    assert enter(browser, ticket, sent[0].code) == 401


def test_what_is_no_code_is_refused_like_a_wrong_one(season: Play, sign_in_as: Browsers) -> None:
    browser = sign_in_as(None)
    ticket = ask(browser)
    codes = ["", "12345", "1234567", "abcdef", "１２３45六", "0" * 20]
    assert [enter(browser, ticket, code) for code in codes] == [401] * 6


def test_codes_for_one_number_are_throttled_and_other_numbers_are_not(
    season: Play, sign_in_as: Browsers, sent: list[CodeMessage]
) -> None:
    browser = sign_in_as(None)
    for number in ("E1001", "E9999"):  # an unknown number waits like a known one
        codes = [browser.post("/contest/signin/code", data={"number": number}).status_code for _ in range(7)]
        assert codes[:5] == [200] * 5
        assert codes[-1] == 429
    assert ask(browser, "E1002")
    colleague = sign_in_as(None)
    assert colleague.get("/contest/signin").status_code == 200
    assert ask(colleague), "with another browser, until fifteen behind one address"
    assert sign_in.ask_for_code(season.db, "E1001", "10.9.9.9", "en").message  # from elsewhere, until thirty in all


def test_a_rival_who_uses_up_the_codes_holds_up_no_browser_with_which_their_holder_once_got_in(
    season: Play, sign_in_as: Browsers, sent: list[CodeMessage]
) -> None:
    mine = sign_in_as(None)
    assert enter(mine, ask(mine), sent[-1].code) == 303
    assert mine.post("/contest/signout").status_code == 303
    for _ in range(14):  # behind the same address, and every time with a browser that is new
        rival = sign_in_as(None)
        assert rival.get("/contest/signin").status_code == 200
        assert ask(rival)
    rival = sign_in_as(None)
    assert rival.post("/contest/signin/code", data={"number": "E1001"}).status_code == 429
    assert enter(mine, ask(mine), sent[-1].code) == 303
    stolen = mine.cookies["rounds-known-browser"]
    for cookie in ("x", stolen[:-2], stolen.replace(":", ":1-")):
        rival.cookies.set("rounds-known-browser", cookie)
        assert rival.post("/contest/signin/code", data={"number": "E1001"}).status_code == 429, "forged"
    assert ask(rival, "E1002"), "another number waits for nothing"
    assert mine.post("/contest/signin/code", data={"number": "E1002"}).status_code == 200
    assert [mine.post("/contest/signin/code", data={"number": "E1001"}).status_code for _ in range(21)][-1] == 429


def test_a_shared_tablet_knows_the_last_who_got_in_with_it_and_opens_nothing(
    season: Play, sign_in_as: Browsers, sent: list[CodeMessage]
) -> None:
    tablet = sign_in_as(None)
    for number in ("E1001", "E1002"):
        assert enter(tablet, ask(tablet, number), sent[-1].code, number) == 303
    with season.db.read() as session:
        row = session.get_one(Season, season.season_id)
        ids = session.exec(
            select(Contestant.id).where(col(Contestant.employee_number).in_(["E1001", "E1002"])).order_by(Contestant.id)
        ).all()
    known = browsers.read(row, tablet.cookies["rounds-known-browser"])
    assert known.owners == (ids[1], ids[0])
    assert browsers.read(row, browsers.written(row, known)) == known
    assert len(reduce(browsers.Browser.of, range(20), known).owners) == browsers.MOST
    stranger = sign_in_as(None)
    stranger.cookies.set("rounds-known-browser", tablet.cookies["rounds-known-browser"])
    assert stranger.get("/contest/quiz").headers["location"] == "/contest/signin"


def test_neither_code_nor_session_id_is_in_the_database_and_every_sign_in_gets_a_new_one(
    season: Play, sign_in_as: Browsers, sent: list[CodeMessage]
) -> None:
    browser, tokens = sign_in_as(None), []
    for _ in range(2):
        assert enter(browser, ask(browser), sent[-1].code) == 303
        tokens.append(browser.cookies[COOKIE])
    assert tokens[0] != tokens[1]
    assert sign_in.contestant_of(season.db, tokens[0]) is None  # the old one ended
    with season.db.read() as session:
        rows = repr(session.exec(select(ContestantSignIn)).all() + session.exec(select(OneTimeCode)).all())
        rows += repr(session.exec(select(Event)).all())
    assert not any(secret in rows for secret in (*tokens, *(message.code for message in sent)))
    assert "13900001001" not in rows


def test_signing_out_revoking_and_the_end_of_its_days_end_a_session(season: Play, sign_in_as: Browsers) -> None:
    tokens = [sign_in.open_session(season.db, season.lin.contestant_id, "10.0.0.1") for _ in range(3)]
    browser = sign_in_as(None)
    browser.cookies.set(COOKIE, tokens[0])
    assert browser.post("/contest/signout").status_code == 303
    assert sign_in.contestant_of(season.db, tokens[0]) is None
    assert sign_in.contestant_of(season.db, tokens[1]) == season.lin
    assert refusal(lambda: sign_in.revoke(season.db, season.city.mei, season.lin.contestant_id)).code == "forbidden"
    assert refusal(lambda: sign_in.revoke(season.db, season.organiser, 999)).code == "not_found"
    assert sign_in.revoke(season.db, season.organiser, season.lin.contestant_id) == 2
    assert sign_in.contestant_of(season.db, tokens[1]) is None
    last = sign_in.open_session(season.db, season.lin.contestant_id, "10.0.0.1")
    for hours in range(0, settings().session_days * 24, settings().session_hours - 1):
        with time_machine.travel(QUIZ_DAY + dt.timedelta(hours=hours), tick=False):
            assert sign_in.contestant_of(season.db, last) == season.lin
    with time_machine.travel(QUIZ_DAY + dt.timedelta(days=settings().session_days), tick=False):
        assert sign_in.contestant_of(season.db, last) is None


def test_a_session_that_is_not_used_ends_and_one_of_a_closed_season_does_not(season: Play) -> None:
    token = sign_in.open_session(season.db, season.lin.contestant_id, "10.0.0.1")
    with season.db.write() as session:
        session.exec(update(Season).values(state="closed"))
    with time_machine.travel(QUIZ_DAY + dt.timedelta(hours=settings().session_hours, minutes=-1), tick=False):
        assert sign_in.contestant_of(season.db, token) == season.lin
    with time_machine.travel(QUIZ_DAY + dt.timedelta(hours=2 * settings().session_hours), tick=False):
        assert sign_in.contestant_of(season.db, token) is None


def test_three_hundred_people_behind_one_gateway_ask_at_once_and_then_all_enter(season: Play) -> None:
    numbers = [f"G{number:03}" for number in range(20)]
    home = {"season_id": season.season_id, "organisation_id": season.city.organisations["jiangbei"]}
    asked_before = {"last_at": QUIZ_DAY, "wait_until": QUIZ_DAY, "failures": 280}
    with season.db.write() as session:
        session.add_all(Contestant(**home, employee_number=one, code=one, name=one) for one in numbers)
        session.add(Throttle(key="asker:10.0.0.1", **asked_before))
    asked = [sign_in.ask_for_code(season.db, number, "10.0.0.1", "zh_CN") for number in numbers]
    for number, one in zip(numbers, asked, strict=True):
        assert one.message
        assert sign_in.sign_in(season.db, number, one.ticket, one.message.code, "10.0.0.1")
    with season.db.read() as session:
        assert session.get_one(Throttle, "asker:10.0.0.1").failures == 280


def test_the_badges_public_code_signs_nobody_in(season: Play, sign_in_as: Browsers, sent: list[CodeMessage]) -> None:
    with season.db.read() as session:
        badge = session.exec(select(Contestant.code).where(Contestant.employee_number == "E1001")).one()
    browser = sign_in_as(None)
    for path in (f"/contest/signin?code={badge}", f"/contest/?contestant={badge}", f"/contest/quiz?c={badge}"):
        assert COOKIE not in browser.get(path).headers.get("set-cookie", "")
    browser.post("/contest/signin/code", data={"number": badge})
    assert sent == []
    for secret in (badge, badge.upper()):
        browser.cookies.set(COOKIE, secret)
        assert browser.get("/contest/quiz").headers["location"] == "/contest/signin"


def test_the_two_kinds_of_session_open_nothing_of_each_other(season: Play, sign_in_as: Browsers) -> None:
    mine = sign_in.open_session(season.db, season.lin.contestant_id, "10.0.0.1")
    staff = open_session(season.db, season.city.lin.account_id, "10.0.0.1")
    browser = sign_in_as(None)
    for name, value in (("rounds", mine), (COOKIE, staff)):
        browser.cookies.clear()
        browser.cookies.set(name, value)
        assert browser.get("/").status_code == 401
        assert browser.get("/contest/quiz").headers["location"] == "/contest/signin"
    browser.cookies.clear()
    browser.cookies.set(COOKIE, mine)
    for path in ("/", "/home", "/_stcore/health", "/api/v1/bootstrap", "/photos/x", "/documents/1"):
        assert browser.get(path).status_code == 401


def test_under_tls_the_cookie_is_bound_to_host_and_transport(
    season: Play, sign_in_as: Browsers, sent: list[CodeMessage], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ROUNDS_PUBLIC_URL", "https://rounds.example")
    settings.cache_clear()
    browser = sign_in_as(None)
    ticket = ask(browser)
    data = {"number": "E1001", "ticket": ticket, "code": sent[0].code}
    cookie = browser.post("/contest/signin", data=data).headers["set-cookie"]
    assert cookie.startswith("__Host-rounds-contest=")
    assert {"Secure", "HttpOnly", "Path=/"} <= set(cookie.split("; "))
    settings.cache_clear()


def test_the_code_is_on_the_screen_in_the_demo_city_alone(
    season: Play, sign_in_as: Browsers, sent: list[CodeMessage], monkeypatch: pytest.MonkeyPatch
) -> None:
    def shown(number: str) -> list[str]:
        page = sign_in_as(None).post("/contest/signin/code", data={"number": number}).text
        return re.findall(r'class="code">(\d+)<', page)

    assert shown("E1001") == []
    monkeypatch.setenv("ROUNDS_DEMO", "1")
    settings.cache_clear()
    assert shown("E1001") == []  # demo mode over a real city
    assert "E1002" not in sign_in_as(None).get("/contest/signin").text
    with unit_of_work(season.db, None) as work:
        work.record(MARK, INSTALLATION, "1")
    assert shown("E1001") == [sent[-1].code]
    assert len(shown("E9999")) == 1  # a code that opens nothing
    assert "E1002" in sign_in_as(None).get("/contest/signin").text
    settings.cache_clear()


def test_a_channel_that_fails_changes_nothing_of_the_answer(
    season: Play, sign_in_as: Browsers, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(message: CodeMessage) -> None:
        raise OSError("the gateway is down")

    monkeypatch.setitem(CHANNELS, "console", broken)
    assert ask(sign_in_as(None))


def test_before_a_season_has_started_nobody_is_asked_for_a_code(season: Play, sign_in_as: Browsers) -> None:
    with season.db.write() as session:
        session.exec(update(Season).where(col(Season.id) == season.season_id).values(state="draft"))
    response = sign_in_as(None).post("/contest/signin/code", data={"number": "E1001"})
    assert (response.status_code, "尚未" in response.text or "未开放" in response.text) == (409, True)


def test_a_change_from_another_site_is_refused(season: Play, sign_in_as: Browsers) -> None:
    browser = sign_in_as(None)
    browser.cookies.set(COOKIE, sign_in.open_session(season.db, season.lin.contestant_id, "10.0.0.1"))
    for path in ("/contest/signin", "/contest/signin/code", "/contest/signout", "/contest/quiz"):
        assert browser.post(path, headers={"Origin": "http://evil.example"}).status_code == 403
