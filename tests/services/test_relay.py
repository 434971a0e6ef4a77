"""Who is told of what: the rule table against people with grants, each told once, nobody told of another's things."""

import datetime as dt

import pytest
from sqlmodel import col, delete, func, insert, select

from audit.db.models import Account, Delegation, Event, Grant, Message, MessageLine, RelayPosition
from audit.domain import messages as table
from audit.domain.loop import ACTIONS, ESCALATIONS
from audit.errors import RoundsError
from audit.notify.texts import TEXTS, letter
from audit.services import clock, visits
from audit.services.loop import conversation, delegating, extending, issuing, linked
from audit.services.messages import inbox
from audit.services.messages.audience import _AUDIENCES
from audit.services.messages.relay import relay, relay_all
from audit.services.work import unit_of_work
from tests.factories import City
from tests.looping import FRIDAY, Loop, enter_the_loop
from tests.telling import forget, told


@pytest.fixture
def loop(city: City) -> Loop:
    loop = enter_the_loop(city)
    forget(loop)
    return loop


def test_every_rule_has_words_and_people_and_a_verb_that_happens() -> None:
    acts = {f"finding.{action}" for action in ACTIONS}
    others = {
        "round.published", "assignment.team_changed", "visit.cancelled", "visit.replanned", "visit.submitted",
        "visit.returned", "visit.accepted", "notice.issued", "notice.acknowledged", "notice.deemed", "extension.asked",
        "extension.granted", "extension.denied", "finding.delegated", "finding.delegation_revoked", "finding.commented",
        "finding.overdue", "finding.escalated", "escalation.accepted", "escalation.declined", "finding.handed_over",
        "assignment.announced", "assignment.planned", "visit.announced", "visit.critical_found", "visit.critical_ready",
        "finding.taken_up", "finding.commented_by_link", "notice.unled",
    }  # fmt: skip
    for rule in table.RULES:
        assert rule.verb in acts | others, rule
        assert rule.code in TEXTS, rule
        assert rule.to in table.AUDIENCES, rule
    assert set(table.AUDIENCES) == set(_AUDIENCES)
    assert {entry.addressed for entry in ESCALATIONS} <= set(table.ADDRESSED)
    assert others <= {rule.verb for rule in table.RULES}
    assert set(table.CODES_ELSEWHERE) <= {rule.code for rule in table.RULES}
    assert set(table.CODES_ELSEWHERE.values()) <= {*table.WITH_ID, *table.LEADING}
    gathered = {rule.code for rule in table.RULES if rule.gathered}
    assert gathered == {code.removesuffix("_many") for code in TEXTS if code.endswith("_many")}
    assert all(rule.verb.startswith("finding.") for rule in table.RULES if rule.gathered), "a line is a finding"
    assert not gathered & {rule.code for rule in table.RULES if not rule.gathered}
    assert len({(rule.verb, rule.code) for rule in table.RULES if rule.gathered}) == len(gathered), "one an event"


@pytest.mark.parametrize("code", TEXTS)
@pytest.mark.parametrize("locale", ["zh_CN", "en"])
def test_every_message_can_be_read_even_when_a_fact_is_missing(code: str, locale: str) -> None:
    assert letter(locale, code, {}).title
    full = letter(locale, code, {
        "finding": ["灯箱损坏", "Broken light box"], "outlet": ["观音桥", "Guanyinqiao"], "said": "请 {重拍}",
        "branch": ["江北分公司", "Jiangbei branch"], "round": ["十一月", "November"], "who": "王镕", "number": "1号",
        "due": FRIDAY.isoformat(), "day": "2026-11-27", "count": 3, "news": 2, "proposal": "supervise",
        "inspecting": ["渝中分公司", "Yuzhong branch"], "days": [["观音桥", "Guanyinqiao", "2026-11-27"]],
    })  # fmt: skip
    assert "{" not in full.title + full.body.replace("{重拍}", "")


