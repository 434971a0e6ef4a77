"""Two at once: the second is told that it came second, or finds what the first one left; nobody meets a failure."""

import datetime as dt
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from sqlalchemy import text
from sqlmodel import select

from audit.db.engine import Database
from audit.db.models import Delegation, Finding, ReportDraft, Visit, WorkingDay
from audit.errors import RoundsError
from audit.services import calendar, clock, reports
from audit.services.loop import delegating, linked
from audit.services.work import unit_of_work
from tests.factories import City
from tests.field import DAY
from tests.hands import refusal
from tests.looping import Loop, enter_the_loop


@pytest.fixture
def loop(city: City) -> Iterator[Loop]:
    made = enter_the_loop(city)
    with clock.stopped(made.at):
        yield made


def outcomes(*acts: Callable[[], object]) -> list[str]:
    """What became of acts that begin together: "" or the code of a refusal."""
    ready = threading.Barrier(len(acts))

    def run(act: Callable[[], object]) -> str:
        ready.wait()
        try:
            act()
        except RoundsError as error:
            return error.code
        return ""

    with ThreadPoolExecutor(len(acts)) as pool:
        return sorted(pool.map(run, acts))


def waits(db: Database, waiter: "Future[object]") -> None:
    """Until somebody waits for a lock of ours. SQLite's writers take turns anyway: there is nothing to wait for."""
    while not db.is_sqlite and not waiter.done():
        with db.read() as session:
            if session.connection().execute(text("SELECT 1 FROM pg_locks WHERE NOT granted")).first():
                return


def test_two_who_choose_for_one_report_at_once_do_not_overwrite_each_other(loop: Loop) -> None:
    place = (loop.field.round_id, loop.city.organisations["jiangbei"])
    acts = [
        lambda said=said: reports.choose(loop.db, loop.city.wang, *place, said, {}, 0)  # type: ignore[misc]
        for said in ("一", "二", "三", "四")
    ]
    assert outcomes(*acts) == ["", "stale", "stale", "stale"]
    with loop.db.read() as session:
        assert session.get_one(ReportDraft, place).version == 1


def test_two_who_enter_one_day_at_once_both_do(city: City) -> None:
    acts = [
        lambda who=who: calendar.set_day(city.db, who, DAY, True, "调休")  # type: ignore[misc]
        for who in (city.wang, city.adam, city.wang, city.adam)
    ]
    assert outcomes(*acts) == [""] * 4
    with city.db.read() as session:
        assert len(session.exec(select(WorkingDay)).all()) == 1


def test_what_is_written_through_a_link_while_it_is_taken_back_is_refused(loop: Loop) -> None:
    finding_id = loop.rectifying()
    link = delegating.make_link(loop.db, loop.city.mei, finding_id, dt.timedelta(days=1))
    with ThreadPoolExecutor(1) as pool:
        with unit_of_work(loop.db, loop.city.mei) as work:
            work.session.get(Finding, finding_id, with_for_update=True)
            written = pool.submit(linked.keep, loop.db, link.token, "10.0.0.1", {"correction": "晚了"}, {})
            waits(loop.db, written)  # type: ignore[arg-type]
            work.session.get_one(Delegation, link.delegation_id).revoked_at = work.now
        assert refusal(written.result).code == "delegation.link"


def test_nothing_is_merged_into_a_draft_whose_visit_may_still_be_recalled(loop: Loop) -> None:
    kept, mine = loop.draft(), loop.draft()
    for state in ("submitted", "cancelled"):
        with loop.db.write() as session:
            visit = session.get_one(Visit, loop.field.second_visit_id)
            visit.state = state
            session.get_one(Finding, kept).visit_id = visit.id or 0
        assert refusal(lambda: loop.do(loop.city.wang, mine, "merge", merged_into=kept)).code == "finding.merge"
    assert loop.read(mine).state == "draft"
    with loop.db.write() as session:
        session.get_one(Finding, kept).visit_id = loop.field.visit_id
    assert loop.do(loop.city.wang, mine, "merge", merged_into=kept).state == "merged"
