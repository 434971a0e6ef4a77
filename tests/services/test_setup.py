"""The first steps of an installation, and a history that tells when somebody has been at it."""

import pytest
from sqlalchemy import text
from sqlmodel import select

from audit.db.engine import Database
from audit.db.models import Account, ChecklistVersion, Grant
from audit.errors import RoundsError
from audit.services import demo_sign_in
from audit.services.installation import Installation
from audit.services.setup import first_administrator, verify_history
from audit.services.sign_in import sign_in
from audit.services.work import unit_of_work
from tests.factories import City


def test_the_first_administrator_gets_a_password_that_nobody_else_knows_and_must_change_it(db: Database) -> None:
    password = first_administrator(db, "admin")
    assert len(password) >= 16
    assert sign_in(db, "admin", password, "127.0.0.1")
    with db.read() as session:
        account = session.exec(select(Account)).one()
        assert account.must_change_password
        assert [(grant.role, grant.scope_kind) for grant in session.exec(select(Grant))] == [
            ("administrator", "system")
        ]
        assert len(session.exec(select(ChecklistVersion).where(ChecklistVersion.status == "published")).all()) == 5


def test_there_is_only_one_first_administrator(db: Database) -> None:
    first_administrator(db, "admin")
    with pytest.raises(RoundsError, match="already_done"):
        first_administrator(db, "second")


@pytest.mark.parametrize("password", ["short", "administrator"])
def test_a_weak_first_password_is_refused_and_nothing_is_made(db: Database, password: str) -> None:
    with pytest.raises(RoundsError, match="weak_password"):
        first_administrator(db, "administrator", password)
    with db.read() as session:
        assert session.exec(select(Account)).all() == []


def test_a_real_city_started_in_demo_mode_has_no_personas(
    db: Database, house: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    first_administrator(db, "admin", "a long real password")
    monkeypatch.setattr(house.settings, "demo", True)
    assert demo_sign_in.personas(db, "en") == []
    with pytest.raises(RoundsError, match="demo_only"):
        demo_sign_in.enter(db, "admin", "127.0.0.1")


def test_a_demo_city_has_personas_only_in_demo_mode(
    db: Database, house: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    with unit_of_work(db, None) as work:
        work.record(demo_sign_in.MARK, demo_sign_in.INSTALLATION, 1)
    first_administrator(db, "admin", "a long real password")
    with pytest.raises(RoundsError, match="demo_only"):
        demo_sign_in.enter(db, "admin", "127.0.0.1")
    monkeypatch.setattr(house.settings, "demo", True)
    assert demo_sign_in.personas(db, "en")
    assert demo_sign_in.enter(db, "admin", "127.0.0.1")


@pytest.fixture
def history(city: City) -> City:
    """A city in whose history five things stand."""
    for number in range(5):
        with unit_of_work(city.db, city.lin) as work:
            work.record("test.wrote", "test", number, text="整改 “ok” \u2028", share=0.1 + 0.2, list=[1, None, True])
    return city


def test_an_untouched_history_is_intact(history: City) -> None:
    assert verify_history(history.db) == (5, "")


SWAP = "UPDATE event SET seq = CASE seq WHEN 2 THEN 30 ELSE 2 END WHERE seq = 2"
TAMPERING = {
    "edited": ("UPDATE event SET verb = 'test.read' WHERE seq = 3", "event 3 was changed"),
    "given to another": ("UPDATE event SET account_id = NULL WHERE seq = 2", "event 2 was changed"),
    "deleted": ("DELETE FROM event WHERE seq = 4", "event 4 is missing"),
    "reordered": (SWAP, "event 2 is missing"),
    "cut off": ("DELETE FROM event WHERE seq = 5", "the head says 5 events, 4 are there"),
}


@pytest.mark.parametrize(("statement", "problem"), TAMPERING.values(), ids=TAMPERING.keys())
def test_a_history_that_somebody_has_been_at_says_where(history: City, statement: str, problem: str) -> None:
    with history.db.write() as session:
        session.execute(text(statement))
    assert verify_history(history.db)[1] == problem
