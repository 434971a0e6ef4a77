"""Marketing's page of re-inspections, and the administrator's way to let somebody leave."""

import datetime as dt

import pytest
from streamlit.testing.v1 import AppTest

from audit.db.models import Account, Outlet, Visit
from audit.services import accounts, clock
from audit.services.loop import delegating
from tests.factories import City
from tests.looping import FRIDAY, Loop, enter_the_loop
from tests.pages.conftest import Visit as Open
from tests.pages.conftest import texts
from tests.pages.test_findings_page import labels, press

TUESDAY = dt.date(2026, 11, 24)


@pytest.fixture
def loop(page_city: City, monkeypatch: pytest.MonkeyPatch) -> Loop:
    """The first visit accepted; pages and services are told the instant of the loop."""
    loop = enter_the_loop(page_city)
    monkeypatch.setattr(clock, "now", lambda: loop.at)
    return loop


def asked(loop: Loop) -> int:
    """A finding that Lin is to look at on Tuesday."""
    finding_id = loop.submitted(clause_zh="门头完好")
    team = [loop.city.lin.account_id]
    loop.do(loop.city.wang, finding_id, "request_reinspection", team=team, planned_on=TUESDAY)
    return finding_id


def looks(loop: Loop) -> list[Visit]:
    with loop.db.read() as session:
        return [one for one in session.query(Visit).all() if one.id and one.id > loop.field.second_visit_id]


def call_off(at: AppTest, number: int | None, reason: str) -> AppTest:
    """Through the dialog; the runner knows of it only while the button that opens it is pressed again."""
    at.button(key=f"off_{number}").click().run()
    at.text_area[0].input(reason)
    at.button(key=f"off_{number}").click()
    return at.button(key="ask_yes").click().run()


def confirm(at: AppTest, label: str) -> AppTest:
    """Likewise, through a confirmation."""
    next(one for one in at.button if one.label == label).click().run()
    next(one for one in at.button if one.label == label).click()
    return at.button(key="confirm_yes").click().run()


def account(loop: Loop, name: str) -> Account:
    return accounts.get_account(loop.db, loop.city.adam, loop.city.actors[name].account_id).account


def test_marketing_sees_what_is_overdue_and_calls_it_off_with_a_reason(loop: Loop, visit_page: Open) -> None:
    finding_id = asked(loop)
    loop.at = FRIDAY + dt.timedelta(days=6)
    assert "1 次现场复查逾期" in texts(visit_page("wang"))
    at = visit_page("wang", "reinspections.py")
    told = texts(at)
    for words in ("观音桥营业厅", "2026年11月24日", "林晓", "已逾期", "门头完好"):
        assert words in told
    number = looks(loop)[0].id
    at = call_off(at, number, "")
    assert [one.value for one in at.error] == ["请填写原因。"]
    assert loop.read(finding_id).state == "reinspection"
    call_off(visit_page("wang", "reinspections.py"), number, "资料已足")
    assert (loop.read(finding_id).state, looks(loop)[0].state) == ("submitted", "cancelled")


def test_the_supervisor_is_led_from_the_finding_to_the_tablet_form(loop: Loop, visit_page: Open) -> None:
    finding_id = asked(loop)
    at = visit_page("lin", "findings.py", id=finding_id)
    link = at.get("link_button")[0].proto
    assert (link.label, link.url) == ("用平板表单复查 ›", f"/tablet/#/visit/{looks(loop)[0].id}")
    assert "现场复查" in texts(visit_page("lin", "my_visits.py"))


@pytest.mark.parametrize("name", ["lin", "mei", "fang", "adam"])
def test_the_page_of_reinspections_is_marketings(loop: Loop, visit_page: Open, name: str) -> None:
    asked(loop)
    with pytest.raises(ValueError, match="reinspections"):
        visit_page(name, "reinspections.py")
    assert "次现场复查逾期" not in texts(visit_page(name))


def leave(visit_page: Open, loop: Loop, name: str, **query: object) -> AppTest:
    return visit_page("adam", "accounts.py", id=loop.city.actors[name].account_id, **query)


def test_whoever_has_open_work_is_not_deactivated_and_the_page_says_what_to_do(loop: Loop, visit_page: Open) -> None:
    at = leave(visit_page, loop, "lin")
    at = confirm(at, "停用…")
    assert [one.value for one in at.error] == ["林晓 名下还有 1 项未了事项，请先交接。"]
    assert account(loop, "lin").active


def test_everything_is_handed_over_with_a_preview_and_a_confirmation(loop: Loop, visit_page: Open) -> None:
    asked(loop)
    lin = loop.city.lin.account_id
    at = leave(visit_page, loop, "lin")
    assert "请选择接手人" in texts(at)
    assert next(one for one in at.button if one.label == "交接 …").disabled
    chen = loop.city.chen.account_id
    for kind in ("assignments", "reinspections"):
        at = at.selectbox(key=f"leaving_{lin}_{kind}").set_value(chen).run()
    assert texts(at).count("✓") >= 2
    confirm(at, "交接 …")
    assert not account(loop, "lin").active
    assert [one.account.name for one in accounts.find_accounts(loop.db, loop.city.adam, search="lin").rows] == []


def test_what_cannot_go_to_somebody_is_told_and_another_is_chosen(loop: Loop, visit_page: Open) -> None:
    finding_id = loop.rectifying()
    delegating.delegate(loop.db, loop.city.mei, finding_id, loop.city.hu.account_id)
    hu = loop.city.hu.account_id
    at = leave(visit_page, loop, "hu")
    at = at.selectbox(key=f"leaving_{hu}_delegations").set_value(0).run()
    assert "退回分公司" in texts(at)
    confirm(at, "交接 …")
    assert not account(loop, "hu").active


def test_a_deactivated_account_with_open_work_stands_over_the_list(loop: Loop, visit_page: Open) -> None:
    with loop.db.write() as session:
        row = session.get_one(Account, loop.city.lin.account_id)
        row.active = False
        session.add(row)
    assert "1 个停用账号仍有未了事项" in texts(visit_page("adam"))
    at = visit_page("adam", "accounts.py")
    assert "林晓（1）" in labels(at)
    at = press(at, "林晓（1）")
    assert "离岗交接" in texts(at)


def test_nothing_hangs_on_most(loop: Loop, visit_page: Open) -> None:
    assert "该账号名下没有未了事项" in texts(leave(visit_page, loop, "chen"))
    assert "Nothing open hangs on this account" in texts(leave(visit_page, loop, "chen", locale="en"))


def test_a_role_in_a_hall_that_closed_stays_until_it_is_taken_away(page_city: City, visit_page: Open) -> None:
    with page_city.db.write() as session:
        session.get_one(Outlet, page_city.outlets["JB01"]).closed_on = dt.date(2026, 11, 1)
    at = visit_page("adam", "accounts.py", id=page_city.hu.account_id)
    (places,) = at.multiselect
    assert places.value == [page_city.outlets["JB01"]]
    assert "观音桥营业厅（已关闭）" in places.options
