"""Issued documents: what they say, who may read them, one archive of a round, proof, and the branch's own report."""

import datetime as dt
import hashlib
import io
import re
import zipfile
from collections.abc import Callable
from typing import Any

import pypdfium2
import pytest
from sqlmodel import col, select
from starlette.testclient import TestClient

from audit.db.models import Document, Event
from audit.jobs import work
from audit.services import clock, document_care, jobs, papers, proof, rectification_reports, trust
from audit.services.installation import Installation
from audit.services.loop import drafting, evidence, issuing
from tests.factories import City
from tests.field import new_uuid, picture
from tests.hands import refusal
from tests.looping import Loop, enter_the_loop
from tests.papers import lay_fonts_ready

Browsers = Callable[..., TestClient]


@pytest.fixture
def db(sqlite_db):  # type: ignore[no-untyped-def]
    """One kind of database is enough here; issuing itself runs on both (`test_loop`, `test_issuing_job`)."""
    return sqlite_db


@pytest.fixture
def loop(city: City, house: Installation) -> Loop:
    """A critical finding and two of the same item in both halls of Jiangbei, still drafts."""
    lay_fonts_ready(house)
    loop = enter_the_loop(city)
    second = {"outlet_id": city.outlets["JB02"], "visit_id": loop.field.visit_id}
    loop.draft("A02", "critical", observation="消防通道<b>堵塞</b>", clause_zh="通道畅通", clause_en="Exits clear")
    loop.draft("A01", observation="灯箱破损", clause_zh="门头完好")
    loop.draft("A01", observation="店招褪色", clause_zh="门头完好", **second)
    return loop


def issued(house: Installation, loop: Loop, **options: Any) -> list[Document]:
    """Issue to Jiangbei, make what was promised: the documents of its round."""
    for number in loop.issue(**options).document_ids:
        papers.make(house, loop.city.fang, number)
    return [paper.document for paper in papers.listing(loop.db, loop.city.fang, loop.field.round_id)]


def text_of(house: Installation, document_id: int | None) -> str:
    with house.db.read() as session:
        row = session.get_one(Document, document_id)
    with house.documents.as_file(row.sha256) as path:
        pdf = pypdfium2.PdfDocument(path)
        return re.sub(r"\s", "", "".join(page.get_textpage().get_text_range() for page in pdf))


def test_the_notice_says_what_is_asked_of_whom_groups_the_same_item_and_is_verified(
    house: Installation, loop: Loop, sign_in_as: Browsers
) -> None:
    notice, report = issued(house, loop)
    assert [row.kind for row in (notice, report)] == ["notice", "visit_report"]
    told = text_of(house, notice.id)
    for words in (
        "整改通知书渝移市整改〔2026〕1号", "江北分公司：", "共3项：‼重大1、·一般2", "消防通道<b>堵塞</b>",
        "（二）A01门头完好2处", "直接责任人：胡堃；管理责任人：梅芳", "2026年11月25日（周三）18:00",
        "请于2026年11月23日（周一）18:00前登录http://localhost:8501签收", "签发人：方敏", "扫码核验本文件真伪",
    ):  # fmt: skip
        assert words in told, words
    assert "草稿" not in told
    assert "渝移市〔2026〕1号" in text_of(house, report.id)
    assert notice.filename == "江北分公司_第四季度交叉巡检_整改通知书.pdf"
    with house.db.read() as session:
        chain = {row.seq: row.sha256 for row in session.exec(select(Event)).all()}
        made = session.exec(select(Event).where(Event.verb == "document.made").order_by(col(Event.seq))).all()
    assert (notice.chain_seq, notice.chain_sha256) == (notice.chain_seq, chain[notice.chain_seq or 0])
    assert {event.data["sha256"] for event in made} == {notice.sha256, report.sha256}
    assert not trust.verify(house).faults
    content = sign_in_as(loop.city.mei).get(f"/documents/{notice.id}").content
    page = sign_in_as(None).get(f"/verify/{notice.number}").text
    assert f'data-fingerprints="{hashlib.sha256(content).hexdigest()}"' in page
    changed = hashlib.sha256(content[:-1] + b"\0").hexdigest()
    assert changed not in page
    assert proof.issued(house.db, changed, "test") == []


def test_a_critical_finding_gets_a_notice_of_its_own_in_the_language_asked(house: Installation, loop: Loop) -> None:
    (alone,) = issued(house, loop, only_critical=True, language="en")
    assert (alone.kind, alone.language) == ("notice", "en")
    told = text_of(house, alone.id)
    assert "Rectificationnotice(supplement1)" in told
    assert "Exitsclear" in told
    assert len(loop.issue().document_ids) == 2


