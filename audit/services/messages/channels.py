"""Channels to the outside: a person's own, and an organisation's. What a channel needs is taken and never shown."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from sqlmodel import Session, col, func, select, update

from audit.config import Settings
from audit.db.engine import Database
from audit.db.models import Account, Channel, Delivery, Organisation
from audit.domain.messages import TEST
from audit.domain.permissions import Actor, Where, authorise, may
from audit.errors import RoundsError
from audit.i18n import DEFAULT_LOCALE
from audit.notify.channels import checked
from audit.notify.sending import send
from audit.notify.texts import letter
from audit.services import clock
from audit.services.work import Work, unit_of_work

MOST = 5  # of a person or an organisation
TEST_EVERY = dt.timedelta(seconds=10)


@dataclass(frozen=True)
class ChannelView:
    """A channel as it may be shown. `test_error`: "" after a test that the other side took."""

    id: int
    kind: str
    hint: str
    tested_at: dt.datetime | None
    test_error: str


def channels_of(db: Database, actor: Actor, organisation_id: int | None = None) -> list[ChannelView]:
    """One's own channels, or those of an organisation. Raises `forbidden` and `not_found`."""
    with db.read() as session:
        _reach(session, actor, organisation_id)
        rows = session.exec(_standing(actor, organisation_id).order_by(col(Channel.id))).all()
        return [ChannelView(row.id or 0, row.kind, row.hint, row.tested_at, row.test_error) for row in rows]


def may_manage(actor: Actor, organisation_id: int) -> bool:
    """Whether the actor may choose the channels of an organisation."""
    return may(actor, "channel.manage", Where(organisation_id=organisation_id))


def add(
    db: Database, actor: Actor, config: Settings, kind: str, given: Mapping[str, str],
    organisation_id: int | None = None,
) -> int:  # fmt: skip
    """A new channel; returns its id. Raises `channel.too_many`, and what `notify.channels.checked` refuses."""
    secret, hint = checked(kind, given, config)
    with unit_of_work(db, actor) as work:
        _reach(work.session, actor, organisation_id)
        standing = _standing(actor, organisation_id).subquery()
        if work.session.exec(select(func.count()).select_from(standing)).one() >= MOST:
            raise RoundsError("channel.too_many", limit=MOST)
        row = Channel(
            account_id=None if organisation_id else actor.account_id, organisation_id=organisation_id, kind=kind,
            secret=secret, hint=hint, created_at=work.now, created_by=actor.account_id,
        )  # fmt: skip
        work.session.add(row)
        work.session.flush()
        _record(work, "channel.added", row)
        return row.id or 0


def remove(db: Database, actor: Actor, channel_id: int) -> None:
    """Take a channel away with its secret; what waited for it is not sent. Twice does no harm."""
    with unit_of_work(db, actor) as work:
        row = _channel(work.session, actor, channel_id)
        if row.removed_at:
            return
        row.removed_at, row.secret = work.now, {}
        work.session.add(row)
        waiting = update(Delivery).where(col(Delivery.channel_id) == channel_id, col(Delivery.state) == "waiting")
        work.session.exec(waiting.values(state="dropped"))
        _record(work, "channel.removed", row)


def test(db: Database, actor: Actor, config: Settings, channel_id: int) -> str:
    """Send a test now; "" when the other side took it, else why not (as `notify.sending.send`).

    Raises `channel.wait` when it is asked for again at once, `not_found`.
    """
    now = clock.now()
    with db.write() as session:
        row = _channel(session, actor, channel_id)
        if row.removed_at:
            raise RoundsError("not_found")
        if row.tested_at and now - row.tested_at < TEST_EVERY:
            raise RoundsError("channel.wait", seconds=int(TEST_EVERY.total_seconds()))
        row.tested_at = now
        session.add(row)
        kind, secret = row.kind, dict(row.secret)
    told = letter(actor.locale or DEFAULT_LOCALE, TEST, {"who": actor.name})
    error = send(kind, secret, told.title, told.body, config)
    with unit_of_work(db, actor) as work:
        row = work.session.get_one(Channel, channel_id)
        row.test_error = error
        work.session.add(row)
        _record(work, "channel.tested", row, error=error)
    return error


def _reach(session: Session, actor: Actor, organisation_id: int | None) -> None:
    if organisation_id is None:
        if session.get(Account, actor.account_id) is None:
            raise RoundsError("not_found")
        return
    authorise(actor, "channel.manage", Where(organisation_id=organisation_id))
    if session.get(Organisation, organisation_id) is None:
        raise RoundsError("not_found")


def _channel(session: Session, actor: Actor, channel_id: int) -> Channel:
    row = session.get(Channel, channel_id)
    if row is None:
        raise RoundsError("not_found")
    if row.organisation_id:
        _reach(session, actor, row.organisation_id)
    elif row.account_id != actor.account_id:
        raise RoundsError("not_found")
    return row


def _standing(actor: Actor, organisation_id: int | None):  # type: ignore[no-untyped-def]
    """The channels that were not removed, of an organisation or else of the actor."""
    whose = Channel.organisation_id == organisation_id if organisation_id else Channel.account_id == actor.account_id
    return select(Channel).where(whose, col(Channel.removed_at).is_(None))


def _record(work: Work, verb: str, row: Channel, **data: str) -> None:
    """The history names the kind and whose it is, and nothing by which it could be used."""
    kind, number = ("organisation", row.organisation_id) if row.organisation_id else ("account", row.account_id)
    work.record(verb, kind, number, channel_id=row.id, kind=row.kind, **data)
