"""The whole loop by four people in four windows, in Chinese: objection, extension, the hall by link, return, closing.

Marketing, approver and branch sit at tablets; the hall manager has a phone and no account.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

import httpx2
import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect
from sqlmodel import col, select

from audit.db.models import Assignment, Event, Finding, FindingPhoto, Notice, Visit
from audit.domain.loop import ACTIONS
from audit.services import clock
from audit.services.loop import issuing
from tests.browser.site import PlannedVisit, Site, photo_file
from tests.browser.tablet import WAIT, context_options
from tests.field import new_uuid

NOTHING_LEFT = re.compile("这里没有待您处理的事项|当前筛选条件下已无待处理事项")  # whatever waits in other rounds
PHONE = {"width": 390, "height": 844, "is_mobile": True, "device_scale_factor": 2, "permissions": ["camera"]}


@pytest.fixture
def window(site: Site, chromium: Browser) -> Iterator[Callable[[str], Page]]:
    """A maker of windows: one person, one browser context, signed in."""
    contexts: list[BrowserContext] = []

    def open_window(name: str) -> Page:
        context = chromium.new_context(**context_options(**({} if name else PHONE)))
        contexts.append(context)
        address = f"http://127.0.0.1:{site.port}"
        if name:  # "" is somebody without an account
            context.add_cookies([{"name": "rounds", "value": site.session_of(name), "url": address}])
        return context.new_page()

    yield open_window
    for context in contexts:
        context.close()


@pytest.fixture
def drafts(site: Site) -> tuple[int, int]:
    """Two drafts of an accepted visit: one that the branch will contest, one with a photo that goes the long way."""
    receive_what_others_issued(site)
    planned = site.plan()
    before = photograph(site, planned)
    now = clock.now()
    with site.db.write() as session:
        visit = session.get_one(Visit, planned.id)
        visit.state, visit.submitted_at, visit.accepted_at = "accepted", now, now
        session.add(visit)
        round_id = session.get_one(Assignment, planned.assignment_id).round_id
        rows = [
            Finding(
                visit_id=planned.id, round_id=round_id, organisation_id=site.city.organisations["jiangbei"],
                outlet_id=site.city.outlets["JB01"], subject=f"item:{code}", item_code=code, kind="nonconformity",
                severity="minor", clause_zh=clause, observation="现场所见", requirement_zh="整改到位",
                criterion_zh="恢复完好", evidence_kind="photo", created_at=now,
            )
            for code, clause in (("A01", "门头店招完好洁净"), ("A03", "门前整洁通畅"))
        ]  # fmt: skip
        session.add_all(rows)
        session.flush()
        session.add(FindingPhoto(finding_id=rows[1].id or 0, photo_uuid=before, role="before"))
        return rows[0].id or 0, rows[1].id or 0


def photograph(site: Site, planned: PlannedVisit) -> str:
    """Lin's photo of the visit, by the route that the tablet uses."""
    uuid, address = new_uuid(), f"http://127.0.0.1:{site.port}"
    place = {"assignment_id": planned.assignment_id, "visit_id": planned.id, "subject": "item:A03"}
    headers = {"Cookie": f"rounds={site.session_of('lin')}", "Origin": address}
    data = photo_file("before.jpg", 79)["buffer"]
    answer = httpx2.put(f"{address}/api/v1/photos/{uuid}", params=place, content=data, headers=headers, timeout=60)
    assert answer.status_code == 201, answer.text
    return uuid


def receive_what_others_issued(site: Site) -> None:
    """Tests share the city: their notices are acknowledged, so that Mei's home asks for the one of this loop alone."""
    with site.db.read() as session:
        mine = select(Notice).where(Notice.organisation_id == site.city.organisations["jiangbei"])
        waiting = [one.id or 0 for one in session.exec(mine).all() if one.acknowledged_at is None]
    for number in waiting:
        issuing.acknowledge(site.db, site.city.mei, number)


