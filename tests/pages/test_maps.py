"""The schematic drawing: dots of what the list holds, and nothing from the network."""

import json
from typing import Any

from streamlit.testing.v1 import AppTest

from audit.services import organisations, outlets
from audit.ui.dots import HEIGHT, WIDTH, spread
from tests.factories import City
from tests.pages.conftest import Visit, texts


def drawn(at: AppTest) -> dict[str, Any]:
    """What the drawing was given."""
    found = [json.loads(one.proto.json) for one in at.get("bidi_component")]
    return next(one for one in found if "dots" in one)


def place(city: City) -> None:
    """Two branches and two halls get a place."""
    for code, zh, north, east in (("yuzhong", "渝中分公司", 29.55, 106.57), ("jiangbei", "江北分公司", 29.61, 106.53)):
        given = organisations.OrganisationValues(code, "branch", zh, "", "主城", north, east)
        organisations.change_organisation(city.db, city.adam, city.organisations[code], 1, given)
    for code, kind, zh, east in (("JB01", "own_hall", "<b>厅</b>", 106.52), ("FL01", "own_hall", "涪陵广场", 107.4)):
        given_hall = outlets.OutletValues(code, kind, zh, latitude=29.6, longitude=east)
        outlets.change_outlet(city.db, city.adam, city.outlets[code], 1, given_hall)


def test_organisations_with_a_place_are_dots(visit_page: Visit, page_city: City) -> None:
    place(page_city)
    told = drawn(visit_page("luo", "organisations.py", view="map"))
    assert [dot["name"] for dot in told["dots"]] == ["渝中", "江北"]
    assert [dot["id"] for dot in told["dots"]] == [page_city.organisations[code] for code in ("yuzhong", "jiangbei")]
    assert told["note"] == "示意图"
    assert drawn(visit_page("luo", "organisations.py", "en", view="map"))["note"] == "Schematic drawing, not a map"


def test_outlets_are_dots_and_the_filters_narrow_them(visit_page: Visit, page_city: City) -> None:
    place(page_city)
    assert [dot["name"] for dot in drawn(visit_page("mei", "outlets.py", view="map"))["dots"]] == [
        "<b>厅</b>",
        "涪陵广场",
    ]
    at = visit_page("mei", "outlets.py", view="map", of=page_city.organisations["fuling"])
    assert [dot["name"] for dot in drawn(at)["dots"]] == ["涪陵广场"]


def test_without_places_the_drawing_says_so(visit_page: Visit) -> None:
    assert "这里还没有带经纬度的条目。" in texts(visit_page("adam", "outlets.py", view="map"))


def test_an_unknown_view_is_the_list(visit_page: Visit) -> None:
    assert "观音桥营业厅" in texts(visit_page("adam", "outlets.py", view="<b>"))


def test_dots_stay_in_the_drawing_and_names_apart() -> None:
    corner = [(106.5 + number % 4 * 0.001, 29.5 + number // 4 * 0.001) for number in range(24)]
    places = (*corner, (109.0, 31.0))
    spots = spread(places, 80)
    assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for x, y in spots)
    close = [(a, b) for i, a in enumerate(spots) for b in spots[:i] if abs(a[0] - b[0]) < 80 and abs(a[1] - b[1]) < 20]
    assert close == []
    assert spread(((106.5, 29.5),), 80) == ((480.0 - 40.0, 280.0),)  # a single one stands in the middle of its room
