"""The first steps of an installation."""

import inspect
from functools import cached_property

import pytest
from sqlmodel import select

from audit.db.engine import Database
from audit.db.models import Account, ChecklistVersion, Grant
from audit.domain.permissions import Actor, Granted, Role, Scope
from audit.errors import RoundsError
from audit.services import demo_sign_in, overview
from audit.services.installation import Installation
from audit.services.setup import first_administrator
from audit.services.sign_in import sign_in
from audit.services.work import unit_of_work
from audit.web.lifespan import lifespan, make_ready


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


def test_the_set_up_list_asks_for_a_marketing_account_until_there_is_one(db: Database) -> None:
    first_administrator(db, "admin")
    with db.read() as session:
        number = session.exec(select(Account.id)).one()
    admin = Actor(number or 0, "admin", grants=(Granted(Role.ADMINISTRATOR, Scope.SYSTEM),))
    steps = dict(overview.setup_steps(db, admin))
    assert steps == {"organisations": 0, "outlets": 0, "accounts": 0, "marketing": 0, "checklists": 5, "rounds": 0}
    with unit_of_work(db, admin) as work:
        work.session.add(Grant(account_id=number or 0, role=Role.MARKETING, scope_kind=Scope.CITY))
    assert dict(overview.setup_steps(db, admin))["marketing"] == 1


def test_every_part_of_an_installation_is_there_before_threads_ask_for_it(house: Installation) -> None:
    parts = {name for name, part in vars(Installation).items() if isinstance(part, cached_property)}
    house.make_all()
    assert parts == {"db", "photos", "documents", "intake", "renderer"}
    assert parts <= vars(house).keys()
    assert "house.make_all()" in inspect.getsource(make_ready)
    calls = inspect.getsource(lifespan)
    assert 0 < calls.index("make_ready") < calls.index("_keep_worker()"), "the server makes them at its start"
