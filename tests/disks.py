"""Small file systems that tests fill up, and what the run says when none can be had.

Root mounts one. For anybody else `tests/faults/test_full_disks.py` runs the tests marked `small_disk` once more, in a
user namespace in which it is root.
"""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

NAMESPACE = ("unshare", "--user", "--map-root-user", "--mount")
NOT_HERE = "neither root nor a user namespace may mount a small file system here"
ELSEWHERE = "done by test_full_disks.py in a user namespace"


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[Path]:
    """A file system of that size at `folder`; the test is skipped when this process may not mount one."""
    folder.mkdir(exist_ok=True)
    if not allowed("mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)):
        pytest.skip(ELSEWHERE if allowed(*NAMESPACE, "true") else NOT_HERE)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def allowed(*command: str) -> bool:
    """Whether a command is there and succeeds."""
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


def untested(reporter: pytest.TerminalReporter) -> None:
    """Say at the end of a run, so that nobody overlooks it, what a full disk does was not tested here."""
    skipped = [report for report in reporter.stats.get("skipped", ()) if NOT_HERE in str(report.longrepr)]
    if skipped:
        reporter.section("NOT TESTED: what a full disk does", sep="!", red=True, bold=True)
        reporter.line(f"{len(skipped)} skipped, {NOT_HERE}:", red=True)
        for report in skipped:
            reporter.line(f"  {report.nodeid}")
