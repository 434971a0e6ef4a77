"""A re-inspection as rows: the visit that carries it, of a round of its own, and the team that goes.

What marketing asks for at the same outlet, of the same people, on the same day, is one visit until somebody begins it.
"""

import datetime as dt
from collections.abc import Sequence

from sqlmodel import Session, col, select

from audit.db.models import (
    Account,
    Assignment,
    AssignmentMember,
    Finding,
    Grant,
    Outlet,
    Reinspection,
    ReinspectionMember,
    Round,
    Visit,
)
from audit.domain.permissions import Role
from audit.domain.visits import REINSPECTION, VISIT_TRANSITIONS, next_state
from audit.errors import RoundsError
from audit.services.assignments import delete_plan
from audit.services.work import Work


def check_team(session: Session, team: Sequence[int], organisation_id: int) -> None:
    """Return when these people may look at this organisation. Raises `finding.team`."""
    able = (
        select(Account.id)
        .join(Grant, col(Grant.account_id) == Account.id)
        .where(col(Account.id).in_(team), col(Account.active), Grant.role == Role.SUPERVISOR)
        .where(Account.organisation_id != organisation_id)
    )
    if not team or set(session.exec(able).all()) != set(team):
        raise RoundsError("finding.team")


def place(work: Work, row: Reinspection, finding: Finding, team: Sequence[int]) -> None:
    """Give a re-inspection its place in a visit: one that waits for the same people there that day, or a new one."""
    session = work.session
    visit_id = _waiting(session, finding.outlet_id, team, row.planned_on) or _new(work, row, finding, team)
    taken = set(session.exec(select(Reinspection.item_code).where(Reinspection.visit_id == visit_id)).all())
    code = finding.item_code or "R"
    row.visit_id, row.item_code = visit_id, code if code not in taken else f"{code[:8]}-{finding.id}"
    session.add(row)
    for account_id in team:
        session.add(ReinspectionMember(reinspection_id=row.id or 0, account_id=account_id))
    session.flush()


def set_team(session: Session, visit: Visit, team: Sequence[int]) -> None:
    """Other people for a visit and all that is looked at there; the first of them leads."""
    delete_plan(session, visit.assignment_id)
    for account_id in team:
        leads = account_id == team[0]
        session.add(AssignmentMember(assignment_id=visit.assignment_id, account_id=account_id, leader=leads))
    rows = session.exec(select(Reinspection).where(Reinspection.visit_id == visit.id)).all()
    for row in rows:
        for member in session.exec(
            select(ReinspectionMember).where(ReinspectionMember.reinspection_id == row.id)
        ).all():
            session.delete(member)
        session.flush()
        for account_id in team:
            session.add(ReinspectionMember(reinspection_id=row.id or 0, account_id=account_id))
    session.flush()


def leave(work: Work, row: Reinspection) -> None:
    """A look is settled: when nothing is left to be looked at in a visit that was not handed in, it is cancelled.

    Raises `busy` while somebody is about to hand it in.
    """
    if row.visit_id is None:
        return
    session = work.session
    left = select(Reinspection.id).where(Reinspection.visit_id == row.visit_id, Reinspection.result == "")
    # Not waited for, here and below: whoever hands the visit in holds its row, and waits for the finding held here.
    visit = session.exec(select(Visit).where(Visit.id == row.visit_id).with_for_update(skip_locked=True)).first()
    if visit is None:
        raise RoundsError("busy")
    if visit.state in ("planned", "open") and session.exec(left.where(Reinspection.id != row.id)).first() is None:
        before, visit.state = visit.state, next_state(VISIT_TRANSITIONS, visit.state, "cancel")
        visit.version += 1
        session.add(visit)
        work.record("visit.cancelled", "visit", visit.id, state=[before, visit.state], reason="")


def check_not_begun(session: Session, row: Reinspection) -> None:
    """Raise `finding.by_visit` when the look is being recorded in its visit: it is decided there and nowhere else."""
    if row.visit_id is not None:
        query = select(Visit.state).where(Visit.id == row.visit_id)
        if session.exec(query.with_for_update(skip_locked=True)).first() not in ("planned", "accepted"):
            raise RoundsError("finding.by_visit")


def _waiting(session: Session, outlet_id: int, team: Sequence[int], day: dt.date) -> int | None:
    """A re-inspection that nobody has begun, at this outlet, by exactly these people, on this day."""
    query = (
        select(Visit)
        .join(Assignment, col(Assignment.id) == Visit.assignment_id)
        .join(Round, col(Round.id) == Assignment.round_id)
        .where(Visit.outlet_id == outlet_id, Visit.planned_on == day, Visit.state == "planned")
        .where(Round.kind == REINSPECTION)
        .order_by(col(Visit.id))
    )
    for visit in session.exec(query.with_for_update(of=Visit, skip_locked=True)).all():
        members = select(AssignmentMember).where(AssignmentMember.assignment_id == visit.assignment_id)
        people = {member.account_id: member.leader for member in session.exec(members).all()}
        if people == {account_id: account_id == team[0] for account_id in team}:
            visit.version += 1
            session.add(visit)
            return visit.id
    return None


def _new(work: Work, row: Reinspection, finding: Finding, team: Sequence[int]) -> int:
    session, day = work.session, row.planned_on
    outlet = session.get_one(Outlet, finding.outlet_id)
    leader = session.get_one(Account, team[0])
    round_ = Round(
        code=f"reinspection-{row.id}", kind=REINSPECTION, state="published", starts_on=day, ends_on=day,
        name_zh=f"现场复查 {outlet.name_zh}", name_en=f"Re-inspection {outlet.name_en or outlet.name_zh}",
    )  # fmt: skip
    session.add(round_)
    session.flush()
    assignment = Assignment(
        round_id=round_.id or 0, inspecting_id=leader.organisation_id or 0, inspected_id=finding.organisation_id,
        announced=False, starts_on=day, ends_on=day,
    )  # fmt: skip
    session.add(assignment)
    session.flush()
    first = session.get_one(Visit, finding.visit_id)
    visit = Visit(
        assignment_id=assignment.id or 0, outlet_id=finding.outlet_id, planned_on=day,
        checklist_version_id=first.checklist_version_id,
    )  # fmt: skip
    session.add(visit)
    session.flush()
    set_team(session, visit, team)
    work.record("visit.planned", "visit", visit.id, reinspection=True, team=list(team), planned_on=str(day))
    return visit.id or 0
