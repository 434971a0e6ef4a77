"""Rectification notice and rectification report read back as PDFs: text in order, photos, bookmarks, draft mark."""

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import replace

import pypdfium2
import pytest
import segno
from pypdf import PdfReader

from audit.domain.events import Head
from audit.domain.papers import Notice, RectificationReport
from audit.domain.reports import Words
from audit.i18n import catalogue
from exports import notice as notice_form
from exports import rectification as rectification_form
from exports.base import Written
from exports.document import FOLDER, Form
from exports.exporters import EXPORTERS
from exports.render import Renderer
from exports.text import ranges
from tests.exports.reading import bookmarks, pages, streams
from tests.exports.sample_papers import issue, notice, rectification
from tests.exports.sample_report import draw_photos, sample
from tests.exports.test_scoreboard import result

Make = Callable[..., Written]


@pytest.fixture(scope="module")
def make(renderer: Renderer, tmp_path_factory: pytest.TempPathFactory) -> Make:
    """A paper laid out, each once a module."""
    folder = tmp_path_factory.mktemp("papers")
    kept: dict[object, Written] = {}

    def made(value: Notice | RectificationReport, language: str = "zh") -> Written:
        if (value, language) not in kept:
            form: Form = EXPORTERS["notice" if isinstance(value, Notice) else "rectification"]  # type: ignore[type-arg]
            files = draw_photos(value, folder / "photos")  # type: ignore[arg-type]
            out = folder / f"{len(kept)}.pdf"
            kept[value, language] = form.export(value, language, lambda photo: files[photo.uuid], renderer, out)
        return kept[value, language]

    return made


def in_order(text: str, parts: list[str]) -> bool:
    place = 0
    for part in parts:
        place = text.find(part, place) + 1
        if not place:
            raise AssertionError(part)
    return True


def test_a_notice_says_what_is_asked_until_when_and_how_to_object(make: Make) -> None:
    asked = notice()
    document = make(asked)
    text = "".join(pages(document))
    assert in_order(text, ["整改通知书", "渝移市〔2026〕13号", "渝北分公司：", "共12项"])
    assert in_order(text, ["一、整改事项一览", "二、整改事项与要求", "整改要求", "验收标准", "所需佐证"])
    assert in_order(text, ["三、签收、异议与复核", "签发人：方敏", "签收回执", "收件单位"])
    assert in_order(text, [f"{number}.{demand.finding.outlet.zh}" for number, demand in enumerate(asked.demands, 1)])
    for demand in asked.demands:
        assert re.sub(r"\s", "", demand.finding.observation) in text
    assert text.count("2026年11月18日（周三）18:00") == 1 + 2 * 6  # first of all, at a glance, and with each finding
    assert text.count("2027年1月4日（周一）18:00（预估）") == 2 * 6
    assert "放假调休安排尚未公布" in text
    assert "请于2026年11月10日（周二）18:00前登录https://rounds.example签收" in text
    assert "第1–12项：2026年11月11日（周三）18:00前" in text
    assert "直接责任人：周旻（值班经理）；管理责任人：刘翀（服务主管）" in text
    assert f"记录链头：{issue().chain_head}" in text
    assert f"扫码核验本文件真伪{issue().verification_url}" in text


def test_the_printed_code_leads_to_the_verification_page(make: Make) -> None:
    pdf = pypdfium2.PdfDocument(make(notice(1)).path)
    (place,) = [number for number, text in enumerate(pages(make(notice(1)))) if "扫码核验" in text]
    page = pdf[place].render(scale=4, grayscale=True).to_pil().point(lambda grey: 255 if grey < 128 else 0)
    left, code = page.width * 25 // 210, segno.make(issue().verification_url, error="m", micro=False)
    rows = [y for y in range(page.height) if page.getpixel((left + 4, y))]  # the finder pattern's left edge, twice
    size = len(code.matrix)
    module = page.width * 27 / 210 / size
    top = next(y for y in rows if all(page.getpixel((left + 4, y + n)) for n in range(int(6 * module))))
    read = [
        [bool(page.getpixel((int(left + (x + 0.5) * module), int(top + (y + 0.5) * module)))) for x in range(size)]
        for y in range(size)
    ]
    assert read == [[bool(one) for one in row] for row in code.matrix]


