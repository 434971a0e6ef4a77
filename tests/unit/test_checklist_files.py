"""Checklist files: YAML and XLSForm workbooks come back unchanged, and every mistake is named with its place."""

import datetime as dt
import io
import zipfile
from dataclasses import replace

import openpyxl
import pytest
from openpyxl.workbook import Workbook

from audit.domain import conditions
from audit.domain.checklist import Checklist
from audit.errors import RoundsError
from audit.i18n import LOCALES, message
from audit.services.checklist_files import FOLDER, Reading, read_yaml, seeds, write_yaml
from audit.services.checklists import read_file
from audit.services.xlsform import read_xlsform
from exports.xlsform import SURVEY_COLUMNS, export
from tests.unit.test_checklist import checklist, item

BY_CODE = {seed.code: seed for seed in seeds()}
COLUMN = {header: number for number, (header, *_) in enumerate(SURVEY_COLUMNS, start=1)}


def told(reading: Reading) -> list[tuple[str, str]]:
    assert reading.checklist is None
    for fault in reading.faults:
        for locale in LOCALES:
            assert not message(RoundsError(fault.code, **fault.params), locale).startswith("error.")
    return [(fault.code, fault.place) for fault in reading.faults]


def awkward() -> Checklist:
    """Texts that spreadsheets and YAML like to change, and every field away from its default."""
    return checklist(
        item(
            "A01", text_zh="=1+1", text_en="- yes: no # not a comment", guidance_zh="第一行\n\n第三行", guidance_en=""
        ),
        item("A02", text_zh="0012", text_en="TRUE", requirement_zh="'quoted' \"twice\"", requirement_en="@SUM(A1)"),
        item(
            "A03", text_zh="2026-11-22", text_en="http://example.org/x", criterion_zh="1e5", criterion_en="😀 喆堃镕昇"
        ),
        item(
            "A04", text_zh="<b>粗</b> & 细", text_en="null", requirement_zh="_x000D_ 保留", criterion_en="a\u2028b {x}"
        ),
        item("A05", points=0, critical=True, severity="critical", photo="always", evidence="retest"),
        item(
            "A06",
            photo="never",
            evidence="training_record",
            severity="major",
            reference_photo="sign.jpg",
            show_if=conditions.parse("(${A01} = 'fail' or ${A02} != 0.5) and ${A03} != ''"),
        ),
        item("A07", text_zh="长" * 120, requirement_zh="长" * 1000),
    )


@pytest.mark.parametrize("original", [*seeds(), awkward()], ids=lambda one: f"{one.code}-{one.title_en}")
def test_a_checklist_comes_back_unchanged_from_excel_and_from_yaml(original: Checklist) -> None:
    assert read_xlsform(export(original).content) == Reading(original)
    assert read_yaml(write_yaml(original)) == Reading(original)


def test_the_hall_list_has_fifty_items_and_a_hundred_points_in_four_sections() -> None:
    hall = BY_CODE["hall"]
    # 12 + 14 + 12 + 12 items: conduct (B13) and quarrels (B14) are asked apart.
    assert [len(section.items) for section in hall.sections] == [12, 14, 12, 12]
    assert [section.weight for section in hall.sections] == [25, 30, 20, 25]
    assert [sum(item.points for item in section.items) for section in hall.sections] == [25, 30, 20, 25]
    critical = [item.code for item in hall.items() if item.critical]
    assert critical == ["A02", "A11", "A12", "B08", "B09", "B14", "C01", "C11", "D05"]
    assert [item.code for item in hall.items() if item.points == 0] == ["D12"]


@pytest.mark.parametrize("code", ["hotline", "sms", "online", "reception"])
def test_the_short_lists_have_a_hundred_points_in_one_section(code: str) -> None:
    [section] = BY_CODE[code].sections
    assert (section.weight, sum(item.points for item in section.items)) == (100, 100)


