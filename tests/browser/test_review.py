"""Marketing reviews a visit in a real browser, in Chinese, on a tablet held either way; two reviewers at once."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from sqlmodel import select

from audit.db.models import Event
from audit.photos.intake import IntakePool
from audit.photos.local import LocalStore
from audit.services import submission
from audit.services.bootstrap import visit_json
from audit.services.photos import Upload, receive_photo
from tests.browser.site import Site
from tests.browser.tablet import WAIT
from tests.field import Field, new_uuid
from tests.services.test_photo_reuse import drawing, jpeg

ARROW = {"type": "arrow", "x1": 0.1, "y1": 0.1, "x2": 0.6, "y2": 0.5, "colour": "#c2452d"}
TURNED = {"lying": (1024, 768), "standing": (768, 1024)}


@pytest.fixture(scope="module")
def intake() -> Iterator[IntakePool]:
    pool = IntakePool(1)
    yield pool
    pool.close()


@pytest.fixture
def submitted(site: Site, intake: IntakePool) -> Field:
    """A visit of today, filled in and submitted: one correction on the spot, marks on a photo, a signature."""
    planned = site.plan()
    field = Field(site.city, site.short, 0, planned.assignment_id, planned.id, 0)
    lin, store = site.city.lin, LocalStore(site.home / "photos")

    def photo(attached_to: str, seed: int, **body: Any) -> str:
        uuid = new_uuid()
        field.write(lin, f"photo:{uuid}", {"attached_to": attached_to, **body})
        upload = Upload(uuid, field.assignment_id, field.visit_id)
        field.sent_photos[uuid] = receive_photo(site.db, lin, store, intake, upload, jpeg(drawing(seed))).sha256
        return uuid

    for code in ("A01", "A02", "B01", "B03"):
        field.rate(lin, code, "pass")
    field.rate(lin, "A03", "fail", note="门前堆放纸箱", corrected_on_spot=True)
    photo("item:A01", planned.id * 10, overlay=[ARROW], caption="灯箱右侧")
    photo("item:A03", planned.id * 10 + 1, role="before")
    photo("item:A03", planned.id * 10 + 2, role="after")
    drawn = photo("signature", planned.id * 10 + 3, role="signature")
    field.write(lin, "signature", {"status": "signed", "name": "胡堃", "photo_uuid": drawn})
    field.write(lin, "remarks", {"text": "整体良好。"})
    for campaign in visit_json(site.db, lin, planned.id)["campaigns"]:
        for question in campaign["questions"]:
            field.write(lin, f"campaign:{campaign['id']}:{question['code']}", {"rating": "pass"})
    submission.submit(site.db, lin, field.visit_id, field.manifest())
    return field


def no_sideways_scroll(page: Page) -> bool:
    """Whether everything fits the width."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


@pytest.mark.parametrize("held", TURNED)
def test_a_visit_is_looked_through_and_accepted(
    site: Site, submitted: Field, desk: Callable[..., Page], held: str
) -> None:
    page = desk("wang", f"/review?id={submitted.visit_id}", *TURNED[held])
    expect(page.get_by_role("heading", name="观音桥营业厅 · 待审核")).to_be_visible(timeout=WAIT)
    expect(page.get_by_text("门前堆放纸箱").first).to_be_visible(timeout=WAIT)
    assert no_sideways_scroll(page)

    page.get_by_role("tab", name="照片").tap()
    card = page.locator("section.card", has_text="门前整洁通畅")
    expect(card.locator("figure")).to_have_count(2, timeout=WAIT)
    expect(card.locator("figure .label")).to_have_text(["整改前", "整改后"])
    boxes = [figure.bounding_box() for figure in card.locator("figure").all()]
    assert boxes[0]["y"] == boxes[1]["y"]  # side by side
    assert boxes[0]["x"] < boxes[1]["x"]
    loaded = card.locator("img").first
    expect(loaded).to_be_visible()
    page.wait_for_function("image => image.complete && image.naturalWidth > 0", arg=loaded.element_handle())
    assert no_sideways_scroll(page)

    marked = page.locator("section.card", has_text="灯箱右侧")
    expect(marked.locator("svg polygon")).to_have_count(2)  # the arrow's head, on a white one
    marked.locator("button.open").tap()
    large = page.locator("dialog[open]")
    expect(large.locator("svg")).to_be_visible()
    with page.expect_download() as download:
        large.get_by_role("link", name="下载原图（将留痕）").tap()
    assert download.value.suggested_filename.endswith(".jpg")
    with site.db.read() as session:
        read = session.exec(select(Event).where(Event.verb == "photo.original_read")).all()
    assert read[-1].account_id == site.city.wang.account_id
    large.get_by_role("button", name="关闭").tap()
    expect(large).to_have_count(0)

    page.get_by_role("tab", name="备注、签字与沟通").tap()
    expect(page.get_by_text("已签 · 胡堃")).to_be_visible()
    expect(page.get_by_alt_text("签字 胡堃")).to_be_visible(timeout=WAIT)

    page.get_by_role("button", name="通过").tap()
    page.get_by_role("dialog").get_by_role("button", name="通过").tap()
    expect(page.get_by_role("heading", name="观音桥营业厅 · 已通过")).to_be_visible(timeout=WAIT)
    assert site.visit(submitted.visit_id).state == "accepted"
    reader = desk("hu", f"/visits?id={submitted.visit_id}", *TURNED[held])
    expect(reader.get_by_role("heading", name="观音桥营业厅 · 已通过")).to_be_visible(timeout=WAIT)


def test_of_two_reviewers_the_later_one_is_shown_what_the_earlier_decided(
    site: Site, submitted: Field, desk: Callable[..., Page]
) -> None:
    first, second = (desk("wang", f"/review?id={submitted.visit_id}") for _ in range(2))
    second.get_by_role("button", name="通过").tap(timeout=WAIT)
    waiting = second.get_by_role("dialog").get_by_role("button", name="通过")
    expect(waiting).to_be_visible(timeout=WAIT)

    first.get_by_role("button", name="退回").tap(timeout=WAIT)
    asked = first.get_by_role("dialog")
    asked.get_by_role("textbox").fill("请补拍门前全景")
    asked.get_by_role("button", name="退回", exact=True).tap()
    expect(first.get_by_role("heading", name="观音桥营业厅 · 已退回")).to_be_visible(timeout=WAIT)

    waiting.tap()
    expect(second.get_by_role("heading", name="观音桥营业厅 · 已退回")).to_be_visible(timeout=WAIT)
    expect(second.get_by_role("dialog")).to_have_count(0)
    expect(second.get_by_text("请补拍门前全景")).to_be_visible()
    expect(second.get_by_role("button", name="通过")).to_have_count(0)
    expect(second.locator("[data-testid=stAlert]").first).to_be_visible()
    visit = site.visit(submitted.visit_id)
    assert (visit.state, visit.returned_comment) == ("returned", "请补拍门前全景")
