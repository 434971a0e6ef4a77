"""Escalation by the clock, and the leader's decision on what is proposed."""

import datetime as dt
import threading

import pytest
from sqlmodel import col, select

from audit.db.models import Account, Escalation, Event, Finding, Grant
from audit.domain.loop import ESCALATIONS
from audit.domain.permissions import Actor, Granted, Role, Scope
from audit.errors import RoundsError
from audit.services import clock
from audit.services.loop import conversation, escalating
from audit.services.loop.escalating import decide, escalate
from tests.factories import City
from tests.looping import Loop, enter_the_loop
from tests.telling import forget, told


def at(day: int, hour: int = 9, month: int = 11) -> dt.datetime:
    return dt.datetime(2026, month, day, hour, tzinfo=dt.timezone(dt.timedelta(hours=8)))


@pytest.fixture
def loop(city: City) -> Loop:
    """One critical finding, due on Wednesday 25 November at 18:00."""
    loop = enter_the_loop(city)
    loop.rectifying(severity="critical", clause_zh="灯箱完好")
    forget(loop)
    return loop


def steps(loop: Loop) -> list[tuple[str, str, str]]:
    with loop.db.read() as session:
        rows = session.exec(select(Escalation).order_by(col(Escalation.id))).all()
        return [(row.step, row.addressed, row.proposal) for row in rows]


def branch_leader(loop: Loop) -> Actor:
    """The leader of Jiangbei."""
    jiangbei = loop.city.organisations["jiangbei"]
    with loop.db.write() as session:
        row = Account(sign_in_name="jin", name="金总", organisation_id=jiangbei, created_at=loop.at)
        session.add(row)
        session.flush()
        session.add(Grant(account_id=row.id or 0, role=Role.LEADER, scope_kind=Scope.BRANCH, scope_id=jiangbei))
        actor = Actor(row.id or 0, "金总", "zh_CN", (Granted(Role.LEADER, Scope.BRANCH, jiangbei),), jiangbei)
    loop.city.actors["jin"] = actor
    return actor


def test_every_step_is_taken_once_when_its_day_has_come(loop: Loop) -> None:
    assert escalate(loop.db, at(25, 17)) == 0
    for day, month in [(25, 11), (26, 11), (27, 11), (28, 11), (30, 11), (2, 12), (9, 12), (10, 12)]:
        moment = at(day, 19, month)
        escalate(loop.db, moment)
        assert escalate(loop.db, moment) == 0
    assert steps(loop) == [(str(one.days_over), one.addressed, one.proposal) for one in ESCALATIONS]


def test_each_step_tells_those_whom_the_table_names(loop: Loop) -> None:
    branch_leader(loop)
    for moment, names in [
        (at(25, 19), ["mei"]), (at(26, 19), ["jin"]), (at(30, 19), ["luo", "jin"]),
    ]:  # fmt: skip
        forget(loop)
        escalate(loop.db, moment)
        assert sorted(name for name, _ in told(loop)) == sorted(names)


def test_without_a_leader_of_its_own_the_city_hears_of_a_branch(loop: Loop) -> None:
    escalate(loop.db, at(26, 19))
    assert told(loop) == [("luo", "escalated")]


def test_a_worker_that_slept_takes_the_highest_step_alone(loop: Loop) -> None:
    assert escalate(loop.db, at(20, 9, 12)) == 1
    assert steps(loop) == [("10", "general_manager", "interview")]


def test_another_due_day_counts_anew_and_an_answer_ends_it(loop: Loop) -> None:
    escalate(loop.db, at(26, 19))
    with loop.db.write() as session:
        session.get_one(Finding, loop.made[0]).due_at = at(3, 18, 12)
    assert escalate(loop.db, at(27)) == 0
    assert escalate(loop.db, at(4, 19, 12)) == 1
    with loop.db.write() as session:
        session.get_one(Finding, loop.made[0]).state = "submitted"
    assert escalate(loop.db, at(30, 19, 12)) == 0


def test_a_second_repeat_proposes_an_interview_before_it_is_due(loop: Loop) -> None:
    first = loop.draft("A03", state="closed")
    second = loop.draft("A03", state="closed", repeat=True, repeat_of=first)
    loop.draft("A03", state="rectifying", repeat=True, repeat_of=second, issued_at=loop.at, due_at=at(30, 18))
    loop.draft("A04", state="rectifying", repeat=True, repeat_of=first, issued_at=loop.at, due_at=at(30, 18))
    assert escalate(loop.db, at(23)) == 1
    assert escalate(loop.db, at(24)) == 0
    assert steps(loop) == [("repeats", "general_manager", "interview")]


def proposed(loop: Loop) -> int:
    escalate(loop.db, at(30, 19))
    with loop.db.read() as session:
        return session.exec(select(Escalation.id)).one() or 0


def test_a_leader_decides_once_and_it_stands_on_the_finding(loop: Loop) -> None:
    number = proposed(loop)
    forget(loop)
    assert escalating.find(loop.db, loop.city.luo).total == 1
    decide(loop.db, loop.city.luo, number, True, "请江北分公司一把手督办")
    row = escalating.of_finding(loop.db, loop.city.mei, loop.made[0])[0]
    assert (row.escalation.decision, row.decided_by, row.open) == ("accepted", "罗昇", False)
    assert ("mei", "escalation_accepted") in told(loop)
    entry = conversation.history(loop.db, loop.city.mei, loop.made[0])[-1]
    assert (entry.verb, entry.name, entry.data["comment"]) == ("escalation.accepted", "罗昇", "请江北分公司一把手督办")
    with pytest.raises(RoundsError, match="stale"):
        decide(loop.db, loop.city.luo, number, False, "改变主意")
    assert escalating.find(loop.db, loop.city.luo).total == 0
    assert escalating.find(loop.db, loop.city.luo, decided=True).total == 1


