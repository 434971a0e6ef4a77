"""Who may import whom, how the code is written, and the settings that the product cannot do without."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import streamlit as st

from audit.config import PROJECT, Settings
from audit.db import engine
from audit.db.engine import Database
from audit.errors import RoundsError
from audit.ui.effective import NEEDED, assert_settings
from tests.listing import project_files

TOOLS = Path(sys.executable).parent


@pytest.mark.parametrize("command", [["lint-imports"], ["ruff", "check", "."], ["ruff", "format", "--check", "."]])
def test_the_code_keeps_the_house_rules(command: list[str]) -> None:
    ran = subprocess.run(
        [str(TOOLS / command[0]), *command[1:]], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stdout[-3000:] + ran.stderr[-1000:]


def test_pages_are_thin() -> None:
    long = [page.name for page in (PROJECT / "pages").glob("*.py") if len(page.read_text("utf-8").splitlines()) > 150]
    assert long == []


def test_the_settings_that_the_product_needs_of_streamlit_take_effect() -> None:
    assert_settings()
    assert {name: st.get_option(name) for name in NEEDED} == NEEDED


def test_streamlit_run_serves_this_machine_only() -> None:
    assert st.get_option("server.address") == "localhost"


def test_an_unsafe_streamlit_setting_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(NEEDED, "runner.postScriptGC", True)
    with pytest.raises(RoundsError, match="unsafe"):
        assert_settings()


def test_an_sqlite_that_can_lose_commits_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine.sqlite, "sqlite_version_info", (3, 51, 2))
    with pytest.raises(RoundsError, match="database_too_old"):
        Database(f"sqlite:///{tmp_path}/x.sqlite3")


# fmt: off
UNSAFE = {
    "passwords in the clear":  {"host": "0.0.0.0", "public_url": "http://10.0.0.5:8501"},
    "sign-in without client":  {"oidc_issuer": "https://sso.example"},
}
SAFE = {
    "this machine only":       {},
    "behind a TLS proxy":      {"host": "127.0.0.1", "public_url": "https://rounds.example"},
    "own TLS":                 {"host": "0.0.0.0", "public_url": "https://rounds.lan:8501"},
    "a demo on the network":   {"host": "0.0.0.0", "demo": True},
}
# fmt: on


@pytest.mark.parametrize("given", UNSAFE.values(), ids=UNSAFE.keys())
def test_unsafe_settings_are_refused(given: dict[str, object]) -> None:
    with pytest.raises(RoundsError, match="unsafe"):
        Settings(**given).check()  # type: ignore[arg-type]


@pytest.mark.parametrize("given", SAFE.values(), ids=SAFE.keys())
def test_safe_settings_are_taken(given: dict[str, object]) -> None:
    assert Settings(**given).check()  # type: ignore[arg-type]


def test_a_data_folder_is_the_same_for_every_process_wherever_it_runs(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    assert Settings(home=Path("data")).home == tmp_path / "data"


def test_every_setting_says_what_it_is_for() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


def test_nothing_of_one_machine_stands_in_the_project() -> None:
    binary = {".png", ".jpg", ".json", ".lock", ".pyc"}
    machine = re.compile(r"(?<![\w.])/(?:home|work|root|Users)/\w")
    texts = [path for path in project_files() if path.suffix not in binary]
    assert [path.name for path in texts if machine.search(path.read_text("utf-8", "replace"))] == []
