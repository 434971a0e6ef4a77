"""The whole check of an installation: its history, its documents, its photos; faults and orphans by name."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlmodel import col, select

from audit.db.models import Document
from audit.errors import RoundsError
from audit.photos.store import ORPHAN_AGE, PhotoStore
from audit.services import document_care, heads, photo_care
from audit.services.history import verify_history
from audit.services.installation import Installation

_CHUNK = 1024 * 1024


@dataclass(frozen=True)
class Verdict:
    """What was checked, and what is wrong, one line in English for each; `orphans` do no harm and go after a day."""

    events: int
    heads: int
    documents: int
    photos: int
    faults: tuple[str, ...]
    orphans: tuple[str, ...]


def verify(house: Installation, deep: bool = False) -> Verdict:
    """Check everything. Documents are always hashed; photos only with `deep`: they are many."""
    noted = list(heads.read(house.settings))
    events, faults = verify_history(house.db, noted)
    with house.db.read() as session:
        rows = session.exec(select(Document).where(Document.sha256 != "").order_by(col(Document.id))).all()
        documents = {row.sha256: f"document {row.id} ({row.filename})" for row in rows}
        evidence = sorted(document_care.needed(session) - set(documents))
        documents |= {sha256: f"evidence file {sha256}" for sha256 in evidence}
        photos = photo_care.needed(session)
    documents_there, photos_there = _stored(house.documents), _stored(house.photos)
    for sha256, name in documents.items():
        faults += _fault_of(house.documents, sha256, name, sha256 in documents_there, True)
    for sha256 in sorted(photos):
        faults += _fault_of(house.photos, sha256, f"photo {sha256}", sha256 in photos_there, deep)
    orphans = [
        *(f"document file {sha256}" for sha256 in _old(documents_there, documents)),
        *(f"photo file {sha256}" for sha256 in _old(photos_there, photos)),
    ]
    return Verdict(events, len(noted), len(documents), len(photos), tuple(faults), tuple(orphans))


def _stored(store: PhotoStore) -> dict[str, datetime]:
    return {blob.sha256: blob.modified_at for blob in store.blobs()}


def _old(there: dict[str, datetime], needed: Iterable[str]) -> list[str]:
    """Blobs that no row needs and whose row is not about to come."""
    limit = datetime.now(UTC) - ORPHAN_AGE
    known = set(needed)
    return sorted(sha256 for sha256, modified_at in there.items() if sha256 not in known and modified_at < limit)


def _fault_of(store: PhotoStore, sha256: str, name: str, there: bool, read: bool) -> list[str]:
    if not there and not store.exists(sha256):  # it may have come since the list was made
        return [f"{name}: the file is missing"]
    if not read:
        return []
    try:
        found = _hash(store, sha256)
    except RoundsError:
        return [f"{name}: the file is missing"]
    return [] if found == sha256 else [f"{name}: the file was changed, its hash is {found}"]


def _hash(store: PhotoStore, sha256: str) -> str:
    digest = hashlib.sha256()
    with store.open(sha256) as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