def test_what_was_decided_is_found_by_what_was_proposed_and_by_the_month_in_shanghai(loop: Loop) -> None:
    """The clock strikes midnight in Shanghai while it is still November in Greenwich."""
    made = {}
    for moment, decided in ((at(30, 19), at(30, 23)), (at(2, 19, 12), at(2, 20, 12))):
        escalate(loop.db, moment)
        with clock.stopped(decided):
            (row,) = escalating.find(loop.db, loop.city.luo).rows
            decide(loop.db, loop.city.luo, row.escalation.id, True)
        made[row.escalation.proposal] = row.escalation.id
    with loop.db.write() as session:  # decided in the first minute of December
        row = session.get_one(Escalation, made["circular"])
        row.decided_at = at(1, 0, 12)
        session.add(row)

    def found(**filters: str) -> list[str]:
        rows = escalating.find(loop.db, loop.city.luo, decided=True, **filters).rows
        return [row.escalation.proposal for row in rows]

    assert list(made) == ["supervise", "circular"]
    assert found() == ["circular", "supervise"]
    assert found(proposal="circular") == found(month="2026-12") == ["circular"]
    assert found(proposal="supervise") == found(month="2026-11") == ["supervise"]
    assert found(proposal="circular", month="2026-11") == found(month="2026-13") == found(proposal="x") == []
    assert escalating.months(loop.db, loop.city.luo) == ["2026-12", "2026-11"]
    with pytest.raises(RoundsError, match="forbidden"):
        escalating.months(loop.db, loop.city.hu)


def test_declining_needs_a_reason_and_tells_marketing_not_the_branch(loop: Loop) -> None:
    number = proposed(loop)
    with pytest.raises(RoundsError, match="required"):
        decide(loop.db, loop.city.luo, number, False, " ")
    forget(loop)
    decide(loop.db, loop.city.luo, number, False, "已约定新日期")
    assert told(loop) == [("wang", "escalation_declined")]


@pytest.mark.parametrize("name", ["mei", "hu", "lin", "wang", "fang", "adam", "jin"])
def test_nobody_but_a_leader_of_the_city_decides(loop: Loop, name: str) -> None:
    branch_leader(loop)
    number = proposed(loop)
    with pytest.raises(RoundsError, match="forbidden"):
        decide(loop.db, loop.city.actors[name], number, True)
    assert escalating.of_finding(loop.db, loop.city.luo, loop.made[0])[0].open


def test_what_is_no_proposal_or_is_done_with_is_refused(loop: Loop) -> None:
    escalate(loop.db, at(26, 19))
    with pytest.raises(RoundsError, match="not_found"):
        decide(loop.db, loop.city.luo, 1, True)
    with pytest.raises(RoundsError, match="not_found"):
        decide(loop.db, loop.city.luo, 999, True)
    escalate(loop.db, at(30, 19))
    with loop.db.write() as session:
        session.get_one(Finding, loop.made[0]).state = "closed"
    with pytest.raises(RoundsError, match="wrong_state"):
        decide(loop.db, loop.city.luo, 2, True)
    assert escalating.find(loop.db, loop.city.luo).total == 0


def test_a_graver_step_takes_the_place_of_a_milder_one_that_nobody_decided(loop: Loop) -> None:
    number = proposed(loop)
    escalate(loop.db, at(2, 19, 12))
    waiting = escalating.find(loop.db, loop.city.luo)
    assert [row.escalation.proposal for row in waiting.rows] == ["circular"]
    with pytest.raises(RoundsError, match="stale"):
        decide(loop.db, loop.city.luo, number, True)
    decide(loop.db, loop.city.luo, waiting.rows[0].escalation.id or 0, True)
    escalate(loop.db, at(9, 19, 12))
    assert [row.escalation.decision for row in escalating.of_finding(loop.db, loop.city.mei, loop.made[0])] == [
        "overtaken", "accepted", "",
    ]  # fmt: skip


def test_a_foreign_branch_sees_nothing_of_it(loop: Loop) -> None:
    proposed(loop)
    with pytest.raises(RoundsError, match="not_found"):
        escalating.of_finding(loop.db, loop.city.chen, loop.made[0])
    with pytest.raises(RoundsError, match="forbidden"):
        escalating.find(loop.db, loop.city.mei)


def test_of_two_leaders_at_once_one_decides(loop: Loop) -> None:
    number, outcomes = proposed(loop), []
    ready = threading.Barrier(6)

    def choose(accept: bool) -> None:
        ready.wait()
        try:
            decide(loop.db, loop.city.luo, number, accept, "决定")
            outcomes.append("done")
        except RoundsError as error:
            outcomes.append(error.code)

    threads = [threading.Thread(target=choose, args=(place % 2 == 0,)) for place in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["done"] + ["stale"] * 5
    with loop.db.read() as session:
        told_of = session.exec(select(Event.verb).where(col(Event.verb).like("escalation.%"))).all()
    assert len(told_of) == 1
