"""What can never apply at an outlet: typed, imported, exported, and offered on the tablet."""

from dataclasses import replace

import pytest

from audit.errors import RoundsError
from audit.services import organisations, outlets
from audit.services.bootstrap import visit_json
from audit.services.outlets import OutletValues, values_of
from audit.services.spreadsheet import template
from audit.services.spreadsheet_import import CITY_SHEETS, import_city, read_reasons, write_reasons
from tests.factories import City
from tests.field import CHECKLIST, Field, add_checklist, item
from tests.hands import refusal

WHY = {"zh": "商场店中店，无独立出入口", "en": "Inside a mall"}


def hall(city: City) -> OutletValues:
    return values_of(outlets.get_outlet(city.db, city.adam, city.outlets["JB01"]).outlet)


def change(city: City, given: OutletValues, version: int = 1) -> None:
    outlets.change_outlet(city.db, city.adam, city.outlets["JB01"], version, given)


def test_what_never_applies_reaches_the_tablet_with_its_reason(field: Field) -> None:
    city = field.city
    change(city, replace(hall(city), na_items={"B02": {"zh": " 无此业务 ", "en": ""}, "A01": WHY}))
    found = visit_json(field.db, city.lin, field.visit_id)["preset_na"]
    assert found == {"A01": WHY, "B02": {"zh": "无此业务", "en": "无此业务"}}
    event = organisations.history(city.db, city.adam, "outlet", city.outlets["JB01"])[0][0]
    assert event.data == {"changes": {"na_items": [{}, {"A01": WHY, "B02": {"zh": "无此业务", "en": ""}}]}}
    change(city, replace(hall(city), na_items={}), 2)
    assert outlets.get_outlet(city.db, city.adam, city.outlets["JB01"]).outlet.profile == {}


@pytest.mark.parametrize(
    ("items", "code", "field_"),
    [
        ({"Z99": WHY}, "outlet.item_unknown", "na_items"),
        ({"A01": {"zh": " ", "en": "why"}}, "required", "na_items"),
        ({"A01": {"zh": "长" * 201}}, "too_long", "na_items"),
        ({"A01": {"zh": "a\x07"}}, "invalid", "na_items"),
        ({"A 01": WHY}, "invalid", "na_items"),
        ({f"A{number}": WHY for number in range(61)}, "too_long", "na_items"),
    ],
)
def test_a_profile_that_cannot_be_is_refused(field: Field, items: dict, code: str, field_: str) -> None:  # type: ignore[type-arg]
    error = refusal(lambda: change(field.city, replace(hall(field.city), na_items=items)))
    assert (error.code, error.params["field"]) == (code, field_)


def test_an_item_that_left_the_checklist_may_stay_but_is_not_added(city: City) -> None:
    with city.db.write() as session:
        outlets.find(session, city.outlets["JB01"]).profile = {"na_items": {"OLD1": "旧原因"}}
    kept = hall(city)
    assert kept.na_items == {"OLD1": {"zh": "旧原因", "en": ""}}
    change(city, kept)  # nothing differs
    change(city, replace(kept, name_en="Renamed"))
    assert outlets.get_outlet(city.db, city.adam, city.outlets["JB01"]).outlet.profile == {
        "na_items": {"OLD1": "旧原因"}
    }
    with pytest.raises(RoundsError, match=r"outlet.item_unknown"):
        change(city, replace(hall(city), na_items={**kept.na_items, "OLD2": WHY}), 2)


def test_a_checklist_of_another_kind_lends_no_items(field: Field) -> None:
    city = field.city
    hotline = OutletValues("HL1", "hotline", "10086", na_items={"A01": WHY})
    call = refusal(lambda: outlets.create_outlet(city.db, city.adam, city.organisations["service"], hotline))
    assert call.code == "outlet.item_unknown"


def sheet(cell: str | None) -> bytes:
    row = ["JB01", "jiangbei", "自办厅", "观音桥营业厅", "Guanyinqiao hall", "", "", "", "", cell]
    columns = CITY_SHEETS[1].columns
    kept = CITY_SHEETS[1] if cell is not None else replace(CITY_SHEETS[1], columns=columns[:-1])
    return template([kept], "zh_CN", {"outlets": [row[: len(kept.columns)]]})


def test_the_column_is_imported_and_exported_as_the_same_text(city: City) -> None:
    add_checklist(city.db)
    told = "A01=商场；店中店|Inside; a mall\nB02=无此业务"
    done = import_city(city.db, city.adam, sheet(told), False)
    assert (done.changed, done.errors) == (1, [])
    expected = {"A01": {"zh": "商场；店中店", "en": "Inside; a mall"}, "B02": {"zh": "无此业务", "en": ""}}
    assert hall(city).na_items == expected
    assert write_reasons(hall(city).na_items) == told
    assert import_city(city.db, city.adam, sheet(None), False).unchanged == 1  # without the column nothing is lost
    assert import_city(city.db, city.adam, sheet(told), False).unchanged == 1
    assert import_city(city.db, city.adam, sheet(""), False).changed == 1
    assert hall(city).na_items == {}


@pytest.mark.parametrize("told", ["A01", "A01=", "A01=x；A01=y", "Z9=x", "=x"])
def test_a_wrong_cell_is_named_by_row_and_column(city: City, told: str) -> None:
    add_checklist(city.db)
    outcome = import_city(city.db, city.adam, sheet(told), True)
    assert [(error.row, error.column) for error in outcome.errors] == [(2, "不适用项")]


def test_reasons_hold_semicolons_and_signs() -> None:
    assert read_reasons(" A1＝甲;乙 ; B2=丙=丁；；") == {
        "A1": {"zh": "甲;乙", "en": ""},
        "B2": {"zh": "丙=丁", "en": ""},
    }
    assert read_reasons("") == {}
    assert read_reasons(write_reasons({"A1": {"zh": "甲|乙"}})) == {"A1": {"zh": "甲｜乙", "en": ""}}


def test_a_hall_knows_the_items_of_the_hall_and_of_the_reception_list_and_no_others(city: City) -> None:
    for kind in ("hall", "reception", "hotline"):
        content = {**CHECKLIST, "code": kind, "kind": kind}
        content["sections"] = [{**CHECKLIST["sections"][0], "items": [item(f"{kind[:3].upper()}1")]}]
        add_checklist(city.db, content)
    change(city, replace(hall(city), na_items={"HAL1": WHY, "REC1": WHY}))
    assert refusal(lambda: change(city, replace(hall(city), na_items={"HOT1": WHY}), 2)).code == "outlet.item_unknown"
