"""The working-day calendar: what marketing enters counts over the library, and is recorded."""

import datetime as dt

import pytest
from sqlmodel import select

from audit.db.models import Event
from audit.services import calendar
from tests.factories import City
from tests.hands import refusal

DAY = dt.date(2027, 1, 1)


@pytest.mark.parametrize("who", ["wang", "adam"])
def test_a_day_is_entered_changed_and_given_back_to_the_library(city: City, who: str) -> None:
    actor = city.actors[who]
    assert calendar.get_calendar(city.db).is_estimated(DAY)
    assert calendar.get_calendar(city.db).is_working(DAY)
    calendar.set_day(city.db, actor, DAY, False, "国务院办公厅通知")
    calendar.set_day(city.db, actor, dt.date(2027, 1, 3), True, "调休")
    found = calendar.get_calendar(city.db)
    assert (found.is_working(DAY), found.is_estimated(DAY), found.is_working(dt.date(2027, 1, 3))) == (
        False,
        False,
        True,
    )
    calendar.set_day(city.db, actor, DAY, True, "更正")
    assert [(row.day, row.working) for row in calendar.list_days(city.db, city.mei, 2027)] == [
        (DAY, True), (dt.date(2027, 1, 3), True),
    ]  # fmt: skip
    calendar.remove_day(city.db, actor, DAY)
    assert calendar.get_calendar(city.db).is_estimated(DAY)
    with city.db.read() as session:
        events = session.exec(select(Event).where(Event.subject_id == "2027-01-01").order_by(Event.seq)).all()
    assert [event.data["working"] for event in events] == [[None, False], [False, True], [True, None]]


@pytest.mark.parametrize("who", ["mei", "lin", "hu", "fang", "luo"])
def test_others_only_look(city: City, who: str) -> None:
    actor = city.actors[who]
    assert refusal(lambda: calendar.set_day(city.db, actor, DAY, False, "x")).code == "forbidden"
    assert refusal(lambda: calendar.remove_day(city.db, actor, DAY)).code == "forbidden"
    assert calendar.list_days(city.db, actor, 2027) == []


def test_a_day_needs_a_reason_and_a_possible_year(city: City) -> None:
    assert refusal(lambda: calendar.set_day(city.db, city.wang, DAY, False, " ")).code == "required"
    assert refusal(lambda: calendar.set_day(city.db, city.wang, dt.date(1999, 1, 1), False, "x")).code == "invalid"
    assert refusal(lambda: calendar.remove_day(city.db, city.wang, DAY)).code == "not_found"
