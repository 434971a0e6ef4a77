"""Whoever changes the address within an IPv6 line is still the same asker: enumerated over all that is throttled."""

import contextlib
from collections import Counter
from collections.abc import Callable

import pytest
import time_machine
from sqlmodel import select

from audit.db.models import Season, Throttle
from audit.errors import RoundsError
from audit.services import proof
from audit.services import sign_in as accounts
from audit.services.contest import sign_in as contestants
from audit.services.contest import voters
from audit.services.loop import linked
from tests.contesting import IN_SEASON, Contest, found_contest
from tests.factories import City

# fmt: off
# what somebody tries from an address → the counters of the place it comes from
TRIES: dict[str, tuple[Callable[[Contest, Season, str], object], tuple[str, ...]]] = {
    "a password": (
        lambda c, _s, address: accounts.sign_in(c.db, "lin", "guess", address), ("address", "pair")),
    "a document's number": (
        lambda c, _s, address: proof.issued(c.db, "X-1", address), ("verify",)),
    "a dead link": (
        lambda c, _s, address: linked.look(c.db, "x" * 43, address), ("link",)),
    "a contestant's code asked for": (
        lambda c, _s, address: contestants.ask_for_code(c.db, "E0001", address, "en"), ("asker", "browser", "code")),
    "a contestant's code guessed": (
        lambda c, _s, address: contestants.sign_in(c.db, "E0001", "t", "123456", address), ("asker",)),
    "a voter's code asked for": (
        lambda c, s, address: voters.ask_for_code(c.db, s, "13900001001", address, "en"), ("voters",)),
    "a voter's code guessed": (
        lambda c, s, address: voters.by_phone(c.db, s, "13900001001", "t", "123456", address), ("voters",)),
}
# fmt: on


@pytest.mark.parametrize("what", TRIES)
def test_a_new_address_of_the_same_line_is_no_new_asker(city: City, what: str) -> None:
    attempt, kinds = TRIES[what]
    with time_machine.travel(IN_SEASON, tick=False):
        contest = found_contest(city, people=3)
        with contest.db.read() as session:
            season = session.get_one(Season, contest.season_id)
        for address in ("2001:db8:1:2::7", "2001:db8:1:2:dead:beef:0:1", "2001:db8:1:3::7", "10.0.0.1", "10.0.0.2"):
            with contextlib.suppress(RoundsError):
                attempt(contest, season, address)
        with contest.db.read() as session:
            counted = Counter(row.key.split(":")[0] for row in session.exec(select(Throttle)).all())
    assert {kind: counted[kind] for kind in kinds} == dict.fromkeys(kinds, 4), "two lines and two IPv4 addresses"
