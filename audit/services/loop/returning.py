"""What a later visit says of findings that were closed: seen to be effective, or a repeat (重复发生)."""

import datetime as dt

from sqlmodel import Session, col, func, select

from audit.db.models import Finding, Visit
from audit.domain.deadlines import REPEAT_VISITS, VERIFY_DAYS
from audit.domain.loop import raised
from audit.domain.revisions import answers
from audit.services.calendar import calendar_of
from audit.services.loop.moving import bump, move
from audit.services.visit_content import of_same_list, reinspections, resolved_visit
from audit.services.work import Work

OVER = ("closed", "verified")


def settle(work: Work, visit: Visit) -> None:
    """Within the unit of work that accepts a visit: verify what passed, mark what came back. Twice does no harm.

    What was corrected on the spot waits for no notice: the branch sees it from now on.
    """
    corrected = select(Finding).where(Finding.visit_id == visit.id, col(Finding.corrected_on_spot))
    corrected = corrected.where(Finding.state == "submitted", col(Finding.issued_at).is_(None))
    for finding in work.session.exec(corrected.order_by(col(Finding.id))).all():
        bump(work, finding, issued_at=work.now)
    seen_at = visit.submitted_at or work.now
    ratings = {code: body.get("rating") for code, body in answers(resolved_visit(work.session, visit.id or 0)).items()}
    passed = [code for code, rating in ratings.items() if rating == "pass"]
    _verify(work, visit, passed, seen_at)
    query = select(Finding).where(
        Finding.visit_id == visit.id, Finding.kind == "nonconformity", col(Finding.repeat).is_(False)
    )
    for finding in work.session.exec(query.where(col(Finding.state).in_(("draft", "submitted")))).all():
        before = _repeated(work.session, visit, finding, seen_at)
        if before:
            severity = raised(finding.severity)
            pair = [finding.severity, severity]
            bump(work, finding, repeat=True, repeat_of=before, severity=severity)
            work.record("finding.repeated", "finding", finding.id, repeat_of=before, severity=pair, system=True)


def _verify(work: Work, visit: Visit, passed: list[str], seen_at: dt.datetime) -> None:
    query = select(Finding).where(
        Finding.outlet_id == visit.outlet_id,
        Finding.visit_id != visit.id,
        col(Finding.visit_id).in_(of_same_list(visit.checklist_version_id)),
        Finding.state == "closed",
        col(Finding.item_code).in_(passed),
        col(Finding.closed_at) <= seen_at - dt.timedelta(days=VERIFY_DAYS),
    )
    for finding in work.session.exec(query.order_by(col(Finding.id)).with_for_update()).all():
        move(work, finding, "verify", {}, calendar_of(work.session))


def _repeated(session: Session, visit: Visit, finding: Finding, seen_at: dt.datetime) -> int | None:
    """The last closed finding of the same outlet and item, when this is one of the next visits after its closure."""
    query = select(Finding).where(
        Finding.outlet_id == finding.outlet_id,
        Finding.item_code == finding.item_code,
        Finding.id != finding.id,
        col(Finding.visit_id).in_(of_same_list(visit.checklist_version_id)),
        col(Finding.state).in_(OVER),
        col(Finding.closed_at) <= seen_at,
    )
    last = session.exec(query.order_by(col(Finding.closed_at).desc()).limit(1)).first()
    if last is None or not finding.item_code:
        return None
    between = select(func.count()).where(
        col(Visit.id).not_in(reinspections()),
        Visit.outlet_id == finding.outlet_id,
        Visit.id != finding.visit_id,
        col(Visit.id).in_(of_same_list(visit.checklist_version_id)),  # others could not have seen it
        col(Visit.submitted_at) > last.closed_at,
        col(Visit.submitted_at) < seen_at,
    )
    return last.id if session.exec(between).one() < REPEAT_VISITS else None
