"""The register and the boards: what a person may read of all findings, as rows, as figures and as an Excel file."""

import datetime as dt
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import chain
from typing import Any, NamedTuple

from sqlalchemy import Row, Select, func, or_
from sqlalchemy import select as select_rows
from sqlmodel import Session, col, select

from audit.db.engine import Database
from audit.db.models import ChecklistVersion, Finding, Organisation, Outlet, Round, Visit
from audit.db.queries import register as queries
from audit.domain.deadlines import ZONE, add_days, day_of, end_of, working_days_between
from audit.domain.loop import STAGE_STATES, STAGES
from audit.domain.permissions import Actor, authorise_somewhere
from audit.domain.register import AGES, ASKED, SOON_DAYS, Figures, Filters, Line, first_day_within
from audit.services import clock, values
from audit.services.calendar import calendar_of
from audit.services.loop.reach import readable
from audit.services.values import PAGE_SIZE, Slice
from exports import register as exporter
from exports.base import Export

BATCH = 500  # rows of one read of the export
# Of a checklist version: its sections (code, title in Chinese and English), its items (code, all their words).
Words = tuple[list[tuple[str, str, str]], list[tuple[str, str]]]
_WORDS: dict[str, Words] = {}  # by the SHA-256 of the version's content
TEXTS = (Finding.number, Finding.observation)


class Overview(NamedTuple):
    """Figures of all findings and of each group, and the most urgent `Line`s of each stage."""

    whole: Figures
    groups: dict[Any, Figures]
    urgent: dict[str, tuple[Line, ...]]


def find(db: Database, actor: Actor, filters: Filters, page: int = 1, size: int = PAGE_SIZE) -> Slice:
    """A page of `Line`s that the actor may read; a page beyond the last gives the last."""
    authorise_somewhere(actor, "finding.read")
    with db.read() as session:
        at = moment(session)
        where = narrowed(session, actor, filters, at)
        chosen = select_rows(col(Finding.id)).where(*where).order_by(*queries.ordered(filters.order))
        if filters.search:  # reading texts costs most: once is enough for the number and the page
            ids = session.execute(chosen).scalars().all()
            total = len(ids)
            page = min(max(1, page), max(1, math.ceil(total / size)))
            ids = ids[(page - 1) * size : page * size]
        else:
            total = session.execute(select_rows(func.count()).select_from(Finding).where(*where)).scalar_one()
            page = min(max(1, page), max(1, math.ceil(total / size)))
            ids = session.execute(chosen.offset((page - 1) * size).limit(size)).scalars().all()
        return Slice(tuple(_lines(session, ids, at)), total, page, size)


def overview(db: Database, actor: Actor, filters: Filters, group: str = "", cards: int = 0) -> Overview:
    """The figures of what the actor may read: of all, and by `group` (organisation, section, round).

    `cards`: how many of the most urgent of each stage that is not over come along, in the order of the filters.
    """
    authorise_somewhere(actor, "finding.read")
    with db.read() as session:
        at = moment(session)
        where = narrowed(session, actor, replace(filters, since=None), at)
        whole, by = queries.overview(session, where, at, group, filters.since)
        stages = [stage for stage in STAGES[:-1] if cards and whole.stages[stage]]
        chosen = select_rows(col(Finding.id)).where(*narrowed(session, actor, replace(filters, stage=""), at))
        ids = {stage: _first(session, chosen, stage, filters.order, cards) for stage in stages}
        lines = {line.finding_id: line for line in _lines(session, [*chain(*ids.values())], at)}
        return Overview(whole, by, {stage: tuple(lines[number] for number in some) for stage, some in ids.items()})


def _first(session: Session, chosen: Any, stage: str, order: str, count: int) -> Sequence[int]:
    if (stage, order) == ("check", "due"):
        order = "newest"  # the same, for drafts have no due day; but a database need not sort them all
    query = chosen.where(col(Finding.state).in_(STAGE_STATES[stage])).order_by(*queries.ordered(order)).limit(count)
    return session.execute(query).scalars().all()


def choices(
    db: Database, actor: Actor, sections: bool = True
) -> tuple[Sequence[Row[Any]], Sequence[Row[Any]], dict[str, tuple[str, str]]]:
    """Rounds, newest first, branches (id and names of each), and sections (code → title) of the readable findings.

    No `sections` for who does not choose among them: they are looked up in every checklist.
    """
    authorise_somewhere(actor, "finding.read")
    mine = (readable(actor), col(Finding.kind) != "highlight")

    def occurs(*where: Any) -> Any:
        return select(Finding.id).where(*mine, *where).exists()

    with db.read() as session:
        rounds = _named(Round).where(occurs(Finding.round_id == Round.id))
        places = _named(Organisation).where(occurs(Finding.organisation_id == Organisation.id))
        return (
            session.execute(rounds.order_by(col(Round.starts_on).desc(), col(Round.id).desc())).all(),
            session.execute(places.order_by(col(Organisation.id))).all(),
            _sections(session, occurs) if sections else {},
        )


