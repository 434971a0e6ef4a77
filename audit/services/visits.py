"""Visits: whose they are, how they stand, what was entered; and marketing's review of them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import case, func
from sqlalchemy import select as select_rows
from sqlalchemy import update as change_rows
from sqlmodel import Session, col, select

from audit.db.engine import Database
from audit.db.models import Account, Assignment, AssignmentMember, Finding, Organisation, Outlet, Photo, Round, Visit
from audit.domain.checklist import Checklist
from audit.domain.permissions import Actor, authorise, authorise_somewhere
from audit.domain.revisions import Resolved, answers
from audit.domain.visits import VISIT_TRANSITIONS, next_state
from audit.errors import RoundsError
from audit.services import findings, submission, values
from audit.services.access import VisitAccess, teams, visit_for
from audit.services.loop.returning import settle
from audit.services.values import PAGE_SIZE, Slice
from audit.services.visit_content import checklist_for, resolved_visit
from audit.services.work import Work, unit_of_work

COMMENT_LIMIT = 4000
NAMED = (Outlet.code, Outlet.name_zh, Outlet.name_en, Organisation.name_zh, Organisation.name_en)


@dataclass(frozen=True)
class VisitRow:
    """One line of a list of visits. `critical`: in marketing's list, how many critical findings wait in it."""

    visit: Visit
    assignment: Assignment
    round: Round
    outlet: Outlet
    inspected: Organisation
    critical: int = 0


@dataclass(frozen=True)
class Teammate:
    """A member of the visit's team."""

    account_id: int
    name: str
    leader: bool


@dataclass(frozen=True)
class VisitDetail:
    """A visit with everything that was entered. `answers`: item code → body; `resolved`: subject → what counts."""

    row: VisitRow
    team: tuple[Teammate, ...]
    checklist: Checklist
    answers: Mapping[str, Mapping[str, Any]]
    resolved: Mapping[str, Resolved]
    photos: Mapping[str, Photo]
    findings: tuple[Finding, ...]


def my_visits(db: Database, actor: Actor, states: Sequence[str] = (), search: str = "") -> list[VisitRow]:
    """The visits of the actor's teams, of rounds that are published, by planned day.

    In these states, else in all but cancelled.
    """
    authorise_somewhere(actor, "visit.conduct")
    query = _mine(actor, search).order_by(col(Visit.planned_on), col(Visit.id))
    if states:
        query = query.where(col(Visit.state).in_(states))
    with db.read() as session:
        return [VisitRow(*row) for row in session.execute(query).all()]


def find_my_visits(
    db: Database, actor: Actor, search: str = "", states: Sequence[str] = (), page: int = 1, size: int = PAGE_SIZE
) -> Slice:
    """Like `my_visits`, but a page of `VisitRow`, and the newest first."""
    authorise_somewhere(actor, "visit.conduct")
    query = _mine(actor, search).order_by(col(Visit.planned_on).desc(), col(Visit.id).desc())
    if states:
        query = query.where(col(Visit.state).in_(states))
    with db.read() as session:
        return visits_slice(session, query, page, size)


def find_visits(
    db: Database,
    actor: Actor,
    search: str = "",
    states: Sequence[str] = (),
    round_id: int | None = None,
    page: int = 1,
    size: int = PAGE_SIZE,
) -> Slice:
    """A page of `VisitRow` over the whole city, for those who follow rounds.

    Those in which a critical finding waits stand first; then the oldest submission, then by day.
    `states=("submitted",)` is marketing's queue.
    """
    authorise(actor, "round.read")
    critical: Any = select(func.count()).where(Finding.visit_id == Visit.id, *findings.CRITICAL_DRAFT)
    critical = critical.correlate(Visit).scalar_subquery()
    query = (
        visit_rows()
        .add_columns(critical)
        .where(*values.matches(search, *NAMED))
        .order_by(
            case((critical > 0, 0), else_=1), col(Visit.submitted_at).is_(None), col(Visit.submitted_at),
            col(Visit.planned_on), col(Visit.id),
        )
    )  # fmt: skip
    if states:
        query = query.where(col(Visit.state).in_(states))
    if round_id is not None:
        query = query.where(col(Round.id) == round_id)
    with db.read() as session:
        return visits_slice(session, query, page, size)


