"""The tablet's API: receipts, refusals with stable codes, scope, and no 5xx whatever is sent."""

import hashlib
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import select
from starlette.testclient import TestClient

from audit.db.models import Event
from audit.services.assignments import OutletPlan
from audit.services.installation import Installation
from audit.services.rounds import plan_ad_hoc_visit
from audit.services.visits import open_for_review
from tests.factories import City
from tests.field import DAY, DEVICE_AT, Field, new_uuid, picture, plan, take_the_field

Browsers = Callable[..., TestClient]


@pytest.fixture
def db(new_database: Any) -> Any:
    """The services are tested on both databases; here SQLite will do."""
    return new_database("sqlite")


@pytest.fixture
def field(city: City) -> Field:
    return take_the_field(city)


def revision(field: Field, **changes: Any) -> dict[str, Any]:
    return {
        "assignment_id": field.assignment_id, "visit_id": field.visit_id, "subject": "item:A01", "bases": [],
        "body": {"rating": "pass", "note": "=1+1"}, "device_at": DEVICE_AT.isoformat(), **changes,
    }  # fmt: skip


def put_photo(tablet: TestClient, field: Field, uuid: str, data: bytes, **query: Any) -> Any:
    params = {"assignment_id": field.assignment_id, "visit_id": field.visit_id, **query}
    return tablet.put(f"/api/v1/photos/{uuid}", params=params, content=data, headers={"Content-Type": "image/jpeg"})


def test_a_revision_is_acknowledged_once_and_again(field: Field, sign_in_as: Browsers) -> None:
    tablet, uuid = sign_in_as(field.city.lin), new_uuid()
    first = tablet.put(f"/api/v1/revisions/{uuid}", json=revision(field), headers={"X-Rounds-Device": "tab-7"})
    again = tablet.put(f"/api/v1/revisions/{uuid}", json=revision(field))
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert first.json().keys() == {"uuid", "received_at", "sha256"}
    other = tablet.put(f"/api/v1/revisions/{uuid}", json=revision(field, body={"rating": "fail"}))
    assert (other.status_code, other.json()["code"]) == (409, "revision.uuid_reused")


def test_under_anothers_session_a_tablets_work_is_not_taken(field: Field, sign_in_as: Browsers) -> None:
    tablet = sign_in_as(field.city.lin)
    owner = {"X-Rounds-User": str(field.city.zhao.account_id)}
    answer = tablet.put(f"/api/v1/revisions/{new_uuid()}", json=revision(field), headers=owner)
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")


def test_without_a_session_everything_is_401_and_from_another_site_403(field: Field, sign_in_as: Browsers) -> None:
    nobody, lin = sign_in_as(None), sign_in_as(field.city.lin)
    for path in ("/api/v1/bootstrap", "/api/v1/visits/1", "/api/openapi.json", f"/photos/{new_uuid()}/report"):
        assert (nobody.get(path).status_code, nobody.get(path).json()["code"]) == (401, "unauthenticated")
    evil = lin.put(f"/api/v1/revisions/{new_uuid()}", json=revision(field), headers={"Origin": "http://evil.example"})
    assert (evil.status_code, evil.json()["code"]) == (403, "origin")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"subject": "item:Z99"}, "answer.item_unknown"),
        ({"body": {"rating": "great"}}, "answer.rating"),
        ({"body": {"rating": "pass", "x": 1}}, "revision.field"),
        ({"body": {"note": "字" * 10_001}}, "too_long"),
        ({"body": {"note": "a\x00"}}, "revision.text_character"),
        ({"body": "pass"}, "invalid"),
        ({"extra": 1}, "invalid"),
        ({"visit_id": 2**40}, "invalid"),
        ({"visit_id": "1"}, "invalid"),
        ({"bases": ["x"]}, "invalid"),
        ({"device_at": "2026-11-22T09:00:00"}, "invalid"),
        ({"device_at": "0001-01-01T00:00:00+14:00"}, "revision.device_time"),
        ({"device_at": "yesterday"}, "invalid"),
    ],
)
def test_a_bad_revision_gets_422_and_its_code(
    field: Field, sign_in_as: Browsers, changes: dict[str, Any], code: str
) -> None:
    answer = sign_in_as(field.city.lin).put(f"/api/v1/revisions/{new_uuid()}", json=revision(field, **changes))
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert answer.json()["message"]


