"""What pages show of rounds and visits at a glance: lists, progress and what waits for whom. Reading only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import case, func, or_
from sqlalchemy import select as select_rows
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from audit.db.engine import Database
from audit.db.models import (
    Account,
    Assignment,
    AssignmentMember,
    AssignmentOutlet,
    ChecklistVersion,
    Finding,
    Grant,
    Organisation,
    Outlet,
    Round,
    Visit,
)
from audit.domain.namesakes import told_apart
from audit.domain.permissions import Actor, Role, authorise, may, may_somewhere
from audit.domain.visits import REINSPECTION
from audit.services import clock, findings, rounds, values
from audit.services.loop import reinspecting
from audit.services.values import PAGE_SIZE, Slice

INSPECTING: Any = aliased(Organisation, name="inspecting")
INSPECTED: Any = aliased(Organisation, name="inspected")


@dataclass(frozen=True)
class RoundRow:
    """One line of the list of rounds: how many visits, and how many of them are in which state."""

    round: Round
    visits: int
    submitted: int
    accepted: int


@dataclass(frozen=True)
class RoundDetail:
    """A round with its progress: the number of its assignments, and of its visits by state."""

    round: Round
    assignments: int
    states: Mapping[str, int]


@dataclass
class AssignmentRow:
    """An assignment with its team (leader first) and its visits, or before publishing its planned outlets."""

    assignment: Assignment
    inspecting: Organisation
    inspected: Organisation
    team: list[str] = field(default_factory=list)
    members: tuple[int, ...] = ()
    leader_id: int = 0
    visits: list[tuple[Visit, Outlet]] = field(default_factory=list)
    planned: list[Outlet] = field(default_factory=list)


@dataclass(frozen=True)
class Inspector:
    """A person who may be in a team."""

    account_id: int
    name: str
    organisation_id: int | None


def find_rounds(
    db: Database, actor: Actor, search: str = "", state: str = "", page: int = 1, size: int = PAGE_SIZE
) -> Slice:
    """A page of `RoundRow`, the newest first."""
    authorise(actor, "round.read")
    grouped: Any = select_rows(
        col(Assignment.round_id),
        func.count(col(Visit.id)).label("visits"),
        func.sum(case((col(Visit.state) == "submitted", 1), else_=0)).label("submitted"),
        func.sum(case((col(Visit.state) == "accepted", 1), else_=0)).label("accepted"),
    )
    counts = (
        grouped.join(Visit, col(Visit.assignment_id) == Assignment.id)
        .where(Visit.state != "cancelled")
        .group_by(col(Assignment.round_id))
        .subquery()
    )
    numbers = [func.coalesce(counts.c[name], 0) for name in ("visits", "submitted", "accepted")]
    query: Any = (
        select_rows(Round, *numbers)
        .outerjoin(counts, counts.c.round_id == Round.id)
        .where(*values.matches(search, Round.code, Round.name_zh, Round.name_en), col(Round.kind) != REINSPECTION)
        .order_by(col(Round.starts_on).desc(), col(Round.id).desc())
    )
    if state:
        query = query.where(Round.state == state)
    with db.read() as session:
        found = values.slice_of(session, query, page, size)
    return Slice(tuple(RoundRow(*row) for row in found.rows), found.total, found.page, found.size)


def get_round(db: Database, actor: Actor, round_id: int) -> RoundDetail:
    """A round, how many assignments it has, and its visits by state. Raises `not_found`."""
    authorise(actor, "round.read")
    with db.read() as session:
        row = rounds.find(session, round_id)
        states = (
            select(Visit.state, func.count())
            .join(Assignment, col(Assignment.id) == Visit.assignment_id)
            .where(Assignment.round_id == round_id)
            .group_by(col(Visit.state))
        )
        assigned = select(Assignment.id).where(Assignment.round_id == round_id)
        return RoundDetail(row, _count(session, assigned), dict(session.exec(states).all()))


def find_assignments(
    db: Database, actor: Actor, round_id: int, search: str = "", page: int = 1, size: int = PAGE_SIZE
) -> Slice:
    """A page of a round's `AssignmentRow`, by inspected organisation; a search looks at branches, outlets and team."""
    authorise(actor, "round.read")
    with db.read() as session:
        query = _named(search).where(col(Assignment.round_id) == round_id)
        found = values.slice_of(session, query, page, size)
        return Slice(tuple(_rows(session, found.rows)), found.total, found.page, found.size)


def inspectors(db: Database, actor: Actor) -> list[Inspector]:
    """Everybody who may be in a team, by organisation; those of one name are told apart."""
    authorise(actor, "round.manage")
    granted = select(Grant.account_id).where(Grant.role == Role.SUPERVISOR)
    query = (
        select(Account)
        .where(col(Account.id).in_(granted), col(Account.active).is_(True))
        .order_by(col(Account.organisation_id), col(Account.id))
    )
    with db.read() as session:
        rows = session.exec(query).all()
    names = told_apart((row.id, row.name, row.sign_in_name) for row in rows)
    return [Inspector(row.id or 0, names[row.id or 0], row.organisation_id) for row in rows]


