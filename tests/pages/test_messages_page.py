"""The inbox, the number on every page, channels on the profile, and the leader's decision, as pages."""

import datetime as dt

import pytest
from streamlit.testing.v1 import AppTest

from audit.services import clock
from audit.services.loop import escalating
from audit.services.messages import channels, inbox
from audit.services.messages.relay import relay_all
from tests.factories import City
from tests.looping import Loop, enter_the_loop
from tests.pages.conftest import Visit, texts

LATER = dt.datetime(2026, 11, 30, 11, tzinfo=dt.UTC)


@pytest.fixture
def loop(page_city: City) -> Loop:
    loop = enter_the_loop(page_city)
    loop.draft(severity="critical", clause_zh="灯箱完好", clause_en="Light boxes are whole")
    loop.issue()
    relay_all(page_city.db)
    return loop


def press(at: AppTest, label: str) -> AppTest:
    next(button for button in at.button if button.label == label).click()
    return at.run()


@pytest.mark.parametrize(
    ("locale", "title", "none"),
    [("zh_CN", "整改通知书", "还没有消息"), ("en", "Rectification notice", "No messages yet")],
)
def test_the_inbox_shows_what_is_ones_own(loop: Loop, visit_page: Visit, locale: str, title: str, none: str) -> None:
    assert title in texts(visit_page("mei", "messages.py", locale=locale))
    other = visit_page("chen", "messages.py", locale=locale)
    assert title not in texts(other)
    assert none in texts(other)


def test_the_number_of_unread_messages_stands_on_every_page(loop: Loop, visit_page: Visit) -> None:
    for page in ("home.py", "profile.py", "organisations.py"):
        assert "消息 1" in texts(visit_page("mei", page))
    assert "消息 1" not in texts(visit_page("chen", "home.py"))
    press(visit_page("mei", "messages.py"), "全部标为已读")
    assert inbox.unread(loop.db, loop.city.mei) == 0


def test_a_foreign_message_is_not_found(loop: Loop, visit_page: Visit) -> None:
    number = inbox.find(loop.db, loop.city.mei).rows[0].id
    at = visit_page("chen", "messages.py", id=number)
    assert at.error
    assert "整改通知书" not in texts(at)


def test_a_person_chooses_the_hour_and_sees_own_channels_without_their_secrets(loop: Loop, visit_page: Visit) -> None:
    from audit.config import settings

    channels.add(loop.db, loop.city.mei, settings(), "wecom", {"key": "693a91f6-secret-4bc4"})
    at = visit_page("mei", "profile.py")
    shown = texts(at)
    assert "…4bc4" in shown
    assert "693a91f6" not in shown
    next(box for box in at.selectbox if box.label == "每日汇总时间").select(15)
    at.run()
    assert inbox.digest_hour(loop.db, loop.city.mei) == 15
    press(at, "移除")
    assert channels.channels_of(loop.db, loop.city.mei) == []


def test_the_branch_sees_its_organisation_s_channels_and_no_other(loop: Loop, visit_page: Visit) -> None:
    own, foreign = loop.city.organisations["jiangbei"], loop.city.organisations["fuling"]
    assert "外部通知通道" in texts(visit_page("mei", "organisations.py", id=own))
    assert "外部通知通道" not in texts(visit_page("mei", "organisations.py", id=foreign))
    assert "外部通知通道" in texts(visit_page("adam", "organisations.py", id=foreign))


def test_the_finding_says_who_was_told_and_counts_as_read(loop: Loop, visit_page: Visit) -> None:
    finding = loop.made[0]
    with clock.stopped(loop.at):
        from audit.services.loop import conversation

        conversation.say(loop.db, loop.city.wang, finding, "请尽快", [loop.city.mei.account_id])
    relay_all(loop.db)
    assert inbox.unread(loop.db, loop.city.mei) == 2
    shown = texts(visit_page("mei", "findings.py", id=finding))
    assert "通知记录" in shown
    assert "王镕 提到了您" in shown
    assert inbox.unread(loop.db, loop.city.mei) == 1


def test_a_leader_is_asked_on_the_home_page_and_decides_on_the_finding(loop: Loop, visit_page: Visit) -> None:
    escalating.escalate(loop.db, LATER)
    assert "项建议待决定" in texts(visit_page("luo", "home.py"))
    assert "灯箱完好" in texts(visit_page("wang", "escalations.py"))
    at = visit_page("luo", "findings.py", id=loop.made[0])
    assert "作决定" in [button.label for button in at.button]
    number = escalating.find(loop.db, loop.city.luo).rows[0].escalation.id or 0
    escalating.decide(loop.db, loop.city.luo, number, True, "请一把手督办")
    shown = texts(visit_page("mei", "findings.py", id=loop.made[0]))
    assert "领导已同意" in shown
    assert "请一把手督办" in shown


def test_nobody_else_sees_the_button(loop: Loop, visit_page: Visit) -> None:
    escalating.escalate(loop.db, LATER)
    at = visit_page("mei", "findings.py", id=loop.made[0])
    assert "作决定" not in [button.label for button in at.button]
