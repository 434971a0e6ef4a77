"""The only writer of a finding's state: permission, scope, transition, required fields, change and event in one go."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import update as change_rows
from sqlmodel import Session, col

from audit.db.engine import Database
from audit.db.models import Finding
from audit.domain.deadlines import working_seconds
from audit.domain.loop import PERMISSION_OF_ROLE, Step, check_supplied, clock_of, role_of, step_for
from audit.domain.permissions import Actor, Role
from audit.errors import RoundsError
from audit.services.calendar import WorkingDays, calendar_of
from audit.services.loop.effects import EFFECTS
from audit.services.loop.fields import checked
from audit.services.loop.reach import FindingAccess, finding_for
from audit.services.loop.rectifying import rectified_by
from audit.services.work import Work, unit_of_work

BY_NOTICE = ("issue", "acknowledge", "deem_acknowledged")  # these move a whole notice, never one finding alone
JUDGING = ("accept", "return", "request_reinspection", "pass", "fail", "reopen", "uphold", "adjust", "overrule")


@dataclass
class Move:
    """One step of one finding on its way; effects read it and add to `values` what the row shall say."""

    work: Work
    finding: Finding
    step: Step
    fields: Mapping[str, Any]
    calendar: WorkingDays
    actor_id: int | None
    values: dict[str, Any] = field(default_factory=dict)

    @property
    def session(self) -> Session:
        return self.work.session

    @property
    def now(self) -> dt.datetime:
        return self.work.now

    @property
    def account_id(self) -> int:
        """Whoever acts; a person's step is never taken by the system."""
        if self.actor_id is None:
            raise RoundsError("forbidden")
        return self.actor_id


def apply(db: Database, actor: Actor, finding_id: int, action: str, expected_version: int, **fields: Any) -> Finding:
    """Do one action of the table with one finding; returns it as it is afterwards.

    Raises `forbidden`, `not_found`, `stale` (with the present `state` and `version`), `wrong_state`, `required`,
    `invalid` (no such action, or one that moves a whole notice), and what the action itself refuses.
    """
    with unit_of_work(db, actor) as work:
        return act(work, actor, finding_id, action, expected_version, **fields)


def act(work: Work, actor: Actor, finding_id: int, action: str, expected_version: int, **fields: Any) -> Finding:
    """Like `apply`, within a unit of work."""
    role = role_of(action)
    if role is None:
        raise RoundsError("forbidden")
    access = finding_for(work.session, actor, PERMISSION_OF_ROLE[role], finding_id, lock=True)
    if action in BY_NOTICE:
        raise RoundsError("invalid", field="action")
    if access.finding.version != expected_version:
        raise changed(access.finding)
    if access.visit.state != "accepted":
        raise RoundsError("wrong_state", state=access.finding.state)
    _check_fair(work.session, actor, access, action, role)
    return move(work, access.finding, action, fields, calendar_of(work.session))


def move(work: Work, finding: Finding, action: str, fields: Mapping[str, Any], calendar: WorkingDays) -> Finding:
    """Take a step whose permission was checked. Raises `wrong_state`, `required`, `stale`."""
    step = step_for(finding.state, action)
    actor_id = (work.actor.account_id or None) if work.actor and step.role else None
    one = Move(work, finding, step, {**fields, **checked(fields)}, calendar, actor_id)
    effect = EFFECTS.get(action)
    supplied = dict(effect.gather(one)) if effect and effect.gather else {}
    one.fields = {**one.fields, **supplied}
    check_supplied(step, finding.severity, finding.repeat, one.fields)
    if effect and effect.change:
        effect.change(one)
    before = {"state": finding.state, "due_at": finding.due_at, "severity": finding.severity}
    _write(one)
    told = {name: [_plain(old), _plain(getattr(finding, name))] for name, old in before.items()}
    said = {name: _plain(one.fields[name]) for name in (*step.needs, "comment") if one.fields.get(name) is not None}
    system = {} if step.role else {"system": True}
    work.record(
        f"finding.{action}", "finding", finding.id, cycle=finding.cycle, said=said, **system,
        **{name: pair for name, pair in told.items() if pair[0] != pair[1]},
    )  # fmt: skip
    return finding


def changed(finding: Finding) -> RoundsError:
    """Somebody else was first: says how the finding stands now."""
    return RoundsError("stale", state=finding.state, version=finding.version)


def bump(work: Work, finding: Finding, **values: Any) -> None:
    """Change what is no state, on condition that nobody changed the row meanwhile. Raises `stale`."""
    _update(work, finding, finding.state, values)


def _write(one: Move) -> None:
    step, finding = one.step, one.finding
    again = {"cycle": finding.cycle + 1, "review_opened_at": None} if step.again else {}
    values = {"state": step.target, "state_since": one.now, **_time(one), **again, **one.values}
    _update(one.work, finding, step.source, values)


def _time(one: Move) -> dict[str, Any]:
    """The working time that the state took which ends now, on the account of whoever had the finding in it."""
    finding = one.finding
    spent: dict[str, Any] = {"answered_at": one.now} if one.step.action == "submit" else {}
    name = {"branch": "branch_seconds", "department": "department_seconds"}.get(clock_of(finding.state))
    if name is None:
        return spent
    seconds = working_seconds(finding.state_since or finding.created_at, one.now, one.calendar)
    return {**spent, name: getattr(finding, name) + round(seconds)}


def _update(work: Work, finding: Finding, state: str, values: Mapping[str, Any]) -> None:
    work.session.flush()
    done = work.session.execute(
        change_rows(Finding)
        .where(col(Finding.id) == finding.id, col(Finding.version) == finding.version, col(Finding.state) == state)
        .values(version=finding.version + 1, **values)
        .execution_options(synchronize_session=False)
    )
    work.session.refresh(finding)
    if not done.rowcount:  # type: ignore[attr-defined]
        raise changed(finding)


def _check_fair(session: Session, actor: Actor, access: FindingAccess, action: str, role: Role) -> None:
    """Nobody reviews what they rectified, and nobody judges their own branch."""
    if action not in JUDGING:
        return
    finding = access.finding
    if actor.organisation_id == finding.organisation_id:
        raise RoundsError("finding.own_branch")
    if role is not Role.BRANCH and rectified_by(session, finding.id or 0, actor.account_id):
        raise RoundsError("finding.own_rectification")


def _plain(value: Any) -> Any:
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).isoformat()
    if isinstance(value, dt.date):
        return value.isoformat()
    return list(value) if isinstance(value, tuple | set | frozenset) else value
