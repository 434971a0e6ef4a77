"""A checklist as an Excel workbook in XLSForm shape.

Sheets `survey` (a section is a group, an item a `select_one rating`), `choices` (the five ratings) and `settings`
(code, version, titles, kind). What XLSForm has no word for stands in further columns that form tools pass over.
`audit.services.xlsform` reads the workbook back unchanged.
"""

import io
from typing import Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from audit.domain import conditions
from audit.domain.checklist import EVIDENCE_KINDS, KINDS, PHOTO_RULES, RATINGS, SEVERITIES, Checklist, Item
from exports.base import Export

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ZH, EN = "中文 (zh)", "English (en)"
RATING_LIST = "rating"
RATING_LABELS = {
    "pass": ("合格", "Pass"),
    "partial": ("部分合格", "Partial"),
    "fail": ("不合格", "Fail"),
    "na": ("不适用", "Not applicable"),
    "later": ("待补测", "Re-test later"),
}

# fmt: off
SURVEY_COLUMNS = (
    # header                   item's field       section's field   width
    ("type",                   None,              None,             18),
    ("name",                   "code",            "code",           8),
    (f"label::{ZH}",           "text_zh",         "title_zh",       30),
    (f"label::{EN}",           "text_en",         "title_en",       30),
    (f"hint::{ZH}",            "guidance_zh",     None,             44),
    (f"hint::{EN}",            "guidance_en",     None,             44),
    ("required",               None,              None,             9),
    ("relevant",               "show_if",         None,             22),
    ("score::weight",          "points",          "weight",         13),
    ("score::critical",        "critical",        None,             14),
    ("rule::severity",         "severity",        None,             13),
    ("rule::photo",            "photo",           None,             11),
    ("rule::evidence",         "evidence",        None,             16),
    (f"requirement::{ZH}",     "requirement_zh",  None,             44),
    (f"requirement::{EN}",     "requirement_en",  None,             44),
    (f"criterion::{ZH}",       "criterion_zh",    None,             44),
    (f"criterion::{EN}",       "criterion_en",    None,             44),
    ("rule::reference_photo",  "reference_photo", None,             20),
)
SETTINGS_COLUMNS = (
    # header                   checklist's field  width
    ("form_title",             "title_zh",        30),
    ("form_id",                "code",            14),
    ("version",                "version",         12),
    ("default_language",       None,              16),
    (f"title::{EN}",           "title_en",        30),
    ("kind",                   "kind",            12),
)
CHOICES_COLUMNS = ("list_name", "name", f"label::{ZH}", f"label::{EN}")
ALLOWED = {
    "score::critical": ("yes", "no"), "rule::severity": SEVERITIES, "rule::photo": PHOTO_RULES,
    "rule::evidence": EVIDENCE_KINDS,
}
# fmt: on


def export(checklist: Checklist) -> Export:
    """The workbook; equal checklists give workbooks of equal cells."""
    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(out, options) as book:
        head = book.add_format({"bold": True, "bg_color": "#E3F0EA", "bottom": 1, "valign": "top", "text_wrap": True})
        text = book.add_format({"num_format": "@", "text_wrap": True, "valign": "top"})
        group = book.add_format({"num_format": "@", "bold": True, "bg_color": "#F5F7F6", "valign": "top"})
        _survey(book.add_worksheet("survey"), checklist, head, text, group)
        choices = book.add_worksheet("choices")
        _header(choices, [(name, 18) for name in CHOICES_COLUMNS], head)
        for row, rating in enumerate(RATINGS, start=1):
            for column, value in enumerate((RATING_LIST, rating, *RATING_LABELS[rating])):
                _write(choices, row, column, value, text)
        settings = book.add_worksheet("settings")
        _header(settings, [(name, width) for name, _, width in SETTINGS_COLUMNS], head)
        for column, (_, field, _) in enumerate(SETTINGS_COLUMNS):
            _write(settings, 1, column, getattr(checklist, field) if field else ZH, text)
        settings.data_validation(1, len(SETTINGS_COLUMNS) - 1, 1, len(SETTINGS_COLUMNS) - 1, _one_of(KINDS))
    return Export(f"checklist-{checklist.code}-{checklist.version}.xlsx", MEDIA_TYPE, out.getvalue())


def _survey(sheet: Worksheet, checklist: Checklist, head: Format, text: Format, group: Format) -> None:
    _header(sheet, [(name, width) for name, _, _, width in SURVEY_COLUMNS], head)
    sheet.freeze_panes(1, 3)
    row = 0
    for section in checklist.sections:
        row += 1
        for column, (name, _, field, _) in enumerate(SURVEY_COLUMNS):
            value = "begin group" if name == "type" else getattr(section, field) if field else None
            _write(sheet, row, column, value, group)
        for item in section.items:
            row += 1
            for column, (name, field, _, _) in enumerate(SURVEY_COLUMNS):
                _write(sheet, row, column, _item_cell(item, name, field), text)
        row += 1
        _write(sheet, row, 0, "end group", group)
    for column, (name, _, _, _) in enumerate(SURVEY_COLUMNS):
        if name in ALLOWED:
            sheet.data_validation(1, column, max(row, 1) + 100, column, _one_of(ALLOWED[name]))


def _item_cell(item: Item, header: str, field: str | None) -> str | int | None:
    if header == "type":
        return f"select_one {RATING_LIST}"
    if header == "required":
        return "yes"
    if header == "relevant":
        return conditions.write(item.show_if) if item.show_if else None
    value: str | int | bool | None = getattr(item, field) if field else None
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value


def _header(sheet: Worksheet, columns: list[tuple[str, int]], head: Format) -> None:
    for column, (name, width) in enumerate(columns):
        sheet.set_column(column, column, width)
        sheet.write_string(0, column, name, head)
    sheet.freeze_panes(1, 0)


def _write(sheet: Worksheet, row: int, column: int, value: Any, style: Format) -> None:
    if isinstance(value, int):
        sheet.write_number(row, column, value, style)
    elif value:
        sheet.write_string(row, column, value, style)
    elif style.bold:
        sheet.write_blank(row, column, None, style)


def _one_of(values: tuple[str, ...]) -> dict[str, Any]:
    return {"validate": "list", "source": list(values)}
