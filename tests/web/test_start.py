"""The server does not start where it would do harm."""

import os
import subprocess
import sys
from pathlib import Path

from audit.config import PROJECT
from audit.db.engine import Database
from audit.services.holding import held
from tests.contesting import found_contest
from tests.factories import found_city

START = """
import asyncio
import app

async def begin():
    asked, answers = [{"type": "lifespan.startup"}], []
    async def receive():
        return asked.pop()
    async def send(message):
        answers.append(message["type"])
    try:
        await app.app({"type": "lifespan", "asgi": {"version": "3.0"}, "state": {}}, receive, send)
    finally:
        print(answers)

asyncio.run(begin())
"""


def refused_start(home: Path, database_url: str) -> subprocess.CompletedProcess[str]:
    """What a server process said that must not have started."""
    told = {"ROUNDS_HOME": str(home), "ROUNDS_DATABASE_URL": database_url, "ROUNDS_JOB_WORKERS": "0"}
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ROUNDS_")} | told
    ran = subprocess.run(
        [sys.executable, "-c", START], cwd=PROJECT, env=environment, capture_output=True, text=True, check=False
    )
    assert "lifespan.startup.complete" not in ran.stdout
    assert ran.returncode != 0 or "lifespan.startup.failed" in ran.stdout
    return ran


def test_the_server_refuses_to_start_while_a_season_runs_without_its_secrets(
    sqlite_db: Database, tmp_path: Path
) -> None:
    found_contest(found_city(sqlite_db))  # started with them, and then somebody forgot them
    ran = refused_start(tmp_path / "home", sqlite_db.url)
    assert "settings.unsafe" in ran.stderr
    assert "ROUNDS_VOTE_KEY" in ran.stderr


def test_the_application_of_any_server_refuses_a_folder_that_is_being_filled(tmp_path: Path) -> None:
    with held(tmp_path, "home.in_use"):
        ran = refused_start(tmp_path, "")
    assert "home.being_filled" in ran.stderr
    assert not (tmp_path / "rounds.sqlite3").exists(), "the folder's own database comes later, and whole"
