"""Issue (签发): visit report and rectification notice of a branch in a round; and acknowledgement (签收) of a notice.

Issuing is one transaction. It promises the documents: rows with number and time, whose files `services.papers` makes.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import or_
from sqlalchemy import select as select_rows
from sqlmodel import Session, col, func, select

from audit.config import settings
from audit.db.engine import Database
from audit.db.models import Assignment, Document, Event, Finding, Notice, NumberSeries, Organisation, Round, Visit
from audit.domain.deadlines import deemed_at
from audit.domain.permissions import Actor, Scope, Where, authorise, authorise_somewhere, grants_for
from audit.errors import RoundsError
from audit.services import clock
from audit.services.belongings import has_lead
from audit.services.calendar import WorkingDays, calendar_of, get_calendar
from audit.services.layout import check_language
from audit.services.loop.moving import move
from audit.services.loop.numbering import finding_numbers, hold_series
from audit.services.work import Work, unit_of_work


@dataclass(frozen=True)
class Issued:
    """What came of issuing: no notice where nothing was to be rectified, no documents where nothing was to be said.

    `number`: the notice's, or the report's where it goes out alone. `created` is False when everything had been issued
    before.
    """

    notice_id: int | None = None
    number: str = ""
    finding_ids: tuple[int, ...] = ()
    document_ids: tuple[int, ...] = ()
    created: bool = False


def issue(
    db: Database,
    actor: Actor,
    round_id: int,
    organisation_id: int,
    only_critical: bool = False,
    language: str = "zh",
    asked: dt.datetime | None = None,
) -> Issued:
    """Issue all drafts of a branch in a round under one notice, and its visit report; doing it again changes nothing.

    The report goes out, also alone, when a visit was accepted since the last one. What is drafted after a notice goes
    out as a supplement, and so do critical findings alone with `only_critical`, which wait for nothing. Where nobody
    answers for the branch, the administrators are told. `asked`: the instant at which this person asked for it; begun
    again after a crash, what was issued on that very request is all, also when another visit was accepted in between.
    Raises `required` for a draft that lacks something, `invalid` for an unknown `language`, `not_found`.
    """
    authorise(actor, "finding.issue")
    check_language(language)
    with unit_of_work(db, actor) as work:
        series = hold_series(work, "notice")  # held first: two approvers take turns
        place = _place(work.session, round_id, organisation_id)
        before = _standing(work.session, round_id, organisation_id, actor.account_id, asked) if asked else Issued()
        if before.document_ids:
            return before
        told = _request(asked)
        drafts = drafts_in(work.session, round_id, organisation_id, only_critical, lock=True)
        reported = not only_critical and organisation_id in reports_due(work.session, round_id)
        if not drafts and not reported:
            return _standing(work.session, round_id, organisation_id)
        report = (
            _promise(work, place, "visit_report", language, _next(work, hold_series(work, "report")), **told)
            if reported
            else None
        )
        if not drafts:
            assert report
            return Issued(None, report.number, (), (report.id or 0,), created=True)
        notice = _notice(work, place, only_critical, language, _next(work, series))
        notice.report_document_id = report.id if report else None
        _issue_each(work, notice, drafts)
        ids = tuple(row.id or 0 for row in drafts)
        work.record(
            "notice.issued", "notice", notice.id, number=notice.number, findings=list(ids),
            supplement=notice.supplement, **told,
        )  # fmt: skip
        if not has_lead(work.session, organisation_id):  # it goes out all the same: whoever is appointed later finds it
            work.record("notice.unled", "notice", notice.id)
        return Issued(notice.id, notice.number, ids, _documents(notice), created=True)


def acknowledge(db: Database, actor: Actor, notice_id: int) -> Notice:
    """The branch has received a notice: all its findings are to be rectified. Doing it again changes nothing."""
    with unit_of_work(db, actor) as work:
        notice = notice_for(work.session, actor, "finding.answer", notice_id, lock=True)
        if notice.acknowledged_at is None or notice.deemed:
            _acknowledge(work, notice, "acknowledge")
        return notice


def due_acts(db: Database, now: dt.datetime | None = None) -> int:
    """What the clock does by itself: notices that nobody acknowledged in time count as acknowledged (视同签收).

    For a scheduled job; each notice in a transaction of its own, so it may be killed and run again. Returns how many.
    """
    now, calendar = now or clock.now(), get_calendar(db)
    with db.read() as session:
        query = select(Notice).where(col(Notice.acknowledged_at).is_(None)).order_by(col(Notice.id))
        late = [row.id or 0 for row in session.exec(query).all() if deemed_at(row.issued_at, calendar) <= now]
    done = 0
    for notice_id in late:
        with unit_of_work(db, None) as work:
            notice = work.session.get(Notice, notice_id, with_for_update=True)
            if notice and notice.acknowledged_at is None:
                _acknowledge(work, notice, "deem_acknowledged")
                done += 1
    return done


def to_acknowledge(db: Database, actor: Actor) -> Sequence[Notice]:
    """The notices that wait for the actor to acknowledge them, the oldest first."""
    authorise_somewhere(actor, "finding.answer")
    mine = [grant.scope_id for grant in grants_for(actor, "finding.answer") if grant.scope is Scope.BRANCH]
    query = (
        select(Notice)
        .where(col(Notice.organisation_id).in_(mine), col(Notice.acknowledged_at).is_(None))
        .order_by(col(Notice.issued_at), col(Notice.id))
    )
    with db.read() as session:
        return session.exec(query).all()


def notice_for(session: Session, actor: Actor, permission: str, notice_id: int, lock: bool = False) -> Notice:
    """A notice, when the actor has the permission for its branch. Raises `forbidden` and `not_found`."""
    row = session.get(Notice, notice_id, with_for_update=True if lock else None)
    authorise(actor, permission, Where(organisation_id=row.organisation_id if row else None))
    if row is None:
        raise RoundsError("not_found")
    return row


def _acknowledge(work: Work, notice: Notice, action: str) -> None:
    deemed = action == "deem_acknowledged"
    calendar: WorkingDays = calendar_of(work.session)
    notice.acknowledged_at, notice.deemed = work.now, deemed
    notice.acknowledged_by = work.actor.account_id if work.actor else None
    notice.version += 1
    work.session.add(notice)
    query = select(Finding).where(Finding.notice_id == notice.id, Finding.state == "issued")
    for finding in work.session.exec(query.order_by(col(Finding.id)).with_for_update()).all():
        move(work, finding, action, {}, calendar)
    work.record("notice.deemed" if deemed else "notice.acknowledged", "notice", notice.id)


def reports_due(session: Session, round_id: int | None = None) -> set[int]:
    """The branches of a round whose visit report is to be issued: a visit was accepted since the last one."""
    return {branch for found, branch in places_to_report(session) if found == round_id}


def places_to_report(session: Session) -> set[tuple[int, int]]:
    """Like `reports_due`, for all rounds: (round, branch)."""
    last = (
        select_rows(Document.round_id, Document.organisation_id, func.max(Document.issued_at).label("at"))  # type: ignore[call-overload]
        .where(Document.kind == "visit_report", col(Document.issued_at).is_not(None))
        .group_by(Document.round_id, Document.organisation_id)
        .subquery()
    )
    query = (
        select_rows(Assignment.round_id, Assignment.inspected_id)  # type: ignore[call-overload]
        .join(Visit, col(Visit.assignment_id) == Assignment.id)
        .outerjoin(last, (last.c.round_id == Assignment.round_id) & (last.c.organisation_id == Assignment.inspected_id))
        .where(Visit.state == "accepted", or_(last.c.at.is_(None), col(Visit.accepted_at) > last.c.at))
    )
    return {(round_id, branch_id) for round_id, branch_id in session.execute(query.distinct()).all()}


def _notice(work: Work, place: tuple[Round, Organisation], only_critical: bool, language: str, number: str) -> Notice:
    round_id, organisation_id = place[0].id or 0, place[1].id or 0
    assert work.actor
    notice = Notice(
        round_id=round_id,
        organisation_id=organisation_id,
        supplement=_supplement(work.session, round_id, organisation_id, only_critical),
        number=number,
        issued_at=work.now,
        issued_by=work.actor.account_id,
        notice_document_id=_promise(work, place, "notice", language, number).id,
    )
    work.session.add(notice)
    work.session.flush()
    return notice


def _promise(
    work: Work, place: tuple[Round, Organisation], kind: str, language: str, number: str, **told: str
) -> Document:
    """The row of an issued document whose file is still to be made; its event also says what is `told`."""
    assert work.actor
    row = Document(
        kind=kind, round_id=place[0].id, organisation_id=place[1].id, language=language, filename="",
        media_type="application/pdf", sha256="", size=0, account_id=work.actor.account_id, created_at=work.now,
        number=number, issued_at=work.now,
    )  # fmt: skip
    work.session.add(row)
    work.session.flush()
    work.record("document.issued", "document", row.id, kind=kind, number=number, language=language, **told)
    return row


def _documents(notice: Notice) -> tuple[int, ...]:
    return tuple(number for number in (notice.report_document_id, notice.notice_document_id) if number)


def _next(work: Work, series: NumberSeries) -> str:
    """The next number of a series that is held."""
    kind, _, year = series.name.partition(":")
    pattern = settings().notice_number if kind == "notice" else settings().report_number
    series.last += 1
    work.session.add(series)
    return pattern.format(year=year, serial=series.last)


def _place(session: Session, round_id: int, organisation_id: int) -> tuple[Round, Organisation]:
    round_, organisation = session.get(Round, round_id), session.get(Organisation, organisation_id)
    if round_ is None or organisation is None:
        raise RoundsError("not_found")
    return round_, organisation


def drafts_in(
    session: Session, round_id: int, organisation_id: int, only_critical: bool = False, lock: bool = False
) -> list[Finding]:
    """What `issue` would take: the drafts of a branch's accepted visits in a round, by outlet."""
    query = (
        select(Finding)
        .join(Visit, col(Visit.id) == Finding.visit_id)
        .where(Finding.round_id == round_id, Finding.organisation_id == organisation_id)
        .where(Finding.state == "draft", Finding.kind != "highlight", Visit.state == "accepted")
        .order_by(col(Finding.outlet_id), col(Finding.id))
    )
    if only_critical:
        query = query.where(Finding.severity == "critical")
    return list(session.exec(query.with_for_update(of=Finding) if lock else query).all())


