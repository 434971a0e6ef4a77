"""The way to a finding: nothing is reached but through here, so nobody reaches what is not theirs.

Whoever answers for a place sees a finding once it is issued (corrected on the spot: once the visit is accepted); a hall
sees only what was delegated to it.
"""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, false, or_, true
from sqlalchemy import select as select_rows
from sqlmodel import Session, col, select

from audit.db.models import (
    AssignmentMember,
    Delegation,
    Finding,
    Grant,
    Outlet,
    Reinspection,
    ReinspectionMember,
    Round,
    Visit,
)
from audit.domain.loop import actions_for
from audit.domain.permissions import PERMISSIONS, Actor, Granted, Role, Scope, Where, authorise, covers, grants_for
from audit.errors import RoundsError
from audit.services import clock
from audit.services.loop.barred import barred


@dataclass(frozen=True)
class FindingAccess:
    """A finding that the actor may use, with what it belongs to."""

    finding: Finding
    visit: Visit
    round: Round
    outlet: Outlet


def finding_for(session: Session, actor: Actor, permission: str, finding_id: int, lock: bool = False) -> FindingAccess:
    """The finding, when the actor has the permission there; `lock` holds its row until the end of the transaction.

    Raises `forbidden` when the actor has the permission nowhere, `not_found` for a missing or foreign finding.
    """
    if not grants_for(actor, permission):
        raise RoundsError("forbidden")
    query = (
        select_rows(Finding, Visit, Round, Outlet)
        .join(Visit, col(Visit.id) == Finding.visit_id)
        .join(Round, col(Round.id) == Finding.round_id)
        .join(Outlet, col(Outlet.id) == Finding.outlet_id)
        .where(col(Finding.id) == finding_id)
    )
    row = session.execute(query.with_for_update(of=Finding) if lock else query).first()
    if row is None:
        raise RoundsError("not_found")
    access = FindingAccess(*row)
    where = _where(session, actor, access, permission)
    authorise(actor, permission, where)
    holding = [grant for grant in grants_for(actor, permission) if covers(grant, where)]
    if not any(_opens(session, actor, grant, access) for grant in holding):
        raise RoundsError("not_found")
    return access


def readable(actor: Actor, permission: str = "finding.read") -> ColumnElement[bool]:
    """The findings that `finding_for` would give the actor, as a condition on `Finding`."""
    teams = select(Visit.id).join(AssignmentMember, col(AssignmentMember.assignment_id) == Visit.assignment_id)
    allowed: list[ColumnElement[bool]] = []
    for grant in grants_for(actor, permission):
        place: ColumnElement[bool]
        match grant.scope:
            case Scope.CITY | Scope.SYSTEM:
                place = true()
            case Scope.BRANCH:
                place = and_(col(Finding.organisation_id) == grant.scope_id, shown_to_branch())
            case Scope.OUTLET:
                mine = select(Delegation.finding_id).where(*_standing(actor))
                place = and_(col(Finding.outlet_id) == grant.scope_id, shown_to_branch(), col(Finding.id).in_(mine))
            case Scope.ASSIGNMENTS:
                to_look = _reinspected(actor)
                conducted = teams.where(AssignmentMember.account_id == actor.account_id)
                place = col(Finding.id).in_(to_look)
                if permission != "finding.reinspect":
                    place = or_(place, col(Finding.visit_id).in_(conducted))
            case _:
                place = false()
        allowed.append(place)
    return or_(false(), *allowed)


def readers(access: FindingAccess) -> ColumnElement[bool]:
    """With which grants somebody may read a finding, as a condition on `Grant`: `finding_for` the other way round."""
    finding = access.finding
    team = select(AssignmentMember.account_id).where(AssignmentMember.assignment_id == access.visit.assignment_id)
    looking = (
        select(ReinspectionMember.account_id)
        .join(Reinspection, col(Reinspection.id) == ReinspectionMember.reinspection_id)
        .where(Reinspection.finding_id == finding.id, Reinspection.result == "")
    )
    holder, scope, scope_id = col(Grant.account_id), col(Grant.scope_kind), col(Grant.scope_id)
    places = [scope == Scope.CITY, and_(scope == Scope.ASSIGNMENTS, or_(holder.in_(team), holder.in_(looking)))]
    if _shown(access):
        managers = select(Delegation.account_id).where(Delegation.finding_id == finding.id, *in_force())
        places += [
            and_(scope == Scope.BRANCH, scope_id == finding.organisation_id),
            and_(scope == Scope.OUTLET, scope_id == finding.outlet_id, holder.in_(managers)),
        ]
    return and_(col(Grant.role).in_(PERMISSIONS["finding.read"].roles), or_(*places))


