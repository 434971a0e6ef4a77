"""Rounds by hand: made, filled with assignments, published, started and closed.

Publishing turns every outlet of every assignment into a planned visit. After that an assignment changes only in its
team and in the days of visits that are still planned; what is added to a published round is planned at once.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, delete, select

from audit.db.engine import Database
from audit.db.models import Assignment, AssignmentOutlet, AssignmentPredecessor, Outlet, Round, Visit
from audit.domain.permissions import Actor, authorise
from audit.domain.visits import REINSPECTION, ROUND_KINDS, ROUND_TRANSITIONS, VISIT_TRANSITIONS, next_state
from audit.errors import RoundsError
from audit.services import findings, submission, values
from audit.services.assignments import AssignmentPlan, check, delete_plan, read_plan, write_members, write_plan
from audit.services.work import Work, unit_of_work

ENDED = ("accepted", "cancelled")


@dataclass(frozen=True)
class RoundValues:
    """What can be typed about a round. An empty code gets one from kind and date."""

    name_zh: str
    kind: str
    starts_on: dt.date
    ends_on: dt.date
    name_en: str = ""
    code: str = ""


def create_round(db: Database, actor: Actor, given: RoundValues) -> int:
    """A new draft; returns its id. Raises `round.dates`, `round.code_taken` and what is wrong with a field."""
    authorise(actor, "round.manage")
    with unit_of_work(db, actor) as work:
        return _insert(work, given, "draft")


def change_round(db: Database, actor: Actor, round_id: int, version: int, given: RoundValues) -> None:
    """Change a round that is not closed. Raises `wrong_state`, `stale`, and like `create_round`."""
    authorise(actor, "round.manage")
    with unit_of_work(db, actor) as work:
        row = find(work.session, round_id)
        if row.state == "closed":
            raise RoundsError("wrong_state", state=row.state)
        fields = _checked(given)
        outside = select(Assignment.id).where(
            Assignment.round_id == round_id,
            (col(Assignment.starts_on) < given.starts_on) | (col(Assignment.ends_on) > given.ends_on),
        )
        if work.session.exec(outside.limit(1)).first():
            raise RoundsError("round.dates")
        fields["code"] = fields["code"] or row.code
        try:
            changes = values.change(work.session, row, version, fields)
        except IntegrityError:
            raise RoundsError("round.code_taken", code=fields["code"]) from None
        if changes:
            shown = {name: [str(old), str(new)] for name, (old, new) in changes.items()}
            work.record("round.changed", "round", round_id, changes=shown)


def add_assignment(db: Database, actor: Actor, round_id: int, plan: AssignmentPlan) -> int:
    """A new assignment; in a published or running round its visits are planned at once. Returns its id.

    Raises `wrong_state` for a closed round, and what `assignments.check` finds.
    """
    authorise(actor, "round.manage")
    with unit_of_work(db, actor) as work:
        row = find(work.session, round_id, lock=True)
        if row.state == "closed":
            raise RoundsError("wrong_state", state=row.state)
        assignment_id = _add(work, row, plan)
        if row.state != "draft":  # whoever is planned from the start hears of it when the round is published
            work.record("assignment.planned", "assignment", assignment_id)
        return assignment_id


def change_assignment(db: Database, actor: Actor, assignment_id: int, version: int, plan: AssignmentPlan) -> None:
    """Replace an assignment of a draft round. Raises `wrong_state`, `stale`, and what `assignments.check` finds."""
    authorise(actor, "round.manage")
    with unit_of_work(db, actor) as work:
        assignment, row = _draft_assignment(work.session, assignment_id)
        check(work.session, row, plan)
        values.touch(work.session, assignment, version)
        delete_plan(work.session, assignment_id)
        write_plan(work.session, assignment_id, plan)
        work.record("assignment.changed", "assignment", assignment_id, plan=plan.to_json())


def plan_of(db: Database, actor: Actor, assignment_id: int) -> AssignmentPlan:
    """What an assignment plans, to change it. Raises `not_found`."""
    authorise(actor, "round.manage")
    with db.read() as session:
        assignment = session.get(Assignment, assignment_id)
        if assignment is None:
            raise RoundsError("not_found")
        return read_plan(session, assignment)


def remove_assignment(db: Database, actor: Actor, assignment_id: int, version: int) -> None:
    """Take an assignment out of a draft round. Raises `wrong_state` and `stale`."""
    authorise(actor, "round.manage")
    with unit_of_work(db, actor) as work:
        assignment, row = _draft_assignment(work.session, assignment_id)
        values.touch(work.session, assignment, version)
        delete_plan(work.session, assignment_id)
        followed = delete(AssignmentPredecessor).where(col(AssignmentPredecessor.assignment_id) == assignment_id)
        work.session.exec(followed)
        work.session.delete(work.session.get(Assignment, assignment_id))
        work.record("assignment.removed", "assignment", assignment_id, round_id=row.id)


def change_team(
    db: Database, actor: Actor, assignment_id: int, version: int, team: Iterable[int], leader_id: int
) -> None:
    """Another team, also in a published or running round (leave, substitutes). Raises `wrong_state`, `stale`, and what
    is wrong with the team."""
    authorise(actor, "round.manage")
    with unit_of_work(db, actor) as work:
        assignment = work.session.get(Assignment, assignment_id)
        if assignment is None:
            raise RoundsError("not_found")
        row = find(work.session, assignment.round_id)
        if row.state == "closed":
            raise RoundsError("wrong_state", state=row.state)
        before = read_plan(work.session, assignment)
        plan = AssignmentPlan(**{**before.__dict__, "team": tuple(team), "leader_id": leader_id})
        check(work.session, row, plan, only_team=True)
        values.touch(work.session, assignment, version)
        write_members(work.session, assignment_id, plan)
        old, new = [list(before.team), before.leader_id], [list(plan.team), leader_id]
        work.record("assignment.team_changed", "assignment", assignment_id, team=[old, new])


def publish_round(db: Database, actor: Actor, round_id: int, version: int) -> int:
    """Plan the visits of a draft round and show them to the teams; returns how many.

    Raises `round.empty`, `wrong_state`, `stale`, and what `assignments.check` finds by now (a checklist withdrawn, a
    hall closed, a person who left).
    """
    authorise(actor, "round.manage")
    with unit_of_work(db, actor) as work:
        row = find(work.session, round_id, lock=True)
        target = next_state(ROUND_TRANSITIONS, row.state, "publish")
        assignments = work.session.exec(
            select(Assignment).where(Assignment.round_id == round_id).order_by(col(Assignment.id))
        ).all()
        if not assignments:
            raise RoundsError("round.empty")
        planned = 0
        for assignment in assignments:
            plan = read_plan(work.session, assignment)
            check(work.session, row, plan)
            planned += _plan_visits(work, assignment.id or 0, plan)
        values.change(work.session, row, version, {"state": target})
        work.record("round.published", "round", round_id, visits=planned)
        return planned


def start_round(db: Database, actor: Actor, round_id: int, version: int) -> None:
    """Published → running. Also happens by itself when the first visit is opened. Raises `wrong_state`, `stale`."""
    authorise(actor, "round.manage")
    with unit_of_work(db, actor) as work:
        row = find(work.session, round_id)
        target = next_state(ROUND_TRANSITIONS, row.state, "start")
        values.change(work.session, row, version, {"state": target})
        work.record("round.started", "round", round_id)


@dataclass(frozen=True)
class Pending:
    """An accepted visit whose score is provisional, because these items were to be answered later."""

    visit: Visit
    outlet: Outlet
    codes: tuple[str, ...]


def pending_items(db: Database, actor: Actor, round_id: int) -> list[Pending]:
    """The accepted visits of a round that still have items to be answered later, by outlet."""
    authorise(actor, "round.read")
    with db.read() as session:
        return _pending(session, round_id)


def close_round(db: Database, actor: Actor, round_id: int, version: int, let_go: bool = False) -> None:
    """Running → closed.

    Raises `round.visits_open` while a visit is neither accepted nor cancelled; `round.items_later`, naming the visits,
    while items rated *later* are unanswered, unless `let_go` says that they never will be: their scores are then final
    as they stand, without those items. Also `wrong_state`, `stale`.
    """
    authorise(actor, "round.manage")
    with unit_of_work(db, actor) as work:
        row = find(work.session, round_id, lock=True)
        target = next_state(ROUND_TRANSITIONS, row.state, "close")
        waiting = work.session.exec(
            select(func.count())
            .select_from(Visit)
            .join(Assignment, col(Assignment.id) == Visit.assignment_id)
            .where(Assignment.round_id == round_id, col(Visit.state).not_in(ENDED))
        ).one()
        if waiting:
            raise RoundsError("round.visits_open", count=waiting)
        pending = _pending(work.session, round_id, lock=True)
        if pending and not let_go:
            named = "; ".join(f"{one.outlet.name_zh} ({', '.join(one.codes)})" for one in pending)
            raise RoundsError("round.items_later", count=len(pending), visits=named)
        for one in pending:
            submission.let_go(one.visit)
            work.session.add(one.visit)
            work.record("visit.items_let_go", "visit", one.visit.id, codes=list(one.codes))
        values.change(work.session, row, version, {"state": target})
        work.record("round.closed", "round", round_id)


def plan_ad_hoc_visit(
    db: Database, actor: Actor, plan: AssignmentPlan, name_zh: str = "", name_en: str = ""
) -> tuple[int, int]:
    """A visit outside the plan: a published round of its own with one assignment. Returns (round id, assignment id)."""
    authorise(actor, "round.manage")
    day = f"{plan.starts_on:%Y-%m-%d}"
    given = RoundValues(
        name_zh=name_zh or f"临时走访 {day}",
        name_en=name_en or f"Ad-hoc visit {day}",
        kind="ad_hoc",
        starts_on=plan.starts_on,
        ends_on=plan.ends_on,
    )
    with unit_of_work(db, actor) as work:
        round_id = _insert(work, given, "published")
        assignment_id = _add(work, find(work.session, round_id), plan)
        work.record("round.published", "round", round_id, visits=len(plan.outlets))
        return round_id, assignment_id


def cancel_visit(db: Database, actor: Actor, visit_id: int, version: int, reason: str) -> None:
    """Call off a visit that is planned or open; drafts of an earlier submission go.

    Raises `required` without a reason, `wrong_state`, `stale`.
    """
    authorise(actor, "round.manage")
    reason = values.text("reason", reason, 1000, required=True)
    with unit_of_work(db, actor) as work:
        row = work.session.get(Visit, visit_id, with_for_update=True)
        if row is None:
            raise RoundsError("not_found")
        find(work.session, work.session.get_one(Assignment, row.assignment_id).round_id)
        before, target = row.state, next_state(VISIT_TRANSITIONS, row.state, "cancel")
        values.change(work.session, row, version, {"state": target})
        findings.remove_drafts(work, visit_id)
        work.record("visit.cancelled", "visit", visit_id, state=[before, target], reason=reason)


def replan_visit(db: Database, actor: Actor, visit_id: int, version: int, planned_on: dt.date) -> None:
    """Another day for a visit that nobody has begun; the assignment's dates widen to hold it.

    Raises `round.dates` for a day outside the round, `wrong_state`, `stale`.
    """
    authorise(actor, "round.manage")
    with unit_of_work(db, actor) as work:
        visit = work.session.get(Visit, visit_id, with_for_update=True)
        if visit is None:
            raise RoundsError("not_found")
        assignment = work.session.get_one(Assignment, visit.assignment_id, with_for_update=True)
        row = find(work.session, assignment.round_id)
        if visit.state != "planned":
            raise RoundsError("wrong_state", state=visit.state)
        if not row.starts_on <= planned_on <= row.ends_on:
            raise RoundsError("round.dates")
        before = visit.planned_on
        if not values.change(work.session, visit, version, {"planned_on": planned_on}):
            return
        dates = {"starts_on": min(assignment.starts_on, planned_on), "ends_on": max(assignment.ends_on, planned_on)}
        values.change(work.session, assignment, assignment.version, dates)
        work.record("visit.replanned", "visit", visit_id, planned_on=[str(before), str(planned_on)])


def find(session: Session, round_id: int, lock: bool = False) -> Round:
    """The row, or `not_found`, also for the round of a re-inspection: that one is none of those managed here."""
    row = session.get(Round, round_id, with_for_update=lock or None)
    if row is None or row.kind == REINSPECTION:
        raise RoundsError("not_found")
    return row


def _pending(session: Session, round_id: int, lock: bool = False) -> list[Pending]:
    query: Any = (
        select(Visit, Outlet)
        .join(Assignment, col(Assignment.id) == Visit.assignment_id)
        .join(Outlet, col(Outlet.id) == Visit.outlet_id)
        .where(Assignment.round_id == round_id, Visit.state == "accepted", col(Visit.provisional).is_(True))
        .order_by(col(Outlet.code), col(Visit.id))
    )
    if lock:
        query = query.with_for_update(of=Visit)
    return [
        Pending(visit, outlet, tuple(visit.score["later"]))
        for visit, outlet in session.exec(query).all()
        if visit.score and visit.score["later"]
    ]


def _checked(given: RoundValues) -> dict[str, Any]:
    if given.kind not in ROUND_KINDS:
        raise RoundsError("invalid", field="kind")
    if given.ends_on < given.starts_on:
        raise RoundsError("round.dates")
    return {
        "code": values.code("code", given.code) if given.code.strip() else "",
        "name_zh": values.line("name_zh", given.name_zh, 120, required=True),
        "name_en": values.line("name_en", given.name_en, 120),
        "kind": given.kind,
        "starts_on": given.starts_on,
        "ends_on": given.ends_on,
    }


def _insert(work: Work, given: RoundValues, state: str) -> int:
    fields = _checked(given)
    fields["code"] = fields["code"] or _free_code(work.session, given)
    row = Round(**fields, state=state)
    work.session.add(row)
    try:
        work.session.flush()
    except IntegrityError:
        raise RoundsError("round.code_taken", code=fields["code"]) from None
    work.record("round.created", "round", row.id, code=row.code, name_zh=row.name_zh, kind=row.kind)
    return row.id or 0


def _free_code(session: Session, given: RoundValues) -> str:
    stem = f"{given.starts_on:%Y%m%d}-{given.kind.replace('_', '-')}"
    taken = set(session.exec(select(Round.code).where(col(Round.code).startswith(stem))).all())
    return next(code for code in (stem, *(f"{stem}-{n}" for n in range(2, len(taken) + 3))) if code not in taken)


def _add(work: Work, row: Round, plan: AssignmentPlan) -> int:
    check(work.session, row, plan)
    assignment = Assignment(
        round_id=row.id or 0,
        inspecting_id=plan.inspecting_id,
        inspected_id=plan.inspected_id,
        starts_on=plan.starts_on,
        ends_on=plan.ends_on,
    )
    work.session.add(assignment)
    work.session.flush()
    assignment_id = assignment.id or 0
    write_plan(work.session, assignment_id, plan)
    if row.state != "draft":
        _plan_visits(work, assignment_id, plan)
    work.record("assignment.created", "assignment", assignment_id, round_id=row.id, plan=plan.to_json())
    return assignment_id


def _draft_assignment(session: Session, assignment_id: int) -> tuple[Assignment, Round]:
    assignment = session.get(Assignment, assignment_id)
    if assignment is None:
        raise RoundsError("not_found")
    row = find(session, assignment.round_id, lock=True)
    if row.state != "draft":
        raise RoundsError("wrong_state", state=row.state)
    return assignment, row


def _plan_visits(work: Work, assignment_id: int, plan: AssignmentPlan) -> int:
    """A planned visit for each outlet; those whom it is announced to hear of it by the events."""
    planned = [
        Visit(assignment_id=assignment_id, outlet_id=row.outlet_id, planned_on=row.planned_on,
              checklist_version_id=row.checklist_version_id)
        for row in work.session.exec(select(AssignmentOutlet).where(AssignmentOutlet.assignment_id == assignment_id))
    ]  # fmt: skip
    work.session.add_all(planned)
    work.session.flush()
    if plan.announced:
        work.record("assignment.announced", "assignment", assignment_id)
        for visit in planned:
            work.record("visit.announced", "visit", visit.id, planned_on=str(visit.planned_on))
    return len(planned)
