"""Leaving (离岗交接): all that hangs on an account goes to others in one step, with a preview; then it is deactivated.

`targets` says to whom: by kind ("assignments"), and for a single thing by its key ("assignments:12"), which goes
before. What is tried out and what is done is the same code; the preview takes it back.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlmodel import col, select

from audit.db.engine import Database
from audit.db.models import (
    Account,
    Assignment,
    AssignmentPredecessor,
    Delegation,
    Finding,
    Grant,
    Organisation,
    Visit,
)
from audit.db.upsert import insert_missing
from audit.domain.permissions import Actor, Granted, Role, Scope, authorise
from audit.errors import RoundsError
from audit.services import accounts, assignments, belongings
from audit.services.belongings import NEEDED, Thing
from audit.services.loop import looks
from audit.services.loop.moving import bump
from audit.services.loop.rectifying import rectified_by
from audit.services.work import Work, unit_of_work

HAND_BACK = 0  # of a delegation: to the branch, which gave it
Targets = Mapping[str, int | None]


@dataclass(frozen=True)
class Line:
    """What becomes of one thing: to whom it goes (None: nobody was named), or why it cannot."""

    thing: Thing
    target_id: int | None
    error: RoundsError | None = None


class _Undone(Exception):
    """A preview ends so that nothing of it is kept."""


def candidates(db: Database, actor: Actor, account_id: int, kind: str) -> list[Account]:
    """Who may be named for a kind, by name: active holders of the role it needs, or colleagues of the leaver."""
    authorise(actor, "account.manage")
    with db.read() as session:
        leaver = accounts.find(session, account_id)
        query = select(Account).where(col(Account.active), Account.id != account_id)
        if kind in NEEDED:
            holders = select(Grant.account_id).where(Grant.role == NEEDED[kind])
            query = query.where(col(Account.id).in_(holders))
        else:
            query = query.where(col(Account.organisation_id).is_not(None))
            query = query.where(Account.organisation_id == leaver.organisation_id)
        return list(session.exec(query.order_by(Account.name, col(Account.id))).all())


def preview(db: Database, actor: Actor, account_id: int, targets: Targets) -> list[Line]:
    """What `hand_over` would do with each thing: tried out and undone. Raises `not_found`."""
    authorise(actor, "account.manage")
    lines: list[Line] = []
    try:
        with unit_of_work(db, actor) as work:
            accounts.find(work.session, account_id)
            for thing in belongings.of_account(work.session, account_id):
                lines.append(_line(work, thing, targets))
            raise _Undone
    except _Undone:
        return lines


def hand_over(
    db: Database, actor: Actor, account_id: int, version: int, targets: Targets, deactivate: bool = True
) -> list[Line]:
    """Give everything that hangs on an account to others, and deactivate it: all in one step, or nothing.

    Raises `required` for a kind that nobody was named for, what a thing refuses, `account.last_administrator`,
    `wrong_state`, `stale`.
    """
    authorise(actor, "account.manage")
    with unit_of_work(db, actor) as work:
        leaver = accounts.find(work.session, account_id)
        if leaver.version != version:
            raise RoundsError("stale")
        lines = [_line(work, thing, targets) for thing in belongings.of_account(work.session, account_id)]
        refused = next((line.error for line in lines if line.error), None)
        if refused:
            raise refused
        told = [[line.thing.key, line.target_id] for line in lines]
        work.record("account.handed_over", "account", account_id, things=told)
        work.session.flush()
        if deactivate and leaver.active:
            accounts.end(work, leaver, version)
        return lines


def listed_orphans(db: Database, actor: Actor) -> list[tuple[Account, int]]:
    """The deactivated accounts on which something hangs, and how much. Raises `forbidden`."""
    authorise(actor, "account.manage")
    with db.read() as session:
        counts: dict[int, int] = {}
        for thing in belongings.orphans(session):
            counts[thing.account_id] = counts.get(thing.account_id, 0) + 1
        rows = session.exec(select(Account).where(col(Account.id).in_(counts)).order_by(Account.name)).all()
        return [(row, counts[row.id or 0]) for row in rows]


def _line(work: Work, thing: Thing, targets: Targets) -> Line:
    target_id = targets.get(thing.key, targets.get(thing.kind))
    try:
        _give(work, thing, target_id)
    except RoundsError as error:
        return Line(thing, target_id, error)
    return Line(thing, target_id)


def _give(work: Work, thing: Thing, target_id: int | None) -> None:
    if target_id is None:
        raise RoundsError("leaving.nobody")
    if target_id == HAND_BACK and thing.kind == "delegations":
        _delegation(work, thing, None)
        return
    target = work.session.get(Account, target_id)
    if target is None or not target.active or target_id == thing.account_id:
        raise RoundsError("leaving.unable", name=target.name if target else str(target_id))
    _GIVE[thing.kind](work, thing, target)


def _assignment(work: Work, thing: Thing, target: Account) -> None:
    row = work.session.get_one(Assignment, thing.id, with_for_update=True)
    plan = assignments.read_plan(work.session, row)
    team = tuple(dict.fromkeys((target.id or 0) if one == thing.account_id else one for one in plan.team))
    leader = (target.id or 0) if plan.leader_id == thing.account_id else plan.leader_id
    changed = assignments.AssignmentPlan(**{**plan.__dict__, "team": team, "leader_id": leader})
    assignments.check_team(work.session, changed)
    assignments.write_members(work.session, thing.id, changed)
    row.version += 1
    work.session.add(row)
    _succeed(work, thing, target)
    old, new = [list(plan.team), plan.leader_id], [list(team), leader]
    work.record("assignment.team_changed", "assignment", thing.id, team=[old, new])


def _reinspection(work: Work, thing: Thing, target: Account) -> None:
    assignment = work.session.get_one(Assignment, thing.id)
    visit = work.session.exec(select(Visit).where(Visit.assignment_id == thing.id).with_for_update()).one()
    plan = assignments.read_plan(work.session, assignment)
    before = sorted(plan.team, key=lambda one: one != plan.leader_id)
    team = list(dict.fromkeys((target.id or 0) if one == thing.account_id else one for one in before))
    looks.check_team(work.session, team, assignment.inspected_id)
    looks.set_team(work.session, visit, team)
    visit.version += 1
    assignment.version += 1
    work.session.add_all((visit, assignment))
    _succeed(work, thing, target)
    work.record("visit.look_changed", "visit", visit.id, team=[before, team])


def _succeed(work: Work, thing: Thing, target: Account) -> None:
    """What the leaver's tablet still holds may come by the successor's hand (`revisions`)."""
    row = {"assignment_id": thing.id, "account_id": thing.account_id, "successor_id": target.id}
    insert_missing(work.session, AssignmentPredecessor, [row])


def _review(work: Work, thing: Thing, target: Account) -> None:
    finding = work.session.get_one(Finding, thing.id, with_for_update=True)
    _check_role(work, target, Role.MARKETING)
    if target.organisation_id == finding.organisation_id:
        raise RoundsError("finding.own_branch")
    if rectified_by(work.session, finding.id or 0, target.id or 0):
        raise RoundsError("finding.own_rectification")
    bump(work, finding, reviewer_id=target.id)
    work.record("finding.reviewer_changed", "finding", finding.id, reviewer_id=[thing.account_id, target.id])


def _delegation(work: Work, thing: Thing, target: Account | None) -> None:
    row = work.session.get_one(Delegation, thing.id, with_for_update=True)
    finding = work.session.get_one(Finding, row.finding_id)
    if target is not None:
        manages = select(Grant.id).where(
            Grant.account_id == target.id, Grant.role == Role.HALL, Grant.scope_kind == Scope.OUTLET,
            Grant.scope_id == finding.outlet_id,
        )  # fmt: skip
        if work.session.exec(manages).first() is None:
            raise RoundsError("delegation.account")
    row.revoked_at = work.now
    work.session.add(row)
    work.session.flush()
    work.record("finding.delegation_revoked", "finding", finding.id, delegation_id=row.id)
    standing = select(Delegation.id).where(
        Delegation.finding_id == finding.id, col(Delegation.revoked_at).is_(None),
        Delegation.account_id == (target.id if target else None),
    )  # fmt: skip
    if target is not None and work.session.exec(standing).first() is None:
        given = Delegation(
            finding_id=finding.id or 0, account_id=target.id, note=row.note, given_at=work.now, given_by=row.given_by
        )
        work.session.add(given)
        work.session.flush()
        work.record("finding.delegated", "finding", finding.id, delegation_id=given.id, account_id=target.id)


def _responsibility(work: Work, thing: Thing, target: Account) -> None:
    grant = work.session.get_one(Grant, thing.id)
    leaver = accounts.find(work.session, thing.account_id)
    place = grant.scope_id if grant.scope_kind == Scope.BRANCH else leaver.organisation_id
    if place is None or target.organisation_id != place:
        where = work.session.get(Organisation, place) if place else None
        raise RoundsError("leaving.elsewhere", name=target.name, place=where.name_zh if where else "–")
    granted = Granted(Role(grant.role), Scope(grant.scope_kind), grant.scope_id)
    held = accounts.grants_of(work.session, target.id or 0)
    accounts.replace_grants(work, target.id or 0, (*held, granted))
    target.version += 1
    work.session.add(target)
    work.session.flush()


def _check_role(work: Work, target: Account, role: Role) -> None:
    held = {grant.role for grant in accounts.grants_of(work.session, target.id or 0)}
    if role not in held:
        raise RoundsError("leaving.role", name=target.name, role=str(role))


_GIVE = {
    "assignments": _assignment,
    "reinspections": _reinspection,
    "reviews": _review,
    "delegations": _delegation,
    "responsibilities": _responsibility,
}
