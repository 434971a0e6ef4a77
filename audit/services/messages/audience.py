"""Who is meant by an audience of the rule table, as account ids. Only accounts that are active are told anything."""

from collections.abc import Callable, Iterable, Sequence

from sqlmodel import Session, col, or_, select

from audit.db.models import (
    Account,
    Assignment,
    AssignmentMember,
    Comment,
    Delegation,
    Finding,
    Grant,
    Reinspection,
    ReinspectionMember,
    Visit,
)
from audit.domain.messages import ADDRESSED
from audit.domain.permissions import Role, Scope
from audit.errors import RoundsError
from audit.services import clock
from audit.services.loop.reach import finding_for
from audit.services.messages.facts import Facts
from audit.services.sign_in import actor_from


def audience(session: Session, to: str, facts: Facts) -> list[int]:
    """The active accounts of an audience, each once."""
    wanted = list(dict.fromkeys(_AUDIENCES[to](session, facts)))
    active = select(Account.id).where(col(Account.id).in_(wanted), col(Account.active))
    return [found for found in session.exec(active.order_by(col(Account.id))).all() if found]


def holders(session: Session, role: Role, scope: Scope, scope_id: int | None = None) -> Sequence[int]:
    """The active accounts with a role in a scope."""
    query = (
        select(Grant.account_id)
        .join(Account, col(Account.id) == Grant.account_id)
        .where(Grant.role == role, Grant.scope_kind == scope, Grant.scope_id == scope_id, col(Account.active))
    )
    return session.exec(query.distinct()).all()


def delegates(session: Session, finding_id: int) -> Sequence[int]:
    """The accounts to which a finding is delegated at present."""
    query = select(Delegation.account_id).where(
        Delegation.finding_id == finding_id,
        col(Delegation.revoked_at).is_(None),
        or_(col(Delegation.expires_at).is_(None), col(Delegation.expires_at) > clock.now()),
    )
    return [found for found in session.exec(query).all() if found]


def _branch(session: Session, facts: Facts) -> Iterable[int]:
    return holders(session, Role.BRANCH, Scope.BRANCH, facts.organisation_id)


def _marketing(session: Session, _facts: Facts) -> Iterable[int]:
    return holders(session, Role.MARKETING, Scope.CITY)


def _approver(session: Session, _facts: Facts) -> Iterable[int]:
    return holders(session, Role.APPROVER, Scope.CITY)


def _administrator(session: Session, _facts: Facts) -> Iterable[int]:
    return holders(session, Role.ADMINISTRATOR, Scope.SYSTEM)


def _forewarned(session: Session, facts: Facts) -> Iterable[int]:
    assignment = session.get_one(Assignment, facts.assignment_id)
    return holders(session, Role.BRANCH, Scope.BRANCH, assignment.inspected_id) if assignment.announced else ()


def _forewarned_leader(session: Session, facts: Facts) -> Iterable[int]:
    assignment = session.get_one(Assignment, facts.assignment_id)
    return holders(session, Role.LEADER, Scope.BRANCH, assignment.inspected_id) if assignment.announced else ()


def _forewarned_hall(session: Session, facts: Facts) -> Iterable[int]:
    assignment, visit = session.get_one(Assignment, facts.assignment_id), session.get_one(Visit, facts.id)
    return holders(session, Role.HALL, Scope.OUTLET, visit.outlet_id) if assignment.announced else ()


def _reviewer(session: Session, facts: Facts) -> Iterable[int]:
    everybody = list(_marketing(session, facts))
    reviewer = facts.finding.reviewer_id if facts.finding else None
    return [reviewer] if reviewer in everybody else everybody


def _city_leader(session: Session, _facts: Facts) -> Iterable[int]:
    return holders(session, Role.LEADER, Scope.CITY)


def _branch_leader(session: Session, facts: Facts) -> Iterable[int]:
    return holders(session, Role.LEADER, Scope.BRANCH, facts.organisation_id) or _city_leader(session, facts)


def _addressed(session: Session, facts: Facts) -> Iterable[int]:
    return [found for to in ADDRESSED[facts.data["addressed"]] for found in _AUDIENCES[to](session, facts)]


def _hall(session: Session, facts: Facts) -> Iterable[int]:
    return delegates(session, facts.id)


def _delegate(session: Session, facts: Facts) -> Iterable[int]:
    row = session.get(Delegation, facts.data["delegation_id"])
    return [row.account_id] if row and row.account_id else []


def _delegator(session: Session, facts: Facts) -> Iterable[int]:
    query = select(Delegation.given_by).where(Delegation.finding_id == facts.id, col(Delegation.revoked_at).is_(None))
    return _who_may_read(session, facts.finding, session.exec(query.distinct()).all())


def _team(session: Session, facts: Facts) -> Iterable[int]:
    query = select(AssignmentMember.account_id).where(AssignmentMember.assignment_id == facts.assignment_id)
    return session.exec(query).all()


def _teams(session: Session, facts: Facts) -> Iterable[int]:
    query = select(AssignmentMember.account_id).join(Assignment, col(Assignment.id) == AssignmentMember.assignment_id)
    return session.exec(query.where(Assignment.round_id == facts.round_id).distinct()).all()


def _joined(_session: Session, facts: Facts) -> Iterable[int]:
    (old, _), (new, _) = facts.data["team"]
    return [one for one in new if one not in old]


def _left(_session: Session, facts: Facts) -> Iterable[int]:
    (old, _), (new, _) = facts.data["team"]
    return [one for one in old if one not in new]


def _reinspectors(session: Session, facts: Facts) -> Iterable[int]:
    asked = select(Reinspection.id).where(Reinspection.finding_id == facts.id)
    latest = session.exec(asked.order_by(col(Reinspection.id).desc()).limit(1)).first()
    query = select(ReinspectionMember.account_id).where(ReinspectionMember.reinspection_id == latest)
    return session.exec(query).all()


def _issuer(_session: Session, facts: Facts) -> Iterable[int]:
    return [facts.notice.issued_by] if facts.notice else []


def _mentioned(session: Session, facts: Facts) -> Iterable[int]:
    return _who_may_read(session, facts.finding, facts.data.get("mentions", ()))


def _talking(session: Session, facts: Facts) -> Iterable[int]:
    before = (Comment.finding_id == facts.id, col(Comment.id) < facts.data["comment_id"])
    query = select(Comment.account_id).where(*before, col(Comment.account_id).is_not(None)).distinct()
    return _who_may_read(session, facts.finding, [one for one in session.exec(query).all() if one])


def _who_may_read(session: Session, finding: Finding | None, account_ids: Iterable[int]) -> Iterable[int]:
    """Those of them who may read the finding still: grants change after a comment."""
    for account_id in account_ids:
        account = session.get(Account, account_id)
        try:
            if finding and account:
                finding_for(session, actor_from(session, account), "finding.read", finding.id or 0)
                yield account_id
        except RoundsError:
            continue


_AUDIENCES: dict[str, Callable[[Session, Facts], Iterable[int]]] = {
    "branch": _branch, "marketing": _marketing, "reviewer": _reviewer, "city_leader": _city_leader,
    "branch_leader": _branch_leader, "hall": _hall, "delegate": _delegate, "delegator": _delegator,
    "team": _team, "teams": _teams, "joined": _joined, "left": _left, "reinspectors": _reinspectors, "issuer": _issuer,
    "mentioned": _mentioned, "talking": _talking, "addressed": _addressed, "approver": _approver,
    "administrator": _administrator,
    "forewarned": _forewarned, "forewarned_hall": _forewarned_hall, "forewarned_leader": _forewarned_leader,
}  # fmt: skip
