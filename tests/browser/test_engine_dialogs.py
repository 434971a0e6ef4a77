"""What Streamlit says by itself, in the language of the person: a page that is not theirs, a server that is gone."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, WebSocketRoute, expect

from audit.services.sign_in import set_locale
from tests.browser.site import Site
from tests.browser.tablet import WAIT, Tablet

READ = """(part) => getComputedStyle(part).fontSize === "0px"
  ? getComputedStyle(part, "::after").content.replaceAll('"', "") : part.textContent"""


def said(dialog: Locator) -> list[str]:
    """Title and text as they are drawn."""
    dialog.wait_for(timeout=WAIT)
    return [str(dialog.locator(part).evaluate(READ)) for part in ("> h2", "> div > div")]


@pytest.mark.parametrize(
    ("locale", "strange", "gone"),
    [("zh_CN", "没有这个页面", "连接中断"), ("en", "This page is not among yours", "Connection lost")],
)
def test_a_strange_address_and_a_lost_connection_are_told_in_ones_language(
    site: Site, tablet: Callable[..., Tablet], locale: str, strange: str, gone: str
) -> None:
    set_locale(site.db, site.city.lin, locale)
    made = tablet("lin", locale=locale.replace("_", "-"))
    page = made.page
    sockets: list[WebSocketRoute] = []

    def through(socket: WebSocketRoute) -> None:
        socket.connect_to_server()
        sockets.append(socket)

    page.route_web_socket("**/_stcore/stream*", through)
    dialog = page.locator("section[role=dialog]")
    page.goto(f"http://127.0.0.1:{site.port}/accounts")
    title, text = said(dialog)
    assert title == strange
    assert "Running" not in text
    dialog.locator("> button").click()
    expect(dialog).to_have_count(0)
    expect(page.locator("h1")).to_be_visible(timeout=WAIT)
    made.context.set_offline(True)
    sockets[-1].close()
    title, text = said(dialog)
    assert title == gone
    assert "Streamlit" not in text
    made.context.set_offline(False)
    expect(dialog).to_have_count(0, timeout=60_000)
