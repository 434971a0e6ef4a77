"""The scoreboard as an Excel workbook: contestants and league, with typed cells; no text is a formula or a link."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import xlsxwriter

from audit.domain.contest.honours import LeagueLine, Result, ResultLine
from audit.domain.reports import Words
from audit.i18n import pick
from exports.base import Export

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True)
class Column:
    """A column: header, width in characters, whether it holds points, and what stands in it."""

    zh: str
    en: str
    width: int
    points: bool
    value: Callable[[Any], Any]


def _points(name: str) -> Callable[[Any], float]:
    return lambda line: getattr(line, name) / 100


def _of(name: str) -> Callable[[Any], Any]:
    return lambda line: getattr(line, name)


# fmt: off
CONTESTANTS: tuple[Column, ...] = (
    Column("名次", "Place",            8, False, _of("place")),
    Column("工号", "Employee number", 14, False, _of("employee_number")),
    Column("姓名", "Name",            18, False, _of("name")),
    Column("单位", "Organisation",    24, False, _of("organisation")),
    Column("技能", "Skills",          10, True,  _points("skill")),
    Column("答题", "Quiz",            10, True,  _points("quiz")),
    Column("投票", "Votes",           10, True,  _points("votes")),
    Column("加分", "Bonus",           10, True,  _points("bonus")),
    Column("总分", "Total",           10, True,  _points("total")),
    Column("服务明星", "Star",        10, False, lambda line: "★" if line.star else ""),
)
LEAGUE: tuple[Column, ...] = (
    Column("名次", "Place",            8, False, _of("place")),
    Column("单位", "Organisation",    28, False, _of("name")),
    Column("选手数", "Contestants",   12, False, _of("count")),
    Column("平均分", "Mean",          10, True,  _points("mean")),
    Column("修正得分", "Points",      10, True,  _points("shrunk")),
)
# fmt: on


def export(result: Result, locale: str, name: str) -> Export:
    """The workbook of a result in a language; `name`: the season's code, for the file's name."""
    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(out, options) as book:
        _sheet(book, pick(locale, "榜单", "Scoreboard"), CONTESTANTS, result.lines, locale)
        _sheet(book, pick(locale, "单位榜", "League"), LEAGUE, result.league, locale)
    safe = "".join(sign if sign.isascii() and sign.isalnum() else "-" for sign in name)
    return Export(f"rounds-scoreboard-{safe}.xlsx", MEDIA_TYPE, out.getvalue())


def _sheet(
    book: Any, title: str, columns: tuple[Column, ...], lines: tuple[ResultLine | LeagueLine, ...], locale: str
) -> None:
    sheet = book.add_worksheet(title)
    bold, figures = book.add_format({"bold": True, "bottom": 1}), book.add_format({"num_format": "0.00"})
    for place, column in enumerate(columns):
        sheet.set_column(place, place, column.width)
        sheet.write_string(0, place, pick(locale, column.zh, column.en), bold)
        for row, line in enumerate(lines, start=1):
            value = column.value(line)
            if isinstance(value, Words):
                value = pick(locale, value.zh, value.en)
            sheet.write(row, place, value, figures if column.points else None)
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, max(1, len(lines)), len(columns) - 1)
