"""Questions on campaigns, items that a late answer makes visible, and findings that are open at the hall."""

import datetime as dt
from collections.abc import Callable

from playwright.sync_api import expect
from sqlmodel import col, update

from audit.db.models import Finding
from audit.services import clock
from tests.browser.link import Link
from tests.browser.site import Site, photo_file
from tests.browser.tablet import WAIT, Tablet


def fill(tablet: Tablet, **ratings: str) -> None:
    """The short checklist, signature refused; all pass unless said otherwise."""
    for tab, codes in (("A", ("A01", "A02", "A03")), ("B", ("B01", "B03"))):
        tablet.go(tab)
        for code in codes:
            tablet.rate(code, ratings.get(code, "pass"))
            if code == "A01" or ratings.get(code) == "fail":
                tablet.photograph(code, photo_file(f"{code}.jpg", len(ratings) + 70))
            if ratings.get(code) == "later":
                tablet.item(code).get_by_role("button", name="明天").tap()
    tablet.sign_refused()


def test_what_a_late_answer_makes_visible_can_be_answered(site: Site, tablet: Callable[..., Tablet]) -> None:
    visit = site.plan()
    lin = tablet("lin")
    lin.open(visit.id)
    fill(lin, B01="later")
    lin.submit()
    lin.go("B")
    expect(lin.item("B02")).to_have_count(0)
    lin.item("B01").locator("[data-rating=fail]").tap()
    lin.page.get_by_role("dialog").get_by_role("button", name="不合格", exact=True).tap()
    expect(lin.page.locator(".banner")).to_contain_text("还需补充判定：B02", timeout=WAIT)
    lin.all_received()
    assert (site.visit(visit.id).score or {})["provisional"] == ["later"]
    lin.item("B02").locator("[data-rating=pass]").tap()
    lin.page.get_by_role("dialog").get_by_role("button", name="合格", exact=True).tap()
    lin.all_received()
    assert (site.visit(visit.id).score or {})["provisional"] == []
    assert site.ratings(visit.id)["B02"] == "pass"
    assert lin.page.locator(".link-mark").get_attribute("data-parked") == "0"


def test_a_campaign_without_an_answer_is_missing_until_the_hall_is_said_to_take_no_part(
    site: Site, tablet: Callable[..., Tablet]
) -> None:
    visit = site.plan()
    lin = tablet("lin")
    lin.open(visit.id)
    fill(lin)
    lin.page.locator(".missing-count").tap()
    row = lin.page.get_by_role("dialog").get_by_role("button", name="店员能说清三个档位吗？")
    expect(row).to_contain_text("未作答")
    expect(lin.page.get_by_role("button", name="提交走访")).to_be_disabled()
    row.tap()
    expect(lin.page.locator("section[id^=campaign-]").first).to_be_focused()  # it was scrolled to
    briefing = lin.page.locator(".briefing", has_text="三个档位")
    briefing.locator("summary").first.tap()
    expect(briefing.get_by_text("129、169、239 元")).to_be_visible()
    for card in lin.page.locator("section[id^=campaign-]").all():
        card.get_by_role("button", name="本厅不参与").tap()
        expect(lin.page.locator(".missing-count")).not_to_have_text("已填写完整")
        card.get_by_role("button", name="物料未到厅").tap()
    expect(lin.page.locator(".missing-count")).to_have_text("已填写完整")
    lin.submit()
    bodies = [one.entry.body for name, one in site.content(visit.id).items() if name.startswith("campaign:")]
    assert bodies
    assert all(body == {"rating": "na", "note": "物料未到厅"} for body in bodies)


def test_open_findings_of_the_hall_stand_at_the_top_with_their_photos_also_without_a_link(
    site: Site, link: Link, tablet: Callable[..., Tablet]
) -> None:
    before = site.plan(outlet="JB02")
    lin = tablet("lin")
    lin.open(before.id)
    fill(lin, A03="fail")
    lin.all_received()
    lin.submit()
    due = clock.now() - dt.timedelta(days=15)
    with site.db.write() as session:
        session.exec(
            update(Finding)
            .where(col(Finding.visit_id) == before.id)
            .values(state="rectifying", due_at=due, number="R-7")
        )

    visit = site.plan(site.hall, outlet="JB02")  # another checklist, whose A03 is another item
    zhao = tablet("zhao")  # has none of the photos yet
    with zhao.page.expect_response(lambda answer: answer.url.endswith("/thumbnail") and answer.ok, timeout=WAIT):
        zhao.open(visit.id)
    zhao.works_offline()
    zhao.all_received()
    link.down = True
    zhao.open(visit.id)
    findings = zhao.page.locator("details.open-findings")
    expect(findings).to_contain_text("本厅未销号问题")
    expect(findings).to_contain_text("1 项逾期")
    findings.locator("summary").tap()
    row = findings.locator(".open-finding", has_text="整改中")
    for words in ("R-7 · A03", "门前整洁通畅", "整改中", "发现", "逾期"):
        expect(row).to_contain_text(words)
    expect(row.locator("img")).to_be_visible(timeout=WAIT)
    assert row.locator("img").evaluate("picture => picture.naturalWidth") > 0
    expect(zhao.item("A03").locator(".open-finding")).to_have_count(0)


def test_days_are_told_as_people_say_them(site: Site, tablet: Callable[..., Tablet]) -> None:
    site.plan()
    lin = tablet("lin")
    lin.open()
    expect(lin.page.locator("a.visit.planned .soon").first).to_have_text("今天")
    told = lin.page.evaluate(
        """async () => {
            const { dueIn, relativeDay } = await import("/tablet/when.js");
            const worked = ["2026-11-19", "2026-11-20", "2026-11-23", "2026-11-24", "2026-11-25", "2026-11-26"];
            const due = (instant) => dueIn(instant, Date.parse("2026-11-20T09:00:00+08:00"), worked);
            return {
                days: ["2026-11-19", "2026-11-20", "2026-11-21", "2026-11-23", "2026-11-17"]
                    .map((day) => relativeDay(day, "2026-11-20")),
                due: ["2026-11-24T18:00:00+08:00", "2026-11-20T18:00:00+08:00", "2026-11-19T18:00:00+08:00",
                      "2027-03-01T18:00:00+08:00"].map((one) => due(one).text),
            };
        }"""
    )
    assert told["days"] == ["昨天", "今天", "明天", "3 天后", "3 天前"]
    assert told["due"] == ["剩 2 个工作日", "今天到期", "逾期 1 个工作日", ""], "Saturday and Sunday are not worked"
