"""Marketing reviews a rectification with four taps; the slider is moved by finger and by keyboard."""

import time
from collections.abc import Callable, Iterator

import httpx2
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from audit.db.models import FindingPhoto, Visit
from audit.photos.intake import IntakePool
from audit.photos.local import LocalStore
from audit.services import clock
from audit.services.loop import rectifying
from tests.browser.site import Site, photo_file
from tests.browser.tablet import WAIT, context_options
from tests.browser.test_whole_loop import NOTHING_LEFT
from tests.field import new_uuid
from tests.hands import Hands
from tests.looping import Loop, enter_the_loop

# Counted where a tap arrives at last: one that the test's driver takes back, because the page moved under it, does not.
TAPS = "addEventListener('pointerup', () => sessionStorage.taps = 1 + Number(sessionStorage.taps || 0))"


@pytest.fixture(scope="module")
def waiting(site: Site) -> Loop:
    """Two answers of Jiangbei that wait, each with a photo before and one after, all of them really there."""
    loop = enter_the_loop(site.city)
    loop.at = clock.now()
    intake = IntakePool(1)
    hands = Hands(LocalStore(site.home / "photos"), intake)
    try:
        for seed, item in enumerate(("A01", "A02")):
            stand(loop, "open")
            before = loop.field.photo(hands, site.city.lin, f"item:{item}", role="before", seed=50 + seed)
            stand(loop, "accepted")
            severity = ("major", "minor")[seed]  # the first is due first
            number = loop.rectifying(
                item=item, severity=severity, clause_zh=f"门头完好{seed}", clause_en=f"Front in order {seed}"
            )
            with site.db.write() as session:
                session.add(FindingPhoto(finding_id=number, photo_uuid=before, role="before"))
            loop.write(site.city.mei, number, cause="年久", corrective_action="巡查", horizontal_check="已查")
            send(site, number, photo_file("after.jpg", 70 + seed)["buffer"])
            loop.do(site.city.mei, number, "submit")
    finally:
        intake.close()
    return loop


def stand(loop: Loop, state: str) -> None:
    with loop.db.write() as session:
        visit = session.get_one(Visit, loop.field.visit_id)
        visit.state = state
        session.add(visit)


def send(site: Site, number: int, data: bytes) -> None:
    """Mei's photo after, by the route that her page uses."""
    address = f"http://127.0.0.1:{site.port}"
    where = f"{address}/api/v1/findings/{number}/evidence/{new_uuid()}"
    told = {"subject": "rectification", "role": "after", "proves": "photo", "filename": "after.jpg"}
    headers = {"Cookie": f"rounds={site.session_of('mei')}", "Origin": address}
    answer = httpx2.put(where, params=told, content=data, headers=headers, timeout=60)
    assert answer.status_code < 300, answer.text


@pytest.fixture
def desk(site: Site, chromium: Browser) -> Iterator[Callable[..., Page]]:
    """A maker of pages that count the taps, in a browser of one of the cast."""
    contexts: list[BrowserContext] = []

    def open_page(path: str, who: str = "wang") -> Page:
        context = chromium.new_context(**context_options(1024, 768))
        contexts.append(context)
        context.add_init_script(TAPS)
        address = f"http://127.0.0.1:{site.port}"
        context.add_cookies([{"name": "rounds", "value": site.session_of(who), "url": address}])
        page = context.new_page()
        page.goto(address + path)
        return page

    yield open_page
    for context in contexts:
        context.close()


def press(page: Page, key: str, button: str) -> None:
    """A button's key, once the page has come to rest: while it is drawn a key may find no button yet."""
    expect(page.get_by_role("button", name=f"{button} 快捷键 {key}")).to_be_visible(timeout=WAIT)
    expect(page.locator("[data-test-script-state=notRunning]")).to_be_attached(timeout=WAIT)
    page.keyboard.press(key.lower() if len(key) == 1 else key)


def test_keys_open_the_first_skip_to_the_next_and_choose_what_is_decided(
    waiting: Loop, desk: Callable[..., Page]
) -> None:
    page = desk(f"/rectifications?round={waiting.field.round_id}")

    press(page, "Enter", "从第一项开始复核")
    expect(page.get_by_role("heading", name="门头完好0")).to_be_visible(timeout=WAIT)
    press(page, "N", "跳过")
    expect(page.get_by_role("heading", name="门头完好1")).to_be_visible(timeout=WAIT)
    for key, button, asked in (("2", "退回分公司", "整改后照片看不清，请重拍。"), ("3", "安排现场复查", "复查人员")):
        press(page, key, button)
        expect(page.locator(".st-key-decide").get_by_text(asked)).to_be_visible(timeout=WAIT)
    assert {waiting.read(number).state for number in waiting.made[-2:]} == {"submitted"}, "nothing is decided by them"