def test_drafts_are_told_of_only_where_the_report_is_due(loop: Loop) -> None:
    (place,) = drafting.places(loop.db, loop.city.fang)
    assert (place.drafts, place.critical, place.report_due, place.visits_open) == (3, 1, True, 1)
    loop.issue()
    (place,) = drafting.places(loop.db, loop.city.fang)
    assert (place.drafts, place.critical, place.report_due, place.waiting) == (0, 0, False, False)


READERS = {
    "mei": "yes", "wang": "yes", "fang": "yes", "luo": "yes", "lin": "yes", "zhao": "yes", "chen": "not_found",
    "hu": "forbidden", "adam": "forbidden",
}  # fmt: skip


def test_a_branch_reads_its_own_documents_and_never_a_draft(house: Installation, loop: Loop, city: City) -> None:
    notice, report = issued(house, loop)
    params = {"round_id": loop.field.round_id, "branch_id": city.organisations["jiangbei"], "language": "zh"}
    job_id = work.submit(house, city.wang, "visit_report", params)
    work.run(house, job_id)
    draft_id = jobs.look(loop.db, city.wang, job_id).result["document_id"]

    def reach(name: str, document_id: int | None) -> str:
        try:
            papers.document(house, city.actors[name], document_id or 0)
        except Exception as error:
            return str(error.code)  # type: ignore[attr-defined]
        return "yes"

    for row in (notice, report):
        assert {name: reach(name, row.id) for name in city.actors} == READERS
    assert (reach("mei", draft_id), reach("wang", draft_id)) == ("forbidden", "yes")
    assert reach("wang", 999) == "not_found"
    listed = {}
    for name, actor in city.actors.items():
        listed[name] = 0 if READERS[name] == "forbidden" else len(papers.listing(loop.db, actor, loop.field.round_id))
    assert listed == {name: 2 if can == "yes" else 0 for name, can in READERS.items()}
    assert refusal(lambda: papers.listing(loop.db, city.hu, loop.field.round_id)).code == "forbidden"
    for actor in (city.wang, city.mei):
        assert refusal(lambda who=actor: papers.make(house, who, notice.id or 0)).code == "forbidden"
    assert refusal(lambda: papers.make(house, city.fang, draft_id)).code == "not_found"


def test_all_of_a_round_come_as_one_archive_with_readable_names(
    house: Installation, loop: Loop, sign_in_as: Browsers
) -> None:
    issued(house, loop)
    loop.draft("A03")
    rows = issued(house, loop)
    assert len(rows) == 3
    for name in ("fang", "mei"):
        answer = sign_in_as(loop.city.actors[name]).get(f"/documents/rounds/{loop.field.round_id}.zip")
        assert (answer.status_code, answer.headers["content-type"]) == (200, "application/zip")
        archive = zipfile.ZipFile(io.BytesIO(answer.content))
        assert archive.testzip() is None
        assert "江北分公司_第四季度交叉巡检_整改通知书（补充1）.pdf" in archive.namelist()
        assert all(entry.flag_bits & 0x800 for entry in archive.infolist()), "Windows reads names as UTF-8"
        assert sorted(len(archive.read(name)) for name in archive.namelist()) == sorted(row.size for row in rows)
    assert sign_in_as(loop.city.chen).get(f"/documents/rounds/{loop.field.round_id}.zip").status_code == 404
    assert sign_in_as(loop.city.hu).get(f"/documents/rounds/{loop.field.round_id}.zip").status_code == 403
    assert sign_in_as(None).get(f"/documents/rounds/{loop.field.round_id}.zip").status_code == 401


def test_an_archive_that_lacks_a_file_is_refused_before_it_begins(
    house: Installation, loop: Loop, sign_in_as: Browsers
) -> None:
    issued(house, loop)
    loop.draft("A03")
    lost = issued(house, loop)[-1]
    house.documents.delete(lost.sha256)
    answer = sign_in_as(loop.city.fang).get(f"/documents/rounds/{loop.field.round_id}.zip")
    assert (answer.status_code, answer.json()["code"]) == (409, "document.missing")
    assert answer.json()["params"]["name"] == lost.filename


def test_what_is_promised_and_not_made_is_no_fault_and_no_waste(house: Installation, loop: Loop) -> None:
    promised = loop.issue().document_ids
    with house.db.read() as session:
        assert document_care.needed(session) == set()
    assert refusal(lambda: papers.document(house, loop.city.fang, promised[0])).code == "not_found"
    assert papers.missing(loop.db, loop.city.fang, loop.field.round_id) == list(promised)
    assert refusal(lambda: papers.missing(loop.db, loop.city.wang, loop.field.round_id)).code == "forbidden"
    assert not trust.verify(house).faults
    assert papers.of_notices(loop.db, loop.city.mei, [1]) == {}


