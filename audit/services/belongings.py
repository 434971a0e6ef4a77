"""What hangs on an account: everything open that nobody else would see to if this person left.

`KINDS` says what there is; `leaving` moves it. An account with anything of it cannot be deactivated, and what hangs on
a deactivated one all the same (an older installation, a role taken away) is listed by `orphans`.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, or_
from sqlalchemy import select as select_rows
from sqlmodel import Session, col, func, select

from audit.db.models import (
    Account,
    Assignment,
    AssignmentMember,
    Delegation,
    Escalation,
    Finding,
    Grant,
    Organisation,
    Outlet,
    Round,
    Visit,
)
from audit.domain.findings import OPEN_STATES
from audit.domain.permissions import Granted, Role, Scope
from audit.domain.visits import REINSPECTION
from audit.services.loop import escalating

KINDS = ("assignments", "reinspections", "reviews", "delegations", "responsibilities")
AHEAD = ("planned", "open", "submitted", "returned")  # states of a visit that its team may still have to do with
RESPONSIBLE = (Role.BRANCH, Role.MARKETING, Role.APPROVER)  # roles without which findings would wait for nobody
NEEDED = {  # the role without which a person cannot do what hangs on them; a responsibility is a role itself
    "assignments": Role.SUPERVISOR, "reinspections": Role.SUPERVISOR, "reviews": Role.MARKETING,
    "delegations": Role.HALL,
}  # fmt: skip
IN_HAND = tuple(state for state in OPEN_STATES if state != "draft")  # what is submitted too: it may come back


@dataclass(frozen=True)
class Thing:
    """One thing that hangs on an account. `leads`: leader of the team.

    `count`: visits to make, or open findings; of a leader's responsibility what is proposed and undecided.

    `id` is the assignment's, the finding's, the delegation's or the grant's; `role` is a responsibility's.
    """

    kind: str
    id: int
    account_id: int
    name_zh: str
    name_en: str
    count: int = 1
    leads: bool = False
    role: str = ""

    @property
    def key(self) -> str:
        """What tells the things of one account apart."""
        return f"{self.kind}:{self.id}"


def of_account(session: Session, account_id: int) -> list[Thing]:
    """All that hangs on an account, by kind."""
    return [thing for kind in KINDS for thing in _FOUND[kind](session, [account_id])]


def losing(session: Session, account_id: int, old: Collection[Granted], new: Collection[Granted]) -> list[Thing]:
    """What hangs on an account that could do it with its `old` grants, and cannot with the `new` ones."""
    found = []
    for thing in of_account(session, account_id):
        fitting = _fitting(session, thing)
        if any(map(fitting, old)) and not any(map(fitting, new)):
            found.append(thing)
    return found


def orphans(session: Session) -> list[Thing]:
    """What hangs on deactivated accounts, and should hang on nobody's."""
    ids = list(session.exec(select(Account.id).where(col(Account.active).is_(False))).all())
    return [thing for kind in KINDS for thing in _FOUND[kind](session, ids)] if ids else []


def has_lead(session: Session, organisation_id: int) -> bool:
    """Whether anybody who can sign in answers for a branch."""
    leads = (
        select(Grant.id)
        .join(Account, col(Account.id) == Grant.account_id)
        .where(Grant.role == Role.BRANCH, Grant.scope_kind == Scope.BRANCH, Grant.scope_id == organisation_id)
    )
    return session.exec(leads.where(col(Account.active)).limit(1)).first() is not None


def _fitting(session: Session, thing: Thing) -> Callable[[Granted], bool]:
    """With which grants somebody can do a thing."""
    if thing.kind == "responsibilities":
        held = session.get_one(Grant, thing.id)
        return lambda one: (one.role, one.scope, one.scope_id) == (held.role, held.scope_kind, held.scope_id)
    if thing.kind == "delegations":
        finding = session.get_one(Finding, session.get_one(Delegation, thing.id).finding_id)
        return lambda one: one.role is Role.HALL and one.scope_id == finding.outlet_id
    return lambda one: one.role is NEEDED[thing.kind]


def _teams(session: Session, account_ids: Sequence[int | None], reinspection: bool) -> list[Thing]:
    still = select_rows(col(Visit.assignment_id), func.count().label("visits")).where(
        or_(col(Visit.state).in_(AHEAD), and_(col(Visit.state) == "accepted", col(Visit.provisional).is_(True)))
    )
    counts = still.group_by(col(Visit.assignment_id)).subquery()
    kind = col(Round.kind) == REINSPECTION if reinspection else col(Round.kind) != REINSPECTION
    query: Any = (
        select_rows(AssignmentMember, Round, Organisation, func.coalesce(counts.c.visits, 0))
        .join(Assignment, col(Assignment.id) == AssignmentMember.assignment_id)
        .join(Round, col(Round.id) == Assignment.round_id)
        .join(Organisation, col(Organisation.id) == Assignment.inspected_id)
        .outerjoin(counts, counts.c.assignment_id == Assignment.id)
        .where(col(AssignmentMember.account_id).in_(account_ids), kind, col(Round.state) != "closed")
        .where(or_(col(Round.state) == "draft", counts.c.visits > 0))
        .order_by(col(Round.starts_on), col(Assignment.id))
    )
    return [
        Thing(
            "reinspections" if reinspection else "assignments", member.assignment_id, member.account_id,
            *_both(round_, place), count, member.leader,
        )
        for member, round_, place, count in session.execute(query).all()
    ]  # fmt: skip


