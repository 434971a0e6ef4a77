"""Pages are run as they are: on a real database, with a real session, in Streamlit's own test runner.

The runner has no browser, so cookie and identity header are put where Streamlit would put them.
"""

import json
import sys
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import pytest
from streamlit.components.v2 import manifest_scanner
from streamlit.runtime.context import ContextProxy
from streamlit.testing.v1 import AppTest
from streamlit.user_info import UserInfoProxy

from audit.config import PROJECT, settings
from audit.db.engine import Database
from audit.services.installation import installation
from audit.services.sign_in import open_session, set_locale
from tests.factories import City, found_city

Visit = Callable[..., AppTest]


@pytest.fixture(scope="session", autouse=True)
def _scan_once() -> None:
    """The runner looks through all installed packages for components of theirs once, not for each page anew."""
    manifest_scanner.scan_component_manifests = cache(manifest_scanner.scan_component_manifests)


@pytest.fixture
def page_city(sqlite_db: Database, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[City]:
    """The small city as the installation of this process."""
    monkeypatch.setenv("ROUNDS_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("ROUNDS_DATABASE_URL", sqlite_db.url)
    settings.cache_clear()
    installation.cache_clear()
    # A run puts the page in the place of the main module, and every process started later would run the page first.
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])
    yield found_city(sqlite_db)
    installation().close()
    settings.cache_clear()
    installation.cache_clear()


@pytest.fixture
def visit_page(page_city: City, monkeypatch: pytest.MonkeyPatch) -> Visit:
    """Open a page as somebody: `visit_page("lin", "rounds.py", locale="en", id=1)`."""

    def open_page(name: str | None, page: str = "", locale: str = "zh_CN", **query: object) -> AppTest:
        cookies, claimed = {}, {}
        if name:
            actor = page_city.actors[name]
            set_locale(page_city.db, actor, locale)
            cookies = {settings().cookie_name: open_session(page_city.db, actor.account_id, "127.0.0.1", "test")}
            claimed = {"account_id": str(actor.account_id)}
        monkeypatch.setattr(ContextProxy, "cookies", property(lambda _self: cookies))
        monkeypatch.setattr(UserInfoProxy, "to_dict", lambda _self: claimed)
        at = AppTest.from_file(str(PROJECT / "pages" / "main.py"), default_timeout=30)
        at.run()
        if page:
            at.switch_page(page)
            for key, value in query.items():
                at.query_params[key] = str(value)
            at.run()
        return at

    return open_page


def texts(at: AppTest) -> str:
    """Everything a person can read on the page, tables included."""
    found: list[str] = []

    def walk(value: Any) -> None:
        if isinstance(value, str):
            found.append(value)
        elif isinstance(value, dict):
            for one in value.values():
                walk(one)
        elif isinstance(value, list):
            for one in value:
                walk(one)

    for element in at:
        proto = getattr(element, "proto", None)
        if getattr(element, "type", "") == "bidi_component":
            walk(json.loads(proto.json))
            continue
        for name in ("label", "value", "body", "text", "options", "placeholder", "help"):
            try:
                walk(getattr(element, name, None) if name in ("label", "value") else getattr(proto, name, None))
            except (AttributeError, KeyError, ValueError):
                continue
    return "\n".join(found)
