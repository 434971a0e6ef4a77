"""From a document's value to its file: photos and evidence are found in their store, the form lays them out."""

import contextlib
from pathlib import Path
from typing import Any

from sqlmodel import col, select

from audit.db.models import Evidence, Photo
from audit.domain.reports import LANGUAGES, PhotoRef
from audit.errors import RoundsError
from audit.services.installation import Installation
from audit.services.photos import remake_all
from exports.base import Progress, Written, no_progress
from exports.exporters import EXPORTERS


def check_language(language: str) -> None:
    """Raises `invalid` for a language that documents do not have."""
    if language not in LANGUAGES:
        raise RoundsError("invalid", field="language")


def lay_out(
    house: Installation, kind: str, value: Any, language: str, out: Path, progress: Progress = no_progress
) -> Written:
    """A value of one of the kinds of `EXPORTERS` as a PDF in the file `out`.

    Raises `invalid` for an unknown language, `report.photo_missing` for a photo whose picture is not there, and
    `report.*` from the layout.
    """
    check_language(language)
    uuids = [str(photo.uuid) for photo in value.photos()]
    remake_all(house.db, house.photos, house.intake, uuids)
    with house.db.read() as session:
        pictures = select(Photo.uuid, Photo.report_sha256).where(col(Photo.uuid).in_(uuids))
        proofs = select(Evidence.uuid, Evidence.report_sha256).where(col(Evidence.uuid).in_(uuids))
        blobs = dict([*session.exec(proofs).all(), *session.exec(pictures).all()])
    with contextlib.ExitStack() as files:

        def photo_file(photo: PhotoRef) -> Path:
            try:
                return files.enter_context(house.photos.as_file(blobs[str(photo.uuid)]))
            except (RoundsError, KeyError) as error:
                raise RoundsError("report.photo_missing", name=str(photo.uuid)) from error

        return EXPORTERS[kind].export(value, language, photo_file, house.renderer, out, progress)
