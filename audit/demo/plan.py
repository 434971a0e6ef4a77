"""The demo city's rounds as they are planned: who visits which hall on which day, and how far each visit has come."""

import datetime as dt
from dataclasses import dataclass

from sqlmodel import col, select

from audit.db.engine import Database
from audit.db.models import Visit
from audit.demo.bulk import one_transaction
from audit.demo.calendar import RUNNING, Wave, instant, waves, weekday_from
from audit.demo.founding import City, FoundedBranch, FoundedHall, Person
from audit.services import clock, rounds
from audit.services.assignments import AssignmentPlan, OutletPlan
from audit.services.rounds import RoundValues

MORNING, AFTERNOON, EARLY = dt.time(9, 20), dt.time(14, 10), dt.time(8, 5)
REVIEWED_AFTER = 3  # days after its visit that marketing has accepted it, in the running round
COVERT = 5  # every fifth assignment is announced: then the hall knows who comes


@dataclass(frozen=True)
class PlannedVisit:
    """One visit: `fate` is planned, part (under way), submitted, returned or accepted."""

    id: int
    hall: FoundedHall
    starts_at: dt.datetime
    fate: str


@dataclass(frozen=True)
class PlannedAssignment:
    """One assignment with its visits."""

    id: int
    wave: Wave
    inspecting: FoundedBranch
    inspected: FoundedBranch
    team: tuple[Person, Person]
    ends_on: dt.date
    visits: tuple[PlannedVisit, ...]

    @property
    def finished(self) -> bool:
        """Whether all its visits are behind it."""
        return all(visit.fate not in ("planned", "part") for visit in self.visits)


def plan_rounds(db: Database, city: City, today: dt.date) -> tuple[dict[int, int], list[PlannedAssignment]]:
    """Make and publish the three rounds; gives wave number → round id, and all assignments."""
    round_ids: dict[int, int] = {}
    planned: list[PlannedAssignment] = []
    marketing = city.staff["marketing"].actor
    for wave in waves(today):
        given = RoundValues(wave.name_zh, "cross_inspection", wave.starts_on, wave.ends_on, wave.name_en, wave.code)
        moment = instant(wave.starts_on - dt.timedelta(days=5), dt.time(10, 0))
        with clock.stopped(moment), one_transaction(db) as joined:
            round_id = rounds.create_round(joined, marketing, given)
            plans = [_assignment(city, wave, place, today) for place in range(len(city.ring))]
            ids = [rounds.add_assignment(joined, marketing, round_id, plan) for _, _, plan in plans]
            rounds.publish_round(joined, marketing, round_id, version=1)
        round_ids[wave.number] = round_id
        for assignment_id, (inspecting, inspected, plan) in zip(ids, plans, strict=True):
            team = inspecting.team if plan.leader_id == inspecting.team[0].account_id else inspecting.team[::-1]
            visits = _visits(db, assignment_id, inspected, plan, today, is_demo(inspecting), wave)
            planned.append(PlannedAssignment(assignment_id, wave, inspecting, inspected, team, plan.ends_on, visits))
    return round_ids, planned


def is_demo(branch: FoundedBranch) -> bool:
    """Whether the persona "supervisor" belongs to this branch."""
    return branch.team[0].sign_in_name == "supervisor"


def _assignment(
    city: City, wave: Wave, place: int, today: dt.date
) -> tuple[FoundedBranch, FoundedBranch, AssignmentPlan]:
    inspecting, inspected = city.ring[place], city.inspected_by(place, wave.number)
    first, second = wave.days(place, len(city.ring))
    days = [first, first, second, second]
    if wave.number == RUNNING and is_demo(inspecting):
        days = [weekday_from(today, -1), today, today, weekday_from(today, 1)]
    leads = 0 if is_demo(inspecting) or (place + wave.number) % 2 == 0 else 1
    plan = AssignmentPlan(
        inspecting_id=inspecting.id,
        inspected_id=inspected.id,
        team=tuple(person.account_id for person in inspecting.team),
        leader_id=inspecting.team[leads].account_id,
        outlets=tuple(
            OutletPlan(hall.id, city.checklist_id, day) for hall, day in zip(inspected.halls, days, strict=True)
        ),
        starts_on=days[0],
        ends_on=days[-1],
        announced=place % COVERT == 0,
    )
    return inspecting, inspected, plan


def _visits(
    db: Database,
    assignment_id: int,
    inspected: FoundedBranch,
    plan: AssignmentPlan,
    today: dt.date,
    demo: bool,
    wave: Wave,
) -> tuple[PlannedVisit, ...]:
    with db.read() as session:
        query = select(Visit.outlet_id, Visit.id).where(Visit.assignment_id == assignment_id)
        ids = dict(session.exec(query.order_by(col(Visit.id))).all())
    found = []
    for place, (hall, outlet) in enumerate(zip(inspected.halls, plan.outlets, strict=True)):
        time = MORNING if place % 2 == 0 else AFTERNOON
        fate = "accepted"
        if wave.number == RUNNING:
            fate = _fate(outlet.planned_on, today, place, assignment_id)
            if demo:
                fate = ("accepted", "part", "planned", "planned")[place]
            time = EARLY if fate == "part" else time
        found.append(PlannedVisit(ids[hall.id] or 0, hall, instant(outlet.planned_on, time), fate))
    return tuple(found)


def _fate(day: dt.date, today: dt.date, place: int, assignment_id: int) -> str:
    """How far an ordinary visit of the running round has come."""
    if day > today or (day == today and place % 2):
        return "planned"
    if day == today:
        return "part"
    if today - day > dt.timedelta(days=REVIEWED_AFTER):
        return "accepted"
    return "returned" if (assignment_id + place) % 9 == 0 else "submitted"
