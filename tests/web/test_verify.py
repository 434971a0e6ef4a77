"""The public page that verifies documents: issued ones are told to anybody, drafts and unknown ones to nobody."""

import datetime as dt
import hashlib
from collections.abc import Callable
from urllib.parse import quote

import pytest
import time_machine
from starlette.testclient import TestClient

from audit.db.models import Document
from audit.services import proof
from audit.services.installation import Installation
from audit.services.work import unit_of_work
from tests.factories import NOW, City

Browsers = Callable[..., TestClient]
NUMBER = "渝移市〔2026〕12号"
ISSUED, DRAFT, EARLY = b"%PDF issued", b"%PDF draft", b"%PDF numbered, not issued"


def fingerprint(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@pytest.fixture
def papers(city: City, house: Installation) -> City:
    """An issued notice, a draft, and a document with a number that was not issued."""
    kinds = ((ISSUED, "notice", NUMBER), (DRAFT, "visit_report_draft", ""), (EARLY, "notice", "渝移市〔2026〕13号"))
    with unit_of_work(house.db, city.wang) as work:
        head = proof.head_of(work.session)
        for content, kind, number in kinds:
            row = Document(
                kind=kind, organisation_id=city.organisations["jiangbei"], language="zh", filename="x.pdf",
                media_type="application/pdf", sha256=fingerprint(content), size=len(content), created_at=NOW,
                account_id=city.wang.account_id, number=number, issued_at=NOW if content == ISSUED else None,
                chain_seq=head.seq, chain_sha256=head.sha256,
            )  # fmt: skip
            work.session.add(row)
        work.record("test.made", "document", 1)
    return city


@pytest.fixture(params=["anonymous", "session"])
def browser(request: pytest.FixtureRequest, papers: City, sign_in_as: Browsers) -> TestClient:
    """Somebody without a session, and somebody with one: the page is the same."""
    return sign_in_as(papers.hu if request.param == "session" else None)


@pytest.mark.parametrize("name", [NUMBER, f"  {NUMBER} ", fingerprint(ISSUED), fingerprint(ISSUED).upper()])
def test_an_issued_document_is_told_by_number_and_by_fingerprint(browser: TestClient, name: str) -> None:
    page = browser.get(f"/verify/{quote(name, safe='')}", params={"lang": "zh_CN"})
    assert page.status_code == 200
    for words in ("该文件确已签发", "整改通知书", NUMBER, "江北分公司", "2026年11月20日 09:00", fingerprint(ISSUED)):
        assert words in page.text, words
    english = browser.get(f"/verify/{quote(name, safe='')}", params={"lang": "en"}).text
    for words in ("This document was issued.", "Rectification notice", "20 Nov 2026 09:00"):
        assert words in english, words


@pytest.mark.parametrize(
    "name",
    [fingerprint(DRAFT), fingerprint(EARLY), "渝移市〔2026〕13号", fingerprint(b"?"), "渝移市〔2026〕99号", "a/b/../c"],
)
def test_drafts_and_unknown_documents_get_the_same_answer(browser: TestClient, name: str) -> None:
    page = browser.get(f"/verify/{quote(name, safe='')}", params={"lang": "en"})
    unknown = browser.get("/verify/0", params={"lang": "en"})
    assert page.status_code == unknown.status_code == 404
    assert page.text.replace(name, "0") == unknown.text
    assert "No such issued document." in page.text
    assert 'data-fingerprints=""' in page.text


@pytest.mark.parametrize("name", ["%00", "a" * 5000, "<script>alert(1)</script>", "%ed%a0%80", "%", "' OR 1=1 --", " "])
def test_a_name_that_no_document_has_is_answered_clearly(browser: TestClient, name: str) -> None:
    page = browser.get(f"/verify/{name}")
    assert page.status_code in (200, 404)
    assert "<h1" in page.text
    assert "<script>alert" not in page.text
    assert NUMBER not in page.text


def test_a_typed_number_leads_to_its_page(browser: TestClient) -> None:
    assert browser.get("/verify").status_code == 200
    sent = browser.get("/verify", params={"number": f" {NUMBER}", "lang": "en"})
    assert (sent.status_code, sent.headers["location"]) == (303, f"/verify/{quote(NUMBER, safe='')}?lang=en")
    away = browser.get("/verify", params={"number": "//evil.example", "lang": "//x"})
    assert away.headers["location"] == "/verify/%2F%2Fevil.example"


def test_nothing_can_be_sent_to_the_page(browser: TestClient) -> None:
    assert browser.post(f"/verify/{NUMBER}", files={"file": ISSUED}).status_code == 405


def test_who_asks_too_much_waits_and_others_do_not(papers: City, house: Installation, sign_in_as: Browsers) -> None:
    browser = sign_in_as(None)
    with time_machine.travel(NOW, tick=False) as time:
        for _ in range(99):
            proof.issued(house.db, "渝移市〔2026〕1号", "testclient")
        assert browser.get(f"/verify/{NUMBER}").status_code == 200  # from now on there is a wait
        page = browser.get(f"/verify/{NUMBER}", params={"lang": "en"})
        assert (page.status_code, NUMBER in page.text) == (429, False)
        assert "Too many attempts" in page.text
        assert proof.issued(house.db, NUMBER, "198.51.100.7")[0].number == NUMBER
        time.shift(dt.timedelta(seconds=61))
        assert browser.get(f"/verify/{NUMBER}").status_code == 200