def test_every_item_that_comes_with_the_product_says_how_to_look_in_both_languages() -> None:
    for seed in seeds():
        for one in seed.items():
            assert one.guidance_zh, one.code
            assert one.guidance_en, one.code


# -- YAML


def hall_text() -> str:
    return (FOLDER / "hall.yaml").read_text("utf-8")


def line_of(text: str, part: str) -> str:
    return str(text[: text.index(part)].count("\n") + 1)


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ('version: "2026.1"', "version: 2026.1", "checklist.type"),
        ('version: "2026.1"', "version: 2026-11-22", "checklist.type"),
        ("kind: hall", "kind: shop", "checklist.choice"),
        ("    weight: 30", "    weight: 30.5", "checklist.type"),
        ("    weight: 30", "    weight: 0", "checklist.weight"),
        ("      - code: B07", "      - code: B06", "checklist.code_duplicate"),
        ("text_en: Answers correct", "texten: Answers correct", "checklist.key_unknown"),
        ("text_en: Answers correct", "text_en: ''", "checklist.text_missing"),
        ("text_en: Answers correct", "text_en: " + "x" * 10_000, "checklist.text_too_long"),
        ("text_en: Answers correct", "text_en: 7", "checklist.type"),
        ("text_en: Answers correct", "text_en: Answers: correct", "checklist.yaml"),
        ("text_en: Answers correct", "text_en: [a, b", "checklist.yaml"),
        ("text_en: Answers correct", "text_en: !!python/name:os.system", "checklist.type"),
        ("text_en: Answers correct", "text_en: &a Answers\n        text_en: *a", "checklist.yaml"),
        ("show_if: \"${C03} != 'na'\"", 'show_if: "selected(${C03})"', "checklist.condition"),
        ("show_if: \"${C03} != 'na'\"", "show_if: \"${D12} != 'na'\"", "checklist.condition_forward"),
        ("show_if: \"${C03} != 'na'\"", "show_if: \"${C99} != 'na'\"", "checklist.condition_unknown"),
    ],
)
def test_each_mistake_in_yaml_is_named_with_its_line(old: str, new: str, code: str) -> None:
    text = hall_text()
    line = line_of(text, old)
    found = told(read_yaml(text.replace(old, new, 1).encode()))
    places = [place for kind, place in found if kind == code]
    # A broken structure is noticed where it stops making sense: at the line itself or the one after it.
    assert set(places) & {line, str(int(line) + 1)} if code == "checklist.yaml" else line in places


def test_a_key_that_is_missing_is_told_at_the_line_of_its_item() -> None:
    text = hall_text()
    line = line_of(text, "      - code: B07")
    found = told(read_yaml(text.replace("        text_zh: 业务解答准确\n", "", 1).encode()))
    assert found == [("checklist.key_missing", line)]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "checklist.yaml"),
        (b"just words", "checklist.yaml"),
        (b"- a\n- b", "checklist.yaml"),
        (b"a: 1\nb: \xff\xfe", "checklist.not_text"),
        (b"[" * 100_000, "checklist.yaml"),
        (b"- " * 100_000, "checklist.yaml"),
        (b"{a: " * 50_000, "checklist.yaml"),
        (b"a: " + b"x" * 500_001, "spreadsheet.too_big"),
        (b"a: &a [1,1]\nb: &b [*a,*a]\nc: [*b,*b]", "checklist.yaml"),
        (b"a: 1\na: 2", "checklist.yaml"),
        (b"a: \x00", "checklist.yaml"),
        (b"? {a: 1}\n: 2", "checklist.key_unknown"),
        (b"a: [b\n" + b",b\n" * 150_000, "checklist.yaml"),
        (b"version: " + b"9" * 10_000, "checklist.yaml"),
        (b"version: 0x" + b"f" * 10_000, "checklist.type"),
        (b"version: 1e999999", "checklist.type"),
        (b"code: hall\n1: 2", "checklist.key_unknown"),
    ],
    ids=lambda value: value[:20] if isinstance(value, bytes) else value,
)
def test_what_is_no_checklist_at_all_is_refused_without_a_traceback(content: bytes, code: str) -> None:
    assert code in [kind for kind, _ in told(read_yaml(content))]


