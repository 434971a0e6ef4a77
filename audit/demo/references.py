"""The reference photos of the demo city: a handful of items of the hall checklist as they look when they are right."""

import datetime as dt

from audit.db.engine import Database
from audit.demo.founding import City
from audit.demo.pictures import photo
from audit.photos.intake import IntakePool
from audit.photos.store import PhotoStore
from audit.services import reference_photos

ITEMS = ("A01", "A03", "A04", "A08", "B01", "C01", "C05", "D01")
MODEL_HALL = "model"  # a hall that is not in the city: nobody is shown their own as the example


def attach(db: Database, store: PhotoStore, city: City, seed: int, taken_at: dt.datetime) -> None:
    """Attach them, as marketing does; `taken_at` is the local time of the photos."""
    intake = IntakePool(1)
    try:
        for code in ITEMS:
            data = photo(code, "good", MODEL_HALL, seed, taken_at)
            actor = city.staff["marketing"].actor
            reference_photos.attach(db, actor, store, intake, city.checklist_id, code, data)
    finally:
        intake.close()
