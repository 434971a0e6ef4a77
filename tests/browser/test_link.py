"""A branch gives out a link, a phone without any cookie answers with a photo, the branch submits."""

import datetime as dt
from collections.abc import Iterator
from functools import partial

import pytest
from playwright.sync_api import Browser, Page, Request, expect

from audit.db.models import Assignment, Finding, Notice, Visit
from audit.services import clock
from audit.services.loop import delegating, rectifying
from audit.services.work import unit_of_work
from tests.browser.site import Site, photo_file
from tests.browser.tablet import WAIT, context_options
from tests.browser.test_pages import enter, show

LINK = """() => {
  for (const one of document.querySelectorAll('*')) {
    const field = one.shadowRoot?.querySelector('.link input');
    if (field) return field.value;
  }
  return '';
}"""


@pytest.fixture
def finding_id(site: Site) -> int:
    """A finding of Jiangbei's first hall that is to be rectified."""
    visit, now = site.plan(), clock.now()
    city, mei = site.city, site.city.mei
    with unit_of_work(site.db, city.fang) as work:
        round_id = work.session.get_one(Assignment, visit.assignment_id).round_id
        place = {"round_id": round_id, "organisation_id": city.organisations["jiangbei"]}
        notice = Notice(**place, number=f"测试{visit.id}号", issued_at=now, issued_by=city.fang.account_id,
                        acknowledged_at=now, acknowledged_by=mei.account_id)  # fmt: skip
        work.session.add(notice)
        work.session.flush()
        row = Finding(
            **place, visit_id=visit.id, outlet_id=city.outlets["JB01"], subject="item:A01", item_code="A01",
            kind="nonconformity", severity="minor", state="rectifying", clause_zh="门头完好", observation="灯箱破损",
            requirement_zh="更换灯箱", criterion_zh="无破损", evidence_kind="photo", created_at=now, issued_at=now,
            acknowledged_at=now, state_since=now, due_at=now + dt.timedelta(days=9), notice_id=notice.id,
            number=f"测试{visit.id}-001",
        )  # fmt: skip
        work.session.add(row)
        stored = work.session.get_one(Visit, visit.id)
        stored.state, stored.accepted_at = "accepted", now
        work.session.add(stored)
        work.session.flush()
        work.record("test.made", "finding", row.id)
        return row.id or 0


@pytest.fixture
def phone(chromium: Browser) -> Iterator[Page]:
    """A hall manager's phone, where nobody is signed in."""
    context = chromium.new_context(**context_options(360, 800), permissions=["camera"])
    page = context.new_page()
    page.set_default_timeout(WAIT)
    yield page
    context.close()


def test_a_hall_answers_by_link_and_the_branch_submits(
    site: Site, chromium: Browser, phone: Page, finding_id: int
) -> None:
    desk = chromium.new_context(**context_options(1024, 768)).new_page()
    desk.set_default_timeout(WAIT)
    enter(site, desk, "mei")
    show(site, desk, f"findings?id={finding_id}")
    desk.get_by_role("button", name="转派营业厅").click()
    dialog = desk.get_by_role("dialog")
    dialog.get_by_text("手机填写链接").click()
    expect(dialog.get_by_text("有效期")).to_be_visible()
    dialog.get_by_role("button", name="转派", exact=True).click()
    desk.wait_for_function(LINK)
    address = desk.evaluate(LINK)
    token = address.partition("#")[2]
    desk.keyboard.press("Escape")
    expect(desk.get_by_text("尚未打开")).to_be_visible()
    assert not desk.evaluate(LINK), "it is shown once"

    asked: list[Request] = []
    phone.on("request", lambda request: asked.append(request))
    phone.goto(address)
    expect(phone.get_by_role("heading", name="门头完好")).to_be_visible()
    phone.get_by_label("整改措施").fill("已更换灯箱")
    expect(phone.locator("#saved.ok")).to_be_visible()
    phone.reload()
    expect(phone.get_by_label("整改措施")).to_have_value("已更换灯箱")
    phone.get_by_label("责任人").fill("胡堃")
    phone.get_by_label("完成日期").fill(clock.today().isoformat())
    phone.set_input_files("input[data-role=after]", [photo_file("after.jpg", 5)])
    expect(phone.locator(".proof")).to_contain_text("整改后")
    expect(phone.locator("#lacking")).to_contain_text("内容已齐全")
    phone.get_by_role("button", name="发表").tap()
    expect(phone.get_by_text("请填写姓名和留言。")).to_be_visible()
    phone.get_by_label("您的姓名").fill("胡堃")
    phone.get_by_label("意见").fill("灯箱已换，门头下周清洗 <b>")
    phone.get_by_role("button", name="发表").tap()
    expect(phone.get_by_text("已留言，分公司和市场部会收到提醒。")).to_be_visible()
    expect(phone.locator(".comment .text")).to_have_text("灯箱已换，门头下周清洗 <b>")
    expect(phone.get_by_label("整改措施")).to_have_value("已更换灯箱")
    assert phone.evaluate("document.documentElement.scrollWidth") == 360
    phone.get_by_role("button", name="填好了，交给分公司").tap()
    expect(phone.get_by_role("heading", name="已完成，已通知分公司")).to_be_visible()
    assert [request.url for request in asked if token in request.url and "#" not in request.url] == []
    hosts = {request.url.split("/")[2] for request in asked if request.url.startswith("http")}
    assert hosts == {f"127.0.0.1:{site.port}"}
    referers = {request.headers.get("referer", "") for request in asked}
    assert [one for one in referers if token in one or one.partition("?")[0].endswith("/link")] == []
    assert phone.context.cookies() == []
    assert token not in (site.home / "server.log").read_text("utf-8", "replace")
    assert phone.title() == "Rounds 巡检"

    show(site, desk, "home")
    expect(desk.get_by_text("营业厅已填好")).to_be_visible()
    show(site, desk, f"findings?id={finding_id}")
    expect(desk.get_by_text("内容已齐全，可以提交。")).to_be_visible()
    expect(desk.get_by_text("胡堃（营业厅，通过链接）")).to_be_visible()
    expect(desk.get_by_text("灯箱已换，门头下周清洗 <b>")).to_be_visible()
    desk.get_by_role("button", name="提交整改").click()
    desk.get_by_role("dialog").get_by_role("button", name="提交整改").click()
    expect(desk.get_by_role("button", name="撤回提交")).to_be_visible()
    phone.reload()
    expect(phone.get_by_text("分公司已提交整改")).to_be_visible()
    desk.context.close()


