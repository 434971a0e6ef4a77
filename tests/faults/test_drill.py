"""The restore drill as people run it: a small city, backed up while it is written to, restored and compared."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from audit.config import PROJECT


@pytest.mark.faults
@pytest.mark.timeout(1200)
def test_the_drill_passes_and_leaves_nothing_behind(tmp_path: Path) -> None:
    home, temporary = tmp_path / "home", tmp_path / "temporary"
    temporary.mkdir()
    surroundings = os.environ | {"ROUNDS_HOME": str(home), "TMPDIR": str(temporary)}
    ran = subprocess.run(
        [sys.executable, "-m", "audit", "drill"],
        cwd=PROJECT,
        env=surroundings,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.returncode, ran.stdout.splitlines()[-1:]) == (0, ["drill passed"]), ran.stderr
    assert "while 0 writes" not in ran.stdout
    assert list(temporary.iterdir()) == []
    assert [path.name for path in home.iterdir()] == [], "the drill uses no data of the installation"
