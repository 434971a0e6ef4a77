"""Accounts: made, changed, deactivated, granted roles; the last administrator stays."""

from dataclasses import replace

import pytest
from sqlmodel import select

from audit.db.models import Account, Event, SignIn
from audit.domain.permissions import Granted, Role, Scope, Where, may
from audit.errors import RoundsError
from audit.services import accounts, sign_in
from audit.services.accounts import AccountValues
from audit.services.contest import seasons
from audit.services.contest.seasons import SeasonValues
from tests.factories import City

HE = AccountValues("he", "何静", "He Jing", None, "E1001", "13800000000", "he@example.com", "zh_CN")
SUPERVISOR = Granted(Role.SUPERVISOR, Scope.ASSIGNMENTS)
ADMINISTRATOR = Granted(Role.ADMINISTRATOR, Scope.SYSTEM)


def test_a_new_account_signs_in_with_the_one_time_password(city: City) -> None:
    made = accounts.create_account(city.db, city.adam, HE, [SUPERVISOR])
    actor = sign_in.actor_of(city.db, sign_in.sign_in(city.db, "he", made.password, "10.0.0.1"))
    assert actor is not None
    assert (actor.account_id, actor.grants) == (made.account_id, (SUPERVISOR,))
    row = accounts.get_account(city.db, city.adam, made.account_id)
    assert row.account.must_change_password
    assert made.password not in row.account.password_hash


@pytest.mark.parametrize("name", ["lin", "mei", "wang", "fang", "luo"])
def test_only_administrators_keep_accounts(city: City, name: str) -> None:
    actor, other = city.actors[name], city.chen.account_id
    for call in (
        lambda: accounts.find_accounts(city.db, actor),
        lambda: accounts.get_account(city.db, actor, other),
        lambda: accounts.create_account(city.db, actor, HE),
        lambda: accounts.change_account(city.db, actor, other, 1, HE),
        lambda: accounts.set_grants(city.db, actor, actor.account_id, 1, [ADMINISTRATOR]),
        lambda: accounts.deactivate(city.db, actor, other, 1),
        lambda: accounts.activate(city.db, actor, other, 1),
        lambda: accounts.reset_password(city.db, actor, other, 1),
    ):
        with pytest.raises(RoundsError, match="forbidden"):
            call()
    assert accounts.get_account(city.db, actor, actor.account_id).account.sign_in_name == name


def test_sign_in_names_and_employee_numbers_are_unique(city: City) -> None:
    accounts.create_account(city.db, city.adam, HE, with_password=False)
    with pytest.raises(RoundsError, match=r"account.name_taken"):
        accounts.create_account(city.db, city.adam, HE)
    with pytest.raises(RoundsError, match=r"account.number_taken"):
        accounts.create_account(city.db, city.adam, replace(HE, sign_in_name="he2"))
    with pytest.raises(RoundsError, match=r"account.name_taken"):
        accounts.change_account(city.db, city.adam, city.chen.account_id, 1, replace(HE, employee_number=None))


def test_two_accounts_may_lack_an_employee_number(city: City) -> None:
    for name in ("a", "b"):
        accounts.create_account(city.db, city.adam, AccountValues(name, name, employee_number=" "), with_password=False)


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("name", "", "required"),
        ("sign_in_name", "a b", "invalid"),
        ("email", "nobody", "invalid"),
        ("locale", "fr", "invalid"),
    ],
)
def test_bad_values_are_refused_by_field(city: City, field: str, value: str, code: str) -> None:
    with pytest.raises(RoundsError) as refused:
        accounts.create_account(city.db, city.adam, replace(HE, **{field: value}))
    assert (refused.value.code, refused.value.params["field"]) == (code, field)


@pytest.mark.parametrize("role", [Role.ORGANISER, Role.JUDGE])
def test_a_grant_for_the_contest_names_one_season_or_none(city: City, role: Role) -> None:
    """Who has one season runs (or judges) that one; who has none named, every one, and may found new ones."""
    every = Granted(Role.ORGANISER, Scope.SEASON)
    boss = accounts.create_account(city.db, city.adam, HE, [every]).account_id
    founder = replace(city.wang, account_id=boss, grants=(every,))
    ours, theirs = (seasons.create_season(city.db, founder, SeasonValues(code, code)) for code in ("a", "b"))
    granted = Granted(role, Scope.SEASON, ours)
    accounts.set_grants(city.db, city.adam, boss, 1, [granted])
    row = accounts.get_account(city.db, city.adam, boss)
    assert row.grants == (granted,)
    actor = replace(founder, grants=row.grants)
    assert may(actor, "contest.review", Where(season_id=ours))
    assert not may(actor, "contest.review", Where(season_id=theirs))
    with pytest.raises(RoundsError, match="not_found" if role is Role.ORGANISER else "forbidden"):
        seasons.create_season(city.db, actor, SeasonValues("c", "c"))
    with pytest.raises(RoundsError, match="not_found"):
        accounts.set_grants(city.db, city.adam, boss, 2, [Granted(role, Scope.SEASON, theirs + 99)])
    assert [row.id for row in seasons.grantable_seasons(city.db, city.adam)] == [theirs, ours]
    with pytest.raises(RoundsError, match="forbidden"):
        seasons.grantable_seasons(city.db, actor)


