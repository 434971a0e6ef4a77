"""Findings as documents tell of them: with place, photos and words, as they stand now or as they were issued."""

import datetime as dt
from collections.abc import Sequence

from sqlmodel import Session, col, select

from audit.db.models import Event, Finding
from audit.domain.reports import WORKING_DAYS, PhotoRef, Shortcoming, Words
from audit.services import findings as finding_rows
from audit.services.report_source import Source, words
from audit.services.visit_content import checklist_of

LEFT_OUT = ("withdrawn", "merged")


def shortcomings(session: Session, source: Source, found: Sequence[Finding]) -> list[tuple[Finding, Shortcoming]]:
    """Nonconformities and improvements with what documents say of them: by visit, then by item, numbered from 1."""
    rows = in_order(source, found, ("nonconformity", "improvement"))
    links = finding_rows.photos_of(session, [row.id or 0 for row, _ in rows])
    critical = {
        visit.id: {item.code for item in checklist_of(session, visit.checklist_version_id).items() if item.critical}
        for visit, _, _ in source.visits
    }
    made = []
    for number, (row, place) in enumerate(rows, start=1):
        clause = Words(row.clause_zh, row.clause_en)
        photos: dict[str, list[PhotoRef]] = {"evidence": [], "before": [], "after": []}
        for role in photos:
            for link in links.get(row.id or 0, ()):
                known = link.role if link.role in photos else "evidence"
                photo = source.figure(link.photo_uuid, place, clause) if known == role else None
                photos[role].extend([photo] if photo else [])
        told = Shortcoming(
            number=number,
            outlet=place,
            item_code=row.item_code,
            clause=clause,
            kind=row.kind,
            severity=row.severity,
            observation=row.observation,
            requirement=Words(row.requirement_zh, row.requirement_en),
            criterion=Words(row.criterion_zh, row.criterion_en),
            evidence_kind=row.evidence_kind,
            working_days=WORKING_DAYS[row.severity],
            due_at=row.due_at,
            critical_item=row.item_code in critical.get(row.visit_id, ()),
            repeat=row.repeat,
            corrected_on_spot=row.corrected_on_spot,
            photos=tuple(photos["evidence"]),
            before=tuple(photos["before"]),
            after=tuple(photos["after"]),
        )
        made.append((row, told))
    return made


def in_order(source: Source, found: Sequence[Finding], kinds: tuple[str, ...]) -> list[tuple[Finding, Words]]:
    """The findings of these kinds with their outlets: by visit, then by item."""
    places = {visit.id: (place, words(outlet)) for place, (visit, outlet, _) in enumerate(source.visits)}
    rows = [row for row in found if row.kind in kinds and row.state not in LEFT_OUT]
    rows.sort(key=lambda row: (places[row.visit_id][0], row.item_code, row.id))
    return [(row, places[row.visit_id][1]) for row in rows]


def as_issued(session: Session, rows: Sequence[Finding], at: dt.datetime) -> list[Finding]:
    """Copies of the findings with the severity and the due date under which they were issued until then.

    A document that is made late must not tell of what was adjusted, extended or withdrawn after its issue. What was
    issued stands in the history.
    """
    numbers = [str(row.id) for row in rows]
    query = select(Event).where(Event.subject_kind == "finding", col(Event.subject_id).in_(numbers))
    events = session.exec(query.where(Event.verb == "finding.issue", Event.at <= at)).all()
    issues = {event.subject_id: event.data for event in events}
    found = []
    for row in rows:
        data = issues.get(str(row.id))
        if data:
            due_at = dt.datetime.fromisoformat(data["due_at"][1])
            then = {"severity": data["said"]["severity"], "due_at": due_at, "state": "issued"}
            row = Finding(**{**row.model_dump(), **then})
        found.append(row)
    return found
