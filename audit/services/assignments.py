"""What an assignment plans: who inspects whom, with which team, which outlets — and whether that may be."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, col, delete, select, update

from audit.db.models import (
    Account,
    Assignment,
    AssignmentMember,
    AssignmentOutlet,
    ChecklistVersion,
    Grant,
    Organisation,
    Outlet,
    Round,
)
from audit.domain.city import INSPECTED_KINDS
from audit.domain.permissions import Role
from audit.errors import RoundsError

MOST_MEMBERS = 20


@dataclass(frozen=True)
class OutletPlan:
    """One outlet to visit: by which checklist version, on which day."""

    outlet_id: int
    checklist_version_id: int
    planned_on: dt.date


@dataclass(frozen=True)
class AssignmentPlan:
    """One assignment as it is typed. `team` are account ids with the leader among them."""

    inspecting_id: int
    inspected_id: int
    team: tuple[int, ...]
    leader_id: int
    outlets: tuple[OutletPlan, ...]
    starts_on: dt.date
    ends_on: dt.date
    announced: bool = False

    def to_json(self) -> dict[str, Any]:
        """Plain data for the history."""
        return {
            "inspecting_id": self.inspecting_id,
            "inspected_id": self.inspected_id,
            "team": list(self.team),
            "leader_id": self.leader_id,
            "outlets": [[plan.outlet_id, plan.checklist_version_id, str(plan.planned_on)] for plan in self.outlets],
            "dates": [str(self.starts_on), str(self.ends_on)],
            "announced": self.announced,
        }


def check(session: Session, row: Round, plan: AssignmentPlan, only_team: bool = False) -> None:
    """Return when the plan may stand in this round.

    Raises `invalid` for organisations that are missing or closed, and for one that nobody inspects, `round.own_branch`,
    `round.team`, `round.not_supervisor`, and unless `only_team`: `round.no_outlets`, `round.outlet`, `round.checklist`,
    `round.dates`.
    """
    organisations = _by_id(session, Organisation, (plan.inspecting_id, plan.inspected_id))
    for field, found in (("inspecting", plan.inspecting_id), ("inspected", plan.inspected_id)):
        if found not in organisations or organisations[found].closed_on:
            raise RoundsError("invalid", field=field)
    if organisations[plan.inspected_id].kind not in INSPECTED_KINDS:
        raise RoundsError("invalid", field="inspected")
    if plan.inspecting_id == plan.inspected_id:
        raise RoundsError("round.own_branch", name=organisations[plan.inspected_id].name_zh)
    check_team(session, plan)
    if not only_team:
        _check_outlets(session, row, plan)


def check_team(session: Session, plan: AssignmentPlan) -> None:
    """Return when these people may inspect. Raises `round.team`, `round.not_supervisor`, `round.own_branch`."""
    unique = len(set(plan.team)) == len(plan.team)
    if not plan.team or not unique or len(plan.team) > MOST_MEMBERS or plan.leader_id not in plan.team:
        raise RoundsError("round.team")
    accounts = _by_id(session, Account, plan.team)
    inspectors = set(
        session.exec(
            select(Grant.account_id).where(col(Grant.account_id).in_(plan.team), Grant.role == Role.SUPERVISOR.value)
        ).all()
    )
    for account_id in plan.team:
        account = accounts.get(account_id)
        if account is None or not account.active or account_id not in inspectors:
            raise RoundsError("round.not_supervisor", name=account.name if account else str(account_id))
        if account.organisation_id == plan.inspected_id:
            raise RoundsError("round.own_branch", name=account.name)


def _check_outlets(session: Session, row: Round, plan: AssignmentPlan) -> None:
    ids = [outlet.outlet_id for outlet in plan.outlets]
    if not ids or len(set(ids)) != len(ids):
        raise RoundsError("round.no_outlets")
    if not row.starts_on <= plan.starts_on <= plan.ends_on <= row.ends_on:
        raise RoundsError("round.dates")
    outlets = _by_id(session, Outlet, ids)
    checklists = _by_id(session, ChecklistVersion, [outlet.checklist_version_id for outlet in plan.outlets])
    for wanted in plan.outlets:
        outlet = outlets.get(wanted.outlet_id)
        if outlet is None or outlet.organisation_id != plan.inspected_id or outlet.closed_on:
            raise RoundsError("round.outlet", name=outlet.name_zh if outlet else str(wanted.outlet_id))
        checklist = checklists.get(wanted.checklist_version_id)
        if checklist is None or checklist.status != "published":
            raise RoundsError("round.checklist", name=checklist.title_zh if checklist else "")
        if not plan.starts_on <= wanted.planned_on <= plan.ends_on:
            raise RoundsError("round.dates")


def read_plan(session: Session, assignment: Assignment) -> AssignmentPlan:
    """The plan of a stored assignment."""
    assignment_id = assignment.id or 0
    members = session.exec(select(AssignmentMember).where(AssignmentMember.assignment_id == assignment_id)).all()
    outlets = session.exec(select(AssignmentOutlet).where(AssignmentOutlet.assignment_id == assignment_id)).all()
    return AssignmentPlan(
        inspecting_id=assignment.inspecting_id,
        inspected_id=assignment.inspected_id,
        team=tuple(sorted(member.account_id for member in members)),
        leader_id=next((member.account_id for member in members if member.leader), 0),
        outlets=tuple(OutletPlan(plan.outlet_id, plan.checklist_version_id, plan.planned_on) for plan in outlets),
        starts_on=assignment.starts_on,
        ends_on=assignment.ends_on,
        announced=assignment.announced,
    )


def write_plan(session: Session, assignment_id: int, plan: AssignmentPlan) -> None:
    """Write everything a plan says about a stored assignment."""
    session.exec(
        update(Assignment)
        .where(col(Assignment.id) == assignment_id)
        .values(
            inspecting_id=plan.inspecting_id,
            inspected_id=plan.inspected_id,
            announced=plan.announced,
            starts_on=plan.starts_on,
            ends_on=plan.ends_on,
        )
    )
    for outlet in plan.outlets:
        session.add(AssignmentOutlet(assignment_id=assignment_id, **outlet.__dict__))
    write_members(session, assignment_id, plan)


def write_members(session: Session, assignment_id: int, plan: AssignmentPlan) -> None:
    """Replace the team of a stored assignment."""
    session.exec(delete(AssignmentMember).where(col(AssignmentMember.assignment_id) == assignment_id))
    for account_id in plan.team:
        leads = account_id == plan.leader_id
        session.add(AssignmentMember(assignment_id=assignment_id, account_id=account_id, leader=leads))
    session.flush()


def delete_plan(session: Session, assignment_id: int) -> None:
    """Take away the team and the outlets of a stored assignment."""
    session.exec(delete(AssignmentMember).where(col(AssignmentMember.assignment_id) == assignment_id))
    session.exec(delete(AssignmentOutlet).where(col(AssignmentOutlet.assignment_id) == assignment_id))


def _by_id(session: Session, model: Any, ids: Iterable[int]) -> dict[int, Any]:
    return {row.id: row for row in session.exec(select(model).where(col(model.id).in_(list(ids)))).all()}
