"""Escalation: what the clock tells whom when a finding is overdue, and the leader's decision on what is proposed.

Each step is a row, once for a finding and a due day, written with its event: the worker may be killed at any moment.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import false
from sqlalchemy import select as select_rows
from sqlmodel import Session, col, select
from sqlmodel import update as change_rows

from audit.db.engine import Database
from audit.db.models import Account, Escalation, Finding, Organisation, Outlet
from audit.db.upsert import insert_missing
from audit.domain.deadlines import ZONE, day_of, days_left
from audit.domain.loop import ESCALATIONS, REPEATS_FOR_INTERVIEW, STAGE_STATES, escalation
from audit.domain.loop import Escalation as Step
from audit.domain.permissions import Actor, Role, Scope, authorise_somewhere
from audit.domain.register import ASKED
from audit.errors import RoundsError
from audit.services import clock, values
from audit.services.calendar import calendar_of
from audit.services.loop.fields import TEXT_LIMIT
from audit.services.loop.reach import finding_for, readable
from audit.services.values import PAGE_SIZE, Slice
from audit.services.work import unit_of_work

REPEATS = "repeats"  # the step that is reached by repeats, not by days
ACCEPTED, DECLINED = "accepted", "declined"
OVERTAKEN = "overtaken"  # nobody decided before a graver step was reached
NAMED = (Finding.number, Finding.item_code, Finding.clause_zh, Finding.clause_en, Finding.observation,
         Outlet.code, Outlet.name_zh, Outlet.name_en, Organisation.name_zh, Organisation.name_en)  # fmt: skip
UNDECIDED = (  # of an escalation joined with its finding: a leader may decide it
    col(Escalation.proposal) != "", col(Escalation.decision) == "", col(Finding.state).not_in(STAGE_STATES["done"]),
)  # fmt: skip
GRAVITY = tuple(entry.proposal for entry in ESCALATIONS if entry.proposal)


@dataclass(frozen=True)
class Proposed:
    """A step with its finding. `open`: nobody has decided, and the finding is not done with."""

    escalation: Escalation
    finding: Finding
    outlet: Outlet
    organisation: Organisation
    decided_by: str
    open: bool


def escalate(db: Database, now: dt.datetime | None = None) -> int:
    """Take every finding to the step that it has reached by now; returns how many steps were new."""
    now = now or clock.now()
    with db.read() as session:
        reached = _reached(session, now)
    return sum(_take(db, now, row) for row in reached)


def may_decide(actor: Actor) -> bool:
    """Whether the actor decides what is proposed: a leader of the city, for nobody decides on their own branch."""
    return any(grant.role is Role.LEADER and grant.scope is Scope.CITY for grant in actor.grants)


def decide(db: Database, actor: Actor, escalation_id: int, accept: bool, comment: str = "") -> None:
    """A leader accepts or declines (with a comment) what is proposed.

    Raises `forbidden`, `not_found`, `required`, `stale` when somebody else decided, `wrong_state` when the finding is
    done with.
    """
    authorise_somewhere(actor, "escalation.decide")
    if not may_decide(actor):
        raise RoundsError("forbidden")
    comment = values.text("comment", comment, TEXT_LIMIT, required=not accept)
    with unit_of_work(db, actor) as work:
        row = work.session.get(Escalation, escalation_id)
        if row is None or not row.proposal:
            raise RoundsError("not_found")
        finding = finding_for(work.session, actor, "finding.read", row.finding_id, lock=True).finding
        if finding.state in STAGE_STATES["done"]:
            raise RoundsError("wrong_state", state=finding.state)
        decision = ACCEPTED if accept else DECLINED
        done = work.session.exec(
            change_rows(Escalation)
            .where(col(Escalation.id) == escalation_id, col(Escalation.decision) == "")
            .values(decision=decision, comment=comment, decided_at=work.now, decided_by=actor.account_id)
        )
        if not done.rowcount:
            raise RoundsError("stale")
        work.record(
            f"escalation.{decision}", "finding", row.finding_id, escalation_id=escalation_id, proposal=row.proposal,
            comment=comment,
        )  # fmt: skip


def of_finding(db: Database, actor: Actor, finding_id: int) -> list[Proposed]:
    """What was proposed for a finding and what became of it, in order. Raises `forbidden` and `not_found`."""
    with db.read() as session:
        finding_for(session, actor, "finding.read", finding_id)
        rows = session.execute(_rows().where(col(Escalation.finding_id) == finding_id)).all()
    return [_proposed(row) for row in rows]


def find(
    db: Database, actor: Actor, decided: bool = False, page: int = 1, size: int = PAGE_SIZE, search: str = "",
    proposal: str = "", month: str = "",
) -> Slice:  # fmt: skip
    """A page of `Proposed` that waits for a decision, the longest overdue first; or of those that were decided.

    `proposal`: what was proposed; `month`: when it was decided, as 2026-11. Codes that do not exist find nothing.
    """
    authorise_somewhere(actor, "escalation.read")
    query = _rows().where(readable(actor), *values.matches(search, *NAMED), *_within(month))
    if proposal:
        query = query.where(col(Escalation.proposal) == proposal)
    if decided:
        query = query.where(col(Escalation.decision).in_((ACCEPTED, DECLINED))).order_by(None)
        query = query.order_by(col(Escalation.decided_at).desc())
    else:
        query = query.where(*UNDECIDED).order_by(None).order_by(col(Escalation.due_on), col(Escalation.id))
    with db.read() as session:
        found = values.slice_of(session, query, page, size)
    return Slice(tuple(_proposed(row) for row in found.rows), found.total, found.page, found.size)


def months(db: Database, actor: Actor) -> list[str]:
    """The months (2026-11) in Shanghai in which something was decided that the actor may read, the newest first."""
    authorise_somewhere(actor, "escalation.read")
    query = select_rows(col(Escalation.decided_at)).join(Finding, col(Finding.id) == Escalation.finding_id)
    with db.read() as session:
        found = session.execute(query.where(readable(actor), col(Escalation.decided_at).is_not(None))).scalars()
        return sorted({day_of(at).isoformat()[:7] for at in found}, reverse=True)


def _within(month: str) -> list[Any]:
    """That it was decided in a month; nothing for none."""
    if not month:
        return []
    try:
        first = dt.date.fromisoformat(f"{month}-01")
    except ValueError:
        return [false()]
    following = (first + dt.timedelta(days=31)).replace(day=1)
    begins, ends = (dt.datetime.combine(day, dt.time(), ZONE).astimezone(dt.UTC) for day in (first, following))
    return [col(Escalation.decided_at) >= begins, col(Escalation.decided_at) < ends]


def _rows() -> Any:
    return (
        select_rows(Escalation, Finding, Outlet, Organisation, col(Account.name))
        .join(Finding, col(Finding.id) == Escalation.finding_id)
        .join(Outlet, col(Outlet.id) == Finding.outlet_id)
        .join(Organisation, col(Organisation.id) == Finding.organisation_id)
        .outerjoin(Account, col(Account.id) == Escalation.decided_by)
        .where(col(Escalation.proposal) != "")
        .order_by(col(Escalation.id))
    )


def _proposed(row: Any) -> Proposed:
    step, finding, outlet, organisation, name = row
    waits = not step.decision and finding.state not in STAGE_STATES["done"]
    return Proposed(step, finding, outlet, organisation, name or "", waits)


def _reached(session: Session, now: dt.datetime) -> list[dict[str, Any]]:
    """The steps that findings have reached and that are no rows yet."""
    calendar = calendar_of(session)
    asked = select(Finding).where(col(Finding.state).in_(ASKED)).order_by(col(Finding.due_at), col(Finding.id))
    steps: list[tuple[Finding, str, dt.date, Step | None]] = []
    for finding in session.exec(asked.where(col(Finding.due_at) < now)).all():
        if finding.due_at:
            step = escalation(-days_left(now, finding.due_at, calendar))
            steps.append((finding, str(step.days_over) if step else "", day_of(finding.due_at), step))
    for finding in session.exec(asked.where(col(Finding.repeat))).all():
        times = _times(session, finding)
        if times >= REPEATS_FOR_INTERVIEW:
            steps.append((finding, REPEATS, day_of(finding.issued_at or now), escalation(0, times)))
    rows = select(col(Escalation.finding_id), col(Escalation.step), col(Escalation.due_on))
    rows = rows.join(Finding, col(Finding.id) == Escalation.finding_id).where(col(Finding.state).in_(ASKED))
    standing = set(session.exec(rows).all())
    return [
        {"finding_id": finding.id, "step": name, "due_on": day, "addressed": step.addressed, "proposal": step.proposal}
        for finding, name, day, step in steps
        if step and (finding.id, name, day) not in standing
    ]


def _times(session: Session, finding: Finding) -> int:
    """How often a finding has come back: the length of the chain of those that it repeats."""
    seen: set[int] = set()
    while finding.repeat_of and finding.repeat_of not in seen:
        seen.add(finding.repeat_of)
        finding = session.get_one(Finding, finding.repeat_of)
    return len(seen)


def _take(db: Database, now: dt.datetime, row: Mapping[str, Any]) -> bool:
    """One step in a transaction of its own, unless the finding moved on meanwhile."""
    with unit_of_work(db, None) as work:
        finding = work.session.get(Finding, row["finding_id"], with_for_update=True)
        if finding is None or finding.state not in ASKED:
            return False
        if not insert_missing(work.session, Escalation, [{**row, "at": now, "decision": "", "comment": ""}]):
            return False
        over = -days_left(now, finding.due_at, calendar_of(work.session)) if finding.due_at else 0
        verb = "finding.overdue" if row["addressed"] == "service_lead" else "finding.escalated"
        _overtake(work.session, row)
        told = {name: row[name] for name in ("addressed", "proposal", "step")}
        work.record(verb, "finding", finding.id, system=True, days_over=max(over, 0), **told)
        return True


def _overtake(session: Session, row: Mapping[str, Any]) -> None:
    """What was proposed more mildly of this finding and is undecided: one question to a leader is enough."""
    if row["proposal"]:
        milder = GRAVITY[: GRAVITY.index(row["proposal"])]
        open_ones = (col(Escalation.finding_id) == row["finding_id"], col(Escalation.decision) == "")
        overtaking = change_rows(Escalation).where(*open_ones, col(Escalation.proposal).in_(milder))
        session.exec(overtaking.values(decision=OVERTAKEN))