def get_visit(db: Database, actor: Actor, visit_id: int, permission: str = "visit.read") -> VisitDetail:
    """One visit with everything that was entered, for who has the permission there. Raises `not_found`."""
    with db.read() as session:
        access = visit_for(session, actor, permission, visit_id)
        return _detail(session, access)


def open_visit(db: Database, actor: Actor, visit_id: int) -> Visit:
    """Begin to fill in a planned or returned visit; doing it again changes nothing. Raises `visit.not_open`."""
    with unit_of_work(db, actor) as work:
        access = visit_for(work.session, actor, "visit.conduct", visit_id, lock=True)
        open_if_needed(work, access)
        return access.visit


def open_if_needed(work: Work, access: VisitAccess) -> None:
    """Within a unit of work that holds the visit's row: planned or returned → open, and a published round → running.

    Raises `visit.not_open`.
    """
    visit = access.visit
    if visit.state == "open":
        return
    if visit.state not in ("planned", "returned") or access.round.state in ("draft", "closed"):
        raise RoundsError("visit.not_open", state=visit.state)
    before = visit.state
    visit.state = next_state(VISIT_TRANSITIONS, before, "open")
    visit.opened_at = visit.opened_at or work.now
    visit.version += 1
    work.session.add(visit)
    work.session.flush()
    work.record("visit.opened", "visit", visit.id, state=[before, visit.state])
    if access.round.state == "published":
        started = work.session.execute(
            change_rows(Round)
            .where(col(Round.id) == access.round.id, col(Round.state) == "published")
            .values(state="running", version=Round.version + 1)
        )
        if started.rowcount:  # type: ignore[attr-defined]
            work.record("round.started", "round", access.round.id, by_visit=visit.id)


def takes_late_answers(session: Session, access: VisitAccess) -> bool:
    """Whether a visit was handed in and its round is not closed.

    The round is read anew: whoever waited for the visit's row may have waited while the round was closed.
    """
    if access.visit.state not in ("submitted", "accepted"):
        return False
    return session.exec(select(Round.state).where(Round.id == access.round.id)).one() != "closed"


def meetings_closed(session: Session, assignment_ids: Collection[int]) -> set[int]:
    """The assignments of which all visits are accepted (or cancelled): the record of the meeting stays as it is."""
    query = select(Visit.assignment_id, Visit.state).where(col(Visit.assignment_id).in_(assignment_ids))
    rows = session.exec(query).all()
    open_ones = {number for number, state in rows if state not in ("accepted", "cancelled")}
    return {number for number, state in rows if state == "accepted"} - open_ones


def check_meeting_open(session: Session, assignment_id: int) -> None:
    """Raise `meeting.closed` when the record of the meeting takes nothing more."""
    if meetings_closed(session, [assignment_id]):
        raise RoundsError("meeting.closed")


def open_for_review(db: Database, actor: Actor, visit_id: int) -> VisitDetail:
    """A submitted visit as marketing looks at it; from the first look on it cannot be recalled."""
    with unit_of_work(db, actor) as work:
        access = visit_for(work.session, actor, "visit.review", visit_id, lock=True)
        visit = access.visit
        if visit.state == "submitted" and visit.reviewed_open_at is None:
            visit.reviewed_open_at = work.now
            visit.version += 1
            work.session.add(visit)
            work.record("visit.review_opened", "visit", visit_id)
        return _detail(work.session, access)


