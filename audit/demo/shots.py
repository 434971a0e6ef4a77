"""One photo of the demo city from order to store: drawn, taken in by the real intake, kept.

Worker processes import this module and nothing of the database.
"""

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from audit.demo.pictures import photo
from audit.demo.pictures.signature import signature
from audit.domain.photos import read_rectangles
from audit.i18n import BUSINESS_ZONE
from audit.photos.choose import DOCUMENTS, open_documents, open_store
from audit.photos.intake import Intake
from audit.photos.local import LocalStore
from audit.photos.store import PhotoStore, Spooled
from audit.photos.worker import examine


@dataclass(frozen=True)
class Shot:
    """One photo to take, `minute` minutes into the visit; `signer` makes it a signature instead of a scene."""

    uuid: str
    attached_to: str
    role: str
    minute: int
    scene: str = ""
    condition: str = "good"
    place: str = ""
    signer: str = ""


@dataclass(frozen=True)
class Order:
    """One photo to make: the shot, the aware instant of capture, and the mosaic to burn in."""

    shot: Shot
    taken_at: dt.datetime
    mosaic: tuple[dict[str, float], ...] = ()


class HastyStore(LocalStore):
    """The store in a folder, without waiting for the disk."""

    def _keep(self, spooled: Spooled) -> None:
        target = self.path(spooled.sha256)
        target.parent.mkdir(parents=True, exist_ok=True)
        spooled.path.replace(target)


def hasty_store(photo_store: str, home: Path) -> PhotoStore:
    """The store of the settings; when it is a folder, one that does not wait."""
    if photo_store.startswith("s3://"):
        return open_store(photo_store, home)
    return HastyStore(Path(photo_store) if photo_store else home / "photos")


def hasty_documents(photo_store: str, home: Path) -> PhotoStore:
    """Like `hasty_store`, for documents."""
    if photo_store.startswith("s3://"):
        return open_documents(photo_store, home)
    return HastyStore((Path(photo_store) if photo_store else home) / DOCUMENTS)


_store: PhotoStore | None = None  # of a worker process


def begin(photo_store: str, home: Path) -> None:
    """Prepare a worker process: `photo_store` and `home` as in the settings."""
    global _store
    _store = hasty_store(photo_store, home)


def make(order: Order) -> Intake:
    """Draw one photo or signature, keep the original, and take it in. Needs `begin`."""
    assert _store is not None
    shot, local = order.shot, order.taken_at.astimezone(BUSINESS_ZONE)
    if shot.signer:
        data = signature(shot.signer, shot.uuid)
    else:
        data = photo(shot.scene, shot.condition, shot.place, shot.uuid, local)
    sha256 = _store.put_bytes(data)
    found, thumbnail, report = examine(data, read_rectangles(list(order.mosaic)), sha256)
    found = {**found, "thumbnail_size": tuple(found["thumbnail_size"]), "report_size": tuple(found["report_size"])}
    moment = found.pop("captured_at")
    captured_at = dt.datetime.fromisoformat(moment) if moment else None
    return Intake(captured_at=captured_at, thumbnail=thumbnail, report=report, **found)
