"""Delegation to a hall: to a manager's account, or by a one-purpose link with an expiry for a phone.

Whoever holds the link writes the rectification of that one finding and can do nothing else (`linked`); the branch
submits.
"""

import datetime as dt
import hashlib
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, select

from audit.config import Settings
from audit.db.engine import Database
from audit.db.models import Account, Delegation, Finding, Grant
from audit.domain.permissions import Actor, Role, Scope
from audit.errors import RoundsError
from audit.services import values
from audit.services.loop.reach import finding_for, in_force, readable
from audit.services.loop.rectifying import WRITABLE, read_answer
from audit.services.work import Work, unit_of_work

DELEGABLE = ("issued", *WRITABLE)
SHORTEST, LONGEST = dt.timedelta(hours=1), dt.timedelta(days=14)


@dataclass(frozen=True)
class Link:
    """A link just given out: the token is shown this once and kept nowhere."""

    delegation_id: int
    token: str
    expires_at: dt.datetime


def delegate(db: Database, actor: Actor, finding_id: int, account_id: int, note: str = "") -> int:
    """Let a manager of the outlet write the rectification; doing it again changes nothing. Returns the delegation's id.

    Raises `delegation.account`, `wrong_state`.
    """
    with unit_of_work(db, actor) as work:
        return _delegate(work, actor, finding_id, account_id, note)


def delegate_all(db: Database, actor: Actor, finding_ids: Collection[int], account_id: int, note: str = "") -> None:
    """Let a manager write all of these, or none of them where one is refused. Raises as `delegate`."""
    with unit_of_work(db, actor) as work:
        for finding_id in sorted(finding_ids):
            _delegate(work, actor, finding_id, account_id, note)


def unwritten(db: Database, actor: Actor, finding_id: int) -> Sequence[int]:
    """The other findings of the same hall that can be delegated and that nobody there writes yet."""
    with db.read() as session:
        finding = finding_for(session, actor, "finding.answer", finding_id).finding
        given = select(Delegation.finding_id).where(*in_force())
        query = select(Finding.id).where(
            Finding.outlet_id == finding.outlet_id, Finding.organisation_id == finding.organisation_id,
            Finding.id != finding_id, col(Finding.state).in_(DELEGABLE), col(Finding.id).not_in(given),
            readable(actor, "finding.answer"),
        )  # fmt: skip
        return [number or 0 for number in session.exec(query.order_by(col(Finding.id))).all()]


def _delegate(work: Work, actor: Actor, finding_id: int, account_id: int, note: str) -> int:
    finding = _to_delegate(work.session, actor, finding_id)
    manager = (
        select(Account.id)
        .join(Grant, col(Grant.account_id) == Account.id)
        .where(Account.id == account_id, col(Account.active), Grant.role == Role.HALL)
        .where(Grant.scope_kind == Scope.OUTLET, Grant.scope_id == finding.outlet_id)
    )
    if work.session.exec(manager).first() is None:
        raise RoundsError("delegation.account")
    standing = select(Delegation).where(
        Delegation.finding_id == finding_id, Delegation.account_id == account_id, col(Delegation.revoked_at).is_(None)
    )
    row = work.session.exec(standing).first()
    if row is None:
        row = Delegation(
            finding_id=finding_id, account_id=account_id, note=values.line("note", note, 400), given_at=work.now,
            given_by=actor.account_id,
        )  # fmt: skip
        work.session.add(row)
        work.session.flush()
        work.record("finding.delegated", "finding", finding_id, delegation_id=row.id, account_id=account_id)
    return row.id or 0


def make_link(db: Database, actor: Actor, finding_id: int, valid: dt.timedelta, note: str = "") -> Link:
    """A link by which somebody without an account writes the answer. Raises `delegation.expiry`, `wrong_state`."""
    if not SHORTEST <= valid <= LONGEST:
        raise RoundsError("delegation.expiry")
    token = secrets.token_urlsafe(32)
    with unit_of_work(db, actor) as work:
        _to_delegate(work.session, actor, finding_id)
        row = Delegation(
            finding_id=finding_id, token_sha256=stored(token), note=values.line("note", note, 400), given_at=work.now,
            given_by=actor.account_id, expires_at=work.now + valid,
        )  # fmt: skip
        work.session.add(row)
        work.session.flush()
        work.record("finding.link_given", "finding", finding_id, delegation_id=row.id, expires_at=str(row.expires_at))
        return Link(row.id or 0, token, work.now + valid)


def link_address(settings: Settings, token: str) -> str:
    """The address that a link is: what stands behind the # is never sent to a server."""
    return f"{settings.public_url.rstrip('/')}/link#{token}"


def revoke(db: Database, actor: Actor, delegation_id: int) -> None:
    """Take a delegation back; doing it again changes nothing. Raises `not_found`."""
    with unit_of_work(db, actor) as work:
        row = work.session.get(Delegation, delegation_id)
        if row is None:
            raise RoundsError("not_found")
        finding_for(work.session, actor, "finding.answer", row.finding_id, lock=True)
        if row.revoked_at is None:
            row.revoked_at = work.now
            work.session.add(row)
            work.record("finding.delegation_revoked", "finding", row.finding_id, delegation_id=delegation_id)


def delegations(db: Database, actor: Actor, finding_id: int) -> Sequence[Delegation]:
    """To whom a finding was delegated, the newest first."""
    with db.read() as session:
        finding_for(session, actor, "finding.answer", finding_id)
        query = select(Delegation).where(Delegation.finding_id == finding_id)
        return session.exec(query.order_by(col(Delegation.id).desc())).all()


def own(db: Database, actor: Actor, finding_id: int) -> Delegation | None:
    """By what a hall manager writes the finding's answer; None for whoever does without a delegation."""
    with db.read() as session:
        finding_for(session, actor, "finding.fill", finding_id)
        return _own(session, actor, finding_id)


def hand_over(db: Database, actor: Actor, finding_id: int) -> None:
    """The manager has written the answer: the branch is told. Doing it again in the same cycle changes nothing.

    Raises `required`, `wrong_state`, and `not_found` without a delegation.
    """
    with unit_of_work(db, actor) as work:
        finding = finding_for(work.session, actor, "finding.fill", finding_id, lock=True).finding
        row = _own(work.session, actor, finding_id)
        if row is None:
            raise RoundsError("not_found")
        if row.handed_over_cycle != finding.cycle:
            give_back(work, finding, row)


def give_back(work: Work, finding: Finding, row: Delegation) -> None:
    """Note that a delegation has done its work in this cycle, for whoever reached both and holds the finding's row."""
    if finding.state not in WRITABLE:
        raise RoundsError("wrong_state", state=finding.state)
    answer = read_answer(work.session, finding)
    if not answer.values["correction"] and not answer.evidence:
        raise RoundsError("required", field="correction")
    row.handed_over_at, row.handed_over_cycle = work.now, finding.cycle
    work.session.add(row)
    work.record("finding.handed_over", "finding", finding.id, delegation_id=row.id)


def _own(session: Session, actor: Actor, finding_id: int) -> Delegation | None:
    mine = select(Delegation).where(
        Delegation.finding_id == finding_id,
        Delegation.account_id == actor.account_id,
        col(Delegation.revoked_at).is_(None),
    )
    return session.exec(mine).first()


def _to_delegate(session: Session, actor: Actor, finding_id: int) -> Finding:
    finding = finding_for(session, actor, "finding.answer", finding_id, lock=True).finding
    if finding.state not in DELEGABLE:
        raise RoundsError("wrong_state", state=finding.state)
    return finding


def stored(token: str) -> str:
    """What the database keeps of a link's token."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
