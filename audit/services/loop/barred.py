"""What the table of the loop allows and a finding's own past bars: so that nobody is offered what is always refused."""

import datetime as dt

from sqlmodel import Session, select

from audit.db.models import Finding, Objection, Rectification
from audit.domain import deadlines
from audit.errors import RoundsError
from audit.services.calendar import calendar_of


def barred(session: Session, finding: Finding, action: str, now: dt.datetime) -> RoundsError | None:
    """Why an action cannot be taken any more: one objects once and in time, and recalls what one handed in oneself."""
    if action == "object":
        return _objection(session, finding, now)
    return _recall(session, finding) if action == "recall" else None


def _objection(session: Session, finding: Finding, now: dt.datetime) -> RoundsError | None:
    if session.exec(select(Objection.id).where(Objection.finding_id == finding.id)).first():
        return RoundsError("objection.once")
    if finding.issued_at is None or finding.due_at is None or finding.cycle > 1:
        return RoundsError("objection.late")
    until = deadlines.objection_until(finding.issued_at, finding.severity, finding.due_at, calendar_of(session))
    return RoundsError("objection.late") if now >= until else None


def _recall(session: Session, finding: Finding) -> RoundsError | None:
    """What was corrected on the spot was handed in with the visit: there is no answer of the branch to take back."""
    query = select(Rectification.submitted_at).where(Rectification.finding_id == finding.id)
    if session.exec(query.where(Rectification.cycle == finding.cycle)).first() is None:
        return RoundsError("wrong_state", state=finding.state)
    return RoundsError("finding.under_review") if finding.review_opened_at is not None else None
