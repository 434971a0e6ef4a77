"""A visit handed in: complete, agreed on and signed — scored, its findings drafted. And handed back."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, select

from audit.db.engine import Database
from audit.db.models import Photo, Revision, Visit
from audit.domain.permissions import Actor
from audit.domain.revisions import Resolved, answers, attached_photos
from audit.domain.scoring import Score, score
from audit.domain.visits import REINSPECTION, VISIT_TRANSITIONS, gaps, looked_gaps, next_state
from audit.errors import RoundsError
from audit.services import campaigns, findings
from audit.services.access import VisitAccess, visit_for
from audit.services.loop import reinspecting
from audit.services.loop.returning import settle
from audit.services.visit_content import checklist_for, checklist_of, resolved_visit
from audit.services.work import Work, unit_of_work


@dataclass(frozen=True)
class Manifest:
    """All that the leader's tablet knows of a visit: revision uuids, and photo uuid → SHA-256 ("" when not known)."""

    revisions: frozenset[str]
    photos: Mapping[str, str]


@dataclass(frozen=True)
class Submitted:
    """A visit after submission: its score as `Score.to_json()` and its findings by kind."""

    state: str
    score: dict[str, Any] | None
    findings: dict[str, int]
    version: int


def submit(db: Database, actor: Actor, visit_id: int, manifest: Manifest) -> Submitted:
    """Hand a visit in. Doing it again changes nothing and answers the same.

    Raises `visit.leader_only`, `visit.not_open`, `visit.manifest_incomplete` (something the tablet made is not here, or
    something is here that the tablet has not seen), `visit.conflict`, `visit.incomplete`.
    """
    with unit_of_work(db, actor) as work:
        access = visit_for(work.session, actor, "visit.conduct", visit_id, lock=True)
        visit = access.visit
        if not access.leader:
            raise RoundsError("visit.leader_only")
        if visit.state in ("submitted", "accepted"):
            return Submitted(visit.state, visit.score, findings.counts(work.session, visit_id), visit.version)
        if visit.state != "open":
            raise RoundsError("visit.not_open", state=visit.state)
        resolved = resolved_visit(work.session, visit_id)
        _check_manifest(work.session, visit, manifest, resolved)
        if access.round.kind == REINSPECTION:
            _check_looked(work.session, visit, resolved)
            reinspecting.conclude(work, actor, access, resolved)
            return Submitted(visit.state, None, {}, visit.version)
        _check_complete(work.session, visit, resolved)
        result = _score(work.session, visit, resolved)
        visit.state = next_state(VISIT_TRANSITIONS, visit.state, "submit")
        visit.submitted_at, visit.submitted_by = work.now, actor.account_id
        visit.reviewed_open_at, visit.accepted_at, visit.returned_comment = None, None, ""
        visit.later_items = list(result.later)
        visit.version += 1
        _keep_score(visit, result.to_json())
        work.session.add(visit)
        findings.redraft(work, access, checklist_of(work.session, visit.checklist_version_id), resolved)
        work.record("visit.submitted", "visit", visit_id, total=str(result.total), provisional=list(result.provisional))
        findings.tell_critical(work, visit)
        return Submitted(visit.state, visit.score, findings.counts(work.session, visit_id), visit.version)


def recall(db: Database, actor: Actor, visit_id: int) -> Submitted:
    """Take a submitted visit back before marketing opened it; its drafts go. Doing it again changes nothing.

    Raises `visit.leader_only`, `visit.under_review`, `wrong_state`.
    """
    with unit_of_work(db, actor) as work:
        access = visit_for(work.session, actor, "visit.conduct", visit_id, lock=True)
        visit = access.visit
        if not access.leader:
            raise RoundsError("visit.leader_only")
        if visit.state != "open":
            target = next_state(VISIT_TRANSITIONS, visit.state, "recall")
            if visit.reviewed_open_at is not None:
                raise RoundsError("visit.under_review")
            findings.remove_drafts(work, visit_id)
            visit.state, visit.submitted_at, visit.submitted_by = target, None, None
            visit.later_items = []
            visit.version += 1
            _keep_score(visit, None)
            work.session.add(visit)
            work.record("visit.recalled", "visit", visit_id)
        return Submitted(visit.state, visit.score, {}, visit.version)


