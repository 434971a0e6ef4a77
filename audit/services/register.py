"""The register and the boards: what a person may read of all findings, as rows, as figures and as an Excel file."""

import datetime as dt
import math
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import func, or_
from sqlalchemy import select as select_rows
from sqlmodel import Session, col, select

from audit.db.engine import Database
from audit.db.models import ChecklistVersion, Finding, Organisation, Outlet, Round, Visit
from audit.db.queries import register as queries
from audit.domain.deadlines import ZONE, add_days, day_of, end_of, working_days_between
from audit.domain.permissions import Actor, authorise_somewhere
from audit.domain.register import AGES, ASKED, SOON_DAYS, Figures, Filters, Line, first_day_within
from audit.services import clock, values
from audit.services.calendar import calendar_of
from audit.services.loop.reach import readable
from audit.services.values import PAGE_SIZE, Slice
from exports import register as exporter
from exports.base import Export

BATCH = 500  # rows of one read of the export
TEXTS = (Finding.number, Finding.item_code, Finding.observation, Finding.clause_zh, Finding.clause_en)


def find(db: Database, actor: Actor, filters: Filters, page: int = 1, size: int = PAGE_SIZE) -> Slice:
    """A page of `Line`s that the actor may read; a page beyond the last gives the last."""
    authorise_somewhere(actor, "finding.read")
    with db.read() as session:
        at = moment(session)
        where = narrowed(actor, filters, at)
        total = session.execute(select_rows(func.count()).select_from(Finding).where(*where)).scalar_one()
        page = min(max(1, page), max(1, math.ceil(total / size)))
        chosen = select_rows(col(Finding.id)).where(*where).order_by(*queries.ordered(filters.order))
        ids = session.execute(chosen.offset((page - 1) * size).limit(size)).scalars().all()
        return Slice(tuple(_lines(session, ids, at.now)), total, page, size)


def figures(db: Database, actor: Actor, filters: Filters, group: str = "") -> dict[Any, Figures]:
    """The figures of what the actor may read, by `group` (organisation, section, round) or all under the key ""."""
    authorise_somewhere(actor, "finding.read")
    with db.read() as session:
        at = moment(session)
        return queries.figures(session, narrowed(actor, filters, at), at, group)


def choices(db: Database, actor: Actor) -> tuple[list[Round], list[Organisation], dict[str, tuple[str, str]]]:
    """Rounds, newest first, branches, and sections (code → title) that occur among the readable findings."""
    authorise_somewhere(actor, "finding.read")
    with db.read() as session:
        mine = (readable(actor), col(Finding.kind) != "highlight")
        rounds = select(Round).where(col(Round.id).in_(select(Finding.round_id).where(*mine).distinct()))
        places = select(Organisation).where(
            col(Organisation.id).in_(select(Finding.organisation_id).where(*mine).distinct())
        )
        return (
            list(session.exec(rounds.order_by(col(Round.starts_on).desc(), col(Round.id).desc())).all()),
            list(session.exec(places.order_by(col(Organisation.id))).all()),
            _sections(session, mine),
        )


def as_workbook(db: Database, actor: Actor, filters: Filters, locale: str) -> Export:
    """What the filters leave, all pages, as an Excel workbook in a language."""
    authorise_somewhere(actor, "finding.read")
    with db.read() as session:
        at = moment(session)
        chosen = select_rows(col(Finding.id)).where(*narrowed(actor, filters, at))
        ids = session.execute(chosen.order_by(*queries.ordered(filters.order))).scalars().all()
        return exporter.export(_in_batches(session, ids, at.now), locale, day_of(at.now))


def moment(session: Session) -> queries.Moment:
    """Now, and the instants from which on something is due soon or counts as old."""
    now, calendar = clock.now(), calendar_of(session)
    today = day_of(now)
    begins = [first_day_within(today, days, calendar) for days in AGES]
    ages = tuple(dt.datetime.combine(day, dt.time(), ZONE).astimezone(dt.UTC) for day in begins)
    return queries.Moment(now, end_of(add_days(today, SOON_DAYS, calendar)), ages)


def narrowed(actor: Actor, filters: Filters, at: queries.Moment) -> list[Any]:
    """What a person may read of the findings and the filters leave, as conditions."""
    return [readable(actor), *queries.conditions(filters, at), *_search(filters.search)]


def _search(search: str) -> list[Any]:
    """Every word stands in the finding or in the name of its place."""
    found = []
    for word in search[:100].split():
        outlets = select(Outlet.id).where(*values.matches(word, Outlet.code, Outlet.name_zh, Outlet.name_en))
        places = select(Organisation.id).where(*values.matches(word, Organisation.name_zh, Organisation.name_en))
        near = (col(Finding.outlet_id).in_(outlets), col(Finding.organisation_id).in_(places))
        found.append(or_(*values.matches(word, *TEXTS), *near))
    return found


def _in_batches(session: Session, ids: Sequence[int], now: dt.datetime) -> Iterator[Line]:
    for start in range(0, len(ids), BATCH):
        yield from _lines(session, ids[start : start + BATCH], now)
        session.expunge_all()


def _lines(session: Session, ids: Sequence[int], now: dt.datetime) -> Iterator[Line]:
    calendar, today = calendar_of(session), day_of(now)
    for finding, outlet, organisation, round_ in queries.rows(session, ids):
        asked = finding.due_at if finding.state in ASKED else None
        yield Line(
            finding_id=finding.id or 0,
            number=finding.number or "",
            round_zh=round_.name_zh, round_en=round_.name_en,
            organisation_zh=organisation.name_zh, organisation_en=organisation.name_en,
            outlet_zh=outlet.name_zh, outlet_en=outlet.name_en,
            overdue=asked is not None and asked < now,
            days_left=None if asked is None else working_days_between(today, day_of(asked), calendar),
            section=finding.section_code,
            **{name: getattr(finding, name) for name in _PLAIN},
        )  # fmt: skip


_PLAIN = (
    "item_code", "clause_zh", "clause_en", "observation", "severity", "state", "cycle", "repeat",
    "state_since", "issued_at", "due_at", "due_estimated", "answered_at", "closed_at", "branch_seconds",
    "department_seconds",
)  # fmt: skip


def _sections(session: Session, mine: Sequence[Any]) -> dict[str, tuple[str, str]]:
    """Sections by code. Two checklists may use one code: both titles then stand beside it."""
    used = (
        select_rows(col(Finding.section_code), col(Visit.checklist_version_id))
        .join(Visit, col(Visit.id) == Finding.visit_id)
        .where(*mine, col(Finding.section_code) != "")
        .distinct()
    )
    versions: dict[int, dict[str, tuple[str, str]]] = {}
    titles: dict[str, dict[str, str]] = {}
    for code, version_id in session.execute(used).all():
        if version_id not in versions:
            content = session.get_one(ChecklistVersion, version_id).content
            versions[version_id] = {
                one["code"]: (one["title_zh"], one.get("title_en") or "") for one in content.get("sections", [])
            }
        zh, en = versions[version_id].get(code, ("", ""))
        titles.setdefault(code, {})[zh] = en
    return {code: (" / ".join(found), " / ".join(found.values())) for code, found in sorted(titles.items())}
