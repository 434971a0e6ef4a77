"""Many of the same on one day are one message a person and step: nobody is flooded, nothing is lost, nothing is told
twice, and on each finding stands what was sent to whom."""

import datetime as dt
from collections import Counter

import pytest
from sqlmodel import col, func, select

from audit.db.models import Account, Delivery, Event, Finding, Grant, Message, MessageLine, RelayPosition
from audit.domain.messages import GATHERING
from audit.notify.texts import in_short, letter
from audit.services import clock
from audit.services.loop import escalating, reviewing
from audit.services.messages import channels, gathering, inbox, outbox
from audit.services.messages.relay import relay, relay_all
from audit.services.messages.summary import summarise
from audit.services.messages.told import told as told_of
from tests.factories import City
from tests.looping import Loop, enter_the_loop
from tests.telling import Receiver, forget, settings_for, told

MANY = 30


def at(day: int, hour: int = 9, minute: int = 0) -> dt.datetime:
    return dt.datetime(2026, 11, day, hour, minute, tzinfo=dt.timezone(dt.timedelta(hours=8)))


EVENING = at(25, 18, 5)


@pytest.fixture
def loop(city: City) -> Loop:
    """Thirty findings that Jiangbei has to rectify until Wednesday 25 November at 18:00."""
    loop = enter_the_loop(city)
    for number in range(MANY):
        loop.draft(
            f"A{number:02}", state="rectifying", issued_at=loop.at, due_at=at(25, 18), number=f"{number}",
            clause_zh=f"检查项{number}", clause_en=f"Item {number}",
        )  # fmt: skip
    forget(loop)
    return loop


def escalated(loop: Loop, now: dt.datetime = EVENING) -> None:
    """The clock takes all of them to their step, and everybody is told."""
    with clock.stopped(now):
        escalating.escalate(loop.db)
        relay_all(loop.db)


def lines(loop: Loop) -> Counter[tuple[int, int]]:
    """(account, finding) of everything that was told."""
    with loop.db.read() as session:
        query = select(Message.account_id, MessageLine.finding_id)
        query = query.join(MessageLine, col(MessageLine.message_id) == Message.id)
        return Counter((one, two) for one, two in session.exec(query).all())


def messages(loop: Loop) -> list[Message]:
    with loop.db.read() as session:
        return list(session.exec(select(Message).order_by(col(Message.id))).all())


def test_thirty_findings_due_on_one_evening_are_one_message_with_thirty_lines(loop: Loop) -> None:
    escalated(loop)
    assert told(loop) == [("mei", "overdue")]
    message = messages(loop)[0]
    assert (message.params["many"], message.urgent) == (MANY, True)
    assert lines(loop) == Counter((loop.city.mei.account_id, number) for number in loop.made)
    text = letter("zh_CN", "overdue", message.params)
    assert text.title == "已逾期 30 项"
    assert text.body.split("\n")[1] == "· 检查项0（观音桥营业厅）"
    assert text.body.endswith("……另有 15 项")
    assert letter("en", "overdue", message.params).title == "Overdue: 30 findings"
    item = inbox.find(loop.db, loop.city.mei).rows[0]
    assert (item.place, [line.finding_id for line in item.lines], item.more) == ("messages", loop.made, 0)


def test_outside_it_is_one_mail_after_a_while_and_each_finding_says_so(loop: Loop, web: Receiver) -> None:
    config, mei = settings_for(web), loop.city.mei
    channels.add(loop.db, mei, config, "webhook", {"url": web.url()})
    escalated(loop)
    with clock.stopped(EVENING + GATHERING - dt.timedelta(seconds=1)):
        assert outbox.send_due(loop.db, config) == 0
    with clock.stopped(EVENING + GATHERING):
        assert outbox.send_due(loop.db, config) == 1
    assert web.titles == ["已逾期 30 项"]
    assert "https://rounds.example/messages" in web.got[0][1]["message"]
    for number in loop.made:
        rows = told_of(loop.db, loop.city.wang, number)
        assert [(row.name, row.code, row.channel, row.state) for row in rows] == [
            ("梅芳", "overdue", "", "unread"), ("梅芳", "overdue", "webhook", "sent"),
        ]  # fmt: skip
        assert in_short("zh_CN", rows[0].code, rows[0].params) == "已逾期"


