"""Small file systems that tests fill up, and what the run says when none can be had.

Root mounts one. Anybody else gets one in a user namespace: a process there holds the mount, and `/proc` leads to it.
"""

import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from subprocess import PIPE

import pytest

NOT_HERE = "no small file system to be had: neither root nor a user namespace may mount one"


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[Path]:
    """A file system of that size, at `folder` or elsewhere; the test is skipped where there is none to be had."""
    folder.mkdir(exist_ok=True)
    with ExitStack() as held:
        disk = held.enter_context(mounted(folder, megabytes)) or held.enter_context(in_namespace(folder, megabytes))
        if disk is None:
            pytest.skip(NOT_HERE)
        yield disk


@contextmanager
def mounted(folder: Path, megabytes: int) -> Iterator[Path | None]:
    """Mounted on the folder; None when this is not allowed."""
    mount = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)]
    try:
        allowed = subprocess.run(mount, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        allowed = False
    if not allowed:
        yield None
        return
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@contextmanager
def in_namespace(folder: Path, megabytes: int) -> Iterator[Path | None]:
    """Mounted by a process in a namespace of its own, for as long as it lives; None when this is not allowed."""
    script = f'mount -t tmpfs -o size={megabytes}m tmpfs "$0" && echo ready && cat'
    command = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", script, str(folder)]
    try:
        holder = subprocess.Popen(command, stdin=PIPE, stdout=PIPE, stderr=PIPE)
    except FileNotFoundError:
        yield None
        return
    with holder:
        assert holder.stdout
        ready = holder.stdout.readline() == b"ready\n"
        yield Path(f"/proc/{holder.pid}/root{folder}") if ready else None
        holder.kill()


def has_a_path_of_its_own(disk: Path) -> None:
    """Skip the test unless SQLite can keep a database there: it follows the link of `/proc` out of the namespace."""
    if disk.is_relative_to("/proc"):
        pytest.skip(f"{NOT_HERE} for SQLite")


def untested(reporter: pytest.TerminalReporter) -> None:
    """Say at the end of a run, so that nobody overlooks it, what a full disk does was not tested here."""
    skipped = [report for report in reporter.stats.get("skipped", ()) if NOT_HERE in str(report.longrepr)]
    if skipped:
        reporter.section("NOT TESTED: what a full disk does", sep="!", red=True, bold=True)
        reporter.line(f"{len(skipped)} skipped, {NOT_HERE}:", red=True)
        for report in skipped:
            reporter.line(f"  {report.nodeid}")