def waiting(db: Database, actor: Actor) -> dict[str, int]:
    """What waits for the person today: numbers by name, only of what the person may do."""
    found: dict[str, int] = {}
    with db.read() as session:
        if may_somewhere(actor, "visit.review"):
            submitted = select(Visit.id).where(Visit.state == "submitted")
            found["to_review"] = _count(session, submitted)
            with_critical = select(Finding.visit_id).where(*findings.CRITICAL_DRAFT)
            found["critical_to_review"] = _count(session, submitted.where(col(Visit.id).in_(with_critical)))
        if may_somewhere(actor, "finding.review"):
            late = select(Visit.id).where(reinspecting.is_waiting(), Visit.planned_on < clock.today())
            found["looks_overdue"] = _count(session, late)
        if may(actor, "round.read"):
            found["rounds"] = _count(session, _running())
            found["drafts"] = _count(session, select(Round.id).where(Round.state == "draft"))
    return found


def setup_steps(db: Database, actor: Actor) -> list[tuple[str, int]]:
    """The steps of setting a city up and how much of each is there: nought means that it is still to do."""
    authorise(actor, "settings.manage")
    with db.read() as session:
        granted = {role: select(Grant.id).where(Grant.role == role) for role in (Role.SUPERVISOR, Role.MARKETING)}
        return [
            ("organisations", _count(session, select(Organisation.id).where(Organisation.kind == "branch"))),
            ("outlets", _count(session, select(Outlet.id).where(col(Outlet.closed_on).is_(None)))),
            ("accounts", _count(session, granted[Role.SUPERVISOR])),
            ("marketing", _count(session, granted[Role.MARKETING])),
            ("checklists", _count(session, select(ChecklistVersion.id).where(ChecklistVersion.status == "published"))),
            ("rounds", _count(session, select(Round.id))),
        ]


def _named(search: str) -> Any:
    """Assignments with both organisations; each word of a search stands in a name of theirs, of an outlet or person."""
    query: Any = (
        select_rows(Assignment, INSPECTING, INSPECTED)
        .join(INSPECTING, INSPECTING.id == Assignment.inspecting_id)
        .join(INSPECTED, INSPECTED.id == Assignment.inspected_id)
        .order_by(col(Assignment.inspected_id), col(Assignment.id))
    )
    outlets = select(AssignmentOutlet.assignment_id).join(Outlet, col(Outlet.id) == AssignmentOutlet.outlet_id)
    people = select(AssignmentMember.assignment_id).join(Account, col(Account.id) == AssignmentMember.account_id)
    branches = [column for side in (INSPECTING, INSPECTED) for column in (side.code, side.name_zh, side.name_en)]
    for word in search[:100].split():
        visited = outlets.where(*values.matches(word, Outlet.code, Outlet.name_zh, Outlet.name_en))
        joined = people.where(*values.matches(word, Account.name, Account.name_en))
        holds = [col(Assignment.id).in_(inner) for inner in (visited, joined)]
        query = query.where(or_(*values.matches(word, *branches), *holds))
    return query


def _rows(session: Session, found: Sequence[Any]) -> list[AssignmentRow]:
    """The rows with team, visits and planned outlets, in three queries."""
    rows = {assignment.id: AssignmentRow(assignment, who, whom) for assignment, who, whom in found}
    members = (
        select(AssignmentMember, Account.name)
        .join(Account, col(Account.id) == AssignmentMember.account_id)
        .where(col(AssignmentMember.assignment_id).in_(rows))
        .order_by(col(AssignmentMember.leader).desc(), col(Account.id))
    )
    for member, name in session.exec(members).all():
        row = rows[member.assignment_id]
        row.team.append(name)
        row.members += (member.account_id,)
        row.leader_id = member.account_id if member.leader else row.leader_id
    visits = select(Visit, Outlet).join(Outlet, col(Outlet.id) == Visit.outlet_id).order_by(col(Outlet.code))
    for visit, outlet in session.exec(visits.where(col(Visit.assignment_id).in_(rows))).all():
        rows[visit.assignment_id].visits.append((visit, outlet))
    planned = select(AssignmentOutlet.assignment_id, Outlet).join(Outlet, col(Outlet.id) == AssignmentOutlet.outlet_id)
    for assignment_id, outlet in session.exec(planned.where(col(AssignmentOutlet.assignment_id).in_(rows))).all():
        rows[assignment_id].planned.append(outlet)
    return list(rows.values())


def _running() -> Any:
    return select(Round.id).where(col(Round.state).in_(("published", "running")), col(Round.kind) != REINSPECTION)


def _count(session: Session, query: Any) -> int:
    return session.exec(select(func.count()).select_from(query.subquery())).one()
