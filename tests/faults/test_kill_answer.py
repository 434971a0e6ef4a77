"""`kill -9` right after a hall's phone was told "saved": what it wrote is there."""

import datetime as dt
from typing import Any

import httpx2
import pytest

from audit.services import clock
from audit.services.loop import delegating, rectifying
from tests.factories import found_city
from tests.faults.server import Server
from tests.looping import enter_the_loop


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_what_was_saved_through_a_link_survives_a_kill(kind: str, new_database: Any, tmp_path: Any) -> None:
    loop = enter_the_loop(found_city(new_database(kind)))
    loop.at = clock.now()
    finding_id = loop.rectifying()
    link = delegating.make_link(loop.db, loop.city.mei, finding_id, dt.timedelta(hours=2))
    server = Server(tmp_path / "home", loop.db.url)
    try:
        seen = ""
        for number in range(3):
            server.start()
            written = f"第{number}次填写"
            headers = {"Origin": server.address, "X-Rounds-Link": link.token}
            body = {"given": {"correction": written}, "seen": {"correction": seen}}
            answer = httpx2.put(f"{server.address}/link/answer", json=body, headers=headers, timeout=30)
            server.kill()
            assert answer.status_code == 200, answer.text
            seen = written
            kept = rectifying.answer_of(loop.db, loop.city.mei, finding_id)
            assert (kept.values["correction"], kept.version) == (written, number + 1)
    finally:
        server.close()
