"""Re-inspections (现场复查) as visits: handed in by the team, watched, moved and called off by marketing.

There is one way for a finding to pass or fail on the spot, `moving.act`; handing a visit in takes it for each of its
findings, with the photos and the note of the item. A re-inspection has no score and drafts no findings.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_
from sqlalchemy import select as select_rows
from sqlmodel import Session, col, select

from audit.db.engine import Database
from audit.db.models import (
    Account,
    Assignment,
    Evidence,
    Finding,
    Organisation,
    Outlet,
    Photo,
    Reinspection,
    Round,
    Visit,
)
from audit.domain import deadlines
from audit.domain.permissions import Actor, authorise
from audit.domain.revisions import Resolved, answers, attached_photos
from audit.domain.visits import REINSPECTION, VISIT_TRANSITIONS, next_state
from audit.errors import RoundsError
from audit.services import clock, values
from audit.services.access import VisitAccess, teams
from audit.services.calendar import calendar_of
from audit.services.loop import looks
from audit.services.loop.fields import MOST_PEOPLE
from audit.services.loop.moving import act
from audit.services.loop.reach import finding_for
from audit.services.values import PAGE_SIZE, Slice
from audit.services.visit_content import asked, looks_of
from audit.services.work import Work, unit_of_work

WAITING = ("planned", "open")
PASSED = "现场复查合格。"  # what is said of an item that passed and got no note


@dataclass(frozen=True)
class LookRow:
    """One re-inspection: where, what is looked at, who goes (the leader first). `overdue`: its day has passed."""

    visit: Visit
    outlet: Outlet
    organisation: Organisation
    findings: tuple[Finding, ...]
    team: tuple[tuple[int, str], ...]
    overdue: bool


def conclude(work: Work, actor: Actor, access: VisitAccess, resolved: Mapping[str, Resolved]) -> None:
    """Within the unit of work that hands a complete re-inspection in: each finding passes or fails as it was rated.

    Raises what `moving.act` refuses; `busy` while a mosaic is still being burnt into a photo.
    """
    visit = access.visit
    standing = [look for look in looks_of(work.session, [visit.id or 0])[visit.id or 0] if asked(look, visit)]
    visit.state = next_state(VISIT_TRANSITIONS, visit.state, "conclude")
    visit.submitted_at, visit.submitted_by, visit.accepted_at = work.now, actor.account_id, work.now
    visit.version += 1
    work.session.add(visit)
    work.session.flush()
    found, calendar = answers(resolved), calendar_of(work.session)
    passed = 0
    for row, finding in standing:
        answer = found[row.item_code]
        action = str(answer["rating"])
        _prove(work, finding, [one.uuid for one in attached_photos(resolved)
                               if one.attached_to == f"item:{row.item_code}"], actor)  # fmt: skip
        said: dict[str, Any] = {"comment": str(answer.get("note") or "").strip() or PASSED}
        if action == "fail":
            said["due_on"] = deadlines.day_of(deadlines.due(work.now, finding.severity, calendar))
        act(work, actor, finding.id or 0, action, finding.version, **said)
        passed += action == "pass"
    work.record("visit.concluded", "visit", visit.id, passed=passed, failed=len(standing) - passed)


def find_looks(
    db: Database, actor: Actor, search: str = "", done: bool = False, page: int = 1, size: int = PAGE_SIZE
) -> Slice:
    """A page of `LookRow`: those that wait, the earliest day first; or those that are done or called off, the newest.

    Raises `forbidden`.
    """
    authorise(actor, "finding.review")
    query: Any = (
        select_rows(Visit, Outlet, Organisation)
        .join(Assignment, col(Assignment.id) == Visit.assignment_id)
        .join(Round, col(Round.id) == Assignment.round_id)
        .join(Outlet, col(Outlet.id) == Visit.outlet_id)
        .join(Organisation, col(Organisation.id) == Assignment.inspected_id)
        .where(col(Round.kind) == REINSPECTION, *values.matches(search, *_names()))
    )
    if done:
        query = query.where(col(Visit.state).not_in(WAITING)).order_by(col(Visit.id).desc())
    else:
        query = query.where(col(Visit.state).in_(WAITING)).order_by(col(Visit.planned_on), col(Visit.id))
    with db.read() as session:
        found = values.slice_of(session, query, page, size)
        rows = _rows(session, found.rows)
        return Slice(tuple(rows), found.total, found.page, found.size)


def visit_of(db: Database, actor: Actor, finding_id: int) -> Visit | None:
    """The visit in which the actor looks at a finding again, None when there is none. Raises `not_found`."""
    with db.read() as session:
        finding_for(session, actor, "finding.reinspect", finding_id)
        query = select(Visit).join(Reinspection, col(Reinspection.visit_id) == Visit.id)
        return session.exec(query.where(Reinspection.finding_id == finding_id, Reinspection.result == "")).first()


def is_waiting() -> ColumnElement[bool]:
    """The re-inspections that were not handed in yet, as a condition on `Visit`."""
    mine = (
        select(Assignment.id).join(Round, col(Round.id) == Assignment.round_id).where(col(Round.kind) == REINSPECTION)
    )
    return and_(col(Visit.state).in_(WAITING), col(Visit.assignment_id).in_(mine))


def change_look(
    db: Database, actor: Actor, visit_id: int, version: int, team: Sequence[int], planned_on: dt.date
) -> None:
    """Other people (the first leads) or another day for a re-inspection that was not handed in.

    Raises `finding.team`, `due.past` for a day before today, `wrong_state`, `stale`, `not_found`.
    """
    authorise(actor, "finding.review")
    people = list(dict.fromkeys(team))
    if len(people) > MOST_PEOPLE:
        raise RoundsError("finding.team")
    with unit_of_work(db, actor) as work:
        visit, assignment = _waiting(work.session, visit_id)
        looks.check_team(work.session, people, assignment.inspected_id)
        if planned_on != visit.planned_on and planned_on < deadlines.day_of(work.now):
            raise RoundsError("due.past")
        members = teams(work.session, [visit.assignment_id])[visit.assignment_id]
        before = [[member.account_id for member in members], str(visit.planned_on)]
        if before == [people, str(planned_on)]:
            return
        if visit.version != version:
            raise RoundsError("stale")
        visit.planned_on, visit.version = planned_on, version + 1
        assignment.starts_on, assignment.ends_on = planned_on, planned_on
        assignment.version += 1
        work.session.add_all((visit, assignment))
        if before[0] != people:
            looks.set_team(work.session, visit, people)
        for row, finding in looks_of(work.session, [visit_id])[visit_id]:
            if asked((row, finding), visit):
                row.planned_on = planned_on
                work.session.add(row)
        work.record(
            "visit.look_changed", "visit", visit_id, team=[before[0], people], planned_on=[before[1], str(planned_on)]
        )


def cancel_look(db: Database, actor: Actor, visit_id: int, version: int, reason: str) -> None:
    """Call a re-inspection off: all its findings wait for review again.

    Raises `required` without a reason, `wrong_state`, `stale`, `not_found`.
    """
    authorise(actor, "finding.review")
    with unit_of_work(db, actor) as work:
        visit, _ = _waiting(work.session, visit_id)
        if visit.version != version:
            raise RoundsError("stale")
        for look in looks_of(work.session, [visit_id])[visit_id]:
            if asked(look, visit):
                finding = look[1]
                act(work, actor, finding.id or 0, "cancel_reinspection", finding.version, reason=reason)


def _waiting(session: Session, visit_id: int) -> tuple[Visit, Assignment]:
    visit = session.get(Visit, visit_id, with_for_update=True)
    if visit is None:
        raise RoundsError("not_found")
    assignment = session.get_one(Assignment, visit.assignment_id)
    if session.get_one(Round, assignment.round_id).kind != REINSPECTION:
        raise RoundsError("not_found")
    if visit.state not in WAITING:
        raise RoundsError("wrong_state", state=visit.state)
    return visit, assignment


def _prove(work: Work, finding: Finding, uuids: Sequence[str], actor: Actor) -> None:
    """The photos of an item as evidence of its finding: the picture that everybody sees, never the original."""
    photos = select(Photo).where(col(Photo.uuid).in_(uuids)).order_by(col(Photo.received_at), col(Photo.uuid))
    for photo in work.session.exec(photos).all():
        if not photo.report_sha256:
            raise RoundsError("busy")
        work.session.add(
            Evidence(
                uuid=photo.uuid,
                finding_id=finding.id or 0,
                cycle=finding.cycle,
                subject="reinspection",
                kind="photo",
                role="other",
                filename=f"{photo.uuid}.jpg",
                media_type="image/jpeg",
                sha256=photo.report_sha256,
                size=photo.size,
                thumbnail_sha256=photo.thumbnail_sha256,
                report_sha256=photo.report_sha256,
                phash=photo.phash,
                dhash=photo.dhash,
                account_id=actor.account_id,
                received_at=work.now,
            )
        )
        work.record("evidence.added", "finding", finding.id, uuid=photo.uuid, kind="photo", subject="reinspection")


def _rows(session: Session, found: Sequence[Any]) -> list[LookRow]:
    visits = [visit for visit, _, _ in found]
    standing = looks_of(session, [visit.id or 0 for visit in visits])
    members = teams(session, [visit.assignment_id for visit in visits])
    ids = {member.account_id for group in members.values() for member in group}
    names = dict(session.exec(select(Account.id, Account.name).where(col(Account.id).in_(ids))).all())
    today = clock.today()
    return [
        LookRow(
            visit, outlet, organisation,
            tuple(one[1] for one in standing.get(visit.id or 0, ()) if visit.state == "cancelled" or asked(one, visit)),
            tuple((one.account_id, names.get(one.account_id, "")) for one in members.get(visit.assignment_id, ())),
            visit.state in WAITING and visit.planned_on < today,
        )
        for visit, outlet, organisation in found
    ]  # fmt: skip


def _names() -> tuple[Any, ...]:
    return (Outlet.code, Outlet.name_zh, Outlet.name_en, Organisation.name_zh, Organisation.name_en)
