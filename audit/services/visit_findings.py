"""What earlier visits found at the outlets of visits that are to be made: open still, or closed not long ago.

The tablet shows both at their items: whether an open one was put right, whether a closed one holds (verified after 30
days) or came back (a repeat, one step worse).
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlmodel import Session, col, select

from audit.db.models import ChecklistVersion, Evidence, Finding, Rectification, Visit
from audit.domain.deadlines import REPEAT_VISITS, VERIFY_DAYS, day_of
from audit.services import clock, findings
from audit.services.access import AHEAD
from audit.services.visit_content import Look, checklist_of, item_codes, list_codes, reinspections

CLOSED_DAYS = 400  # how long a closed finding is shown: a year of rounds, and a month
MOST_AFTER = 2  # photos of the state after the correction that are kept on the tablet
OVER = ("closed", "verified")
Json = dict[str, Any]


@dataclass
class Known:
    """What is known of one visit's outlet: open findings and closed ones, the newest first."""

    open: list[Json] = field(default_factory=list)
    closed: list[Json] = field(default_factory=list)


def of_visits(session: Session, visits: Sequence[Visit], looks: Mapping[int, Sequence[Look]]) -> dict[int, Known]:
    """Visit id → the findings of its outlet, but those that the visit itself made; none once it is done.

    `on_list`: the finding is about an item of the visit's own checklist, and not about a namesake of another one.
    """
    outlets = {visit.outlet_id for visit in visits if visit.state in AHEAD}
    rows = findings.open_of_outlets(session, outlets) + _closed(session, outlets)
    told = _Told(session, rows)
    codes = list_codes(session, {row.visit_id for row in rows} | {visit.id or 0 for visit in visits})
    found: dict[int, Known] = {}
    for visit in visits:
        number = visit.id or 0
        known = found[number] = Known()
        if visit.state not in AHEAD:
            continue  # whoever is done there is shown no photo of it either: `access.shown_on_tablet`
        asked = {finding.id: row.item_code for row, finding in looks.get(number, ())}
        items = item_codes(checklist_of(session, visit.checklist_version_id))
        for row in rows:
            if row.outlet_id != visit.outlet_id or row.visit_id == number:
                continue
            on_list = row.item_code in items and codes[row.visit_id] == codes[number]
            place = (asked[row.id], True) if row.id in asked else (row.item_code, on_list and number not in looks)
            (known.closed if row.state in OVER else known.open).append(told.json(row, *place))
    return found


class _Told:
    """The findings with their photos, and with what the branch did about them, in a few queries."""

    def __init__(self, session: Session, rows: Sequence[Finding]) -> None:
        ids = [row.id or 0 for row in rows]
        self.links = findings.photos_of(session, ids)
        self.answers: dict[int, Rectification] = {}
        answers = select(Rectification).where(
            col(Rectification.finding_id).in_(ids), col(Rectification.submitted_at).is_not(None)
        )
        for answer in session.exec(answers.order_by(col(Rectification.cycle))).all():
            self.answers[answer.finding_id] = answer
        self.after: dict[tuple[int, int], list[str]] = defaultdict(list)
        photos = select(Evidence).where(
            col(Evidence.finding_id).in_(ids),
            Evidence.subject == "rectification",
            Evidence.role == "after",
            col(Evidence.removed_at).is_(None),
            Evidence.report_sha256 != "",
        )
        for photo in session.exec(photos.order_by(col(Evidence.received_at), col(Evidence.uuid))).all():
            self.after[photo.finding_id, photo.cycle].append(f"evidence/{photo.uuid}")
        self.later = _visits_after(session, [row for row in rows if row.state in OVER])

    def json(self, row: Finding, item_code: str, on_list: bool) -> Json:
        """One finding as the tablet knows it; `after`: addresses of photos below /photos/."""
        number = row.id or 0
        links = self.links.get(number, [])
        answer = self.answers.get(number)
        after = self.after[number, answer.cycle][:MOST_AFTER] if answer else []
        closed_on = day_of(row.closed_at) if row.closed_at and row.state in OVER else None
        return {
            "id": row.id,
            "number": row.number or "",
            "visit_id": row.visit_id,
            "item_code": item_code,
            "on_list": on_list,
            "kind": row.kind,
            "severity": row.severity,
            "repeat": row.repeat,
            "clause_zh": row.clause_zh,
            "clause_en": row.clause_en,
            "observation": row.observation,
            "state": row.state,
            "since": row.created_at.isoformat(),
            "due_at": row.due_at.isoformat() if row.due_at else None,
            "photos": [link.photo_uuid for link in links if link.role != "after"],
            "after": [*(link.photo_uuid for link in links if link.role == "after"), *after],
            "correction": answer.correction if answer else "",
            "closed_on": closed_on.isoformat() if closed_on else None,
            "verifies_on": (closed_on + dt.timedelta(days=VERIFY_DAYS)).isoformat()
            if closed_on and row.state == "closed"
            else None,
            "repeats": number in self.later and self.later[number] < REPEAT_VISITS,
        }


def _closed(session: Session, outlet_ids: set[int]) -> list[Finding]:
    """Of each item of each checklist the finding closed last, not longer than `CLOSED_DAYS` ago."""
    query = (
        select(Finding)
        .where(col(Finding.outlet_id).in_(outlet_ids), col(Finding.state).in_(OVER), Finding.kind != "highlight")
        .where(col(Finding.closed_at) > clock.now() - dt.timedelta(days=CLOSED_DAYS))
        .order_by(col(Finding.closed_at).desc(), col(Finding.id).desc())
    )
    rows = session.exec(query).all()
    codes = list_codes(session, {row.visit_id for row in rows})
    newest: dict[tuple[int, str, str], Finding] = {}
    for row in rows:
        newest.setdefault((row.outlet_id, codes[row.visit_id], row.item_code), row)
    return list(newest.values())


def _visits_after(session: Session, rows: Sequence[Finding]) -> dict[int, int]:
    """Finding id → how many visits with the same checklist its outlet has had since it was closed."""
    query = (
        select(Visit.outlet_id, ChecklistVersion.code, Visit.submitted_at)
        .join(ChecklistVersion, col(ChecklistVersion.id) == Visit.checklist_version_id)
        .where(
            col(Visit.outlet_id).in_({row.outlet_id for row in rows}),
            col(Visit.submitted_at) > clock.now() - dt.timedelta(days=CLOSED_DAYS),
            col(Visit.id).not_in(reinspections()),
        )
    )
    times = session.exec(query).all()
    codes = list_codes(session, {row.visit_id for row in rows})
    return {
        row.id or 0: sum(
            (outlet, code) == (row.outlet_id, codes[row.visit_id]) and at > row.closed_at  # type: ignore[operator]
            for outlet, code, at in times
        )
        for row in rows
    }
