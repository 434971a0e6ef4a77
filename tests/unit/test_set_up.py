"""The set-up on a machine that lacks something: one line names the command, or the command is run."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from audit.config import PROJECT

SCRIPT = PROJECT / "deploy" / "system-libraries.sh"
NEEDED = ("sh", "uname", "ls", "grep", "cat")
LACKS_VENV = 'case "$2" in *version_info*) ;; *) exit 1 ;; esac'
TOO_OLD = 'case "$1" in -V) echo "Python 3.9.2" ;; *) exit 1 ;; esac'


@pytest.fixture
def machine(tmp_path: Path):
    """Runs the script where a Python and the given commands are all there is; apt-get writes down what it was asked."""

    def run(python: str, **commands: str) -> tuple[subprocess.CompletedProcess[str], str]:
        found = {"python3": python, "apt-get": f'echo "$@" >> "{tmp_path}/asked"', **commands}
        for name in NEEDED:
            (tmp_path / name).symlink_to(shutil.which(name) or "")
        for name, text in found.items():
            (tmp_path / name).write_text(f"#!{tmp_path}/sh\n{text}\n")
            (tmp_path / name).chmod(0o755)
        surroundings = {name: value for name, value in os.environ.items() if name != "PYTHON"} | {"PATH": str(tmp_path)}
        ran = subprocess.run(
            [tmp_path / "sh", SCRIPT, "test"], env=surroundings, capture_output=True, text=True, check=False
        )
        asked = tmp_path / "asked"
        return ran, asked.read_text() if asked.exists() else ""

    return run


def _refused(ran: subprocess.CompletedProcess[str], *words: str) -> None:
    assert (ran.returncode, ran.stdout, len(ran.stderr.splitlines())) == (1, "", 1), ran.stderr
    for word in words:
        assert word in ran.stderr


def test_without_the_right_to_install_one_line_names_the_command_with_all_that_is_missing(machine) -> None:
    ran, asked = machine(LACKS_VENV, id="echo 1000")
    _refused(ran, "Run as root: apt-get update && apt-get install", " python3-venv", " chromium", " fontconfig")
    assert asked == ""


def test_who_may_become_root_by_a_password_is_told_the_command_with_sudo(machine) -> None:
    ran, asked = machine(LACKS_VENV, id="echo 1000", sudo="exit 1")
    _refused(ran, "Run: sudo apt-get update && sudo apt-get install")
    assert asked == ""


def test_with_the_right_to_install_it_is_done(machine) -> None:
    ran, asked = machine(LACKS_VENV, id="echo 0")
    assert ran.returncode == 0, ran.stderr
    update, install = asked.splitlines()
    assert (update, " chromium" in install, " python3-venv" in install) == ("update -qq", True, True)


def test_a_python_that_is_too_old_is_named(machine) -> None:
    ran, asked = machine(TOO_OLD, id="echo 0")
    _refused(ran, "3.11", "Python 3.9.2", "make PYTHON=")
    assert asked == ""
