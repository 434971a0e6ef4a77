"""Featured campaigns (主推活动): kept by marketing, asked about in halls while they run."""

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlmodel import Session, col, select

from audit.db.engine import Database
from audit.db.models import Campaign, Outlet, Visit
from audit.domain.city import HALLS
from audit.domain.permissions import Actor, authorise, authorise_somewhere
from audit.errors import RoundsError
from audit.services import clock, values
from audit.services.values import PAGE_SIZE, Slice
from audit.services.work import unit_of_work

MOST_QUESTIONS = 20
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")


@dataclass(frozen=True)
class Question:
    """One question about a campaign; `code` is unique within it."""

    code: str
    zh: str
    en: str = ""


@dataclass(frozen=True)
class CampaignValues:
    """What can be typed about a campaign."""

    name_zh: str
    starts_on: dt.date
    ends_on: dt.date
    questions: tuple[Question, ...]
    name_en: str = ""
    materials_zh: str = ""
    materials_en: str = ""
    talking_points_zh: str = ""
    talking_points_en: str = ""


def find_campaigns(db: Database, actor: Actor, search: str = "", page: int = 1, size: int = PAGE_SIZE) -> Slice:
    """A page of `Campaign`, the newest first."""
    authorise_somewhere(actor, "campaign.read")
    query = select(Campaign).where(*values.matches(search, Campaign.name_zh, Campaign.name_en))
    with db.read() as session:
        return values.slice_of(session, query.order_by(col(Campaign.ends_on).desc(), col(Campaign.id)), page, size)


def get_campaign(db: Database, actor: Actor, campaign_id: int) -> Campaign:
    """One campaign; raises `not_found`."""
    authorise_somewhere(actor, "campaign.read")
    with db.read() as session:
        row = session.get(Campaign, campaign_id)
        if row is None:
            raise RoundsError("not_found")
        return row


def create_campaign(db: Database, actor: Actor, given: CampaignValues) -> int:
    """A new campaign; returns its id. Raises `round.dates`, `campaign.questions` and what is wrong with a field."""
    authorise(actor, "campaign.manage")
    row = Campaign(**_checked(given))
    with unit_of_work(db, actor) as work:
        work.session.add(row)
        work.session.flush()
        work.record("campaign.created", "campaign", row.id, name_zh=row.name_zh)
        return row.id or 0


def change_campaign(db: Database, actor: Actor, campaign_id: int, version: int, given: CampaignValues) -> None:
    """Change a campaign. Raises `stale`, and like `create_campaign`."""
    authorise(actor, "campaign.manage")
    with unit_of_work(db, actor) as work:
        row = work.session.get(Campaign, campaign_id)
        if row is None:
            raise RoundsError("not_found")
        changes = values.change(work.session, row, version, _checked(given))
        if changes:
            work.record("campaign.changed", "campaign", campaign_id, fields=sorted(changes))


def running(session: Session, first: dt.date, last: dt.date) -> Sequence[Campaign]:
    """The campaigns that run on any day from `first` to `last`."""
    query = select(Campaign).where(col(Campaign.starts_on) <= last, col(Campaign.ends_on) >= first)
    return session.exec(query.order_by(col(Campaign.id))).all()


def asked_at(session: Session, visits: Sequence[Visit]) -> dict[int, list[Campaign]]:
    """Visit id → the campaigns that run on its day; until it is submitted, also those that run today.

    Halls alone are asked: nobody hangs up a poster in a hotline.
    """
    if not visits:
        return {}
    kept = (col(Outlet.id).in_({visit.outlet_id for visit in visits}), col(Outlet.kind).in_(HALLS))
    halls = set(session.exec(select(Outlet.id).where(*kept)).all())
    today = clock.today()
    days = [visit.planned_on for visit in visits] + [today]
    rows = running(session, min(days), max(days))
    found: dict[int, list[Campaign]] = {}
    for visit in visits:
        asked = rows if visit.outlet_id in halls else ()
        its_days = {visit.planned_on} | ({today} if visit.state in ("planned", "open", "returned") else set())
        found[visit.id or 0] = [row for row in asked if any(row.starts_on <= day <= row.ends_on for day in its_days)]
    return found


def question_subject(campaign_id: int, code: str) -> str:
    """The revision subject of a question: `campaign:<id>:<code>`."""
    return f"campaign:{campaign_id}:{code}"


def _checked(given: CampaignValues) -> dict[str, Any]:
    if given.ends_on < given.starts_on:
        raise RoundsError("round.dates")
    codes = [question.code for question in given.questions]
    if len(codes) > MOST_QUESTIONS or len(set(codes)) != len(codes):
        raise RoundsError("campaign.questions", field="code")
    for code in codes:
        if not _CODE.fullmatch(code):
            raise RoundsError("campaign.questions", field=code)
    questions = [
        Question(
            question.code,
            values.line("questions", question.zh, 200, required=True),
            values.line("questions", question.en, 300),
        )
        for question in given.questions
    ]
    texts = ("materials_zh", "materials_en", "talking_points_zh", "talking_points_en")
    return {
        "name_zh": values.line("name_zh", given.name_zh, 120, required=True),
        "name_en": values.line("name_en", given.name_en, 120),
        "starts_on": given.starts_on,
        "ends_on": given.ends_on,
        "questions": [asdict(question) for question in questions],
        **{name: values.text(name, getattr(given, name), 4000) for name in texts},
    }
