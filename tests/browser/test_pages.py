"""Every page for every role in a real browser: it renders, fits both tablets, speaks one language, and shows typed text
as it was typed."""

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlmodel import select

from audit.db.models import Assignment, Round, Visit
from audit.services import campaigns, clock, organisations, outlets, rounds
from audit.services.assignments import AssignmentPlan, OutletPlan
from audit.services.outlets import OutletValues, values_of
from audit.services.rounds import RoundValues
from audit.services.sign_in import set_locale
from audit.services.workbooks import XLSX
from audit.tokens import TARGET_PX
from tests.browser.page_scripts import BEHIND_MORE, DRAG, DRAWN, DRAWN_INSTEAD, ENGLISH, TEXT, TOO_WIDE
from tests.browser.site import Site
from tests.browser.tablet import WAIT, context_options
from tests.factories import CAST
from tests.pages.test_pages import OFFERED
from tests.services.test_spreadsheet import book

SIZES = ((1024, 768), (768, 1024))
HOSTILE = "<img src=x onerror=hit()>**厅** 😀 :red[a] \u202eمركز\u202c $x^2$ [b](//e.cn)"
LATIN = re.compile(r"[A-Za-z]{2,}(?:[ ,.'’-]+[A-Za-z]{2,}){2,}")
NUMBER = re.compile(r"\d{8}-[a-z_-]+-\d{3}")  # a finding's number is made of codes, in every language
COMMAND = "python -m audit backup DIR"  # to be typed as it is
ENGINE = "Skip to main content"  # Streamlit's own, seen only by who moves with the keyboard


@dataclass
class Planned:
    """What stands in the city for these tests."""

    outlet: int
    round: int
    assignment: int
    campaign: int
    organisation: int


@pytest.fixture(scope="module")
def planned(site: Site) -> Planned:
    """A visit of today, a draft round, places for a map, and hostile names wherever a name can be typed."""
    city, today = site.city, clock.today()
    visit = site.plan()
    hall = outlets.get_outlet(site.db, city.adam, city.outlets["FL01"]).outlet
    given = values_of(hall)
    given = OutletValues(given.code, given.kind, HOSTILE, given.name_en, HOSTILE, "", 29.7, 107.4)
    outlets.change_outlet(site.db, city.adam, hall.id or 0, hall.version, given)
    for code, north, east in (("yuzhong", 29.55, 106.57), ("jiangbei", 29.61, 106.53)):
        row = organisations.get_organisation(site.db, city.adam, city.organisations[code])
        values = organisations.OrganisationValues(code, row.kind, row.name_zh, row.name_en, "", north, east)
        organisations.change_organisation(site.db, city.adam, row.id or 0, row.version, values)
    odd = organisations.create_organisation(
        site.db, city.adam, organisations.OrganisationValues("odd", "branch", HOSTILE, "", HOSTILE[:40])
    )
    question = campaigns.Question("Q1", HOSTILE, "")
    campaign = campaigns.create_campaign(
        site.db, city.wang, campaigns.CampaignValues(HOSTILE, today, today, (question,), materials_zh=HOSTILE)
    )
    number = rounds.create_round(
        site.db, city.wang, RoundValues(HOSTILE, "cross_inspection", today, today + dt.timedelta(days=9))
    )
    plan = AssignmentPlan(
        city.organisations["yuzhong"], city.organisations["fuling"], (city.lin.account_id,), city.lin.account_id,
        (OutletPlan(city.outlets["FL01"], site.hall, today),), today, today + dt.timedelta(days=2),
    )  # fmt: skip
    assignment = rounds.add_assignment(site.db, city.wang, number, plan)
    assert visit.id
    return Planned(city.outlets["FL01"], number, assignment, campaign, odd)


@pytest.fixture(scope="module")
def browser(site: Site, chromium: Browser) -> Iterator[BrowserContext]:
    """One browser whose cache is warm after the first page; whoever is signed in changes."""
    context = chromium.new_context(**context_options(*SIZES[0]))
    yield context
    context.close()


