"""What each action changes beside the state: due dates, and the rows that carry what was said."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlmodel import col, select

from audit.db.models import (
    Evidence,
    Extension,
    Finding,
    FindingPhoto,
    Objection,
    Rectification,
    Reinspection,
    SupportRequest,
    Visit,
)
from audit.db.upsert import insert_missing
from audit.domain import deadlines
from audit.domain.findings import merged_text
from audit.errors import RoundsError
from audit.services.belongings import has_lead
from audit.services.loop import looks
from audit.services.loop.barred import barred
from audit.services.loop.fields import SEEN_LIMIT
from audit.services.loop.numbering import finding_numbers, hold_series
from audit.services.loop.rectifying import FIELDS, proven, read_answer

if TYPE_CHECKING:
    from audit.services.loop.moving import Move


@dataclass(frozen=True)
class Effect:
    """`gather`: fields that lie in the database already, for the check of what is required; `change`: the rest."""

    change: Callable[[Move], None] | None = None
    gather: Callable[[Move], Mapping[str, Any]] | None = None


def merge(one: Move) -> None:
    """The kept draft takes over the photos, and what was seen with the item where it was seen."""
    kept = one.session.get(Finding, one.fields["merged_into"], with_for_update=True)
    mine = one.finding
    if (
        kept is None
        or kept.id == mine.id
        or kept.state != "draft"
        or (kept.outlet_id, kept.round_id, kept.kind) != (mine.outlet_id, mine.round_id, mine.kind)
        or one.session.get_one(Visit, kept.visit_id).state != "accepted"  # else it may be recalled, and both are gone
    ):
        raise RoundsError("finding.merge")
    links = one.session.exec(select(FindingPhoto).where(FindingPhoto.finding_id == mine.id)).all()
    rows = [{"finding_id": kept.id, "photo_uuid": link.photo_uuid, "role": link.role} for link in links]
    insert_missing(one.session, FindingPhoto, rows)
    before, kept.observation = kept.observation, both_seen(kept, mine)
    if len(kept.observation) > SEEN_LIMIT:
        raise RoundsError("too_long", field="observation", limit=SEEN_LIMIT)
    kept.version += 1
    one.session.add(kept)
    one.work.record(
        "finding.merged_here", "finding", kept.id, merged=mine.id, photos=[link.photo_uuid for link in links],
        observation=[before, kept.observation],
    )  # fmt: skip
    one.values["merged_into"] = kept.id


def both_seen(kept: Finding, mine: Finding) -> str:
    """What the kept draft says was seen once the other one is merged into it."""
    same = (kept.item_code, kept.clause_zh) == (mine.item_code, mine.clause_zh)
    return merged_text(kept.observation, "" if same else f"{mine.item_code} {mine.clause_zh}".strip(), mine.observation)


def withdraw(one: Move) -> None:
    one.values["withdrawn_reason"] = one.fields["reason"]


def issue(one: Move) -> None:
    due_at = deadlines.due(one.now, one.finding.severity, one.calendar)
    one.values |= {
        "notice_id": one.fields["notice_id"],
        "number": one.fields["number"],
        "issued_at": one.now,
        **_due(one, due_at),
    }


def acknowledge(one: Move) -> None:
    one.values["acknowledged_at"] = one.now


def object_(one: Move) -> None:
    _check_open(one)
    said = {"reason": one.fields["reason"], "raised_at": one.now, "raised_by": one.account_id}
    one.session.add(Objection(finding_id=one.finding.id or 0, **said))


def decide_objection(one: Move) -> None:
    """uphold, adjust or overrule."""
    row = one.session.exec(select(Objection).where(Objection.finding_id == one.finding.id)).one()
    row.outcome, row.comment = one.step.action, one.fields["comment"]
    row.decided_at, row.decided_by = one.now, one.account_id
    one.session.add(row)
    if one.step.action == "overrule":
        one.values["withdrawn_reason"] = one.fields["comment"]
        return
    base = one.finding.due_at
    if one.step.action == "adjust":
        one.values["severity"] = one.fields["severity"]
        if one.finding.issued_at:
            base = deadlines.due(one.finding.issued_at, one.fields["severity"], one.calendar)
    one.values |= _paused(one, base)
    if one.finding.acknowledged_at is None:
        one.values["acknowledged_at"] = one.now


def request_support(one: Move) -> None:
    one.session.add(
        SupportRequest(
            finding_id=one.finding.id or 0,
            need=one.fields["need"],
            interim_measure=one.fields["interim_measure"],
            asked_at=one.now,
            asked_by=one.account_id,
        )
    )


def answer_support(one: Move) -> None:
    query = select(SupportRequest).where(SupportRequest.finding_id == one.finding.id)
    row = one.session.exec(query.order_by(col(SupportRequest.id).desc()).limit(1)).one()
    row.comment, row.owner = one.fields["comment"], one.fields["owner"]
    row.answered_at, row.answered_by = one.now, one.account_id
    one.session.add(row)
    one.values |= _paused(one, one.finding.due_at)


def gather_answer(one: Move) -> Mapping[str, Any]:
    """What the branch sees as its answer (nothing changed since the last cycle: what it said then), and its proof."""
    return {**read_answer(one.session, one.finding).values, "evidence": _evidence(one, "rectification")}


def submit(one: Move) -> None:
    finding = one.finding
    proofs: list[Evidence] = one.fields["evidence"]
    asked = finding.evidence_kind
    if asked and not proven(asked, proofs):
        raise RoundsError("finding.evidence_kind", kind=asked)
    if one.fields["completed_on"] > deadlines.day_of(one.now):
        raise RoundsError("invalid", field="completed_on")
    row = _rectification(one)
    if row is None:
        said = {name: one.fields[name] for name in FIELDS}
        row = Rectification(
            finding_id=finding.id or 0,
            cycle=finding.cycle,
            version=0,
            saved_at=one.now,
            saved_by=one.account_id,
            **said,
        )
    row.submitted_at, row.submitted_by = one.now, one.account_id
    row.version += 1
    one.session.add(row)
    one.fields = {**one.fields, "evidence": [proof.uuid for proof in proofs]}
    one.values["review_opened_at"] = None


def recall(one: Move) -> None:
    _check_open(one)
    row = _rectification(one)
    assert row
    row.submitted_at, row.submitted_by = None, None
    row.version += 1
    one.session.add(row)


def send_back(one: Move) -> None:
    """return, reopen: a new cycle with a due date that a person named.

    While a finding is open somebody answers for its branch; once all was closed, the last one may have gone.
    """
    if one.step.action == "reopen" and not has_lead(one.session, one.finding.organisation_id):
        raise RoundsError("finding.no_lead")
    one.values |= _asked_again(one) | {"closed_at": None, "reviewer_id": one.account_id}


def request_reinspection(one: Move) -> None:
    if one.fields["planned_on"] < deadlines.day_of(one.now):
        raise RoundsError("due.past")
    team = one.fields["team"]
    looks.check_team(one.session, team, one.finding.organisation_id)
    row = Reinspection(
        finding_id=one.finding.id or 0,
        cycle=one.finding.cycle,
        planned_on=one.fields["planned_on"],
        asked_at=one.now,
        asked_by=one.account_id,
    )
    one.session.add(row)
    one.session.flush()
    looks.place(one.work, row, one.finding, team)
    one.values["reviewer_id"] = one.account_id


def reinspected(one: Move) -> None:
    """pass or fail: what the supervisor saw on the spot, handed in with the visit or told before anybody began it."""
    row = _standing_look(one)
    looks.check_not_begun(one.session, row)
    row.result, row.comment = one.step.action, one.fields["comment"]
    row.done_at, row.done_by = one.now, one.account_id
    one.session.add(row)
    looks.leave(one.work, row)
    one.fields = {**one.fields, "photos": [photo.uuid for photo in one.fields["photos"]]}
    if one.step.action == "fail":
        one.values |= _asked_again(one)


def cancel_reinspection(one: Move) -> None:
    row = _standing_look(one)
    row.result, row.comment = "cancelled", one.fields["reason"]
    row.done_at, row.done_by = one.now, one.account_id
    one.session.add(row)
    looks.leave(one.work, row)


def _standing_look(one: Move) -> Reinspection:
    query = select(Reinspection).where(Reinspection.finding_id == one.finding.id, Reinspection.result == "")
    return one.session.exec(query.order_by(col(Reinspection.id).desc()).limit(1)).one()


def accept(one: Move) -> None:
    one.values |= {"closed_at": one.now, "reviewer_id": one.account_id}


def _rectification(one: Move) -> Rectification | None:
    query = select(Rectification).where(Rectification.finding_id == one.finding.id)
    return one.session.exec(query.where(Rectification.cycle == one.finding.cycle)).first()


def _evidence(one: Move, subject: str) -> list[Evidence]:
    query = select(Evidence).where(
        Evidence.finding_id == one.finding.id,
        Evidence.cycle == one.finding.cycle,
        Evidence.subject == subject,
        col(Evidence.removed_at).is_(None),
    )
    return list(one.session.exec(query.order_by(col(Evidence.received_at), col(Evidence.uuid))).all())


def _due(one: Move, due_at: dt.datetime) -> dict[str, Any]:
    return {"due_at": due_at, "due_estimated": deadlines.is_estimated(one.now, due_at, one.calendar)}


def _stated(one: Move) -> dict[str, Any]:
    return _due(one, deadlines.stated_due(one.fields["due_on"], one.now, one.calendar))


def _asked_again(one: Move) -> dict[str, Any]:
    """The stated due date; what was corrected on the spot is asked of the branch for the first time, with a number."""
    if one.finding.number:
        return _stated(one)
    hold_series(one.work, "notice")
    number = next(finding_numbers(one.work, one.finding.round_id, one.finding.organisation_id))
    return _stated(one) | {"number": number}


def _check_open(one: Move) -> None:
    refusal = barred(one.session, one.finding, one.step.action, one.now)
    if refusal:
        raise refusal


def _paused(one: Move, base: dt.datetime | None) -> dict[str, Any]:
    """The due date moved by the department's time; an extension that was granted stays; a named day counts instead."""
    if one.fields.get("due_on"):
        return _stated(one)
    finding = one.finding
    granted = select(Extension).where(
        Extension.finding_id == finding.id, Extension.cycle == finding.cycle, col(Extension.granted).is_(True)
    )
    extension = one.session.exec(granted).first()
    base = base or deadlines.due(one.now, finding.severity, one.calendar)
    if extension:
        base = max(base, deadlines.end_of(extension.new_day))
    return _due(one, deadlines.due_after_pause(base, finding.state_since or one.now, one.now, one.calendar))


EFFECTS: dict[str, Effect] = {
    "merge": Effect(merge),
    "withdraw": Effect(withdraw),
    "issue": Effect(issue),
    "acknowledge": Effect(acknowledge),
    "deem_acknowledged": Effect(acknowledge),
    "object": Effect(object_, lambda one: {"evidence": [proof.uuid for proof in _evidence(one, "objection")]}),
    "uphold": Effect(decide_objection),
    "adjust": Effect(decide_objection),
    "overrule": Effect(decide_objection),
    "request_support": Effect(request_support),
    "answer": Effect(answer_support),
    "submit": Effect(submit, gather_answer),
    "recall": Effect(recall),
    "return": Effect(send_back),
    "reopen": Effect(send_back),
    "request_reinspection": Effect(request_reinspection),
    "cancel_reinspection": Effect(cancel_reinspection),
    "pass": Effect(reinspected, lambda one: {"photos": _evidence(one, "reinspection")}),
    "fail": Effect(reinspected, lambda one: {"photos": _evidence(one, "reinspection")}),
    "accept": Effect(accept),
}
