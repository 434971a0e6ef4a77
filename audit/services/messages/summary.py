"""The day's summary: one message a person and working day, with every reminder and the news that was not urgent.

A person's row of settings says which day had its summary; it is written in the transaction that posts the message, so
that a worker may be killed at any moment and two may run at once.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from sqlmodel import Session, col, or_, select, update

from audit.db.engine import Database
from audit.db.models import Account, Channel, Finding, Grant, Message, MessageSettings, Outlet
from audit.db.upsert import insert_missing
from audit.domain.deadlines import ZONE, add_days, day_of, days_left, end_of
from audit.domain.loop import OVERDUE, REMINDERS, reminder
from audit.domain.messages import DAY, MOST_LINES, is_digest_due
from audit.domain.permissions import Role, Scope
from audit.domain.register import ASKED
from audit.notify.texts import PARTS
from audit.services import clock
from audit.services.calendar import WorkingDays, calendar_of
from audit.services.messages.audience import delegates
from audit.services.messages.facts import names, title_of
from audit.services.messages.posting import Note, post

Reminded = tuple[str, Finding, Outlet]
Reminders = Mapping[int, Sequence[Reminded]]


def summarise(db: Database, now: dt.datetime | None = None) -> int:
    """Post the summaries that are due; returns how many. On days that are not worked there are none."""
    now = now or clock.now()
    today = day_of(now)
    with db.read() as session:
        calendar = calendar_of(session)
        if not calendar.is_working(today):
            return 0
        due = _due(session, now.astimezone(ZONE).hour, today)
        reminders = _reminders(session, now, calendar) if due else {}
        news = _with_news(session, due, now)
    busy = [account_id for account_id in due if account_id in reminders or account_id in news]
    done = sum(_summarise(db, account_id, reminders.get(account_id, ()), now) for account_id in busy)
    idle = sorted(set(due) - set(busy))
    if idle:
        with db.write() as session:
            _mark(session, idle, today)
    return done


def _due(session: Session, hour: int, today: dt.date) -> list[int]:
    """The active accounts whose hour has come and who had no summary today."""
    query = (
        select(col(Account.id), col(MessageSettings.digest_hour), col(MessageSettings.digested_on))
        .outerjoin(MessageSettings, col(MessageSettings.account_id) == Account.id)
        .where(col(Account.active))
    )
    return [
        account_id or 0
        for account_id, chosen, done_on in session.exec(query).all()
        if is_digest_due(hour, chosen) and (done_on is None or done_on < today)
    ]


def _reminders(session: Session, now: dt.datetime, calendar: WorkingDays) -> Reminders:
    """Account → what it is reminded of today, the most urgent first."""
    farthest = end_of(add_days(day_of(now), max(entry.days_before for entry in REMINDERS), calendar))
    query = (
        select(Finding, Outlet)
        .join(Outlet, col(Outlet.id) == Finding.outlet_id)
        .where(col(Finding.state).in_(ASKED), col(Finding.due_at) <= farthest)
        .order_by(col(Finding.due_at), col(Finding.id))
    )
    leads = _service_leads(session)
    left: dict[dt.datetime, int] = {}
    found: dict[int, list[Reminded]] = defaultdict(list)
    for finding, outlet in session.exec(query).all():
        assert finding.due_at is not None  # by the condition
        days = left.setdefault(finding.due_at, days_left(now, finding.due_at, calendar))
        code = reminder(days, now > finding.due_at)
        if not code or (code == OVERDUE and days == 0):  # the evening of the due day: the escalation tells of it
            continue
        for account_id in dict.fromkeys((*leads[finding.organisation_id], *delegates(session, finding.id or 0))):
            found[account_id].append((code, finding, outlet))
    return found


def _service_leads(session: Session) -> dict[int | None, list[int]]:
    query = select(Grant.scope_id, Grant.account_id).where(Grant.role == Role.BRANCH, Grant.scope_kind == Scope.BRANCH)
    leads: dict[int | None, list[int]] = defaultdict(list)
    for organisation_id, account_id in session.exec(query).all():
        leads[organisation_id].append(account_id)
    return leads


def _with_news(session: Session, account_ids: Sequence[int], now: dt.datetime) -> set[int]:
    """Those of them who have a channel and news that it has not carried."""
    query = (
        select(Message.account_id)
        .join(Channel, col(Channel.account_id) == Message.account_id)
        .where(col(Channel.removed_at).is_(None), *_is_news(now))
    )
    return set(session.exec(query.distinct()).all()) & set(account_ids)


def _is_news(now: dt.datetime) -> tuple[Any, ...]:
    return (
        col(Message.urgent).is_(False), col(Message.summary_id).is_(None), col(Message.read_at).is_(None),
        col(Message.created_at) <= now, Message.code != DAY,
    )  # fmt: skip


def _mark(session: Session, account_ids: Sequence[int], today: dt.date) -> int:
    """Note that these have had today's summary; returns of how many nobody had noted it before."""
    insert_missing(session, MessageSettings, [{"account_id": number} for number in account_ids])
    fresh = or_(col(MessageSettings.digested_on).is_(None), col(MessageSettings.digested_on) < today)
    marking = update(MessageSettings).where(col(MessageSettings.account_id).in_(account_ids), fresh)
    return int(session.exec(marking.values(digested_on=today)).rowcount)


def _summarise(db: Database, account_id: int, reminded: Sequence[Reminded], now: dt.datetime) -> int:
    today, source = day_of(now), f"day:{day_of(now).isoformat()}"
    with db.write() as session:
        if not _mark(session, [account_id], today):
            return 0
        news = session.exec(
            select(Message).where(Message.account_id == account_id, *_is_news(now)).order_by(col(Message.id))
            .with_for_update()  # what is gathered in one of them is complete from here on
        ).all()  # fmt: skip
        leads = select(Grant.id).where(Grant.account_id == account_id, Grant.role == Role.BRANCH)
        spokesman = bool(reminded) and session.exec(leads.limit(1)).first() is not None
        params = {
            "count": len(reminded), "news": len(news),
            "lines": [[code, *title_of(row), *names(outlet), row.id] for code, row, outlet in reminded[:MOST_LINES]],
            "told": [[row.code, {name: one for name, one in row.params.items() if name not in PARTS}]
                     for row in news[:MOST_LINES]],
        }  # fmt: skip
        lines = {finding.id or 0: code for code, finding, _ in reminded}
        note = Note(account_id, DAY, bool(reminded), True, spokesman, "day", 0, params, lines)
        post(session, source, now, [note])
        query = select(Message).where(Message.source == source, Message.account_id == account_id)
        posted = session.exec(query).one()
        if not reminded:  # only a cover for what stands in the inbox already
            posted.read_at = now
        for row in news:
            row.summary_id = posted.id
        session.add_all((posted, *news))
    return 1
