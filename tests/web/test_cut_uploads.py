"""A photo that is cut off at any tenth of its way: nothing half is kept, and the repeat gets one receipt."""

import asyncio
import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from sqlmodel import func, select
from starlette.testclient import TestClient
from starlette.types import Message

from audit.db.models import Event, Evidence, Photo
from audit.services import clock
from audit.services.installation import Installation
from audit.services.loop import delegating
from audit.services.visits import open_visit
from tests.factories import City
from tests.field import new_uuid, picture
from tests.looping import FRIDAY, Loop, enter_the_loop

Browsers = Callable[..., TestClient]
WHOLE = picture(5, (1200, 900))
HOURS = dt.timedelta(hours=2)
WAYS = ("tablet", "desk", "link")


@pytest.fixture
def loop(city: City, monkeypatch: pytest.MonkeyPatch) -> Loop:
    monkeypatch.setattr(clock, "now", lambda: FRIDAY)
    return enter_the_loop(city)


@pytest.fixture
def sender(loop: Loop, sign_in_as: Browsers, request: pytest.FixtureRequest) -> tuple[TestClient, str]:
    """Who sends, and where to: a tablet its visit's photo, a desk and the holder of a link the branch's evidence."""
    uuid, way, field = new_uuid(), request.param, loop.field
    if way == "tablet":
        lin = loop.city.lin
        open_visit(loop.db, lin, field.second_visit_id)
        told = {"attached_to": "item:A01", "role": "evidence"}
        field.write(lin, f"photo:{uuid}", told, visit_id=field.second_visit_id)
        where = f"assignment_id={field.assignment_id}&visit_id={field.second_visit_id}"
        return sign_in_as(lin), f"/api/v1/photos/{uuid}?{where}"
    finding_id = loop.rectifying()
    if way == "desk":
        return sign_in_as(loop.city.mei), f"/api/v1/findings/{finding_id}/evidence/{uuid}?role=after"
    phone = sign_in_as(None)
    phone.headers["X-Rounds-Link"] = delegating.make_link(loop.db, loop.city.mei, finding_id, HOURS).token
    return phone, f"/link/evidence/{uuid}?role=after"


async def send(browser: TestClient, path: str, body: bytes, ending: Message) -> list[Message]:
    """One request whose body comes in two pieces, and then ends like this."""
    request = browser.build_request("PUT", path)
    pieces: list[Message] = [
        {"type": "http.request", "body": body[: len(body) // 2], "more_body": True},
        {"type": "http.request", "body": body[len(body) // 2 :], "more_body": True},
        ending,
    ]
    answers: list[Message] = []

    async def receive() -> Message:
        return pieces.pop(0) if pieces else {"type": "http.disconnect"}

    async def answered(message: Message) -> None:
        answers.append(message)

    scope = {
        "type": "http", "http_version": "1.1", "method": "PUT", "scheme": "http", "path": request.url.path,
        "query_string": request.url.query, "client": ("10.0.0.9", 1), "server": ("localhost", 8501), "root_path": "",
        "headers": [(name.lower().encode(), value.encode()) for name, value in request.headers.items()
                    if name.lower() != "content-length"] + [(b"content-length", str(len(WHOLE)).encode())],
    }  # fmt: skip
    await browser.app(scope, receive, answered)
    return answers


def kept(house: Installation) -> tuple[list[str], int, int]:
    """Files of the photo store, rows of photos, events."""
    files = [path.name for path in (house.settings.home / "photos").rglob("*") if path.is_file()]
    with house.db.read() as session:
        rows = sum(session.exec(select(func.count()).select_from(table)).one() for table in (Photo, Evidence))
        return files, rows, session.exec(select(func.count()).select_from(Event)).one()


@pytest.mark.parametrize("sender", WAYS, indirect=True)
def test_a_photo_cut_at_any_tenth_leaves_nothing_and_its_repeat_is_kept_once(
    house: Installation, sender: tuple[TestClient, str]
) -> None:
    browser, path = sender
    browser.get("/health")
    before: Any = kept(house)
    endings = ({"type": "http.disconnect"}, {"type": "http.request", "body": b"", "more_body": False})
    for tenth in range(10):
        part = WHOLE[: len(WHOLE) * tenth // 10]
        for ending in endings:
            (start, *_) = asyncio.run(send(browser, path, part, dict(ending)))
            assert 400 <= start["status"] < 500, (tenth, start)
            assert kept(house) == before, f"cut at {tenth} tenths"
    first, again = (browser.put(path, content=WHOLE) for _ in range(2))
    assert first.status_code in (200, 201), first.text
    assert (again.status_code, again.json()) == (200, first.json())
    assert kept(house)[1] == before[1] + 1
    assert first.json()["size"] == len(WHOLE)
