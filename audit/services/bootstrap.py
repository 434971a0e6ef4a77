"""What a tablet needs to work without a connection: its person's visits with everything around them, in one answer."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from sqlmodel import Session, col, func, or_, select

from audit.db.engine import Database
from audit.db.models import (
    Account,
    Assignment,
    AssignmentMember,
    AssignmentPredecessor,
    Organisation,
    Outlet,
    Photo,
    Revision,
    Round,
    Visit,
)
from audit.domain.permissions import Actor, authorise_somewhere
from audit.domain.revisions import answers
from audit.errors import RoundsError
from audit.services import campaigns, clock, reference_photos, visit_findings
from audit.services.access import assignment_for, visit_for
from audit.services.calendar import calendar_of
from audit.services.outlets import na_items
from audit.services.visit_content import (
    Look,
    checklist_of,
    list_codes,
    looked_at,
    looks_of,
    reinspections,
    resolved_visits,
)
from audit.services.visits import Teammate, meetings_closed, team_of

ACCEPTED_DAYS = 30  # how long an accepted visit stays on the tablet
CALENDAR = dt.timedelta(days=60)  # how far back and ahead the tablet knows the working days
Json = dict[str, Any]


def bootstrap(db: Database, actor: Actor) -> Json:
    """The tablet's whole knowledge: checklists, assignments and visits of the actor's teams.

    Visits planned, open, submitted, returned, and those accepted in the last 30 days, of rounds that are published.
    """
    authorise_somewhere(actor, "visit.conduct")
    with db.read() as session:
        mine = select(AssignmentMember.assignment_id).where(AssignmentMember.account_id == actor.account_id)
        since = clock.now() - dt.timedelta(days=ACCEPTED_DAYS)
        visits = session.exec(
            select(Visit)
            .where(col(Visit.assignment_id).in_(mine))
            .where(or_(col(Visit.state).not_in(("accepted", "cancelled")), col(Visit.accepted_at) > since))
            .where(Visit.state != "cancelled")
            .order_by(col(Visit.planned_on), col(Visit.id))
        ).all()
        versions = {visit.checklist_version_id for visit in visits}
        pictures = reference_photos.of_versions(session, versions)
        return {
            "server_time": clock.now().isoformat(),
            "working_days": _working_days(session, clock.today()),
            "user": {"id": actor.account_id, "name": actor.name, "locale": actor.locale},
            "checklists": {str(version): checklist_of(session, version).to_json() for version in sorted(versions)},
            "reference_photos": {str(version): pictures[version] for version in sorted(versions)},
            "predecessors": _predecessors(session, actor),
            "assignments": _assignments(session, {visit.assignment_id for visit in visits}),
            "visits": _visits(session, actor, visits),
        }


def _predecessors(session: Session, actor: Actor) -> list[Json]:
    """The leavers whose place the person took, with the assignments: what their tablet holds may be taken over."""
    query = (
        select(Account.id, Account.name, AssignmentPredecessor.assignment_id)
        .join(AssignmentPredecessor, col(AssignmentPredecessor.account_id) == Account.id)
        .where(AssignmentPredecessor.successor_id == actor.account_id)
        .order_by(col(Account.id), col(AssignmentPredecessor.assignment_id))
    )
    found: dict[int, Json] = {}
    for number, name, assignment_id in session.exec(query).all():
        entry = found.setdefault(number or 0, {"id": number, "name": name, "assignments": []})
        entry["assignments"].append(assignment_id)
    return list(found.values())


def _working_days(session: Session, today: dt.date) -> list[str]:
    """The working days around today, so that a tablet can tell how many are left until something is due."""
    calendar = calendar_of(session)
    days = (today + dt.timedelta(days=number) for number in range(-CALENDAR.days, CALENDAR.days + 1))
    return [day.isoformat() for day in days if calendar.is_working(day)]


def visit_json(db: Database, actor: Actor, visit_id: int) -> Json:
    """One visit as in the bootstrap, to see what team mates entered. Raises `not_found`."""
    with db.read() as session:
        access = visit_for(session, actor, "visit.conduct", visit_id)
        if access.visit.state == "cancelled":
            raise RoundsError("not_found")
        return _visits(session, actor, [access.visit])[0]


def visit_tag(db: Database, actor: Actor, visit_id: int) -> str:
    """What changes with anything the team or marketing does to a visit: two small queries, asked every few seconds.

    What stands around a visit (findings, campaigns, the last visit) is not in it; that comes with the next bootstrap.
    Raises `not_found`.
    """
    with db.read() as session:
        visit = visit_for(session, actor, "visit.conduct", visit_id).visit
        newest = session.exec(select(func.max(Revision.seq)).where(Revision.visit_id == visit_id)).one()
        photos = session.exec(select(func.count()).select_from(Photo).where(Photo.visit_id == visit_id)).one()
        opened = bool(visit.reviewed_open_at)
        return f"{visit.version}-{visit.state}-{opened:d}-{newest or 0}-{photos}"


def assignment_json(db: Database, actor: Actor, assignment_id: int) -> Json:
    """One assignment as in the bootstrap, to see what team mates wrote about the meeting. Raises `not_found`."""
    with db.read() as session:
        assignment_for(session, actor, "visit.conduct", assignment_id)
        return _assignments(session, {assignment_id})[0]


def assignment_tag(db: Database, actor: Actor, assignment_id: int) -> str:
    """What changes with anything the team does to its assignment, not to a visit. Raises `not_found`."""
    with db.read() as session:
        assignment = assignment_for(session, actor, "visit.conduct", assignment_id).assignment
        own = (Revision.assignment_id == assignment_id, col(Revision.visit_id).is_(None))
        newest = session.exec(select(func.max(Revision.seq)).where(*own)).one()
        taken = (Photo.assignment_id == assignment_id, col(Photo.visit_id).is_(None))
        photos = session.exec(select(func.count()).select_from(Photo).where(*taken)).one()
        closed = bool(meetings_closed(session, [assignment_id]))
        return f"{assignment.version}-{newest or 0}-{photos}-{closed:d}"


def receipt_json(photo: Photo) -> Json:
    """A photo's receipt as the tablet keeps it."""
    return {
        "uuid": photo.uuid,
        "sha256": photo.sha256,
        "size": photo.size,
        "width": photo.width,
        "height": photo.height,
        "received_at": photo.received_at.isoformat(),
    }


