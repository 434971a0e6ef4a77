"""An employee is one voter by whatever way, and no known way is one to vote for oneself."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from audit.db.models import Account, Contestant
from audit.domain.permissions import Actor
from audit.services.contest import contestants, quarantines, voters
from audit.services.contest.contestants import ContestantValues
from audit.services.contest.voters import Proof
from audit.services.work import unit_of_work
from tests.contesting import IN_SEASON
from tests.hands import refusal
from tests.services.test_contest_votes import by_phone
from tests.voting import Booth

PHONE, OTHER = "13912345678", "13912345679"


def account(booth: Booth, name: str, **values: object) -> Actor:
    """An account with these columns."""
    with booth.contest.db.write() as session:
        row = Account(sign_in_name=name, name=name, created_at=IN_SEASON, **values)
        session.add(row)
        session.flush()
        return Actor(row.id or 0, name)


def change(booth: Booth, place: int, **values: object) -> None:
    """Change a contestant's columns."""
    with booth.contest.db.write() as session:
        row = session.get_one(Contestant, booth.contest.ids[place])
        session.add(row.sqlmodel_update(values))


def ways(booth: Booth) -> dict[str, Callable[[], Proof]]:
    """Every way in which the first contestant, whose account has the same number and a phone, is verified."""
    actor = account(booth, "first", employee_number="e0000", phone="+86 139-1234 5678")
    change(booth, 0, phone=OTHER)
    db, season = booth.contest.db, booth.season
    return {
        "contestant": lambda: voters.by_employee(season, booth.me(0)),
        "account": lambda: voters.by_account(db, season, actor),
        "phone of the account": lambda: by_phone(booth, PHONE),
        "phone of the roster": lambda: by_phone(booth, OTHER),
    }


@pytest.mark.parametrize("first", ["contestant", "account", "phone of the account", "phone of the roster"])
def test_a_contestant_has_one_ballot_a_day_altogether_and_none_for_oneself(booth: Booth, first: str) -> None:
    found = ways(booth)
    for way in found.values():
        assert refusal(lambda way=way: booth.cast(way(), [0, 1])).code == "vote.self"
    booth.cast(found[first](), [1])
    for way in found.values():
        assert refusal(lambda way=way: booth.cast(way(), [2])).code == "vote.already"
    assert booth.votes() == [0, 1, 0, 0]


def test_an_employee_who_does_not_take_part_is_one_voter_with_account_and_phone(booth: Booth) -> None:
    actor = account(booth, "second", employee_number="X77", phone=PHONE)
    booth.cast(voters.by_account(booth.contest.db, booth.season, actor), [0])
    assert refusal(lambda: booth.cast(by_phone(booth, PHONE), [1])).code == "vote.already"
    booth.cast(by_phone(booth, OTHER), [1])
    assert booth.votes() == [1, 1, 0, 0]


def test_who_is_linked_by_the_roster_needs_no_number_and_who_has_neither_cannot_vote_so(booth: Booth) -> None:
    linked, nobody = account(booth, "a"), account(booth, "b")
    change(booth, 2, account_id=linked.account_id)
    db, season = booth.contest.db, booth.season
    assert voters.by_account(db, season, linked).identity == voters.by_employee(season, booth.me(2)).identity
    assert refusal(lambda: voters.by_account(db, season, nobody)).code == "vote.no_number"
    fresh = account(booth, "c", employee_number="X1", must_change_password=True)
    assert refusal(lambda: voters.by_account(db, season, fresh)).code == "account.one_time_password"


def test_a_phone_that_several_contestants_have_votes_for_none_of_them(booth: Booth) -> None:
    change(booth, 1, phone=PHONE)
    change(booth, 2, phone=PHONE)
    for place in (1, 2):
        assert refusal(lambda place=place: booth.cast(by_phone(booth), [place])).code == "vote.self"
    booth.cast(by_phone(booth), [3])


def test_the_accounts_of_a_shared_phone_are_not_taken_for_one_another(booth: Booth) -> None:
    one, two = (account(booth, name, employee_number=name, phone=PHONE) for name in ("X1", "X2"))
    for actor in (one, two):
        booth.cast(voters.by_account(booth.contest.db, booth.season, actor), [0])
    booth.cast(by_phone(booth), [0])
    assert booth.votes()[0] == 3


@pytest.mark.parametrize("written", [PHONE, "139 1234 5678", "+86-13912345678"])
def test_a_ballot_for_oneself_waits_once_the_roster_knows_the_phone(booth: Booth, written: str) -> None:
    contest = booth.contest
    booth.cast(by_phone(booth), [0, 1])
    booth.cast("a customer", [0])
    assert booth.votes() == [2, 1, 0, 0]
    with contest.db.read() as session:
        row = session.get_one(Contestant, contest.ids[0])
    values = ContestantValues(row.employee_number, row.name, row.organisation_id)
    with unit_of_work(contest.db, contest.ou) as work:
        changed = work.session.get_one(Contestant, contest.ids[0])
        contestants.update(work, changed, changed.version, replace(values, phone=written))
    assert booth.votes() == [1, 0, 0, 0]
    [held] = booth.held()
    assert held.reason == "own_phone"
    assert quarantines.waiting(contest.db, contest.ou, contest.season_id) == {"own_phone": 1}
    quarantines.decide(contest.db, contest.ou, contest.season_id, [held.ballot_id], "discard", "本人手机")
    assert refusal(lambda: booth.cast(by_phone(booth), [0])).code == "vote.self"


def test_a_ballot_for_others_or_by_no_mobile_number_does_not_wait(booth: Booth) -> None:
    contest = booth.contest
    booth.cast(by_phone(booth), [1])
    for phone in ("023-12345", PHONE):
        with unit_of_work(contest.db, contest.ou) as work:
            row = work.session.get_one(Contestant, contest.ids[0])
            given = ContestantValues(row.employee_number, row.name, row.organisation_id, phone=phone)
            contestants.update(work, row, row.version, given)
    assert booth.held() == []


def test_who_has_no_phone_in_the_roster_is_told(booth: Booth) -> None:
    contest = booth.contest
    change(booth, 1, phone=PHONE)
    change(booth, 2, email="a@b.cn")
    find = lambda what: contestants.find_contestants(contest.db, contest.ou, contest.season_id, lacking=what)  # noqa: E731
    assert {row.id for row in find("phone").rows} == {contest.ids[place] for place in (0, 2, 3)}
    assert contest.ids[2] not in [row.id for row in find("contact").rows]