def shown_to_branch() -> ColumnElement[bool]:
    """The findings that the inspected branch may see, as a condition on `Finding`."""
    accepted = select(Visit.id).where(Visit.state == "accepted")
    on_spot = and_(
        col(Finding.corrected_on_spot),
        col(Finding.state).not_in(("draft", "merged", "withdrawn")),
        col(Finding.visit_id).in_(accepted),
    )
    return or_(col(Finding.issued_at).is_not(None), on_spot)


def actions_of(session: Session, actor: Actor, access: FindingAccess) -> tuple[str, ...]:
    """What the actor may do with this finding now, in the table's order, but for what its past bars (`barred`).

    Nothing before its visit is accepted.
    """
    if access.visit.state != "accepted":
        return ()
    where = _where(session, actor, access, "finding.reinspect")
    roles = {grant.role for grant in actor.grants if covers(grant, where) and grant.role is not Role.HALL}
    finding, now = access.finding, clock.now()
    return tuple(name for name in actions_for(finding.state, roles) if not barred(session, finding, name, now))


def _where(session: Session, actor: Actor, access: FindingAccess, permission: str) -> Where:
    return Where(
        organisation_id=access.finding.organisation_id,
        outlet_id=access.finding.outlet_id,
        in_team=_in_team(session, actor, access, permission),
    )


def _in_team(session: Session, actor: Actor, access: FindingAccess, permission: str) -> bool:
    if not actor.has(Role.SUPERVISOR):
        return False
    to_look = _reinspected(actor).where(Reinspection.finding_id == access.finding.id)
    if session.exec(to_look.limit(1)).first():
        return True
    conducted = select(AssignmentMember.account_id).where(
        AssignmentMember.assignment_id == access.visit.assignment_id, AssignmentMember.account_id == actor.account_id
    )
    return permission != "finding.reinspect" and session.exec(conducted).first() is not None


def _reinspected(actor: Actor):  # type: ignore[no-untyped-def]
    """The findings that the actor was asked to look at on the spot and has not looked at yet."""
    return (
        select(Reinspection.finding_id)
        .join(ReinspectionMember, col(ReinspectionMember.reinspection_id) == Reinspection.id)
        .where(ReinspectionMember.account_id == actor.account_id, Reinspection.result == "")
    )


def _standing(actor: Actor) -> tuple[ColumnElement[bool], ...]:
    return (col(Delegation.account_id) == actor.account_id, *in_force())


def in_force() -> tuple[ColumnElement[bool], ...]:
    """The delegations by which somebody writes now, as conditions on `Delegation`."""
    return (
        col(Delegation.revoked_at).is_(None),
        or_(col(Delegation.expires_at).is_(None), col(Delegation.expires_at) > clock.now()),
    )


def _shown(access: FindingAccess) -> bool:
    """What `shown_to_branch` says of many."""
    finding = access.finding
    on_spot = finding.corrected_on_spot and finding.state not in ("draft", "merged", "withdrawn")
    return finding.issued_at is not None or (on_spot and access.visit.state == "accepted")


def _opens(session: Session, actor: Actor, grant: Granted, access: FindingAccess) -> bool:
    if grant.scope not in (Scope.BRANCH, Scope.OUTLET):
        return True
    if not _shown(access):
        return False
    if grant.scope is Scope.BRANCH:
        return True
    mine = select(Delegation.id).where(Delegation.finding_id == access.finding.id, *_standing(actor))
    return session.exec(mine.limit(1)).first() is not None
