"""What a full disk does, for whoever is not root: the tests marked `small_disk` once more, in a user namespace."""

import subprocess
import sys
from pathlib import Path

import pytest

from audit.config import PROJECT
from tests import disks


def test_full_disks_are_tested_without_root_too(tmp_path: Path) -> None:
    if disks.allowed("mount", "-t", "tmpfs", "tmpfs", str(tmp_path)):
        subprocess.run(["umount", str(tmp_path)], check=True)
        pytest.skip("this process mounts what the tests need itself")
    if not disks.allowed(*disks.NAMESPACE, "true"):
        pytest.skip(disks.NOT_HERE)
    # The namespace has one user: the server of PostgreSQL, which root may not run, cannot be given to another one.
    options = ["-m", "small_disk", "-k", "not postgresql", "-p", "no:cacheprovider", f"--basetemp={tmp_path / 'run'}"]
    command = [*disks.NAMESPACE, sys.executable, "-m", "pytest", "tests/faults", "tests/services/test_backup.py"]
    ran = subprocess.run([*command, *options], cwd=PROJECT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout[-3000:] + ran.stderr[-1000:]
    assert "skipped" not in ran.stdout
