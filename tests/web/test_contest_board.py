"""The public board and the light pages of cases: what anybody sees, how little it weighs, and what is refused."""

import io
import re
import secrets
from collections.abc import Callable, Iterator

import pytest
import time_machine
from PIL import Image
from sqlmodel import update
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.testclient import TestClient

from audit.db.models import Season
from audit.domain.contest.rules import default_rules
from audit.services import clock
from audit.services.contest import contributions, sign_in, skills
from audit.services.installation import Installation, installation
from audit.web import contest_board
from tests.contesting import Contest, found_contest, tallies_differ
from tests.factories import City
from tests.services.test_contest_contributions import CASES_OPEN

Browsers = Callable[..., TestClient]


@pytest.fixture
def contest(city: City, monkeypatch: pytest.MonkeyPatch) -> Iterator[Contest]:
    monkeypatch.setattr(contest_board, "FRESH_SECONDS", 0.0)  # a board of this test, not of the one before
    with time_machine.travel(CASES_OPEN, tick=False):
        made = found_contest(city)
        skills.enter_score(made.db, made.ou, made.ids[0], clock.today(), "95")
        skills.enter_score(made.db, made.ou, made.ids[1], clock.today(), "90")
        yield made
        assert tallies_differ(made) == []


@pytest.fixture
def phone(contest: Contest, sign_in_as: Browsers) -> Callable[..., TestClient]:
    """A maker of phones: of the contestant at a place, or of anybody."""

    def make(place: int | None = None, locale: str = "en") -> TestClient:
        browser = sign_in_as(None)
        if place is not None:
            browser.cookies.set("rounds-contest", sign_in.open_session(contest.db, contest.ids[place], "10.0.0.1"))
        browser.cookies.set("rounds-lang", locale)
        return browser

    return make


def picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (64, 48), (120, 90, 90)).save(out, "JPEG")
    return out.getvalue()


def test_nobody_is_offered_to_hand_in_a_case_once_the_season_is_closed(contest: Contest, phone: Browsers) -> None:
    browser = phone(0)
    assert "Hand in a case" in browser.get("/contest/cases").text
    with contest.db.write() as session:  # whatever the rules say of the day
        session.exec(update(Season).values(state="closed"))
    told = browser.get("/contest/cases").text
    assert ("Hand in a case" in told, "cannot be handed in" in told) == (False, True)


def test_somebody_is_found_with_the_place_in_the_whole_and_nothing_found_says_so(
    contest: Contest, phone: Browsers, house: Installation
) -> None:
    browser = phone()
    kept = len(contest_board.kept(house).pages)
    told = browser.get("/contest/board", params={"q": " 选手1 "}).text
    assert re.findall(r'class="who">([^<]+)', told) == ["选手1"]
    assert '<b class="place">2</b>' in told
    assert "1 found" in told
    assert re.findall(r'class="who">([^<]+)', browser.get("/contest/board", params={"q": "Jiangbei"}).text) == [
        "选手1", "选手4", "选手7",
    ]  # fmt: skip
    for view in ("city", "organisation", "leg", "week", "league"):
        page = browser.get("/contest/board", params={"view": view, "q": "<b>", "page": 9})
        assert (page.status_code, "<b>&" in page.text) == (200, False)
        assert view == "league" or "Nothing found" in page.text
    assert "Show all" in browser.get("/contest/board", params={"view": "league", "q": "Yuzhong"}).text
    assert len(contest_board.kept(house).pages) <= kept + 1, "what people search for drives nothing out"


def test_a_page_of_the_board_before_a_change_is_not_kept_for_the_board_after_it(
    contest: Contest, house: Installation
) -> None:
    known = contest_board.Kept()
    known.refresh(house)
    pages, sheet = known.pages, known.sheet  # what a request took before it began to draw
    assert sheet
    skills.enter_score(contest.db, contest.ou, contest.ids[2], clock.today(), "100")
    known.read_at = float("-inf")
    known.refresh(house)
    request = Request({"type": "http", "method": "GET", "path": "/contest/board", "query_string": b"", "headers": []})
    wanted = (contest_board.asked(QueryParams()), "en")
    contest_board._make(pages, sheet, wanted, request)
    assert known.sheet is not sheet
    assert list(known.pages) == []


