"""Several people: a team at once, and one tablet in several hands."""

from collections.abc import Callable
from itertools import pairwise

from playwright.sync_api import expect

from tests.browser.link import Link
from tests.browser.site import Site, photo_file
from tests.browser.tablet import WAIT, Tablet


def test_two_members_differ_and_the_leader_chooses(site: Site, tablet: Callable[..., Tablet]) -> None:
    visit = site.plan(team=("lin", "zhao"))
    lin, zhao = tablet("lin"), tablet("zhao")
    lin.open(visit.id)
    zhao.open(visit.id)
    lin.rate("A02", "pass")
    zhao.rate("A02", "fail")  # made without having seen Lin's
    zhao.rate("A03", "pass")
    lin.all_received()
    zhao.all_received()
    lin.open(visit.id)
    zhao.open(visit.id)

    rivals = lin.item("A02").locator(".rivals")
    expect(rivals).to_contain_text("组员判定不一致", timeout=WAIT)
    expect(rivals).to_contain_text("赵明")
    expect(zhao.item("A02").locator(".rivals")).to_contain_text("将由组长 林晓 裁定", timeout=WAIT)
    expect(zhao.item("A02").locator(".rivals button")).to_have_count(0)
    expect(lin.item("A03").locator("[data-rating=pass]")).to_have_attribute("aria-pressed", "true")

    rivals.locator("li", has_text="赵明").get_by_role("button", name="以此为准").tap()
    expect(lin.item("A02").locator(".rivals")).to_have_count(0)
    lin.all_received()
    found = site.content(visit.id)["item:A02"]
    assert found.entry.body["rating"] == "fail"
    assert not found.conflict
    assert found.entry.account_id == site.city.lin.account_id


def test_a_member_cannot_submit_and_is_told_who_can(site: Site, tablet: Callable[..., Tablet]) -> None:
    visit = site.plan(team=("lin", "zhao"))
    zhao = tablet("zhao")
    zhao.open(visit.id, "close")
    expect(zhao.page.locator("#submission")).to_contain_text("只有组长 林晓 可以提交")
    expect(zhao.page.get_by_role("button", name="提交走访")).to_have_count(0)


def test_a_shared_tablet_never_sends_one_persons_work_under_anothers_session(
    site: Site, link: Link, tablet: Callable[..., Tablet]
) -> None:
    visit = site.plan(team=("lin", "zhao"))
    shared = tablet("lin")
    shared.open(visit.id)
    shared.works_offline()
    link.down = True
    shared.rate("A02", "fail")
    shared.photograph("A03", photo_file("lin.jpg", 5))

    shared.sign_in(site.session_of("zhao"))  # the tablet changes hands; the page is still Lin's
    link.down = False
    shared.page.evaluate("window.dispatchEvent(new Event('online'))")
    expect(shared.page.locator(".who")).to_have_text("赵明", timeout=WAIT)
    shared.open(visit.id)
    expect(shared.item("A02").locator("[data-rating=fail]")).to_have_attribute("aria-pressed", "false")
    shared.rate("A01", "pass")
    shared.all_received()
    assert site.ratings(visit.id) == {"A01": "pass"}
    assert site.photos(visit.id) == []

    shared.sign_in(site.session_of("lin"))
    shared.open(visit.id)
    expect(shared.item("A02").locator("[data-rating=fail]")).to_have_attribute("aria-pressed", "true", timeout=WAIT)
    shared.all_received()
    authors = {revision.subject: revision.account_id for revision in site.revisions(visit.id)}
    assert authors["item:A02"] == site.city.lin.account_id
    assert authors["item:A01"] == site.city.zhao.account_id
    assert [photo.account_id for photo in site.photos(visit.id)] == [site.city.lin.account_id]


def test_an_ended_session_keeps_the_queue_and_asks_to_sign_in(site: Site, tablet: Callable[..., Tablet]) -> None:
    visit = site.plan()
    lin = tablet("lin")
    lin.open(visit.id)
    lin.rate("A02", "pass")
    lin.all_received()
    lin.context.clear_cookies()
    lin.rate("A02", "fail")
    expect(lin.page.locator('.link-mark[data-status="signin"]')).to_be_visible(timeout=WAIT)
    expect(lin.page.locator(".top-banner")).to_contain_text("请重新登录")
    lin.rate("A03", "pass")
    assert lin.waiting() == 2
    lin.sign_in(site.session_of("lin"))
    lin.open(visit.id)
    lin.all_received()
    assert site.ratings(visit.id) == {"A02": "fail", "A03": "pass"}