def _assignments(session: Session, ids: set[int]) -> list[Json]:
    rows = session.exec(
        select(Assignment, Round)
        .join(Round, col(Round.id) == Assignment.round_id)
        .where(col(Assignment.id).in_(ids))
        .order_by(col(Assignment.id))
    ).all()
    named = {row.inspected_id for row, _ in rows} | {row.inspecting_id for row, _ in rows}
    organisations = _by_id(session, Organisation, named)
    team = team_of(session, sorted(ids))
    own = col(Revision.visit_id).is_(None) & col(Revision.assignment_id).in_(ids)
    revisions = _revisions(session, own, "assignment_id")
    photos = _photos(session, col(Photo.visit_id).is_(None) & col(Photo.assignment_id).in_(ids), "assignment_id")
    closed = meetings_closed(session, ids)
    return [
        {
            "id": row.id,
            "round": {
                "id": round_.id,
                "code": round_.code,
                "name_zh": round_.name_zh,
                "name_en": round_.name_en,
                "kind": round_.kind,
            },
            "inspected": _organisation(organisations[row.inspected_id]),
            "inspecting": _organisation(organisations[row.inspecting_id]),
            "announced": row.announced,
            "starts_on": row.starts_on.isoformat(),
            "ends_on": row.ends_on.isoformat(),
            "team": _team(team.get(row.id or 0, ())),
            "communication": {
                "revisions": revisions.get(row.id or 0, []),
                "photos": photos.get(row.id or 0, []),
                "closed": row.id in closed,
            },
        }
        for row, round_ in rows
    ]


def _visits(session: Session, actor: Actor, visits: Sequence[Visit]) -> list[Json]:
    ids = [visit.id or 0 for visit in visits]
    outlets = _by_id(session, Outlet, {visit.outlet_id for visit in visits})
    team = team_of(session, sorted({visit.assignment_id for visit in visits}))
    revisions = _revisions(session, col(Revision.visit_id).in_(ids), "visit_id")
    photos = _photos(session, col(Photo.visit_id).in_(ids), "visit_id")
    looks = looks_of(session, ids)
    known = visit_findings.of_visits(session, visits, looks)
    last_visits = _last_visits(session, visits)
    questions = _campaigns(session, visits)
    found = []
    for visit in visits:
        outlet = outlets[visit.outlet_id]
        members = team.get(visit.assignment_id, ())
        leads = any(member.leader and member.account_id == actor.account_id for member in members)
        found.append(
            {
                "id": visit.id,
                "assignment_id": visit.assignment_id,
                "outlet": _outlet(outlet),
                "checklist_version_id": visit.checklist_version_id,
                "state": visit.state,
                "planned_on": visit.planned_on.isoformat(),
                "version": visit.version,
                "checklist": _looked_at(session, visit, looks.get(visit.id or 0)),
                "preset_na": {} if visit.id in looks else _preset_na(outlet),
                "team": _team(members),
                "revisions": revisions.get(visit.id or 0, []),
                "photos": photos.get(visit.id or 0, []),
                "last_visit": last_visits.get(visit.id or 0),
                "open_findings": known[visit.id or 0].open,
                "closed_findings": known[visit.id or 0].closed,
                "campaigns": [] if visit.id in looks else questions[visit.id or 0],
                "returned_comment": visit.returned_comment,
                "can_recall": leads and visit.state == "submitted" and visit.reviewed_open_at is None,
                "score": visit.score,
            }
        )
    return found