def test_anybody_sees_the_board_once_and_is_told_when_nothing_changed(contest: Contest, phone: Browsers) -> None:
    browser = phone()
    first = browser.get("/contest/board")
    assert first.status_code == 200
    assert first.text.index("选手0") < first.text.index("选手1")
    assert "Live" in first.text
    again = browser.get("/contest/board", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    skills.enter_score(contest.db, contest.ou, contest.ids[1], clock.today(), "99")
    changed = browser.get("/contest/board", headers={"If-None-Match": first.headers["etag"]})
    assert changed.status_code == 200
    assert changed.text.index("选手1") < changed.text.index("选手0")


@pytest.mark.parametrize("locale", ["en", "zh_CN"])
@pytest.mark.parametrize(
    "query",
    [
        "", "view=organisation&of=yuzhong", "view=leg&of=quiz", "view=week", "view=league", "screen=1", "page=9999",
        "view=nonsense&of=%3Cscript%3E&page=-1", "view=week&of=99", "screen=1&page=77",
    ],
)  # fmt: skip
def test_every_view_is_a_small_page_without_scripts(phone: Browsers, query: str, locale: str) -> None:
    page = phone(locale=locale).get(f"/contest/board?{query}")
    assert page.status_code == 200
    assert len(page.content) < 30_000
    assert "<script" not in page.text
    assert ("Scoreboard" in page.text) is (locale == "en")


def test_random_values_neither_make_a_page_anew_nor_drive_one_out(phone: Browsers) -> None:
    browser, house = phone(), installation()
    honest = ["", "view=organisation&of=jiangbei", "view=leg", "view=leg&of=quiz", "view=league", "screen=1&page=2"]
    for query in honest:
        browser.get(f"/contest/board?{query}")
    before = dict(contest_board.kept(house).pages)
    bodies = {query: browser.get(f"/contest/board?{query}").content for query in honest}
    turns = len({browser.get(f"/contest/board?screen=1&page={page}").content for page in range(1, 16)})
    for number in range(12):
        for view in ("city", "organisation", "leg", "week", "league", f"x{number}"):
            browser.get(f"/contest/board?view={view}&of={secrets.token_hex(4)}&page={1 + number * 37 % 9999}")
        browser.get(f"/contest/board?screen=1&view=leg&of={number}&page={1 + number * 37 % 9999}")
    kept = contest_board.kept(house).pages
    assert {key: kept[key] for key in before} == before
    assert all(kept[key] is page for key, page in before.items())
    assert len(kept) <= 5 + 1 + 1 + turns, "each view's first page, two chosen ones, the screen's turns"
    assert {query: browser.get(f"/contest/board?{query}").content for query in honest} == bodies


def test_the_big_screen_turns_its_pages_by_itself_and_begins_again(phone: Browsers) -> None:
    browser, seen, address = phone(), [], "/contest/board?screen=1"
    for _ in range(12):
        page = browser.get(address).text
        seen.append(re.search(r"(\d+) / (\d+)", page).group(1))  # type: ignore[union-attr]
        address = re.search(r'http-equiv="refresh" content="\d+; url=([^"]+)"', page).group(1).replace("&amp;", "&")  # type: ignore[union-attr]
    assert seen[: seen.index("1", 1)] == [str(number) for number in range(1, seen.index("1", 1) + 1)]


def test_there_is_no_board_without_a_season(city: City, sign_in_as: Browsers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contest_board, "FRESH_SECONDS", 0.0)
    assert sign_in_as(None).get("/contest/board").status_code == 404


def test_the_rules_are_read_by_anybody_and_ones_own_figures_by_oneself(contest: Contest, phone: Browsers) -> None:
    assert "0.5" in phone(0).get("/contest/score").text
    assert "95.00" in phone(0).get("/contest/score").text
    assert phone().get("/contest/score").headers["location"] == "/contest/signin"
    assert str(default_rules().stars.total) not in phone().get("/contest/rules").text, "these rules have five stars"
    assert "5 stars" in phone().get("/contest/rules").text


def test_a_case_goes_with_its_photo_from_hand_to_board_and_is_commented_on(contest: Contest, phone: Browsers) -> None:
    browser, told = phone(0), {"kind": "case", "title": "<b>大字版</b>", "text": "做法\n成效"}
    files = [("photos", ("a.jpg", picture(), "image/jpeg"))]
    answer = browser.post("/contest/cases/new", data=told, files=files)
    assert answer.status_code == 303
    own = browser.get(answer.headers["location"]).text
    assert "&lt;b&gt;大字版" in own
    address = re.search(r'src="(/contest/pictures/[0-9a-f]{64})"', own).group(1)  # type: ignore[union-attr]
    assert browser.get(address).headers["content-type"] == "image/jpeg"
    for stranger in (phone(), phone(1)):
        assert stranger.get(answer.headers["location"]).status_code == 404
        assert stranger.get(address).status_code == 404
    number = int(answer.headers["location"].rsplit("/", 1)[1])
    contributions.review(contest.db, contest.ju, number, 2, "publish")  # the photo made it the second version
    assert phone().get(address).status_code == 200
    assert "大字版" in phone().get("/contest/cases?kind=case").text
    assert "大字版" not in phone().get("/contest/cases?kind=idea").text
    said = phone(1).post(f"/contest/cases/{number}/comments", data={"text": "学到了"})
    assert said.status_code == 303
    assert "学到了" in phone().get(f"/contest/cases/{number}").text
    assert (
        phone().post(f"/contest/cases/{number}/comments", data={"text": "x"}).headers["location"] == "/contest/signin"
    )


def test_what_is_refused_keeps_what_was_typed(contest: Contest, phone: Browsers) -> None:
    empty = phone(0).post("/contest/cases/new", data={"kind": "idea", "title": "", "text": "我的想法"})
    assert empty.status_code == 422
    assert "我的想法" in empty.text
    files = [("photos", ("a.jpg", b"no photo", "image/jpeg"))]
    told = {"kind": "case", "title": "题", "text": "文"}
    bad = phone(0).post("/contest/cases/new", data=told, files=files)
    assert bad.status_code in (415, 422)
    assert "题" in bad.text
    (kept,) = contributions.own(contest.db, sign_in.ContestantSession(contest.ids[0], contest.season_id, ""))
    assert phone(1).get(f"/contest/cases/{kept.id}/edit").status_code == 404
    stale = phone(0).post(f"/contest/cases/{kept.id}/edit", data={"version": 9, "title": "新", "text": "文"})
    assert stale.status_code == 409
