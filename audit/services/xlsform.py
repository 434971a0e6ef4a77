"""Checklists from Excel workbooks in XLSForm shape: what `exports.xlsform` writes, and what people make of it.

Taken: groups (one level) of `select_one rating`, labels and hints in Chinese and English, `relevant` as comparisons of
`${code}` joined by and / or, and our further columns. Anything else is refused with sheet, row and column; a workbook
never gives half a checklist.
"""

import datetime as dt
import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import openpyxl
from openpyxl.utils import get_column_letter

from audit.domain import conditions
from audit.domain.checklist import RATINGS, Checklist, problems
from audit.errors import RoundsError
from audit.services.checklist_files import MOST_FAULTS, Fault, Reading, Steps
from exports.xlsform import CHOICES_COLUMNS, RATING_LIST, SETTINGS_COLUMNS, SURVEY_COLUMNS

MOST_BYTES = 5_000_000
MOST_UNPACKED = 40_000_000
MOST_PARTS = 200
MOST_ROWS = 1_000
LAST_ROW = 20_000  # nobody looks for a row below; a sheet may claim a million
MOST_COLUMNS = 100
_SHEETS: dict[str, tuple[str, ...]] = {
    "survey": tuple(name for name, *_ in SURVEY_COLUMNS),
    "choices": CHOICES_COLUMNS,
    "settings": tuple(name for name, *_ in SETTINGS_COLUMNS),
}
_MAY_BE_ABSENT = frozenset({"required", "relevant", "rule::reference_photo", "default_language"})
_GROUP_COLUMNS = frozenset({"type"} | {name for name, _, field, _ in SURVEY_COLUMNS if field})
_YES, _NO = frozenset({"yes", "true", "true()", "1", "是"}), frozenset({"no", "false", "false()", "0", "否", ""})

assert openpyxl.DEFUSEDXML, "without defusedxml a workbook could hold an entity bomb"


@dataclass(frozen=True)
class Cell:
    """A cell's text, trimmed, and where it stands; `typed` is False for a number or a date instead of a text."""

    text: str
    sheet: str
    row: int
    column: str
    typed: bool = True

    def fault(self, code: str, **params: Any) -> Fault:
        """A fault at this cell."""
        return Fault(code, params, sheet=self.sheet, row=self.row, column=self.column)


Row = dict[str, Cell]  # header → cell; every known header is there


class _Faults(list[Fault]):
    """What was found so far."""

    def add(self, cell: Cell, code: str, **params: Any) -> None:
        self.append(cell.fault(code, **params))


def read_xlsform(content: bytes) -> Reading:
    """A checklist from a workbook. Never raises for what stands in the file: every mistake is a fault."""
    faults = _Faults()
    try:
        tables = _tables(content, faults)
    except RoundsError as error:
        return Reading(None, (Fault(error.code, error.params),))
    if any(fault.row in (None, 1) for fault in faults):  # sheets or headers: the cells would be guesswork
        return Reading(None, tuple(faults[:MOST_FAULTS]))
    places: dict[Steps, Cell] = {}
    data = _settings(tables["settings"], faults, places)
    _choices(tables["choices"], faults)
    data["sections"] = _sections(tables["survey"], faults, places)
    if faults:
        return Reading(None, _in_order(faults))
    checklist = Checklist.from_json(data)
    found = [
        _nearest(places, problem.path).fault(problem.code, **problem.params)
        for problem in problems(checklist)[:MOST_FAULTS]
    ]
    return Reading(None if found else checklist, tuple(found))


def _in_order(faults: list[Fault]) -> tuple[Fault, ...]:
    """The first fault of each cell, down the sheets: what follows from a formula or a date need not be told twice."""
    first: dict[str, Fault] = {}
    for fault in faults:
        first.setdefault(fault.place, fault)
    down = sorted(first.values(), key=lambda fault: (list(_SHEETS).index(fault.sheet), fault.row or 0))
    return tuple(down[:MOST_FAULTS])


def _tables(content: bytes, faults: _Faults) -> dict[str, list[Row]]:
    """The three sheets as rows of cells. Raises `spreadsheet.*` when there is no workbook to speak of."""
    _check_archive(content)
    try:
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=False)
        found = {sheet.title.strip().lower(): sheet for sheet in book.worksheets}
        for name, sheet in found.items():
            if sheet.sheet_state != "visible":
                faults.append(Fault("spreadsheet.hidden", {}, sheet=name))
        missing = [name for name in _SHEETS if name not in found]
        if missing:
            raise RoundsError("spreadsheet.no_sheet", names=", ".join(missing))
        return {name: _table(name, found[name], faults) for name in _SHEETS}
    except RoundsError:
        raise
    # openpyxl answers a broken workbook with whatever its parsers happen to raise; none of it may reach a person.
    except Exception as error:
        raise RoundsError("spreadsheet.not_xlsx") from error


