"""The command line: exit 0 and the result on stdout, or not 0 and one clear line on stderr."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from audit.config import PROJECT, Settings
from audit.db.engine import Database
from audit.db.models import Account
from tests.factories import NOW


@pytest.fixture
def audit(tmp_path: Path):
    """Runs `python -m audit …` on an empty data folder."""

    def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        surroundings = {**os.environ, "ROUNDS_HOME": str(tmp_path), **environment}
        command = [sys.executable, "-m", "audit", *arguments]
        return subprocess.run(command, cwd=PROJECT, env=surroundings, capture_output=True, text=True, check=False)

    return run


def _refused(ran: subprocess.CompletedProcess[str], *words: str) -> None:
    assert ran.returncode != 0
    assert ran.stdout == ""
    assert len(ran.stderr.strip().splitlines()) == 1, ran.stderr
    for word in words:
        assert word in ran.stderr


def test_a_real_start_needs_no_browser(audit) -> None:
    made = audit("init", "--name", "chief")
    assert made.returncode == 0, made.stderr
    assert "one-time password: " in made.stdout
    _refused(audit("init", "--name", "second"), "setup.already_done")
    added = audit("user", "add", "wang", "--name", "王镕", "--role", "marketing")
    assert (added.returncode, "one-time password of wang: " in added.stdout) == (0, True), added.stderr
    assert "wang\t王镕\tmarketing" in audit("user", "list").stdout
    _refused(audit("user", "add", "wang"), "account.name_taken")
    _refused(audit("user", "add", "hu", "--role", "hall"), "account.grant_invalid")
    _refused(audit("user", "reset", "nobody"), "not_found")
    assert audit("user", "deactivate", "wang").returncode == 0
    _refused(audit("user", "deactivate", "chief"), "account.last_administrator")
    assert audit("user", "open").stdout == "no open work hangs on a deactivated account\n"
    verified = audit("verify")
    assert (verified.returncode, verified.stdout.startswith("history intact: ")) == (0, True)
    assert audit("migrate").stdout.startswith("schema: ")


def test_a_short_name_is_found_among_many_that_hold_it(audit, tmp_path: Path) -> None:
    assert audit("init", "--name", "li").returncode == 0
    db = Database(f"sqlite:///{tmp_path / 'rounds.sqlite3'}")
    with db.write() as session:  # all of them come before it, and fill the first page of a list
        session.add_all(Account(sign_in_name=f"a{n}li", name="李", created_at=NOW) for n in range(30))
    db.close()
    reset = audit("user", "reset", "li")
    assert reset.stdout.startswith("one-time password of li: "), reset.stderr


def test_a_weak_first_password_is_one_clear_line(audit) -> None:
    _refused(audit("init", ROUNDS_INIT_PASSWORD="short"), "account.weak_password", "at least 10 characters")


def test_every_setting_is_listed_with_its_meaning(audit) -> None:
    listed = audit("settings").stdout
    for name, field in Settings.model_fields.items():
        assert f"ROUNDS_{name.upper()}=" in listed
        assert str(field.description) in listed


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("no-such-command",), ("No such command",)),
        (("demo", "--today", "tomorrow"), ("--today",)),
        (("checklist", "check", "missing.yaml"), ("missing.yaml",)),
        (("report", "--branch", "nowhere", "--out", "x.pdf"), ("[",)),
    ],
    ids=["unknown command", "bad day", "missing file", "unknown branch"],
)
def test_a_mistake_is_one_clear_line(audit, arguments: tuple[str, ...], words: tuple[str, ...]) -> None:
    _refused(audit(*arguments), *words)


def test_unsafe_settings_stop_the_server_with_one_clear_line(audit) -> None:
    _refused(audit("serve", ROUNDS_HOST="0.0.0.0", ROUNDS_PUBLIC_URL="http://10.0.0.5:8501"), "ROUNDS_PUBLIC_URL")


def test_a_backup_tells_its_age_and_that_one_is_due(audit, tmp_path: Path) -> None:
    assert audit("init").returncode == 0
    due = audit("backup")
    assert (due.returncode, due.stdout) == (1, "last backup: ⚠ never\n")
    made = audit("backup", str(tmp_path / "copies"))
    assert made.returncode == 0, made.stderr
    assert made.stdout.startswith("last backup before: ⚠ never\nbackup: ")
    fresh = audit("backup")
    assert (fresh.returncode, "UTC, 0 hours ago" in fresh.stdout, "⚠" in fresh.stdout) == (0, True, False)