def _reviews(session: Session, account_ids: Sequence[int | None]) -> list[Thing]:
    query = (
        select(Finding, Outlet)
        .join(Outlet, col(Outlet.id) == Finding.outlet_id)
        .where(col(Finding.reviewer_id).in_(account_ids), col(Finding.state).in_(IN_HAND))
        .order_by(col(Finding.id))
    )
    return [
        Thing("reviews", finding.id or 0, finding.reviewer_id or 0, *_finding(finding, outlet))
        for finding, outlet in session.exec(query).all()
    ]


def _delegations(session: Session, account_ids: Sequence[int | None]) -> list[Thing]:
    query = (
        select(Delegation, Finding, Outlet)
        .join(Finding, col(Finding.id) == Delegation.finding_id)
        .join(Outlet, col(Outlet.id) == Finding.outlet_id)
        .where(col(Delegation.account_id).in_(account_ids), col(Delegation.revoked_at).is_(None))
        .where(col(Finding.state).in_(IN_HAND))
        .order_by(col(Delegation.id))
    )
    return [
        Thing("delegations", row.id or 0, row.account_id or 0, *_finding(finding, outlet))
        for row, finding, outlet in session.exec(query).all()
    ]


def _responsibilities(session: Session, account_ids: Sequence[int | None]) -> list[Thing]:
    """Roles in a place that no other active account holds, with findings open there, or proposals to decide."""
    decides = and_(col(Grant.role) == Role.LEADER, col(Grant.scope_kind) == Scope.CITY)
    mine = select(Grant).where(col(Grant.account_id).in_(account_ids), or_(decides, col(Grant.role).in_(RESPONSIBLE)))
    found = []
    for grant in session.exec(mine.order_by(col(Grant.id))).all():
        same_place = col(Grant.scope_id) == grant.scope_id if grant.scope_id else col(Grant.scope_id).is_(None)
        others = (
            select(Account.id)
            .join(Grant, col(Grant.account_id) == Account.id)
            .where(Grant.role == grant.role, Grant.scope_kind == grant.scope_kind, same_place)
            .where(col(Account.active), Account.id != grant.account_id)
        )
        if session.exec(others.limit(1)).first() is not None:
            continue
        place = session.get(Organisation, grant.scope_id) if grant.scope_kind == Scope.BRANCH else None
        count = _waiting(session, grant)
        if count:
            names = (place.name_zh, place.name_en or place.name_zh) if place else ("全市", "Whole city")
            found.append(Thing("responsibilities", grant.id or 0, grant.account_id, *names, count, role=grant.role))
    return found


def _waiting(session: Session, grant: Grant) -> int:
    """How much would wait for nobody if this role were held by nobody."""
    if grant.role == Role.LEADER:
        proposed = select(func.count()).select_from(Escalation).join(Finding, col(Finding.id) == Escalation.finding_id)
        return session.exec(proposed.where(*escalating.UNDECIDED)).one()
    still = select(func.count()).select_from(Finding).where(col(Finding.state).in_(OPEN_STATES))
    if grant.scope_kind == Scope.BRANCH:
        still = still.where(Finding.organisation_id == grant.scope_id)
    return session.exec(still.where(Finding.kind != "highlight")).one()


_FOUND: dict[str, Callable[[Session, Sequence[int | None]], list[Thing]]] = {
    "assignments": lambda session, ids: _teams(session, ids, reinspection=False),
    "reinspections": lambda session, ids: _teams(session, ids, reinspection=True),
    "reviews": _reviews,
    "delegations": _delegations,
    "responsibilities": _responsibilities,
}


def _both(round_: Round, place: Organisation) -> tuple[str, str]:
    return (
        f"{round_.name_zh} · {place.name_zh}",
        f"{round_.name_en or round_.name_zh} · {place.name_en or place.name_zh}",
    )


def _finding(finding: Finding, outlet: Outlet) -> tuple[str, str]:
    name = finding.number or f"#{finding.id}"
    return f"{name} · {outlet.name_zh}", f"{name} · {outlet.name_en or outlet.name_zh}"
