"""What a later visit says of closed findings: verified, or a repeat that is one step worse."""

import datetime as dt
from typing import Any

import pytest

from audit.db.models import Finding, Visit
from audit.domain.permissions import Actor
from audit.services import clock
from audit.services.bootstrap import bootstrap
from audit.services.loop.returning import settle
from audit.services.work import unit_of_work
from tests.factories import City
from tests.field import CHECKLIST, add_checklist
from tests.looping import Loop, enter_the_loop


@pytest.fixture
def loop(city: City) -> Loop:
    return enter_the_loop(city)


def later_visit(loop: Loop, days: int, version: int | None = None) -> int:
    """Another visit of the same hall, so many days after the closing, with the same checklist or another version."""
    at = loop.at + dt.timedelta(days=days)
    with loop.db.write() as session:
        first = session.get_one(Visit, loop.field.visit_id)
        row = Visit(
            assignment_id=first.assignment_id, outlet_id=first.outlet_id, state="open", planned_on=at.date(),
            checklist_version_id=version or first.checklist_version_id,
        )  # fmt: skip
        session.add(row)
        session.flush()
        return row.id or 0


def accept(loop: Loop, visit_id: int, days: int, who: Actor | None = None) -> None:
    at = loop.at + dt.timedelta(days=days)
    with clock.stopped(at), unit_of_work(loop.db, who or loop.city.wang) as work:
        row = work.session.get_one(Visit, visit_id)
        row.state, row.submitted_at, row.accepted_at = "accepted", at, at
        work.session.add(row)
        work.session.flush()
        settle(work, row)


def told_closed(loop: Loop, visit_id: int) -> dict[int, dict[str, Any]]:
    """Closed finding → what the tablet is told of it at a visit."""
    with clock.stopped(loop.at + dt.timedelta(days=10)):
        (visit,) = [one for one in bootstrap(loop.db, loop.city.lin)["visits"] if one["id"] == visit_id]
    return {one["id"]: one for one in visit["closed_findings"]}


@pytest.mark.parametrize(
    ("days", "rating", "state"), [(30, "pass", "verified"), (29, "pass", "closed"), (30, "na", "closed")]
)
def test_the_same_item_passing_thirty_days_later_verifies(loop: Loop, days: int, rating: str, state: str) -> None:
    finding_id = loop.submitted()
    loop.do(loop.city.wang, finding_id, "accept")
    visit_id = later_visit(loop, days)
    body = {"rating": rating} | ({"reason": "无此设施"} if rating == "na" else {})
    loop.field.write(loop.city.lin, "item:A01", body, visit_id=visit_id)
    accept(loop, visit_id, days)
    assert loop.read(finding_id).state == state


@pytest.mark.parametrize(("visits_between", "repeat"), [(0, True), (2, True), (3, False)])
def test_a_repeat_within_the_next_three_visits_is_one_step_worse(loop: Loop, visits_between: int, repeat: bool) -> None:
    first = loop.submitted(severity="minor")
    loop.do(loop.city.wang, first, "accept")
    for number in range(visits_between):
        accept(loop, later_visit(loop, number + 1), number + 1)
    visit_id = later_visit(loop, 10)
    again, other = loop.draft("A01", visit_id=visit_id), loop.draft("A02", visit_id=visit_id)
    accept(loop, visit_id, 10)
    accept(loop, visit_id, 10)
    found = loop.read(again)
    assert (found.repeat, found.severity) == (repeat, "major" if repeat else "minor")
    assert found.repeat_of == (first if repeat else None)
    assert not loop.read(other).repeat


def test_visits_with_another_checklist_are_none_of_the_three(loop: Loop) -> None:
    reception = add_checklist(loop.db, {**CHECKLIST, "code": "reception"})
    first = loop.submitted(severity="minor")
    loop.do(loop.city.wang, first, "accept")
    for day in (1, 2, 3):
        accept(loop, later_visit(loop, day, reception), day)
    visit_id = later_visit(loop, 10)
    assert told_closed(loop, visit_id)[first]["repeats"]  # the tablet says the same ahead
    again = loop.draft("A01", visit_id=visit_id)
    accept(loop, visit_id, 10)
    assert loop.read(again).repeat_of == first


@pytest.mark.parametrize(("visits_between", "repeats"), [(0, True), (2, True), (3, False)])
def test_the_tablet_is_told_how_long_a_failure_would_be_a_repeat(
    loop: Loop, visits_between: int, repeats: bool
) -> None:
    first = loop.submitted(severity="minor")
    loop.do(loop.city.wang, first, "accept")
    newer = add_checklist(loop.db, {**CHECKLIST, "version": "2"})  # asks the same: its visits count
    for day in range(1, visits_between + 1):
        accept(loop, later_visit(loop, day, newer if day == 1 else None), day)
    assert told_closed(loop, later_visit(loop, 10))[first]["repeats"] is repeats


# An item of another list may have the same code and ask something else; a new version of the list asks the same.
@pytest.mark.parametrize(("changes", "same"), [({"code": "uploaded"}, False), ({"version": "2"}, True)])
def test_only_items_of_the_same_checklist_verify_and_repeat(loop: Loop, changes: dict[str, str], same: bool) -> None:
    version = add_checklist(loop.db, {**CHECKLIST, **changes})
    finding_id = loop.submitted(severity="minor")
    loop.do(loop.city.wang, finding_id, "accept")
    failing = later_visit(loop, 10, version)
    again = loop.draft("A01", visit_id=failing)
    accept(loop, failing, 10)
    assert (loop.read(again).repeat, loop.read(again).severity) == ((True, "major") if same else (False, "minor"))
    passing = later_visit(loop, 30, version)
    loop.field.write(loop.city.lin, "item:A01", {"rating": "pass"}, visit_id=passing)
    accept(loop, passing, 30)
    assert loop.read(finding_id).state == ("verified" if same else "closed")


def test_a_finding_of_another_list_hides_no_closed_one_of_the_same_code_on_the_tablet(loop: Loop) -> None:
    other = later_visit(loop, 5, add_checklist(loop.db, {**CHECKLIST, "code": "uploaded"}))
    mine = loop.draft("A01")
    namesake = loop.draft("A01", visit_id=other)
    with loop.db.write() as session:
        for days, finding_id in enumerate((mine, namesake)):
            row = session.get_one(Finding, finding_id)
            row.state, row.closed_at = "closed", clock.now() - dt.timedelta(days=9 - days)
    told = told_closed(loop, later_visit(loop, 40))
    assert {number: one["on_list"] for number, one in told.items()} == {mine: True, namesake: False}