def _standing(
    session: Session, round_id: int, organisation_id: int, by: int | None = None, asked: dt.datetime | None = None
) -> Issued:
    """What was issued to a branch before: the round's notice, or the report alone; with `asked` on that request."""
    notices = select(Notice).where(Notice.round_id == round_id, Notice.organisation_id == organisation_id)
    reports = select(Document).where(Document.round_id == round_id, Document.organisation_id == organisation_id)
    reports = reports.where(Document.kind == "visit_report", col(Document.issued_at).is_not(None))
    if asked:
        notices = notices.where(Notice.issued_by == by)
        reports = reports.where(Document.account_id == by)
    for notice in session.exec(notices.order_by(col(Notice.supplement))).all():
        if asked is None or _on_request(session, "notice", notice.id, asked):
            ids = session.exec(select(Finding.id).where(Finding.notice_id == notice.id).order_by(col(Finding.id))).all()
            return Issued(notice.id, notice.number, tuple(found or 0 for found in ids), _documents(notice))
    for report in session.exec(reports.order_by(col(Document.id).desc())).all():
        if asked is None or _on_request(session, "document", report.id, asked):
            return Issued(None, report.number, (), (report.id or 0,))
    return Issued()


def _request(asked: dt.datetime | None) -> dict[str, str]:
    """What tells one request of a person from the others, for the events of what it brought about."""
    return {"asked": asked.astimezone(dt.UTC).isoformat()} if asked else {}


def _on_request(session: Session, kind: str, row_id: int | None, asked: dt.datetime) -> bool:
    """Whether a notice or a document was issued on this request, and not on another one of the same person."""
    query = select(Event).where(Event.subject_kind == kind, Event.subject_id == str(row_id))
    events = session.exec(query.where(Event.verb == f"{kind}.issued")).all()
    return any(_request(asked).items() <= event.data.items() for event in events)


def _supplement(session: Session, round_id: int, organisation_id: int, only_critical: bool) -> int:
    """0 for the round's own notice, else the next supplement's number."""
    query = select(Notice.supplement).where(Notice.round_id == round_id, Notice.organisation_id == organisation_id)
    taken = set(session.exec(query).all())
    return max(taken, default=0) + 1 if only_critical or 0 in taken else 0


def _issue_each(work: Work, notice: Notice, drafts: Sequence[Finding]) -> None:
    calendar = calendar_of(work.session)
    for finding, number in zip(drafts, finding_numbers(work, notice.round_id, notice.organisation_id), strict=False):
        own = {name: getattr(finding, name) for name in ("severity", "requirement_zh", "criterion_zh", "evidence_kind")}
        move(work, finding, "issue", {**own, "notice_id": notice.id, "number": number}, calendar)