def test_two_who_make_the_same_document_leave_one(
    house: Installation, loop: Loop, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = loop.issue().document_ids[0]
    lay_out = papers.lay_out

    def overtaken(*given: Any, **more: Any) -> Any:
        monkeypatch.setattr(papers, "lay_out", lay_out)
        assert papers.make(house, loop.city.fang, number)
        return lay_out(*given, **more)

    monkeypatch.setattr(papers, "lay_out", overtaken)
    assert papers.make(house, loop.city.fang, number) is False
    with house.db.read() as session:
        happened = [row.subject_id for row in session.exec(select(Event).where(Event.verb == "document.made")).all()]
    assert happened == [str(number)]


def answer(house: Installation, loop: Loop, finding_id: int, hall: str) -> None:
    """Mei answers a finding, with a photo and a training record."""
    loop.write(
        loop.city.mei,
        finding_id,
        correction=f"已更换{hall}",
        cause="年久",
        corrective_action="巡查",
        horizontal_check="已查",
    )
    with clock.stopped(loop.at):
        after = evidence.Upload(finding_id, new_uuid(), role="after", filename="整改后.jpg")
        evidence.receive(house, loop.city.mei, after, picture(finding_id))
    loop.prove(loop.city.mei, finding_id, kind="pdf", filename="培训签到.pdf", proves="training_record", role="other")
    loop.do(loop.city.mei, finding_id, "submit")


def rectification(house: Installation, loop: Loop, language: str = "zh") -> Document:
    place = (loop.field.round_id, loop.city.organisations["jiangbei"])
    number = rectification_reports.make(house, loop.city.mei, *place, language)
    with house.db.read() as session:
        return session.get_one(Document, number)


def test_the_branchs_report_is_a_draft_until_all_is_answered_and_then_stands(house: Installation, loop: Loop) -> None:
    notice_id = loop.issue().notice_id
    with clock.stopped(loop.at):
        issuing.acknowledge(loop.db, loop.city.mei, notice_id or 0)
    answer(house, loop, loop.made[0], "一厅")
    draft = rectification(house, loop)
    assert (draft.kind, draft.number, draft.issued_at) == ("rectification_draft", "", None)
    told = text_of(house, draft.id)
    assert "尚未提交整改第2–3项" in told
    assert "已更换一厅" in told
    (mine,) = rectification_reports.answerable(loop.db, loop.city.mei)
    assert (mine.answered, mine.asked, mine.complete) == (1, 3, False)
    answer(house, loop, loop.made[1], "二厅")
    answer(house, loop, loop.made[2], "二厅")
    final = rectification(house, loop)
    assert (final.kind, final.number) == ("rectification", "渝移市整改〔2026〕1号-R1")
    told = text_of(house, final.id)
    for words in (
        "整改报告",
        "A01门头完好2处，合并答复",
        "提交人：梅芳",
        "扫码核验本文件真伪",
        "图1整改后",
        "培训签到.pdf",
        "其他佐证",
    ):
        assert words in told, words
    assert proof.issued(house.db, final.number, "test")[0].sha256 == final.sha256
    assert rectification(house, loop).id == final.id, "nothing was answered anew"
    assert rectification(house, loop, "en").number == final.number
    loop.do(loop.city.wang, loop.made[0], "return", comment="照片不清", due_on=dt.date(2026, 12, 4))
    again = rectification(house, loop)
    assert again.kind == "rectification_draft"
    answer(house, loop, loop.made[0], "三厅")
    assert rectification(house, loop).number == "渝移市整改〔2026〕1号-R2"


def test_only_the_branch_makes_its_report_and_only_what_is_final_is_read_by_others(
    house: Installation, loop: Loop
) -> None:
    place = (loop.field.round_id, loop.city.organisations["jiangbei"])
    assert refusal(lambda: rectification_reports.make(house, loop.city.mei, *place, "zh")).code == "notice.nothing"
    loop.issue()
    draft = rectification(house, loop)
    for name in ("wang", "fang", "luo", "lin", "hu"):
        actor = loop.city.actors[name]
        assert refusal(lambda who=actor: rectification_reports.make(house, who, *place, "zh")).code == "forbidden"
        assert refusal(lambda who=actor: papers.document(house, who, draft.id or 0)).code == "forbidden"
    other = (loop.field.round_id, loop.city.organisations["fuling"])
    assert refusal(lambda: rectification_reports.make(house, loop.city.mei, *other, "zh")).code == "not_found"
    assert refusal(lambda: rectification_reports.make(house, loop.city.mei, *place, "fr")).code == "invalid"
    assert draft.id not in {row.document.id for row in papers.listing(loop.db, loop.city.wang, loop.field.round_id)}