@pytest.fixture
def page(browser: BrowserContext) -> Iterator[Page]:
    """A new window with nothing wrong in it yet."""
    made = browser.new_page()
    made.set_default_timeout(WAIT)
    yield made
    made.close()


def enter(site: Site, page: Page, name: str, locale: str = "zh_CN") -> None:
    """Be signed in as somebody, in a language."""
    set_locale(site.db, site.city.actors[name], locale)
    address = f"http://127.0.0.1:{site.port}"
    page.context.add_cookies([{"name": "rounds", "value": site.session_of(name), "url": address}])


def show(site: Site, page: Page, path: str) -> None:
    """Load a page and wait until it is drawn."""
    page.goto(f"http://127.0.0.1:{site.port}/{path}")
    settled(page)


def settled(page: Page) -> None:
    """Wait until the page is drawn, lists and drawings too, and nothing runs."""
    page.locator("[data-testid=stApp][data-test-script-state=notRunning] h1").first.wait_for(timeout=WAIT)
    page.wait_for_function(DRAWN, timeout=WAIT)


def pages_of(page: Page) -> list[str]:
    """The titles in the navigation, those in menus with their menu's number before them: `1 轮次与进度`."""
    titles = page.get_by_test_id("stTopNavLink").all_inner_texts()
    for place in range(page.get_by_test_id("stTopNavSection").count()):
        page.get_by_test_id("stTopNavSection").nth(place).click()
        titles += [f"{place} {title}" for title in page.get_by_test_id("stTopNavDropdownLink").all_inner_texts()]
        page.keyboard.press("Escape")
    return titles


def turn_to(page: Page, title: str) -> None:
    """Go to another page by the navigation: all menus lie side by side, however the tablet is held."""
    menu, _, name = title.partition(" ")
    if menu.isdigit():
        page.get_by_test_id("stTopNavSection").nth(int(menu)).click()
        link = page.get_by_test_id("stTopNavDropdownLink").filter(has_text=re.compile(f"^{name}$"))
    else:
        link = page.get_by_test_id("stTopNavLink").filter(has_text=re.compile(f"^{title}$"))
    address = link.get_attribute("href")
    link.click()
    assert address
    page.wait_for_url(address, timeout=WAIT)
    settled(page)


def fits(page: Page, where: str) -> None:
    """Nothing sticks out to the right, upright or lying: as the tablet is held now, then turned."""
    held = page.viewport_size or {}
    for width, height in sorted(SIZES, key=lambda size: size[0] != held.get("width")):
        page.set_viewport_size({"width": width, "height": height})
        assert page.evaluate(TOO_WIDE) == [], f"{where} at {width}"
        assert not page.evaluate(BEHIND_MORE), f"menus of {where} at {width}"


def looks_right(page: Page, locale: str, where: str) -> str:
    """No error, one language, both tablets; returns what is to be read."""
    assert page.locator("[data-testid=stException]").count() == 0, where
    told: str = page.evaluate(TEXT)
    assert page.locator("[data-testid=stAlertContentError]").all_inner_texts() == [], where
    if locale == "zh_CN":
        told_in_words = NUMBER.sub("", told.replace(HOSTILE, "").replace(ENGINE, "").replace(COMMAND, ""))
        assert LATIN.findall(told_in_words) == [], where
    fits(page, where)
    assert page.evaluate("window.hits ?? 0") == 0
    assert page.locator("img[src=x]").count() == 0
    return told


IN_NO_MENU = "register"  # an address of before, which leads on
ROLES = [("zh_CN", row[0]) for row in CAST if row[0] not in ("zhao", "chen")]


@pytest.mark.parametrize(("locale", "name"), [*ROLES, ("en", "lin"), ("en", "wang"), ("en", "adam")])
def test_every_page_of_a_role_is_whole_on_both_tablets(
    site: Site, planned: Planned, page: Page, locale: str, name: str
) -> None:
    enter(site, page, name, locale)
    show(site, page, "")
    titles = pages_of(page)
    assert len(titles) == sum(name in names.split() for place, names in OFFERED.items() if place != IN_NO_MENU)
    for title in titles:
        turn_to(page, title)
        looks_right(page, locale, f"{title} for {name} in {locale}")


