"""What follows the walk through the hall: the talk with the branch, a recall, and a visit that marketing sends back."""

from collections.abc import Callable

from playwright.sync_api import Locator, expect
from sqlmodel import select

from audit.db.models import Visit
from audit.services import clock, visits
from audit.services.visit_content import resolved_subject
from tests.browser.site import Site, photo_file
from tests.browser.tablet import WAIT, Tablet


def fill(tablet: Tablet) -> None:
    """The short checklist with nothing missing."""
    tablet.go("A")
    for code in ("A01", "A02", "A03"):
        tablet.rate(code, "pass")
    tablet.photograph("A01", photo_file("a01.jpg", 21))
    tablet.go("B")
    tablet.rate("B01", "pass")
    tablet.rate("B03", "pass")
    tablet.sign_refused()


def add_person(tablet: Tablet, name: str, position: str) -> Locator:
    """Write somebody into the record of the meeting."""
    tablet.page.get_by_role("button", name="添加人员").tap()
    row = tablet.page.locator(".person").last
    tablet.write(row, "姓名", name)
    tablet.write(row, "职务", position)
    return row


def test_the_meeting_with_the_branch_is_recorded_with_signatures_and_arrives_whole(
    site: Site, tablet: Callable[..., Tablet]
) -> None:
    visit = site.plan()
    lin = tablet("lin")
    lin.open(visit.id, "close")
    lin.page.get_by_role("link", name="记录现场沟通").tap()
    lin.page.get_by_role("button", name="就是现在").tap()
    main = lin.page.locator("main")
    lin.write(main, "地点", "二楼会议室")
    people = [("梅芳", "服务主管"), ("胡堃", "营业厅经理"), ("路人", "")]
    for number, (name, position) in enumerate(people):
        row = add_person(lin, name, position)
        row.get_by_role("button", name="签字").tap()
        lin.sign_on_the_glass(number * 20)
        expect(row.locator(".small-sign img")).to_be_visible(timeout=WAIT)
    lin.page.get_by_role("button", name="移除 路人").tap()
    expect(lin.page.locator(".person")).to_have_count(2)
    lin.write(main, "分公司意见", "认可检查结果 <script>alert(1)</script>")
    lin.write(main, "达成的约定", "一周内整改")
    main.locator("input[type=file]").nth(1).set_input_files(photo_file("meeting.jpg", 31))
    expect(main.locator(".tile img")).to_have_count(1, timeout=WAIT)
    lin.all_received()

    with site.db.read() as session:
        found = resolved_subject(session, visit.assignment_id, None, "communication")
    assert found
    body = found.entry.body
    assert body["place"] == "二楼会议室"
    assert body["held_at"]
    assert [(one["name"], one["role"]) for one in body["participants"]] == people[:2]
    assert body["opinion"] == "认可检查结果 <script>alert(1)</script>"
    assert body["agreed"] == "一周内整改"
    received = {photo.uuid for photo in site.meeting_photos(visit.assignment_id)}
    signatures = {one["name"]: one["photo_uuid"] for one in body["signatures"]}
    assert signatures.keys() == {"梅芳", "胡堃"}, "who was taken off the list has not signed"
    assert set(signatures.values()) < received
    assert len(received) == 4  # three signatures were written, one photo taken

    zhao = tablet("zhao")
    zhao.open(visit.id, "close")
    zhao.page.get_by_role("link", name="打开沟通记录").tap()
    expect(zhao.page.locator(".small-sign img")).to_have_count(2, timeout=WAIT)
    expect(zhao.page.get_by_label("分公司意见")).to_have_value("认可检查结果 <script>alert(1)</script>")

    # The text was signed before opinion and agreement were written: whoever signed is asked to sign again.
    expect(lin.page.locator(".banner.warning")).to_contain_text(
        "以下人员签字后，记录内容有改动：梅芳、胡堃。请其重新签字。"
    )
    row = lin.page.locator(".person").first
    expect(row).to_contain_text("签字后有改动")
    row.get_by_role("button", name="重新签字").tap()
    lin.sign_on_the_glass(50)
    expect(row).not_to_contain_text("签字后有改动", timeout=WAIT)
    lin.all_received()
    expect(lin.page.locator(".banner.warning")).to_contain_text("以下人员签字后，记录内容有改动：胡堃。")

    with site.db.write() as session:
        for one in session.exec(select(Visit).where(Visit.assignment_id == visit.assignment_id)).all():
            one.state, one.accepted_at = "accepted", clock.now()
    lin.write(main, "达成的约定", "两周内整改")  # before this tablet learned that the visits are accepted
    expect(lin.page.locator('.link-mark[data-parked="1"]')).to_be_visible(timeout=WAIT)
    expect(lin.page.get_by_text("该任务的走访均已验收：沟通记录只能查看，不能再修改。")).to_be_visible(timeout=WAIT)
    expect(lin.page.get_by_label("达成的约定")).to_be_disabled()
    lin.page.locator(".link-mark").tap()
    expect(lin.page.get_by_role("dialog")).to_contain_text("该任务的走访均已验收，沟通记录不能再修改。")
    with site.db.read() as session:
        found = resolved_subject(session, visit.assignment_id, None, "communication")
    assert found
    assert found.entry.body["agreed"] == "一周内整改"
    assert not lin.errors
    assert not zhao.errors


