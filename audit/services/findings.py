"""Findings as they follow from visits: drafted at submission, brought in line when a visit is submitted again."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, delete, select

from audit.db.models import Comment, Event, Evidence, Finding, FindingPhoto, MessageLine, Photo, Seen, Visit
from audit.domain.checklist import Checklist
from audit.domain.findings import OPEN_STATES, Draft, drafts
from audit.domain.loop import raised
from audit.domain.revisions import Resolved, answers, attached_photos, highlights
from audit.services.access import VisitAccess
from audit.services.work import Work

CRITICAL_DRAFT = (col(Finding.state) == "draft", col(Finding.severity) == "critical", col(Finding.kind) != "highlight")
HANGING = (FindingPhoto, Seen, Comment, Evidence, MessageLine)  # what may lead to a draft


def redraft(
    work: Work,
    access: VisitAccess,
    checklist: Checklist,
    resolved: Mapping[str, Resolved],
    only: frozenset[str] | None = None,
) -> None:
    """Bring a visit's findings in line with what was entered; `only` some subjects.

    A draft keeps its row and its id; one without a cause any more goes, with its photo links. One that marketing
    changed, or merged with another, keeps its words: only photos come to it. What has left the draft stage otherwise
    (issued, withdrawn, answered) is left as it is.
    """
    wanted = {
        draft.subject: draft
        for draft in drafts(checklist, answers(resolved), highlights(resolved), attached_photos(resolved))
        if only is None or draft.subject in only
    }
    query = select(Finding).where(Finding.visit_id == access.visit.id).order_by(col(Finding.id)).with_for_update()
    standing = {row.subject: row for row in work.session.exec(query).all() if only is None or row.subject in only}
    edited = _edited(work.session, standing.values())
    gone = [row for row in standing.values() if row.subject not in wanted and untouched(row) and row.id not in edited]
    _remove(work, gone)
    _create(work, access, [draft for subject, draft in wanted.items() if subject not in standing])
    for subject, row in standing.items():
        draft = wanted.get(subject)
        if draft is None:
            continue
        if row.state == "merged" or row.id in edited:
            _add_photos(work, _kept(work.session, row), draft, row.visit_id)
        elif untouched(row):
            _update(work, row, draft)


def remove_drafts(work: Work, visit_id: int) -> None:
    """Take back what a submission drafted: the visit was recalled before anybody saw it."""
    rows = work.session.exec(select(Finding).where(Finding.visit_id == visit_id)).all()
    _remove(work, [row for row in rows if untouched(row)])


def critical_drafts(session: Session, visit_id: int | None) -> frozenset[int]:
    """The drafts of a visit that are critical: they go out the same day, without waiting for the round."""
    query = select(Finding.id).where(Finding.visit_id == visit_id, *CRITICAL_DRAFT)
    return frozenset(number or 0 for number in session.exec(query).all())


def tell_critical(work: Work, visit: Visit, known: frozenset[int] = frozenset()) -> None:
    """Within a unit of work: an event when critical drafts wait that are not among the `known`.

    They are found while the visit waits for its review, and ready to be issued once it is accepted.
    """
    work.session.flush()
    count = len(critical_drafts(work.session, visit.id) - known)
    if count:
        work.record("visit.critical_ready" if visit.state == "accepted" else "visit.critical_found", "visit", visit.id,
                    critical=count)  # fmt: skip


def untouched(row: Finding) -> bool:
    """Whether a finding still is what submission made of it."""
    return row.state == "draft" or (row.state == "submitted" and row.corrected_on_spot and row.due_at is None)


def _edited(session: Session, rows: Iterable[Finding]) -> set[int | None]:
    """The ids of those that marketing changed, or into which others were merged."""
    ids = [row.id for row in rows]
    changes = select(Event.subject_id).where(
        Event.subject_kind == "finding",
        col(Event.subject_id).in_([str(number) for number in ids]),
        Event.verb == "finding.draft_changed",
    )
    merges = select(Finding.merged_into).where(col(Finding.merged_into).in_(ids))
    return {int(number) for number in session.exec(changes).all()} | set(session.exec(merges).all())


def _kept(session: Session, row: Finding) -> Finding:
    """The draft that stands for a merged one; itself when it was not merged."""
    while row.state == "merged" and row.merged_into:
        row = session.get_one(Finding, row.merged_into, with_for_update=True)
    return row


def counts(session: Session, visit_id: int) -> dict[str, int]:
    """How many findings of each kind a visit has."""
    query = select(Finding.kind, func.count()).where(Finding.visit_id == visit_id).group_by(col(Finding.kind))
    return dict(session.exec(query).all())


def of_visits(session: Session, visit_ids: Iterable[int]) -> list[Finding]:
    """The findings of visits, in the order they were drafted."""
    query = select(Finding).where(col(Finding.visit_id).in_(list(visit_ids))).order_by(col(Finding.id))
    return list(session.exec(query).all())


def photos_of(session: Session, finding_ids: Iterable[int]) -> dict[int, list[FindingPhoto]]:
    """The photo links of findings."""
    found: dict[int, list[FindingPhoto]] = {}
    query = select(FindingPhoto).where(col(FindingPhoto.finding_id).in_(list(finding_ids)))
    for link in session.exec(query).all():
        found.setdefault(link.finding_id, []).append(link)
    return found


def open_of_outlets(session: Session, outlet_ids: Iterable[int], but_visits: Iterable[int] = ()) -> list[Finding]:
    """The nonconformities and improvements of outlets that are not settled, newest first, but those of some visits."""
    query = (
        select(Finding)
        .where(col(Finding.outlet_id).in_(list(outlet_ids)), col(Finding.state).in_(OPEN_STATES))
        .where(Finding.kind != "highlight", col(Finding.visit_id).not_in(list(but_visits)))
        .order_by(col(Finding.id).desc())
    )
    return list(session.exec(query).all())


def _values(draft: Draft) -> dict[str, Any]:
    item = draft.item
    loop = item if draft.kind != "highlight" else None  # a highlight asks nothing of the branch
    return {
        "item_code": item.code if item else "",
        "section_code": draft.section_code,
        "kind": draft.kind,
        "severity": draft.severity,
        "state": draft.state,
        "clause_zh": item.text_zh if item else "",
        "clause_en": item.text_en if item else "",
        "observation": draft.observation,
        "requirement_zh": loop.requirement_zh if loop else "",
        "requirement_en": loop.requirement_en if loop else "",
        "criterion_zh": loop.criterion_zh if loop else "",
        "criterion_en": loop.criterion_en if loop else "",
        "evidence_kind": loop.evidence if loop else "",
        "corrected_on_spot": draft.corrected_on_spot,
    }


def _create(work: Work, access: VisitAccess, new: Sequence[Draft]) -> None:
    """Drafts that were not there yet, in their order."""
    rows = [
        Finding(
            visit_id=access.visit.id or 0,
            round_id=access.round.id or 0,
            organisation_id=access.assignment.inspected_id,
            outlet_id=access.outlet.id or 0,
            subject=draft.subject,
            created_at=work.now,
            **_values(draft),
        )
        for draft in new
    ]
    work.session.add_all(rows)
    work.session.flush()
    here = _here(work.session, access.visit.id or 0, new)
    for row, draft in zip(rows, new, strict=True):
        _link(work.session, row.id or 0, {uuid: role for uuid, role in draft.photos if uuid in here})
        work.record("finding.drafted", "finding", row.id, visit_id=row.visit_id, kind=row.kind, state=row.state)


def _update(work: Work, row: Finding, draft: Draft) -> None:
    wanted = _values(draft)
    if row.repeat:
        wanted["severity"] = raised(wanted["severity"])
    changes = {name: value for name, value in wanted.items() if getattr(row, name) != value}
    for name, value in changes.items():
        setattr(row, name, value)
    linked = _link_photos(work, row, draft)
    if changes or linked:
        row.version += 1
        work.session.add(row)
        work.record("finding.redrafted", "finding", row.id, fields=sorted(changes))


def _add_photos(work: Work, row: Finding, draft: Draft, visit_id: int) -> None:
    """Link what came to a draft after marketing's hand was on it, and say so in its history."""
    if not untouched(row):
        return
    finding_id = row.id or 0
    linked = {link.photo_uuid for link in photos_of(work.session, [finding_id]).get(finding_id, [])}
    come = {uuid: role for uuid, role in _arrived(work.session, draft, visit_id).items() if uuid not in linked}
    _link(work.session, finding_id, come)
    if come:
        work.session.flush()
        work.record("finding.photos_late", "finding", finding_id, visit_id=visit_id, photos=list(come))