# -- XLSForm


def workbook(original: Checklist | None = None) -> Workbook:
    return openpyxl.load_workbook(io.BytesIO(export(original or BY_CODE["sms"]).content))


def read(book: Workbook) -> Reading:
    out = io.BytesIO()
    book.save(out)
    return read_xlsform(out.getvalue())


def put(header: str, row: int, value: object) -> Reading:
    """The SMS list with one cell of the survey changed. Row 2 is the section, rows 3 to 9 its items, row 10 its end."""
    book = workbook()
    book["survey"].cell(row, COLUMN[header]).value = value
    return read(book)


def test_a_workbook_saved_again_by_other_software_still_reads() -> None:
    assert read(workbook()) == Reading(BY_CODE["sms"])


@pytest.mark.parametrize(
    ("header", "row", "value", "code", "place"),
    [
        ("type", 3, "text", "checklist.form_type", "survey!A3"),
        ("type", 3, "select_one colours", "checklist.form_type", "survey!A3"),
        ("type", 3, "select_one rating or_other", "checklist.form_type", "survey!A3"),
        ("type", 3, "begin group", "checklist.form_group", "survey!A3"),
        ("type", 3, "end group", "checklist.form_unexpected", "survey!C3"),
        ("type", 2, "select_one rating", "checklist.form_outside", "survey!A2"),
        ("type", 10, None, "checklist.form_group", "survey!B2"),
        ("name", 4, "F1", "checklist.code_duplicate", "survey!B4"),
        ("name", 4, "第二", "checklist.code_invalid", "survey!B4"),
        ("label::English (en)", 3, None, "checklist.text_missing", "survey!D3"),
        ("label::中文 (zh)", 3, "长" * 10_000, "checklist.text_too_long", "survey!C3"),
        ("label::中文 (zh)", 3, "=SUM(A1:A2)", "spreadsheet.formula", "survey!C3"),
        ("label::中文 (zh)", 3, dt.date(2026, 11, 22), "checklist.form_text", "survey!C3"),
        ("label::中文 (zh)", 2, None, "checklist.text_missing", "survey!C2"),
        ("hint::中文 (zh)", 2, "不可", "checklist.form_unexpected", "survey!E2"),
        ("required", 3, "no", "checklist.form_required", "survey!G3"),
        ("relevant", 4, "${F1} > 3", "checklist.condition", "survey!H4"),
        ("relevant", 4, "selected(${F1}, 'fail')", "checklist.condition", "survey!H4"),
        ("relevant", 4, "${F9} = 'fail'", "checklist.condition_unknown", "survey!H4"),
        ("relevant", 4, "${F5} = 'fail'", "checklist.condition_forward", "survey!H4"),
        ("relevant", 4, "${F1} = 'red'", "checklist.condition_value", "survey!H4"),
        ("relevant", 2, "${F1} = 'fail'", "checklist.form_unexpected", "survey!H2"),
        ("score::weight", 3, "many", "checklist.type", "survey!I3"),
        ("score::weight", 3, -1, "checklist.type", "survey!I3"),
        ("score::weight", 3, 1.5, "checklist.type", "survey!I3"),
        ("score::weight", 3, None, "checklist.type", "survey!I3"),
        ("score::weight", 3, 1001, "checklist.number_range", "survey!I3"),
        ("score::weight", 2, 0, "checklist.weight", "survey!I2"),
        ("score::critical", 3, "perhaps", "checklist.form_yes_no", "survey!J3"),
        ("score::critical", 3, "yes", "checklist.critical_severity", "survey!K3"),
        ("rule::severity", 3, "grave", "checklist.choice", "survey!K3"),
        ("rule::photo", 3, "sometimes", "checklist.choice", "survey!L3"),
        ("rule::evidence", 3, "promise", "checklist.choice", "survey!M3"),
        ("rule::reference_photo", 3, "C:\\photo.jpg", "checklist.reference_photo", "survey!R3"),
        ("requirement::中文 (zh)", 3, None, "checklist.text_missing", "survey!N3"),
        ("requirement::中文 (zh)", 3, "#REF!", "spreadsheet.cell_error", "survey!N3"),
    ],
)
def test_each_mistake_in_a_workbook_is_named_with_its_cell(
    header: str, row: int, value: object, code: str, place: str
) -> None:
    assert (code, place) in told(put(header, row, value))


