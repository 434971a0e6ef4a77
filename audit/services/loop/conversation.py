"""The conversation on a finding: comments and state changes in one timeline, and who has seen it."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlmodel import Session, col, select

from audit.db.engine import Database
from audit.db.models import Account, Comment, Event, Evidence, Grant, Seen
from audit.db.upsert import insert_missing
from audit.domain.namesakes import told_apart
from audit.domain.permissions import Actor
from audit.errors import RoundsError
from audit.services import values
from audit.services.loop import reach
from audit.services.loop.fields import TEXT_LIMIT
from audit.services.loop.reach import finding_for
from audit.services.loop.replies import check_listener
from audit.services.sign_in import actor_from
from audit.services.work import unit_of_work

MOST_MENTIONS = 20
COMMENTED = ("finding.commented", "finding.commented_by_link")  # told by the comments themselves
PRIVATE = (
    "finding.drafted", "finding.redrafted", "finding.draft_changed", "finding.merged_here", "finding.link_used",
)  # fmt: skip
WROTE = "rectification.saved"  # somebody wrote on the answer: told once for each author and cycle


@dataclass(frozen=True)
class Entry:
    """One line of the timeline: a comment (`verb` "comment", with its `text`) or a change with what was said.

    With a `delegation_id` in `data` it came through a link (without `account_id`; `name` is then what they gave), or is
    read there too.
    """

    at: dt.datetime
    account_id: int | None
    name: str
    verb: str
    data: Mapping[str, Any] = field(default_factory=dict)
    text: str = ""
    mentions: tuple[int, ...] = ()
    photos: tuple[str, ...] = ()


@dataclass(frozen=True)
class Viewer:
    """Who looked at a finding, and when last."""

    account_id: int
    name: str
    seen_at: dt.datetime


def say(
    db: Database,
    actor: Actor,
    finding_id: int,
    text: str,
    mentions: Sequence[int] = (),
    photos: Sequence[str] = (),
    listener: int | None = None,
) -> int:
    """Comment on a finding; returns the comment's id.

    `mentions`: accounts that may read the finding too; `photos`: those the actor sent for a comment (`unsaid`), or
    other evidence of this finding; `listener`: the link (`replies.listeners`) whose holder reads it too.
    Raises `required`, `too_long`, `invalid`, `delegation.ended`.
    """
    said = values.text("text", text, TEXT_LIMIT, required=True)
    with unit_of_work(db, actor) as work:
        finding_for(work.session, actor, "finding.comment", finding_id)
        if listener is not None:
            check_listener(work.session, actor, finding_id, listener)
        row = Comment(
            finding_id=finding_id, account_id=actor.account_id, delegation_id=listener, text=said, said_at=work.now,
            mentions=_mentioned(work.session, finding_id, mentions), photos=_shown(work.session, finding_id, photos),
        )  # fmt: skip
        work.session.add(row)
        work.session.flush()
        by_link = {"delegation_id": listener} if listener is not None else {}
        work.record("finding.commented", "finding", finding_id, comment_id=row.id, mentions=row.mentions, **by_link)
        return row.id or 0


def unsaid(db: Database, actor: Actor, finding_id: int) -> list[Evidence]:
    """The photos that the actor sent for a comment which is not said yet, in the order they came."""
    with db.read() as session:
        finding_for(session, actor, "finding.comment", finding_id)
        query = select(Evidence).where(
            Evidence.finding_id == finding_id, Evidence.subject == "comment", Evidence.account_id == actor.account_id,
            col(Evidence.removed_at).is_(None),
        )  # fmt: skip
        rows = session.exec(query.order_by(col(Evidence.received_at), col(Evidence.uuid))).all()
        said = spoken_of(session, finding_id) if rows else set()
        return [row for row in rows if row.uuid not in said]


def spoken_of(session: Session, finding_id: int) -> set[str]:
    """The photos that comments on a finding show."""
    shown = session.exec(select(Comment.photos).where(Comment.finding_id == finding_id)).all()
    return {uuid for photos in shown for uuid in photos}


def see(db: Database, actor: Actor, finding_id: int) -> None:
    """Note that the actor has looked at a finding."""
    with db.read() as session:
        finding_for(session, actor, "finding.read", finding_id)
    with unit_of_work(db, actor) as work:
        key = {"finding_id": finding_id, "account_id": actor.account_id}
        if not insert_missing(work.session, Seen, [{**key, "seen_at": work.now}]):
            row = work.session.get_one(Seen, (finding_id, actor.account_id))
            row.seen_at = work.now
            work.session.add(row)


def seen_by(db: Database, actor: Actor, finding_id: int) -> list[Viewer]:
    """Who has looked at a finding, the latest first."""
    with db.read() as session:
        finding_for(session, actor, "finding.read", finding_id)
        query = select(Seen, Account.name).join(Account, col(Account.id) == Seen.account_id)
        rows = session.exec(query.where(Seen.finding_id == finding_id).order_by(col(Seen.seen_at).desc())).all()
        return [Viewer(seen.account_id, name, seen.seen_at) for seen, name in rows]


def readers(db: Database, actor: Actor, finding_id: int) -> dict[int, str]:
    """Whom a comment may mention, account id → name: all others who may read the finding now, by name."""
    with db.read() as session:
        access = finding_for(session, actor, "finding.read", finding_id)
        query = (
            select(Account.id, Account.name, Account.sign_in_name)
            .join(Grant, col(Grant.account_id) == Account.id)
            .where(reach.readers(access), col(Account.active), Account.id != actor.account_id)
            .distinct()
        )
        return told_apart(session.exec(query.order_by(Account.name, col(Account.id))).all())


def history(db: Database, actor: Actor, finding_id: int) -> list[Entry]:
    """State changes and comments in the order they happened. Raises `forbidden` and `not_found`.

    The photos of a comment stand with it and are no lines of their own.
    """
    with db.read() as session:
        finding = finding_for(session, actor, "finding.read", finding_id).finding
        names: dict[int | None, str] = dict(session.exec(select(Account.id, Account.name)).all())
        events = session.exec(
            select(Event)
            .where(Event.subject_kind == "finding", Event.subject_id == str(finding.id))
            .where(col(Event.verb).not_in((*PRIVATE, *COMMENTED)))
            .order_by(col(Event.seq))
        ).all()
        comments = session.exec(select(Comment).where(Comment.finding_id == finding_id).order_by(col(Comment.id))).all()
    events = _each_author_once(events)
    entries = [
        Entry(row.at, row.account_id, "" if row.data.get("system") else names.get(row.account_id, ""), row.verb,
              row.data)
        for row in events
        if row.data.get("subject") != "comment"
    ] + [
        Entry(
            row.said_at, row.account_id, row.name or names.get(row.account_id, ""), "comment",
            {"delegation_id": row.delegation_id} if row.delegation_id else {}, row.text, tuple(row.mentions),
            tuple(row.photos),
        )
        for row in comments
    ]  # fmt: skip
    return sorted(entries, key=lambda entry: entry.at)


def _each_author_once(events: Sequence[Event]) -> list[Event]:
    """Without the repetitions of `WROTE`, of which histories from before they were left out hold dozens."""
    kept: dict[Any, Event] = {}
    for row in events:
        author = (row.account_id, row.data.get("delegation_id"), row.data.get("cycle"))
        kept.setdefault(author if row.verb == WROTE else row.seq, row)
    return list(kept.values())


def _mentioned(session: Session, finding_id: int, account_ids: Sequence[int]) -> list[int]:
    wanted = list(dict.fromkeys(account_ids))
    if len(wanted) > MOST_MENTIONS:
        raise RoundsError("invalid", field="mentions")
    for account_id in wanted:
        account = session.get(Account, account_id)
        try:
            if account is None or not account.active:
                raise RoundsError("not_found")
            finding_for(session, actor_from(session, account), "finding.read", finding_id)
        except RoundsError:
            raise RoundsError("invalid", field="mentions") from None
    return wanted


def _shown(session: Session, finding_id: int, uuids: Sequence[str]) -> list[str]:
    wanted = list(dict.fromkeys(uuids))
    query = select(Evidence.uuid).where(
        col(Evidence.uuid).in_(wanted), Evidence.finding_id == finding_id, col(Evidence.removed_at).is_(None)
    )
    if set(session.exec(query).all()) != set(wanted):
        raise RoundsError("invalid", field="photos")
    return wanted
