"""Signing in: who gets in, who has to wait, and what ends a session."""

import datetime as dt
import threading
from collections.abc import Iterator

import pytest
import time_machine
from argon2 import Parameters, PasswordHasher, extract_parameters
from sqlmodel import col, delete, select, update

from audit.db.models import Account, Event, SignIn, Throttle
from audit.errors import RoundsError
from audit.services import throttle
from audit.services.sign_in import (
    actor_of,
    change_password,
    hash_password,
    open_session,
    set_locale,
    sign_in,
    sign_out,
)
from tests.factories import NOW, City

PASSWORD = "correct horse battery"
HASH = hash_password(PASSWORD)  # with the application's parameters: tests use cheap ones only once they run
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)  # for many sign-ins


@pytest.fixture(autouse=True)
def passwords(city: City) -> Iterator[None]:
    """Lin and Mei have the same password; the clock stands."""
    with city.db.write() as session:
        session.exec(update(Account).where(col(Account.sign_in_name).in_(["lin", "mei"])).values(password_hash=CHEAP))
    with time_machine.travel(NOW, tick=False):
        yield


def _refusal(city: City, name: str, password: str, address: str = "10.0.0.1") -> str:
    with pytest.raises(RoundsError) as caught:
        sign_in(city.db, name, password, address)
    return caught.value.code


def test_the_right_password_opens_a_session_and_says_who_it_is(city: City) -> None:
    token = sign_in(city.db, "lin", PASSWORD, "10.0.0.1", "tablet 7")
    actor = actor_of(city.db, token)
    assert actor is not None
    assert (actor.account_id, actor.grants) == (city.lin.account_id, city.lin.grants)


def test_a_password_is_hashed_at_the_price_that_the_library_recommends() -> None:
    assert HASH.startswith("$argon2id$v=19$m=65536,t=3,p=4$")  # RFC 9106, second recommended option


def test_the_session_id_itself_is_nowhere_in_the_database(city: City) -> None:
    token = sign_in(city.db, "lin", PASSWORD, "10.0.0.1")
    with city.db.read() as session:
        assert token not in str(session.exec(select(SignIn)).all() + session.exec(select(Event)).all())
    assert len(token) >= 43  # 256 bits in base64


def test_every_sign_in_gets_a_new_id(city: City) -> None:
    assert sign_in(city.db, "lin", PASSWORD, "10.0.0.1") != sign_in(city.db, "lin", PASSWORD, "10.0.0.1")


@pytest.mark.parametrize(
    ("name", "password"),
    [("lin", "wrong"), ("lin", ""), ("nobody", PASSWORD), ("wang", ""), ("wang", PASSWORD), ("LIN", PASSWORD)],
    ids=["wrong password", "no password", "unknown name", "account without password", "the same", "other case"],
)
def test_a_wrong_sign_in_is_refused_without_saying_what_was_wrong(city: City, name: str, password: str) -> None:
    assert _refusal(city, name, password) == "signin.wrong"


