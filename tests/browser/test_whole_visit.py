"""The main job on a tablet-sized page in Chinese, with a good link and with bad ones."""

from collections.abc import Callable

from playwright.sync_api import expect

from audit.services.checklist_files import seeds
from tests.browser.link import Link
from tests.browser.site import Site, photo_file
from tests.browser.tablet import WAIT, Tablet

SHORT = {"A01": "pass", "A02": "pass", "A03": "fail", "B01": "fail", "B02": "partial", "B03": "pass"}
# A: (2 + 2 + 0) / 6 = 2/3; B: B01 0 of 2, B02 1 of 2 → 1/4 (B03 has no points);
# 100 × (50×2/3 + 50×1/4) / 100 = 45.8333…
SHORT_TOTAL = "45.83"


def fill_short(tablet: Tablet) -> None:
    """Rate the short checklist with the photos it asks for, and sign."""
    tablet.go("A")
    for code in ("A01", "A02", "A03"):
        tablet.rate(code, SHORT[code])
    tablet.photograph("A01", photo_file("a01.jpg", 1))
    tablet.photograph("A03", photo_file("a03.jpg", 2), nth=1)
    tablet.write(tablet.item("A03"), "现场情况", "门前堆放杂物 <b>😀</b>")
    tablet.go("B")
    tablet.rate("B01", "fail")
    for code in ("B02", "B03"):
        tablet.rate(code, SHORT[code])
    tablet.draw_signature("胡堃")


def photograph_the_campaign(tablet: Tablet) -> None:
    """A photo of what a question on a campaign asks about."""
    tablet.go("extras")
    question = tablet.page.locator(".question").first
    question.locator("input[type=file][capture]").set_input_files(photo_file("campaign.jpg", 3))
    expect(question.locator(".tile img")).to_have_count(1, timeout=WAIT)


def check_arrived(site: Site, visit_id: int, photos: int = 3) -> None:
    """Everything that was entered is there, once."""
    assert site.ratings(visit_id) == SHORT
    content = site.content(visit_id)
    assert content["item:A03"].entry.body["note"] == "门前堆放杂物 <b>😀</b>"
    assert content["signature"].entry.body["name"] == "胡堃"
    received = site.photos(visit_id)
    assert len(received) == photos  # two of items, one signature, and what is said beside
    assert len({photo.sha256 for photo in received}) == photos
    uuids = [revision.uuid for revision in site.revisions(visit_id)]
    assert len(uuids) == len(set(uuids))


def test_the_whole_hall_checklist_is_filled_in_online_and_submitted(site: Site, tablet: Callable[..., Tablet]) -> None:
    visit = site.plan(site.hall, outlet="JB02")
    lin = tablet("lin")
    lin.open()
    lin.page.locator(f"a[href='#/visit/{visit.id}']").tap()
    hall = next(one for one in seeds() if one.code == "hall")
    assert lin.page.locator(".tab").count() - 2 == len(hall.sections) == 4
    rated = 0
    for number, section in enumerate(hall.sections):
        if number:
            lin.page.locator(".next").tap()
        expect(lin.item(section.items[0].code)).to_be_visible()
        codes = lin.page.locator(".item").evaluate_all("cards => cards.map((card) => card.dataset.code)")
        photographed = {item.code for item in section.items if item.photo == "always"}
        for code in codes:
            lin.rate(code, "pass")
            if code in photographed:
                lin.photograph(code, photo_file(f"{code}.jpg", rated))
            rated += 1
    lin.go("A")
    lin.rate("A01", "partial")
    lin.item("A01").get_by_role("button", name="立行立改").tap()
    cameras = lin.item("A01").locator("input[type=file][capture]")
    cameras.nth(0).set_input_files(photo_file("before.jpg", 77))
    cameras.nth(1).set_input_files(photo_file("after.jpg", 78))
    expect(lin.item("A01").locator(".lacking")).to_have_count(0, timeout=WAIT)
    lin.go("extras")
    lin.page.get_by_role("button", name="添加亮点").tap()
    lin.write(lin.page.locator(".highlight"), "亮点描述", "主动为老年客户讲解资费")
    lin.write(lin.page.locator("main"), "需要分公司了解的情况", "整体良好")
    for yes in lin.page.locator(".question .rate.pass").all():
        yes.tap()
    lin.draw_signature("胡堃")
    expect(lin.page.get_by_text("已填写完整").first).to_be_visible(timeout=WAIT)
    lin.all_received()
    lin.submit()

    stored = site.visit(visit.id)
    assert stored.state == "submitted"
    assert set(site.ratings(visit.id).values()) == {"pass", "partial"}
    assert stored.score
    assert stored.score["unanswered"] == []
    shown = lin.page.locator(".score b").inner_text()
    assert shown == stored.score["total"], "tablet and server count the same"
    content = site.content(visit.id)
    assert content["item:A01"].entry.body["corrected_on_spot"] is True
    highlights = [one.entry.body["text"] for name, one in content.items() if name.startswith("highlight:")]
    assert highlights == ["主动为老年客户讲解资费"]
    assert not lin.errors


def test_a_visit_made_offline_from_the_first_tap_survives_closing_the_browser(
    site: Site, link: Link, lasting_tablet: Callable[[], Tablet]
) -> None:
    visit = site.plan()
    lin = lasting_tablet()
    lin.sign_in(site.session_of("lin"))
    lin.open()
    lin.works_offline()
    link.down = True

    lin.page.get_by_text("观音桥营业厅").last.tap()
    lin.open(visit.id)
    photograph_the_campaign(lin)
    fill_short(lin)
    expect(lin.page.locator(".score b")).to_have_text(SHORT_TOTAL)
    waiting = lin.waiting()
    assert waiting >= len(SHORT) + 3 + 3  # answers, photos and their records, notes
    assert site.revisions(visit.id) == []

    lin = lasting_tablet()  # closed, and opened again without a link
    lin.open(visit.id, "A")
    expect(lin.page.locator(".score b")).to_have_text(SHORT_TOTAL)
    expect(lin.item("A03").locator("[data-rating=fail]")).to_have_attribute("aria-pressed", "true")
    expect(lin.item("A03").locator(".tile img")).to_have_count(1)
    expect(lin.item("A03").locator("textarea")).to_have_value("门前堆放杂物 <b>😀</b>")
    assert lin.waiting() == waiting

    link.down = False
    lin.page.evaluate("window.dispatchEvent(new Event('online'))")
    lin.all_received()
    check_arrived(site, visit.id, photos=4)
    photos = [one.entry.body for name, one in site.content(visit.id).items() if name.startswith("photo:")]
    assert [body["role"] for body in photos if body["attached_to"].startswith("campaign:")] == ["evidence"]
    lin.submit()
    assert (site.visit(visit.id).score or {})["total"] == SHORT_TOTAL


def test_with_every_tenth_receipt_lost_everything_arrives_exactly_once(
    site: Site, link: Link, tablet: Callable[..., Tablet]
) -> None:
    visit = site.plan()
    link.lose_every = 10
    lin = tablet("lin")
    lin.open(visit.id)
    fill_short(lin)
    lin.go("A")
    for rating in ("partial", "pass") * 6:
        lin.rate("A02", rating)
    lin.all_received()
    assert link.lost >= 2
    check_arrived(site, visit.id)
    again = [status for method, path, status in link.seen if method == "PUT" and status == 200]
    assert len(again) == link.lost, "each lost receipt was asked for again and given again, nothing else was sent twice"
    lin.submit()
