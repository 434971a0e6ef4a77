"""Which workers live: each keeps a file locked under its own name, and the system lets go of the lock when it dies.

So the jobs of a dead worker are known at once by every other one that sees the same folder. Of a worker whose file is
not there (it runs on another machine) nothing is known here: its silence tells.
"""

import os
from collections.abc import Collection
from pathlib import Path
from uuid import uuid4

try:
    import fcntl
except ImportError:  # Windows has no such locks; there a worker's silence tells
    fcntl = None  # type: ignore[assignment]


def sign_on(home: Path) -> str:
    """Take a name of one's own, and keep it locked until this process ends."""
    name, folder = uuid4().hex, home / "workers"
    if fcntl is not None:
        folder.mkdir(parents=True, exist_ok=True)
        made = folder / f".{name}"
        entry = os.open(made, os.O_CREAT | os.O_RDWR, 0o600)  # stays open; no child process inherits it
        fcntl.flock(entry, fcntl.LOCK_EX)
        made.rename(folder / name)  # under its name nobody ever sees it without its lock
    return name


def dead(home: Path) -> list[str]:
    """The names of workers that signed on in this folder and have ended."""
    return [path.name for path in (home / "workers").glob("[!.]*") if fcntl is not None and _free(path)]


def forget(home: Path, names: Collection[str]) -> None:
    """Take the files of dead workers away, once nothing runs under their names any more."""
    for name in names:
        (home / "workers" / name).unlink(missing_ok=True)


def _free(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:  # locked: it lives; or gone meanwhile
        return False
    return True
