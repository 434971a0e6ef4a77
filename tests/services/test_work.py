"""The unit of work: what is recorded is kept with the change or not at all, and the chain holds."""

import threading

import pytest
from sqlalchemy.exc import IntegrityError
from sqlmodel import select

from audit.db.models import Account, ChainHead, Event, Organisation
from audit.domain.events import FIRST, Happening, link
from audit.services.work import unit_of_work
from tests.factories import NOW, City


def test_a_change_and_its_event_are_kept_together(city: City) -> None:
    with unit_of_work(city.db, city.adam) as work:
        work.session.add(Organisation(code="new", kind="branch", name_zh="新"))
        work.record("organisation.created", "organisation", 9, code="new")
    with city.db.read() as session:
        event = session.exec(select(Event)).one()
        assert (event.seq, event.verb, event.data, event.previous_sha256) == (
            1,
            "organisation.created",
            {"code": "new"},
            FIRST,
        )
        assert session.get(ChainHead, 1).sha256 == event.sha256


def test_nothing_is_kept_when_the_work_fails(city: City) -> None:
    def fail() -> None:
        with unit_of_work(city.db, city.adam) as work:
            work.session.add(Organisation(code="new", kind="branch", name_zh="新"))
            work.record("organisation.created", "organisation", 9)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with city.db.read() as session:
        assert session.exec(select(Event)).all() == []
        assert session.exec(select(Organisation).where(Organisation.code == "new")).all() == []


def test_parallel_writers_leave_one_unbroken_chain(city: City) -> None:
    def write(number: int) -> None:
        for _ in range(10):
            with unit_of_work(city.db, city.adam) as work:
                work.record("test.wrote", "test", number, text="整改")

    threads = [threading.Thread(target=write, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with city.db.read() as session:
        events = session.exec(select(Event).order_by(Event.seq)).all()
    assert [event.seq for event in events] == list(range(1, 61))
    previous = FIRST
    for event in events:
        happening = Happening(
            event.at, event.account_id, event.device, event.verb, event.subject_kind, event.subject_id, event.data
        )
        assert event.previous_sha256 == previous
        assert event.sha256 == link(previous, event.seq, happening)
        previous = event.sha256


def test_a_failed_statement_does_not_carry_what_people_typed_into_the_log(city: City) -> None:
    with pytest.raises(IntegrityError) as caught, city.db.write() as session:
        session.add(Account(sign_in_name="lin", name="林晓", phone="13800138000", created_at=NOW))
    assert "13800138000" not in str(caught.value)
