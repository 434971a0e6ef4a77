"""Reminders and summaries by the clock: one message a person and day, with everything, whatever dies in between."""

import datetime as dt

import pytest
from sqlmodel import col, select

from audit.db.models import Delivery, Finding, Message, MessageLine
from audit.errors import RoundsError
from audit.notify.texts import letter
from audit.services import clock
from audit.services.loop import delegating
from audit.services.messages import channels, inbox, outbox, summary
from audit.services.messages.relay import relay_all
from audit.services.messages.summary import summarise
from tests.factories import City
from tests.looping import FRIDAY, Loop, enter_the_loop
from tests.telling import forget, receiver, settings_for, told


def at(day: int, hour: int = 9, month: int = 11) -> dt.datetime:
    """So many o'clock in Shanghai."""
    return dt.datetime(2026, month, day, hour, tzinfo=dt.timezone(dt.timedelta(hours=8)))


@pytest.fixture
def loop(city: City) -> Loop:
    """Two findings that Mei has to rectify: critical, due on Wednesday the 25th, and minor, due on 11 December."""
    loop = enter_the_loop(city)
    loop.draft("A01", "critical", clause_zh="灯箱完好", clause_en="Light boxes are whole")
    loop.draft("A02", "minor", clause_zh="排队有序", clause_en="Queues are in order")
    notice = loop.issue()
    with clock.stopped(loop.at):
        from audit.services.loop import issuing

        issuing.acknowledge(loop.db, loop.city.mei, notice.notice_id or 0)
    forget(loop)
    return loop


def lines(loop: Loop) -> list[tuple[str, int, str]]:
    """(source, finding, reminder) of everything that summaries spoke of."""
    with loop.db.read() as session:
        query = select(Message.source, MessageLine.finding_id, MessageLine.code).join(
            MessageLine, col(MessageLine.message_id) == Message.id
        )
        rows = session.exec(query.where(Message.code == "day").order_by(col(Message.id), MessageLine.finding_id)).all()
        return [(source.removeprefix("day:"), number, code) for source, number, code in rows]


def test_each_step_is_told_once_on_its_day_and_then_daily(loop: Loop) -> None:
    first, _second = loop.made
    for day in (20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30):
        for hour in (7, 8, 12, 20):
            summarise(loop.db, at(day, hour))
    assert lines(loop) == [
        ("2026-11-23", first, "two_days"), ("2026-11-24", first, "one_day"), ("2026-11-25", first, "today"),
        ("2026-11-26", first, "overdue"), ("2026-11-27", first, "overdue"), ("2026-11-30", first, "overdue"),
    ]  # fmt: skip
    assert set(told(loop)) == {("mei", "day")}


def test_the_evening_of_the_due_day_belongs_to_the_escalation(loop: Loop) -> None:
    summarise(loop.db, at(25, 19))
    assert lines(loop) == []


def test_everything_comes_in_one_message_the_most_urgent_first(loop: Loop) -> None:
    first, second = loop.made
    with loop.db.write() as session:
        session.get_one(Finding, second).due_at = at(24, 18)
    assert summarise(loop.db, at(25)) == 1
    with loop.db.read() as session:
        message = session.exec(select(Message)).one()
    told_zh = letter("zh_CN", "day", message.params)
    assert told_zh.title == "今日汇总：2 项待整改"
    assert told_zh.body.split("\n") == [
        "已逾期", "· 排队有序（观音桥营业厅）", "今日 18:00 到期", "· 灯箱完好（观音桥营业厅）",
    ]  # fmt: skip
    item = inbox.find(loop.db, loop.city.mei).rows[0]
    assert [(line.finding_id, line.code) for line in item.lines] == [(second, "overdue"), (first, "today")]


def test_a_hall_manager_is_reminded_of_what_was_delegated_only(loop: Loop) -> None:
    first, second = loop.made
    with clock.stopped(loop.at):
        delegating.delegate(loop.db, loop.city.mei, second, loop.city.hu.account_id)
        forget(loop)
    with loop.db.write() as session:
        session.get_one(Finding, second).due_at = at(25, 18)
    with clock.stopped(at(25)):
        assert summarise(loop.db) == 2
    assert sorted(number for _, number, _ in lines(loop)) == [first, second, second]


def test_the_department_s_time_brings_no_reminder_to_the_branch(loop: Loop) -> None:
    first = loop.made[0]
    loop.do(loop.city.mei, first, "request_support", need="更换灯箱", interim_measure="警示牌")
    forget(loop)
    summarise(loop.db, at(25))
    assert lines(loop) == []


def test_everybody_chooses_the_hour(loop: Loop) -> None:
    with pytest.raises(RoundsError, match="invalid"):
        inbox.set_digest_hour(loop.db, loop.city.mei, 3)
    inbox.set_digest_hour(loop.db, loop.city.mei, 14)
    assert summarise(loop.db, at(25, 13)) == 0
    assert summarise(loop.db, at(25, 14)) == 1
    assert inbox.digest_hour(loop.db, loop.city.wang) == 8


def test_news_goes_outside_once_a_day_and_only_where_there_is_a_channel(loop: Loop) -> None:
    with receiver() as web:
        config = settings_for(web)
        channels.add(loop.db, loop.city.wang, config, "webhook", {"url": web.url()})
        finding = loop.made[0]
        loop.prove(loop.city.mei, finding)
        loop.write(loop.city.mei, finding, cause="年久", corrective_action="每日巡查", horizontal_check="已查")
        loop.do(loop.city.mei, finding, "submit")
        with clock.stopped(at(20, 11)):
            relay_all(loop.db)
            assert summarise(loop.db) == 1, "Wang has a channel; the others read in the app"
            assert summarise(loop.db) == 0
        with clock.stopped(at(20, 12)):
            assert outbox.send_due(loop.db, config) == 1
        with clock.stopped(at(23, 9)):
            assert summarise(loop.db) == 0, "Wang's news was told on Friday"
        body = web.got[0][1]
        assert body["title"] == "今日汇总：1 条新消息"
        assert "江北分公司已提交整改" in body["message"]
        assert loop.read(finding).state == "submitted"
    with loop.db.read() as session:
        cover = session.exec(select(Message).where(Message.code == "day")).one()
        assert cover.read_at is not None, "the cover of news is nothing new in the app"


def test_the_branch_s_group_gets_the_summary_once(loop: Loop) -> None:
    with receiver() as web:
        config, jiangbei = settings_for(web), loop.city.organisations["jiangbei"]
        channels.add(loop.db, loop.city.mei, config, "webhook", {"url": web.url()}, jiangbei)
        summarise(loop.db, at(25))
        with clock.stopped(at(25)):
            assert outbox.send_due(loop.db, config) == 1


def test_killed_in_the_middle_nobody_is_left_out_and_nobody_told_twice(
    loop: Loop, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    calls = []

    def post_and_die(*given: object) -> int:
        calls.append(given)
        raise Killed

    monkeypatch.setattr(summary, "post", post_and_die)
    with pytest.raises(Killed):
        summarise(loop.db, at(25))
    monkeypatch.undo()
    assert lines(loop) == []
    assert summarise(loop.db, at(25)) == 1
    assert summarise(loop.db, at(25)) == 0
    with loop.db.read() as session:
        assert session.exec(select(Delivery)).all() == []


def test_no_summary_on_a_holiday(loop: Loop) -> None:
    with loop.db.write() as session:
        session.get_one(Finding, loop.made[0]).due_at = FRIDAY
    assert summarise(loop.db, at(1, 9, month=10)) == 0
    assert summarise(loop.db, at(29)) == 0, "a Sunday"