def test_a_lone_surrogate_and_broken_json_are_refused(field: Field, sign_in_as: Browsers) -> None:
    tablet = sign_in_as(field.city.lin)
    text = json.dumps(revision(field, body={"note": "a\ud800b"}))
    headers = {"Content-Type": "application/json"}
    for body in (text, text[:-5], "[" * 5000, "NaN", '{"body": 1e999}', b"\xff\xfe"):
        answer = tablet.put(f"/api/v1/revisions/{new_uuid()}", content=body, headers=headers)
        assert answer.status_code == 422, body


def test_a_body_beyond_the_limit_is_refused_by_its_length_and_by_counting(field: Field, sign_in_as: Browsers) -> None:
    tablet = sign_in_as(field.city.lin)
    huge = json.dumps(revision(field, body={"note": "x" * 1_100_000})).encode()
    assert tablet.put(f"/api/v1/revisions/{new_uuid()}", content=huge).json()["code"] == "too_long"
    streamed = tablet.put(f"/api/v1/revisions/{new_uuid()}", content=iter([huge]))
    assert streamed.status_code == 422


def test_a_whole_visit_over_http(field: Field, sign_in_as: Browsers) -> None:
    tablet, visit = sign_in_as(field.city.lin), f"/api/v1/visits/{field.visit_id}"
    made, photo = [], new_uuid()
    assert tablet.post(f"{visit}/open").json()["state"] == "open"
    assert tablet.post(f"{visit}/open").json()["state"] == "open"

    def write(subject: str, body: dict[str, Any]) -> None:
        uuid, sent = new_uuid(), revision(field, subject=subject, body=body)
        assert tablet.put(f"/api/v1/revisions/{uuid}", json=sent).status_code == 201
        made.append(uuid)

    for code in ("A01", "A02", "A03", "B01", "B02"):
        write(f"item:{code}", {"rating": "pass"})
    write(f"photo:{photo}", {"attached_to": "item:B01", "mosaic": [{"x": 0, "y": 0, "w": 0.5, "h": 0.5}]})
    write("signature", {"status": "refused", "note": "拒签"})
    manifest = {"revisions": made, "photos": [{"uuid": photo, "sha256": hashlib.sha256(picture()).hexdigest()}]}
    early = tablet.post(f"{visit}/submit", json={"manifest": manifest})
    assert (early.status_code, early.json()["code"]) == (409, "visit.manifest_incomplete")
    assert early.json()["params"]["missing_photos"] == [photo]
    sent = put_photo(tablet, field, photo, picture(), sha256=manifest["photos"][0]["sha256"])
    assert (sent.status_code, put_photo(tablet, field, photo, picture()).status_code) == (201, 200)
    assert sent.json().keys() == {"uuid", "sha256", "size", "width", "height", "received_at"}
    assert put_photo(tablet, field, photo, picture(2)).json()["code"] == "photo.uuid_reused"
    done = tablet.post(f"{visit}/submit", json={"manifest": manifest})
    assert (done.status_code, done.json()["score"]["total"], done.json()["findings"]) == (200, "100.00", {})
    assert tablet.post(f"{visit}/submit", json={"manifest": manifest}).json() == done.json()
    found = tablet.get("/api/v1/bootstrap").json()["visits"][0]
    assert (found["state"], found["can_recall"], found["score"]["grade"]) == ("submitted", True, "excellent")
    assert tablet.get(visit).json() == found
    assert tablet.post(f"{visit}/recall").json()["state"] == "open"
    tablet.post(f"{visit}/submit", json={"manifest": manifest})
    open_for_review(field.db, field.city.wang, field.visit_id)
    assert tablet.post(f"{visit}/recall").json()["code"] == "visit.under_review"


