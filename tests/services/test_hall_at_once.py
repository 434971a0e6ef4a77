"""A branch lets a hall's manager write all its findings with one act: all or none, told as one message."""

import pytest
from sqlmodel import col, select

from audit.db.models import Delegation, Event, Message
from audit.notify.texts import letter
from audit.services import clock
from audit.services.loop import delegating, reading
from audit.services.messages.relay import relay_all
from tests.factories import City
from tests.hands import refusal
from tests.looping import Loop, enter_the_loop
from tests.telling import forget, told


@pytest.fixture
def loop(city: City) -> Loop:
    """Three findings of the hall that Hu manages, to be rectified."""
    loop = enter_the_loop(city)
    for item in ("A01", "A02", "A03"):
        loop.draft(item, state="rectifying", issued_at=loop.at, number=item, clause_zh=f"检查项{item}")
    return loop


def unwritten(loop: Loop, name: str = "mei") -> list[int]:
    return list(delegating.unwritten(loop.db, loop.city.actors[name], loop.made[0]))


def delegate_all(loop: Loop, ids: list[int], name: str = "mei") -> None:
    with clock.stopped(loop.at):
        delegating.delegate_all(loop.db, loop.city.actors[name], ids, loop.city.hu.account_id, "今天内拍照")


def given(loop: Loop) -> list[int]:
    with loop.db.read() as session:
        return list(session.exec(select(Delegation.finding_id).order_by(col(Delegation.finding_id))).all())


def test_what_nobody_of_the_hall_writes_yet_is_offered_and_nothing_else(loop: Loop) -> None:
    first, second, third = loop.made
    loop.draft("A04")
    loop.draft("A05", state="closed", issued_at=loop.at)
    loop.draft("A06", state="rectifying", issued_at=loop.at, outlet_id=loop.city.outlets["JB02"])
    assert unwritten(loop) == [second, third]
    link = delegating.make_link(loop.db, loop.city.mei, second, delegating.SHORTEST)
    assert unwritten(loop) == [third]
    delegating.revoke(loop.db, loop.city.mei, link.delegation_id)
    assert unwritten(loop) == [second, third]
    assert first not in unwritten(loop)


def test_one_act_gives_the_manager_all_of_them_each_with_its_event_and_one_message(loop: Loop) -> None:
    forget(loop)
    delegate_all(loop, [loop.made[0], *unwritten(loop)])
    assert given(loop) == loop.made
    assert reading.to_fix(loop.db, loop.city.hu).total == 3
    assert told(loop) == [("hu", "delegated")]
    with loop.db.read() as session:
        events = session.exec(select(Event.subject_id).where(Event.verb == "finding.delegated")).all()
        message = session.exec(select(Message)).one()
    assert sorted(map(int, events)) == loop.made
    text = letter("zh_CN", message.code, message.params)
    assert text.title == "请您整改：3 项"
    assert text.body.split("\n")[0] == "· 检查项A01（观音桥营业厅）"
    assert letter("en", message.code, message.params).title == "You are asked to rectify: 3 findings"
    delegate_all(loop, loop.made)
    relay_all(loop.db)
    assert given(loop) == loop.made, "doing it again changes nothing"


def test_where_one_is_refused_none_is_delegated(loop: Loop) -> None:
    closed = loop.draft("A05", state="closed", issued_at=loop.at)
    elsewhere = loop.draft("A06", state="rectifying", issued_at=loop.at, outlet_id=loop.city.outlets["JB02"])
    foreign = loop.draft("A07", state="rectifying", issued_at=loop.at, **loop.visited("fuling", "FL01"))
    for number, code in ((closed, "wrong_state"), (elsewhere, "delegation.account"), (foreign, "not_found")):
        assert refusal(lambda number=number: delegate_all(loop, [loop.made[0], number])).code == code
    assert given(loop) == []


@pytest.mark.parametrize("name", ["hu", "wang", "luo", "lin"])
def test_only_who_answers_for_the_branch_sees_the_list_and_delegates(loop: Loop, name: str) -> None:
    assert refusal(lambda: unwritten(loop, name)).code == "forbidden"
    assert refusal(lambda: delegate_all(loop, loop.made, name)).code == "forbidden"
    assert given(loop) == []
