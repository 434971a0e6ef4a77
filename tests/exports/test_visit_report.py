"""The visit report read back as a PDF: text, photos byte for byte, bookmarks, language, watermark."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pypdfium2
import pytest
from jinja2 import UndefinedError
from pypdf import PdfReader
from pypdf.generic import IndirectObject

from audit.domain.reports import Shape, Signed, VisitReport
from audit.i18n import catalogue
from exports import visit_report
from exports.base import Written
from exports.document import FOLDER, WORDS, chinese_number, environment
from exports.render import Renderer
from exports.visit_report import CHAPTERS, export, filename, html
from tests.exports.reading import bookmarks, pages, streams
from tests.exports.sample_papers import issue as sample_issue
from tests.exports.sample_report import with_text

Made = Callable[[str], Written]


@pytest.fixture(scope="module")
def made(
    report: VisitReport, files: dict[UUID, Path], renderer: Renderer, tmp_path_factory: pytest.TempPathFactory
) -> Made:
    """The sample in one language, laid out once a module."""
    kept: dict[str, Written] = {}
    folder = tmp_path_factory.mktemp("reports")

    def make(language: str) -> Written:
        if language not in kept:
            out = folder / f"{language}.pdf"
            kept[language] = export(report, language, lambda photo: files[photo.uuid], renderer, out)
        return kept[language]

    return make


def test_the_chinese_report_has_its_seven_chapters_in_order_and_as_bookmarks(made: Made) -> None:
    document = made("zh")
    heads = [
        "一、走访概况",
        "二、得分总览",
        "三、亮点",
        "四、短板",
        "五、主推活动执行",
        "六、现场沟通",
        "七、整改建议与时限",
    ]
    text = "".join(pages(document)[1:])
    places = [text.index(head) for head in heads]
    assert places == sorted(places)
    reader = PdfReader(document.path)
    titles = bookmarks(reader)
    assert [title for title in titles if title in heads] == heads
    assert len(reader.pages) == document.pages
    assert "（一）渝北龙溪营业厅" in "".join(titles)


def test_the_contents_name_the_page_of_each_chapter_and_lead_there(made: Made) -> None:
    document = made("zh")
    texts = pages(document)
    for title in ("二、得分总览", "四、短板", "七、整改建议与时限", "附件检查表全表"):
        named = re.search(rf"{title}(\d+)", texts[0])
        assert named
        assert title in texts[int(named[1])]
    links = [one.get_object() for one in PdfReader(document.path).pages[0]["/Annots"]]
    assert {str(one["/Dest"]) for one in links} == {f"zh-{number}" for number in range(1, 9)}


@pytest.mark.parametrize(
    ("language", "told"), [("zh", "签字后记录有改动"), ("en", "The record was changed after this signature.")]
)
def test_a_record_that_was_changed_after_a_signature_says_so(report: VisitReport, language: str, told: str) -> None:
    assert report.communication
    signatures = (Signed("梅芳", None), Signed("胡堃", None, changed=True))
    markup = html(replace(report, communication=replace(report.communication, signatures=signatures)), language)
    assert markup.count(told) == 1
    assert markup.index("梅芳") < markup.index("胡堃") < markup.index(told)


def test_what_is_asked_stands_once_and_what_the_findings_tell_is_not_told_again(report: VisitReport) -> None:
    markup = html(report, "zh")
    assert markup.count(report.shortcomings[0].requirement.zh) == len(report.shortcomings)
    told = replace(report.shortcomings[0], observation="只说一次的话")
    visit = next(one for one in report.visits if one.outlet == told.outlet)
    items = tuple(replace(one, note="只说一次的话") if one.code == told.item_code else one for one in visit.items)
    visits = tuple(replace(one, items=items) if one is visit else one for one in report.visits)
    assert html(replace(report, shortcomings=(told,), visits=visits), "zh").count("只说一次的话") == 1


def test_two_findings_of_one_photo_stand_side_by_side_and_their_order_stays(report: VisitReport) -> None:
    one, two = (replace(finding, photos=finding.photos[:1], before=(), after=()) for finding in report.shortcomings[:2])
    none, many = replace(one, photos=()), replace(one, photos=(one.photos[0],) * 3)
    long = replace(one, observation="长" * 300)
    rows = visit_report._rows([one, two, one, none, one, many, long, two])
    assert rows == [[one, two], [one], [none], [one], [many], [long], [two]]


def test_every_element_of_the_templates_has_its_display_in_the_base_sheet(report: VisitReport) -> None:
    inline = {"a", "b", "br", "img", "small", "span"} | {"svg", "circle", "line", "polygon", "rect", "text"}
    sheet = (FOLDER / "styles" / "base.css").read_text().partition("*/")[2]
    known = {name.strip() for rule in re.findall(r"([^{}]+)\{[^}]*display:", sheet) for name in rule.strip().split(",")}
    used = set(re.findall(r"<([a-z][a-z0-9]*)", html(report, "zh")))
    assert used - inline - known == set()


def test_the_document_is_tagged_titled_and_says_its_language(made: Made) -> None:
    for language, tag, title in (("zh", "zh-CN", "渝北分公司 走访报告"), ("en", "en", "Yubei Branch Visit report")):
        reader = PdfReader(made(language).path)
        root = reader.trailer["/Root"]
        assert root["/MarkInfo"]["/Marked"]
        assert "/StructTreeRoot" in root
        assert (root["/Lang"], reader.metadata.title) == (tag, title)


def test_a_draft_says_so_on_every_page_and_has_no_number(made: Made) -> None:
    texts = pages(made("zh"))
    assert all("草稿" in text for text in texts)
    assert "文号无（草稿，未签发）" in texts[0]
    assert all("Draft" in text for text in pages(made("en")))


def test_an_issued_report_has_its_number_and_no_watermark(
    report: VisitReport, files: dict[UUID, Path], renderer: Renderer, tmp_path: Path
) -> None:
    issue = sample_issue("渝移市〔2026〕12号")
    issued = replace(report, issue=issue, shortcomings=(), highlights=())
    texts = pages(export(issued, "zh", lambda photo: files[photo.uuid], renderer, tmp_path / "report.pdf"))
    assert "渝移市〔2026〕12号" in texts[0]
    (signed,) = [text for text in texts if "扫码核验" in text]
    for part in (
        "渝移市〔2026〕12号",
        "签发人：方敏",
        "2026年11月9日15:20",
        "（印章）",
        issue.chain_head,
        issue.verification_url,
    ):
        assert part in signed
    text = "".join(texts[1:])
    assert text.index("七、整改建议与时限") < text.index("扫码核验") < text.index("附件检查表全表")
    assert not any("草稿" in text for text in texts)
    assert any("本次未发现短板。" in text for text in texts)


def test_every_photo_is_in_the_file_once_with_the_bytes_of_its_derivative(made: Made, files: dict[UUID, Path]) -> None:
    for language in ("zh", "both"):
        images = [one for one in streams(made(language).path) if one.get("/Subtype") == "/Image"]
        assert sorted(one._data for one in images) == sorted(path.read_bytes() for path in files.values())
        assert not any(str(one.get("/Interpolate")) == "True" for one in images)


def test_both_languages_are_two_whole_documents_in_one(made: Made) -> None:
    texts = pages(made("both"))
    assert len(texts) == len(pages(made("zh"))) + len(pages(made("en")))
    assert "渝北分公司走访报告" in texts[0]
    assert "YubeiBranchVisitreport" in texts[len(pages(made("zh")))]
    assert all("草稿Draft" in text for text in texts)


def test_figures_are_numbered_through_with_place_and_time(made: Made) -> None:
    text = "".join(pages(made("zh")))
    for number in range(1, 25):
        assert f"图{number}渝北" in text
    assert "2026年11月3日09:07" in text


def test_photos_of_no_finding_stand_with_the_outlets_the_meeting_and_the_annex(report: VisitReport) -> None:
    photo = report.highlights[0].photos[0]
    captions = ("门前全景", "主推海报", "会议合影", "合格的台席")
    overview, poster, meeting, other = (replace(photo, caption=caption) for caption in captions)
    first, *rest = report.visits
    assert report.communication
    full = replace(
        report,
        visits=(replace(first, overview=(overview,)), *rest),
        campaigns=tuple(replace(one, photos=(poster,)) for one in report.campaigns),
        communication=replace(report.communication, photos=(meeting,)),
        other_photos=(other,),
    )
    text = html(full, "zh").partition("</style>")[2].partition("数据截至")[2]
    order = ["一、走访概况", "触点概貌", "门前全景", "二、得分总览", "五、主推活动执行", "主推海报",
             "六、现场沟通", "会议合影", "七、整改建议", "附件", "其他检查项照片", "合格的台席"]  # fmt: skip
    places = [text.index(one) for one in order]
    assert places == sorted(places)
    parts = [part for part, _ in full.figures()]
    assert (parts[0], parts[-3:]) == ("overview", ["campaigns", "meeting", "others"])
    assert "触点概貌" not in html(report, "zh")


def test_the_page_numbers_begin_behind_the_cover(made: Made) -> None:
    texts = pages(made("zh"))
    assert "—1—" in texts[1]
    assert f"—{len(texts) - 1}—" in texts[-1]
    assert "—0—" not in texts[0]


def test_a_provisional_score_says_so(made: Made) -> None:
    assert "86.41▲良好暂定" in pages(made("zh"))[0]
    assert "59.99" in "".join(pages(made("zh")))
    assert "封顶前83.33" in "".join(pages(made("zh")))


def test_rare_names_are_set_in_our_own_font_and_can_be_read_back(made: Made) -> None:
    text = "".join(pages(made("zh")))
    for name in ("陈喆", "林堃", "赵镕昇", "周旻", "吴焱", "郑祎"):
        assert name in text
    fonts = {str(one["/FontName"]) for one in descriptors(made("zh").path)}
    assert all("Rounds" in name or "DejaVu" in name or "Noto" in name for name in fonts)
    assert not any("CJK" in name for name in fonts)  # nothing of this needed the full fonts


def descriptors(path: Path) -> list[dict[str, object]]:
    reader = PdfReader(path)
    found = (reader.get_object(IndirectObject(number, 0, reader)) for number in range(1, max(reader.xref[0]) + 1))
    return [one for one in found if isinstance(one, dict) and one.get("/Type") == "/FontDescriptor"]


HOSTILE = "<script>alert(1)</script><img src=http://127.0.0.1:9/x><b>粗</b>&amp;{{ 7*7 }} ‮RTL‬ عربي 😀 𠮷 \x00\x07"


def test_html_in_every_text_stays_text_and_strange_characters_do_no_harm(
    report: VisitReport, files: dict[UUID, Path], renderer: Renderer, tmp_path: Path
) -> None:
    hostile = with_text(report, HOSTILE)
    markup = html(hostile, "zh")
    assert "<script" not in markup
    assert "<img src=http" not in markup
    document = export(hostile, "both", lambda photo: files[photo.uuid], renderer, tmp_path / "report.pdf")
    text = "".join(pages(document))
    assert "<script>alert(1)</script>" in text
    assert "<b>粗</b>&amp;{{7*7}}" in text
    assert "𠮷" in text


def test_ten_thousand_characters_without_a_space_stay_within_the_page(
    report: VisitReport, files: dict[UUID, Path], renderer: Renderer, tmp_path: Path
) -> None:
    one = replace(report, visits=report.visits[:1], shortcomings=report.shortcomings[:2], highlights=())
    long = "W" * 10_000
    assert one.communication
    one = replace(
        one,
        remarks=long,
        shortcomings=tuple(replace(finding, observation=long) for finding in one.shortcomings),
        communication=replace(one.communication, opinion=long),
    )
    document = export(one, "zh", lambda photo: files[photo.uuid], renderer, tmp_path / "report.pdf")
    pdf = pypdfium2.PdfDocument(document.path)
    assert "".join(pages(document)).count("W") >= 4 * 10_000
    for number in range(1, len(pdf)):
        page = pdf[number].get_textpage()
        right = max((page.get_charbox(place)[2] for place in range(page.count_chars())), default=0)
        assert right <= 210 / 25.4 * 72 - 40  # inside the right margin of 23 mm (65 pt), less the slanted watermark


def test_annotations_are_drawn_over_the_photo_and_their_text_is_text(made: Made, report: VisitReport) -> None:
    assert "灯箱右侧两字不亮" in "".join(pages(made("zh")))
    markup = html(report, "zh")
    assert markup.count('class="over"') == sum(1 for photo in report.photos() if photo.overlay)


def test_a_shape_with_a_colour_that_is_none_gets_ours(report: VisitReport) -> None:
    shape = Shape("box", 0, 0, 1, 1, colour='red" onload="x')
    finding = report.shortcomings[0]
    photo = replace(finding.photos[0], overlay=(shape,))
    changed = replace(report, shortcomings=(replace(finding, photos=(photo,)),))
    assert "onload" not in html(changed, "zh")


def test_a_name_missing_from_a_template_is_an_error_not_an_empty_place() -> None:
    template = environment("zh").from_string("{{ nobody }}")
    with pytest.raises(UndefinedError):
        template.render()


def test_every_message_of_the_templates_has_a_chinese_text() -> None:
    known = catalogue("zh_CN")
    named = {
        text
        for path in (FOLDER / "templates").glob("*.html")
        for text in re.findall(r'\b_\("((?:[^"\\]|\\.)*)"\)', path.read_text())
    }
    named |= {text for words in WORDS.values() for text in words.values()} | set(CHAPTERS)
    assert len(named) > 90
    assert [text for text in named if known.gettext(text) == text] == []


def test_file_names_are_safe_and_say_what_is_inside(report: VisitReport) -> None:
    assert filename(report, "zh") == "渝北分公司_2026年第四季度交叉巡检_走访报告_草稿.pdf"
    odd = replace(report, branch=replace(report.branch, zh='../a:"b"\x00|c\nd'))
    assert not set(filename(odd, "zh")) & set('/\\:*?"<>|\x00\n')


@pytest.mark.parametrize(("number", "text"), [(1, "一"), (10, "十"), (11, "十一"), (20, "二十"), (99, "九十九")])
def test_chinese_numbers(number: int, text: str) -> None:
    assert chinese_number(number) == text
