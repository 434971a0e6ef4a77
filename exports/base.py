"""What every exporter takes and returns.

An exporter takes a frozen value of `audit.domain.reports`, a language and what it needs from outside (photo files, the
renderer), and returns an `Export` or, for large ones, `Written`. Pages, routes, jobs and the command line share it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from audit.domain.reports import PhotoRef

PhotoFile = Callable[[PhotoRef], Path]  # where the derivative that the reference names lies on this machine
Progress = Callable[[float, str], None]  # share done (0..1) and the step: fetch | layout | write


@dataclass(frozen=True)
class Export:
    """A finished file, held in memory."""

    filename: str
    media_type: str
    content: bytes


@dataclass(frozen=True)
class Written:
    """A finished document in a file of its own: one with 200 photos is 40 MB that nobody needs in memory."""

    filename: str  # the name to offer it under; `path` may have another one
    media_type: str
    path: Path
    pages: int


def no_progress(_share: float, _step: str) -> None:
    """For callers who do not want to know."""
