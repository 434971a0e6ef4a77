"""From the approver's tap to a file held against the issued one: issue, download, verify, in a real browser."""

from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect
from sqlmodel import select

from audit.db.models import Assignment, Document, Finding, Visit
from audit.services import clock
from tests.browser.site import Site


@pytest.fixture
def round_id(site: Site) -> int:
    """A round in which an accepted visit of Jiangbei has one draft."""
    planned, now = site.plan(outlet="JB02"), clock.now()
    with site.db.write() as session:
        visit = session.get_one(Visit, planned.id)
        visit.state, visit.submitted_at, visit.accepted_at = "accepted", now, now
        found = session.get_one(Assignment, planned.assignment_id).round_id
        session.add(Finding(
            visit_id=planned.id, round_id=found, organisation_id=site.city.organisations["jiangbei"],
            outlet_id=visit.outlet_id, subject="item:A03", item_code="A03", kind="nonconformity", severity="minor",
            clause_zh="门前整洁通畅", observation="门前堆放纸箱", requirement_zh="清理门前。",
            criterion_zh="门前无杂物。", evidence_kind="photo", created_at=now,
        ))  # fmt: skip
    return found


def test_what_is_issued_is_downloaded_by_the_branch_and_verified_by_anybody(
    site: Site, worker: Callable[[], None], round_id: int, desk: Callable[..., Page], tmp_path: Path
) -> None:
    branch = site.city.organisations["jiangbei"]
    fang = desk("fang", f"/drafts?round={round_id}&branch={branch}")
    fang.get_by_role("button", name="向该分公司签发…").tap()
    fang.get_by_role("dialog").get_by_role("button", name="签发", exact=True).tap()
    expect(fang.get_by_role("button", name="停止")).to_be_visible()
    worker()
    expect(fang.get_by_text("已签发 1 份整改通知书，共 1 条检查发现，文件 2 份。")).to_be_visible()
    with site.db.read() as session:
        row = session.exec(select(Document).where(Document.round_id == round_id, Document.kind == "notice")).one()

    mei = desk("mei", f"/papers?round={round_id}")
    mei.get_by_role("button", name=row.number).tap()
    expect(mei.get_by_text(row.sha256)).to_be_visible()
    page = mei.locator(f'img[src="/documents/{row.id}/pages/1"]')
    mei.wait_for_function("image => image.complete && image.naturalWidth > 0", arg=page.element_handle())
    with mei.expect_download() as download:
        mei.get_by_role("link", name="下载 PDF").tap()
    assert download.value.suggested_filename == row.filename
    right, changed = tmp_path / "right.pdf", tmp_path / "changed.pdf"
    download.value.save_as(right)
    content = right.read_bytes()
    changed.write_bytes(content[:-9] + bytes([content[-9] ^ 1]) + content[-8:])

    anybody = desk("", f"/verify/{quote(row.number, safe='')}")
    anybody.set_input_files("#file", right)
    expect(anybody.locator("#result")).to_contain_text("核验通过")
    anybody.set_input_files("#file", changed)
    expect(anybody.locator("#result")).to_contain_text("核验未通过")
