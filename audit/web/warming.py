"""What the pages import is loaded before the first visitor comes, so that nobody waits for it.

Streamlit runs a page's file anew for each rerun and loads what it imports at the first one. Only those files know
which modules they are, so they are read, not run.
"""

import ast
import inspect
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path

from audit.i18n import LOCALES, catalogue


def imported_by(folder: Path) -> list[str]:
    """The modules that the Python files of a folder import, each once, in order."""
    found: dict[str, None] = {}
    for file in sorted(folder.glob("*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                found.update(dict.fromkeys(alias.name for alias in node.names))
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found[node.module] = None
                found.update({f"{node.module}.{alias.name}": None for alias in node.names})
    return list(found)


def warm(folder: Path) -> None:
    """Load what the pages in a folder import, the words of every language, and what Python keeps of the modules."""
    load(imported_by(folder))
    for locale in LOCALES:
        catalogue(locale)
    inspect.stack()  # Streamlit calls it with its first element; the first call looks at every module


def load(names: Iterable[str]) -> None:
    """Import the modules; a name that turns out to be a function or class of its module is none."""
    for name in names:
        parent, _, _part = name.rpartition(".")
        try:
            import_module(name)
        except ModuleNotFoundError as error:
            if error.name != name or not parent:
                raise
