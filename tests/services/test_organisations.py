"""Organisations: who may keep them, what is refused, and what the history says."""

import datetime as dt
from dataclasses import replace

import pytest
from sqlmodel import select

from audit.db.models import Account, Event
from audit.errors import RoundsError
from audit.services import organisations as service
from audit.services.organisations import OrganisationValues
from tests.factories import City

WANZHOU = OrganisationValues("wanzhou", "branch", " 万州分公司 ", "Wanzhou branch", "north-east", 30.808, 108.409)
CLOSED_ON = dt.date(2026, 11, 20)


def test_an_administrator_founds_a_branch_and_the_history_says_so(city: City) -> None:
    number = service.create_organisation(city.db, city.adam, WANZHOU)
    row = service.get_organisation(city.db, city.lin, number)
    assert (row.code, row.name_zh, row.latitude, row.version) == ("wanzhou", "万州分公司", 30.808, 1)
    [(event, who)] = service.history(city.db, city.adam, "organisation", number)
    assert (event.verb, event.data["code"], who) == ("organisation.created", "wanzhou", "安达")


def test_a_search_for_what_no_text_holds_finds_nothing(city: City) -> None:
    for search in ("\x00", "江北\x00"):
        assert service.find_organisations(city.db, city.adam, search).rows == ()


@pytest.mark.parametrize("name", ["lin", "mei", "hu", "wang", "fang", "luo"])
def test_nobody_else_may_found_change_or_close_one(city: City, name: str) -> None:
    actor, jiangbei = city.actors[name], city.organisations["jiangbei"]
    for call in (
        lambda: service.create_organisation(city.db, actor, WANZHOU),
        lambda: service.change_organisation(city.db, actor, jiangbei, 1, WANZHOU),
        lambda: service.close_organisation(city.db, actor, jiangbei, 1, CLOSED_ON),
        lambda: service.reopen_organisation(city.db, actor, jiangbei, 1),
    ):
        with pytest.raises(RoundsError, match="forbidden"):
            call()


def test_a_code_is_used_once(city: City) -> None:
    with pytest.raises(RoundsError, match=r"organisation.code_taken") as refused:
        service.create_organisation(city.db, city.adam, replace(WANZHOU, code="fuling"))
    assert refused.value.params == {"code": "fuling"}
    number = service.create_organisation(city.db, city.adam, WANZHOU)
    with pytest.raises(RoundsError, match=r"organisation.code_taken"):
        service.change_organisation(city.db, city.adam, number, 1, replace(WANZHOU, code="fuling"))


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("name_zh", "  ", "required"),
        ("name_zh", "长" * 10_000, "too_long"),
        ("name_zh", "a\x00b", "invalid"),
        ("name_zh", "a\ud800b", "invalid"),
        ("code", "two words", "invalid"),
        ("code", "=1+1", "invalid"),
        ("kind", "kingdom", "invalid"),
        ("latitude", 91, "invalid"),
        ("longitude", float("nan"), "invalid"),
    ],
)
def test_a_value_that_cannot_be_is_refused_by_field(city: City, field: str, value: object, code: str) -> None:
    with pytest.raises(RoundsError) as refused:
        service.create_organisation(city.db, city.adam, replace(WANZHOU, **{field: value}))
    assert (refused.value.code, refused.value.params["field"]) == (code, field)


def test_emoji_right_to_left_and_markup_are_kept_unchanged(city: City) -> None:
    name = "<b>😀</b> ‏مرحبا &amp; '--"
    number = service.create_organisation(city.db, city.adam, replace(WANZHOU, name_zh=name))
    assert service.get_organisation(city.db, city.adam, number).name_zh == name


def test_a_rename_keeps_the_old_name_in_the_history(city: City) -> None:
    number = service.create_organisation(city.db, city.adam, WANZHOU)
    service.change_organisation(city.db, city.adam, number, 1, replace(WANZHOU, name_zh="万州区分公司"))
    event = service.history(city.db, city.adam, "organisation", number)[0][0]
    assert event.data["changes"] == {"name_zh": ["万州分公司", "万州区分公司"]}
    assert service.get_organisation(city.db, city.adam, number).version == 2