def test_a_refusal_costs_the_same_work_whatever_was_wrong(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    """One hash of one kind is checked each time, so that how long it takes tells nobody which names there are."""
    done: list[Parameters] = []
    verify = PasswordHasher.verify

    def noted(hasher: PasswordHasher, stored: str, password: str) -> bool:
        done.append(extract_parameters(stored))
        return verify(hasher, stored, password)

    monkeypatch.setattr(PasswordHasher, "verify", noted)
    with city.db.write() as session:
        session.exec(update(Account).where(col(Account.sign_in_name) == "mei").values(active=False))
    costs = {}
    for name, password in (("lin", "wrong"), ("nobody", PASSWORD), ("wang", PASSWORD), ("mei", PASSWORD)):
        done.clear()
        assert _refusal(city, name, password) == "signin.wrong"
        costs[name] = list(done)
    assert [cost for cost in costs.values() if cost != [extract_parameters(CHEAP)]] == []


def test_a_deactivated_account_cannot_sign_in_and_its_open_sessions_end(city: City) -> None:
    token = sign_in(city.db, "lin", PASSWORD, "10.0.0.1")
    with city.db.write() as session:
        session.exec(update(Account).where(col(Account.sign_in_name) == "lin").values(active=False))
    assert actor_of(city.db, token) is None
    assert _refusal(city, "lin", PASSWORD) == "signin.wrong"


def test_a_signed_out_or_foreign_or_empty_id_is_nobody(city: City) -> None:
    token = sign_in(city.db, "lin", PASSWORD, "10.0.0.1")
    sign_out(city.db, token)
    assert [actor_of(city.db, candidate) for candidate in (token, "made up", "", None)] == [None] * 4


def test_a_session_ends_when_unused_and_in_any_case_after_its_longest_time(city: City) -> None:
    token = open_session(city.db, city.lin.account_id, "10.0.0.1")
    with time_machine.travel(NOW + dt.timedelta(hours=11), tick=False):
        assert actor_of(city.db, token)
    with time_machine.travel(NOW + dt.timedelta(hours=22), tick=False):
        assert actor_of(city.db, token)
    with time_machine.travel(NOW + dt.timedelta(hours=35), tick=False):
        assert actor_of(city.db, token) is None
    kept = open_session(city.db, city.mei.account_id, "10.0.0.1")
    for hours in range(0, 14 * 24, 10):
        with time_machine.travel(NOW + dt.timedelta(hours=hours), tick=False):
            assert actor_of(city.db, kept)
    with time_machine.travel(NOW + dt.timedelta(days=14, minutes=1), tick=False):
        assert actor_of(city.db, kept) is None


def test_after_five_failures_the_same_name_from_the_same_address_must_wait_longer_and_longer(city: City) -> None:
    assert [_refusal(city, "lin", "wrong") for _ in range(5)] == ["signin.wrong"] * 5
    assert _refusal(city, "lin", PASSWORD) == "signin.throttled"
    with time_machine.travel(NOW + dt.timedelta(seconds=2), tick=False):
        assert _refusal(city, "lin", "wrong") == "signin.wrong"
        assert _refusal(city, "lin", PASSWORD) == "signin.throttled"
    with time_machine.travel(NOW + dt.timedelta(seconds=5), tick=False):
        assert sign_in(city.db, "lin", PASSWORD, "10.0.0.1")


def test_guesses_made_elsewhere_do_not_hold_up_the_person_where_she_has_signed_in_before(city: City) -> None:
    sign_in(city.db, "lin", PASSWORD, "10.0.0.1")
    for number in range(60):
        with pytest.raises(RoundsError):
            sign_in(city.db, "lin", "guess", f"203.0.113.{number % 12}")
    assert sign_in(city.db, "lin", PASSWORD, "10.0.0.1")


def test_three_hundred_people_behind_one_gateway_sign_in_one_after_the_other(city: City) -> None:
    # Nobody waits yet.
    mistyped = Throttle(key=throttle.key("address", "10.0.0.1"), failures=99, last_at=NOW, wait_until=NOW)
    with city.db.write() as session:
        session.add(mistyped)
    for _ in range(30):
        assert sign_in(city.db, "lin", PASSWORD, "10.0.0.1")
    assert _refusal(city, "mei", "wrong") == "signin.wrong"
    assert _refusal(city, "mei", PASSWORD) == "signin.throttled"


def test_a_change_of_the_password_is_counted_against_its_account_alone(city: City) -> None:
    here = sign_in(city.db, "lin", PASSWORD, "10.0.0.1")
    with city.db.write() as session:
        session.exec(delete(Throttle))
    with pytest.raises(RoundsError, match=r"signin\.wrong"):
        change_password(city.db, city.lin, "guess", "a new long one", here)
    with city.db.read() as session:
        mine = {throttle.key("account", "lin"), throttle.key("pair", "lin|own password")}
        assert set(session.exec(select(Throttle.key))) == mine
    change_password(city.db, city.lin, PASSWORD, "a new long one", here)
    with city.db.read() as session:
        assert session.exec(select(Throttle)).all() == []


def test_a_branch_of_300_people_behind_one_address_is_not_held_up_by_one_who_mistypes(city: City) -> None:
    for _ in range(8):
        with pytest.raises(RoundsError):
            sign_in(city.db, "lin", "wrong", "10.0.0.1")
    assert sign_in(city.db, "mei", PASSWORD, "10.0.0.1")


def test_parallel_guesses_count_too(city: City) -> None:
    answers: list[str] = []

    def guess() -> None:
        try:
            sign_in(city.db, "lin", "guess", "10.0.0.9")
        except RoundsError as error:
            answers.append(error.code)

    threads = [threading.Thread(target=guess) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(set(answers)) == ["signin.throttled", "signin.wrong"]
    assert answers.count("signin.wrong") == 5


def test_a_new_password_needs_the_old_one_and_ends_the_other_sessions(city: City) -> None:
    here = sign_in(city.db, "lin", PASSWORD, "10.0.0.1")
    elsewhere = sign_in(city.db, "lin", PASSWORD, "10.0.0.2")
    for old, new, code in (("wrong", "a new long one", "signin.wrong"), (PASSWORD, "short", "account.weak_password")):
        with pytest.raises(RoundsError) as caught:
            change_password(city.db, city.lin, old, new, here)
        assert caught.value.code == code
    with pytest.raises(RoundsError, match="same_password"):
        change_password(city.db, city.lin, PASSWORD, PASSWORD, here)
    change_password(city.db, city.lin, PASSWORD, "a new long one", here)
    assert actor_of(city.db, here)
    assert actor_of(city.db, elsewhere) is None
    assert sign_in(city.db, "lin", "a new long one", "10.0.0.1")


@pytest.mark.parametrize("locale", ["", "fr", "../en", "zh_CN\x00"])
def test_a_language_that_is_not_spoken_is_refused(city: City, locale: str) -> None:
    with pytest.raises(RoundsError, match="invalid"):
        set_locale(city.db, city.lin, locale)


def test_whoever_sits_at_an_open_session_cannot_guess_the_password_without_end(city: City) -> None:
    here = sign_in(city.db, "lin", PASSWORD, "10.0.0.1")
    answers = []
    for _ in range(7):
        with pytest.raises(RoundsError) as caught:
            change_password(city.db, city.lin, "guess", "a new long one", here)
        answers.append(caught.value.code)
    assert answers == ["signin.wrong"] * 5 + ["signin.throttled"] * 2
    assert sign_in(city.db, "lin", PASSWORD, "10.0.0.1")


def test_old_counters_are_cleared_away(city: City) -> None:
    for number in range(30):
        with pytest.raises(RoundsError):
            sign_in(city.db, f"nobody {number}", "x", f"203.0.113.{number}")
    with time_machine.travel(NOW + dt.timedelta(hours=25), tick=False):
        sign_in(city.db, "lin", PASSWORD, "10.0.0.1")
    with city.db.read() as session:
        kept = [row.key for row in session.exec(select(Throttle))]
    assert [one.split(":")[0] for one in kept] == ["address"]
    assert "10.0.0.1" not in kept[0]
