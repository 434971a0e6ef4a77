"""Which stores the settings ask for."""

from pathlib import Path

from audit.photos.local import LocalStore
from audit.photos.store import PhotoStore

DOCUMENTS = "documents"


def open_store(photo_store: str, home: Path) -> PhotoStore:
    """The store that the setting `photo_store` names: "" (`<home>/photos`), a folder, or `s3://bucket/prefix?…`."""
    if photo_store.startswith("s3://"):
        from audit.photos.bucket import S3Store  # its library is large, and most installations need no bucket

        return S3Store(photo_store, home / "spool")
    return LocalStore(Path(photo_store) if photo_store else home / "photos")


def open_documents(photo_store: str, home: Path) -> PhotoStore:
    """The documents' store: `<home>/documents`, or `documents` in the folder or bucket the setting names.

    So whoever reaches the photos, a worker on another machine too, reaches the documents.
    """
    if photo_store.startswith("s3://"):
        from audit.photos.bucket import S3Store

        return S3Store(photo_store, home / "spool", below=DOCUMENTS)
    return LocalStore((Path(photo_store) if photo_store else home) / DOCUMENTS)