def test_saving_without_a_change_writes_nothing(city: City) -> None:
    number = service.create_organisation(city.db, city.adam, WANZHOU)
    service.change_organisation(city.db, city.adam, number, 1, WANZHOU)
    assert service.get_organisation(city.db, city.adam, number).version == 1
    assert len(service.history(city.db, city.adam, "organisation", number)) == 1


def test_the_second_of_two_people_who_change_the_same_version_is_told(city: City) -> None:
    number = service.create_organisation(city.db, city.adam, WANZHOU)
    service.change_organisation(city.db, city.adam, number, 1, replace(WANZHOU, zone="core"))
    with pytest.raises(RoundsError, match="stale"):
        service.change_organisation(city.db, city.adam, number, 1, replace(WANZHOU, zone="west"))
    assert service.get_organisation(city.db, city.adam, number).zone == "core"


def test_one_with_open_outlets_or_active_people_cannot_be_closed(city: City) -> None:
    with pytest.raises(RoundsError, match=r"organisation.has_outlets"):
        service.close_organisation(city.db, city.adam, city.organisations["jiangbei"], 1, CLOSED_ON)
    with pytest.raises(RoundsError, match=r"organisation.has_accounts"):
        service.close_organisation(city.db, city.adam, city.organisations["marketing"], 1, CLOSED_ON)


def test_closing_hides_it_from_choices_and_can_be_undone(city: City) -> None:
    number = city.organisations["service"]
    service.close_organisation(city.db, city.adam, number, 1, CLOSED_ON)
    assert number not in [row.id for row in service.open_organisations(city.db, city.adam)]
    assert service.find_organisations(city.db, city.adam, search="客户服务").total == 0
    assert service.find_organisations(city.db, city.adam, search="客户服务", closed=True).total == 1
    with pytest.raises(RoundsError, match="wrong_state"):
        service.close_organisation(city.db, city.adam, number, 2, CLOSED_ON)
    service.reopen_organisation(city.db, city.adam, number, 2)
    with pytest.raises(RoundsError, match="wrong_state"):
        service.reopen_organisation(city.db, city.adam, number, 3)
    assert number in [row.id for row in service.open_organisations(city.db, city.adam)]
    verbs = [event.verb for event, _ in service.history(city.db, city.adam, "organisation", number)]
    assert verbs == ["organisation.reopened", "organisation.closed"]


def test_the_list_is_searched_filtered_and_paged(city: City) -> None:
    find = service.find_organisations
    assert find(city.db, city.lin).total == 5
    jiangbei = find(city.db, city.lin, search="JIANG bei").rows
    assert [(row.organisation.code, row.outlets) for row in jiangbei] == [("jiangbei", 2)]
    assert find(city.db, city.lin, search="%").total == 0
    assert find(city.db, city.lin, search="渝中 core").total == 1
    assert {row.organisation.kind for row in find(city.db, city.lin, kind="branch").rows} == {"branch"}
    last = find(city.db, city.lin, page=99, size=2)
    assert (last.page, last.pages, len(last.rows)) == (3, 3, 1)


def test_what_does_not_exist_is_not_found_and_strangers_see_nothing(city: City) -> None:
    with pytest.raises(RoundsError, match="not_found"):
        service.get_organisation(city.db, city.lin, 999)
    nobody = replace(city.lin, grants=())
    with pytest.raises(RoundsError, match="forbidden"):
        service.find_organisations(city.db, nobody)
    with pytest.raises(RoundsError, match="forbidden"):
        service.history(city.db, city.lin, "organisation", 1)


def test_a_refused_change_leaves_no_event(city: City) -> None:
    with pytest.raises(RoundsError):
        service.create_organisation(city.db, city.adam, replace(WANZHOU, code="fuling"))
    with city.db.read() as session:
        assert session.exec(select(Event)).all() == []
        assert session.exec(select(Account)).all()
