"""How much may be sent where: counted for every path of ours, with or without an announced length; the proxy agrees."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from audit.config import PROJECT
from audit.domain.photos import MAX_BYTES
from audit.services.contest import contribution_photos, portraits
from audit.services.contest.sign_in import open_session
from audit.services.installation import Installation
from audit.web.bodies import ANYWHERE, BODIES, MEGABYTE, body_of
from tests.factories import City
from tests.field import new_uuid
from tests.quiz import play

Browsers = Callable[..., TestClient]
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
FORMS = (
    "/signin", "/contest/signin", "/contest/signin/code", "/contest/vote/code", "/contest/vote",
    "/contest/cases/1/comments", "/contest/cases/new", "/contest/cases/1/edit",
)  # fmt: skip


@pytest.fixture
def db(sqlite_db):  # type: ignore[no-untyped-def]
    """Nothing of a body that is too long reaches a database."""
    return sqlite_db


def pieces(total: int) -> Iterator[bytes]:
    """A body whose length nobody announces."""
    for _ in range(total // 65_536):
        yield b"x" * 65_536


@pytest.mark.parametrize("path", FORMS)
def test_nobody_makes_the_server_take_a_long_form(city: City, sign_in_as: Browsers, path: str) -> None:
    browser = sign_in_as(None)
    for content in (b"number=" + b"x" * (2 * MEGABYTE), pieces(2 * MEGABYTE)):
        answer = browser.post(path, content=content, headers=FORM | {"Accept": "application/json"})
        assert answer.status_code in (401, 404, 405, 422), path
        assert answer.json()["code"] in ("too_long", "unauthenticated", "not_found", "method_not_allowed")


def test_a_thousand_files_of_nobody_are_not_read(city: City, sign_in_as: Browsers) -> None:
    part = b'--x\r\nContent-Disposition: form-data; name="photos"; filename="a"\r\n\r\n%s\r\n' % (b"y" * 50_000)

    def body() -> Iterator[bytes]:
        for _ in range(1000):
            yield part
        yield b"--x--\r\n"

    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    answer = sign_in_as(None).post("/contest/cases/new", content=body(), headers=headers)
    assert (answer.status_code, answer.headers["location"]) == (303, "/contest/signin")
    answer = sign_in_as(None).post("/contest/signin", content=body(), headers=headers)
    assert answer.status_code == 422
    assert "text/html" in answer.headers["content-type"]  # a page to go on from, as any refusal there


def test_a_contestant_sends_as_many_photos_as_there_is_room_for(
    city: City, house: Installation, sign_in_as: Browsers
) -> None:
    browser = sign_in_as(None)
    browser.cookies.set("rounds-contest", open_session(house.db, play(city).lin.contestant_id, "testclient"))
    photos = [("photos", (f"{number}.jpg", b"x" * (2 * MEGABYTE), "image/jpeg")) for number in range(2)]
    answer = browser.post("/contest/cases/new", data={"kind": "case", "title": "x", "text": "y"}, files=photos)
    assert answer.status_code != 413
    announced = {"Content-Length": str(122 * MEGABYTE), "Content-Type": "multipart/form-data; boundary=x"}
    answer = browser.post("/contest/cases/new", content=b"", headers=announced)
    assert (answer.status_code, "text/html" in answer.headers["content-type"]) == (413, True)


def test_a_file_that_is_too_large_is_refused_by_its_length_and_by_counting(city: City, sign_in_as: Browsers) -> None:
    browser = sign_in_as(city.lin)
    path = f"/api/v1/photos/{new_uuid()}?assignment_id=1"
    announced = browser.put(path, content=b"x" * (MAX_BYTES + 1))
    assert announced.json()["code"] in ("photo.too_big", "not_found")
    link = sign_in_as(None).put(f"/link/evidence/{new_uuid()}", content=b"x" * (MAX_BYTES + 1))
    assert link.json()["code"] in ("photo.too_big", "delegation.link")


def test_the_table_has_room_for_what_the_services_take() -> None:
    assert all(body_of(body.path.replace("*", "1")) == body for body in BODIES)
    assert body_of("/api/v1/photos/1").megabytes * MEGABYTE == MAX_BYTES
    assert body_of("/contest/cases/new").megabytes * MEGABYTE == contribution_photos.MOST * MAX_BYTES + MEGABYTE
    assert body_of("/_stcore/upload_file/a/b").megabytes == portraits.PACKED_MB + 1
    assert body_of("/api/v1/photos/1/2") == body_of("/signin") == body_of("/contest/cases/1/comments") == ANYWHERE


def test_the_proxy_lets_through_what_the_table_says() -> None:
    text = (Path(PROJECT) / "deploy" / "Caddyfile").read_text("utf-8")
    named = dict(re.findall(r"^\t(@\w+) (?:not )?path (.+)$", text, re.MULTILINE))
    sizes = dict(re.findall(r"request_body (@\w+) \{\s+max_size (\d+)MiB", text))
    assert set(named) == set(sizes)
    found = {path: int(sizes[name]) for name, paths in named.items() if name != "@body1" for path in paths.split()}
    assert found == {body.path: body.megabytes for body in BODIES}
    assert named["@body1"].split() == [body.path for body in BODIES]
    assert int(sizes["@body1"]) == ANYWHERE.megabytes
    assert "\t@body1 not path " in text
