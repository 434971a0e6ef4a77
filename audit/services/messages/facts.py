"""What an event is about, as far as messages need it: the thing, where it belongs, and what the text will say."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select as select_rows
from sqlmodel import Session, col, select

from audit.db.models import (
    Account,
    Assignment,
    Comment,
    Event,
    Finding,
    Notice,
    Organisation,
    Outlet,
    Round,
    Visit,
)
from audit.domain.messages import MOST_LINES

SAID_LIMIT = 200  # of what somebody wrote, in a message: the whole stands where the message leads
SAID = ("comment", "reason", "need")
DAYS = ("planned_on", "new_day")


@dataclass(frozen=True)
class Facts:
    """`params` is what the text says; `findings`: those it speaks of; the rest is where to look for people."""

    kind: str
    id: int
    data: Mapping[str, Any]
    params: Mapping[str, Any]
    organisation_id: int | None = None
    finding: Finding | None = None
    notice: Notice | None = None
    round_id: int | None = None
    assignment_id: int | None = None
    findings: tuple[int, ...] = field(default=())


def facts_of(session: Session, event: Event) -> Facts | None:
    """The facts of an event; None for a kind of thing that messages know nothing of, or one that is gone."""
    make = _MAKERS.get(event.subject_kind)
    return make(session, event, int(event.subject_id)) if make and event.subject_id.isdigit() else None


def title_of(finding: Finding) -> list[str]:
    """What a finding is about, in Chinese and English: the clause, or what was seen where none is behind it."""
    seen = finding.observation[:SAID_LIMIT] or finding.item_code
    return [finding.clause_zh or seen, finding.clause_en or finding.clause_zh or seen]


def names(thing: Organisation | Outlet | Round) -> list[str]:
    """A bilingual name as a pair."""
    return [thing.name_zh, thing.name_en or thing.name_zh]


def _finding(session: Session, event: Event, number: int) -> Facts | None:
    query = (
        select_rows(Finding, Outlet, Organisation)
        .join(Outlet, col(Outlet.id) == Finding.outlet_id)
        .join(Organisation, col(Organisation.id) == Finding.organisation_id)
        .where(col(Finding.id) == number)
    )
    row = session.execute(query).first()
    if row is None:
        return None
    finding, outlet, organisation = row
    moved = event.data.get("due_at") or [None, None]
    due = moved[1] or (finding.due_at.isoformat() if finding.due_at else None)
    params = {
        **_said(session, event), "finding": title_of(finding), "outlet": names(outlet), "branch": names(organisation),
        "number": finding.number or "", "due": due,
    }  # fmt: skip
    return Facts(
        "finding", number, event.data, params, finding.organisation_id, finding, round_id=finding.round_id,
        findings=(number,),
    )  # fmt: skip


def _visit(session: Session, event: Event, number: int) -> Facts | None:
    query = (
        select_rows(Visit, Outlet, Organisation)
        .join(Outlet, col(Outlet.id) == Visit.outlet_id)
        .join(Assignment, col(Assignment.id) == Visit.assignment_id)
        .join(Organisation, col(Organisation.id) == Assignment.inspecting_id)
        .where(col(Visit.id) == number)
    )
    row = session.execute(query).first()
    if row is None:
        return None
    visit, outlet, inspecting = row
    params = {
        "day": visit.planned_on.isoformat(), **_said(session, event), "outlet": names(outlet),
        "inspecting": names(inspecting),
    }  # fmt: skip
    return Facts("visit", number, event.data, params, outlet.organisation_id, assignment_id=visit.assignment_id)


def _notice(session: Session, event: Event, number: int) -> Facts | None:
    notice = session.get(Notice, number)
    if notice is None:
        return None
    organisation, round_ = (
        session.get_one(Organisation, notice.organisation_id),
        session.get_one(Round, notice.round_id),
    )
    ids = session.exec(select(Finding.id).where(Finding.notice_id == number).order_by(col(Finding.id))).all()
    params = {
        **_said(session, event), "number": notice.number, "count": len(ids), "branch": names(organisation),
        "round": names(round_),
    }  # fmt: skip
    return Facts(
        "notice", number, event.data, params, notice.organisation_id, notice=notice, round_id=notice.round_id,
        findings=tuple(found or 0 for found in ids),
    )  # fmt: skip


def _round(session: Session, event: Event, number: int) -> Facts | None:
    round_ = session.get(Round, number)
    if round_ is None:
        return None
    return Facts("round", number, event.data, {**_said(session, event), "round": names(round_)}, round_id=number)


def _assignment(session: Session, event: Event, number: int) -> Facts | None:
    row = session.get(Assignment, number)
    if row is None:
        return None
    round_, branch = session.get_one(Round, row.round_id), session.get_one(Organisation, row.inspected_id)
    if round_.state == "draft":  # teams see nothing of it yet
        return None
    params = {**_said(session, event), "round": names(round_), "branch": names(branch)}
    if event.verb == "assignment.announced":
        params |= {"inspecting": names(session.get_one(Organisation, row.inspecting_id)), "days": _days(session, row)}
    return Facts("round", row.round_id, event.data, params, row.inspected_id, round_id=row.round_id,
                 assignment_id=number)  # fmt: skip


def _days(session: Session, assignment: Assignment) -> list[list[str]]:
    """The days of an assignment's visits: the outlet's name in Chinese and English, and the day in ISO."""
    query = select(Visit, Outlet).join(Outlet, col(Outlet.id) == Visit.outlet_id)
    query = query.where(Visit.assignment_id == assignment.id).order_by(col(Visit.planned_on), col(Outlet.code))
    rows = session.exec(query.limit(MOST_LINES)).all()
    return [[*names(outlet), visit.planned_on.isoformat()] for visit, outlet in rows]


_MAKERS: dict[str, Callable[[Session, Event, int], Facts | None]] = {
    "finding": _finding, "visit": _visit, "notice": _notice, "round": _round, "assignment": _assignment,
}  # fmt: skip


def _said(session: Session, event: Event) -> dict[str, Any]:
    """Who acted, what they said, and which day they named."""
    data = event.data
    told = {**data, **(data.get("said") or {})}
    account = session.get(Account, event.account_id) if event.account_id else None
    found: dict[str, Any] = {"who": account.name if account else ""}
    comment = session.get(Comment, data["comment_id"]) if "comment_id" in data else None
    if comment and comment.name:
        found["who"] = comment.name
    text = comment.text if comment else next((str(told[name]) for name in SAID if told.get(name)), "")
    found["said"] = text if len(text) <= SAID_LIMIT else text[: SAID_LIMIT - 1] + "…"
    for name in DAYS:
        if told.get(name):
            found["day"] = told[name][1] if isinstance(told[name], list) else told[name]
    for name, source in (("count", "days_over"), ("count", "critical"), ("proposal", "proposal")):
        if source in data:
            found[name] = data[source]
    return found