def test_a_notice_tells_the_branch_once_and_nobody_else(loop: Loop) -> None:
    first, second = loop.draft(), loop.draft("A02")
    loop.issue()
    assert told(loop) == [("mei", "notice_issued")]
    with loop.db.read() as session:
        lines = session.exec(select(MessageLine.finding_id)).all()
        message = session.exec(select(Message)).one()
    assert sorted(lines) == [first, second]
    assert message.params["count"] == 2
    assert message.urgent


def test_a_notice_that_nobody_answers_is_told_to_the_administrators(loop: Loop) -> None:
    loop.draft(**loop.visited("fuling", "FL01"))
    with clock.stopped(loop.at):
        issuing.issue(loop.db, loop.city.fang, loop.field.round_id, loop.city.organisations["fuling"])
    assert told(loop) == [("adam", "notice_unled")]
    with clock.stopped(loop.at):
        issuing.issue(loop.db, loop.city.fang, loop.field.round_id, loop.city.organisations["fuling"])
    assert told(loop) == [("adam", "notice_unled")], "once a notice"


def test_the_relay_goes_on_from_where_it_stopped_and_tells_nothing_twice(loop: Loop) -> None:
    loop.draft()
    loop.issue()
    relay_all(loop.db)
    with loop.db.write() as session:  # as if the position had been lost: the messages themselves are unique
        position = session.get_one(RelayPosition, 1)
        position.seq -= 3
        session.add(position)
    assert relay(loop.db, limit=1) == 1
    assert told(loop).count(("mei", "notice_issued")) == 1