def test_typed_text_is_shown_as_it_was_typed(site: Site, planned: Planned, page: Page) -> None:
    page.add_init_script("window.hit = () => { window.hits = (window.hits ?? 0) + 1 }")
    for name, path in (
        ("wang", "organisations"), ("luo", f"organisations?id={planned.organisation}"), ("mei", "outlets?q=FL01"),
        ("luo", f"outlets?id={planned.outlet}"), ("wang", "rounds"), ("wang", f"rounds?id={planned.round}"),
        ("lin", "campaigns"), ("lin", f"campaigns?id={planned.campaign}"),
    ):  # fmt: skip
        enter(site, page, name)
        show(site, page, path)
        told = looks_right(page, "zh_CN", path).replace("\u2060", "")
        assert HOSTILE in told, path
    enter(site, page, "adam")
    for path in (f"organisations?id={planned.organisation}", f"outlets?id={planned.outlet}"):
        show(site, page, path)
        expect(page.get_by_label("中文名称 *")).to_have_value(HOSTILE)
        looks_right(page, "zh_CN", path)


def test_a_draft_assignment_is_changed_in_its_dialog(site: Site, planned: Planned, page: Page) -> None:
    enter(site, page, "wang")
    show(site, page, f"rounds?id={planned.round}")
    page.get_by_role("button", name="涪陵分公司").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_text("提前告知").first.click()
    settled(page)
    fits(page, "the dialog of an assignment")
    dialog.get_by_role("button", name="保存").click()
    expect(dialog).to_have_count(0, timeout=WAIT)
    with site.db.read() as session:
        row = session.exec(select(Assignment).where(Assignment.id == planned.assignment)).one()
    assert (row.announced, row.version) == (True, 2)


def test_name_and_dates_of_a_round_are_changed_in_a_dialog(site: Site, planned: Planned, page: Page) -> None:
    enter(site, page, "wang")
    show(site, page, f"rounds?id={planned.round}")
    page.get_by_role("button", name="名称与日期").click()
    dialog = page.get_by_role("dialog")
    field = dialog.get_by_label("英文名称")
    field.fill("Renamed")
    field.blur()
    settled(page)
    dialog.get_by_test_id("stDateInputCalendarButton").first.click()
    day = page.locator("[data-testid=stDateInputCalendar] [role=gridcell] > *").first
    day.wait_for(timeout=WAIT)
    assert day.evaluate("day => [day.offsetWidth, day.offsetHeight]") == [TARGET_PX, TARGET_PX]
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("stDateInputCalendar")).to_have_count(0)
    dialog.get_by_role("button", name="保存").click()
    expect(dialog).to_have_count(0, timeout=WAIT)
    with site.db.read() as session:
        assert session.get_one(Round, planned.round).name_en == "Renamed"


def test_a_tap_on_the_map_opens_the_place(site: Site, planned: Planned, page: Page) -> None:
    enter(site, page, "luo")
    outside: list[str] = []
    page.on("request", lambda asked: outside.append(asked.url) if f":{site.port}/" not in asked.url else None)
    show(site, page, "organisations?view=map")
    svg = page.locator("svg.go")
    expect(svg).to_contain_text("示意图")
    svg.locator("circle").first.scroll_into_view_if_needed()
    box = svg.locator("circle").first.bounding_box()
    assert box
    page.touchscreen.tap(box["x"] + box["width"] / 2 + 12, box["y"] + box["height"] / 2 + 6)
    expect(page.locator("h1")).to_have_text("渝中分公司", timeout=WAIT)
    show(site, page, "outlets?view=map")
    page.locator("svg.go g").first.press("Enter")
    page.wait_for_url(re.compile(r"/outlets\?(.*&)?id=\d"), timeout=WAIT)
    assert [url for url in outside if url.startswith("http")] == []