def _here(session: Session, visit_id: int, some: Iterable[Draft]) -> set[str]:
    """The photos of drafts whose bytes are here."""
    named = [uuid for draft in some for uuid, _ in draft.photos]
    return set(session.exec(select(Photo.uuid).where(col(Photo.uuid).in_(named), Photo.visit_id == visit_id)).all())


def _arrived(session: Session, draft: Draft, visit_id: int) -> dict[str, str]:
    """Photo → role, of the draft's photos whose bytes are here."""
    here = _here(session, visit_id, [draft])
    return {uuid: role for uuid, role in draft.photos if uuid in here}


def _link(session: Session, finding_id: int, photos: Mapping[str, str]) -> None:
    for uuid, role in photos.items():
        session.add(FindingPhoto(finding_id=finding_id, photo_uuid=uuid, role=role))


def _link_photos(work: Work, row: Finding, draft: Draft) -> bool:
    """Make the links those of the draft, for photos of the visit whose bytes are here; whether anything changed."""
    finding_id = row.id or 0
    wanted = _arrived(work.session, draft, row.visit_id)
    standing = {link.photo_uuid: link for link in photos_of(work.session, [finding_id]).get(finding_id, [])}
    if {uuid: link.role for uuid, link in standing.items()} == wanted:
        return False
    work.session.exec(delete(FindingPhoto).where(col(FindingPhoto.finding_id) == finding_id))
    for link in standing.values():
        work.session.expunge(link)
    _link(work.session, finding_id, wanted)
    work.session.flush()
    return True


