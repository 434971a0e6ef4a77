"""What the branch answers to the holder of a one-purpose link: a comment that names the link is read on its page too.

The holder reads what was said through the link and these answers, and nothing else of the conversation.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, select

from audit.db.engine import Database
from audit.db.models import Comment, Delegation
from audit.domain.permissions import Actor
from audit.errors import RoundsError
from audit.services import clock
from audit.services.loop.reach import finding_for


@dataclass(frozen=True)
class Listener:
    """The holder of a link that opens. `name`: what they last gave, "" before they said anything.

    `asks`: whether the last comment on the finding is theirs.
    """

    delegation_id: int
    name: str
    note: str
    asks: bool


def listeners(db: Database, actor: Actor, finding_id: int) -> list[Listener]:
    """Whom the branch may answer by link, the newest link first. Raises `forbidden` and `not_found`."""
    with db.read() as session:
        finding_for(session, actor, "finding.answer", finding_id)
        query = select(Delegation).where(Delegation.finding_id == finding_id, *_opening())
        rows = session.exec(query.order_by(col(Delegation.id).desc())).all()
        said = session.exec(select(Comment).where(Comment.finding_id == finding_id).order_by(col(Comment.id))).all()
    own = {one.delegation_id: one for one in said if one.account_id is None}
    return [
        Listener(row.id or 0, own[row.id].name if row.id in own else "", row.note,
                 bool(said) and said[-1] is own.get(row.id))
        for row in rows
    ]  # fmt: skip


def check_listener(session: Session, actor: Actor, finding_id: int, delegation_id: int) -> None:
    """Whether the actor may answer by this link. Raises `forbidden`, `not_found`, and `delegation.ended`."""
    finding_for(session, actor, "finding.answer", finding_id)
    row = session.get(Delegation, delegation_id)
    if row is None or row.finding_id != finding_id or row.token_sha256 is None:
        raise RoundsError("not_found")
    standing = select(Delegation.id).where(Delegation.id == delegation_id, *_opening())
    if session.exec(standing).first() is None:
        raise RoundsError("delegation.ended")


def talk(session: Session, delegation_id: int) -> Sequence[Comment]:
    """What was said through a link (without an account) and answered to it, in the order it was said."""
    query = select(Comment).where(Comment.delegation_id == delegation_id)
    return session.exec(query.order_by(col(Comment.id))).all()


def _opening() -> tuple[ColumnElement[bool], ...]:
    return (
        col(Delegation.token_sha256).is_not(None),
        col(Delegation.revoked_at).is_(None),
        col(Delegation.expires_at) > clock.now(),
    )