RECEIPT_AS_THE_SHEET_OPENS = """async () => {
  const { announce } = await import("/tablet/lib.js");
  const { state } = await import("/tablet/state.js");
  new MutationObserver(() => {
    if (!document.querySelector(".sign-pad")) return;
    for (const book of state.books.values()) announce(book.topic("communication"));
  }).observe(document.body, { childList: true, subtree: true });
}"""


def test_a_signature_is_kept_when_a_receipt_arrives_just_as_the_sheet_opens(
    site: Site, tablet: Callable[..., Tablet]
) -> None:
    """Drawing the screen again before the sheet was shown gave a field of no size, and no signature."""
    visit = site.plan()
    lin = tablet("lin")
    lin.open(visit.id, "close")
    lin.page.get_by_role("link", name="记录现场沟通").tap()
    row = add_person(lin, "梅芳", "服务主管")
    lin.page.evaluate(RECEIPT_AS_THE_SHEET_OPENS)
    row.get_by_role("button", name="签字").tap()
    lin.sign_on_the_glass()
    expect(row.locator(".small-sign img")).to_be_visible(timeout=WAIT)
    assert not lin.errors


def test_a_submitted_visit_is_recalled_changed_and_submitted_again(site: Site, tablet: Callable[..., Tablet]) -> None:
    visit = site.plan()
    lin = tablet("lin")
    lin.open(visit.id)
    fill(lin)
    lin.all_received()
    lin.submit()
    assert (site.visit(visit.id).score or {})["total"] == "100.00"

    lin.page.get_by_role("button", name="撤回").tap()
    dialog = lin.page.get_by_role("dialog")
    expect(dialog).to_contain_text("撤回本次走访？")
    dialog.get_by_role("button", name="撤回", exact=True).tap()
    expect(lin.page.get_by_role("button", name="提交走访")).to_be_visible(timeout=WAIT)
    assert site.visit(visit.id).state == "open"
    lin.go("B")
    lin.rate("B03", "fail")
    lin.rate("B01", "partial")
    lin.all_received()
    lin.submit()
    stored = site.visit(visit.id)
    assert stored.state == "submitted"
    # A 6/6; B 1 of 2 (B03 has no points, B02 is not asked): 100 × (50×1 + 50×½) / 100 = 75.00
    assert (stored.score or {})["total"] == "75.00"

    visits.open_for_review(site.db, site.city.wang, visit.id)
    lin.open(visit.id, "close")
    expect(lin.page.get_by_text("已提交，等待市场部查看。")).to_be_visible()
    expect(lin.page.get_by_role("button", name="撤回")).to_have_count(0, timeout=WAIT)


def test_a_visit_sent_back_shows_marketings_comment_and_is_handed_in_again(
    site: Site, tablet: Callable[..., Tablet]
) -> None:
    visit = site.plan()
    lin = tablet("lin")
    lin.open(visit.id)
    fill(lin)
    lin.all_received()
    lin.submit()
    detail = visits.open_for_review(site.db, site.city.wang, visit.id)
    comment = "A03 的照片看不清，请补拍。<b>急</b>"
    visits.send_back_visit(site.db, site.city.wang, visit.id, detail.row.visit.version, comment)

    lin.open()
    expect(lin.page.locator(".returned", has_text=comment)).to_be_visible(timeout=WAIT)
    lin.open(visit.id)
    expect(lin.page.locator(".banner.warning")).to_contain_text(f"已退回：{comment}")
    lin.photograph("A03", photo_file("again.jpg", 41))
    lin.write_note("A03", "已补拍")
    lin.all_received()
    lin.submit()
    assert site.visit(visit.id).state == "submitted"
    assert site.content(visit.id)["item:A03"].entry.body["note"] == "已补拍"
    assert len(site.photos(visit.id)) == 2
    lin.go("A")
    expect(lin.page.locator(".banner.warning")).to_have_count(0)
