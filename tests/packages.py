"""The npm packages of the tablet form for servers under test: installed once, shared by all data folders."""

from pathlib import Path

from audit.config import PROJECT
from audit.web.packages import ensure_packages, packages_folder


def share_packages(home: Path) -> None:
    """Let a new data folder use the packages of the working copy; they are installed when missing."""
    installed = ensure_packages(PROJECT / "var")
    packages_folder(home).parent.parent.mkdir(parents=True)
    packages_folder(home).parent.symlink_to(installed.parent)
