"""Marketing's queue (复核): what waits for a decision, one thing with all that it takes to decide it, and the next."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func
from sqlalchemy import select as select_rows
from sqlmodel import Session, col, select

from audit.db.engine import Database
from audit.db.models import (
    Account,
    Event,
    Evidence,
    Finding,
    FindingPhoto,
    Objection,
    Rectification,
    Reinspection,
    SupportRequest,
)
from audit.db.queries import register as queries
from audit.domain.deadlines import day_of, due
from audit.domain.permissions import Actor, authorise_somewhere
from audit.domain.register import WAITS, Filters
from audit.services import clock, register
from audit.services.calendar import calendar_of
from audit.services.loop import reading
from audit.services.loop.conversation import COMMENTED
from audit.services.loop.reach import finding_for, readable
from audit.services.loop.reading import FindingView
from audit.services.loop.rectifying import FIELDS
from audit.services.loop.reviewing import open_for_review

RETURNED = ("finding.return", "finding.fail", "finding.reopen")


@dataclass(frozen=True)
class Shot:
    """A photo of a finding, from the visit (`folder` "") or from the branch ("evidence/"), with its `marks` as SVG."""

    uuid: str
    folder: str = ""
    marks: str = ""


@dataclass(frozen=True)
class Cycle:
    """An earlier answer: what was written and given then, and why, by whom and when it was sent back."""

    number: int
    values: Mapping[str, Any]
    evidence: tuple[Evidence, ...]
    verb: str = ""
    reason: str = ""
    by: str = ""
    at: dt.datetime | None = None


@dataclass(frozen=True)
class Case:
    """One thing to decide. `waits`: a code of `WAITS`, "" when it is decided.

    `before` and `after`: the photos to compare, the most telling first; `looked`: what was seen on the spot in this
    cycle; `opened_by`: who else opened it for review, and when; `last`: who decided it last, where it is decided.
    `proposed`: a day for the next answer, counted from today by severity.
    """

    view: FindingView
    waits: str
    before: tuple[Shot, ...]
    after: tuple[Shot, ...]
    earlier: tuple[Cycle, ...]
    objection: Objection | None
    support: SupportRequest | None
    looked: tuple[Reinspection, ...]
    opened_by: tuple[str, dt.datetime] | None
    last: tuple[str, dt.datetime] | None
    proposed: dt.date


@dataclass(frozen=True)
class Place:
    """Where a finding stands in the queue: its position from 1 (None: not in it), how many wait, and the next one."""

    position: int | None
    total: int
    next_id: int | None


def counts(db: Database, actor: Actor) -> dict[str, int]:
    """How many of each of `WAITS` wait for the actor's decision."""
    authorise_somewhere(actor, "finding.review")
    mine = (readable(actor, "finding.review"), col(Finding.kind) != "highlight")
    with db.read() as session:
        return {
            code: session.execute(
                select_rows(func.count()).select_from(Finding).where(*mine, *queries.waits(code))
            ).scalar_one()
            for code in WAITS
        }  # fmt: skip


def place(db: Database, actor: Actor, filters: Filters, finding_id: int) -> Place:
    """Where a finding stands among what the filters leave; what is not in it is followed by the first."""
    authorise_somewhere(actor, "finding.review")
    with db.read() as session:
        where = register.narrowed(session, actor, filters, register.moment(session))
        chosen = select_rows(col(Finding.id)).where(*where, readable(actor, "finding.review"))
        ids = list(session.execute(chosen.order_by(*queries.ordered(filters.order))).scalars())
    if finding_id not in ids:
        return Place(None, len(ids), ids[0] if ids else None)
    at = ids.index(finding_id)
    following = ids[(at + 1) % len(ids)]
    return Place(at + 1, len(ids), following if following != finding_id else None)


def case(db: Database, actor: Actor, finding_id: int) -> Case:
    """One thing to decide; a submitted answer is opened for review by it. Raises `forbidden` and `not_found`."""
    with db.read() as session:
        finding = finding_for(session, actor, "finding.review", finding_id).finding
    if finding.state == "submitted" and finding.review_opened_at is None:
        open_for_review(db, actor, finding_id)
    view = reading.view(db, actor, finding_id)
    finding = view.row.finding
    with db.read() as session:
        asked = select(SupportRequest).where(SupportRequest.finding_id == finding_id)
        looks = select(Reinspection).where(Reinspection.finding_id == finding_id, Reinspection.result != "")
        last = _last(session, finding_id)
        return Case(
            view,
            waiting(view),
            tuple(_before(view)),
            tuple(_after(view)),
            tuple(_earlier(session, view)),
            session.exec(select(Objection).where(Objection.finding_id == finding_id)).first(),
            session.exec(asked.order_by(col(SupportRequest.id).desc()).limit(1)).first(),
            tuple(session.exec(looks.where(Reinspection.cycle == finding.cycle).order_by(col(Reinspection.id))).all()),
            _opened_by(session, actor, finding),
            last,
            day_of(due(clock.now(), finding.severity or "minor", calendar_of(session))),
        )


