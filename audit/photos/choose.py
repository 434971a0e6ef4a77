"""Which store the settings ask for."""

from pathlib import Path

from audit.photos.local import LocalStore
from audit.photos.store import PhotoStore


def open_store(photo_store: str, home: Path) -> PhotoStore:
    """The store that the setting `photo_store` names: "" (`<home>/photos`), a folder, or `s3://bucket/prefix?…`."""
    if photo_store.startswith("s3://"):
        from audit.photos.bucket import S3Store  # its library is large, and most installations need no bucket

        return S3Store(photo_store, home / "spool")
    return LocalStore(Path(photo_store) if photo_store else home / "photos")
