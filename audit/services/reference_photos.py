"""Reference photos: how an item of a checklist should look, for whoever stands in front of it.

They lie beside a version's content, because the content of a published version never changes, and belong to that one
version: what is attached to a newer version changes nothing for visits made with an older one. A new version begins
with the photos of the version before it, for the items that both have. A photo is decoded by the intake like any
other, and only its two derivatives, which carry no metadata, are kept; their hashes are their addresses.

`reference_photo` in a checklist's exchange form is a name for people who keep the pictures in a folder; it is shown
where a photo is still missing, and nothing is looked up by it.
"""

from collections import defaultdict
from collections.abc import Iterable

from sqlalchemy import ColumnElement
from sqlmodel import Session, and_, col, delete, or_, select, update

from audit.db.engine import Database
from audit.db.models import ChecklistVersion, ReferencePhoto
from audit.db.upsert import insert_missing
from audit.domain.checklist import Checklist
from audit.domain.permissions import Actor, authorise, authorise_somewhere
from audit.domain.photos import MAX_BYTES
from audit.errors import RoundsError
from audit.photos.intake import IntakePool
from audit.photos.store import PhotoStore, is_blob_name
from audit.services.work import Work, unit_of_work

STATES = ("draft", "published")  # of the versions whose photos may be changed
Pictures = dict[str, str]  # {"thumbnail": sha256, "picture": sha256}


def attach(
    db: Database, actor: Actor, store: PhotoStore, intake: IntakePool, version_id: int, item_code: str, data: bytes
) -> None:
    """Show this photo with an item from now on, instead of the one before; blocks while it is decoded.

    Raises `not_found`, `wrong_state` for a withdrawn version, `photo.*` for what is no good photo, `storage_full`.
    """
    authorise(actor, "checklist.manage")
    with db.read() as session:
        _item_of(session, version_id, item_code)
    if len(data) > MAX_BYTES:
        raise RoundsError("photo.too_big", limit=MAX_BYTES // 1024 // 1024)
    found = intake.take_in(data)
    pictures = {
        "thumbnail_sha256": store.put_bytes(found.thumbnail),
        "picture_sha256": store.put_bytes(found.report),
    }
    with unit_of_work(db, actor) as work:
        version = _item_of(work.session, version_id, item_code)
        key = {"checklist_version_id": version_id, "item_code": item_code}
        values = {**pictures, "added_at": work.now}
        if not insert_missing(work.session, ReferencePhoto, [{**key, **values}]):
            work.session.exec(update(ReferencePhoto).where(_at(version_id, item_code)).values(**values))
        _record(work, "checklist.reference_photo_attached", version, item=item_code, sha256=pictures["picture_sha256"])


def remove(db: Database, actor: Actor, version_id: int, item_code: str) -> None:
    """Show no photo with an item any more. Raises `not_found`, `wrong_state` for a withdrawn version."""
    authorise(actor, "checklist.manage")
    with unit_of_work(db, actor) as work:
        version = _item_of(work.session, version_id, item_code)
        if not work.session.exec(delete(ReferencePhoto).where(_at(version_id, item_code))).rowcount:
            raise RoundsError("not_found")
        _record(work, "checklist.reference_photo_removed", version, item=item_code)


def of_version(db: Database, actor: Actor, version_id: int) -> dict[str, Pictures]:
    """Item code → the hashes of its pictures."""
    authorise_somewhere(actor, "checklist.read")
    with db.read() as session:
        return of_versions(session, [version_id])[version_id]


def of_versions(session: Session, version_ids: Iterable[int]) -> dict[int, dict[str, Pictures]]:
    """Version id → item code → the hashes of its pictures; an empty dict for a version without photos."""
    found: dict[int, dict[str, Pictures]] = defaultdict(dict)
    query = select(ReferencePhoto).where(col(ReferencePhoto.checklist_version_id).in_(list(version_ids)))
    for row in session.exec(query.order_by(col(ReferencePhoto.item_code))).all():
        pictures = {"thumbnail": row.thumbnail_sha256, "picture": row.picture_sha256}
        found[row.checklist_version_id][row.item_code] = pictures
    return found


def check_readable(db: Database, actor: Actor, sha256: str) -> None:
    """Pass when this blob is a reference photo, which anybody may see who is signed in. Raises `not_found`."""
    authorise_somewhere(actor, "checklist.read")
    with db.read() as session:
        if not is_blob_name(sha256) or not is_used(session, sha256):
            raise RoundsError("not_found")


def is_used(session: Session, sha256: str) -> bool:
    """Whether a blob is a picture of a reference photo."""
    either = or_(col(ReferencePhoto.thumbnail_sha256) == sha256, col(ReferencePhoto.picture_sha256) == sha256)
    return session.exec(select(ReferencePhoto.id).where(either).limit(1)).first() is not None


def inherit(work: Work, version_id: int, checklist: Checklist) -> None:
    """Give a version that was just made the photos of the newest version of its list before it."""
    before = work.session.exec(
        select(ChecklistVersion.id)
        .where(ChecklistVersion.code == checklist.code, col(ChecklistVersion.id) != version_id)
        .order_by(col(ChecklistVersion.created_at).desc(), col(ChecklistVersion.id).desc())
        .limit(1)
    ).first()
    if before is None:
        return
    rows = work.session.exec(select(ReferencePhoto).where(ReferencePhoto.checklist_version_id == before)).all()
    kept = [row for row in rows if checklist.item(row.item_code)]
    work.session.add_all(
        ReferencePhoto(**row.model_dump(exclude={"id"}) | {"checklist_version_id": version_id}) for row in kept
    )


def _item_of(session: Session, version_id: int, item_code: str) -> ChecklistVersion:
    row = session.get(ChecklistVersion, version_id)
    if row is None or Checklist.from_json(row.content).item(item_code) is None:
        raise RoundsError("not_found")
    if row.status not in STATES:
        raise RoundsError("wrong_state", state=row.status)
    return row


def _at(version_id: int, item_code: str) -> ColumnElement[bool]:
    return and_(col(ReferencePhoto.checklist_version_id) == version_id, col(ReferencePhoto.item_code) == item_code)


def _record(work: Work, verb: str, row: ChecklistVersion, **data: object) -> None:
    work.record(verb, "checklist_version", row.id, code=row.code, version=row.version, **data)
