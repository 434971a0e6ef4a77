"""What may be issued next (拟稿): the drafts of a branch in a round, and what would go out if they were issued now."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import case
from sqlalchemy import select as select_rows
from sqlmodel import Session, col, func, select

from audit.db.engine import Database
from audit.db.models import Assignment, Finding, Notice, Organisation, Outlet, Round, Visit
from audit.domain import deadlines
from audit.domain.findings import SEVERITIES
from audit.domain.loop import check_supplied, step_for
from audit.domain.permissions import Actor, authorise
from audit.errors import RoundsError
from audit.services import clock
from audit.services.belongings import has_lead
from audit.services.calendar import calendar_of
from audit.services.loop import issuing
from audit.services.loop.marked import Marked, marked_photos

BEFORE_ACCEPTANCE = ("planned", "open", "submitted", "returned")


@dataclass(frozen=True)
class Place:
    """A branch in a round: how many drafts wait, and critical ones among them; whether its visit report does.

    `visits_open`: how many visits marketing has not accepted; `notice`: the number of the latest one.
    """

    round: Round
    organisation: Organisation
    drafts: int
    critical: int
    visits_open: int
    report_due: bool
    notice: str = ""

    @property
    def waiting(self) -> bool:
        """Whether there is anything to issue."""
        return self.drafts > 0 or self.report_due


@dataclass(frozen=True)
class DraftRow:
    """A draft with its outlet and photos; `lacks`: the field without which it cannot be issued, "" for none."""

    finding: Finding
    outlet: Outlet
    photos: tuple[Marked, ...]
    lacks: str = ""


@dataclass(frozen=True)
class GoingOut:
    """What issuing now would send: per severity how many findings and their due date, and whether it is estimated.

    `lacking`: drafts that hold their branch's notice back; `reports`: visit reports; `unled`: branches that get a
    notice and have nobody who can sign in and answer it.
    """

    branches: int
    findings: int
    reports: int
    due: tuple[tuple[str, int, dt.datetime, bool], ...]
    lacking: int
    visits_open: int
    unled: tuple[Organisation, ...]


def places(db: Database, actor: Actor) -> list[Place]:
    """Branches in rounds with anything to issue, or a notice; the newest round first, then by code."""
    authorise(actor, "draft.read")
    with db.read() as session:
        counted = {(one, two): (count, critical) for one, two, count, critical in session.execute(_counts())}
        # Their numbers alone: after ten years there are thousands.
        sent = select_rows(Notice.round_id, Notice.organisation_id, Notice.number).order_by(col(Notice.id))  # type: ignore[call-overload]
        notices = {(one, two): number for one, two, number in session.execute(sent)}
        waiting = {(one, two): count for one, two, count in session.execute(_open_visits())}
        reports = issuing.places_to_report(session)
        keys = counted.keys() | notices.keys() | reports
        rounds = {row.id: row for row in session.exec(select(Round)).all()}
        organisations = {row.id: row for row in session.exec(select(Organisation)).all()}
    found = [
        Place(rounds[one], organisations[two], *counted.get((one, two), (0, 0)), waiting.get((one, two), 0),
              (one, two) in reports, notices.get((one, two), ""))
        for one, two in keys
    ]  # fmt: skip
    return sorted(found, key=lambda place: (-place.round.starts_on.toordinal(), place.organisation.code))


def waiting(db: Database, actor: Actor) -> tuple[int, int]:
    """How many drafts may be issued in all, and critical ones among them."""
    authorise(actor, "draft.read")
    with db.read() as session:
        counted = [(count, critical) for _round, _branch, count, critical in session.execute(_counts())]
    return sum(count for count, _ in counted), sum(critical for _, critical in counted)


def drafts_of(db: Database, actor: Actor, round_id: int, organisation_id: int) -> list[DraftRow]:
    """The drafts of one branch in one round; those of the same item stand together."""
    authorise(actor, "draft.read")
    with db.read() as session:
        rows = issuing.drafts_in(session, round_id, organisation_id)
        outlets = {row.id: row for row in session.exec(select(Outlet)).all()} if rows else {}
        photos = marked_photos(session, [row.id or 0 for row in rows])
    rows.sort(key=lambda row: (row.item_code == "", row.item_code, row.clause_zh, row.outlet_id, row.id or 0))
    return [DraftRow(row, outlets[row.outlet_id], photos.get(row.id or 0, ()), lacks(row)) for row in rows]


def going_out(
    db: Database, actor: Actor, round_id: int, organisation_ids: Sequence[int], only_critical: bool = False
) -> GoingOut:
    """What would go out to these branches if they were issued now."""
    authorise(actor, "draft.read")
    now = clock.now()
    with db.read() as session:
        rows = [
            row for number in organisation_ids for row in issuing.drafts_in(session, round_id, number, only_critical)
        ]
        reports = set() if only_critical else issuing.reports_due(session, round_id) & set(organisation_ids)
        calendar = calendar_of(session)
        asked = {row.organisation_id for row in rows}
        unled = _unled(session, asked)
        waiting = {two: count for one, two, count in session.execute(_open_visits()) if one == round_id}
    due = []
    for severity in reversed(SEVERITIES):
        count = sum(row.severity == severity for row in rows)
        if count:
            at = deadlines.due(now, severity, calendar)
            due.append((severity, count, at, deadlines.is_estimated(now, at, calendar)))
    return GoingOut(
        len(asked | reports), len(rows), len(reports), tuple(due),
        sum(bool(lacks(row)) for row in rows), sum(waiting.get(number, 0) for number in organisation_ids),
        unled,
    )  # fmt: skip


def unanswered(db: Database, actor: Actor, organisation_ids: Collection[int]) -> tuple[Organisation, ...]:
    """Those of the branches for which nobody who can sign in answers at present."""
    authorise(actor, "draft.read")
    with db.read() as session:
        return _unled(session, organisation_ids)


def lacks(row: Finding) -> str:
    """The field without which a draft cannot be issued, "" for none."""
    given: Mapping[str, Any] = row.model_dump()
    try:
        check_supplied(step_for("draft", "issue"), row.severity, row.repeat, given)
    except RoundsError as error:
        return str(error.params.get("field", ""))
    return ""


def _unled(session: Session, organisation_ids: Collection[int]) -> tuple[Organisation, ...]:
    numbers = sorted(number for number in organisation_ids if not has_lead(session, number))
    return tuple(session.get_one(Organisation, number) for number in numbers)


def _counts() -> Any:
    critical = case((col(Finding.severity) == "critical", 1), else_=0)
    return (
        select_rows(Finding.round_id, Finding.organisation_id, func.count(), func.sum(critical))  # type: ignore[call-overload]
        .join(Visit, col(Visit.id) == Finding.visit_id)
        .where(Finding.state == "draft", Finding.kind != "highlight", Visit.state == "accepted")
        .group_by(Finding.round_id, Finding.organisation_id)
    )


def _open_visits() -> Any:
    return (
        select_rows(Assignment.round_id, Assignment.inspected_id, func.count())  # type: ignore[call-overload]
        .join(Visit, col(Visit.assignment_id) == Assignment.id)
        .where(col(Visit.state).in_(BEFORE_ACCEPTANCE))
        .group_by(Assignment.round_id, Assignment.inspected_id)
    )