def _check_archive(content: bytes) -> None:
    """Refuse what is no workbook, or would unfold beyond measure, before any XML is read."""
    if len(content) > MOST_BYTES:
        raise RoundsError("spreadsheet.too_big", limit=MOST_BYTES // 1_000_000)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        raise RoundsError("spreadsheet.not_xlsx") from error
    # zipfile never unpacks more of a part than its header announces, so the announced sizes may be trusted here.
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED:
        raise RoundsError("spreadsheet.too_big", limit=MOST_UNPACKED // 1_000_000)
    if any(part.flag_bits & 0x1 for part in parts):
        raise RoundsError("spreadsheet.not_xlsx")


def _table(name: str, sheet: Any, faults: _Faults) -> list[Row]:
    sheet.reset_dimensions()  # the announced size of a sheet may be wrong, or a trap
    lines = sheet.iter_rows(max_row=LAST_ROW, max_col=MOST_COLUMNS)
    head = next(lines, ())
    columns: dict[int, str] = {}
    known = {_normal(column): column for column in _SHEETS[name]}
    for index, raw in enumerate(head):
        cell = _cell(name, 1, index, raw, faults)
        column = known.get(_normal(cell.text))
        if cell.text and column is None:
            faults.add(cell, "checklist.form_column", name=cell.text[:60])
        elif column in columns.values():
            faults.add(cell, "spreadsheet.header_twice", name=column)
        elif column:
            columns[index] = column
    absent = [column for column in _SHEETS[name] if column not in {*columns.values(), *_MAY_BE_ABSENT}]
    if absent:
        faults.append(Fault("spreadsheet.header", {"names": ", ".join(absent)}, sheet=name, row=1))
    rows: list[Row] = []
    for number, line in enumerate(lines, start=2):
        if all(raw.value is None for raw in line):
            continue
        if number > MOST_ROWS + 1:
            faults.append(Fault("spreadsheet.too_many_rows", {"limit": MOST_ROWS}, sheet=name, row=number))
            break
        cells = {column: _cell(name, number, at, line[at], faults) for at, column in columns.items() if at < len(line)}
        for at in range(len(line)):
            stray = _cell(name, number, at, line[at], faults) if at not in columns else None
            if stray and stray.text and not faults:
                faults.add(stray, "checklist.form_unexpected", name=stray.text[:40])
        if any(cell.text for cell in cells.values()):
            rows.append({c: cells.get(c, Cell("", name, number, "")) for c in _SHEETS[name]})
    return rows


def _normal(header: str) -> str:
    """Headers are compared without case and blanks; `label::English (en)` is `label::en`."""
    header = re.sub(r"\s+", "", header).lower()
    return re.sub(r"::(?:中文|chinese)?\(?zh\)?$", "::zh", re.sub(r"::(?:english)?\(?en\)?$", "::en", header))


def _cell(sheet: str, row: int, index: int, raw: Any, faults: _Faults) -> Cell:
    value = raw.value
    column = get_column_letter(index + 1)
    if value is None:
        return Cell("", sheet, row, column)
    if isinstance(value, str):
        cell = Cell(value.replace("\r\n", "\n").strip(), sheet, row, column)
    elif isinstance(value, bool):
        cell = Cell("yes" if value else "no", sheet, row, column)
    else:
        whole = isinstance(value, float) and value.is_integer()
        cell = Cell(str(int(value)) if whole else str(value), sheet, row, column, typed=False)
    if raw.data_type == "f":
        faults.add(cell, "spreadsheet.formula")
        return Cell("", sheet, row, column)
    if raw.data_type == "e":
        faults.add(cell, "spreadsheet.cell_error", value=cell.text[:40])
        return Cell("", sheet, row, column)
    if isinstance(value, (dt.date, dt.time, dt.timedelta)):
        faults.add(cell, "checklist.form_text", value=cell.text[:40])
    return cell


def _settings(rows: list[Row], faults: _Faults, places: dict[Steps, Cell]) -> dict[str, Any]:
    if len(rows) != 1:
        row = rows[1]["form_title"].row if rows else 2
        faults.append(Fault("checklist.form_settings", {}, sheet="settings", row=row))
        return {}
    data: dict[str, Any] = {}
    for column, field, _ in SETTINGS_COLUMNS:
        if field:
            cell = rows[0][column]
            if not cell.typed:
                faults.add(cell, "checklist.form_text", value=cell.text[:40])
            data[field] = cell.text
            places[(field,)] = cell
    return data


def _choices(rows: list[Row], faults: _Faults) -> None:
    """The ratings are the product's own; a workbook must not seem to change them."""
    names = tuple(row["name"].text for row in rows if row["list_name"].text == RATING_LIST)
    foreign = [row["list_name"] for row in rows if row["list_name"].text != RATING_LIST]
    for cell in foreign:
        faults.add(cell, "checklist.form_unexpected", name=cell.text[:40])
    if names != RATINGS and not foreign:
        faults.append(Fault("checklist.form_choices", {"names": ", ".join(RATINGS)}, sheet="choices"))


def _sections(rows: list[Row], faults: _Faults, places: dict[Steps, Cell]) -> list[dict[str, Any]]:
    sections: list[dict[str, Any]] = []
    opened: Cell | None = None
    for row in rows:
        kind, name = row["type"], row["name"]
        match " ".join(kind.text.lower().replace("_group", " group").split()):
            case "begin group":
                if opened:
                    faults.add(kind, "checklist.form_group", name=name.text[:40])
                opened = name
                path: Steps = ("sections", len(sections))
                sections.append({**_values(row, 2, path, faults, places), "items": []})
                _refuse_others(row, _GROUP_COLUMNS, faults)
            case "end group":
                if opened is None:
                    faults.add(kind, "checklist.form_group", name=name.text[:40])
                opened = None
                _refuse_others(row, frozenset({"type", "name"}), faults)
            case asked if asked == f"select_one {RATING_LIST}":
                if opened is None:
                    faults.add(kind, "checklist.form_outside", name=name.text[:40])
                    continue
                items = sections[-1]["items"]
                path = ("sections", len(sections) - 1, "items", len(items))
                items.append(_values(row, 1, path, faults, places))
                if row["required"].text.lower() not in {*_YES, ""}:
                    faults.add(row["required"], "checklist.form_required")
            case _:
                faults.add(kind, "checklist.form_type", value=kind.text[:40])
    if opened:
        faults.add(opened, "checklist.form_group", name=opened.text[:40])
    return sections


def _values(row: Row, which: int, path: Steps, faults: _Faults, places: dict[Steps, Cell]) -> dict[str, Any]:
    """The fields of an item (`which` 1) or a section (2) as JSON values, and where each of them stands."""
    data: dict[str, Any] = {}
    for entry in SURVEY_COLUMNS:
        column, field = entry[0], entry[which]
        if not isinstance(field, str):
            continue
        cell = row[column]
        places[(*path, field)] = cell
        data[field] = _value(cell, field, faults)
    places[path] = row["type"]
    return data


def _value(cell: Cell, field: str, faults: _Faults) -> Any:
    match field:
        case "points" | "weight":
            if re.fullmatch(r"[0-9]{1,6}", cell.text):
                return int(cell.text)
            faults.add(cell, "checklist.type", field=field, value=cell.text[:40], expected="integer")
            return 0
        case "critical":
            if cell.text.lower() not in _YES | _NO:
                faults.add(cell, "checklist.form_yes_no", value=cell.text[:40])
            return cell.text.lower() in _YES
        case "show_if":
            try:
                return conditions.to_json(conditions.parse(cell.text)) if cell.text else None
            except RoundsError as error:
                faults.add(cell, error.code, **error.params)
                return None
        case "reference_photo":
            return cell.text or None
        case "severity" | "photo" | "evidence":
            return cell.text.lower()
    return cell.text


def _refuse_others(row: Row, taken: frozenset[str], faults: _Faults) -> None:
    for column, cell in row.items():
        if cell.text and column not in taken:
            faults.add(cell, "checklist.form_unexpected", name=column)


def _nearest(places: dict[Steps, Cell], path: Steps) -> Cell:
    """The cell of the value at fault, or of the closest thing around it."""
    for length in _lengths(path):
        if path[:length] in places:
            return places[path[:length]]
    return Cell("", "survey", 1, "")


def _lengths(path: Steps) -> Iterator[int]:
    return iter(range(len(path), 0, -1))