def test_turning_a_page_draws_the_list_alone_and_keeps_the_filters(site: Site, planned: Planned, page: Page) -> None:
    for number in range(26):
        given = organisations.OrganisationValues(f"p{number:02}", "third_party", f"第{number:02}方")
        organisations.create_organisation(site.db, site.city.adam, given)
    enter(site, page, "luo")
    show(site, page, "organisations?q=第&kind=third_party")
    page.evaluate("document.querySelector('h1').dataset.same = 'yes'")
    page.get_by_role("button", name="下一页").click()
    page.get_by_text("第25方").wait_for(timeout=WAIT)
    assert set(re.findall(r"(\w+)=", page.url)) == {"q", "kind", "page"}
    assert page.locator("h1").get_attribute("data-same") == "yes"
    page.reload()
    page.get_by_text("第25方").wait_for(timeout=WAIT)


def test_the_first_visit_of_today_opens_in_the_form(site: Site, planned: Planned, page: Page) -> None:
    enter(site, page, "lin")
    show(site, page, "")
    with page.expect_popup() as opened:
        page.get_by_role("link", name=re.compile("开始走访|继续|重新走访")).click()
    opened.value.wait_for_selector("html[data-ready]", timeout=WAIT)
    expect(opened.value.locator("main.form-page")).to_be_visible(timeout=WAIT)
    opened.value.close()


def test_widgets_speak_the_language_of_the_page(site: Site, planned: Planned, page: Page) -> None:
    enter(site, page, "wang")
    show(site, page, "rounds")
    page.get_by_role("button", name="临时走访", exact=True).click()
    dialog = page.get_by_role("dialog")
    box = dialog.get_by_role("combobox").first
    box.click()
    box.fill("zzz")
    expect(page.get_by_role("listbox")).to_be_visible(timeout=WAIT)
    assert page.evaluate(ENGLISH) == []
    assert page.evaluate(DRAWN_INSTEAD, "[role=listbox][data-empty] [role=option]>*") == "没有匹配项"
    assert page.evaluate("navigator.language") == "zh-CN"  # calendars are written in it
    for place, name in enumerate(("渝中分公司", "江北分公司")):
        box, option = dialog.get_by_role("combobox").nth(place), page.get_by_role("option", name=name)
        while not option.count():  # the dialog is drawn anew after a choice, and forgets what was being typed
            box.fill(name)
            page.wait_for_timeout(500)
        option.click()
    dialog.get_by_test_id("stMultiSelect").first.locator("input").first.click(timeout=WAIT)
    page.get_by_role("option").first.wait_for(timeout=WAIT)
    assert page.evaluate(ENGLISH) == []

    enter(site, page, "adam")
    show(site, page, "accounts")
    page.get_by_role("button", name="从 Excel 导入").click()
    page.get_by_test_id("stFileUploaderDropzone").wait_for(timeout=WAIT)
    assert page.evaluate(ENGLISH) == []
    assert page.evaluate(DRAWN_INSTEAD, "[data-testid=stFileUploaderDropzone] button p") == "选择文件"
    page.evaluate(DRAG, ["dragenter", "dragover"])
    page.wait_for_function(
        f"() => ({DRAWN_INSTEAD})('[data-testid=stFileUploaderDropzone]>div>span') === '拖到这里松开'"
    )
    assert page.evaluate(ENGLISH) == []
    page.evaluate(DRAG, ["drop"])
    page.get_by_test_id("stFileChip").hover(timeout=WAIT)
    page.get_by_test_id("stTooltipErrorContent").wait_for(timeout=WAIT)
    assert page.evaluate(ENGLISH) == []
    assert "文件类型不符" in page.evaluate(DRAWN_INSTEAD, "[data-testid=stFileUploaderDropzone]")
    expect(page.get_by_role("button", name="移除a.pdf")).to_be_visible()  # what a screen reader says
    expect(page.get_by_role("dialog").get_by_role("button", name="关闭")).to_be_visible()


