"""What marketing does with a draft before it is issued: correct it.

Merging and withdrawing are actions (`moving`).
"""

from typing import Any

from audit.db.engine import Database
from audit.db.models import Finding
from audit.domain.checklist import EVIDENCE_KINDS
from audit.domain.findings import SEVERITIES
from audit.domain.permissions import Actor
from audit.errors import RoundsError
from audit.services import values
from audit.services.findings import critical_drafts, tell_critical
from audit.services.loop.fields import SEEN_LIMIT
from audit.services.loop.moving import bump, changed
from audit.services.loop.reach import finding_for
from audit.services.work import unit_of_work

TEXTS = {
    "requirement_zh": 2000, "requirement_en": 2000, "criterion_zh": 2000, "criterion_en": 2000,
    "observation": SEEN_LIMIT,
}  # fmt: skip
CHOICES = {"severity": SEVERITIES, "evidence_kind": EVIDENCE_KINDS}


def change_draft(db: Database, actor: Actor, finding_id: int, version: int, **given: str) -> Finding:
    """Change severity, evidence kind, requirement, criterion or observation of a draft of an accepted visit.

    One that becomes critical by it is told like one that was found so: it goes out the same day.
    Raises `stale`, `wrong_state`, `invalid`, `too_long`.
    """
    with unit_of_work(db, actor) as work:
        access = finding_for(work.session, actor, "finding.review", finding_id, lock=True)
        finding = access.finding
        if finding.version != version:
            raise changed(finding)
        if finding.state != "draft" or access.visit.state != "accepted":
            raise RoundsError("wrong_state", state=finding.state)
        wanted = {name: _checked(name, value) for name, value in given.items()}
        differing = {name: value for name, value in wanted.items() if getattr(finding, name) != value}
        if differing:
            critical = critical_drafts(work.session, access.visit.id)
            old: dict[str, Any] = {name: getattr(finding, name) for name in differing}
            bump(work, finding, **differing)
            pairs = {name: [old[name], value] for name, value in differing.items()}
            work.record("finding.draft_changed", "finding", finding_id, **pairs)
            tell_critical(work, access.visit, critical)
        return finding


def _checked(name: str, value: str) -> str:
    if name in TEXTS:
        return values.text(name, value, TEXTS[name])
    if value not in CHOICES.get(name, ()):
        raise RoundsError("invalid", field=name)
    return value
