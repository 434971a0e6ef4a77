"""Messages in a real browser: the number on every page goes up by itself, the inbox leads on, a leader decides."""

import datetime as dt
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from sqlmodel import select

from audit.db.models import Finding, Visit
from audit.services import clock
from audit.services.loop import escalating
from audit.services.messages.relay import relay_all
from tests.browser.site import Site
from tests.browser.tablet import WAIT


@pytest.fixture
def overdue(site: Site) -> int:
    """A finding that Mei's branch should have put right a fortnight ago."""
    planned, now = site.plan(), clock.now()
    then = now - dt.timedelta(days=30)
    with site.db.write() as session:
        visit = session.get_one(Visit, planned.id)
        visit.state, visit.submitted_at, visit.accepted_at = "accepted", then, then
        session.add(visit)
        row = Finding(
            visit_id=planned.id, outlet_id=visit.outlet_id, subject="item:A01", item_code="A01", severity="critical",
            round_id=_round_of(site, planned.assignment_id), organisation_id=site.city.organisations["jiangbei"],
            kind="nonconformity", state="rectifying", clause_zh="门楣灯箱完好", clause_en="Fascia sign whole",
            created_at=then, issued_at=then, state_since=then, due_at=now - dt.timedelta(days=14),
        )  # fmt: skip
        session.add(row)
        session.flush()
        number = row.id or 0
    relay_all(site.db)
    return number


def _round_of(site: Site, assignment_id: int) -> int:
    from audit.db.models import Assignment

    with site.db.read() as session:
        return session.exec(select(Assignment.round_id).where(Assignment.id == assignment_id)).one()


def no_sideways_scroll(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


def test_a_leader_decides_and_the_branch_hears_of_it_without_a_reload(
    site: Site, overdue: int, desk: Callable[..., Page]
) -> None:
    branch = desk("mei", "/profile", 768, 1024)
    bell = branch.locator("[class*=st-key-bell] a")
    expect(bell).to_be_visible(timeout=WAIT)
    before = bell.inner_text()
    assert bell.bounding_box()["height"] >= 48  # type: ignore[index]
    escalating.escalate(site.db)
    relay_all(site.db)

    leader = desk("luo", "/escalations")
    leader.get_by_role("button").filter(has_text="门楣灯箱完好").first.tap()
    dialog = leader.get_by_role("dialog")
    dialog.get_by_role("button", name="不同意").tap()
    expect(dialog.get_by_text("意见")).to_have_count(2, timeout=WAIT)  # the label, and the refusal
    dialog.get_by_label("意见").fill("请一把手督办")
    dialog.get_by_label("意见").blur()
    dialog.get_by_role("button", name="同意", exact=True).tap()
    expect(leader.get_by_text("已决定，分公司和市场部将收到通知。")).to_be_visible(timeout=WAIT)
    relay_all(site.db)

    expect(bell).not_to_have_text(before, timeout=60_000)  # by itself
    bell.tap()
    row = branch.get_by_role("button").filter(has_text="领导决定").first
    expect(row).to_be_visible(timeout=WAIT)
    assert no_sideways_scroll(branch)
    row.tap()
    expect(branch.get_by_text("请一把手督办").first).to_be_visible(timeout=WAIT)
    branch.get_by_text("通知记录").tap()
    expect(branch.get_by_role("table", name="通知记录")).to_contain_text("领导决定")
    branch.get_by_role("button", name="← 消息").tap()
    expect(branch.get_by_role("heading", name="消息", exact=True)).to_be_visible(timeout=WAIT)


def test_a_channel_is_added_and_removed_and_its_secret_stays_away(site: Site, desk: Callable[..., Page]) -> None:
    page = desk("mei", "/profile", 768, 1024)
    page.get_by_role("button", name="添加通道").tap()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("机器人的 Webhook 地址").fill("https://evil.example/send?key=abcdefgh")
    dialog.get_by_role("button", name="添加", exact=True).tap()
    expect(dialog.get_by_role("alert")).to_be_visible(timeout=WAIT)
    dialog.get_by_label("机器人的 Webhook 地址").fill(
        "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=abcdefgh-9f2c"
    )
    dialog.get_by_role("button", name="添加", exact=True).tap()
    expect(page.get_by_text("…9f2c")).to_be_visible(timeout=WAIT)
    assert "abcdefgh" not in page.content()
    page.get_by_role("button", name="移除").tap()
    expect(page.get_by_text("…9f2c")).to_have_count(0, timeout=WAIT)