def test_mistakes_in_many_cells_are_told_at_once_each_cell_once() -> None:
    book = workbook()
    for header, row, value in (
        ("label::中文 (zh)", 7, "=SUM(1,2)"),
        ("score::weight", 6, "=1+1"),
        ("type", 9, "text"),
        ("relevant", 5, "not(${F1})"),
    ):
        book["survey"].cell(row, COLUMN[header]).value = value
    change_settings(book, "C", 2026.1)
    assert told(read(book)) == [
        ("checklist.condition", "survey!H5"),
        ("spreadsheet.formula", "survey!I6"),
        ("spreadsheet.formula", "survey!C7"),
        ("checklist.form_type", "survey!A9"),
        ("checklist.form_text", "settings!C2"),
    ]


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("score::critical", False),
        ("score::critical", "No"),
        ("score::critical", None),
        ("score::weight", "15"),
        ("required", "true()"),
        ("required", None),
        ("type", "SELECT_ONE  Rating"),
        ("rule::photo", "Never"),
        ("name", " F1 "),
    ],
)
def test_what_people_write_otherwise_but_mean_the_same_is_taken(header: str, value: object) -> None:
    assert put(header, 3, value) == Reading(BY_CODE["sms"])


def change_header(book: Workbook, name: str) -> None:
    book["survey"].cell(1, COLUMN["name"]).value = name


def change_settings(book: Workbook, column: str, value: object) -> None:
    book["settings"][f"{column}2"].value = value


@pytest.mark.parametrize(
    ("change", "code", "place"),
    [
        (lambda b: change_header(b, "nome"), "checklist.form_column", "survey!B1"),
        (lambda b: change_header(b, "type"), "spreadsheet.header_twice", "survey!B1"),
        (lambda b: change_header(b, ""), "spreadsheet.header", "survey!1"),
        (lambda b: b["survey"].cell(1, 30, "constraint"), "checklist.form_column", "survey!AD1"),
        (lambda b: b["survey"].cell(3, 30, "a stray remark"), "checklist.form_unexpected", "survey!AD3"),
        (lambda b: b["survey"].delete_rows(1), "spreadsheet.header", "survey!1"),
        (lambda b: b["survey"].cell(1005, 1, "text"), "spreadsheet.too_many_rows", ""),
        (lambda b: b["survey"].delete_rows(2, 9), "checklist.no_sections", "survey!1"),
        (lambda b: b.remove(b["settings"]), "spreadsheet.no_sheet", ""),
        (lambda b: setattr(b["choices"], "sheet_state", "hidden"), "spreadsheet.hidden", "choices"),
        (lambda b: setattr(b.create_sheet("notes"), "sheet_state", "veryHidden"), "spreadsheet.hidden", "notes"),
        (lambda b: b["choices"].delete_rows(2), "checklist.form_choices", "choices"),
        (lambda b: b["choices"].append(["colours", "red", "红", "Red"]), "checklist.form_unexpected", "choices!A7"),
        (lambda b: b["settings"].delete_rows(2), "checklist.form_settings", "settings!2"),
        (lambda b: b["settings"].append(["x", "y", "z"]), "checklist.form_settings", "settings!3"),
        (lambda b: change_settings(b, "C", 2026.1), "checklist.form_text", "settings!C2"),
        (lambda b: change_settings(b, "C", dt.date(2026, 1, 1)), "checklist.form_text", "settings!C2"),
        (lambda b: change_settings(b, "C", "v 1"), "checklist.version_invalid", "settings!C2"),
        (lambda b: change_settings(b, "B", "SMS hall"), "checklist.code_invalid", "settings!B2"),
        (lambda b: change_settings(b, "F", "shop"), "checklist.choice", "settings!F2"),
        (lambda b: change_settings(b, "A", None), "checklist.text_missing", "settings!A2"),
    ],
)
def test_each_mistake_of_sheets_headers_and_settings_is_named(change, code: str, place: str) -> None:
    book = workbook()
    change(book)
    found = told(read(book))
    assert code in [kind for kind, _ in found]
    if place:
        assert (code, place) in found