def test_an_event_is_told_whole_or_not_at_all(loop: Loop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed after the message was written and before the position was: nothing of it is kept."""
    loop.draft()
    loop.issue()
    monkeypatch.setattr("audit.services.messages.posting._send_outside", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        relay_all(loop.db)
    with loop.db.read() as session:
        assert session.exec(select(func.count()).select_from(Message)).one() == 0
    monkeypatch.undo()
    assert told(loop) == [("mei", "notice_issued")]


def test_what_the_branch_does_reaches_marketing_and_the_answer_reaches_the_branch(loop: Loop) -> None:
    finding = loop.submitted()
    assert told(loop) == [("mei", "notice_issued"), ("fang", "notice_acknowledged"), ("wang", "submitted")]
    forget(loop)
    loop.do(loop.city.wang, finding, "return", comment="照片看不清", due_on=dt.date(2026, 11, 27))
    assert told(loop) == [("mei", "returned")]
    with loop.db.read() as session:
        message = session.exec(select(Message)).one()
    text = letter("zh_CN", message.code, message.params)
    assert "照片看不清" in text.body
    assert "2026年11月27日" in text.body


def test_the_one_who_acted_is_not_told_and_other_branches_never(loop: Loop) -> None:
    finding = loop.rectifying()
    forget(loop)
    with clock.stopped(loop.at):
        extending.ask_extension(
            loop.db, loop.city.mei, finding, loop.read(finding).version, dt.date(2026, 12, 25), "材料未到"
        )
        extending.decide_extension(loop.db, loop.city.wang, finding, loop.read(finding).version, True)
    assert told(loop) == [("wang", "extension_asked"), ("mei", "extension_granted")]


def test_a_delegate_is_told_and_told_when_it_is_taken_back(loop: Loop) -> None:
    finding = loop.rectifying()
    forget(loop)
    with clock.stopped(loop.at):
        number = delegating.delegate(loop.db, loop.city.mei, finding, loop.city.hu.account_id)
        delegating.make_link(loop.db, loop.city.mei, finding, dt.timedelta(days=1))
        delegating.revoke(loop.db, loop.city.mei, number)
    assert told(loop) == [("hu", "delegated"), ("hu", "delegation_revoked")]
    with loop.db.read() as session:
        assert session.exec(select(func.count()).select_from(Delegation)).one() == 2


@pytest.mark.parametrize("standing", [True, False])
@pytest.mark.parametrize(
    ("ends", "code"), [("return", "returned"), ("fail", "reinspection_failed"), ("reopen", "reopened")]
)
def test_whatever_comes_back_reaches_the_branch_and_the_hall_whose_delegation_stands(
    loop: Loop, ends: str, code: str, standing: bool
) -> None:
    finding, city = loop.rectifying(), loop.city
    with clock.stopped(loop.at):
        number = delegating.delegate(loop.db, city.mei, finding, city.hu.account_id)
        if not standing:
            delegating.revoke(loop.db, city.mei, number)
    loop.write(city.mei, finding)
    loop.prove(city.mei, finding)
    loop.do(city.mei, finding, "submit")
    day = dt.date(2026, 11, 27)
    forget(loop)
    if ends == "return":
        loop.do(city.wang, finding, "return", comment="看不清", due_on=day)
    elif ends == "reopen":
        loop.do(city.wang, finding, "accept")
        forget(loop)
        loop.do(city.wang, finding, "reopen", reason="又坏了", due_on=day)
    else:
        loop.do(city.wang, finding, "request_reinspection", team=[city.lin.account_id], planned_on=day)
        loop.prove(city.lin, finding, "reinspection")
        forget(loop)
        loop.do(city.lin, finding, "fail", comment="仍未亮", due_on=day)
    asked = {"mei", "hu"} if standing else {"mei"}
    assert {name for name, heard in told(loop) if heard == code} - {"wang"} == asked


def test_what_a_hall_does_by_link_tells_the_branch_that_gave_it(loop: Loop) -> None:
    """Who holds a link has no account: what they write makes no noise, that they are done with it does."""
    finding = loop.rectifying()
    with clock.stopped(loop.at):
        key = delegating.make_link(loop.db, loop.city.mei, finding, dt.timedelta(days=1)).token, "10.0.0.1"
        forget(loop)
        linked.look(loop.db, *key)
        linked.keep(loop.db, *key, {"correction": "已更换灯箱"}, {})
        assert told(loop) == []
        linked.hand_over(loop.db, *key)
        linked.take_up(loop.db, *key)
        linked.take_up(loop.db, *key)  # twice does no harm
    assert told(loop) == [("mei", "handed_over"), ("mei", "taken_up")]


def test_what_is_said_of_a_delegated_finding_reaches_who_delegated_it_and_to_whom(loop: Loop) -> None:
    """Both the one who gave out a link and the hall manager with an account, also when they said nothing before."""
    city, finding = loop.city, loop.rectifying()
    with clock.stopped(loop.at):
        delegating.make_link(loop.db, city.mei, finding, dt.timedelta(days=1))
        number = delegating.delegate(loop.db, city.mei, finding, city.hu.account_id)
        forget(loop)
        conversation.say(loop.db, city.hu, finding, "配件周五才到，可以吗？")
        assert told(loop) == [("mei", "commented")]
        forget(loop)
        conversation.say(loop.db, city.wang, finding, "请附送货单", [city.mei.account_id])
        assert told(loop) == [("mei", "mentioned"), ("hu", "commented")]
        delegating.revoke(loop.db, city.mei, number)
        forget(loop)
        conversation.say(loop.db, city.fang, finding, "收到")
    assert sorted(told(loop)) == [("mei", "commented"), ("wang", "commented")], "this hall may read it no more"


def test_who_delegated_hears_nothing_more_once_it_was_taken_back_or_the_branch_is_not_theirs(loop: Loop) -> None:
    city = loop.city
    back, left = loop.rectifying(), loop.rectifying(item="A02")
    with clock.stopped(loop.at):
        for finding in (back, left):
            link = delegating.make_link(loop.db, city.mei, finding, dt.timedelta(days=1))
            if finding == back:
                delegating.revoke(loop.db, city.mei, link.delegation_id)
        forget(loop)
        conversation.say(loop.db, city.wang, back, "请看")
        assert told(loop) == []
        with loop.db.write() as session:
            session.exec(delete(Grant).where(col(Grant.account_id) == city.mei.account_id))
        conversation.say(loop.db, city.wang, left, "请看")
    assert told(loop) == []


def test_a_mention_comes_before_being_in_the_conversation_and_needs_the_right_to_read(loop: Loop) -> None:
    finding = loop.rectifying()
    forget(loop)
    with clock.stopped(loop.at):
        conversation.say(loop.db, loop.city.mei, finding, "请看", [loop.city.wang.account_id])
        conversation.say(loop.db, loop.city.fang, finding, "收到")
        conversation.say(loop.db, loop.city.wang, finding, "好", [loop.city.mei.account_id])
    assert told(loop) == [("wang", "mentioned"), ("mei", "commented"), ("mei", "mentioned"), ("fang", "commented")]


def test_a_deactivated_account_is_told_nothing(loop: Loop) -> None:
    with loop.db.write() as session:
        session.get_one(Account, loop.city.mei.account_id).active = False
    loop.draft()
    loop.issue()
    assert told(loop) == [("adam", "notice_unled")]


def test_a_visit_sent_back_tells_its_team(loop: Loop) -> None:
    with unit_of_work(loop.db, loop.city.wang) as work:
        work.record("visit.returned", "visit", loop.field.visit_id, state=["submitted", "returned"], comment="补拍")
    names = [name for name, code in told(loop) if code == "visit_returned"]
    assert "lin" in names
    assert not {"mei", "chen", "wang"} & set(names)
    assert visits.my_visits(loop.db, loop.city.lin)


def test_an_event_about_something_gone_or_strange_stops_nothing(loop: Loop) -> None:
    with unit_of_work(loop.db, loop.city.wang) as work:
        work.record("finding.accept", "finding", 99_999)
        work.record("finding.accept", "finding", "no number")
        work.record("finding.accept", "planet", 3)
    loop.draft()
    loop.issue()
    assert told(loop) == [("mei", "notice_issued")]


def test_nobody_acknowledged_in_time(loop: Loop) -> None:
    loop.draft()
    loop.issue()
    issuing.due_acts(loop.db, loop.at + dt.timedelta(days=4))
    assert ("mei", "notice_deemed") in told(loop)


def test_the_inbox_is_ones_own(loop: Loop) -> None:
    loop.draft()
    loop.issue()
    relay_all(loop.db)
    mei, wang = loop.city.mei, loop.city.wang
    assert (inbox.unread(loop.db, mei), inbox.unread(loop.db, wang)) == (1, 0)
    number = inbox.find(loop.db, mei).rows[0].id
    with pytest.raises(RoundsError, match="not_found"):
        inbox.read(loop.db, wang, number)
    assert inbox.unread(loop.db, mei) == 1
    assert inbox.read(loop.db, mei, number).place == "home"
    assert inbox.unread(loop.db, mei) == 0
    assert inbox.find(loop.db, mei, only_unread=True).total == 0
    assert [inbox.find(loop.db, mei, topic=topic).total for topic in inbox.TOPICS] == [0, 1, 0, 0, 0]


def test_opening_the_finding_reads_what_was_told_of_it_and_all_can_be_read_at_once(loop: Loop) -> None:
    finding = loop.submitted()
    loop.do(loop.city.wang, finding, "accept")
    relay_all(loop.db)
    mei = loop.city.mei
    assert inbox.unread(loop.db, mei) == 2
    assert inbox.read_about(loop.db, mei, "finding", finding) == 1
    assert inbox.read_about(loop.db, mei, "finding", finding) == 0
    assert inbox.read_all(loop.db, mei) == 1
    assert inbox.unread(loop.db, loop.city.wang) == 1


def test_thousands_of_messages_are_paged_and_counted(loop: Loop) -> None:
    rows = [
        {"source": f"event:{n}", "account_id": loop.city.mei.account_id, "code": "closed", "subject_kind": "finding",
         "created_at": FRIDAY, "params": {"finding": ["灯箱", "Light box"]}}
        for n in range(1_000_000, 1_003_000)
    ]  # fmt: skip
    with loop.db.write() as session:
        session.execute(insert(Message), rows)
    assert inbox.unread(loop.db, loop.city.mei) == 3_000
    last = inbox.find(loop.db, loop.city.mei, page=10**6)
    assert last.total == 3_000
    assert last.rows
    with loop.db.read() as session:
        assert session.exec(select(func.count()).select_from(Event)).one() < 3_000  # reading leaves no trace there
