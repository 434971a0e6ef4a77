"""When the tablet itself gives out: no room, no secure address, two windows, the last resort of a file."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Playwright, expect

from tests.browser.link import Link
from tests.browser.site import Site, photo_file
from tests.browser.tablet import ARGUMENTS, CHROMIUM, WAIT, Tablet, context_options

ROOM = 12_000_000  # bytes the browser gives this origin


def test_a_full_tablet_says_so_clearly_and_loses_nothing_that_was_saved(
    site: Site, link: Link, tablet: Callable[..., Tablet]
) -> None:
    visit = site.plan()
    lin = tablet("lin")
    lin.page.goto(f"{link.url}/health")  # before the first write: the browser remembers for a while how much is free
    devtools = lin.context.new_cdp_session(lin.page)
    devtools.send("Storage.overrideQuotaForOrigin", {"origin": link.url, "quotaSize": ROOM})
    lin.open(visit.id)
    lin.works_offline()
    link.down = True
    lin.rate("A02", "fail")
    lin.photograph("A03", photo_file("kept.jpg", 51))

    large = photo_file("too-much.jpg", 52)
    large["buffer"] += bytes(ROOM)
    lin.item("A03").locator("input[type=file]").nth(1).set_input_files(large)
    expect(lin.page.locator(".notice.bad")).to_contain_text("too-much.jpg: 本机没能存下这张照片", timeout=WAIT)
    expect(lin.page.locator(".notice.bad")).to_contain_text("清理空间")
    expect(lin.page.locator(".top-banner")).to_contain_text("本机存储空间已满")
    expect(lin.item("A03").locator(".tile")).to_have_count(1)
    lin.rate("A01", "pass")
    expect(lin.item("A01").locator(".safety.saved")).to_be_visible(timeout=WAIT)
    lin.open(visit.id)  # what was told to be kept is kept
    expect(lin.item("A02").locator("[data-rating=fail]")).to_have_attribute("aria-pressed", "true")
    expect(lin.item("A03").locator(".tile img")).to_have_count(1)

    devtools.send("Storage.overrideQuotaForOrigin", {"origin": link.url})
    large["buffer"] = large["buffer"][: ROOM // 2]
    lin.photograph("A03", large, nth=1)
    link.down = False
    lin.page.evaluate("window.dispatchEvent(new Event('online'))")
    lin.all_received()
    assert site.ratings(visit.id) == {"A01": "pass", "A02": "fail"}
    assert len(site.photos(visit.id)) == 2


def test_two_windows_of_one_person_send_everything_exactly_once(
    site: Site, link: Link, tablet: Callable[..., Tablet]
) -> None:
    visit = site.plan()
    first = tablet("lin")
    first.open(visit.id)
    first.works_offline()
    second = Tablet(first.context, link.url, first.context.new_page())
    second.open(visit.id)
    link.down = True
    for rating in ("pass", "partial"):
        first.rate("A02", rating)
        second.rate("A03", rating)
    first.photograph("A01", photo_file("first.jpg", 61))
    second.photograph("A01", photo_file("second.jpg", 62))
    expect(first.item("A03").locator("[data-rating=partial]")).to_have_attribute("aria-pressed", "true")
    expect(second.item("A02").locator("[data-rating=partial]")).to_have_attribute("aria-pressed", "true")
    link.seen.clear()
    link.down = False
    for window in (first, second):
        window.page.evaluate("window.dispatchEvent(new Event('online'))")
    first.all_received()
    second.all_received()
    puts = [(path, status) for method, path, status in link.seen if method == "PUT"]
    assert len(puts) == len(set(puts)) == 4 + 2 + 2  # ratings, photos, and the photos' own records
    assert {status for _, status in puts} == {201}
    assert site.ratings(visit.id) == {"A02": "partial", "A03": "partial"}
    assert len(site.photos(visit.id)) == 2
    expect(second.item("A01").locator(".tile img")).to_have_count(2)
    assert first.errors == second.errors == []


@pytest.fixture
def elsewhere(player: Playwright) -> Iterator[Browser]:
    """A browser for which this machine is not localhost but `tablet.test`."""
    arguments = [*ARGUMENTS, "--host-resolver-rules=MAP tablet.test 127.0.0.1"]
    browser = player.chromium.launch(executable_path=CHROMIUM, args=arguments)
    yield browser
    browser.close()


def test_an_address_that_is_not_secure_is_called_so_with_the_way_out(
    site: Site, link: Link, elsewhere: Browser
) -> None:
    page = elsewhere.new_context(**context_options()).new_page()
    page.goto(f"http://tablet.test:{link.port}/tablet/")
    expect(page.get_by_role("heading", name="当前地址不安全")).to_be_visible(timeout=WAIT)
    expect(page.locator("#app")).to_contain_text("https://")
    page.get_by_role("link", name="检查这台平板").click()
    page.wait_for_selector("html[data-ready]", timeout=WAIT)
    expect(page.locator("li.open", has_text="安全地址")).to_contain_text("https://")


def test_what_was_not_sent_is_saved_as_a_file_and_taken_in_on_another_tablet_of_the_same_person(
    site: Site, link: Link, tablet: Callable[..., Tablet], tmp_path: Path
) -> None:
    visit = site.plan()
    broken, spare, anothers = tablet("lin"), tablet("lin"), tablet("zhao")
    for one in (broken, spare, anothers):
        one.open(visit.id)
    broken.works_offline()
    broken.context.set_offline(True)
    broken.rate("A02", "fail")
    broken.photograph("A03", photo_file("carried.jpg", 71))
    broken.page.locator(".link-mark").tap()
    broken.page.get_by_text("以防万一").tap()
    with broken.page.expect_download() as download:
        broken.page.get_by_role("button", name="把未发送的内容存成文件").tap()
    file = tmp_path / "unsent.json"
    download.value.save_as(file)

    def take_in(other: Tablet, path: Path) -> None:
        other.page.locator(".link-mark").tap()
        other.page.get_by_text("以防万一").tap()
        other.page.get_by_role("dialog").locator("input[type=file]").set_input_files(path)

    def told(other: Tablet, text: str) -> None:
        expect(other.page.locator(".notice").last).to_contain_text(text, timeout=WAIT)
        other.page.get_by_role("dialog").get_by_role("button", name="关闭").tap()

    take_in(anothers, file)
    told(anothers, "此文件属于 林晓，只能由本人或接手人导入")
    damaged = json.loads(file.read_text("utf-8"))
    damaged["photos"][0]["data"] = damaged["photos"][0]["data"][:-8]
    half = tmp_path / "half.json"
    half.write_text(json.dumps(damaged), "utf-8")
    take_in(spare, half)
    told(spare, "没有导入任何内容")
    spare.all_received()
    assert site.revisions(visit.id) == []

    take_in(spare, file)
    told(spare, "已导入 3 条记录")
    spare.all_received()
    expect(spare.item("A03").locator(".tile img")).to_have_count(1)
    assert site.ratings(visit.id) == {"A02": "fail"}
    assert len(site.photos(visit.id)) == 1
    take_in(spare, file)
    told(spare, "本机或服务器都已有")

    broken.context.set_offline(False)  # the first tablet comes back after all: nothing is there twice
    broken.page.get_by_role("dialog").get_by_role("button", name="关闭").tap()
    broken.page.evaluate("window.dispatchEvent(new Event('online'))")
    broken.all_received()
    assert len(site.revisions(visit.id)) == 2
    assert len(site.photos(visit.id)) == 1


def test_a_colleagues_answer_appears_by_itself_within_ten_seconds(
    site: Site, link: Link, tablet: Callable[..., Tablet]
) -> None:
    visit = site.plan()
    lin, zhao = tablet("lin"), tablet("zhao")
    lin.open(visit.id)
    zhao.open(visit.id)
    zhao.rate("A03", "partial")
    zhao.photograph("A03", photo_file("zhao.jpg", 81))
    zhao.all_received()
    answered = lin.item("A03").locator("[data-rating=partial]")
    expect(answered).to_have_attribute("aria-pressed", "true", timeout=10_500)
    expect(lin.item("A03").locator(".tile img")).to_have_count(1, timeout=10_500)
    zhao.page.close()
    address = f"{link.url}/api/v1/visits/{visit.id}"
    with lin.page.expect_response(lambda answer: answer.url == address and answer.status == 304, timeout=WAIT):
        pass  # it goes on looking, and is given nothing when nothing is new


def test_a_reference_photo_is_in_the_guidance_with_and_without_a_link(
    site: Site, link: Link, tablet: Callable[..., Tablet]
) -> None:
    site.show_how_it_should_look(site.short, "A01")
    visit = site.plan()
    lin = tablet("lin")
    lin.open(visit.id)
    lin.works_offline()
    lin.page.evaluate(
        """async () => {
            const { state } = await import("/tablet/state.js");
            const kept = () => state.store.base.getAllKeys("pictures");
            const there = async () => (await kept()).some((key) => key.startsWith("reference-"));
            while (!(await there())) await new Promise((done) => setTimeout(done, 50));
        }"""
    )
    link.down = True
    lin.context.set_offline(True)
    lin.page.reload()
    lin.ready()
    lin.item("A01").get_by_role("button", name="检查指引").tap()
    picture = lin.item("A01").get_by_alt_text("参考照片")
    expect(picture).to_be_visible()
    assert picture.evaluate("image => image.complete && image.naturalWidth > 0")
    expect(lin.item("A01").locator(".reference")).to_contain_text("合格的样子")
    lin.context.set_offline(False)
    link.down = False
    lin.item("A01").locator(".reference button").tap()
    large = lin.page.locator(".reference-large")
    expect(large).to_be_visible()
    lin.page.evaluate(
        """async () => {
            const large = document.querySelector(".reference-large");
            while (large.naturalWidth < 1000) await new Promise((done) => setTimeout(done, 50));
        }"""
    )
