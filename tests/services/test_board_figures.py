"""The board's figures come from grouped counts; here each finding is counted by itself, and both must agree."""

import datetime as dt
import random
import statistics
from itertools import pairwise

import pytest
from sqlmodel import select

from audit.db.models import Finding, Round
from audit.domain.deadlines import ZONE
from audit.domain.loop import STAGE_STATES
from audit.domain.register import ANSWERED, ASKED, CLOSED, WAITING, Figures, Filters
from audit.services import clock, register
from tests.factories import City
from tests.looping import FRIDAY, Loop, enter_the_loop

STATES = [state for states in STAGE_STATES.values() for state in states]
SINCE = dt.date(2026, 9, 1)
KEYS = {"organisation": "organisation_id", "section": "section_code", "round": "round_id"}


@pytest.fixture
def many(city: City) -> Loop:
    """Three hundred findings of two branches, two rounds and three sections, with all that may be missing missing."""
    loop, chance = enter_the_loop(city), random.Random(14)
    with city.db.write() as session:
        other = Round(
            code="R2", name_zh="第二轮", name_en="Round 2", kind="cross_inspection", state="running",
            starts_on=FRIDAY.date(), ends_on=FRIDAY.date(),
        )  # fmt: skip
        session.add(other)
        session.flush()
        rounds = (loop.field.round_id, other.id)
    places = (loop.visited("yuzhong", "YZ01"), {})

    def some(days: float) -> dt.datetime | None:
        return None if chance.random() < 0.2 else FRIDAY - dt.timedelta(days=chance.uniform(-days / 3, days))

    rows = [
        {"id": None, "subject": f"item:{number}", "item_code": "A01", "severity": "minor", "requirement_zh": "",
         "round_id": chance.choice(rounds), "outlet_id": city.outlets["JB01"], "visit_id": loop.field.visit_id,
         "organisation_id": city.organisations["jiangbei"], **chance.choice(places),
         "section_code": chance.choice(("A", "B", "")), "state": chance.choice(STATES),
         "kind": "highlight" if chance.random() < 0.05 else "nonconformity", "cycle": chance.choice((1, 1, 2)),
         "repeat": chance.random() < 0.2, "due_at": some(30), "issued_at": some(40), "answered_at": some(30),
         "branch_seconds": chance.randrange(900_000), "department_seconds": chance.randrange(900_000),
         "created_at": FRIDAY - dt.timedelta(days=chance.uniform(0, 150))}
        for number in range(300)
    ]  # fmt: skip
    for row in rows:
        if row["state"] == "draft":  # due days begin with the issue
            row["due_at"] = None
    with city.db.write() as session:
        session.add_all([Finding(**row) for row in rows])
    return loop


def counted(rows: list[Finding], ages: tuple[dt.datetime, ...]) -> Figures:
    """The figures, from the words of `domain.register`, one finding after the other."""
    asked = [one for one in rows if one.state in ASKED and one.due_at]
    answered = [one for one in rows if one.state in ANSWERED and one.due_at and one.answered_at]
    closed = [one for one in rows if one.state in CLOSED and one.answered_at]
    waiting = [one.issued_at for one in rows if one.state in WAITING and one.issued_at]
    overdue = sum(one.due_at < FRIDAY for one in asked if one.due_at)
    late = sum(one.answered_at > one.due_at for one in answered if one.answered_at and one.due_at)
    edges = (dt.datetime.max.replace(tzinfo=dt.UTC), *ages, dt.datetime.min.replace(tzinfo=dt.UTC))
    return Figures(
        {stage: sum(one.state in states for one in rows) for stage, states in STAGE_STATES.items()},
        overdue, len(answered) - late, overdue + late, sum(one.cycle == 1 for one in closed), len(closed),
        sum(one.repeat and one.state not in ("withdrawn", "merged") for one in rows),
        tuple(sum(begin <= at < end for at in waiting) for end, begin in pairwise(edges)),
        statistics.median([one.branch_seconds for one in closed]) if closed else None,
        statistics.median([one.department_seconds for one in closed]) if closed else None,
    )  # fmt: skip


@pytest.mark.parametrize("narrowed", ["nothing", "since", "round_id", "organisation_id"])
def test_every_figure_is_that_of_a_count_of_each_finding(many: Loop, narrowed: str) -> None:
    begin, over = dt.datetime.combine(SINCE, dt.time(), ZONE), STAGE_STATES["done"]
    branch = many.city.organisations["jiangbei"]
    filters, left = {
        "nothing": (Filters(), lambda _one: True),
        "since": (Filters(since=SINCE), lambda one: one.created_at >= begin or one.state not in over),
        "round_id": (Filters(round_id=many.field.round_id), lambda one: one.round_id == many.field.round_id),
        "organisation_id": (Filters(organisation_id=branch), lambda one: one.organisation_id == branch),
    }[narrowed]
    with clock.stopped(FRIDAY), many.db.read() as session:
        ages = register.moment(session).ages
        rows = [one for one in session.exec(select(Finding)).all() if one.kind != "highlight" and left(one)]
    for group in ("", *KEYS):
        with clock.stopped(FRIDAY):
            whole, by, _none = register.overview(many.db, many.city.wang, filters, group)
        assert whole == counted(rows, ages), group
        if group:
            keys = {getattr(one, KEYS[group]) for one in rows}
            parts = {key: counted([one for one in rows if getattr(one, KEYS[group]) == key], ages) for key in keys}
            assert by == parts


def test_the_urgent_ones_of_a_stage_are_the_first_of_its_list(many: Loop) -> None:
    stages = ("check", "communicate", "rectify", "feedback")
    with clock.stopped(FRIDAY):
        found = register.overview(many.db, many.city.wang, Filters(since=SINCE), cards=4).urgent
        lists = {
            stage: register.find(many.db, many.city.wang, Filters(since=SINCE, stage=stage), size=4).rows
            for stage in stages
        }
    assert found == lists
    assert sorted(len(lines) for lines in found.values())[1:] == [4, 4, 4]
