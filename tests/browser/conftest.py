"""One real server and one Chromium a test process; each test gets its own link and its own tablets.

They end with this package: while Playwright runs, its event loop runs in the thread of the tests.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect, sync_playwright
from sqlmodel import col, select

from audit.config import Settings
from audit.db.models import Job
from audit.jobs import work
from audit.services.installation import Installation
from audit.services.sign_in import set_locale
from tests.browser.link import Link
from tests.browser.site import Site
from tests.browser.tablet import ARGUMENTS, CHROMIUM, WAIT, Tablet, context_options
from tests.papers import lay_fonts_ready

expect.set_options(timeout=WAIT)


@pytest.fixture(scope="package")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A real server on a free port, with the small city."""
    running = Site(tmp_path_factory.mktemp("home"))
    yield running
    running.close()


@pytest.fixture(scope="package")
def player() -> Iterator[Playwright]:
    """Playwright."""
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="package")
def chromium(player: Playwright) -> Iterator[Browser]:
    """Debian's Chromium."""
    browser = player.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
    yield browser
    browser.close()


@pytest.fixture(autouse=True)
def _chinese_again(site: Site) -> Iterator[None]:
    """Whatever language a test chose for somebody, the next one finds Chinese."""
    yield
    for actor in site.city.actors.values():
        set_locale(site.db, actor, "zh_CN")


@pytest.fixture(autouse=True)
def _the_servers_words(site: Site) -> Iterator[None]:
    """A test that fails shows what the server logged meanwhile."""
    before = len(site.said().encode())
    yield
    print(site.said(before))


@pytest.fixture
def link(site: Site) -> Iterator[Link]:
    """The link of this test's tablets."""
    made = Link(site.port)
    yield made
    made.close()


@pytest.fixture
def tablet(site: Site, link: Link, chromium: Browser) -> Iterator[Callable[..., Tablet]]:
    """A maker of tablets: `tablet("lin")` is a new tablet at which Lin is signed in."""
    contexts: list[BrowserContext] = []

    def make(name: str, **options: object) -> Tablet:
        context = chromium.new_context(**context_options(**options))
        contexts.append(context)
        made = Tablet(context, link.url)
        made.sign_in(site.session_of(name))
        return made

    yield make
    for context in contexts:
        context.close()


@pytest.fixture
def lasting_tablet(site: Site, link: Link, player: Playwright, tmp_path: Path) -> Iterator[Callable[[], Tablet]]:
    """A tablet whose browser can be closed and opened again with what it kept: each call closes and opens it."""
    open_now: list[BrowserContext] = []

    def start() -> Tablet:
        while open_now:
            open_now.pop().close()
        context = player.chromium.launch_persistent_context(
            str(tmp_path / "profile"), executable_path=CHROMIUM, args=ARGUMENTS, **context_options()
        )
        open_now.append(context)
        return Tablet(context, link.url)

    yield start
    for context in open_now:
        context.close()


@pytest.fixture
def desk(site: Site, chromium: Browser) -> Iterator[Callable[..., Page]]:
    """A maker of pages: `desk("wang", "/review?id=1", 1024, 768)` is Wang's browser there; "" is anybody's."""
    contexts: list[BrowserContext] = []

    def open_page(name: str, path: str, width: int = 1024, height: int = 768) -> Page:
        context = chromium.new_context(**context_options(width, height), accept_downloads=True)
        contexts.append(context)
        address = f"http://127.0.0.1:{site.port}"
        if name:
            context.add_cookies([{"name": "rounds", "value": site.session_of(name), "url": address}])
        page = context.new_page()
        page.goto(address + path)
        return page

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture
def worker(site: Site) -> Iterator[Callable[[], None]]:
    """The worker's hands, for the job that was asked for last: the server of these tests has no worker of its own."""
    made = Installation(Settings(home=site.home, public_url=f"http://127.0.0.1:{site.port}"))
    lay_fonts_ready(made)

    def run() -> None:
        with site.db.read() as session:
            work.run(made, session.exec(select(Job.id).order_by(col(Job.id).desc()).limit(1)).one() or 0)

    yield run
    made.close()