class Desk:
    """One person's window on one finding, in the words of the page."""

    def __init__(self, site: Site, page: Page) -> None:
        self.site, self.page = site, page

    def go(self, path: str) -> None:
        self.page.goto(f"http://127.0.0.1:{self.site.port}{path}")

    def open(self, finding_id: int, state: str) -> None:
        """The page of the finding, which stands in this state."""
        self.go(f"/findings?id={finding_id}")
        expect(self.page.get_by_text(state).first).to_be_visible(timeout=WAIT)

    def ask(self, button: str) -> Locator:
        """Open the dialog of an action."""
        self.page.get_by_role("button", name=button, exact=True).tap(timeout=WAIT)
        dialog = self.page.get_by_role("dialog")
        expect(dialog).to_be_visible(timeout=WAIT)
        return dialog

    def confirm(self, dialog: Locator, button: str) -> None:
        """Do it, pressing twice as impatient people do, and see the dialog gone."""
        dialog.get_by_role("button", name=button, exact=True).dblclick(timeout=WAIT)
        expect(self.page.get_by_role("dialog")).to_have_count(0, timeout=WAIT)

    def attach(self, button: str, file: dict[str, Any]) -> None:
        """Choose a file by one of the buttons for evidence."""
        with self.page.expect_file_chooser(timeout=WAIT) as chooser:
            self.page.get_by_role("button", name=f"＋ {button}").tap(timeout=WAIT)
        chooser.value.set_files(file)  # type: ignore[arg-type]

    def type(self, where: Locator | Page, label: str, text: str) -> None:
        """Type into a field and leave it."""
        field = where.get_by_label(label).first
        field.fill(text, timeout=WAIT)
        field.blur()

    def decide(self, action: str, comment: str = "") -> None:
        """Decide what the queue shows, the only thing of its kind in this round: after it nothing waits there."""
        expect(self.page.get_by_text("第 1 项，共 1 项")).to_be_visible(timeout=WAIT)
        self.page.get_by_role("button", name=re.compile(f"^{action}")).tap(timeout=WAIT)
        if comment:
            self.type(self.page, "补充说明", comment)
        self.page.get_by_role("button", name="确认").dblclick(timeout=WAIT)
        expect(self.page.get_by_text(NOTHING_LEFT)).to_be_visible(timeout=WAIT)


def finding(site: Site, number: int) -> Finding:
    with site.db.read() as session:
        return session.get_one(Finding, number)


def steps(site: Site, number: int) -> list[str]:
    """What was done with a finding, in order: each once, however often somebody pressed."""
    with site.db.read() as session:
        mine = (Event.subject_kind == "finding", Event.subject_id == str(number))
        verbs = session.exec(select(Event.verb).where(*mine).order_by(col(Event.seq))).all()
    done = [verb.removeprefix("finding.") for verb in verbs]
    return [verb for verb in done if verb in ACTIONS or verb == "handed_over"]


def answer_by_link(phone: Page, address: str) -> None:
    """The hall manager at the phone, with nothing but the link: the photo after over the pale one before, and words."""
    phone.goto(address)
    phone.get_by_role("button", name="对照拍摄整改后照片").tap(timeout=WAIT)
    camera = phone.locator("dialog.ghost")
    expect(camera.locator("video")).to_be_visible(timeout=WAIT)
    pale = camera.locator("img.pale")
    assert pale.evaluate("image => [image.naturalWidth > 0, Number(image.style.opacity)]") == [True, 0.45]
    camera.get_by_role("button", name="拍照", exact=True).tap(timeout=WAIT)
    camera.get_by_role("button", name="使用这张").tap(timeout=WAIT)
    phone.get_by_label("整改措施").fill("门前纸箱已清走")
    phone.get_by_label("责任人").fill("胡堃")
    phone.get_by_label("完成日期").fill(clock.today().isoformat())
    expect(phone.locator(".proof[data-role=after]")).to_be_visible(timeout=WAIT)
    expect(phone.locator("#lacking")).to_contain_text("内容已齐全", timeout=WAIT)
    assert phone.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    phone.get_by_role("button", name="填好了，交给分公司").tap(timeout=WAIT)
    expect(phone.get_by_role("heading", name="已完成，已通知分公司")).to_be_visible(timeout=WAIT)


