"""Outlets: founded, renamed, moved, closed and reopened, with history."""

import datetime as dt
from dataclasses import replace

import pytest

from audit.errors import RoundsError
from audit.services import organisations, outlets
from audit.services.outlets import OutletValues
from tests.factories import City

HALL = OutletValues("JB03", "own_hall", "石马河营业厅", "Shimahe hall", "江北区石马河街道 1 号", "", 29.59, 106.5)
CLOSED_ON = dt.date(2026, 11, 20)


def made(city: City) -> int:
    return outlets.create_outlet(city.db, city.adam, city.organisations["jiangbei"], HALL)


def test_a_new_outlet_belongs_to_its_organisation(city: City) -> None:
    row = outlets.get_outlet(city.db, city.lin, made(city))
    assert (row.outlet.name_zh, row.organisation.code, row.outlet.profile) == ("石马河营业厅", "jiangbei", {})


@pytest.mark.parametrize("name", ["lin", "mei", "hu", "wang", "luo"])
def test_only_administrators_keep_outlets(city: City, name: str) -> None:
    actor, hall, fuling = city.actors[name], city.outlets["JB01"], city.organisations["fuling"]
    for call in (
        lambda: outlets.create_outlet(city.db, actor, fuling, HALL),
        lambda: outlets.change_outlet(city.db, actor, hall, 1, HALL),
        lambda: outlets.move_outlet(city.db, actor, hall, 1, fuling),
        lambda: outlets.close_outlet(city.db, actor, hall, 1, CLOSED_ON),
        lambda: outlets.reopen_outlet(city.db, actor, hall, 1),
    ):
        with pytest.raises(RoundsError, match="forbidden"):
            call()


def test_codes_are_unique_in_the_city(city: City) -> None:
    for code in ("JB01", "FL01"):
        with pytest.raises(RoundsError, match=r"outlet.code_taken"):
            outlets.create_outlet(city.db, city.adam, city.organisations["jiangbei"], replace(HALL, code=code))
    with pytest.raises(RoundsError, match=r"outlet.code_taken"):
        outlets.change_outlet(city.db, city.adam, made(city), 1, replace(HALL, code="FL01"))


def test_a_move_is_history_and_counts_for_the_new_owner(city: City) -> None:
    hall, was, becomes = made(city), city.organisations["jiangbei"], city.organisations["fuling"]
    outlets.move_outlet(city.db, city.adam, hall, 1, becomes)
    assert outlets.get_outlet(city.db, city.adam, hall).organisation.code == "fuling"
    event = organisations.history(city.db, city.adam, "outlet", hall)[0][0]
    assert (event.verb, event.data["organisation_id"]) == ("outlet.moved", [was, becomes])
    with pytest.raises(RoundsError, match="stale"):
        outlets.move_outlet(city.db, city.adam, hall, 1, was)
    with pytest.raises(RoundsError, match="not_found"):
        outlets.move_outlet(city.db, city.adam, hall, 2, 999)


def test_nothing_is_founded_in_or_moved_into_a_closed_organisation(city: City) -> None:
    closed = city.organisations["service"]
    organisations.close_organisation(city.db, city.adam, closed, 1, CLOSED_ON)
    with pytest.raises(RoundsError, match=r"organisation.closed"):
        outlets.create_outlet(city.db, city.adam, closed, HALL)
    with pytest.raises(RoundsError, match=r"organisation.closed"):
        outlets.move_outlet(city.db, city.adam, city.outlets["JB01"], 1, closed)


def test_closing_can_be_undone_once(city: City) -> None:
    hall = made(city)
    outlets.close_outlet(city.db, city.adam, hall, 1, CLOSED_ON)
    assert outlets.get_outlet(city.db, city.adam, hall).outlet.closed_on == CLOSED_ON
    with pytest.raises(RoundsError, match="wrong_state"):
        outlets.close_outlet(city.db, city.adam, hall, 2, CLOSED_ON)
    outlets.reopen_outlet(city.db, city.adam, hall, 2)
    with pytest.raises(RoundsError, match="wrong_state"):
        outlets.reopen_outlet(city.db, city.adam, hall, 3)


def test_the_list_is_narrowed_by_search_owner_kind_and_state(city: City) -> None:
    find = outlets.find_outlets
    jiangbei = city.organisations["jiangbei"]
    assert find(city.db, city.lin).total == 4
    assert [row.outlet.code for row in find(city.db, city.lin, organisation_id=jiangbei).rows] == ["JB01", "JB02"]
    assert [row.outlet.code for row in find(city.db, city.lin, search="江北 合作").rows] == ["JB02"]
    assert find(city.db, city.lin, kind="hotline").total == 0
    outlets.close_outlet(city.db, city.adam, city.outlets["JB02"], 1, CLOSED_ON)
    assert [row.code for row in outlets.open_outlets(city.db, city.lin, jiangbei)] == ["JB01"]
    assert find(city.db, city.lin, organisation_id=jiangbei, closed=True).total == 2
    with pytest.raises(RoundsError, match="forbidden"):
        find(city.db, replace(city.lin, grants=()))