def test_the_history_names_no_phone_number_and_no_password(city: City) -> None:
    made = accounts.create_account(city.db, city.adam, HE, [SUPERVISOR])
    moved = replace(HE, phone="13911111111", email="x@example.com")
    accounts.change_account(city.db, city.adam, made.account_id, 1, moved)
    with city.db.read() as session:
        told = " ".join(str(event.data) for event in session.exec(select(Event)).all())
    assert "138" not in told
    assert "139" not in told
    assert "example" not in told
    assert made.password not in told


@pytest.mark.parametrize(
    "grant",
    [
        Granted(Role.SUPERVISOR, Scope.CITY),
        Granted(Role.BRANCH, Scope.BRANCH),
        Granted(Role.HALL, Scope.OUTLET),
        Granted(Role.MARKETING, Scope.CITY, 1),
        Granted(Role.LEADER, Scope.SYSTEM),
    ],
)
def test_a_grant_needs_a_scope_that_its_role_can_have(city: City, grant: Granted) -> None:
    with pytest.raises(RoundsError, match=r"account.grant_invalid"):
        accounts.create_account(city.db, city.adam, HE, [grant])
    with city.db.read() as session:
        assert not session.exec(select(Account).where(Account.sign_in_name == "he")).all()


def test_a_grant_names_a_place_that_exists(city: City) -> None:
    with pytest.raises(RoundsError, match="not_found"):
        accounts.create_account(city.db, city.adam, HE, [Granted(Role.BRANCH, Scope.BRANCH, 999)])


def test_new_grants_hold_at_the_next_tap_and_are_history(city: City) -> None:
    token = sign_in.open_session(city.db, city.chen.account_id, "10.0.0.1")
    branch = Granted(Role.BRANCH, Scope.BRANCH, city.organisations["fuling"])
    accounts.set_grants(city.db, city.adam, city.chen.account_id, 1, [SUPERVISOR, branch, branch])
    actor = sign_in.actor_of(city.db, token)
    assert actor is not None
    assert set(actor.grants) == {SUPERVISOR, branch}
    with city.db.read() as session:
        event = session.exec(select(Event).where(Event.verb == "account.granted")).one()
    assert event.data["grants"] == [
        ["supervisor@assignments"],
        [f"branch@branch:{city.organisations['fuling']}", "supervisor@assignments"],
    ]
    with pytest.raises(RoundsError, match="stale"):
        accounts.set_grants(city.db, city.adam, city.chen.account_id, 1, [])


def test_the_last_administrator_cannot_be_removed_in_any_way(city: City) -> None:
    adam = city.adam.account_id
    with pytest.raises(RoundsError, match=r"account.last_administrator"):
        accounts.deactivate(city.db, city.adam, adam, 1)
    with pytest.raises(RoundsError, match=r"account.last_administrator"):
        accounts.set_grants(city.db, city.adam, adam, 1, [SUPERVISOR])
    second = accounts.create_account(city.db, city.adam, HE, [ADMINISTRATOR], with_password=False).account_id
    accounts.deactivate(city.db, city.adam, second, 1)
    with pytest.raises(RoundsError, match=r"account.last_administrator"):
        accounts.deactivate(city.db, city.adam, adam, 1)
    accounts.activate(city.db, city.adam, second, 2)
    accounts.deactivate(city.db, city.adam, adam, 1)


def test_deactivation_ends_every_session_and_keeps_the_person_in_history(city: City) -> None:
    tokens = [sign_in.open_session(city.db, city.chen.account_id, "10.0.0.1") for _ in range(2)]
    accounts.deactivate(city.db, city.adam, city.chen.account_id, 1)
    assert [sign_in.actor_of(city.db, token) for token in tokens] == [None, None]
    assert accounts.find_accounts(city.db, city.adam, search="chen").total == 0
    assert accounts.find_accounts(city.db, city.adam, search="chen", inactive=True).total == 1
    with pytest.raises(RoundsError, match="wrong_state"):
        accounts.deactivate(city.db, city.adam, city.chen.account_id, 2)


def test_a_reset_ends_the_old_password_and_every_session(city: City) -> None:
    made = accounts.create_account(city.db, city.adam, HE, [SUPERVISOR])
    token = sign_in.sign_in(city.db, "he", made.password, "10.0.0.1")
    fresh = accounts.reset_password(city.db, city.adam, made.account_id, 1)
    assert sign_in.actor_of(city.db, token) is None
    with pytest.raises(RoundsError, match=r"signin.wrong"):
        sign_in.sign_in(city.db, "he", made.password, "10.0.0.1")
    assert sign_in.actor_of(city.db, sign_in.sign_in(city.db, "he", fresh, "10.0.0.1")) is not None


def test_a_person_ends_their_own_sessions_and_nobody_elses(city: City) -> None:
    sign_in.open_session(city.db, city.lin.account_id, "10.0.0.1", "tablet")
    [own] = accounts.own_sign_ins(city.db, city.lin)
    with pytest.raises(RoundsError, match="not_found"):
        accounts.end_sign_in(city.db, city.chen, own.id_sha256)
    accounts.end_sign_in(city.db, city.lin, own.id_sha256)
    with city.db.read() as session:
        assert session.exec(select(SignIn)).all() == []


def test_the_list_is_narrowed_by_name_role_and_organisation(city: City) -> None:
    def names(**filters: object) -> list[str]:
        return [row.account.sign_in_name for row in accounts.find_accounts(city.db, city.adam, **filters).rows]

    assert names(search="林") == ["lin"]
    assert names(role="supervisor") == ["chen", "lin", "zhao"]
    assert names(organisation_id=city.organisations["jiangbei"]) == ["hu", "mei"]
    assert names(size=2, page=2) == ["fang", "hu"]
