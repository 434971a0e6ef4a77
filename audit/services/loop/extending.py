"""Extension (延期): a request, not a state. One per cycle, before the due date; granted or denied by marketing."""

import datetime as dt

from sqlmodel import col, select

from audit.db.engine import Database
from audit.db.models import Extension, Finding
from audit.domain import deadlines
from audit.domain.permissions import Actor
from audit.domain.register import WAITS
from audit.errors import RoundsError
from audit.services import values
from audit.services.calendar import calendar_of
from audit.services.loop.fields import TEXT_LIMIT, day
from audit.services.loop.moving import bump, changed
from audit.services.loop.reach import finding_for
from audit.services.work import unit_of_work


def ask_extension(db: Database, actor: Actor, finding_id: int, version: int, new_day: dt.date, reason: str) -> Finding:
    """The branch asks for a later due date.

    Raises `stale`, `wrong_state`, `extension.once`, `extension.late`, `extension.not_later`, `due.…`, `required`.
    """
    with unit_of_work(db, actor) as work:
        finding = finding_for(work.session, actor, "finding.answer", finding_id, lock=True).finding
        if finding.version != version:
            raise changed(finding)
        if finding.state != "rectifying" or finding.due_at is None:
            raise RoundsError("wrong_state", state=finding.state)
        wanted = day("new_day", new_day)
        if wanted is None:
            raise RoundsError("required", field="new_day")
        deadlines.extended(wanted, finding.due_at, work.now, calendar_of(work.session))
        reason = values.text("reason", reason, TEXT_LIMIT, required=True)
        asked = select(Extension.id).where(Extension.finding_id == finding_id, Extension.cycle == finding.cycle)
        if work.session.exec(asked).first():
            raise RoundsError("extension.once")
        row = Extension(
            finding_id=finding_id, cycle=finding.cycle, new_day=wanted, reason=reason, asked_at=work.now,
            asked_by=actor.account_id,
        )  # fmt: skip
        work.session.add(row)
        bump(work, finding)
        work.record("extension.asked", "finding", finding_id, new_day=wanted.isoformat(), reason=reason)
        return finding


def decide_extension(
    db: Database, actor: Actor, finding_id: int, version: int, grant: bool, comment: str = ""
) -> Finding:
    """Marketing grants or denies the open request, while the branch still waits for it.

    Raises `stale`, `extension.none`, `wrong_state`, `required`, `due.past`.
    """
    with unit_of_work(db, actor) as work:
        finding = finding_for(work.session, actor, "finding.review", finding_id, lock=True).finding
        if finding.version != version:
            raise changed(finding)
        if actor.organisation_id == finding.organisation_id:
            raise RoundsError("finding.own_branch")
        query = select(Extension).where(Extension.finding_id == finding_id, Extension.cycle == finding.cycle)
        row = work.session.exec(query.where(col(Extension.granted).is_(None))).first()
        if row is None:
            raise RoundsError("extension.none")
        if finding.state not in WAITS["extension"]:  # answered meanwhile: a later day would make a late answer timely
            raise RoundsError("wrong_state", state=finding.state)
        row.granted, row.comment = grant, values.text("comment", comment, TEXT_LIMIT, required=not grant)
        row.decided_at, row.decided_by = work.now, actor.account_id
        work.session.add(row)
        moved = {}
        old = finding.due_at
        if grant:
            calendar = calendar_of(work.session)
            due_at = deadlines.stated_due(row.new_day, work.now, calendar)
            moved = {"due_at": due_at, "due_estimated": deadlines.is_estimated(work.now, due_at, calendar)}
        bump(work, finding, **moved)
        due = [old.isoformat() if old else None, finding.due_at.isoformat() if finding.due_at else None]
        work.record(
            "extension.granted" if grant else "extension.denied", "finding", finding_id, comment=row.comment, due_at=due
        )
        return finding
