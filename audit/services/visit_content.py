"""What was entered in a visit, as the rules see it: its checklist, its revisions, and which of them count."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache
from threading import Lock
from typing import Any

from sqlmodel import Session, col, select

from audit.db.models import Campaign, ChecklistVersion, Finding, Reinspection, Revision, Visit
from audit.domain.checklist import Checklist, Item, Section
from audit.domain.revisions import Entry, Known, Resolved, resolve
from audit.errors import RoundsError

_checklists: dict[str, Checklist] = {}
_lock = Lock()
MOST_KEPT = 64
LOOK_TITLE = ("现场复查", "Re-inspection")
Look = tuple[Reinspection, Finding]


def checklist_of(session: Session, version_id: int) -> Checklist:
    """The checklist of a version. Parsed once a process: a version that visits use never changes."""
    sha256 = session.exec(select(ChecklistVersion.sha256).where(ChecklistVersion.id == version_id)).first()
    if sha256 is None:
        raise RoundsError("not_found")
    found = _checklists.get(sha256)
    if found is None:
        content = session.exec(select(ChecklistVersion.content).where(ChecklistVersion.id == version_id)).one()
        found = Checklist.from_json(content)
        with _lock:
            if len(_checklists) >= MOST_KEPT:
                _checklists.clear()
            _checklists[sha256] = found
    return found


@lru_cache(maxsize=MOST_KEPT)
def item_codes(checklist: Checklist) -> frozenset[str]:
    """The codes of all items."""
    return frozenset(item.code for item in checklist.items())


def list_codes(session: Session, visit_ids: Iterable[int]) -> dict[int, str]:
    """Visit id → the code of its checklist, which all its versions share: items of other lists may be namesakes."""
    query = (
        select(Visit.id, ChecklistVersion.code)
        .join(ChecklistVersion, col(ChecklistVersion.id) == Visit.checklist_version_id)
        .where(col(Visit.id).in_(list(visit_ids)))
    )
    return {visit_id or 0: code for visit_id, code in session.exec(query).all()}


def of_same_list(version_id: int) -> Any:
    """The ids of all visits made with any version of the checklist that this is a version of, as a query."""
    code = select(ChecklistVersion.code).where(ChecklistVersion.id == version_id).scalar_subquery()
    return (
        select(Visit.id)
        .join(ChecklistVersion, col(ChecklistVersion.id) == Visit.checklist_version_id)
        .where(ChecklistVersion.code == code)
    )


def checklist_for(session: Session, visit: Visit) -> Checklist:
    """What is asked at a visit: its checklist, or of a re-inspection the items in question and nothing else."""
    looks = looks_of(session, [visit.id or 0]).get(visit.id or 0)
    whole = checklist_of(session, visit.checklist_version_id)
    return looked_at(whole, looks, visit) if looks else whole


def looks_of(session: Session, visit_ids: Iterable[int]) -> dict[int, list[Look]]:
    """Visit id → what is looked at there again, for the visits that are re-inspections."""
    found: dict[int, list[Look]] = {}
    query = (
        select(Reinspection, Finding)
        .join(Finding, col(Finding.id) == Reinspection.finding_id)
        .where(col(Reinspection.visit_id).in_(list(visit_ids)))
        .order_by(col(Reinspection.id))
    )
    for row, finding in session.exec(query).all():
        found.setdefault(row.visit_id or 0, []).append((row, finding))
    return found


def reinspections() -> Any:
    """The ids of visits that are re-inspections, as a query: no full visits, with answers to their items alone."""
    return select(Reinspection.visit_id).where(col(Reinspection.visit_id).is_not(None))


def asked(look: Look, visit: Visit) -> bool:
    """Whether a look belongs to the visit as it stands: still to be done, or done by handing this visit in."""
    row, _ = look
    return row.done_at == visit.submitted_at if visit.state == "accepted" else row.result == ""


def looked_at(whole: Checklist, looks: Sequence[Look], visit: Visit) -> Checklist:
    """The checklist of a re-inspection: one item without points for each finding, with a photo in any case."""
    items = tuple(
        Item(
            code=row.item_code,
            text_zh=finding.clause_zh,
            text_en=finding.clause_en or finding.clause_zh,
            guidance_zh=finding.observation,
            guidance_en=finding.observation,
            points=0,
            critical=False,
            photo="always",
            evidence=finding.evidence_kind or "photo",
            severity=finding.severity,
            requirement_zh=finding.requirement_zh,
            requirement_en=finding.requirement_en,
            criterion_zh=finding.criterion_zh,
            criterion_en=finding.criterion_en,
        )
        for row, finding in (look for look in looks if asked(look, visit))
    )
    return replace(whole, sections=(Section("R", *LOOK_TITLE, 1, items),))


def known_to(session: Session, visit: Visit | None, subject: str) -> Known:
    """What a revision of this subject may refer to; campaigns are looked up only when it names one.

    At a re-inspection also items that are not asked any more: what a tablet wrote about them meanwhile is kept.
    """
    looks = looks_of(session, [visit.id or 0]).get(visit.id or 0) if visit else None
    if looks:
        items = frozenset(row.item_code for row, _ in looks)
    else:
        items = item_codes(checklist_of(session, visit.checklist_version_id)) if visit else frozenset()
    questions: frozenset[tuple[str, str]] = frozenset()
    if subject.startswith("campaign:"):
        campaign_id = subject.split(":")[1]
        number = int(campaign_id) if campaign_id.isascii() and campaign_id.isdigit() and len(campaign_id) < 10 else 0
        campaign = session.get(Campaign, number) if campaign_id == str(number) else None  # one question, one subject
        if campaign:
            questions = frozenset((campaign_id, str(question["code"])) for question in campaign.questions)
    return Known(items, questions)


def entry_of(row: Revision) -> Entry:
    """A stored revision as the rules see it."""
    return Entry(row.uuid, row.subject, tuple(row.bases), row.body, row.account_id, row.seq or 0)


def resolved_visit(session: Session, visit_id: int) -> dict[str, Resolved]:
    """What counts for each subject of a visit."""
    return resolved_visits(session, [visit_id]).get(visit_id, {})


def resolved_visits(session: Session, visit_ids: Iterable[int]) -> dict[int, dict[str, Resolved]]:
    """What counts for each subject of each visit."""
    by_visit: dict[int, list[Entry]] = {}
    query = select(Revision).where(col(Revision.visit_id).in_(list(visit_ids))).order_by(col(Revision.seq))
    for row in session.exec(query).all():
        by_visit.setdefault(row.visit_id or 0, []).append(entry_of(row))
    return {visit_id: resolve(entries) for visit_id, entries in by_visit.items()}


def resolved_subject(session: Session, assignment_id: int, visit_id: int | None, subject: str) -> Resolved | None:
    """What counts for one subject of a visit, or of the assignment itself when `visit_id` is None."""
    query = select(Revision).where(Revision.assignment_id == assignment_id, Revision.subject == subject)
    if visit_id is None:
        query = query.where(col(Revision.visit_id).is_(None))
    else:
        query = query.where(Revision.visit_id == visit_id)
    return resolve(entry_of(row) for row in session.exec(query).all()).get(subject)


def resolved_assignment(session: Session, assignment_id: int) -> dict[str, Resolved]:
    """What counts for each subject of the assignment itself: the communication record and its photos."""
    query = select(Revision).where(Revision.assignment_id == assignment_id, col(Revision.visit_id).is_(None))
    return resolve(entry_of(row) for row in session.exec(query.order_by(col(Revision.seq))).all())