def test_one_time_passwords_stay_until_they_are_taken(site: Site, page: Page) -> None:
    sheet = [["登录名", "姓名", "单位编码", "角色"], ["imported", "新人", "jiangbei", "服务督导"]]
    file = {"name": "accounts.xlsx", "mimeType": XLSX, "buffer": book({"账号": sheet})}
    enter(site, page, "adam")
    show(site, page, "accounts")
    page.get_by_role("button", name="从 Excel 导入").click()
    page.get_by_role("dialog").locator("input[type=file]").set_input_files([file])  # type: ignore[list-item]
    page.get_by_role("button", name="确认导入").click(timeout=WAIT)
    with page.expect_download(timeout=WAIT) as taken:
        page.get_by_role("link", name="下载一次性密码").click()
    assert taken.value.suggested_filename == "passwords.xlsx"
    expect(page.get_by_role("button", name="确认导入")).to_have_count(0)
    page.get_by_role("button", name="完成").click()
    expect(page.get_by_role("dialog")).to_have_count(0, timeout=WAIT)
    page.get_by_role("button", name="新人").wait_for(timeout=WAIT)

    page.get_by_role("button", name="新建账号").click()
    for label, text in (("登录名 *", "newcomer"), ("姓名 *", "刚来的")):
        page.get_by_role("dialog").get_by_label(label).fill(text)
    page.get_by_role("dialog").get_by_label("姓名 *").press("Tab")
    page.get_by_role("button", name="创建").click()
    page.get_by_test_id("stCode").wait_for(timeout=WAIT)
    expect(page.get_by_role("button", name="创建")).to_have_count(0)  # nothing is left to tap but the way out
    page.get_by_role("button", name="完成").click()
    expect(page.get_by_role("dialog")).to_have_count(0, timeout=WAIT)


def test_coming_back_from_one_thing_finds_the_list_as_it_was_left(site: Site, planned: Planned, page: Page) -> None:
    for number in range(26):
        given = organisations.OrganisationValues(f"r{number:02}", "third_party", f"回{number:02}方")
        organisations.create_organisation(site.db, site.city.adam, given)
    enter(site, page, "luo")
    show(site, page, "organisations?q=回&kind=third_party&page=2")
    page.get_by_role("button", name="回25方").click()
    expect(page.locator("h1")).to_have_text("回25方", timeout=WAIT)
    page.reload()
    page.get_by_role("button", name="← 单位").click(timeout=WAIT)
    page.get_by_role("button", name="回25方").wait_for(timeout=WAIT)
    expect(page.get_by_label("搜索")).to_have_value("回")
    page.wait_for_url(lambda url: set(re.findall(r"(\w+)=", url)) == {"q", "kind", "page"}, timeout=WAIT)


def test_a_visit_leads_back_where_it_was_opened_by_the_browser_too(site: Site, planned: Planned, page: Page) -> None:
    made = site.plan(outlet="JB02")
    with site.db.write() as session:
        visit = session.get_one(Visit, made.id)
        visit.state, visit.submitted_at = "accepted", clock.now()
        number = session.get_one(Assignment, made.assignment_id).round_id
    enter(site, page, "lin")
    show(site, page, "my-visits?q=红旗")
    page.get_by_role("button", name="红旗河沟").first.click()
    page.wait_for_url(f"**/visits?id={made.id}&*", timeout=WAIT)
    page.get_by_role("button", name="← 我的走访").click(timeout=WAIT)
    page.wait_for_url("**/my-visits?q=*", timeout=WAIT)
    enter(site, page, "luo")
    show(site, page, f"rounds?id={number}")
    chip = page.get_by_role("button", name="红旗河沟合作厅 · 已通过")
    assert chip.evaluate("chip => chip.offsetHeight") >= 48
    chip.click()
    expect(page.locator("h1")).to_contain_text("红旗河沟合作厅", timeout=WAIT)
    page.get_by_role("button", name="← 轮次与进度").click(timeout=WAIT)
    for address in (f"rounds?id={number}", f"visits?id={made.id}&from=*", f"rounds?id={number}"):
        page.wait_for_url(f"**/{address}", timeout=WAIT)
        chip.or_(page.get_by_role("button", name="← 轮次与进度")).first.wait_for(timeout=WAIT)
        page.go_back()