def take_late_answer(work: Work, access: VisitAccess, subject: str) -> None:
    """Within a unit of work: an item rated *later* was answered, or got a photo. Score and its finding follow.

    Items that are asked only because of that answer are to be answered later too: the score is provisional until then.
    """
    visit = access.visit
    resolved = resolved_visit(work.session, visit.id or 0)
    found = _score(work.session, visit, resolved)
    result = found.to_json()
    result["later"] = [*found.later, *found.unanswered]
    if found.unanswered and "later" not in found.provisional:
        result["provisional"].append("later")
    visit.later_items = list(dict.fromkeys([*visit.later_items, *found.unanswered]))
    if visit.state == "accepted":
        result["provisional"] = [reason for reason in result["provisional"] if reason != "na"]
    before = visit.score or {}
    _keep_score(visit, result)
    visit.version += 1
    work.session.add(visit)
    work.session.flush()
    checklist = checklist_of(work.session, visit.checklist_version_id)
    known = findings.critical_drafts(work.session, visit.id)
    findings.redraft(work, access, checklist, resolved, only=frozenset({subject}))
    if visit.state == "accepted":
        settle(work, visit)
    findings.tell_critical(work, visit, known)
    work.record("visit.scored_again", "visit", visit.id, total=[before.get("total"), result["total"]], subject=subject)


def settle_score(visit: Visit) -> None:
    """Marketing accepted: much N/A keeps the score provisional no longer; items to be answered later still do."""
    if visit.score:
        reasons = [reason for reason in visit.score["provisional"] if reason != "na"]
        _keep_score(visit, {**visit.score, "provisional": reasons})


def let_go(visit: Visit) -> None:
    """The items that were to be answered later never will be: the score without them is final."""
    if visit.score:
        reasons = [reason for reason in visit.score["provisional"] if reason != "later"]
        _keep_score(visit, {**visit.score, "provisional": reasons})
        visit.version += 1


def _score(session: Session, visit: Visit, resolved: Mapping[str, Resolved]) -> Score:
    return score(checklist_of(session, visit.checklist_version_id), answers(resolved))


def _keep_score(visit: Visit, found: dict[str, Any] | None) -> None:
    visit.score = found
    visit.total = float(found["total"]) if found and found["total"] is not None else None
    visit.provisional = bool(found and found["provisional"])


def _check_manifest(session: Session, visit: Visit, manifest: Manifest, resolved: Mapping[str, Resolved]) -> None:
    here = set(session.exec(select(Revision.uuid).where(Revision.visit_id == visit.id)).all())
    photos = dict(session.exec(select(Photo.uuid, Photo.sha256).where(Photo.visit_id == visit.id)).all())
    removed = {
        name.removeprefix("photo:")
        for name, result in resolved.items()
        if name.startswith("photo:") and result.entry.body.get("removed")
    }
    wanted = {photo.uuid for photo in attached_photos(resolved)} | (manifest.photos.keys() - removed)
    announced = [(uuid, sha256) for uuid, sha256 in manifest.photos.items() if sha256 and uuid in photos]
    lacking = {
        "missing_revisions": sorted(manifest.revisions - here),
        "unknown_revisions": sorted(here - manifest.revisions),
        "missing_photos": sorted(wanted - photos.keys()),
        "differing_photos": sorted(uuid for uuid, sha256 in announced if photos[uuid] != sha256),
    }
    if any(lacking.values()):
        raise RoundsError("visit.manifest_incomplete", **lacking)


def _check_conflicts(resolved: Mapping[str, Resolved]) -> None:
    conflicts = sorted(subject for subject, result in resolved.items() if result.conflict)
    if conflicts:
        raise RoundsError("visit.conflict", subjects=conflicts)


def _check_looked(session: Session, visit: Visit, resolved: Mapping[str, Resolved]) -> None:
    _check_conflicts(resolved)
    signature = resolved.get("signature")
    found = looked_gaps(
        checklist_for(session, visit),
        answers(resolved),
        attached_photos(resolved),
        signature.entry.body if signature else None,
    )
    if found:
        raise RoundsError("visit.incomplete", **found.to_json())


def _check_complete(session: Session, visit: Visit, resolved: Mapping[str, Resolved]) -> None:
    _check_conflicts(resolved)
    signature = resolved.get("signature")
    found = gaps(
        checklist_of(session, visit.checklist_version_id),
        answers(resolved),
        attached_photos(resolved),
        signature.entry.body if signature else None,
        {
            subject: resolved[subject].entry.body if subject in resolved else {}
            for subject in _questions(session, visit)
        },
    )
    if found:
        raise RoundsError("visit.incomplete", **found.to_json())


def _questions(session: Session, visit: Visit) -> list[str]:
    asked = campaigns.asked_at(session, [visit])[visit.id or 0]
    return [campaigns.question_subject(row.id or 0, one["code"]) for row in asked for one in row.questions]