def accept_visit(db: Database, actor: Actor, visit_id: int, version: int) -> None:
    """Submitted → accepted. Raises `wrong_state` and `stale`."""
    _review(db, actor, visit_id, version, "accept", "")


def send_back_visit(db: Database, actor: Actor, visit_id: int, version: int, comment: str) -> None:
    """Submitted → returned, with what is to be done. Raises `required`, `too_long`, `wrong_state` and `stale`."""
    authorise_somewhere(actor, "visit.review")
    _review(db, actor, visit_id, version, "return", values.text("comment", comment, COMMENT_LIMIT, required=True))


def _review(db: Database, actor: Actor, visit_id: int, version: int, action: str, comment: str) -> None:
    with unit_of_work(db, actor) as work:
        visit = visit_for(work.session, actor, "visit.review", visit_id, lock=True).visit
        target = next_state(VISIT_TRANSITIONS, visit.state, action)
        if visit.version != version:
            raise RoundsError("stale")
        visit.state = target
        visit.version += 1
        visit.reviewed_open_at = visit.reviewed_open_at or work.now
        if action == "accept":
            visit.accepted_at = work.now
            submission.settle_score(visit)
        else:
            visit.returned_comment = comment
        work.session.add(visit)
        verb = "visit.accepted" if action == "accept" else "visit.returned"
        work.record(verb, "visit", visit_id, state=["submitted", target], comment=comment)
        if action == "accept":
            work.session.flush()
            settle(work, visit)
            findings.tell_critical(work, visit)


def visit_rows() -> Any:
    """A query of what a `VisitRow` holds, to be narrowed."""
    return (
        select_rows(Visit, Assignment, Round, Outlet, Organisation)
        .join(Assignment, col(Assignment.id) == Visit.assignment_id)
        .join(Round, col(Round.id) == Assignment.round_id)
        .join(Outlet, col(Outlet.id) == Visit.outlet_id)
        .join(Organisation, col(Organisation.id) == Assignment.inspected_id)
    )


def _mine(actor: Actor, search: str) -> Any:
    mine = select(AssignmentMember.assignment_id).where(AssignmentMember.account_id == actor.account_id)
    found = values.matches(search, *NAMED, Round.name_zh, Round.name_en)
    return visit_rows().where(col(Visit.assignment_id).in_(mine), Visit.state != "cancelled", *found)


def visits_slice(session: Session, query: Any, page: int, size: int) -> Slice:
    """One page of a narrowed `visit_rows()`."""
    found = values.slice_of(session, query, page, size)
    return Slice(tuple(VisitRow(*row) for row in found.rows), found.total, found.page, found.size)


def _detail(session: Session, access: VisitAccess) -> VisitDetail:
    visit = access.visit
    inspected = session.get(Organisation, access.assignment.inspected_id)
    if inspected is None:
        raise RoundsError("not_found")
    resolved = resolved_visit(session, visit.id or 0)
    photos = session.exec(select(Photo).where(Photo.visit_id == visit.id)).all()
    return VisitDetail(
        row=VisitRow(visit, access.assignment, access.round, access.outlet, inspected),
        team=team_of(session, [visit.assignment_id]).get(visit.assignment_id, ()),
        checklist=checklist_for(session, visit),
        answers=answers(resolved),
        resolved=resolved,
        photos={photo.uuid: photo for photo in photos},
        findings=tuple(findings.of_visits(session, [visit.id or 0])),
    )


def team_of(session: Session, assignment_ids: Sequence[int]) -> dict[int, tuple[Teammate, ...]]:
    """The team of each assignment with names, the leader first."""
    members = teams(session, assignment_ids)
    ids = {member.account_id for group in members.values() for member in group}
    names = dict(session.exec(select(Account.id, Account.name).where(col(Account.id).in_(ids))).all())
    return {
        assignment_id: tuple(
            Teammate(member.account_id, names.get(member.account_id, ""), member.leader) for member in group
        )
        for assignment_id, group in members.items()
    }
