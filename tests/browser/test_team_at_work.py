"""A team whose tablets speak with each other: disagreements about anything, the meeting, and people who change."""

import hashlib
import time
from collections.abc import Callable

from playwright.sync_api import expect

from audit.db.models import Account
from tests.browser.link import Link
from tests.browser.site import Site, photo_file
from tests.browser.tablet import WAIT, Tablet


def caption(tablet: Tablet, text: str) -> None:
    """Open the photo of A03 and write under it."""
    tablet.item("A03").locator(".tile button").tap()
    dialog = tablet.page.get_by_role("dialog")
    tablet.write(dialog, "照片说明", text)
    dialog.get_by_role("button", name="完成").tap()


def test_the_leader_chooses_between_versions_of_a_photo_a_highlight_and_the_remarks(
    site: Site, link: Link, tablet: Callable[..., Tablet]
) -> None:
    visit = site.plan(team=("lin", "zhao"))
    lin, zhao = tablet("lin"), tablet("zhao")
    lin.open(visit.id)
    file = photo_file("a03.jpg", 61)
    lin.photograph("A03", file)
    strip = lin.item("A03").locator(".tile-strip")
    expect(strip).to_contain_text("观音桥营业厅")
    expect(strip).to_contain_text("年")
    lin.go("extras")
    lin.page.get_by_role("button", name="添加亮点").tap()
    lin.all_received()
    assert [photo.sha256 for photo in site.photos(visit.id)] == [hashlib.sha256(file["buffer"]).hexdigest()]
    zhao.open(visit.id)
    expect(zhao.item("A03").locator(".tile img")).to_be_visible(timeout=WAIT)

    link.down = True  # neither sees what the other does
    for one, words in ((lin, "林晓写的"), (zhao, "赵明写的")):
        one.go("A")
        caption(one, words)
        one.go("extras")
        one.write(one.page.locator(".highlight"), "亮点描述", words)
        one.write(one.page.locator("#remarks"), "需要分公司了解的情况", words)
    link.down = False
    for one in (lin, zhao):
        one.page.evaluate("window.dispatchEvent(new Event('online'))")
        one.all_received()
    disputed = {subject.split(":")[0] for subject, found in site.content(visit.id).items() if found.conflict}
    assert disputed == {"photo", "highlight", "remarks"}

    expect(zhao.page.locator("#remarks .rivals")).to_contain_text("将由组长 林晓 裁定", timeout=WAIT)
    expect(zhao.page.locator(".rivals button")).to_have_count(0)
    expect(lin.page.locator("#remarks .rivals")).to_contain_text("赵明写的", timeout=WAIT)
    lin.page.locator(".missing-count").tap()
    lin.page.get_by_role("dialog").get_by_role("button", name="照片：A03").tap()
    expect(lin.item("A03")).to_be_visible(timeout=WAIT)
    for place in (lin.item("A03"), lin.page.locator(".highlight"), lin.page.locator("#remarks")):
        if place.count() == 0:
            lin.go("extras")
        place.locator(".rivals li", has_text="赵明写的").get_by_role("button", name="以此为准").tap(timeout=WAIT)
        expect(place.locator(".rivals")).to_have_count(0)
    lin.all_received()
    content = site.content(visit.id)
    assert not any(found.conflict for found in content.values())
    bodies = {subject.split(":")[0]: found.entry.body for subject, found in content.items()}
    assert (bodies["photo"]["caption"], bodies["highlight"]["text"], bodies["remarks"]["text"]) == ("赵明写的",) * 3
    assert not lin.errors
    assert not zhao.errors


def test_what_a_mate_writes_about_the_meeting_appears_without_a_reload(
    site: Site, tablet: Callable[..., Tablet]
) -> None:
    visit = site.plan(team=("lin", "zhao"))
    lin, zhao = tablet("lin"), tablet("zhao")
    for one in (lin, zhao):
        one.open(visit.id, "close")
        one.page.get_by_role("link", name="记录现场沟通").tap()
    lin.write(lin.page.locator("main"), "达成的约定", "一周内整改")
    expect(zhao.page.get_by_label("达成的约定")).to_have_value("一周内整改", timeout=WAIT)


def test_a_language_chosen_without_a_link_reaches_the_account_and_the_next_tablet(
    site: Site, link: Link, tablet: Callable[..., Tablet]
) -> None:
    zhao = tablet("zhao")
    zhao.open()
    zhao.works_offline()
    link.down = True
    zhao.page.get_by_role("button", name="中文 / EN").tap()
    zhao.page.get_by_role("button", name="English").tap()
    expect(zhao.page.get_by_role("heading", name="My visits")).to_be_visible()
    link.down = False
    zhao.page.evaluate("window.dispatchEvent(new Event('online'))")
    for _ in range(100):
        with site.db.read() as session:
            if session.get_one(Account, site.city.zhao.account_id).locale == "en":
                break
        time.sleep(0.1)
    else:
        raise AssertionError("the account never learned of it")
    other = tablet("zhao")
    other.open()
    expect(other.page.get_by_role("heading", name="My visits")).to_be_visible()


def test_what_one_person_was_typing_when_another_signed_in_is_not_written_under_the_others_name(
    site: Site, tablet: Callable[..., Tablet]
) -> None:
    visit = site.plan(team=("lin", "zhao"))
    shared = tablet("lin")
    shared.open(visit.id, "extras")
    shared.all_received()
    shared.sign_in(site.session_of("zhao"))
    shared.page.locator("#remarks textarea").fill("林晓写到一半")
    shared.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")  # the server is asked who this is
    expect(shared.page.locator(".who")).to_have_text("赵明", timeout=WAIT)
    shared.all_received()
    assert site.revisions(visit.id) == []
    shared.sign_in(site.session_of("lin"))
    shared.open(visit.id, "extras")
    expect(shared.page.locator("#remarks textarea")).to_have_value("林晓写到一半", timeout=WAIT)
    shared.all_received()
    assert {row.account_id for row in site.revisions(visit.id)} == {site.city.lin.account_id}


def test_an_answer_about_the_person_before_that_comes_late_changes_nothing(
    site: Site, link: Link, tablet: Callable[..., Tablet]
) -> None:
    site.plan(team=("lin", "zhao"))
    shared = tablet("lin")
    shared.open()
    asked: list[float] = []

    def slow_at_first(content: bytes) -> bytes:
        asked.append(time.monotonic())
        if len(asked) == 1:
            time.sleep(4)
        return content

    link.alter["/api/v1/bootstrap"] = slow_at_first
    shared.page.goto("about:blank")
    shared.page.goto(f"{shared.url}/tablet/")
    while not asked:
        shared.page.wait_for_timeout(20)
    shared.sign_in(site.session_of("zhao"))  # while the answer about Lin is on its way
    expect(shared.page.locator(".who")).to_have_text("赵明", timeout=WAIT)
    shared.page.wait_for_timeout(4_500)
    expect(shared.page.locator(".who")).to_have_text("赵明")
