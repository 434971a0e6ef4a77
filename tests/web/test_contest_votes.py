"""The voting pages: from the QR of a receipt to the receipt of the ballot, without scripts, and small."""

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
import time_machine
from sqlmodel import update
from starlette.testclient import TestClient

from audit.db.models import Account, Contestant, Outlet
from audit.services.contest import sign_in, tokens
from audit.services.contest.codes import CHANNELS, CodeMessage
from audit.services.installation import Installation
from tests.contesting import IN_SEASON, found_contest, tallies_differ
from tests.factories import City
from tests.field import picture
from tests.voting import Booth

Browsers = Callable[..., TestClient]
JSON = {"Accept": "application/json"}


@pytest.fixture
def booth(city: City) -> Iterator[Booth]:
    """A season on a day of votes, with more contestants than a page shows."""
    with time_machine.travel(IN_SEASON, tick=False):
        made = Booth(found_contest(city, people=20))
        yield made
        assert tallies_differ(made.contest) == []


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[CodeMessage]:
    """What the channel was given."""
    found: list[CodeMessage] = []
    monkeypatch.setitem(CHANNELS, "console", found.append)
    return found


@pytest.fixture
def browser(booth: Booth, sign_in_as: Browsers) -> TestClient:
    """A voter's phone."""
    made = sign_in_as(None)
    made.cookies.set("rounds-lang", "en")
    return made


