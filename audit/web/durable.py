"""Small files that must be whole or not there: keys and certificates."""

import os
import secrets
from pathlib import Path


def write_whole(place: Path, content: bytes) -> None:
    """Put a file, readable by its owner alone, in its place in one step: nobody ever finds half of it."""
    new = place.with_name(f".{place.name}.{secrets.token_hex(4)}")
    try:
        handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        new.replace(place)
    finally:
        new.unlink(missing_ok=True)
