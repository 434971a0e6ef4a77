"""A contestant's card as a picture to send on: drawn once, then read from the data folder's cache."""

import hashlib
import os
import threading
from pathlib import Path

from audit.db.models import Season
from audit.i18n import pick
from audit.services.contest import candidates
from audit.services.installation import Installation
from exports.vote_card import FORMAT, Card, draw


def picture(house: Installation, season: Season, locale: str, code: str, address: str) -> bytes:
    """The card in a language as JPEG; `address`: where its QR code leads.

    It is kept under what stands on it, so that a new portrait, name or hall makes a new one, which takes the place of
    the one before. Raises `not_found`, also for one who withdrew, and `report.fonts_missing`.
    """
    one = candidates.one(house.db, season.id or 0, locale, code)
    place = " · ".join(filter(None, (one.organisation, one.outlet)))
    card = Card(locale, pick(locale, season.name_zh, season.name_en), one.name, place, one.code, address)
    portrait = one.photo if one.photo and house.photos.exists(one.photo) else ""
    told = hashlib.sha256(repr((FORMAT, card, portrait)).encode()).hexdigest()
    folder, whose = house.settings.home / "cache" / "cards", f"{one.code}-{locale}-"
    path = folder / f"{whose}{told[:32]}.jpg"
    if not path.exists():
        content = draw(card, house.photos.read(portrait) if portrait else None, house.settings.home / "cache" / "fonts")
        _keep(path, content)
        for old in set(folder.glob(f"{whose}*.jpg")) - {path}:
            old.unlink(missing_ok=True)
        return content
    return path.read_bytes()


def _keep(path: Path, content: bytes) -> None:
    """Write a file so that it is there whole or not at all, however many draw it at once."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}")
    unfinished.write_bytes(content)
    unfinished.replace(path)
