"""What a visit report is made from: one branch's assignments of a round, their visits, photos and what was entered."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlalchemy import select as select_rows
from sqlmodel import Session, col, select

from audit.db.models import Assignment, ChecklistVersion, Organisation, Outlet, Photo, ReportDraft, Round, Visit
from audit.domain.reports import PhotoRef, Shape, Words
from audit.domain.revisions import Resolved
from audit.errors import RoundsError
from audit.services.visit_content import resolved_assignment, resolved_visits

REPORTED = ("submitted", "accepted")  # states of a visit whose content is complete


@dataclass
class Source:
    """What was read for one report, and the number of the last figure."""

    round: Round
    branch: Organisation
    assignments: Sequence[Assignment]
    visits: Sequence[tuple[Visit, Outlet, ChecklistVersion]]
    resolved: Mapping[int, Mapping[str, Resolved]]
    agreed: Sequence[Mapping[str, Resolved]]
    photos: Mapping[str, Photo]
    shown: Mapping[str, bool]
    everything: bool = False  # also what was left out
    figures: int = 0
    captions: dict[str, Mapping[str, Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for standing in (*self.resolved.values(), *self.agreed):
            for subject, result in standing.items():
                if subject.startswith("photo:"):
                    self.captions[subject.removeprefix("photo:")] = result.entry.body

    def figure(self, uuid: str, place: Words, issue: Words, preset: bool = True) -> PhotoRef | None:
        """The next figure; None for a photo that was not received, or that is left out.

        `preset`: whether it is shown when nobody chose.
        """
        row = self.photos.get(uuid)
        if row is None or not (self.everything or self.shown.get(uuid, preset)):
            return None
        self.figures += 1
        body = self.captions.get(uuid, {})
        return PhotoRef(
            UUID(uuid),
            row.report_width,
            row.report_height,
            caption=str(body.get("caption") or ""),
            issue=issue,
            place=place,
            taken_at=row.captured_at,
            overlay=tuple(map(Shape.of, body.get("overlay") or ())),
            number=self.figures,
            preset=preset,
        )

    def picture(self, uuid: str | None) -> PhotoRef | None:
        """A signature; None when it was not received."""
        row = self.photos.get(uuid or "")
        return PhotoRef(UUID(row.uuid), row.report_width, row.report_height) if row else None


def read(
    session: Session,
    round_: Round,
    branch: Organisation,
    everything: bool = False,
    issued_at: dt.datetime | None = None,
) -> Source:
    """Everything that one report is made from; `everything`: also the photos left out.

    `issued_at`: only the visits that were accepted by then. Raises `report.no_visits`.
    """
    counted: list[ColumnElement[bool]] = [col(Visit.state).in_(REPORTED)]
    if issued_at:
        counted = [col(Visit.state) == "accepted", col(Visit.accepted_at) <= issued_at]
    assignments = session.exec(
        select(Assignment)
        .where(Assignment.round_id == round_.id, Assignment.inspected_id == branch.id)
        .order_by(col(Assignment.id))
    ).all()
    ids = [assignment.id for assignment in assignments]
    rows = session.execute(
        select_rows(Visit, Outlet, ChecklistVersion)
        .join(Outlet, col(Outlet.id) == Visit.outlet_id)
        .join(ChecklistVersion, col(ChecklistVersion.id) == Visit.checklist_version_id)
        .where(col(Visit.assignment_id).in_(ids), *counted)
        .order_by(col(Visit.planned_on), col(Visit.id))
    ).all()
    if not rows:
        raise RoundsError("report.no_visits")
    agreed = [resolved_assignment(session, assignment.id or 0) for assignment in assignments]
    photos = session.exec(select(Photo).where(col(Photo.assignment_id).in_(ids))).all()
    draft = session.get(ReportDraft, (round_.id, branch.id))
    return Source(
        round_,
        branch,
        assignments,
        [(visit, outlet, version) for visit, outlet, version in rows],
        resolved_visits(session, [visit.id or 0 for visit, _, _ in rows]),
        agreed,
        {photo.uuid: photo for photo in photos},
        dict(draft.photos) if draft else {},
        everything,
    )


def names(session: Session, ids: Sequence[int]) -> Words:
    """Several organisations' names in one line."""
    rows = [session.get(Organisation, number) for number in dict.fromkeys(ids)]
    found = [words(row) for row in rows if row]
    return Words("、".join(one.zh for one in found), ", ".join(one.of("en") for one in found))


def words(row: Any) -> Words:
    """The name of a row in both languages."""
    return Words(row.name_zh, row.name_en)