def test_the_same_item_stands_together_and_each_hall_has_its_number(make: Make) -> None:
    document = make(notice())
    text = "".join(pages(document))
    assert in_order(text, ["（一）A06宣传物料在有效期内4处", "1.渝北", "2.渝北", "3.渝北", "4.渝北", "（二）A11"])
    titles = bookmarks(PdfReader(document.path))
    assert [title for title in titles if title.startswith(("一、", "二、", "三、"))] == [
        "一、整改事项一览", "二、整改事项与要求", "三、签收、异议与复核",
    ]  # fmt: skip
    assert len(PdfReader(document.path).pages) == document.pages == 8


def test_what_is_asked_alike_stands_once_and_otherwise_with_each_finding() -> None:
    asked = notice(12)
    other = replace(asked.demands[0], finding=replace(asked.demands[0].finding, requirement=Words("换灯", "Lamp")))
    shown = notice_form.FORM.html(replace(asked, demands=(other, *asked.demands[1:])), "zh").count("验收标准</th>")
    assert (notice_form.FORM.html(asked, "zh").count("验收标准</th>"), shown) == (9, 12)


def test_one_finding_needs_no_table_at_a_glance_and_two_pages_do(make: Make) -> None:
    document = make(notice(1))
    text = "".join(pages(document))
    assert "一、整改事项与要求" in text
    assert "一览" not in text
    assert document.pages == 2


def test_a_supplement_is_marked_and_says_that_it_does_not_wait() -> None:
    one = notice(1).demands[0]
    critical = replace(one, finding=replace(one.finding, severity="critical"))
    extra = replace(notice(1), supplement=2, demands=(critical,))
    markup = notice_form.FORM.html(extra, "zh")
    assert "整改通知书（补充2）" in markup
    assert "重大问题　先行通知" in markup
    assert "不待本轮结束" in markup
    assert "补充2" in notice_form.FORM.filename(extra, "zh")
    later = notice_form.FORM.html(replace(extra, demands=(one,)), "zh")
    assert "整改通知书（补充2）" in later
    assert "先行通知" not in later
    assert "先行通知" not in notice_form.FORM.html(notice(1), "zh")


def test_a_draft_has_no_number_no_dates_and_its_mark_on_every_page(make: Make) -> None:
    drafted = make(notice(3, issued=False), "both")
    texts = pages(drafted)
    assert all("草稿Draft" in text for text in texts)
    text = "".join(texts)
    assert in_order(
        text,
        ["无文号（草稿，未签发）", "7个工作日", "重大问题在签发后1个工作日内", "签发后生成", "Rectificationnotice"],
    )
    assert "扫码核验" not in text
    issued = pages(make(notice(1)))
    assert not any("草稿" in text for text in issued)
    long = replace(notice(1), branch=Words("长" * 200, ""))
    assert notice_form.FORM.filename(long, "zh").endswith("长_整改通知书.pdf")
    assert drafted.filename == "渝北分公司_2026年第四季度交叉巡检_整改通知书_中英文_草稿.pdf"


def test_a_notice_without_photos_and_one_with_endless_texts_are_laid_out(make: Make) -> None:
    plain = notice(4)
    bare = tuple(replace(one, finding=replace(one.finding, photos=(), before=(), after=())) for one in plain.demands)
    empty = make(replace(plain, demands=bare), "en")
    assert [one for one in streams(empty.path) if one.get("/Subtype") == "/Image"] == []
    assert "Directlyresponsible:namedbythebranch;" in "".join(pages(empty))
    long = replace(plain.demands[0].finding, observation="长" * 6000, requirement=Words("W" * 5000, ""))
    document = make(replace(plain, demands=(replace(plain.demands[0], finding=long),)))
    text = "".join(pages(document))
    assert (text.count("长"), text.count("W")) == (6000, 5000)


def test_the_answers_stand_in_the_order_of_the_notice_with_before_beside_after(make: Make) -> None:
    report = rectification()
    document = make(report)
    text = "".join(pages(document))
    assert in_order(
        text, ["整改报告", "渝北移服〔2026〕31号", "渝移公司：", "渝移市〔2026〕13号", "已完成10项，未完成2项"]
    )
    assert in_order(text, ["一、整改情况一览", "二、逐项整改情况", "三、审核与签章", "分公司负责人", "提交人：王珺"])
    assert in_order(text, ["问题摘要", "原因", "立即纠正", "纠正措施", "举一反三", "责任人", "完成日期"])
    assert in_order(text, ["图1整改前", "图2整改后", "其他佐证"])
    assert in_order(text, [f"{one.finding.number}.{one.finding.outlet.zh}" for one in report.answers])
    assert in_order(text, ["尚未提交整改第5、10项", "（一）A06宣传物料在有效期内4处", "（二）A11"])
    assert text.count("未完成原因") == 2
    proof = report.answers[0].proofs[0]
    assert re.sub(r"\s", "", proof.name) in text
    assert proof.sha256 in text
    assert len(PdfReader(document.path).pages) == document.pages
    figures = len({photo.uuid for photo in report.photos()})
    assert len([one for one in streams(document.path) if one.get("/Subtype") == "/Image"]) == figures


