"""Checklist versions: seeded, uploaded as drafts, published, withdrawn, compared, taken out as files.

draft → published → withdrawn, and back to published. Content changes only while a version is a draft; a visit keeps
the version that it was made with, whatever becomes of it.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import func, update
from sqlalchemy import select as columns_of
from sqlmodel import Session, col, select

from audit.db.engine import Database
from audit.db.models import ChecklistVersion, Visit
from audit.db.upsert import insert_missing
from audit.domain.checklist import Checklist, problems
from audit.domain.checklist_changes import Changes, compare
from audit.domain.events import digest
from audit.domain.permissions import Actor, authorise, authorise_somewhere, may
from audit.errors import RoundsError
from audit.services import reference_photos
from audit.services.access import AHEAD
from audit.services.checklist_files import Reading, read_yaml, seeds, write_yaml
from audit.services.work import Work, unit_of_work
from audit.services.xlsform import read_xlsform
from exports import xlsform
from exports.base import Export

DRAFT, PUBLISHED, WITHDRAWN = "draft", "published", "withdrawn"


@dataclass(frozen=True)
class Version:
    """One line of the list of versions; `visits` is how many visits were made or planned with it."""

    id: int
    code: str
    version: str
    kind: str
    title_zh: str
    title_en: str
    status: str
    created_at: dt.datetime
    published_at: dt.datetime | None
    visits: int


def seed(db: Database, actor: Actor | None) -> int:
    """Put in the checklists that come with the product; returns how many were new. Doing it again changes nothing.

    The first version of a list is published at once; a later one, come with an update, waits as a draft. `actor` None
    is the system itself.
    """
    if actor:
        authorise(actor, "checklist.manage")
    new = 0
    with unit_of_work(db, actor) as work:
        for checklist in seeds():
            first = not _known(work.session, checklist.code)
            row = _row(checklist, PUBLISHED if first else DRAFT, work.now)
            if insert_missing(work.session, ChecklistVersion, [row]):
                new += 1
                verb = "checklist.published" if first else "checklist.uploaded"
                made = _find(work.session, checklist)
                _record(work, verb, made, sha256=row["sha256"])
                reference_photos.inherit(work, made.id or 0, checklist)
    return new


def versions(db: Database, actor: Actor, code: str = "") -> list[Version]:
    """All versions the actor may see, by list, newest first; drafts only for those who keep checklists."""
    authorise_somewhere(actor, "checklist.read")
    with db.read() as session:
        return _list(session, may(actor, "checklist.manage"), code)


def current(db: Database, actor: Actor) -> list[Version]:
    """The published version of each list: what a new visit can be made with."""
    newest: dict[str, Version] = {}
    for version in versions(db, actor):
        kept = newest.get(version.code)
        if version.status == PUBLISHED and (kept is None or _published(version) > _published(kept)):
            newest[version.code] = version
    return list(newest.values())


def published(db: Database, actor: Actor, code: str) -> Version:
    """The version of a list that new visits are made with: the one published last. Raises `not_found`."""
    for version in current(db, actor):
        if version.code == code:
            return version
    raise RoundsError("not_found")


def get(db: Database, actor: Actor, version_id: int) -> tuple[Version, Checklist]:
    """One version with its content; raises `not_found`, also for a draft that is not the actor's to see."""
    authorise_somewhere(actor, "checklist.read")
    with db.read() as session:
        row = session.get(ChecklistVersion, version_id)
        if row is None or (row.status == DRAFT and not may(actor, "checklist.manage")):
            raise RoundsError("not_found")
        listed = next(one for one in _list(session, True, row.code) if one.id == row.id)
        return listed, Checklist.from_json(row.content)


def read_file(filename: str, content: bytes) -> Reading:
    """A checklist from an uploaded workbook or YAML file, or the faults that forbid it. Keeps nothing."""
    suffix = filename.rsplit(".", 1)[-1].lower()
    if suffix == "xlsx":
        return read_xlsform(content)
    if suffix in ("yaml", "yml"):
        return read_yaml(content)
    raise RoundsError("checklist.file_kind", name=filename[-60:])


def upload(db: Database, actor: Actor, checklist: Checklist) -> int:
    """Keep a checklist as a draft and return its id.

    The same content again is the same version; other content replaces a draft of that version. Raises
    `checklist.faulty` when it has problems, `checklist.version_taken` when the version is no draft any more.
    """
    authorise(actor, "checklist.manage")
    found = problems(checklist)
    if found:
        raise RoundsError("checklist.faulty", count=len(found))
    with unit_of_work(db, actor) as work:
        fresh = _row(checklist, DRAFT, work.now)
        inserted = insert_missing(work.session, ChecklistVersion, [fresh])
        row = _find(work.session, checklist)
        if inserted:
            _record(work, "checklist.uploaded", row, sha256=row.sha256)
            reference_photos.inherit(work, row.id or 0, checklist)
        elif row.sha256 != fresh["sha256"]:
            content = {name: fresh[name] for name in ("kind", "title_zh", "title_en", "content", "sha256")}
            if not _change(work.session, row, (DRAFT,), **content):
                raise RoundsError("checklist.version_taken", code=checklist.code, version=checklist.version)
            _record(work, "checklist.uploaded", row, sha256=[row.sha256, fresh["sha256"]])
        return row.id or 0


