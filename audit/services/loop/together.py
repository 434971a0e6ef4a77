"""Several findings of a branch at a time: those of one item answered with one text, and what is ready to be submitted.

Each stays a finding of its own: it is submitted, reviewed and closed by itself.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, or_
from sqlalchemy import select as select_rows
from sqlmodel import col, select

from audit.db.engine import Database
from audit.db.models import Evidence, Finding, Rectification
from audit.domain.permissions import Actor, authorise_somewhere
from audit.errors import RoundsError
from audit.services import values
from audit.services.loop.marked import Marked, marked_photos
from audit.services.loop.reach import finding_for, readable
from audit.services.loop.reading import FindingRow, rows_of
from audit.services.loop.rectifying import WRITABLE, Answer, lacking, read_answers, write_seen
from audit.services.loop.reviewing import MOST_AT_ONCE
from audit.services.values import PAGE_SIZE, Slice
from audit.services.work import unit_of_work


@dataclass(frozen=True)
class Group:
    """Several open findings of one item; `finding_id` is the one that is due first and leads to all."""

    finding_id: int
    clause_zh: str
    clause_en: str
    count: int


@dataclass(frozen=True)
class Begun:
    """A finding that the branch has begun to answer, and what it lacks before it can be submitted."""

    row: FindingRow
    lacking: tuple[str, ...]


@dataclass(frozen=True)
class Part:
    """One of them with its answer, what it lacks before it can be submitted, and its photos."""

    row: FindingRow
    answer: Answer
    lacking: tuple[str, ...]
    photos: tuple[Marked, ...]


def groups(db: Database, actor: Actor, search: str = "", page: int = 1, size: int = PAGE_SIZE) -> Slice:
    """A page of `Group`: items of which more than one finding is to be rectified in the branch, most urgent first."""
    authorise_somewhere(actor, "finding.answer")
    first = func.min(col(Finding.due_at))
    query: Any = (
        select_rows(func.min(col(Finding.id)), col(Finding.clause_zh), col(Finding.clause_en), func.count())
        .where(readable(actor, "finding.answer"), col(Finding.state) == "rectifying", col(Finding.clause_zh) != "")
        .where(*values.matches(search, Finding.item_code, Finding.clause_zh, Finding.clause_en))
        .group_by(col(Finding.organisation_id), col(Finding.item_code), col(Finding.clause_zh), col(Finding.clause_en))
        .having(func.count() > 1)
        .order_by(first, func.min(col(Finding.id)))
    )
    with db.read() as session:
        found = values.slice_of(session, query, page, size)
    return Slice(tuple(Group(*row) for row in found.rows), found.total, found.page, found.size)


def parts(db: Database, actor: Actor, finding_id: int) -> list[Part]:
    """A finding and those of the same item in its branch that are to be rectified, in order of due time.

    Raises `forbidden` and `not_found`.
    """
    with db.read() as session:
        mine = finding_for(session, actor, "finding.answer", finding_id).finding
        same = (
            Finding.organisation_id == mine.organisation_id,
            Finding.item_code == mine.item_code,
            Finding.clause_zh == mine.clause_zh,
            col(Finding.state).in_(WRITABLE),
            readable(actor, "finding.answer"),
        )
        alone = Finding.id == finding_id
        rows = rows_of(session, *(same if mine.clause_zh else (*same, alone)), most=MOST_AT_ONCE)
        photos = marked_photos(session, [row.finding.id or 0 for row in rows])
        answers = read_answers(session, [row.finding for row in rows])
        return [
            Part(row, answer, lacking(answer), photos.get(row.finding.id or 0, ()))
            for row, answer in zip(rows, answers, strict=True)
        ]


def begun(db: Database, actor: Actor) -> list[Begun]:
    """What the branch has to put right and began to answer, the first 200 in order of due time: what each lacks."""
    authorise_somewhere(actor, "finding.answer")
    wrote = select(Rectification.id).where(Rectification.finding_id == Finding.id, Rectification.cycle == Finding.cycle)
    gave = select(Evidence.uuid).where(
        Evidence.finding_id == Finding.id,
        Evidence.cycle == Finding.cycle,
        Evidence.subject == "rectification",
        col(Evidence.removed_at).is_(None),
    )
    mine = (readable(actor, "finding.answer"), Finding.state == "rectifying", or_(wrote.exists(), gave.exists()))
    with db.read() as session:
        rows = rows_of(session, *mine, most=MOST_AT_ONCE)
        answers = read_answers(session, [row.finding for row in rows])
    return [Begun(row, lacking(answer)) for row, answer in zip(rows, answers, strict=True)]


def write(db: Database, actor: Actor, given: Mapping[str, Any], seen: Mapping[int, Mapping[str, Any]]) -> int:
    """Write fields alike in several answers (finding id → field → what was seen there before), all of it or nothing.

    Returns the sum of their versions, which grows with every change. Raises `finding.too_many`, and what
    `rectifying.keep` raises.
    """
    if len(seen) > MOST_AT_ONCE:
        raise RoundsError("finding.too_many", limit=MOST_AT_ONCE)
    versions = 0
    with unit_of_work(db, actor) as work:
        for finding_id in sorted(seen):  # always in this order, so that no two wait for one another
            finding = finding_for(work.session, actor, "finding.answer", finding_id, lock=True).finding
            versions += write_seen(work, finding, given, seen[finding_id], actor.account_id)
    return versions


def common(answers: Sequence[Answer], name: str) -> Any:
    """What all answers say in a field; None where they differ."""
    said = {answer.values[name] or "" for answer in answers}
    return said.pop() if len(said) == 1 else None
