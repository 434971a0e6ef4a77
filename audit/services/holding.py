"""Who has a folder in hand. The system lets go of the lock when the process ends, however it ends."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from audit.errors import RoundsError

try:
    import fcntl
except ImportError:  # Windows has no such locks; there it is for people to do one thing at a time
    fcntl = None  # type: ignore[assignment]


@contextlib.contextmanager
def held(folder: Path, refusal: str, together: bool = False) -> Iterator[None]:
    """Hold a folder, made when missing: alone, or `together` with others who hold it so.

    Raises `refusal` with {folder}, at once, while somebody holds it that does not go with this.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (folder / ".lock").open("ab") as file:  # no child process inherits it
        if fcntl is not None:
            try:
                fcntl.flock(file, (fcntl.LOCK_SH if together else fcntl.LOCK_EX) | fcntl.LOCK_NB)
            except BlockingIOError as taken:
                raise RoundsError(refusal, folder=str(folder)) from taken
        yield  # closing the file ends the lock
