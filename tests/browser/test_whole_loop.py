"""The whole loop by four people in four windows, in Chinese: objection, delegation by link, extension, return."""

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect
from sqlmodel import select

from audit.db.models import Assignment, Evidence, Finding, Notice, Visit
from audit.services import clock
from audit.services.loop import delegating, issuing, linked
from tests.browser.site import Site, photo_file
from tests.browser.tablet import WAIT, context_options
from tests.field import new_uuid

HERE = "10.0.0.1"


@pytest.fixture
def window(site: Site, chromium: Browser) -> Iterator[Callable[[str], Page]]:
    """A maker of windows: one person, one browser context, signed in."""
    contexts: list[BrowserContext] = []

    def open_window(name: str) -> Page:
        context = chromium.new_context(**context_options())
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
    """Two drafts of an accepted visit: one that the branch will contest, one that goes the long way."""
    receive_what_others_issued(site)
    planned = site.plan()
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
        return rows[0].id or 0, rows[1].id or 0


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
        """Do it, and see the dialog gone."""
        dialog.get_by_role("button", name=button, exact=True).tap(timeout=WAIT)
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


def finding(site: Site, number: int) -> Finding:
    with site.db.read() as session:
        return session.get_one(Finding, number)


def write_by_link(site: Site, phone: Page, finding_id: int) -> None:
    """The hall manager at the phone, with nothing but the link: words and a photo of the state after."""
    with site.db.read() as session:
        mine = select(Evidence).where(Evidence.finding_id == finding_id, Evidence.subject == "rectification")
        assert session.exec(mine).all() == []
    link = delegating.make_link(site.db, site.city.mei, finding_id, dt.timedelta(hours=8), "请拍整改后照片")
    assert linked.look(site.db, link.token, HERE).finding.id == finding_id
    written = {"correction": "门前纸箱已清走", "responsible": "胡堃", "completed_on": clock.today()}
    linked.keep(site.db, link.token, HERE, written, {})
    sent = phone.request.put(
        f"http://127.0.0.1:{site.port}/link/evidence/{new_uuid()}?role=after&filename=after.jpg",
        data=photo_file("after.jpg", 80)["buffer"],
        headers={"X-Rounds-Link": link.token, "Origin": f"http://127.0.0.1:{site.port}"},
    )
    assert sent.ok, sent.text()
    linked.hand_over(site.db, link.token, HERE)


def test_four_people_go_round_the_loop(site: Site, drafts: tuple[int, int], window: Callable[[str], Page]) -> None:
    contested, long_way = drafts
    wang, fang, mei = (Desk(site, window(name)) for name in ("wang", "fang", "mei"))

    round_id = finding(site, contested).round_id
    fang.go(f"/drafts?round={round_id}")
    fang.confirm(fang.ask("向该分公司签发…"), "签发")
    # What the job does for each branch: the server of these tests has no worker.
    issuing.issue(site.db, site.city.fang, round_id, site.city.organisations["jiangbei"])
    assert [finding(site, one).state for one in drafts] == ["issued", "issued"]

    mei.go("/")
    mei.page.get_by_role("button", name="签收", exact=True).first.tap(timeout=WAIT)
    expect(mei.page.get_by_role("button", name="签收", exact=True)).to_have_count(0, timeout=WAIT)

    mei.open(contested, "整改中")
    dialog = mei.ask("提出异议")
    mei.type(dialog, "原因 *", "当日施工，已报备")
    mei.attach("添加佐证材料", photo_file("proof.jpg", 81))
    expect(dialog.get_by_text("✓ proof.jpg")).to_be_visible(timeout=WAIT)
    mei.confirm(dialog, "提出异议")
    wang.open(contested, "异议处理中")
    dialog = wang.ask("维持判定")
    wang.type(dialog, "意见 *", "报备未获批准")
    wang.confirm(dialog, "维持判定")
    assert finding(site, contested).state == "rectifying"

    mei.open(long_way, "整改中")
    before = finding(site, long_way).due_at
    dialog = mei.ask("申请延期")
    mei.type(dialog, "原因 *", "配件在途")
    mei.confirm(dialog, "提交申请")
    wang.open(long_way, "整改中")
    wang.page.get_by_role("button", name="同意延期", exact=True).tap(timeout=WAIT)
    expect(wang.page.get_by_role("button", name="同意延期", exact=True)).to_have_count(0, timeout=WAIT)
    after = finding(site, long_way).due_at
    assert before
    assert after
    assert after > before

    write_by_link(site, window(""), long_way)
    mei.open(long_way, "整改中")
    expect(mei.page.get_by_label("整改措施 *")).to_have_value("门前纸箱已清走", timeout=WAIT)
    mei.confirm(mei.ask("提交整改"), "提交整改")

    wang.open(long_way, "待复核")
    dialog = wang.ask("退回分公司")
    wang.type(dialog, "意见 *", "请补拍全景")
    wang.confirm(dialog, "退回分公司")
    assert (finding(site, long_way).state, finding(site, long_way).cycle) == ("rectifying", 2)

    mei.open(long_way, "请补拍全景")
    mei.attach("整改后照片", photo_file("whole.jpg", 82))
    expect(mei.page.get_by_text("可以提交").first).to_be_visible(timeout=WAIT)
    mei.confirm(mei.ask("提交整改"), "提交整改")
    wang.open(long_way, "待复核")
    wang.confirm(wang.ask("通过并销号"), "通过并销号")
    mei.open(long_way, "已销号")
    for said in ("请补拍全景", "配件在途"):
        expect(mei.page.get_by_text(said).first).to_be_visible(timeout=WAIT)
    assert (finding(site, long_way).state, finding(site, contested).state) == ("closed", "rectifying")