def publish(db: Database, actor: Actor, version_id: int) -> None:
    """Let new visits be made with a draft or a withdrawn version. Raises `not_found`, `wrong_state`."""
    _move(db, actor, version_id, (DRAFT, WITHDRAWN), PUBLISHED)


def withdraw(db: Database, actor: Actor, version_id: int) -> None:
    """Take a draft or a published version away from new visits. Raises `not_found`, `wrong_state`."""
    _move(db, actor, version_id, (DRAFT, PUBLISHED), WITHDRAWN)


def unfinished(db: Database, actor: Actor, version_id: int) -> int:
    """How many visits are still to be made, or submitted, with a version: for who publishes another one."""
    authorise(actor, "checklist.manage")
    query = select(func.count()).select_from(Visit).where(Visit.checklist_version_id == version_id)
    with db.read() as session:
        return session.exec(query.where(col(Visit.state).in_(AHEAD))).one()


def changes(db: Database, actor: Actor, old_id: int, new_id: int) -> Changes:
    """What differs from one version to another; raises `not_found`."""
    return compare(get(db, actor, old_id)[1], get(db, actor, new_id)[1])


def as_workbook(db: Database, actor: Actor, version_id: int) -> Export:
    """The version as an Excel workbook in XLSForm shape; raises `not_found`."""
    return xlsform.export(get(db, actor, version_id)[1])


def as_yaml(db: Database, actor: Actor, version_id: int) -> Export:
    """The version as YAML; raises `not_found`."""
    checklist = get(db, actor, version_id)[1]
    return Export(f"checklist-{checklist.code}-{checklist.version}.yaml", "application/yaml", write_yaml(checklist))


def _move(db: Database, actor: Actor, version_id: int, sources: Sequence[str], target: str) -> None:
    authorise(actor, "checklist.manage")
    with unit_of_work(db, actor) as work:
        row = work.session.get(ChecklistVersion, version_id)
        if row is None:
            raise RoundsError("not_found")
        before = row.status
        published_at = work.now if target == PUBLISHED else row.published_at
        if not _change(work.session, row, sources, status=target, published_at=published_at):
            raise RoundsError("wrong_state", state=before)
        _record(work, f"checklist.{target}", row, status=[before, target])


def _change(session: Session, row: ChecklistVersion, states: Sequence[str], **new: object) -> bool:
    """Write on condition of the state, so that of two people only the first one moves it."""
    session.expunge(row)
    done = session.exec(
        update(ChecklistVersion)
        .where(col(ChecklistVersion.id) == row.id, col(ChecklistVersion.status).in_(states))
        .values(**new)
    )
    return bool(done.rowcount)


def _record(work: Work, verb: str, row: ChecklistVersion, **data: object) -> None:
    work.record(verb, "checklist_version", row.id, code=row.code, version=row.version, **data)


def _row(checklist: Checklist, status: str, now: dt.datetime) -> dict[str, object]:
    content = checklist.to_json()
    return {
        "code": checklist.code,
        "version": checklist.version,
        "kind": checklist.kind,
        "title_zh": checklist.title_zh,
        "title_en": checklist.title_en,
        "status": status,
        "content": content,
        "sha256": digest(content),
        "created_at": now,
        "published_at": now if status == PUBLISHED else None,
    }


def _known(session: Session, code: str) -> bool:
    query = select(ChecklistVersion.id).where(ChecklistVersion.code == code, ChecklistVersion.status == PUBLISHED)
    return session.exec(query.limit(1)).first() is not None


def _find(session: Session, checklist: Checklist) -> ChecklistVersion:
    query = select(ChecklistVersion).where(
        ChecklistVersion.code == checklist.code, ChecklistVersion.version == checklist.version
    )
    return session.exec(query).one()


def _list(session: Session, drafts: bool, code: str) -> list[Version]:
    used = select(Visit.checklist_version_id, func.count().label("visits")).group_by(col(Visit.checklist_version_id))
    counts = used.subquery()
    table, names = ChecklistVersion, [field.name for field in fields(Version) if field.name != "visits"]
    columns: list[Any] = [getattr(table, name) for name in names]
    query = (
        columns_of(*columns, func.coalesce(counts.c.visits, 0))
        .outerjoin(counts, counts.c.checklist_version_id == table.id)
        .order_by(col(table.code), col(table.created_at).desc(), col(table.id).desc())
    )
    if not drafts:
        query = query.where(col(table.status) != DRAFT)
    if code:
        query = query.where(col(table.code) == code)
    return [Version(*line) for line in session.execute(query)]


def _published(version: Version) -> tuple[dt.datetime, int]:
    return version.published_at or version.created_at, version.id