def test_each_step_is_one_message_to_each_whom_it_names(loop: Loop) -> None:
    jiangbei = loop.city.organisations["jiangbei"]
    with loop.db.write() as session:
        row = Account(sign_in_name="jin", name="金总", organisation_id=jiangbei, created_at=loop.at)
        session.add(row)
        session.flush()
        session.add(Grant(account_id=row.id or 0, role="leader", scope_kind="branch", scope_id=jiangbei))
        jin = row.id
    for now, named in ((at(26, 18, 5), [jin]), (at(30, 18, 5), sorted([jin, loop.city.luo.account_id]))):
        forget(loop)
        escalated(loop, now)
        found = messages(loop)
        assert sorted(row.account_id for row in found) == named
        assert {(row.code, row.params["many"]) for row in found} == {("escalated", MANY)}
    text = letter("zh_CN", "escalated", found[0].params)
    assert text.title == "提请领导关注：30 项"
    assert text.body.split("\n")[:2] == ["建议：督办", "· 检查项0（江北分公司观音桥营业厅）"]


def test_steps_do_not_mix_and_another_day_begins_anew(loop: Loop) -> None:
    with loop.db.write() as session:
        for number in loop.made[:10]:
            session.get_one(Finding, number).due_at = at(20, 18)  # three working days earlier: another step
    escalated(loop)
    assert Counter((row.code, row.params["many"]) for row in messages(loop)) == {
        ("overdue", 20): 1,
        ("escalated", 10): 1,
    }
    with loop.db.write() as session:
        for number in loop.made[:5]:
            session.get_one(Finding, number).due_at = at(26, 18)
    escalated(loop, at(26, 18, 5))
    overdue = [row.params["many"] for row in messages(loop) if row.code == "overdue"]
    assert overdue == [20, 5]


def by_sevens(loop: Loop) -> None:
    """Tell in several transactions, so that some are kept when one is not."""
    while relay(loop.db, limit=7):
        pass


@pytest.mark.parametrize("dies_at", [0, 17])
def test_killed_at_any_line_the_relay_goes_on_and_everybody_is_told_once(
    loop: Loop, monkeypatch: pytest.MonkeyPatch, dies_at: int
) -> None:
    class Killed(BaseException):
        pass

    with clock.stopped(EVENING):
        escalating.escalate(loop.db)
    real, calls = gathering.gather, []

    def gather_and_die(*given: object) -> None:
        real(*given)  # type: ignore[arg-type]
        calls.append(given)
        if len(calls) == dies_at + 1:
            raise Killed

    monkeypatch.setattr("audit.services.messages.relay.gather", gather_and_die)
    with clock.stopped(EVENING), pytest.raises(Killed):
        by_sevens(loop)
    monkeypatch.undo()
    with clock.stopped(EVENING):
        relay_all(loop.db)
    assert told(loop) == [("mei", "overdue")]
    assert lines(loop) == Counter((loop.city.mei.account_id, number) for number in loop.made)


def test_a_lost_position_tells_nothing_twice(loop: Loop) -> None:
    escalated(loop)
    inbox.read_all(loop.db, loop.city.mei)
    with loop.db.write() as session:
        session.get_one(RelayPosition, 1).seq -= MANY
    with clock.stopped(EVENING):
        relay_all(loop.db)
    assert [row.params["many"] for row in messages(loop)] == [MANY]
    assert inbox.unread(loop.db, loop.city.mei) == 0


def accept(loop: Loop, numbers: list[int], now: dt.datetime) -> None:
    """Wang accepts what was submitted, all at once."""
    with loop.db.write() as session:
        for number in numbers:
            session.get_one(Finding, number).state = "submitted"
    with clock.stopped(now):
        outcomes = reviewing.many(loop.db, loop.city.wang, "accept", [(one, loop.read(one).version) for one in numbers])
        assert not [outcome.error for outcome in outcomes if outcome.error]
        relay_all(loop.db)


def test_accepting_many_at_once_is_one_line_in_the_inbox_and_one_in_the_summary(loop: Loop, web: Receiver) -> None:
    config = settings_for(web)
    channels.add(loop.db, loop.city.mei, config, "webhook", {"url": web.url()})
    accept(loop, loop.made, at(23, 10))
    assert told(loop) == [("mei", "closed")]
    item = inbox.find(loop.db, loop.city.mei).rows[0]
    assert (item.title, len(item.lines)) == ("已销号 30 项", MANY)
    with clock.stopped(at(24, 8)):
        assert summarise(loop.db) == 1
        assert outbox.send_due(loop.db, config) == 1
    assert web.titles == ["今日汇总：1 条新消息"]
    assert "· 已销号 30 项" in web.got[0][1]["message"]
    assert [row.state for row in told_of(loop.db, loop.city.wang, loop.made[7])] == ["unread", "sent"]


