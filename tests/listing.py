"""The project's own files, found without git: a machine that runs the tests may not have it."""

from collections.abc import Iterator
from pathlib import Path

from audit.config import PROJECT

NOT_OURS = {".venv", ".git", "var", "node_modules", "__pycache__", ".hypothesis"}


def project_files(*endings: str) -> Iterator[Path]:
    """Every file of ours with one of these endings (".py"); all of them when none is named."""

    def below(folder: Path) -> Iterator[Path]:
        for path in sorted(folder.iterdir()):
            if path.name in NOT_OURS or path.name.endswith("_cache"):
                continue
            if path.is_dir():
                yield from below(path)
            elif not endings or path.suffix in endings:
                yield path

    return below(PROJECT)
