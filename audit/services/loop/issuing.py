"""Issue (签发): one rectification notice per branch and round; and its acknowledgement (签收), one act per notice."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, func, select

from audit.config import settings
from audit.db.engine import Database
from audit.db.models import Finding, Notice, NumberSeries, Organisation, Round, Visit
from audit.db.upsert import insert_missing
from audit.domain.deadlines import day_of, deemed_at
from audit.domain.permissions import Actor, Where, authorise
from audit.errors import RoundsError
from audit.services import clock
from audit.services.calendar import WorkingDays, calendar_of, get_calendar
from audit.services.loop.moving import move
from audit.services.work import Work, unit_of_work


@dataclass(frozen=True)
class Issued:
    """What came of issuing: None and nothing where nothing was to be rectified.

    `created` is False when everything had been issued before.
    """

    notice_id: int | None = None
    number: str = ""
    finding_ids: tuple[int, ...] = ()
    created: bool = False


def to_issue(db: Database, actor: Actor, round_id: int, organisation_id: int) -> list[Finding]:
    """The drafts of accepted visits that `issue` would take."""
    authorise(actor, "finding.issue")
    with db.read() as session:
        return drafts_in(session, round_id, organisation_id)


def issue(db: Database, actor: Actor, round_id: int, organisation_id: int, only_critical: bool = False) -> Issued:
    """Issue all drafts of a branch in a round under one notice; doing it again changes nothing.

    What is drafted after that goes out as a supplement, and so do critical findings alone with `only_critical`, which
    wait for nothing. Raises `required` for a draft that lacks something, `not_found`.
    """
    authorise(actor, "finding.issue")
    with unit_of_work(db, actor) as work:
        serial = _hold_series(work, f"notice:{day_of(work.now).year}")  # held first: two approvers take turns
        round_, organisation = _place(work.session, round_id, organisation_id)
        drafts = drafts_in(work.session, round_id, organisation_id, only_critical, lock=True)
        if not drafts:
            return _standing(work.session, round_id, organisation_id)
        notice = Notice(
            round_id=round_id,
            organisation_id=organisation_id,
            supplement=_supplement(work.session, round_id, organisation_id, only_critical),
            number=settings().notice_number.format(year=day_of(work.now).year, serial=serial.last + 1),
            issued_at=work.now,
            issued_by=actor.account_id,
        )
        serial.last += 1
        work.session.add_all((serial, notice))
        work.session.flush()
        _issue_each(work, notice, drafts, f"{round_.code}-{organisation.code}")
        ids = tuple(row.id or 0 for row in drafts)
        work.record(
            "notice.issued", "notice", notice.id, number=notice.number, findings=list(ids), supplement=notice.supplement
        )
        return Issued(notice.id, notice.number, ids, created=True)


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


def notices(db: Database, actor: Actor, round_id: int | None = None) -> Sequence[Notice]:
    """The notices of the branches that the actor answers for or, with the city's scope, of all; the newest first."""
    with db.read() as session:
        query = select(Notice).order_by(col(Notice.issued_at).desc(), col(Notice.id).desc())
        if round_id is not None:
            query = query.where(Notice.round_id == round_id)
        return [row for row in session.exec(query).all() if _may_read(actor, row)]


def notice_for(session: Session, actor: Actor, permission: str, notice_id: int, lock: bool = False) -> Notice:
    """A notice, when the actor has the permission for its branch. Raises `forbidden` and `not_found`."""
    row = session.get(Notice, notice_id, with_for_update=True if lock else None)
    authorise(actor, permission, Where(organisation_id=row.organisation_id if row else None))
    if row is None:
        raise RoundsError("not_found")
    return row


def _may_read(actor: Actor, row: Notice) -> bool:
    try:
        authorise(actor, "finding.read", Where(organisation_id=row.organisation_id))
    except RoundsError:
        return False
    return True


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


def _hold_series(work: Work, name: str) -> NumberSeries:
    insert_missing(work.session, NumberSeries, [{"name": name, "last": 0}])
    return work.session.exec(select(NumberSeries).where(NumberSeries.name == name).with_for_update()).one()


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


def _standing(session: Session, round_id: int, organisation_id: int) -> Issued:
    query = select(Notice).where(Notice.round_id == round_id, Notice.organisation_id == organisation_id)
    notice = session.exec(query.order_by(col(Notice.supplement)).limit(1)).first()
    if notice is None:
        return Issued()
    ids = session.exec(select(Finding.id).where(Finding.notice_id == notice.id).order_by(col(Finding.id))).all()
    return Issued(notice.id, notice.number, tuple(found or 0 for found in ids))


def _supplement(session: Session, round_id: int, organisation_id: int, only_critical: bool) -> int:
    """0 for the round's own notice, else the next supplement's number."""
    query = select(Notice.supplement).where(Notice.round_id == round_id, Notice.organisation_id == organisation_id)
    taken = set(session.exec(query).all())
    return max(taken, default=0) + 1 if only_critical or 0 in taken else 0


def _issue_each(work: Work, notice: Notice, drafts: Sequence[Finding], prefix: str) -> None:
    counted = select(func.count()).where(
        Finding.round_id == notice.round_id,
        Finding.organisation_id == notice.organisation_id,
        col(Finding.number).is_not(None),
    )
    taken, calendar = work.session.exec(counted).one(), calendar_of(work.session)
    for place, finding in enumerate(drafts, taken + 1):
        own = {name: getattr(finding, name) for name in ("severity", "requirement_zh", "criterion_zh", "evidence_kind")}
        move(work, finding, "issue", {**own, "notice_id": notice.id, "number": f"{prefix}-{place:03}"}, calendar)
