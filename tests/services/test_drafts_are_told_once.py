"""A rectification is saved at every pause of typing; the history says once for each author and cycle who wrote."""

import datetime as dt
from collections.abc import Iterator

import pytest
from sqlmodel import select

from audit.db.models import Event
from audit.services import clock
from audit.services.history import verify_history
from audit.services.loop import conversation, delegating, linked, rectifying, together
from audit.services.work import unit_of_work
from tests.factories import City
from tests.looping import Loop, enter_the_loop

DAY = dt.timedelta(days=1)


@pytest.fixture
def loop(city: City) -> Iterator[Loop]:
    found = enter_the_loop(city)
    with clock.stopped(found.at):
        yield found


def wrote(loop: Loop, finding_id: int) -> list[tuple[str, bool, int]]:
    """(name, by link, cycle) of each line of the timeline that says who wrote."""
    lines = [one for one in conversation.history(loop.db, loop.city.wang, finding_id) if one.verb == conversation.WROTE]
    return [(one.name, "delegation_id" in one.data, one.data["cycle"]) for one in lines]


def events(loop: Loop) -> int:
    with loop.db.read() as session:
        return len(session.exec(select(Event.seq).where(Event.verb == conversation.WROTE)).all())


def type_on(loop: Loop, finding_id: int, actor: str, words: str) -> None:
    """Letter by letter, each kept as the form keeps it."""
    who = loop.city.actors[actor]
    for end in range(1, len(words) + 1):
        standing = rectifying.answer_of(loop.db, who, finding_id).values["correction"]
        rectifying.keep(loop.db, who, finding_id, {"correction": words[:end]}, {"correction": standing})


def test_ten_minutes_of_typing_by_three_authors_are_three_events_and_all_are_named(loop: Loop) -> None:
    finding_id, mei = loop.rectifying(), loop.city.mei
    delegating.delegate(loop.db, mei, finding_id, loop.city.hu.account_id)
    token = delegating.make_link(loop.db, mei, finding_id, DAY).token
    type_on(loop, finding_id, "hu", "已更换灯箱")
    type_on(loop, finding_id, "mei", "已更换灯箱并清洁")
    for text in ("一", "二", "三"):
        standing = rectifying.answer_of(loop.db, mei, finding_id).values["cause"]
        linked.keep(loop.db, token, "10.0.0.1", {"cause": text}, {"cause": standing})
    type_on(loop, finding_id, "hu", "已更换灯箱，门头已清洗")
    assert wrote(loop, finding_id) == [("胡堃", False, 1), ("梅芳", False, 1), ("", True, 1)]
    assert events(loop) == 3
    assert verify_history(loop.db)[1] == []


def test_two_links_are_two_authors_and_a_new_cycle_is_told_anew(loop: Loop) -> None:
    finding_id, mei = loop.rectifying(), loop.city.mei
    for number in range(2):
        token = delegating.make_link(loop.db, mei, finding_id, DAY).token
        linked.keep(
            loop.db, token, "10.0.0.1", {"cause": f"链接{number}"}, {"cause": f"链接{number - 1}" if number else ""}
        )
    assert wrote(loop, finding_id) == [("", True, 1), ("", True, 1)]
    loop.write(mei, finding_id, 2)
    loop.prove(mei, finding_id)
    loop.do(mei, finding_id, "submit")
    loop.do(loop.city.wang, finding_id, "return", comment="不清楚", due_on=dt.date(2026, 12, 1))
    type_on(loop, finding_id, "mei", "重拍")
    assert wrote(loop, finding_id)[2:] == [("梅芳", False, 1), ("梅芳", False, 2)]


def test_what_is_written_for_many_halls_is_told_once_in_each(loop: Loop) -> None:
    numbers = [loop.rectifying(clause_zh="门头完好"), loop.rectifying(clause_zh="门头完好")]
    for text, before in (("已", ""), ("已更", "已"), ("已更换", "已更")):
        seen = {number: {"correction": before} for number in numbers}
        together.write(loop.db, loop.city.mei, {"correction": text}, seen)
    assert [wrote(loop, number) for number in numbers] == [[("梅芳", False, 1)]] * 2


def test_a_history_from_before_shows_each_author_once(loop: Loop) -> None:
    finding_id = loop.rectifying()
    for _ in range(20):
        with unit_of_work(loop.db, loop.city.mei) as work:
            work.record(conversation.WROTE, "finding", finding_id, cycle=1, fields=["correction"])
    assert wrote(loop, finding_id) == [("梅芳", False, 1)]
    type_on(loop, finding_id, "mei", "已换")
    assert events(loop) == 20, "whoever was named before is not named again"