@pytest.mark.parametrize(
    ("data", "status", "code"),
    [
        (b"", 422, "photo.empty"),
        (b"GIF89a" + b"x" * 100, 422, "photo.unknown_format"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", 422, "photo.unknown_format"),
        (picture()[: len(picture()) // 2], 422, "photo.truncated"),
    ],
    ids=["empty", "gif", "svg", "half a jpeg"],
)
def test_a_bad_photo_is_refused_and_nothing_is_stored(
    field: Field, sign_in_as: Browsers, house: Installation, data: bytes, status: int, code: str
) -> None:
    answer = put_photo(sign_in_as(field.city.lin), field, new_uuid(), data)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert list(house.photos.blobs()) == []
    assert list(house.settings.home.glob("photos/.spool/*")) == []


def test_a_photo_that_is_too_big_or_not_what_was_announced_is_refused(field: Field, sign_in_as: Browsers) -> None:
    tablet = sign_in_as(field.city.lin)
    big = b"x" * (20 * 1024 * 1024 + 1)
    assert put_photo(tablet, field, new_uuid(), big).status_code == 413
    assert put_photo(tablet, field, new_uuid(), iter([big])).json()["code"] == "photo.too_big"  # type: ignore[arg-type]
    assert put_photo(tablet, field, new_uuid(), picture(), sha256="0" * 64).json()["code"] == "photo.digest_mismatch"
    assert put_photo(tablet, field, "x", picture()).json()["code"] == "invalid"
    assert put_photo(tablet, field, new_uuid(), picture(), captured_source="psychic").json()["code"] == "invalid"
    assert put_photo(tablet, field, new_uuid(), picture(), captured_at="22 Nov").json()["code"] == "invalid"


def test_photos_are_shown_to_those_who_may_see_the_visit(field: Field, sign_in_as: Browsers) -> None:
    tablet, photo = sign_in_as(field.city.lin), new_uuid()
    put_photo(tablet, field, photo, picture())
    seen = tablet.get(f"/photos/{photo}/report")
    assert (seen.status_code, seen.headers["content-type"]) == (200, "image/jpeg")
    assert seen.headers["x-content-type-options"] == "nosniff"
    assert seen.headers["cache-control"].startswith("private")
    assert tablet.get(f"/photos/{photo}/report", headers={"If-None-Match": seen.headers["etag"]}).status_code == 304
    assert tablet.get(f"/photos/{photo}/thumbnail").content[:2] == b"\xff\xd8"
    wanted = {"zhao": 200, "wang": 200, "fang": 200, "luo": 200, "chen": 404, "mei": 404, "hu": 404, "adam": 403}
    for name, status in wanted.items():
        assert sign_in_as(field.city.actors[name]).get(f"/photos/{photo}/report").status_code == status, name
    for path in (f"/photos/{new_uuid()}/report", f"/photos/{photo}/x", "/photos/..%2f..%2fetc/report"):
        assert tablet.get(path).status_code == 404


def test_originals_are_for_few_and_their_reading_is_recorded(field: Field, sign_in_as: Browsers) -> None:
    photo = new_uuid()
    put_photo(sign_in_as(field.city.lin), field, photo, picture())
    assert sign_in_as(field.city.lin).get(f"/photos/{photo}/original").status_code == 403
    seen = sign_in_as(field.city.wang).get(f"/photos/{photo}/original")
    assert seen.content == picture()
    assert seen.headers["content-disposition"] == f'attachment; filename="{photo}.jpg"'
    with field.db.read() as session:
        event = session.exec(select(Event).where(Event.verb == "photo.original_read")).one()
    assert (event.account_id, event.subject_id) == (field.city.wang.account_id, photo)


def test_a_mosaic_that_comes_later_is_burnt_into_what_is_shown(field: Field, sign_in_as: Browsers) -> None:
    tablet, photo = sign_in_as(field.city.lin), new_uuid()
    put_photo(tablet, field, photo, picture())
    before = tablet.get(f"/photos/{photo}/report")
    body = {"attached_to": "item:A01", "mosaic": [{"x": 0, "y": 0, "w": 1, "h": 1}]}
    tablet.put(f"/api/v1/revisions/{new_uuid()}", json=revision(field, subject=f"photo:{photo}", body=body))
    after = tablet.get(f"/photos/{photo}/report", headers={"If-None-Match": before.headers["etag"]})
    assert after.status_code == 200
    assert after.headers["etag"] != before.headers["etag"]


def test_the_api_describes_itself_from_our_own_files(field: Field, sign_in_as: Browsers) -> None:
    tablet = sign_in_as(field.city.lin)
    page = tablet.get("/api/docs").text
    assert "http" not in page.replace("http-equiv", "")
    assert tablet.get("/api/docs/start.js").status_code == 200
    paths = tablet.get("/api/openapi.json").json()["paths"]
    assert {"/api/v1/bootstrap", "/api/v1/revisions/{uuid}", "/api/v1/photos/{uuid}"} <= paths.keys()


CHANGES = [
    ("PUT", "/api/v1/revisions/{uuid}"), ("PUT", "/api/v1/photos/{uuid}"), ("POST", "/api/v1/visits/{id}/open"),
    ("POST", "/api/v1/visits/{id}/submit"), ("POST", "/api/v1/visits/{id}/recall"), ("GET", "/api/v1/visits/{id}"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path"), CHANGES, ids=[path for _, path in CHANGES])
@pytest.mark.parametrize("name", ["chen", "mei", "hu", "wang", "fang", "luo", "adam"])
def test_a_foreign_visit_is_nobodys(field: Field, sign_in_as: Browsers, method: str, path: str, name: str) -> None:
    """404 for a supervisor of another team, 403 for those who never conduct visits; nothing changes."""
    content: dict[str, Any] = {"json": {"manifest": {"revisions": [], "photos": []}}} if path.endswith("submit") else {}
    if "revisions" in path:
        content = {"json": revision(field)}
    if "photos" in path:
        content = {"content": picture(), "params": {"assignment_id": field.assignment_id, "visit_id": field.visit_id}}
    address = path.format(uuid=new_uuid(), id=field.visit_id)
    answer = sign_in_as(field.city.actors[name]).request(method, address, **content)
    assert answer.status_code == (404 if name == "chen" else 403)
    assert field.visit().state == "planned"


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)
fields = st.sampled_from(["assignment_id", "visit_id", "subject", "bases", "body", "device_at", "x"])


@pytest.fixture
def fuzzed(field: Field, sign_in_as: Browsers) -> tuple[Field, TestClient]:
    return field, sign_in_as(field.city.lin)


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.sampled_from(["revision", "submit", "photo", "path"]),
    st.dictionaries(fields, json_values),
    json_values,
    st.text(max_size=30),
)
def test_whatever_is_sent_the_answer_is_never_a_5xx(
    fuzzed: tuple[Field, TestClient], what: str, changes: dict[str, Any], value: Any, text: str
) -> None:
    field, tablet = fuzzed
    headers = {"Content-Type": "application/json"}
    if what == "revision":
        content = json.dumps(revision(field, **changes))
        answer = tablet.put(f"/api/v1/revisions/{new_uuid()}", content=content, headers=headers)
    elif what == "submit":
        content = json.dumps({"manifest": value})
        answer = tablet.post(f"/api/v1/visits/{field.visit_id}/submit", content=content, headers=headers)
    elif what == "photo":
        query = {"subject": text, "captured_at": str(value), "captured_source": text, "sha256": text}
        query = {name: word.encode("utf-8", "replace").decode() for name, word in query.items()}
        answer = put_photo(tablet, field, new_uuid(), text.encode("utf-8", "replace"), **query)
    else:
        answer = tablet.get(f"/api/v1/visits/{quote(text.encode('utf-8', 'replace'), safe='')}")
    assert answer.status_code < 500
    if answer.status_code >= 400:
        assert answer.json()["code"]


def test_asking_for_a_visit_again_is_answered_with_nothing_until_a_team_mate_did_something(
    field: Field, sign_in_as: Browsers
) -> None:
    lin, zhao = sign_in_as(field.city.lin), sign_in_as(field.city.zhao)
    address = f"/api/v1/visits/{field.visit_id}"
    tag = lin.get(address).headers["etag"]
    again = lin.get(address, headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")
    zhao.put(f"/api/v1/revisions/{new_uuid()}", json=revision(field))
    fresh = lin.get(address, headers={"If-None-Match": tag})
    assert fresh.status_code == 200
    assert [one["subject"] for one in fresh.json()["revisions"]] == ["item:A01"]
    after = fresh.headers["etag"]
    put_photo(zhao, field, new_uuid(), picture())
    assert lin.get(address, headers={"If-None-Match": after}).status_code == 200
    chen = sign_in_as(field.city.chen)
    assert chen.get(address, headers={"If-None-Match": after}).status_code == 404


def test_a_method_that_a_path_does_not_have_is_told_from_a_path_that_is_not_there(
    field: Field, sign_in_as: Browsers
) -> None:
    lin = sign_in_as(field.city.lin)
    wrong = lin.post("/api/v1/bootstrap", json={})
    assert (wrong.status_code, wrong.json()["code"], wrong.headers["Allow"]) == (405, "method_not_allowed", "GET")
    assert lin.get("/api/v1/nowhere").json()["code"] == "not_found"


def test_the_language_chosen_on_the_tablet_is_kept_on_the_account(field: Field, sign_in_as: Browsers) -> None:
    lin = sign_in_as(field.city.lin)
    assert lin.get("/api/v1/bootstrap").json()["user"]["locale"] == "zh_CN"
    assert lin.put("/api/v1/locale", json={"locale": "en"}).status_code == 204
    assert lin.get("/api/v1/bootstrap").json()["user"]["locale"] == "en"
    refused = lin.put("/api/v1/locale", json={"locale": "tlh"})
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid")
    owner = {"X-Rounds-User": str(field.city.zhao.account_id)}
    assert lin.put("/api/v1/locale", json={"locale": "zh_CN"}, headers=owner).status_code == 401


def test_asking_for_an_assignment_again_is_answered_with_nothing_until_a_team_mate_wrote(
    field: Field, sign_in_as: Browsers
) -> None:
    lin, zhao = sign_in_as(field.city.lin), sign_in_as(field.city.zhao)
    path = f"/api/v1/assignments/{field.assignment_id}"
    first = lin.get(path)
    assert lin.get(path, headers={"If-None-Match": first.headers["ETag"]}).status_code == 304
    body = revision(field, visit_id=None, subject="communication", body={"opinion": "认可"})
    assert zhao.put(f"/api/v1/revisions/{new_uuid()}", json=body).status_code == 201
    again = lin.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert [one["body"]["opinion"] for one in again.json()["communication"]["revisions"]] == ["认可"]
    assert sign_in_as(field.city.chen).get(path).status_code == 404


def test_photos_of_open_findings_are_shown_to_the_team_that_visits_this_very_hall(
    field: Field, sign_in_as: Browsers, house: Any
) -> None:
    lin, wang, chen = field.city.lin, field.city.wang, field.city.chen
    field.fill(house, lin, A03="fail")
    uuid = list(field.sent_photos)[-1]
    field.submit()
    path = f"/photos/{uuid}/thumbnail"
    assert sign_in_as(chen).get(path).status_code == 404
    team = {
        "inspecting_id": field.city.organisations["fuling"],
        "team": (chen.account_id,),
        "leader_id": chen.account_id,
    }
    for code, status in (("JB02", 404), ("JB01", 200)):
        there = (OutletPlan(field.city.outlets[code], field.checklist_id, DAY),)
        plan_ad_hoc_visit(field.db, wang, plan(field.city, field.checklist_id, outlets=there, **team))
        assert sign_in_as(chen).get(path).status_code == status, code
