"""A re-inspection on the tablet form; closed findings at the next visit; a leaver's unsent work on a shared tablet."""

import datetime as dt
from collections.abc import Callable

from playwright.sync_api import expect
from sqlmodel import select

from audit.db.models import Account, Finding, Reinspection, Visit
from audit.services import clock, leaving
from audit.services.loop.moving import apply
from tests.browser.link import Link
from tests.browser.site import Site, photo_file
from tests.browser.tablet import WAIT, Tablet


def submitted(site: Site, *items: str, **values: object) -> list[int]:
    """Findings of an accepted visit of JB01 that wait for review, as rows."""
    planned = site.plan()
    now = clock.now()
    with site.db.write() as session:
        visit = session.get_one(Visit, planned.id)
        visit.state, visit.submitted_at, visit.accepted_at = "accepted", now, now
        session.add(visit)
        rows = [
            Finding(
                visit_id=planned.id, round_id=1, organisation_id=site.city.organisations["jiangbei"],
                outlet_id=site.city.outlets["JB01"], subject=f"item:{code}", item_code=code, kind="nonconformity",
                **{"severity": "minor", "state": "submitted", "clause_zh": f"条款{code}", "observation": "灯箱不亮",
                   "requirement_zh": "更换灯箱", "criterion_zh": "灯箱全亮", "evidence_kind": "photo", "issued_at": now,
                   "due_at": now + dt.timedelta(9), "created_at": now, "state_since": now, **values},
            )
            for code in items
        ]  # fmt: skip
        session.add_all(rows)
        session.flush()
        return [row.id or 0 for row in rows]


def finding(site: Site, number: int) -> Finding:
    with site.db.read() as session:
        return session.get_one(Finding, number)


def test_a_look_on_the_spot_shows_only_what_is_in_question_and_decides_it(
    site: Site, link: Link, tablet: Callable[..., Tablet]
) -> None:
    good, bad = submitted(site, "A01", "A02")
    fields = {"team": [site.city.lin.account_id], "planned_on": clock.today()}
    for number in (good, bad):
        apply(site.db, site.city.wang, number, "request_reinspection", 1, **fields)
    with site.db.read() as session:
        visit_id = session.exec(select(Reinspection.visit_id).where(Reinspection.finding_id == good)).one() or 0
    lin = tablet("lin")
    lin.open()
    row = lin.page.locator("a.visit", has_text="现场复查").first
    expect(row).to_be_visible(timeout=WAIT)
    lin.open(visit_id)
    expect(lin.page.locator("article.item")).to_have_count(2)
    expect(lin.page.locator(".tabs .tab")).to_have_count(2)
    expect(lin.item("A01").locator("[data-rating]")).to_have_count(2)
    expect(lin.item("A01").locator(".open-finding")).to_contain_text("灯箱不亮")
    lin.works_offline()
    link.down = True
    lin.rate("A01", "pass")
    lin.photograph("A01", photo_file("a.jpg", 61))
    lin.rate("A02", "fail")
    lin.photograph("A02", photo_file("b.jpg", 62))
    expect(lin.item("A02").locator(".lacking")).to_contain_text("请写明所见情况")
    lin.write(lin.item("A02"), "现场情况", "仍不亮")
    link.down = False
    lin.page.evaluate("window.dispatchEvent(new Event('online'))")
    lin.sign_refused()
    lin.all_received()
    lin.page.get_by_role("button", name="提交走访").tap()
    asked = lin.page.get_by_role("dialog")
    expect(asked).to_contain_text("提交后不能撤回")
    asked.get_by_role("button", name="提交", exact=True).tap()
    expect(lin.page.locator(".banner", has_text="只能查看")).to_be_visible(timeout=WAIT)
    assert [(finding(site, one).state, finding(site, one).cycle) for one in (good, bad)] == [
        ("submitted", 1), ("rectifying", 2),
    ]  # fmt: skip
    assert (site.visit(visit_id).state, site.visit(visit_id).total) == ("accepted", None)


def test_a_closed_finding_stands_at_its_item_and_says_what_a_rating_makes_of_it(
    site: Site, tablet: Callable[..., Tablet]
) -> None:
    submitted(site, "A03", number="20260101-a03", state="closed", closed_at=clock.now() - dt.timedelta(days=40))
    visit = site.plan()
    lin = tablet("lin")
    lin.open(visit.id)
    expect(lin.page.locator("details.open-findings.closed")).to_contain_text("本厅近期已销号")
    known = lin.item("A03").locator(".open-finding.closed", has_text="20260101-a03")
    expect(known).to_contain_text("已销号")
    lin.rate("A03", "pass")
    expect(known.locator(".outcome")).to_have_text("复查验证：整改有效")


def test_what_a_leaver_left_unsent_on_a_shared_tablet_is_sent_by_the_successor_under_the_leavers_name(
    site: Site, link: Link, tablet: Callable[..., Tablet]
) -> None:
    visit = site.plan(team=("zhao", "lin"))
    shared = tablet("zhao")
    shared.open(visit.id)
    shared.rate("A02", "pass")
    shared.all_received()
    shared.works_offline()
    link.down = True
    shared.rate("A02", "fail")
    shared.photograph("A03", photo_file("zhao.jpg", 71))
    city = site.city
    with site.db.read() as session:
        version = session.get_one(Account, city.zhao.account_id).version
    targets = {"assignments": city.chen.account_id, "reinspections": city.chen.account_id}
    leaving.hand_over(site.db, city.adam, city.zhao.account_id, version, targets)
    try:
        link.down = False
        shared.page.evaluate("window.dispatchEvent(new Event('online'))")
        expect(shared.page.locator('.link-mark[data-status="signin"]')).to_be_visible(timeout=WAIT)
        shared.sign_in(site.session_of("chen"))
        shared.open(visit.id)
        expect(shared.item("A02").locator("[data-rating=pass]")).to_have_attribute("aria-pressed", "true", timeout=WAIT)
        shared.page.locator(".link-mark").tap()
        dialog = shared.page.get_by_role("dialog")
        expect(dialog).to_contain_text("赵明 已离岗", timeout=WAIT)
        dialog.get_by_role("button", name="代为发送").tap()
        expect(dialog.get_by_role("button", name="代为发送")).to_have_count(0, timeout=WAIT)
        shared.page.keyboard.press("Escape")
        shared.all_received()
        assert site.ratings(visit.id)["A02"] == "fail"
        authors = {row.account_id for row in site.revisions(visit.id)}
        assert authors == {city.zhao.account_id}
        assert [photo.account_id for photo in site.photos(visit.id)] == [city.zhao.account_id]
    finally:
        with site.db.write() as session:
            row = session.get_one(Account, city.zhao.account_id)
            row.active = True
            session.add(row)