def packed(**parts: bytes) -> bytes:
    """The SMS workbook with parts replaced or added."""
    out, source = io.BytesIO(), zipfile.ZipFile(io.BytesIO(export(BY_CODE["sms"]).content))
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            if name not in parts:
                target.writestr(name, source.read(name))
        for name, content in parts.items():
            target.writestr(name, content)
    return out.getvalue()


ENTITY_BOMB = b"""<?xml version="1.0"?><!DOCTYPE s [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;">]>
<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>&b;</t></si></sst>"""


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "spreadsheet.not_xlsx"),
        (b"type,name,label", "spreadsheet.not_xlsx"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, "spreadsheet.not_xlsx"),
        (export(BY_CODE["sms"]).content[:4000], "spreadsheet.not_xlsx"),
        (packed(**{"xl/workbook.xml": b"<broken"}), "spreadsheet.not_xlsx"),
        (packed(**{"xl/sharedStrings.xml": ENTITY_BOMB}), "spreadsheet.not_xlsx"),
        (packed(**{"xl/sharedStrings.xml": b"<sst/>"}), "spreadsheet.not_xlsx"),
        (packed(**{"xl/media/zeros.bin": bytes(41_000_000)}), "spreadsheet.too_big"),
        (packed(**{f"xl/{n}.xml": b"x" for n in range(201)}), "spreadsheet.too_big"),
        (b"PK" + bytes(5_000_001), "spreadsheet.too_big"),
    ],
    ids=["empty", "csv", "xls", "cut", "broken", "entities", "no texts", "bomb", "many parts", "big"],
)
def test_a_hostile_or_broken_workbook_is_refused_without_a_traceback(content: bytes, code: str) -> None:
    assert told(read_xlsform(content)) == [(code, "")]


def test_a_sheet_that_claims_a_million_rows_is_read_no_further_than_the_limit() -> None:
    sheet = zipfile.ZipFile(io.BytesIO(export(BY_CODE["sms"]).content)).read("xl/worksheets/sheet1.xml")
    far = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    reading = read_xlsform(packed(**{"xl/worksheets/sheet1.xml": sheet.replace(b"</sheetData>", far)}))
    assert reading.checklist == BY_CODE["sms"] or told(reading)


@pytest.mark.parametrize("name", ["list.xls", "list.csv", "list", "list.xlsx.exe", "清单.docx"])
def test_other_kinds_of_file_are_refused_by_name(name: str) -> None:
    with pytest.raises(RoundsError, match=r"checklist\.file_kind"):
        read_file(name, b"")


def test_the_kind_of_file_is_told_by_its_ending_in_any_case() -> None:
    sms = BY_CODE["sms"]
    assert read_file("List.XLSX", export(sms).content).checklist == sms
    assert read_file("list.YML", write_yaml(sms)).checklist == sms


def test_a_new_version_made_in_excel_reads_as_that_version() -> None:
    book = workbook()
    change_settings(book, "C", "2026.2")
    assert read(book).checklist == replace(BY_CODE["sms"], version="2026.2")