def waiting(view: FindingView) -> str:
    """For what a finding waits for the marketing department; "" when it does not. A request comes before the rest."""
    state = view.row.finding.state
    open_request = view.extension is not None and view.extension.granted is None
    if open_request and state in WAITS["extension"]:
        return "extension"
    return next((code for code, states in WAITS.items() if code != "extension" and state in states), "")


def shots(db: Database, actor: Actor, finding_ids: Sequence[int]) -> dict[int, tuple[list[Shot], list[Shot]]]:
    """The photos before and after of several findings, for a look at them all together."""
    authorise_somewhere(actor, "finding.review")
    found: dict[int, tuple[list[Shot], list[Shot]]] = {number: ([], []) for number in finding_ids}
    mine = select(Finding.id).where(col(Finding.id).in_(finding_ids), readable(actor, "finding.review"))
    with db.read() as session:
        seen = select(FindingPhoto).where(col(FindingPhoto.finding_id).in_(mine))
        for link in session.exec(seen).all():
            found[link.finding_id][link.role == "after"].append(Shot(link.photo_uuid))
        given = (
            select(Evidence)
            .join(Finding, col(Finding.id) == Evidence.finding_id)
            .where(col(Finding.id).in_(mine), Evidence.cycle == Finding.cycle, col(Evidence.removed_at).is_(None))
            .where(Evidence.subject == "rectification", Evidence.role == "after", col(Evidence.report_sha256) != "")
            .order_by(col(Evidence.received_at).desc(), col(Evidence.uuid))
        )
        for one in session.exec(given).all():
            found[one.finding_id][1].append(Shot(one.uuid, "evidence/"))
    return found


def versions(db: Database, actor: Actor, finding_ids: Sequence[int]) -> list[tuple[int, int]]:
    """These findings with the versions they have now, for what is done with many of them."""
    authorise_somewhere(actor, "finding.review")
    query = select(Finding.id, Finding.version).where(
        col(Finding.id).in_(finding_ids), readable(actor, "finding.review")
    )
    with db.read() as session:
        return [(number or 0, version) for number, version in session.exec(query.order_by(col(Finding.id))).all()]


def _before(view: FindingView) -> Iterable[Shot]:
    order = {"before": 0, "evidence": 1}
    seen = [photo for photo in view.photos if photo.role != "after"]
    yield from (Shot(one.uuid, marks=one.marks) for one in sorted(seen, key=lambda photo: order.get(photo.role, 2)))
    yield from (Shot(one.uuid, "evidence/") for one in _pictures(view, "before"))


def _after(view: FindingView) -> Iterable[Shot]:
    yield from (Shot(one.uuid, "evidence/") for one in reversed(_pictures(view, "after")))
    yield from (Shot(one.uuid, marks=one.marks) for one in view.photos if one.role == "after")


def _pictures(view: FindingView, role: str) -> list[Evidence]:
    cycle = view.row.finding.cycle
    wanted = ("rectification", role, cycle)
    return [one for one in view.evidence if (one.subject, one.role, one.cycle) == wanted and one.report_sha256]


def _earlier(session: Session, view: FindingView) -> Iterable[Cycle]:
    """Answers of the cycles before, the latest first."""
    finding = view.row.finding
    told = session.exec(
        select(Event, Account.name)
        .join(Account, col(Account.id) == Event.account_id, isouter=True)
        .where(Event.subject_kind == "finding", Event.subject_id == str(finding.id), col(Event.verb).in_(RETURNED))
    ).all()
    back = {int(event.data.get("cycle", 0)) - 1: (event, name or "") for event, name in told}
    query = select(Rectification).where(
        Rectification.finding_id == finding.id, col(Rectification.cycle) < finding.cycle
    )
    for row in session.exec(query.order_by(col(Rectification.cycle).desc())).all():
        event, name = back.get(row.cycle, (None, ""))
        said = event.data.get("said", {}) if event else {}
        yield Cycle(
            row.cycle,
            {field: getattr(row, field) for field in FIELDS},
            tuple(one for one in view.evidence if one.cycle == row.cycle and one.subject == "rectification"),
            event.verb if event else "",
            str(said.get("comment") or said.get("reason") or ""),
            name,
            event.at if event else None,
        )


def _opened_by(session: Session, actor: Actor, finding: Finding) -> tuple[str, dt.datetime] | None:
    """Who else looks at it: the one who opened the submission for review."""
    if finding.state != "submitted" or not finding.review_opened_at or finding.reviewer_id in (None, actor.account_id):
        return None
    return session.get_one(Account, finding.reviewer_id).name, finding.review_opened_at


def _last(session: Session, finding_id: int) -> tuple[str, dt.datetime] | None:
    """Who changed the finding last, and when; the system has no name."""
    query = (
        select(Event, Account.name)
        .join(Account, col(Account.id) == Event.account_id, isouter=True)
        .where(Event.subject_kind == "finding", Event.subject_id == str(finding_id))
        .where(col(Event.verb).not_in(COMMENTED))
        .order_by(col(Event.seq).desc())
        .limit(1)
    )
    found = session.exec(query).first()
    return None if found is None else (found[1] or "", found[0].at)
