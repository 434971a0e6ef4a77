"""The public verification page on a phone: a file is held against the issued one without leaving the phone."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Page, Request, expect

from audit.db.models import Document
from audit.services import clock
from audit.services.work import unit_of_work
from tests.browser.site import Site

NUMBER = "渝移市〔2026〕77号"
CONTENT = b"%PDF-1.7 " + bytes(range(256)) * 40


@pytest.fixture
def sent() -> list[Request]:
    """What the phone asked the server."""
    return []


@pytest.fixture
def phone(site: Site, chromium: Browser, sent: list[Request]) -> Iterator[Page]:
    """A phone whose holder has no account; the document was issued."""
    with unit_of_work(site.db, site.city.wang) as work:
        row = Document(
            kind="notice", organisation_id=site.city.organisations["jiangbei"], language="zh", filename="通知.pdf",
            media_type="application/pdf", sha256=hashlib.sha256(CONTENT).hexdigest(), size=len(CONTENT),
            account_id=site.city.wang.account_id, created_at=clock.now(), number=NUMBER, issued_at=clock.now(),
        )  # fmt: skip
        work.session.add(row)
        work.session.flush()
        work.record("test.made", "document", row.id)
    context = chromium.new_context(viewport={"width": 390, "height": 844}, has_touch=True, locale="zh-CN")
    page = context.new_page()
    page.on("request", lambda request: sent.append(request))  # a wrapper: Playwright marks what it is given
    yield page
    context.close()


def test_a_file_is_held_against_the_issued_one_and_never_leaves_the_phone(
    phone: Page, site: Site, sent: list[Request], tmp_path: Path
) -> None:
    right, changed = tmp_path / "right.pdf", tmp_path / "changed.pdf"
    right.write_bytes(CONTENT)
    changed.write_bytes(CONTENT[:-1] + b"\0")
    result, address = phone.locator("#result"), f"http://127.0.0.1:{site.port}/verify"
    phone.goto(f"{address}/{quote(NUMBER)}")
    expect(phone.get_by_text("江北分公司")).to_be_visible()
    phone.set_input_files("#file", right)
    expect(result).to_contain_text("核验通过")
    phone.set_input_files("#file", changed)
    expect(result).to_contain_text("核验未通过：该文件与签发的原件不一致")
    phone.goto(address)  # nobody named a document: the file's fingerprint is looked up
    phone.set_input_files("#file", right)
    expect(result).to_contain_text("核验通过")
    expect(phone.get_by_text(NUMBER)).to_be_visible()
    phone.set_input_files("#file", changed)
    expect(result).to_contain_text("核验未通过：该文件与签发的原件不一致")
    phone.goto(address)
    phone.set_input_files("#file", changed)
    expect(result).to_contain_text("没有任何已签发的文件与该文件的指纹一致")
    assert phone.evaluate("document.documentElement.scrollWidth") == 390
    assert {request.method for request in sent} == {"GET"}