def test_what_a_lost_link_holds_up_is_sent_once_it_is_back(site: Site, phone: Page, finding_id: int) -> None:
    link = delegating.make_link(site.db, site.city.mei, finding_id, dt.timedelta(hours=2))
    phone.goto(f"http://127.0.0.1:{site.port}/link#{link.token}")
    expect(phone.get_by_role("heading", name="门头完好")).to_be_visible()
    phone.context.set_offline(True)
    phone.set_input_files("input[data-role=pick]", [photo_file("a.jpg", 7), photo_file("b.jpg", 8)])
    expect(phone.locator(".files li[data-state=offline]")).to_have_count(1)
    phone.get_by_label("整改措施").fill("断网时写的")
    expect(phone.locator("#saved.bad")).to_be_visible()
    phone.context.set_offline(False)
    expect(phone.locator(".proof")).to_have_count(2)
    expect(phone.locator("#saved.ok")).to_be_visible()
    answer = rectifying.answer_of(site.db, site.city.mei, finding_id)
    assert (answer.values["correction"], len(answer.evidence)) == ("断网时写的", 2)


def test_what_is_typed_at_a_desk_is_kept_before_the_box_is_left(site: Site, chromium: Browser, finding_id: int) -> None:
    context = chromium.new_context(**context_options(1024, 768))
    desk = context.new_page()
    desk.set_default_timeout(WAIT)
    enter(site, desk, "mei")
    show(site, desk, f"findings?id={finding_id}")
    desk.get_by_label("整改措施").press_sequentially("正在更换灯箱")
    expect(desk.get_by_text("✓ 已保存")).to_be_visible()
    desk.close()

    desk = context.new_page()
    desk.set_default_timeout(WAIT)
    show(site, desk, f"findings?id={finding_id}")
    box, saved = desk.get_by_label("整改措施"), desk.get_by_text("✓ 已保存")
    expect(box).to_have_value("正在更换灯箱")
    keep = partial(rectifying.keep, site.db, site.city.mei, finding_id)
    keep({"correction": "同事写的"}, {"correction": "正在更换灯箱"})
    box.press_sequentially("，已到货")
    expect(desk.get_by_text("同事写的")).to_be_visible()
    desk.get_by_role("button", name="保留我写的").click()
    expect(saved).to_be_visible()

    context.set_offline(True)
    box.press_sequentially("。断网")
    expect(desk.get_by_text("未保存：网络中断")).to_be_visible()
    context.set_offline(False)
    expect(saved).to_be_visible()
    keep({"responsible": "胡堃"}, {"responsible": ""})
    box.press_sequentially("时写的")
    box.blur()
    expect(desk.get_by_label("责任人")).to_have_value("胡堃")  # drawn anew, as it stands at the server
    expect(desk.get_by_text("已存为草稿。还缺：完成日期、佐证")).to_be_visible()
    whole = "正在更换灯箱，已到货。断网时写的"
    expect(box).to_have_value(whole)
    assert rectifying.answer_of(site.db, site.city.mei, finding_id).values["correction"] == whole
    context.close()