def test_what_was_answered_together_stands_once_and_a_withdrawn_finding_is_owed_nothing() -> None:
    report = rectification()
    same = tuple(replace(one, correction="一并更换", cause="", corrective_action="", horizontal_check="", unfinished="",
                         state="submitted", completed_on=one.completed_on or dt.date(2026, 11, 12))
                 for one in report.answers[:4])  # fmt: skip
    gone = replace(report.answers[4], state="withdrawn", unfinished="", completed_on=None)
    told = replace(report, answers=(*same, gone, *report.answers[5:]))
    markup = rectification_form.FORM.html(told, "zh")
    assert markup.count("一并更换") == 1
    assert "，合并答复" in markup
    assert "已完成10项，未完成1项；已撤销1项" in re.sub(r"\s", "", markup)
    assert (told.complete, replace(told, answers=(*same, gone)).complete) == (False, True)


def test_an_answer_in_english_and_as_a_draft(make: Make) -> None:
    assert in_order("".join(pages(make(rectification(1, issued=False)))), ["未提交）", "核验二维码在提交后生成"])
    texts = pages(make(rectification(1, issued=False), "en"))
    assert all("Draft" in text for text in texts)
    assert in_order("".join(texts), ["Rectificationreport", "1.Rectificationofeachfinding", "2.Signaturesandseal"])


HOSTILE = "<script>alert(1)</script>{{ 7*7 }}‮\x00"


def test_html_in_what_people_typed_stays_text() -> None:
    demand = notice(1).demands[0]
    asked = replace(
        demand, direct=HOSTILE, finding=replace(demand.finding, observation=HOSTILE, outlet=Words(HOSTILE, ""))
    )
    answer = rectification(1).answers[0]
    told = replace(answer, cause=HOSTILE, unfinished=HOSTILE, proofs=(replace(answer.proofs[0], name=HOSTILE),))
    for markup in (
        notice_form.FORM.html(replace(notice(1), demands=(asked,), contact=HOSTILE), "both"),
        rectification_form.FORM.html(replace(rectification(1), answers=(told,), reviewer=HOSTILE), "both"),
    ):
        assert "<script" not in markup
        assert "&lt;script&gt;alert(1)&lt;/script&gt;{{ 7*7 }}" in markup
        assert "\x00" not in markup


def test_every_element_of_the_papers_has_its_display_in_the_base_sheet() -> None:
    inline = {"a", "b", "br", "img", "small", "span", "svg", "path", "polygon", "line", "rect", "text"}
    sheet = (FOLDER / "styles" / "base.css").read_text().partition("*/")[2]
    known = {name.strip() for rule in re.findall(r"([^{}]+)\{[^}]*display:", sheet) for name in rule.strip().split(",")}
    for markup in (notice_form.FORM.html(notice(), "zh"), rectification_form.FORM.html(rectification(), "zh")):
        assert set(re.findall(r"<([a-z][a-z0-9]*)", markup)) - inline - known == set()


def test_every_chapter_has_a_chinese_title() -> None:
    known = catalogue("zh_CN")
    chapters = (*notice_form.CHAPTERS, *rectification_form.CHAPTERS)
    assert [title for title in chapters if known.gettext(title) == title] == []


@pytest.mark.parametrize(("numbers", "text"), [([1], "1"), ([1, 2, 3], "1–3"), ([1, 3, 4, 7], "1、3–4、7"), ([], "")])
def test_numbers_in_a_row_are_drawn_together(numbers: list[int], text: str) -> None:
    assert ranges(numbers, "、") == text


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("kind", sorted(EXPORTERS.keys() - {"certificates"}))  # of certificates no draft is made
def test_a_draft_carries_the_head_of_the_history(kind: str, language: str) -> None:
    values = {
        "visit_report": sample(), "notice": notice(issued=False), "rectification": rectification(issued=False),
        "scoreboard": replace(result(), head=None, issue=None),
    }  # fmt: skip
    told = "4711-" + "0123456789abcdef"
    assert told not in EXPORTERS[kind].html(values[kind], language)
    assert told in EXPORTERS[kind].html(replace(values[kind], head=Head(4711, "0123456789abcdef" * 4)), language)
