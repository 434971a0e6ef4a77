"""A person's inbox: nobody reaches another's messages, and reading is noted nowhere but here."""

import datetime as dt
from dataclasses import dataclass

from sqlmodel import Session, col, func, select, update

from audit.db.engine import Database
from audit.db.models import Message, MessageSettings
from audit.db.upsert import insert_missing
from audit.domain.messages import DIGEST_HOUR, DIGEST_HOURS, place_of
from audit.domain.permissions import Actor
from audit.errors import RoundsError
from audit.i18n import DEFAULT_LOCALE, pick
from audit.notify.texts import letter
from audit.services import clock, values
from audit.services.values import PAGE_SIZE, Slice
from audit.services.work import unit_of_work

TOPICS = ("finding", "notice", "visit", "round", "day")


@dataclass(frozen=True)
class Line:
    """A finding in a day's summary, and which reminder it is; or one of many, with the message's own code."""

    finding_id: int
    code: str
    title: str
    outlet: str


@dataclass(frozen=True)
class Item:
    """A message as its reader sees it. `place`: the address of the page that it leads to, `subject_id` what of.

    `lines` and `news`: what a summary of the day consists of; `lines`: also the findings of a message about many, of
    which `more` do not stand here.
    """

    id: int
    title: str
    body: str
    at: dt.datetime
    read: bool
    urgent: bool
    place: str
    subject_id: int
    lines: tuple[Line, ...] = ()
    news: tuple[str, ...] = ()
    more: int = 0


def unread(db: Database, actor: Actor) -> int:
    """How many messages the person has not read; one query over one index."""
    with db.read() as session:
        query = select(func.count()).where(Message.account_id == actor.account_id, col(Message.read_at).is_(None))
        return session.exec(query).one()


def find(
    db: Database, actor: Actor, only_unread: bool = False, topic: str = "", page: int = 1, size: int = PAGE_SIZE,
    search: str = "",
) -> Slice:  # fmt: skip
    """A page of `Item`, the newest first. The search is for what the reader is shown, which no column holds."""
    query = select(Message).where(Message.account_id == actor.account_id)
    if only_unread:
        query = query.where(col(Message.read_at).is_(None))
    if topic:
        query = query.where(Message.subject_kind == topic)
    query, locale = query.order_by(col(Message.created_at).desc(), col(Message.id).desc()), actor.locale
    with db.read() as session:
        if search:
            items = (_item(row, locale or DEFAULT_LOCALE) for row in session.exec(query))
            return values.part_of([item for item in items if values.reads_as(search, *_shown(item))], page, size)
        found = values.slice_of(session, query, page, size)
    return Slice(tuple(_item(row, locale or DEFAULT_LOCALE) for row in found.rows), found.total, found.page, size)


def _shown(item: Item) -> tuple[str, ...]:
    return (item.title, item.body, *(text for line in item.lines for text in (line.title, line.outlet)), *item.news)


def read(db: Database, actor: Actor, message_id: int) -> Item:
    """Open one message, which counts as read from now on. Raises `not_found`."""
    with db.read() as session:
        row = session.get(Message, message_id)
    if row is None or row.account_id != actor.account_id:
        raise RoundsError("not_found")
    if row.read_at is None:
        _mark(db, actor, col(Message.id) == message_id)
    return _item(row, actor.locale or DEFAULT_LOCALE)


def read_all(db: Database, actor: Actor) -> int:
    """All messages count as read; returns how many did not before."""
    return _mark(db, actor, col(Message.id) > 0)


def read_about(db: Database, actor: Actor, kind: str, subject_id: int) -> int:
    """Messages about a thing count as read once the person has it open; returns how many did not before."""
    with db.read() as session:
        about = (Message.subject_kind == kind, Message.subject_id == subject_id)
        mine = select(Message.id).where(Message.account_id == actor.account_id, col(Message.read_at).is_(None), *about)
        if not session.exec(mine.limit(1)).first():
            return 0
    return _mark(db, actor, *about)


def digest_hour(db: Database, actor: Actor) -> int:
    """The full hour in Shanghai at which the person's summary of the day is due."""
    with db.read() as session:
        row = session.get(MessageSettings, actor.account_id)
        return DIGEST_HOUR if row is None or row.digest_hour is None else row.digest_hour


def set_digest_hour(db: Database, actor: Actor, hour: int) -> None:
    """Choose that hour. Raises `invalid`."""
    if hour not in DIGEST_HOURS:
        raise RoundsError("invalid", field="digest_hour")
    with unit_of_work(db, actor) as work:
        row = settings_of(work.session, actor.account_id)
        before, row.digest_hour = row.digest_hour, hour
        work.session.add(row)
        work.record("account.digest_hour_set", "account", actor.account_id, hour=[before, hour])


def settings_of(session: Session, account_id: int) -> MessageSettings:
    """The row of a person's settings, made where there is none, and locked."""
    insert_missing(session, MessageSettings, [{"account_id": account_id}])
    query = select(MessageSettings).where(MessageSettings.account_id == account_id)
    return session.exec(query.with_for_update()).one()


def _mark(db: Database, actor: Actor, *which: object) -> int:
    with db.write() as session:
        done = session.exec(
            update(Message)
            .where(col(Message.account_id) == actor.account_id, col(Message.read_at).is_(None), *which)  # type: ignore[arg-type]
            .values(read_at=clock.now())
        )
        return int(done.rowcount)


def _item(row: Message, locale: str) -> Item:
    told, many = letter(locale, row.code, row.params), row.params.get("many", 1)
    place = place_of(row.code, row.subject_kind, many)
    about = row.params.get("lines", ())
    if many > 1:
        about = [[row.code, *line] for line in row.params["gathered"]]
    lines = tuple(
        Line(number, code, pick(locale, *title), pick(locale, *outlet))
        for code, *pairs, number in about
        for title, outlet in [(pairs[:2], pairs[2:])]
    )
    return Item(
        row.id or 0, told.title, told.body, row.created_at, row.read_at is not None, row.urgent, place, row.subject_id,
        lines, tuple(letter(locale, code, facts).title for code, facts in row.params.get("told", ())),
        max(many - len(lines), 0) if many > 1 else 0,
    )  # fmt: skip
