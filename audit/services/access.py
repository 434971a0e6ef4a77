"""The way to a visit or an assignment: nothing is reached but through here, so nobody reaches what is not theirs."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, false, or_, true
from sqlalchemy import select as select_rows
from sqlmodel import Session, col, select

from audit.db.models import (
    Assignment,
    AssignmentMember,
    AssignmentPredecessor,
    Evidence,
    Finding,
    FindingPhoto,
    Outlet,
    Round,
    Visit,
)
from audit.domain.findings import OPEN_STATES
from audit.domain.permissions import Actor, Granted, Role, Scope, Where, authorise, covers, grants_for
from audit.errors import RoundsError

AHEAD = ("planned", "open", "returned")  # visits that are still to be made or finished
KNOWN_STATES = (*OPEN_STATES, "closed", "verified")  # of the findings that the tablet shows
AFTER_ACCEPTANCE = (Role.BRANCH, Role.HALL)  # who sees a visit only once it is accepted


@dataclass(frozen=True)
class VisitAccess:
    """A visit that the actor may use, with what it belongs to. `leader`: whether the actor leads its team."""

    visit: Visit
    assignment: Assignment
    round: Round
    outlet: Outlet
    leader: bool


@dataclass(frozen=True)
class AssignmentAccess:
    """An assignment that the actor may use, with its round."""

    assignment: Assignment
    round: Round
    leader: bool


def visit_for(session: Session, actor: Actor, permission: str, visit_id: int, lock: bool = False) -> VisitAccess:
    """The visit, when the actor has the permission there; `lock` holds its row until the end of the transaction.

    Raises `forbidden` when the actor has the permission nowhere, `not_found` for a missing or foreign visit, and for
    the branch, its leaders and its halls also before acceptance. `readable` says the same about many visits.
    """
    if not grants_for(actor, permission):
        raise RoundsError("forbidden")
    query = (
        select_rows(Visit, Assignment, Round, Outlet, AssignmentMember)
        .join(Assignment, col(Assignment.id) == Visit.assignment_id)
        .join(Round, col(Round.id) == Assignment.round_id)
        .join(Outlet, col(Outlet.id) == Visit.outlet_id)
        .outerjoin(AssignmentMember, membership(actor))
        .where(col(Visit.id) == visit_id)
    )
    row = session.execute(query.with_for_update(of=Visit) if lock else query).first()
    if row is None:
        raise RoundsError("not_found")
    visit, assignment, round_, outlet, member = row
    where = Where(organisation_id=assignment.inspected_id, outlet_id=outlet.id, in_team=member is not None)
    authorise(actor, permission, where)
    holding = [grant for grant in grants_for(actor, permission) if covers(grant, where)]
    if all(map(once_accepted, holding)) and visit.state != "accepted":
        raise RoundsError("not_found")
    return VisitAccess(visit, assignment, round_, outlet, bool(member and member.leader))


def readable(actor: Actor, permission: str = "visit.read") -> ColumnElement[bool]:
    """The visits that `visit_for` would give the actor, as a condition on `Visit` joined with `Assignment`."""
    mine = select(AssignmentMember.assignment_id).where(AssignmentMember.account_id == actor.account_id)
    allowed: list[ColumnElement[bool]] = []
    for grant in grants_for(actor, permission):
        place: ColumnElement[bool]
        match grant.scope:
            case Scope.CITY | Scope.SYSTEM:
                place = true()
            case Scope.BRANCH:
                place = col(Assignment.inspected_id) == grant.scope_id
            case Scope.OUTLET:
                place = col(Visit.outlet_id) == grant.scope_id
            case Scope.ASSIGNMENTS:
                place = col(Visit.assignment_id).in_(mine)
            case _:
                place = false()
        allowed.append(and_(place, col(Visit.state) == "accepted") if once_accepted(grant) else place)
    return or_(false(), *allowed)


def once_accepted(grant: Granted) -> bool:
    """Whether a grant opens a visit only once it is accepted.

    So it is with whoever answers for the place that is visited, its leaders too: a visit may be unannounced.
    """
    return grant.role in AFTER_ACCEPTANCE or grant.scope in (Scope.BRANCH, Scope.OUTLET)


def assignment_for(
    session: Session, actor: Actor, permission: str, assignment_id: int, lock: bool = False
) -> AssignmentAccess:
    """The assignment, when the actor has the permission there. Raises `forbidden` and `not_found`."""
    if not grants_for(actor, permission):
        raise RoundsError("forbidden")
    query = (
        select(Assignment, Round, AssignmentMember)
        .join(Round, col(Round.id) == Assignment.round_id)
        .outerjoin(AssignmentMember, membership(actor))
        .where(Assignment.id == assignment_id)
    )
    row = session.exec(query.with_for_update(of=Assignment) if lock else query).first()
    if row is None:
        raise RoundsError("not_found")
    assignment, round_, member = row
    where = Where(organisation_id=assignment.inspected_id, in_team=member is not None)
    authorise(actor, permission, where)
    if all(once_accepted(grant) for grant in grants_for(actor, permission) if covers(grant, where)):
        raise RoundsError("not_found")
    return AssignmentAccess(assignment, round_, bool(member and member.leader))


def check_meeting(session: Session, actor: Actor, permission: str, assignment_id: int) -> None:
    """Raise `not_found` unless the actor may see the record of an assignment's meeting: whoever may see a visit of it.

    The branch and its halls attended the meeting and signed the record; they see it once their visit is accepted.
    """
    query = (
        select(Visit.id)
        .join(Assignment, col(Assignment.id) == Visit.assignment_id)
        .where(Visit.assignment_id == assignment_id, readable(actor, permission))
    )
    if session.exec(query.limit(1)).first() is None:
        raise RoundsError("not_found")


def author_of(session: Session, actor: Actor, assignment_id: int, author_id: int | None) -> int:
    """Under whose name something is kept that the actor sends: their own, or that of a leaver whom they follow.

    Raises `not_found` unless the actor took that person's place in this assignment.
    """
    if author_id is None or author_id == actor.account_id:
        return actor.account_id
    followed = session.get(AssignmentPredecessor, (assignment_id, author_id, actor.account_id))
    if followed is None:
        raise RoundsError("not_found")
    return author_id


def shown_on_tablet(session: Session, actor: Actor, uuid: str) -> bool:
    """Whether a photo belongs to a finding, open or closed, at an outlet which the actor's team is to visit now.

    The tablet form shows such findings with the photos of the visit and those of the branch's answer, so that the team
    looks whether they were put right, and whether that holds.
    """
    photos = select(FindingPhoto.finding_id).where(FindingPhoto.photo_uuid == uuid)
    answers = select(Evidence.finding_id).where(Evidence.uuid == uuid, Evidence.subject == "rectification")
    query = (
        select(Finding.id)
        .join(Visit, col(Visit.outlet_id) == col(Finding.outlet_id))
        .join(Assignment, col(Assignment.id) == col(Visit.assignment_id))
        .join(AssignmentMember, membership(actor))
        .where(or_(col(Finding.id).in_(photos), col(Finding.id).in_(answers)))
        .where(col(Finding.state).in_(KNOWN_STATES), col(Finding.kind) != "highlight", col(Visit.state).in_(AHEAD))
    )
    return session.exec(query.limit(1)).first() is not None


def membership(actor: Actor) -> ColumnElement[bool]:
    """The join condition for the actor's own membership of an assignment."""
    return (col(AssignmentMember.assignment_id) == col(Assignment.id)) & (
        col(AssignmentMember.account_id) == actor.account_id
    )


def teams(session: Session, assignment_ids: Iterable[int]) -> dict[int, list[AssignmentMember]]:
    """The members of each assignment, the leader first."""
    found: dict[int, list[AssignmentMember]] = {}
    query = (
        select(AssignmentMember)
        .where(col(AssignmentMember.assignment_id).in_(list(assignment_ids)))
        .order_by(col(AssignmentMember.leader).desc(), col(AssignmentMember.account_id))
    )
    for member in session.exec(query).all():
        found.setdefault(member.assignment_id, []).append(member)
    return found
