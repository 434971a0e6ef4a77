"""The main job through the front doors: sign in, my visits, the form, submit, review, the printed report."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser, Page, expect
from pypdf import PdfReader
from sqlmodel import col, update

from audit.config import PROJECT
from audit.db.models import Account, Assignment, Round
from audit.services.sign_in import hash_password
from tests.browser.site import Site
from tests.browser.tablet import WAIT, Tablet, context_options
from tests.browser.test_whole_visit import SHORT_TOTAL, fill_short

PASSWORD = "出门检查 needs 1 password"


def _arrive(chromium: Browser, site: Site, name: str, path: str) -> Page:
    """Go to a page without a session, sign in on the sign-in page, and be led on."""
    page = chromium.new_context(**context_options()).new_page()
    page.goto(f"http://127.0.0.1:{site.port}{path}")
    expect(page.get_by_role("heading", name="登录")).to_be_visible(timeout=WAIT)
    page.get_by_label("登录名").fill(name)
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录").tap()
    return page


def test_from_signing_in_to_the_branchs_illustrated_report(
    site: Site, chromium: Browser, tmp_path: Path, tablet: Callable[..., Tablet]
) -> None:
    with site.db.write() as session:
        named = col(Account.sign_in_name).in_(["lin", "wang"])
        session.exec(update(Account).where(named).values(password_hash=hash_password(PASSWORD)))
    visit = site.plan(outlet="JB01")

    page = _arrive(chromium, site, "lin", "/my-visits")
    link = page.locator(f"a[href$='#/visit/{visit.id}']")
    link.first.wait_for(timeout=WAIT)
    page.goto(f"http://127.0.0.1:{site.port}{link.first.get_attribute('href')}")
    lin = Tablet(page.context, f"http://127.0.0.1:{site.port}", page)
    lin.ready()
    fill_short(lin)
    lin.all_received()
    lin.submit()
    assert (site.visit(visit.id).state, f"{site.visit(visit.id).total:.2f}") == ("submitted", SHORT_TOTAL)
    page.context.close()

    review = _arrive(chromium, site, "wang", f"/review?id={visit.id}")
    review.get_by_role("button", name="通过").first.tap(timeout=WAIT)
    dialog = review.get_by_role("dialog")
    dialog.get_by_role("button", name="通过").tap(timeout=WAIT)
    expect(review.get_by_text("已通过").first).to_be_visible(timeout=WAIT)
    review.context.close()
    assert site.visit(visit.id).state == "accepted"

    with site.db.read() as session:
        code = session.get_one(Round, session.get_one(Assignment, visit.assignment_id).round_id).code
    out = tmp_path / "report.pdf"
    command = [sys.executable, "-m", "audit", "report", "--round", code, "--branch", "江北", "--out", str(out)]
    surroundings = {**os.environ, "ROUNDS_HOME": str(site.home)}
    ran = subprocess.run(command, cwd=PROJECT, env=surroundings, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    pages = PdfReader(out).pages
    text = "\n".join(page.extract_text() for page in pages)
    for expected in ("江北分公司", "观音桥营业厅", SHORT_TOTAL, "门前堆放杂物 <b>", "草稿", "胡堃"):
        assert expected in text, expected
    assert sum(len(page.images) for page in pages) >= 2  # the finding's photo and the signature