def test_a_record_that_the_server_refuses_is_kept_aside_and_the_others_go_on(
    site: Site, link: Link, tablet: Callable[..., Tablet]
) -> None:
    visit = site.plan()
    lin = tablet("lin")
    lin.open(visit.id)
    lin.works_offline()
    link.down = True
    broken = {"name": "half.jpg", "mimeType": "image/jpeg", "buffer": photo_file("x", 9)["buffer"][:20_000]}
    lin.item("A03").locator("input[type=file]").nth(1).set_input_files(broken)
    expect(lin.item("A03").locator(".tile")).to_have_count(1, timeout=WAIT)
    lin.rate("A03", "pass")
    lin.photograph("A03", photo_file("whole.jpg", 10), nth=1)
    link.down = False
    lin.page.evaluate("window.dispatchEvent(new Event('online'))")
    expect(lin.page.locator('.link-mark[data-parked="1"][data-waiting="0"]')).to_be_visible(timeout=60_000)
    assert site.ratings(visit.id) == {"A03": "pass"}
    assert len(site.photos(visit.id)) == 1
    lin.page.locator(".link-mark").tap()
    sheet = lin.page.get_by_role("dialog")
    expect(sheet).to_contain_text("服务器未接收，已保存在本机")
    expect(sheet.locator(".parked li")).to_contain_text("观音桥营业厅 · 照片：A03 门前整洁通畅")
    lin.page.get_by_text("以防万一").tap()
    with lin.page.expect_download() as download:
        lin.page.get_by_role("button", name="把未发送的内容存成文件").tap()
    assert download.value.suggested_filename.startswith("rounds-unsent-")
    sheet.get_by_role("button", name="关闭").tap()
    lin.item("A03").locator(".tile button").first.tap()
    expect(sheet.get_by_role("alert")).to_have_text("照片不完整，请重新上传。")
    sheet.get_by_role("button", name="移除").tap()
    lin.page.get_by_role("dialog", name="移除这张照片").get_by_role("button", name="移除").tap()
    lin.all_received()
    expect(lin.page.locator('.link-mark[data-parked="0"]')).to_be_visible()
    lin.go("close")
    expect(lin.page.locator("#submission")).not_to_contain_text("服务器未接收")


def test_a_refused_answer_is_let_go_and_holds_up_the_visit_no_longer(site: Site, tablet: Callable[..., Tablet]) -> None:
    visit = site.plan()
    lin = tablet("lin")
    lin.open(visit.id)
    lin.rate("A03", "pass")
    lin.all_received()
    lin.item("A03").get_by_role("button", name="备注").tap()
    lin.write(lin.item("A03"), "备注", "不能保存的字符\0")
    expect(lin.page.locator('.link-mark[data-parked="1"][data-waiting="0"]')).to_be_visible(timeout=WAIT)
    expect(lin.item("A03")).to_contain_text("服务器未接收")
    banner, header = (lin.page.locator(place) for place in (".top-banner", ".form-bar"))
    lin.item("A03").scroll_into_view_if_needed()
    lin.page.mouse.wheel(0, 400)
    tops = [place.bounding_box() for place in (banner, header, lin.page.locator(".tabs"))]
    assert all(above and below and above["y"] + above["height"] <= below["y"] for above, below in pairwise(tops)), tops
    lin.go("close")
    expect(lin.page.locator("#submission")).to_contain_text("服务器未接收")

    banner.tap()
    sheet = lin.page.get_by_role("dialog", name="网络与待发送")
    row = sheet.locator(".parked li")
    expect(row).to_contain_text("A03 门前整洁通畅")
    expect(row).to_contain_text("不能保存的字符")
    expect(row).to_contain_text("备注 含有无法保存的字符。")
    expect(sheet.locator(".link-status")).to_have_text("除下列记录外，均已送达服务器")
    closed = {"code": "visit.not_open", "params": {"state": "accepted"}}
    told = lin.page.evaluate("async (refusal) => (await import('/tablet/strings.js')).explain(refusal)", closed)
    assert told == "该走访当前状态为“已通过”，不能填写。"
    row.get_by_role("button", name="去查看").tap()
    expect(lin.item("A03")).to_be_focused()
    banner.tap()
    row.get_by_role("button", name="放弃").tap()
    lin.page.get_by_role("dialog", name="放弃这条记录").get_by_role("button", name="放弃").tap()
    expect(row).to_have_count(0)
    sheet.get_by_role("button", name="关闭").tap()
    expect(banner).to_have_count(0)
    expect(lin.item("A03").locator("[data-rating=pass]")).to_have_attribute("aria-pressed", "true")
    expect(lin.item("A03")).not_to_contain_text("不能保存的字符")
    lin.go("close")
    expect(lin.page.locator("#submission")).not_to_contain_text("服务器未接收")
    lin.open(visit.id)
    expect(lin.page.locator('.link-mark[data-parked="0"][data-status="ok"]')).to_be_visible(timeout=WAIT)
    assert site.ratings(visit.id) == {"A03": "pass"}
    assert not lin.errors


def test_an_item_rated_later_is_answered_after_submission_and_nothing_else(
    site: Site, tablet: Callable[..., Tablet]
) -> None:
    visit = site.plan()
    lin = tablet("lin")
    lin.open(visit.id)
    lin.rate("A01", "later")
    lin.item("A01").get_by_role("button", name="明天").tap()
    lin.rate("A02", "pass")
    lin.rate("A03", "pass")
    lin.go("B")
    lin.rate("B01", "pass")
    lin.rate("B03", "pass")
    lin.sign_refused()
    lin.all_received()
    lin.submit()
    lin.go("A")
    expect(lin.item("A02").locator("[data-rating=fail]")).to_be_disabled()
    lin.photograph("A01", photo_file("later.jpg", 3))
    lin.item("A01").locator("[data-rating=pass]").tap()
    lin.page.get_by_role("dialog").get_by_role("button", name="合格", exact=True).tap()
    lin.all_received()
    expect(lin.item("A01").locator("[data-rating=fail]")).to_be_disabled()
    stored = site.visit(visit.id)
    assert (stored.state, (stored.score or {})["total"], (stored.score or {})["later"]) == ("submitted", "100.00", [])