def _named(table: type[Round | Organisation]) -> Select[Any, Any, Any]:
    return select_rows(col(table.id), col(table.name_zh), col(table.name_en))


def as_workbook(db: Database, actor: Actor, filters: Filters, locale: str) -> Export:
    """What the filters leave, all pages, as an Excel workbook in a language."""
    authorise_somewhere(actor, "finding.read")
    with db.read() as session:
        at = moment(session)
        chosen = select_rows(col(Finding.id)).where(*narrowed(session, actor, filters, at))
        ids = session.execute(chosen.order_by(*queries.ordered(filters.order))).scalars().all()
        return exporter.export(_in_batches(session, ids, at), locale, day_of(at.now))


def moment(session: Session) -> queries.Moment:
    """Now, the instants from which on something is due soon or counts as old, and the calendar they follow."""
    now, calendar = clock.now(), calendar_of(session)
    today = day_of(now)
    begins = [first_day_within(today, days, calendar) for days in AGES]
    ages = tuple(dt.datetime.combine(day, dt.time(), ZONE).astimezone(dt.UTC) for day in begins)
    return queries.Moment(now, end_of(add_days(today, SOON_DAYS, calendar)), ages, calendar)


def narrowed(session: Session, actor: Actor, filters: Filters, at: queries.Moment) -> list[Any]:
    """What a person may read of the findings and the filters leave, as conditions."""
    return [readable(actor), *queries.conditions(filters, at), *_search(session, filters.search)]


def _search(session: Session, search: str) -> list[Any]:
    """Every word stands in the finding, in the text of its item, or in the name of its place.

    Items and places are looked through by themselves: there are few of them, and each has thousands of findings.
    """
    words = search[:100].split()
    if not words:
        return []
    items = [item for _version, (_sections, found) in _versions(session) for item in found]
    found = []
    for word in words:
        outlets = select(Outlet.id).where(*values.matches(word, Outlet.code, Outlet.name_zh, Outlet.name_en))
        places = select(Organisation.id).where(*values.matches(word, Organisation.name_zh, Organisation.name_en))
        codes = {code for code, text in items if word.lower() in text}
        near = (col(Finding.outlet_id).in_(outlets), col(Finding.organisation_id).in_(places))
        found.append(or_(col(Finding.item_code).in_(codes), *near, *values.matches(word, *TEXTS)))
    # A query of its own: SQLite answers it from the index ix_finding_search alone, without the rows.
    return [col(Finding.id).in_(select(Finding.id).where(*found))]


def _in_batches(session: Session, ids: Sequence[int], at: queries.Moment) -> Iterator[Line]:
    for start in range(0, len(ids), BATCH):
        yield from _lines(session, ids[start : start + BATCH], at)


def _lines(session: Session, ids: Sequence[int], at: queries.Moment) -> Iterator[Line]:
    now, calendar, today = at.now, at.calendar, day_of(at.now)
    for row in queries.rows(session, ids):
        asked = row["due_at"] if row["state"] in ASKED else None
        left = None if asked is None else working_days_between(today, day_of(asked), calendar)
        yield Line(**row, overdue=asked is not None and asked < now, days_left=left)


def _sections(session: Session, occurs: Callable[..., Any]) -> dict[str, tuple[str, str]]:
    """Sections by code. Two checklists may use one code: both titles then stand beside it."""
    used = select(Visit.id).where(Visit.checklist_version_id == ChecklistVersion.id).exists()
    named = [
        (version_id, *section) for version_id, (sections, _items) in _versions(session, used) for section in sections
    ]
    asked = [
        occurs(
            Finding.section_code == code,
            select(Visit.id).where(Visit.id == Finding.visit_id, Visit.checklist_version_id == version_id).exists(),
        )
        for version_id, code, _zh, _en in named
    ]
    titles: dict[str, dict[str, str]] = {}
    for (_version_id, code, zh, en), found in zip(
        named, session.execute(select_rows(*asked)).one() if asked else (), strict=True
    ):
        if found:
            titles.setdefault(code, {})[zh] = en
    return {code: (" / ".join(found), " / ".join(found.values())) for code, found in sorted(titles.items())}


def _versions(session: Session, *which: Any) -> Iterator[tuple[int, Words]]:
    """Checklist versions by id with their words. The content of one SHA-256 is read once: it is large."""
    query = select(ChecklistVersion.id, ChecklistVersion.sha256).where(*which)
    for version_id, sha256 in session.exec(query.order_by(col(ChecklistVersion.id))).all():
        if sha256 not in _WORDS:
            content = session.exec(select(ChecklistVersion.content).where(ChecklistVersion.id == version_id)).one()
            sections = content.get("sections", [])
            _WORDS[sha256] = (
                [(one["code"], one["title_zh"], one.get("title_en") or "") for one in sections],
                [
                    (item["code"], f"{item['code']} {item['text_zh']} {item.get('text_en') or ''}".lower())
                    for one in sections for item in one.get("items", [])
                ],
            )  # fmt: skip
        yield version_id or 0, _WORDS[sha256]
