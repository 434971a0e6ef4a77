"""Vote slips: made by the organiser in bounded numbers, counted, printed while unused, and worth one ballot each."""

import datetime as dt
from typing import Any

import pytest
import time_machine
from sqlmodel import select

from audit.db.models import Contestant, Event, Outlet, Season, VoteToken
from audit.domain.permissions import Actor, Granted, Role, Scope
from audit.services.contest import slips, tokens, voters
from audit.services.contest.slips import MOST, BatchLine
from tests.contesting import IN_SEASON
from tests.hands import refusal
from tests.voting import Booth


def make(booth: Booth, count: int = 3, actor: Actor | None = None, **more: Any) -> list[int]:
    if not more.get("contestant_ids"):
        more.setdefault("outlet_id", next(iter(booth.contest.city.outlets.values())))
    return slips.make(booth.contest.db, actor or booth.contest.ou, booth.contest.season_id, count, **more)


def printed(booth: Booth, batch_id: int) -> list[tokens.Slip]:
    found = slips.sheet(booth.contest.db, booth.contest.ou, booth.contest.season_id, batch_id)
    return list(found.slips)


def listed(booth: Booth, search: str = "") -> list[BatchLine]:
    return list(slips.batches(booth.contest.db, booth.contest.ou, booth.contest.season_id, search).rows)


def use(booth: Booth, slip: tokens.Slip, place: int = 1) -> str:
    return booth.cast(voters.by_token(booth.season, slip.address.split("t=")[1]), [place])


def test_slips_of_a_hall_are_counted_used_and_printed_while_unused(booth: Booth) -> None:
    [number] = make(booth, 3)
    first = printed(booth, number)
    assert [slip.transaction for slip in first] == [f"{number:04}-{place:03}" for place in (1, 2, 3)]
    assert [slip.address for slip in printed(booth, number)] == [slip.address for slip in first], "the same again"
    use(booth, first[1])
    assert refusal(lambda: use(booth, first[1])).code == "vote.already"
    [line] = listed(booth)
    assert (line.count, line.used, line.made_by_zh, line.made_by_en) == (3, 1, "Ou", "Ms Ou")
    assert len(listed(booth, "ms ou")) == 1
    assert [slip.transaction for slip in printed(booth, number)] == [first[0].transaction, first[2].transaction]
    with booth.contest.db.read() as session:
        verbs = session.exec(select(Event.verb).where(Event.subject_kind == "vote_slip_batch")).all()
        rows = repr([row.model_dump() for row in session.exec(select(VoteToken)).all()])
    assert verbs == ["vote_slips.made", *["vote_slips.printed"] * 3]
    assert first[0].address.rsplit(".", 1)[1] not in rows, "the database holds no signature"


def test_slips_of_people_propose_their_name_and_count_for_their_hall(booth: Booth) -> None:
    contest = booth.contest
    hall = next(iter(contest.city.outlets.values()))
    with contest.db.write() as session:
        row = session.get_one(Contestant, contest.ids[1])
        row.outlet_id = hall
        session.add(row)
    numbers = make(booth, 2, contestant_ids=[contest.ids[1], contest.ids[2]])
    [slip, _] = printed(booth, numbers[0])
    served = tokens.served_at(contest.db, booth.season, slip.address.split("t=")[1])
    with contest.db.read() as session:
        of = session.get_one(Outlet, hall).organisation_id
    assert served == tokens.Served(booth.codes[1], of, hall)
    with contest.db.read() as session:
        halls = {row.contestant_id: row.outlet_id for row in session.exec(select(VoteToken)).all()}
    assert halls == {contest.ids[1]: hall, contest.ids[2]: None}
    assert len(listed(booth, "选手1")) == 1
    assert listed(booth, "nobody") == []


def test_a_slip_ends_with_its_time(booth: Booth) -> None:
    [number] = make(booth, 1, days=2)
    [slip] = printed(booth, number)
    with time_machine.travel(IN_SEASON + dt.timedelta(days=2), tick=False):
        assert refusal(lambda: use(booth, slip)).code == "vote.token"
        assert refusal(lambda: printed(booth, number)).code == "wrong_state"


@pytest.mark.parametrize(
    ("count", "more", "code"),
    [
        (0, {}, "invalid"),
        (-1, {}, "invalid"),
        (MOST + 1, {}, "invalid"),
        (1, {"days": 0}, "invalid"),
        (1, {"days": 93}, "invalid"),
        (1, {"outlet_id": None}, "required"),
        (1, {"outlet_id": 999}, "not_found"),
        (1, {"contestant_ids": [999]}, "not_found"),
    ],
)
def test_what_cannot_be_made_is_refused_and_nothing_is_made(
    booth: Booth, count: int, more: dict[str, Any], code: str
) -> None:
    assert refusal(lambda: make(booth, count, **more)).code == code
    assert listed(booth) == []


def test_the_count_is_bounded_over_all_people(booth: Booth) -> None:
    assert refusal(lambda: make(booth, MOST // 2 + 1, contestant_ids=booth.contest.ids[:2])).code == "invalid"
    assert len(make(booth, MOST // 4, contestant_ids=booth.contest.ids)) == 4


def test_only_a_seasons_organiser_who_takes_no_part_makes_and_prints_slips(booth: Booth) -> None:
    contest = booth.contest
    [number] = make(booth, 1)
    foreign = Actor(contest.ou.account_id, "", grants=(Granted(Role.ORGANISER, Scope.SEASON, contest.season_id + 1),))
    for actor, code in ((contest.ju, "forbidden"), (contest.city.wang, "forbidden"), (foreign, "not_found")):
        for act in (
            lambda actor=actor: make(booth, 1, actor),
            lambda actor=actor: slips.sheet(contest.db, actor, contest.season_id, number),
            lambda actor=actor: slips.batch(contest.db, actor, contest.season_id, number),
            lambda actor=actor: slips.batches(contest.db, actor, contest.season_id),
        ):
            assert refusal(act).code == code
    with contest.db.write() as session:
        row = session.get_one(Contestant, contest.ids[0])
        row.account_id = contest.ou.account_id
        session.add(row)
    for act in (
        lambda: make(booth, 1),
        lambda: printed(booth, number),
        lambda: tokens.issue(contest.db, contest.ou, contest.season_id, ["T-1"]),
    ):
        assert refusal(act).code == "contest.takes_part"


def test_a_closed_season_has_no_slips_and_another_seasons_batch_is_not_found(booth: Booth) -> None:
    contest = booth.contest
    [number] = make(booth, 1)
    assert refusal(lambda: slips.sheet(contest.db, contest.ou, contest.season_id + 1, number)).code == "not_found"
    with contest.db.write() as session:
        season = session.get_one(Season, contest.season_id)
        season.state = "closed"
        session.add(season)
    assert refusal(lambda: make(booth, 1)).code == "wrong_state"
    assert refusal(lambda: printed(booth, number)).code == "wrong_state"
