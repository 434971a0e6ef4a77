"""The register as an Excel workbook: one row a finding, typed cells, no text that is ever a formula or a link."""

import datetime as dt
import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import xlsxwriter

from audit.domain.deadlines import DAY_SECONDS, ZONE
from audit.domain.findings import SEVERITY_NAMES
from audit.domain.loop import STAGE_NAMES, STATE_NAMES, stage
from audit.domain.register import Line
from audit.i18n import pick
from exports.base import Export

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LONGEST = 32_000  # characters; Excel refuses a cell of more than 32,767
TITLE = ("台账", "Register")


@dataclass(frozen=True)
class Column:
    """A column: its header, its width in characters, its kind (text, number, days, instant), and what stands in it."""

    zh: str
    en: str
    width: int
    kind: str
    value: Callable[[Line, str], Any]


def _both(name: str) -> Callable[[Line, str], str]:
    return lambda line, locale: pick(locale, getattr(line, f"{name}_zh"), getattr(line, f"{name}_en"))


def _plain(name: str) -> Callable[[Line, str], Any]:
    return lambda line, _locale: getattr(line, name)


def _days(whose: str) -> Callable[[Line, str], float]:
    return lambda line, _locale: getattr(line, f"{whose}_seconds") / DAY_SECONDS


def _severity(line: Line, locale: str) -> str:
    return pick(locale, *SEVERITY_NAMES[line.severity]) if line.severity in SEVERITY_NAMES else line.severity


def _stage(line: Line, locale: str) -> str:
    return pick(locale, *STAGE_NAMES[stage(line.state)])


def _state(line: Line, locale: str) -> str:
    return pick(locale, *STATE_NAMES[line.state])


def _yes(name: str) -> Callable[[Line, str], str]:
    return lambda line, locale: pick(locale, "是", "Yes") if getattr(line, name) else ""


# fmt: off
COLUMNS = (
    Column("编号",             "Number",                30, "text",    _plain("number")),
    Column("轮次",             "Round",                 18, "text",    _both("round")),
    Column("分公司",           "Branch",                16, "text",    _both("organisation")),
    Column("触点",             "Outlet",                22, "text",    _both("outlet")),
    Column("板块",             "Section",                8, "text",    _plain("section")),
    Column("检查项",           "Item",                   8, "text",    _plain("item_code")),
    Column("条款",             "Clause",                40, "text",    _both("clause")),
    Column("检查发现",         "Observation",           40, "text",    _plain("observation")),
    Column("等级",             "Severity",               9, "text",    _severity),
    Column("阶段",             "Stage",                 12, "text",    _stage),
    Column("状态",             "State",                 20, "text",    _state),
    Column("整改次数",         "Cycle",                  9, "number",  _plain("cycle")),
    Column("重复发生",         "Repeat",                 9, "text",    _yes("repeat")),
    Column("签发时间",         "Issued",                17, "instant", _plain("issued_at")),
    Column("整改时限",         "Due",                   17, "instant", _plain("due_at")),
    Column("时限为预估",       "Due is estimated",      12, "text",    _yes("due_estimated")),
    Column("已逾期",           "Overdue",                9, "text",    _yes("overdue")),
    Column("提交整改时间",     "Answered",              17, "instant", _plain("answered_at")),
    Column("销号时间",         "Closed",                17, "instant", _plain("closed_at")),
    Column("分公司用时（工作日）", "Working days with the branch", 14, "days", _days("branch")),
    Column("市公司用时（工作日）", "Working days with the department", 14, "days", _days("department")),
)
# fmt: on


def export(lines: Iterable[Line], locale: str, day: dt.date) -> Export:
    """The workbook of these lines in a language; memory does not grow with their number."""
    out = io.BytesIO()
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(out, {**options, "strings_to_numbers": False}) as book:
        head = book.add_format({"bold": True, "bg_color": "#E3F0EA", "bottom": 1, "valign": "top", "text_wrap": True})
        formats = {
            "text": book.add_format({"num_format": "@", "text_wrap": True, "valign": "top"}),
            "number": book.add_format({"num_format": "0", "valign": "top"}),
            "days": book.add_format({"num_format": "0.0", "valign": "top"}),
            "instant": book.add_format({"num_format": "yyyy-mm-dd hh:mm", "valign": "top"}),
        }
        sheet = book.add_worksheet(pick(locale, *TITLE))
        for place, column in enumerate(COLUMNS):
            sheet.set_column(place, place, column.width)
            sheet.write_string(0, place, pick(locale, column.zh, column.en), head)
        sheet.freeze_panes(1, 1)
        row = 0
        for row, line in enumerate(lines, start=1):
            for place, column in enumerate(COLUMNS):
                _write(sheet, row, place, column.kind, column.value(line, locale), formats[column.kind])
        sheet.autofilter(0, 0, row, len(COLUMNS) - 1)
    return Export(f"rounds-register-{day.isoformat()}.xlsx", MEDIA_TYPE, out.getvalue())


def _write(sheet: Any, row: int, place: int, kind: str, value: Any, style: Any) -> None:
    if value is None or value == "":
        return
    if kind == "text":
        sheet.write_string(row, place, str(value)[:LONGEST], style)
    elif kind == "instant":
        sheet.write_datetime(row, place, value.astimezone(ZONE).replace(tzinfo=None), style)
    else:
        sheet.write_number(row, place, value, style)
