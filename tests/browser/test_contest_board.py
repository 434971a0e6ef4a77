"""A contestant's phone of 360 pixels: an idea with its photo is handed in, and the board fits the screen."""

import datetime as dt
import io
from collections.abc import Iterator

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from audit.domain.contest.rules import Stage
from audit.services import clock
from audit.services.contest import sign_in, skills
from tests.browser.site import Site
from tests.contesting import Contest, found_contest


@pytest.fixture
def contest(site: Site) -> Contest:
    """A season in which everything but the votes is open today."""
    today = clock.today()
    stage = Stage("s", "赛季", "Season", today - dt.timedelta(9), today + dt.timedelta(9), ("skill", "quiz", "cases"))
    made = found_contest(site.city, stages=(stage,))
    skills.enter_score(made.db, made.ou, made.ids[0], today, "95")
    return made


@pytest.fixture
def phone(site: Site, contest: Contest, chromium: Browser) -> Iterator[Page]:
    """The phone of the first contestant."""
    context = chromium.new_context(viewport={"width": 360, "height": 740}, has_touch=True, locale="zh-CN")
    token = sign_in.open_session(site.db, contest.ids[0], "127.0.0.1")
    address = f"http://127.0.0.1:{site.port}"
    context.add_cookies([{"name": "rounds-contest", "value": token, "url": address}])
    page = context.new_page()
    page.goto(f"{address}/contest/")
    yield page
    context.close()


def fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= 360"))


def test_an_idea_with_its_photo_is_handed_in_and_the_board_is_read(phone: Page) -> None:
    picture = io.BytesIO()
    Image.new("RGB", (800, 600), (40, 110, 90)).save(picture, "JPEG")
    phone.get_by_role("link", name="案例与金点子").click()
    phone.get_by_role("link", name="提交金点子").click()
    phone.get_by_label("标题").fill("门口加一块大字提示牌")
    phone.locator("#text").fill("老人看得清，少跑一趟。")
    phone.set_input_files("#photos", {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": picture.getvalue()})
    assert fits(phone)
    phone.get_by_role("button", name="提交").click()
    expect(phone.get_by_text("待审核")).to_be_visible()
    shown = phone.locator(".photos img")
    shown.scroll_into_view_if_needed()
    expect(shown).to_have_js_property("naturalWidth", 800)
    assert fits(phone)
    phone.goto(phone.url.split("/contest/")[0] + "/contest/board?lang=en")
    expect(phone.locator(".board li").first).to_contain_text("选手0")
    assert fits(phone)
    phone.get_by_role("link", name="League").click()
    expect(phone.locator(".board li")).to_have_count(3)
    phone.get_by_role("link", name="Big screen").click()
    expect(phone.get_by_role("heading", name="The best of the city")).to_be_visible()
    phone.set_viewport_size({"width": 1024, "height": 768})  # a projector of old: nine lines here, ten on a full page
    last, foot = phone.locator("tr").last.bounding_box(), phone.locator(".foot").bounding_box()
    assert last
    assert foot
    assert last["y"] + 2 * last["height"] <= foot["y"]
    assert last["x"] + last["width"] <= 1024
