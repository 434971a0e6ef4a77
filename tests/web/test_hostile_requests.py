"""What nobody's browser sends: addresses, origins, numbers and forms made by hand. Refused with a code, never a 5xx."""

from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from starlette.testclient import TestClient

from tests.contesting import IN_SEASON, found_contest
from tests.factories import City
from tests.field import DEVICE_AT, Field, new_uuid

Browsers = Callable[..., TestClient]
FORM = "application/x-www-form-urlencoded"
PART = b'--x\r\nContent-Disposition: form-data; name="name"\r\n\r\n%s\r\n--x--\r\n'


@pytest.mark.parametrize(
    "path",
    ["/tablet/%00", "/tablet/lib/htm/%00", "/tablet/" + "a" * 5000, "/tablet/lib/htm/" + "a" * 5000],
    ids=["nul", "nul in a library", "long", "long in a library"],
)
def test_a_path_that_no_file_can_have_is_not_found(city: City, sign_in_as: Browsers, path: str) -> None:
    answer = sign_in_as(None).get(path)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize("number", [2**31, 2**63, 10**30, -1, 0])
def test_a_document_number_that_no_database_holds_is_refused(city: City, sign_in_as: Browsers, number: int) -> None:
    browser = sign_in_as(city.wang)
    for path in (f"/documents/{number}", f"/documents/{number}/pages/1", f"/documents/1/pages/{number}"):
        answer = browser.get(path)
        assert answer.status_code in (404, 422), path
        assert answer.json()["code"] in ("not_found", "invalid")


HOSTILE = (
    ("GET", "/contest/vote?org=9999999999"), ("GET", "/contest/vote?hall=9999999999"), ("GET", "/contest/vote?n=%00"),
    ("GET", "/contest/vote?q=%00"), ("GET", "/contest/vote/contestants/%00"), ("GET", "/contest/vote/check?n=%00"),
    ("GET", "/contest/vote/contestants/%00/card"), ("GET", "/contest/ballots/%00"), ("GET", "/contest/board?org=%00"),
    ("GET", "/contest/cases?kind=%00"), ("GET", "/contest/pictures/%00"), ("GET", "/contest/vote/pictures/%00"),
    ("GET", "/verify/%00"), ("GET", "/documents/evidence/%00"), ("GET", "/photos/%00/thumbnail"),
    *(("GET", f"/documents/workbooks/register.xlsx?{name}=%00")
      for name in ("q", "section", "severity", "stage", "state", "timing", "mark", "order")),
    ("GET", "/documents/workbooks/once/%00"), ("DELETE", "/api/v1/evidence/%00"),
    ("PUT", "/api/v1/photos/%00?assignment_id=1"), ("PUT", "/api/v1/findings/1/evidence/%00"),
    ("DELETE", "/link/evidence/%00"),
)  # fmt: skip


def test_what_no_database_can_look_for_is_refused_or_found_nowhere(city: City, sign_in_as: Browsers) -> None:
    with time_machine.travel(IN_SEASON, tick=False):
        found_contest(city)
        browser = sign_in_as(city.wang)
        answers = {path: browser.request(method, path) for method, path in HOSTILE}
    found = {path: answer.status_code for path, answer in answers.items() if answer.status_code >= 500}
    assert found == {}
    assert answers["/contest/vote?org=9999999999"].status_code == 200


@pytest.mark.parametrize("origin", ["http://[", "http://[::1", "http://[x]:1"])
def test_an_origin_that_is_no_address_is_another_site(city: City, sign_in_as: Browsers, origin: str) -> None:
    answer = sign_in_as(city.lin).post("/api/v1/visits/1/open", headers={"Origin": origin})
    assert (answer.status_code, answer.json()["code"]) == (403, "origin")


@pytest.mark.parametrize(
    "body",
    [
        {"attached_to": "item:A01", "mosaic": [{"x": 10**400, "y": 0, "w": 0, "h": 0}]},
        {"attached_to": "item:A01", "place": {"lat": -(10**400), "lon": 0}},
    ],
    ids=["mosaic", "place"],
)
def test_a_number_beyond_every_float_is_refused(field: Field, sign_in_as: Browsers, body: dict[str, Any]) -> None:
    sent = {
        "assignment_id": field.assignment_id, "visit_id": field.visit_id, "subject": f"photo:{new_uuid()}",
        "bases": [], "body": body, "device_at": DEVICE_AT.isoformat(),
    }  # fmt: skip
    answer = sign_in_as(field.city.lin).put(f"/api/v1/revisions/{new_uuid()}", json=sent)
    assert (answer.status_code, answer.json()["code"]) == (422, "revision.field")


@pytest.mark.parametrize(
    ("media_type", "content"),
    [
        (FORM, b"name=a%00b&password=x"),
        (FORM, b"name=lin&password=%00"),
        (FORM, b"name=%ed%a0%80&password=%ed%a0%80"),
        (FORM, b"persona=%00&lang=%00&next=%00"),
        ("multipart/form-data; boundary=x", PART % b"a\0b"),
        ("multipart/form-data; boundary=x; charset=unicode_escape", PART % rb"\ud800"),
        ("multipart/form-data; boundary=x; charset=rot13", PART % b"a"),
        ("multipart/form-data", PART % b"a"),
        (FORM, b"name=" + b"a" * 2_000_000),
    ],
)
def test_a_strange_sign_in_form_is_refused(city: City, sign_in_as: Browsers, media_type: str, content: bytes) -> None:
    answer = sign_in_as(None).post("/signin", content=content, headers={"Content-Type": media_type})
    assert 400 <= answer.status_code < 500