def test_one_is_returned_with_four_taps_and_the_next_one_opens_by_itself(
    waiting: Loop, desk: Callable[..., Page]
) -> None:
    first, second = waiting.made[-2:]
    page = desk(f"/rectifications?round={waiting.field.round_id}")
    begin = page.get_by_role("button", name="从第一项开始复核")
    expect(begin).to_be_visible(timeout=WAIT)
    begun = time.monotonic()
    begin.tap()
    expect(page.get_by_role("heading", name="门头完好0")).to_be_visible(timeout=WAIT)
    expect(page.get_by_alt_text("整改前 1: 门头完好0")).to_be_visible(timeout=WAIT)
    for alt in ("整改前 1: 门头完好0", "整改后 1: 门头完好0"):
        picture = page.get_by_alt_text(alt).element_handle()
        page.wait_for_function("image => image.complete && image.naturalWidth > 0", arg=picture)
    page.get_by_role("button", name="退回分公司").tap()
    page.get_by_role("button", name="整改后照片看不清，请重拍。").tap(timeout=WAIT)
    page.get_by_role("button", name="确认").tap()
    expect(page.get_by_role("heading", name="门头完好1")).to_be_visible(timeout=WAIT)
    assert page.evaluate("Number(sessionStorage.taps)") == 4
    assert time.monotonic() - begun < 60
    finding = waiting.read(first)
    assert (finding.state, finding.cycle) == ("rectifying", 2)
    assert page.url.endswith(f"id={second}")

    slider = page.get_by_role("slider", name="整改前后对比：用左右方向键移动分界线")
    box = slider.bounding_box()
    assert box
    page.touchscreen.tap(box["x"] + box["width"] * 0.8, box["y"] + box["height"] / 2)
    assert 75 <= int(slider.input_value()) <= 85
    before = int(slider.input_value())
    slider.press("ArrowLeft")
    assert int(slider.input_value()) == before - 5
    edge = slider.evaluate("one => getComputedStyle(one.parentElement).getPropertyValue('--at')")
    assert edge == f"{before - 5}%"

    page.get_by_role("heading", name="门头完好1").click()  # away from the slider: keys are the page's again
    press(page, "1", "通过并销号")
    press(page, "Y", "确认")
    expect(page.get_by_text(NOTHING_LEFT)).to_be_visible(timeout=WAIT)
    assert waiting.read(second).state == "closed"


def test_one_file_for_all_halls_travels_once_and_one_that_failed_goes_with_a_tap(
    waiting: Loop, desk: Callable[..., Page]
) -> None:
    halls = {"观音桥营业厅": "JB01", "红旗河沟合作厅": "JB02"}
    made = [waiting.draft("B01", clause_zh="统一着装", outlet_id=waiting.city.outlets[code]) for code in halls.values()]
    waiting.rectifying(item="B02")
    page = desk(f"/together?id={made[0]}", "mei")
    sizes: list[int] = []

    def lost_once(route: Route) -> None:
        """The first file's way is cut; what goes after it is let through and measured."""
        sizes.append(len(route.request.post_data_buffer or b""))
        route.abort() if len(sizes) == 1 else route.continue_()

    page.route("**/evidence/*", lost_once)
    with page.expect_file_chooser(timeout=WAIT) as chooser:
        page.get_by_role("button", name="＋ 其他材料").first.tap(timeout=WAIT)
    pdf = b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
    chooser.value.set_files([{"name": "培训.pdf", "mimeType": "application/pdf", "buffer": pdf}])
    for hall in halls:
        expect(page.get_by_text(f"培训.pdf → {hall}")).to_be_visible(timeout=WAIT)
    page.get_by_role("button", name="重试").first.tap(timeout=WAIT)
    expect(page.locator(".files [data-state=received]")).to_have_count(2, timeout=WAIT)
    assert sizes == [len(pdf), len(pdf), 0]
    kept = [rectifying.answer_of(waiting.db, waiting.city.mei, number).evidence for number in made]
    assert [[proof.sha256 for proof in proofs] for proofs in kept] == [[kept[0][0].sha256]] * 2