def test_four_people_go_round_the_loop(
    site: Site, drafts: tuple[int, int], window: Callable[[str], Page], worker: Callable[[], None]
) -> None:
    contested, long_way = drafts
    wang, fang, mei = (Desk(site, window(name)) for name in ("wang", "fang", "mei"))

    round_id = finding(site, contested).round_id
    fang.go(f"/drafts?round={round_id}")
    fang.confirm(fang.ask("向该分公司签发…"), "签发")
    worker()
    expect(fang.page.get_by_text("已签发 1 份整改通知书，共 2 条检查发现，文件 2 份。")).to_be_visible(timeout=WAIT)
    assert [finding(site, one).state for one in drafts] == ["issued", "issued"]

    mei.go("/")
    mei.page.get_by_role("button", name="签收", exact=True).first.dblclick(timeout=WAIT)
    expect(mei.page.get_by_role("button", name="签收", exact=True)).to_have_count(0, timeout=WAIT)

    mei.open(contested, "整改中")
    dialog = mei.ask("提出异议")
    mei.type(dialog, "原因 *", "当日施工，已报备")
    mei.attach("添加佐证材料", photo_file("proof.jpg", 81))
    expect(dialog.get_by_text("✓ proof.jpg")).to_be_visible(timeout=WAIT)
    mei.confirm(dialog, "提出异议")
    wang.open(contested, "异议处理中")
    wang.page.get_by_role("button", name="去复核").tap(timeout=WAIT)
    wang.decide("维持判定", "报备未获批准")
    assert finding(site, contested).state == "rectifying"

    mei.open(long_way, "整改中")
    before = finding(site, long_way).due_at
    dialog = mei.ask("申请延期")
    mei.type(dialog, "原因 *", "配件在途")
    mei.confirm(dialog, "提交申请")
    wang.go(f"/rectifications?view=extension&round={round_id}&id={long_way}")
    wang.decide("同意延期")
    after = finding(site, long_way).due_at
    assert before
    assert after
    assert after > before

    mei.open(long_way, "整改中")
    dialog = mei.ask("转派营业厅")
    dialog.get_by_text("手机填写链接").tap(timeout=WAIT)
    mei.type(dialog, "给营业厅的说明", "请拍整改后照片")
    dialog.get_by_role("button", name="转派", exact=True).dblclick(timeout=WAIT)
    address = dialog.get_by_role("textbox", name="链接").input_value(timeout=WAIT)
    answer_by_link(window(""), address)
    mei.open(long_way, "整改中")
    expect(mei.page.get_by_label("整改措施 *")).to_have_value("门前纸箱已清走", timeout=WAIT)
    mei.confirm(mei.ask("提交整改"), "提交整改")

    wang.go(f"/rectifications?round={round_id}")
    wang.page.get_by_role("button", name="从第一项开始复核").tap(timeout=WAIT)
    wang.decide("退回分公司", "请补拍全景")
    assert (finding(site, long_way).state, finding(site, long_way).cycle) == ("rectifying", 2)

    mei.open(long_way, "请补拍全景")
    mei.attach("整改后照片", photo_file("whole.jpg", 82))
    expect(mei.page.get_by_text("可以提交").first).to_be_visible(timeout=WAIT)
    mei.confirm(mei.ask("提交整改"), "提交整改")
    wang.go(f"/rectifications?round={round_id}&id={long_way}")
    wang.decide("通过并销号")
    mei.open(long_way, "已销号")
    for said in ("请补拍全景", "配件在途"):
        expect(mei.page.get_by_text(said).first).to_be_visible(timeout=WAIT)
    assert (finding(site, long_way).state, finding(site, contested).state) == ("closed", "rectifying")
    assert [steps(site, one) for one in drafts] == [
        ["issue", "acknowledge", "object", "uphold"],
        ["issue", "acknowledge", "handed_over", "submit", "return", "submit", "accept"],
    ]
