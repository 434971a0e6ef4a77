"""Which photos look like these: by bytes, and by fingerprint through an index of the four parts of the pHash.

Two pHashes within the bounds of `domain.photos.is_reuse` agree in one of their parts but for one bit at most
(`domain.photos.parts_near`): some seventy look-ups a photo, whatever the size of the city.
"""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from sqlalchemy import literal_column
from sqlalchemy import select as select_rows
from sqlmodel import Session, col

from audit.db.models import Evidence, Photo
from audit.domain.photos import PHASH_PARTS, Fingerprint, is_reuse, parts_near

# Literal numbers: an index of an expression is not recognised by parameters.
WIDTH = 16 // PHASH_PARTS


def near(session: Session, model: type[Photo] | type[Evidence], ours: Mapping[str, Fingerprint]) -> dict[str, set[str]]:
    """Other photo of `model` → those of ours (uuid → fingerprint) that it may be again; ours among themselves too."""
    found: dict[str, set[str]] = defaultdict(set)
    rows: Any = select_rows(col(model.uuid), col(model.sha256), col(model.phash), col(model.dhash))
    by_bytes: dict[str, set[str]] = defaultdict(set)
    by_part: list[dict[str, set[str]]] = [defaultdict(set) for _part in range(PHASH_PARTS)]
    for uuid, mine in ours.items():
        by_bytes[mine.sha256].add(uuid)
        for part, values in enumerate(parts_near(mine.phash) if mine.dhash else ()):
            for value in values:
                by_part[part][value].add(uuid)
    for other, sha256, *_hashes in session.execute(rows.where(col(model.sha256).in_(by_bytes))).all():
        found[other] |= by_bytes[sha256]
    for part, wanted in enumerate(by_part):
        if not wanted:
            continue
        place: Any = literal_column(f"substr({model.__tablename__}.phash, {1 + WIDTH * part}, {WIDTH})")
        for row in session.execute(rows.where(place.in_(wanted))).all():
            mine_near = wanted[row.phash[WIDTH * part : WIDTH * (part + 1)]]
            found[row.uuid] |= {uuid for uuid in mine_near if is_reuse(ours[uuid], row)}
    return {other: mine - {other} for other, mine in found.items() if mine - {other}}