def value(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found, name
    return found.group(1)


def links(page: str, text: str) -> list[str]:
    found = re.findall(rf'<a class="button[^"]*" href="([^"]+)">{text}', page)
    return [link.replace("&amp;", "&") for link in found]


def test_a_customer_votes_with_a_phone_and_finds_the_ballot(
    booth: Booth, browser: TestClient, sent: list[CodeMessage]
) -> None:
    page = browser.get("/contest/vote?q=选手1").text
    page = browser.get(links(page, "Choose")[0]).text
    page = browser.get(links(page, "Choose")[0]).text
    assert "2 of at most 3 names" in page
    page = browser.get(links(page, "Go on to vote")[0]).text
    names = re.findall(r'name="n" value="([^"]+)"', page)
    assert len(names) == 2
    page = browser.post("/contest/vote/code", data={"n": names, "phone": "139 1234 5678"}).text
    assert sent[0].phone == "13912345678"
    form = {"n": names, "way": "phone", "phone": value(page, "phone"), "ticket": value(page, "ticket")}
    wrong = browser.post("/contest/vote", data={**form, "code": "000000"})
    assert (wrong.status_code, value(wrong.text, "ticket")) == (401, form["ticket"])
    done = browser.post("/contest/vote", data={**form, "code": sent[0].code})
    assert done.status_code == 303
    receipt = done.headers["location"].rsplit("/", 1)[1]
    assert receipt in browser.get(done.headers["location"]).text
    found = browser.get("/contest/ballots", params={"receipt": receipt.lower()}).text
    assert "✓ is in" in found
    assert "2026" in found
    assert sum(booth.votes()) == 2


def test_the_code_of_a_visit_is_put_away_proposes_who_served_and_works_once(booth: Booth, browser: TestClient) -> None:
    contest = booth.contest
    slip = tokens.issue(contest.db, contest.ou, contest.season_id, ["T-1"], contestant_id=contest.ids[3])[0]
    response = browser.get(slip.address)
    assert response.headers["location"] == f"/contest/vote?n={booth.codes[3]}"
    assert "HttpOnly" in response.headers["set-cookie"]
    page = browser.get(f"/contest/vote/check?n={booth.codes[3]}").text
    assert "With the code of your visit" in page
    data = {"n": [booth.codes[3]], "way": "transaction"}
    assert browser.post("/contest/vote", data=data).status_code == 303
    assert browser.post("/contest/vote", data=data).status_code == 403  # the cookie is gone
    browser.cookies.clear()
    browser.get(slip.address)
    again = browser.post("/contest/vote", data=data, headers=JSON)
    assert (again.status_code, again.json()["code"]) == (409, "vote.used")
    assert "params" not in again.json() or "receipt" not in again.json()["params"]
    assert browser.get("/contest/vote?t=forged.token").status_code == 403
    assert sum(booth.votes()) == 1


@pytest.mark.parametrize(("at", "shown"), [("the hall", 2), ("its organisation", 7), ("another organisation", 20)])
def test_a_slip_of_a_hall_shows_its_people_first_and_everybody_by_one_tap(
    booth: Booth, browser: TestClient, at: str, shown: int
) -> None:
    """Where nobody of the hall takes part the people of its organisation, and without any of them everybody."""
    contest = booth.contest
    hall = next(iter(contest.city.outlets.values()))
    with contest.db.write() as session:
        of = session.get_one(Outlet, hall).organisation_id
        mine = [row for row in map(partial(session.get_one, Contestant), contest.ids) if row.organisation_id == of]
        for row in mine:
            row.outlet_id = hall if at == "the hall" and row in mine[:2] else None
            row.withdrawn_at = IN_SEASON if at == "another organisation" else None
            session.add(row)
    left = 20 - (len(mine) if at == "another organisation" else 0)
    [slip] = tokens.issue(contest.db, contest.ou, contest.season_id, ["T-1"], outlet_id=hall)
    page = browser.get(browser.get(slip.address).headers["location"]).text
    assert f"Contestants: {min(shown, left)}" in page
    assert ("Only the people of" in page) is (at == "the hall")
    if at != "another organisation":
        everybody = re.findall(r'<a class="tap" href="([^"]+)">Show (?:everybody|all)</a>', page)
        assert f"Contestants: {left}" in browser.get(everybody[0]).text


def test_an_employee_votes_by_the_contestants_sign_in_but_not_for_oneself(booth: Booth, browser: TestClient) -> None:
    browser.cookies.set("rounds-contest", sign_in.open_session(booth.contest.db, booth.contest.ids[0], "10.0.0.1"))
    assert "As an employee" in browser.get(f"/contest/vote/check?n={booth.codes[1]}").text
    refused = browser.post("/contest/vote", data={"n": [booth.codes[0]], "way": "employee"})
    assert (refused.status_code, "Nobody votes for themselves" in refused.text) == (403, True)
    assert browser.post("/contest/vote", data={"n": [booth.codes[1]], "way": "employee"}).status_code == 303
    again = browser.post("/contest/vote", data={"n": [booth.codes[2]], "way": "employee"})
    assert (again.status_code, "Find my ballot by its receipt" in again.text) == (409, True)


def test_of_two_hundred_requests_at_once_one_is_created_and_the_others_conflict(
    booth: Booth, browser: TestClient
) -> None:
    browser.cookies.set("rounds-contest", sign_in.open_session(booth.contest.db, booth.contest.ids[0], "10.0.0.1"))
    data = {"n": [booth.codes[1]], "way": "employee"}
    with ThreadPoolExecutor(40) as pool:
        answers = list(pool.map(lambda _: browser.post("/contest/vote", data=data, headers=JSON), range(200)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 199
    assert booth.votes()[1] == 1


def test_without_being_verified_nobody_votes(booth: Booth, browser: TestClient) -> None:
    for way in ("", "phone", "employee", "transaction", "admin"):
        data = {"n": [booth.codes[0]], "way": way, "phone": "13912345678", "ticket": "", "code": "123456"}
        assert browser.post("/contest/vote", data=data, headers=JSON).status_code in (401, 403), way
    assert (
        browser.post("/contest/vote", data={"n": ["x"]}, headers={"Origin": "http://evil.example"}).status_code == 403
    )
    assert booth.ballots() == []


def test_what_is_no_phone_is_refused_by_the_name_of_its_field(booth: Booth, browser: TestClient) -> None:
    for phone, word in (("", "Mobile number is needed."), ("12345", "Mobile number: this value cannot be used.")):
        response = browser.post("/contest/vote/code", data={"n": booth.codes[:1], "phone": phone})
        assert response.status_code == 422
        assert word in response.text


@pytest.mark.parametrize("names", [[], ["x"], ["0", "0"], ["1", "2", "3", "4"]])
def test_a_ballot_with_wrong_names_is_refused_on_the_page(booth: Booth, browser: TestClient, names: list[str]) -> None:
    codes = [booth.codes[int(name)] if name.isdigit() else name for name in names]
    page = browser.get("/contest/vote/check", params={"n": codes}).text
    assert "Choose 1 to 3 different contestants" in page
    response = browser.post("/contest/vote/code", data={"n": codes, "phone": "13912345678"})
    assert response.status_code == 422


def test_nothing_anywhere_says_how_many_votes_there_are(booth: Booth, browser: TestClient) -> None:
    pages = ["/contest/vote", f"/contest/vote/contestants/{booth.codes[4]}", "/contest/ballots"]
    before = [browser.get(page).text for page in pages]
    for number in range(7):
        booth.cast(f"voter {number}", [4])
    assert [browser.get(page).text for page in pages] == before


def test_outside_the_days_of_votes_the_contestants_are_shown_and_the_list_is_published(
    booth: Booth, browser: TestClient
) -> None:
    receipt = booth.cast("a", [2, 3])
    with time_machine.travel("2026-11-03T02:00:00Z", tick=False):
        page = browser.get("/contest/vote").text
        assert "Votes are not taken today" in page
        assert links(page, "Choose") == []
        listed = browser.get("/contest/ballots").text
        assert receipt[:4] in listed
        assert "counted" in listed
        assert "No ballots." in browser.get("/contest/ballots?day=2026-10-07").text
        refused = browser.post("/contest/vote", data={"n": [booth.codes[1]], "way": "phone", "phone": "13912345678",
                                                      "ticket": "x", "code": "123456"}, headers=JSON)  # fmt: skip
        assert refused.status_code == 409


def test_pages_are_small_and_their_pictures_too(booth: Booth, browser: TestClient, house: Installation) -> None:
    sha256 = house.photos.put_bytes(picture(3))
    with booth.contest.db.write() as session:
        session.exec(update(Contestant).values(photo_sha256=sha256, thumbnail_sha256=sha256))
    page = browser.get("/contest/vote").content
    small = browser.get(f"/contest/vote/pictures/{sha256}?small=1")
    assert (small.status_code, small.headers["content-type"]) == (200, "image/jpeg")
    assert len(small.content) < 6_000
    css = browser.get("/assets/contest.css").content
    assert len(page) + len(css) + 15 * len(small.content) < 100_000
    assert browser.get(f"/contest/vote/pictures/{sha256}").status_code == 200
    for name in ("0" * 64, "x", "..%2Fseal.key"):
        assert browser.get(f"/contest/vote/pictures/{name}").status_code == 404


def test_search_filter_names_and_language_go_along(booth: Booth, browser: TestClient) -> None:
    page = browser.get(f"/contest/vote?n={booth.codes[0]}&q=选手&page=2").text
    assert "Contestants: 20" in page
    assert re.search(r'href="\?n=[^"]+lang=zh_CN"', page)
    again = browser.get(f"/contest/vote?n={booth.codes[0]}&q=选手&page=2&lang=zh_CN").text
    assert "20 名选手" in again
    assert "最多 3 位" in again
    assert "没有找到" in browser.get("/contest/vote?q=zzz&lang=zh_CN").text


def test_a_contestants_page_has_a_qr_and_a_card(booth: Booth, browser: TestClient) -> None:
    page = browser.get(f"/contest/vote/contestants/{booth.codes[0]}")
    assert "<svg" in page.text
    card = browser.get(f"/contest/vote/contestants/{booth.codes[0]}/card").text
    assert f"/contest/vote/contestants/{booth.codes[0]}" in card
    assert browser.get("/contest/vote/contestants/nobody").status_code == 404
    assert browser.get("/contest/vote/receipts/ABCD").status_code == 404


def test_an_account_of_the_application_votes_as_the_employee_and_never_for_oneself(
    booth: Booth, sign_in_as: Browsers
) -> None:
    contest = booth.contest
    with contest.db.write() as session:
        account = session.get_one(Account, contest.city.wang.account_id)
        account.employee_number = "E0000"
        session.add(account)
    nobody, browser, without = (sign_in_as(who) for who in (None, contest.city.wang, contest.ju))
    for one in (nobody, browser, without):
        one.cookies.set("rounds-lang", "en")
    asked = {"n": [booth.codes[0]]}
    page = nobody.get("/contest/vote/check", params=asked).text
    assert "/signin?next=%2Fcontest%2Fvote%2Fcheck%3Fn%3D" in page
    assert nobody.post("/contest/vote", data={"n": booth.codes[1], "way": "employee"}, headers=JSON).status_code == 401
    page = browser.get("/contest/vote/check", params=asked).text
    assert "You are signed in to Rounds as Wang." in page, "the English name on an English page"
    refused = browser.post("/contest/vote", data={"n": booth.codes[0], "way": "employee"})
    assert (refused.status_code, "Nobody votes for themselves" in refused.text) == (403, True)
    refused = without.post("/contest/vote", data={"n": booth.codes[1], "way": "employee"})
    assert (refused.status_code, "no employee number" in refused.text) == (403, True)
    form = {"n": booth.codes[1], "way": "employee"}
    assert browser.post("/contest/vote", data=form, headers=JSON).status_code == 201
    phone = sign_in_as(None)
    phone.cookies.set("rounds-contest", sign_in.open_session(contest.db, contest.ids[0], "10.0.0.1"))
    again = phone.post("/contest/vote", data={"n": booth.codes[2], "way": "employee"}, headers=JSON)
    assert (again.status_code, again.json()["code"]) == (409, "vote.already")


def test_a_slip_used_where_a_contestant_is_signed_in_to_the_application_names_not_that_one(
    booth: Booth, sign_in_as: Browsers
) -> None:
    contest = booth.contest
    with contest.db.write() as session:
        row = session.get_one(Contestant, contest.ids[0])
        row.account_id = contest.city.wang.account_id
        session.add(row)
    [slip] = tokens.issue(contest.db, contest.ou, contest.season_id, ["T-1"])
    browser = sign_in_as(contest.city.wang)
    browser.get(slip.address.split("8501", 1)[-1])
    form = {"n": booth.codes[0], "way": "transaction"}
    assert browser.post("/contest/vote", data=form, headers=JSON).json()["code"] == "vote.self"
