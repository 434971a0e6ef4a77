"""What issued documents say, as it stood when they were issued: the notice, and the visit report beside it."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

from sqlmodel import Session, col, select

from audit.config import Settings
from audit.db.models import Account, Document, Finding, Grant, Notice, Organisation, Round, Visit
from audit.domain import deadlines, papers
from audit.domain.events import Head
from audit.domain.permissions import Role, Scope
from audit.domain.reports import Issue, Shortcoming, VisitReport, Words
from audit.errors import RoundsError
from audit.i18n import business_date
from audit.services.calendar import WorkingDays, calendar_of
from audit.services.finding_content import as_issued, shortcomings
from audit.services.proof import head_of, issue_of
from audit.services.report_content import gather
from audit.services.report_source import names, read, words


def content_of(session: Session, settings: Settings, document: Document) -> papers.Notice | VisitReport:
    """What a promised document shall say. Raises `report.no_visits`, `not_found`."""
    round_ = session.get_one(Round, document.round_id)
    branch = session.get_one(Organisation, document.organisation_id)
    assert document.issued_at
    if document.kind == "notice":
        return _notice(session, settings, document, round_, branch)
    value = gather(session, settings, round_, branch, document.issued_at, issued_at=document.issued_at)
    assert value.head
    return replace(value, issue=_issue(session, settings, document, value.head))


def _issue(session: Session, settings: Settings, document: Document, head: Head) -> Issue:
    signatory = session.get(Account, document.account_id)
    assert document.issued_at
    return issue_of(settings, document.number, document.issued_at, signatory.name if signatory else "", head)


def _notice(
    session: Session, settings: Settings, document: Document, round_: Round, branch: Organisation
) -> papers.Notice:
    row = session.exec(select(Notice).where(Notice.notice_document_id == document.id)).first()
    if row is None:
        raise RoundsError("not_found")
    head, calendar = head_of(session), calendar_of(session)
    source = read(session, round_, branch, issued_at=row.issued_at)
    found = session.exec(select(Finding).where(Finding.notice_id == row.id).order_by(col(Finding.id))).all()
    told = shortcomings(session, source, as_issued(session, found, row.issued_at))
    visits = [visit for visit, _, _ in source.visits if visit.id in {finding.visit_id for finding, _ in told}]
    days = [_day(visit) for visit in visits]
    people = _Responsible(session, branch.id or 0, [finding.outlet_id for finding, _ in told])
    return papers.Notice(
        branch=words(branch),
        round=words(round_),
        inspecting=names(session, [assignment.inspecting_id for assignment in source.assignments]),
        operator=Words(settings.operator_zh, settings.operator_en),
        starts_on=min(days),
        ends_on=max(days),
        demands=papers.arranged(_demand(finding, told_, row.issued_at, calendar, people) for finding, told_ in told),
        object_to=Words(f"{settings.operator_zh}市场部", f"the marketing department of {settings.operator_en}"),
        contact=_contact(session, row.issued_by),
        address=settings.public_url,
        supplement=row.supplement,
        deemed_at=deadlines.deemed_at(row.issued_at, calendar),
        head=head,
        issue=_issue(session, settings, document, head),
    )


def _demand(
    finding: Finding, told: Shortcoming, issued_at: dt.datetime, calendar: WorkingDays, people: "_Responsible"
) -> papers.Demand:
    assert finding.due_at
    return papers.Demand(
        reference=finding.number or "",
        finding=told,
        due_estimated=deadlines.is_estimated(issued_at, finding.due_at, calendar),
        objection_until=deadlines.objection_until(issued_at, finding.severity, finding.due_at, calendar),
        direct=people.of_outlet(finding.outlet_id),
        managing=people.of_branch(),
    )


class _Responsible:
    """Who answers for a branch and its outlets, by the grants of those whose accounts are active."""

    def __init__(self, session: Session, branch_id: int, outlet_ids: Sequence[int]) -> None:
        query = (
            select(Grant.role, Grant.scope_id, Account.name)
            .join(Account, col(Account.id) == Grant.account_id)
            .where(col(Account.active))
            .where(
                ((col(Grant.role) == Role.BRANCH) & (Grant.scope_kind == Scope.BRANCH) & (Grant.scope_id == branch_id))
                | (
                    (col(Grant.role) == Role.HALL)
                    & (Grant.scope_kind == Scope.OUTLET)
                    & col(Grant.scope_id).in_(list(outlet_ids))
                )
            )
            .order_by(col(Account.id))
        )
        self._names: dict[tuple[str, int | None], list[str]] = {}
        self._branch_id = branch_id
        for role, place, name in session.exec(query).all():
            self._names.setdefault((role, place), []).append(name)

    def of_outlet(self, outlet_id: int) -> str:
        """直接责任人: the managers of the outlet."""
        return "、".join(self._names.get((Role.HALL, outlet_id), ()))

    def of_branch(self) -> str:
        """管理责任人: the branch's service leads."""
        return "、".join(self._names.get((Role.BRANCH, self._branch_id), ()))


def _day(visit: Visit) -> dt.date:
    return business_date(visit.opened_at) if visit.opened_at else visit.planned_on


def _contact(session: Session, account_id: int) -> str:
    """Who issued it, and how to reach them at work."""
    row = session.get(Account, account_id)
    parts = (row.name, row.phone or row.email) if row else ()
    return "，".join(part for part in parts if part)