@pytest.mark.parametrize("over", ["read", "summary", "sent"])
def test_what_was_read_or_has_gone_out_takes_nothing_more_in(loop: Loop, web: Receiver, over: str) -> None:
    """What was sent to whom stays as it was: the later ones are a message of their own."""
    config = settings_for(web)
    channels.add(loop.db, loop.city.mei, config, "webhook", {"url": web.url()})
    first, later, now = loop.made[:3], loop.made[3:], at(25, 18, 5)
    if over == "sent":
        with loop.db.write() as session:
            for number in later:
                session.get_one(Finding, number).due_at = at(26, 18)
        escalated(loop, now)
        with clock.stopped(now + GATHERING):
            assert outbox.send_due(loop.db, config) == 1
        with loop.db.write() as session:
            for number in later:
                session.get_one(Finding, number).due_at = at(25, 18)
        escalated(loop, now + GATHERING)
    else:
        accept(loop, first, at(23, 7))
        if over == "read":
            inbox.read_all(loop.db, loop.city.mei)
        else:
            with clock.stopped(at(23, 8)):
                assert summarise(loop.db) == 1
        accept(loop, later, at(23, 9))
    found = [row for row in messages(loop) if row.code != "day"]
    assert [row.params["many"] for row in found] == [3, MANY - 3]
    assert len(lines(loop)) == MANY
    with loop.db.read() as session:
        deliveries = session.exec(select(Delivery)).all()
    assert len({row.source for row in deliveries}) == len(deliveries)


def test_through_the_day_one_message_grows_and_each_finding_keeps_the_time_it_was_told_of(loop: Loop) -> None:
    accept(loop, loop.made[:2], at(23, 9))
    accept(loop, loop.made[2:3], at(23, 16))
    item = inbox.find(loop.db, loop.city.mei).rows[0]
    assert (item.title, item.at) == ("已销号 3 项", at(23, 16))
    assert [told_of(loop.db, loop.city.wang, one)[0].at.hour for one in loop.made[:3]] == [1, 1, 8]


def test_one_alone_is_told_as_before(loop: Loop) -> None:
    accept(loop, loop.made[:1], at(23, 10))
    item = inbox.find(loop.db, loop.city.mei).rows[0]
    assert (item.title, item.body, item.place, item.subject_id) == (
        "已销号：检查项0", "观音桥营业厅", "findings", loop.made[0],
    )  # fmt: skip
    assert item.lines == ()
    assert inbox.read_about(loop.db, loop.city.mei, "finding", loop.made[0]) == 1


def test_closed_reopened_and_closed_again_on_one_day_is_told_again_once_it_was_read(loop: Loop) -> None:
    number = loop.made[0]
    accept(loop, [number], at(23, 10))
    inbox.read_all(loop.db, loop.city.mei)
    accept(loop, [number], at(23, 15))
    assert [row.code for row in messages(loop)] == ["closed", "closed"]


def test_both_leads_of_a_branch_are_told_and_its_group_robot_hears_once(loop: Loop, web: Receiver) -> None:
    config, jiangbei = settings_for(web), loop.city.organisations["jiangbei"]
    with loop.db.write() as session:
        second = Account(sign_in_name="two", name="二", organisation_id=jiangbei, created_at=loop.at)
        session.add(second)
        session.flush()
        session.add(Grant(account_id=second.id or 0, role="branch", scope_kind="branch", scope_id=jiangbei))
    channels.add(loop.db, loop.city.mei, config, "webhook", {"url": web.url()}, jiangbei)
    escalated(loop)
    assert [row.params["many"] for row in messages(loop)] == [MANY, MANY]
    with clock.stopped(EVENING + GATHERING):
        assert outbox.send_due(loop.db, config) == 1
    assert web.titles == ["已逾期 30 项"]


def test_the_history_has_each_finding_s_own_event(loop: Loop) -> None:
    escalated(loop)
    with loop.db.read() as session:
        count = select(func.count()).where(Event.verb == "finding.overdue")
        assert session.exec(count).one() == MANY
