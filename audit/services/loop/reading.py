"""Reading findings for pages: one with all that stands around it, and the lists of those a person may read."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func
from sqlalchemy import select as select_rows
from sqlmodel import Session, col, select

from audit.db.engine import Database
from audit.db.models import (
    Account,
    Delegation,
    Evidence,
    Extension,
    Finding,
    Grant,
    Organisation,
    Outlet,
    Round,
    Visit,
)
from audit.domain.deadlines import days_left
from audit.domain.namesakes import told_apart
from audit.domain.permissions import Actor, Role, Scope, Where, authorise_somewhere, may
from audit.domain.register import ASKED
from audit.services import clock, values
from audit.services.calendar import WorkingDays, calendar_of
from audit.services.loop.marked import Marked, marked_photos
from audit.services.loop.reach import actions_of, finding_for, readable
from audit.services.loop.rectifying import WRITABLE, Answer, read_answer
from audit.services.values import PAGE_SIZE, Slice

FIRST = 3  # what the home page names of the most urgent


@dataclass(frozen=True)
class FindingRow:
    """One line of a list. `days_left`: working days until the due day while the branch is asked, negative after it."""

    finding: Finding
    outlet: Outlet
    organisation: Organisation
    round: Round
    days_left: int | None
    overdue: bool


@dataclass(frozen=True)
class FindingView:
    """One finding with what this person may do with it.

    `actions`: those of the table but what its past bars (`loop.barred`).
    `photos`: those of the visit; `evidence`: all that was not taken back, of every cycle, but photos of comments.
    `may_fill`: whether the person may write the answer now; `may_review`: whether they decide in the queue what waits
    there; `extension`: the open or decided request of this cycle.
    """

    row: FindingRow
    visit: Visit
    actions: tuple[str, ...]
    photos: tuple[Marked, ...]
    answer: Answer
    evidence: tuple[Evidence, ...]
    may_fill: bool
    may_answer: bool
    extension: Extension | None
    may_review: bool


def view(db: Database, actor: Actor, finding_id: int) -> FindingView:
    """One finding. Raises `forbidden` and `not_found`."""
    with db.read() as session:
        access = finding_for(session, actor, "finding.read", finding_id)
        finding = access.finding
        calendar, now = calendar_of(session), clock.now()
        organisation = session.get_one(Organisation, finding.organisation_id)
        proofs = (
            select(Evidence)
            .where(Evidence.finding_id == finding_id, Evidence.subject != "comment")
            .where(col(Evidence.removed_at).is_(None))
            .order_by(col(Evidence.cycle), col(Evidence.received_at), col(Evidence.uuid))
        )
        asked = select(Extension).where(Extension.finding_id == finding_id, Extension.cycle == finding.cycle)
        extension = session.exec(asked).first()
        place = Where(organisation_id=finding.organisation_id, outlet_id=finding.outlet_id)
        return FindingView(
            _row((finding, access.outlet, organisation, access.round), now, calendar),
            access.visit,
            actions_of(session, actor, access),
            marked_photos(session, [finding_id]).get(finding_id, ()),
            read_answer(session, finding),
            tuple(session.exec(proofs).all()),
            finding.state in WRITABLE and may(actor, "finding.fill", place),
            may(actor, "finding.answer", place),
            extension,
            may(actor, "finding.review", place),
        )


def to_fix(db: Database, actor: Actor, size: int = FIRST) -> Slice:
    """What the actor has to put right, in order of due time; as a hall manager: what was delegated to them."""
    authorise_somewhere(actor, "finding.fill")
    query: Any = _rows().where(readable(actor, "finding.fill"), Finding.state == "rectifying")
    with db.read() as session:
        found = values.slice_of(session, query.order_by(col(Finding.due_at), col(Finding.id)), 1, size)
        calendar, now = calendar_of(session), clock.now()
        rows = tuple(_row(row, now, calendar) for row in found.rows)
        return Slice(rows, found.total, found.page, found.size)


def handed_over(db: Database, actor: Actor, page: int = 1, size: int = PAGE_SIZE) -> Slice:
    """A page of `FindingRow`: what halls have written through a link and handed over, and the branch has not submitted.

    In order of due time.
    """
    authorise_somewhere(actor, "finding.answer")
    given = select(Delegation.id).where(
        Delegation.finding_id == Finding.id,
        col(Delegation.handed_over_at).is_not(None),
        Delegation.handed_over_cycle == Finding.cycle,
    )
    with db.read() as session:
        query = _rows().where(readable(actor, "finding.answer"), col(Finding.state).in_(WRITABLE), given.exists())
        found = values.slice_of(session, query.order_by(col(Finding.due_at), col(Finding.id)), page, size)
        calendar, now = calendar_of(session), clock.now()
    return Slice(tuple(_row(tuple(row), now, calendar) for row in found.rows), found.total, found.page, found.size)


def waiting(db: Database, actor: Actor) -> Mapping[str, int]:
    """How many findings the actor may read stand in each state."""
    authorise_somewhere(actor, "finding.read")
    query = select(Finding.state, func.count()).where(readable(actor), Finding.kind != "highlight")
    with db.read() as session:
        return dict(session.exec(query.group_by(col(Finding.state))).all())


def hall_managers(db: Database, actor: Actor, finding_id: int) -> dict[int, str]:
    """To whom the branch may delegate a finding: the managers of its outlet, account id → name."""
    with db.read() as session:
        finding = finding_for(session, actor, "finding.answer", finding_id).finding
        query = (
            select(Account.id, Account.name, Account.sign_in_name)
            .join(Grant, col(Grant.account_id) == Account.id)
            .where(col(Account.active), Grant.role == Role.HALL)
            .where(Grant.scope_kind == Scope.OUTLET, Grant.scope_id == finding.outlet_id)
        )
        return told_apart(session.exec(query.order_by(col(Account.id))).all())


def rows_of(session: Session, *where: Any, most: int) -> list[FindingRow]:
    """The first `most` findings of a condition that the caller has checked, in order of due time."""
    query = _rows().where(*where).order_by(col(Finding.due_at), col(Finding.id)).limit(most)
    calendar, now = calendar_of(session), clock.now()
    return [_row(tuple(row), now, calendar) for row in session.execute(query).all()]


def _rows() -> Any:
    return (
        select_rows(Finding, Outlet, Organisation, Round)
        .join(Outlet, col(Outlet.id) == Finding.outlet_id)
        .join(Organisation, col(Organisation.id) == Finding.organisation_id)
        .join(Round, col(Round.id) == Finding.round_id)
    )


def _row(found: tuple[Finding, Outlet, Organisation, Round], now: dt.datetime, calendar: WorkingDays) -> FindingRow:
    finding, outlet, organisation, round_ = found
    if finding.due_at is None or finding.state not in ASKED:
        return FindingRow(finding, outlet, organisation, round_, None, False)
    left = days_left(now, finding.due_at, calendar)
    return FindingRow(finding, outlet, organisation, round_, left, now > finding.due_at)
