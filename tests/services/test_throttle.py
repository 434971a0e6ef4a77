"""Who is held up and who is not: a crowd behind one gateway passes by every way, a phone is not flooded."""

from collections.abc import Iterator

import pytest
import time_machine
from sqlmodel import select

from audit.db.engine import Database
from audit.db.models import Throttle
from audit.errors import RoundsError
from audit.services import throttle
from audit.services.contest import ballots, sign_in, voters
from tests.contesting import IN_SEASON, found_contest, tallies_differ
from tests.factories import found_city
from tests.hands import refusal
from tests.voting import Booth

GATEWAY = "203.0.113.7"
CROWD = 300


@pytest.fixture
def booth(sqlite_db: Database) -> Iterator[Booth]:
    with time_machine.travel(IN_SEASON, tick=False):
        yield Booth(found_contest(found_city(sqlite_db), people=12))


def counted(db: Database) -> dict[str, int]:
    """Kind of counter → the highest that one of them stands at."""
    found: dict[str, int] = {}
    with db.read() as session:
        for row in session.exec(select(Throttle)).all():
            kind = row.key.split(":")[0]
            found[kind] = max(found.get(kind, 0), row.failures)
    return found


def test_three_hundred_voters_behind_one_address_pass_by_the_code_on_their_phones(booth: Booth) -> None:
    """All ask before the first one votes; each from an own device, for a colleague of the hall."""
    db, season = booth.contest.db, booth.season
    phones = [f"138{number:08}" for number in range(CROWD)]
    asked = [voters.ask_for_code(db, season, phone, GATEWAY, "zh_CN") for phone in phones]
    for phone, one in zip(phones, asked, strict=True):
        assert one.message
        proof = voters.by_phone(db, season, phone, one.ticket, one.message.code, GATEWAY)
        where = voters.signals(season, GATEWAY, booth.device(phone), "browser")
        ballots.cast(db, season, proof, [booth.codes[int(phone) % 12]], where)
    assert sum(booth.votes()) == CROWD
    assert booth.held() == []
    assert tallies_differ(booth.contest) == []
    assert counted(db) == {"texts": 1, "voters": 0}, "whoever voted no longer counts against the address"


def test_three_hundred_contestants_behind_one_address_are_held_up_by_nobody_who_mistypes(booth: Booth) -> None:
    db = booth.contest.db
    for number in range(CROWD):
        one = sign_in.ask_for_code(db, f"X{number}", GATEWAY, "zh_CN")
        assert refusal(lambda one=one, number=number: enter(db, f"X{number}", one.ticket)).code == "code.wrong"
    assert counted(db)["asker"] == 2 * CROWD
    mine = sign_in.ask_for_code(db, "E0000", GATEWAY, "zh_CN")
    assert mine.message
    assert sign_in.sign_in(db, "E0000", mine.ticket, mine.message.code, GATEWAY)
    assert counted(db)["asker"] == 2 * CROWD, "the attempts of who got in were taken back"


def enter(db: Database, number: str, ticket: str) -> str:
    return sign_in.sign_in(db, number, ticket, "000000", GATEWAY)


def test_strangers_get_fewer_codes_of_a_number_a_day_than_when_ten_locked_its_holder_out() -> None:
    """The figure of the decision: codes that everybody but the holder gets in a day, as fast as the waits allow."""

    def in_a_day(free: int, longest: int) -> int:
        asked, second = 0, 0
        while second < 86_400:
            asked += 1
            second += 0 if asked < free else min(longest, 2 ** min(asked - free, 20))
        return asked

    assert (in_a_day(*throttle.LIMITS["codes"]), in_a_day(10, 900)) == (87, 114)
    assert in_a_day(*throttle.LIMITS["mine"]) < 130


def test_wrong_codes_are_not_taken_back(booth: Booth) -> None:
    db, season, phone = booth.contest.db, booth.season, "13812345678"
    asked = voters.ask_for_code(db, season, phone, GATEWAY, "zh_CN")
    assert asked.message
    wrong = "000000" if asked.message.code != "000000" else "000001"
    proof = voters.by_phone(db, season, phone, asked.ticket, wrong, GATEWAY)
    where = voters.signals(season, GATEWAY, "device", "browser")
    assert refusal(lambda: ballots.cast(db, season, proof, [booth.codes[0]], where)).code == "code.wrong"
    assert counted(db) == {"texts": 1, "voters": 2}


@pytest.mark.parametrize("kind", throttle.LIMITS)
def test_a_counter_holds_no_raw_name_or_address_and_its_attempts_are_taken_back(db: Database, kind: str) -> None:
    free, _ = throttle.LIMITS[kind]
    one = throttle.key(kind, "10.0.0.1")
    assert one.startswith(f"{kind}:")
    assert "10.0.0.1" not in one
    assert one != throttle.key(kind, "10.0.0.2")
    with db.write() as session:
        throttle.count(session, [one])
        session.get_one(Throttle, one).failures = free - 1  # so many came before
        throttle.count(session, [one])
    with db.write() as session, pytest.raises(RoundsError, match="throttled"):
        throttle.count(session, [one])
    with db.write() as session:
        throttle.take_back(session, {one: free - 1, "nobody": 2})
    assert counted(db) == {kind: 1}
    with db.write() as session:
        throttle.take_back(session, {one: 5})
    assert counted(db) == {kind: 0}