def _looked_at(session: Session, visit: Visit, looks: Sequence[Look] | None) -> Json | None:
    """The items of a re-inspection; None where the whole checklist is asked."""
    whole = checklist_of(session, visit.checklist_version_id)
    return looked_at(whole, looks, visit).to_json() if looks else None


def _team(members: Iterable[Teammate]) -> list[Json]:
    return [{"id": member.account_id, "name": member.name, "leader": member.leader} for member in members]


def _organisation(row: Organisation) -> Json:
    return {"id": row.id, "name_zh": row.name_zh, "name_en": row.name_en}


def _outlet(row: Outlet) -> Json:
    return {
        "id": row.id,
        "code": row.code,
        "name_zh": row.name_zh,
        "name_en": row.name_en,
        "kind": row.kind,
        "address": row.address_zh or row.address_en,
        "address_zh": row.address_zh,
        "address_en": row.address_en,
    }


def _preset_na(outlet: Outlet) -> dict[str, dict[str, str]]:
    """Item code → why it can never apply at this outlet, in both languages."""
    return {code: {"zh": why["zh"], "en": why["en"] or why["zh"]} for code, why in na_items(outlet).items()}


def _revisions(session: Session, condition: Any, key: str) -> dict[int, list[Json]]:
    found: dict[int, list[Json]] = defaultdict(list)
    for row in session.exec(select(Revision).where(condition).order_by(col(Revision.seq))).all():
        found[getattr(row, key)].append(
            {
                "uuid": row.uuid,
                "seq": row.seq,
                "assignment_id": row.assignment_id,
                "visit_id": row.visit_id,
                "subject": row.subject,
                "bases": row.bases,
                "body": row.body,
                "account_id": row.account_id,
                "device_at": row.device_at.isoformat(),
                "received_at": row.received_at.isoformat(),
                "sha256": row.body_sha256,
            }
        )
    return found


def _photos(session: Session, condition: Any, key: str) -> dict[int, list[Json]]:
    found: dict[int, list[Json]] = defaultdict(list)
    for row in session.exec(select(Photo).where(condition).order_by(col(Photo.received_at), col(Photo.uuid))).all():
        found[getattr(row, key)].append(receipt_json(row))
    return found


def _last_visits(session: Session, visits: Sequence[Visit]) -> dict[int, Json]:
    """Visit id → day and answers of its outlet's newest accepted visit with the same checklist, not among these."""
    query = (
        select(col(Visit.outlet_id), col(Visit.id), col(Visit.planned_on))
        .where(col(Visit.outlet_id).in_({visit.outlet_id for visit in visits}), Visit.state == "accepted")
        .where(col(Visit.id).not_in(reinspections()))
        .where(col(Visit.id).not_in([visit.id for visit in visits]))
        .order_by(col(Visit.planned_on), col(Visit.id))
    )
    rows = session.exec(query).all()
    codes = list_codes(session, [visit_id or 0 for _, visit_id, _ in rows] + [visit.id or 0 for visit in visits])
    newest = {(outlet_id, codes[visit_id or 0]): (visit_id or 0, day) for outlet_id, visit_id, day in rows}
    last = {visit.id or 0: newest.get((visit.outlet_id, codes[visit.id or 0])) for visit in visits}
    resolved = resolved_visits(session, {found[0] for found in last.values() if found})
    return {
        number: {
            "date": found[1].isoformat(),
            "answers": {
                code: {"rating": body.get("rating"), "note": body.get("note") or ""}
                for code, body in answers(resolved.get(found[0], {})).items()
            },
        }
        for number, found in last.items()
        if found
    }


def _campaigns(session: Session, visits: Sequence[Visit]) -> dict[int, list[Json]]:
    """Visit id → the campaigns that are asked about, with what should be there and what staff should be able to say."""
    return {
        visit_id: [
            {
                "id": row.id,
                "name_zh": row.name_zh,
                "name_en": row.name_en,
                "materials_zh": row.materials_zh,
                "materials_en": row.materials_en,
                "talking_points_zh": row.talking_points_zh,
                "talking_points_en": row.talking_points_en,
                "questions": row.questions,
            }
            for row in rows
        ]
        for visit_id, rows in campaigns.asked_at(session, visits).items()
    }


def _by_id(session: Session, model: Any, ids: Iterable[int]) -> dict[int, Any]:
    return {row.id: row for row in session.exec(select(model).where(col(model.id).in_(list(ids)))).all()}