def _remove(work: Work, rows: list[Finding]) -> None:
    """Drafts go with all that hangs on them; the history keeps what was said of them.

    What was merged into one of them is a draft again: it has a cause of its own.
    """
    ids = [row.id or 0 for row in rows]
    # Held, so that nobody hangs something new on them meanwhile.
    work.session.exec(select(Finding.id).where(col(Finding.id).in_(ids)).order_by(col(Finding.id)).with_for_update())
    said: dict[int, list[dict[str, Any]]] = {}
    for comment in work.session.exec(select(Comment).where(col(Comment.finding_id).in_(ids))).all():
        said.setdefault(comment.finding_id, []).append({"account_id": comment.account_id, "text": comment.text})
    for table in HANGING:
        work.session.exec(delete(table).where(col(table.finding_id).in_(ids)))
    for merged in work.session.exec(select(Finding).where(col(Finding.merged_into).in_(ids))).all():
        merged.state, merged.merged_into, merged.version = "draft", None, merged.version + 1
        work.session.add(merged)
        work.record("finding.merge_undone", "finding", merged.id, state=["merged", "draft"])
    work.session.flush()
    for row in rows:
        told = {"said": said[row.id]} if row.id in said else {}
        work.record("finding.draft_removed", "finding", row.id, visit_id=row.visit_id, subject=row.subject, **told)
        work.session.delete(row)
    work.session.flush()
