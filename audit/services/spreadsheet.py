"""Excel files as tables of checked text: what is wrong is named by sheet, row, column and cause.

Nothing here touches the database. Size limits hold before anything is unpacked; formulas are refused, not computed.
"""

import datetime as dt
import io
import re
import zipfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import xlsxwriter
from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from audit.errors import RoundsError

FILE_LIMIT_MB = 5
UNPACKED_LIMIT_MB = 60
PARTS_LIMIT = 500
ROWS_LIMIT = 2_000
COLUMNS_LIMIT = 60
ERRORS_SHOWN = 200
EXACT = 10**15  # Excel keeps fifteen digits of a number: a longer one is text, or it is not what was meant


@dataclass(frozen=True)
class Column:
    """One column: its field code, its header in Chinese and English (either is read), an example for the template."""

    field: str
    zh: str
    en: str
    example: str = ""
    required: bool = False
    kind: str = "text"  # text | date


@dataclass(frozen=True)
class Sheet:
    """One sheet of a template: its name in Chinese and English (either is read) and its columns."""

    name: str
    zh: str
    en: str
    columns: tuple[Column, ...]


@dataclass(frozen=True)
class RowError:
    """What is wrong with one cell, row or sheet. `row` as Excel counts; 0 and "" where it is about more than a cell."""

    sheet: str
    row: int
    column: str
    error: RoundsError


@dataclass(frozen=True)
class Row:
    """One row: its number in Excel and field → text (or date) of its cells.

    `assumed`: fields whose own value is wrong or missing, which was told already. A sound value stands in for each, so
    that whatever else is wrong with the row is told in the same pass.
    """

    number: int
    cells: dict[str, Any]
    assumed: frozenset[str] = frozenset()

    def assuming(self, column: Column) -> "Row":
        """The row with a sound value for a column."""
        value = (column.example if column.required else "") if column.kind == "text" else None
        return Row(self.number, {**self.cells, column.field: value}, self.assumed | {column.field})


@dataclass
class Table:
    """The rows of one sheet that could be read, under the sheet's name as it stands in the file."""

    sheet: Sheet
    title: str
    rows: list[Row] = field(default_factory=list)

    def header(self, code: str) -> str:
        """The header of a field's column, for errors."""
        for column in self.sheet.columns:
            if column.field == code:
                return column.zh if self.title == self.sheet.zh else column.en
        return code

    def without(self, row: Row, code: str) -> Row | None:
        """The row with a sound value in place of a wrong one; None when it has no such column or one stands there."""
        column = next((one for one in self.sheet.columns if one.field == code), None)
        return row.assuming(column) if column and code in row.cells and code not in row.assumed else None


@dataclass
class Reading:
    """What a file held: a table per known sheet that was there, and everything that is wrong so far."""

    tables: dict[str, Table] = field(default_factory=dict)
    errors: list[RowError] = field(default_factory=list)

    def refuse(self, table: Table, row: Row, error: RoundsError) -> None:
        """Note an error of a row; the column is the field that the error names. What was assumed is told already."""
        if error.params.get("field") in row.assumed:
            return
        column = table.header(str(error.params.get("field", ""))) if "field" in error.params else ""
        self.errors.append(RowError(table.title, row.number, column, error))

    def each(self, name: str, use: Callable[[Row], None]) -> None:
        """Call `use` for every row of a table and note all that it refuses: one field after the other."""
        table = self.tables.get(name)
        for row in table.rows if table else ():
            left: Row | None = row
            while left:
                try:
                    use(left)
                    break
                except RoundsError as error:
                    self.refuse(table, left, error)  # type: ignore[arg-type]
                    left = table.without(left, str(error.params.get("field", "")))  # type: ignore[union-attr]

    def unique(self, name: str, code: str) -> None:
        """Note every row whose value of a field stands in an earlier row already."""
        seen: dict[str, int] = {}
        table = self.tables.get(name)
        for place, row in enumerate(table.rows if table else ()):
            value = "" if code in row.assumed else str(row.cells.get(code) or "")
            if table and value and seen.setdefault(value, row.number) != row.number:
                error = RoundsError("spreadsheet.duplicate", field=code, value=value, row=seen[value])
                self.refuse(table, row, error)
                table.rows[place] = table.without(row, code) or row


def read(data: bytes, sheets: Sequence[Sheet], limit: int = ROWS_LIMIT) -> Reading:
    """The known sheets of an .xlsx file, at most `limit` rows of each.

    Raises `spreadsheet.not_xlsx`, `spreadsheet.too_big` and `spreadsheet.no_sheet` for the file as a whole; everything
    else is in the reading's `errors`. Hidden sheets that no template knows are ignored.
    """
    _check_size(data)
    try:
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=False, keep_links=False)
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, TypeError, OSError, EOFError, SyntaxError):
        raise RoundsError("spreadsheet.not_xlsx") from None
    reading = Reading()
    try:
        for page in book.worksheets:
            known = next((one for one in sheets if page.title.strip().lower() in _names(one)), None)
            if known is None or known.name in reading.tables:
                continue
            table = reading.tables[known.name] = Table(known, page.title)
            if page.sheet_state != "visible":
                reading.errors.append(RowError(page.title, 0, "", RoundsError("spreadsheet.hidden")))
                continue
            _read_sheet(page, table, reading, limit)
    except RoundsError:
        raise
    except Exception as error:  # openpyxl meets broken XML with errors of many kinds
        raise RoundsError("spreadsheet.not_xlsx") from error
    finally:
        book.close()
    if not reading.tables:
        raise RoundsError("spreadsheet.no_sheet", names=" / ".join(one.zh for one in sheets))
    return reading


def template(sheets: Sequence[Sheet], locale: str, rows: dict[str, Iterable[Sequence[Any]]] | None = None) -> bytes:
    """An .xlsx file with these sheets, headers in one language, and the rows given (or one example row each)."""
    buffer = io.BytesIO()
    options = {"strings_to_formulas": False, "strings_to_urls": False, "in_memory": True}
    with xlsxwriter.Workbook(buffer, options) as book:
        head = book.add_format({"bold": True, "bg_color": "#e3f0ea", "border": 1, "text_wrap": True})
        text = book.add_format({"num_format": "@"})
        for sheet in sheets:
            page = book.add_worksheet(sheet.zh if locale.startswith("zh") else sheet.en)
            page.freeze_panes(1, 0)
            for place, column in enumerate(sheet.columns):
                page.set_column(place, place, 20, text)
                page.write_string(0, place, column.zh if locale.startswith("zh") else column.en, head)
            given = rows.get(sheet.name) if rows is not None else [[column.example for column in sheet.columns]]
            for line, cells in enumerate(given or (), start=1):
                for place, cell in enumerate(cells):
                    page.write_string(line, place, "" if cell is None else str(cell), text)
    return buffer.getvalue()


def _names(sheet: Sheet) -> tuple[str, ...]:
    return (sheet.name.lower(), sheet.zh.lower(), sheet.en.lower())


def _check_size(data: bytes) -> None:
    """Look at the archive's contents before unpacking: `zipfile` unpacks no more of a part than it declares."""
    if len(data) > FILE_LIMIT_MB * 2**20:
        raise RoundsError("spreadsheet.too_big", limit=FILE_LIMIT_MB)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        raise RoundsError("spreadsheet.not_xlsx") from None
    if len(parts) > PARTS_LIMIT or sum(part.file_size for part in parts) > UNPACKED_LIMIT_MB * 2**20:
        raise RoundsError("spreadsheet.too_big", limit=UNPACKED_LIMIT_MB)


def _read_sheet(page: Any, table: Table, reading: Reading, limit: int) -> None:
    page.reset_dimensions()  # the size a file claims need not be true
    lines = page.iter_rows(max_row=limit + 2, max_col=COLUMNS_LIMIT)
    columns = _header(next(lines, ()), table, reading)
    lacking = [column for column in table.sheet.columns if column.required and column not in columns.values()]
    if not columns:
        return
    for number, line in enumerate(lines, start=2):
        if all(cell.value is None or str(cell.value).strip() == "" for cell in line):
            continue
        if number > limit + 1:
            error = RoundsError("spreadsheet.too_many_rows", limit=limit)
            reading.errors.append(RowError(table.title, 0, "", error))
            return
        row = Row(number, {})
        for column in lacking:
            row = row.assuming(column)
        for place, column in columns.items():
            try:
                value = _value(line[place] if place < len(line) else None, column)
                row = Row(number, {**row.cells, column.field: value}, row.assumed)
            except RoundsError as error:
                reading.refuse(table, row, RoundsError(error.code, **{"field": column.field, **error.params}))
                row = row.assuming(column)
        table.rows.append(row)


def _header(line: Iterable[Any], table: Table, reading: Reading) -> dict[int, Column]:
    """Position → column; an error is noted when columns are missing, unknown or doubled."""
    found: dict[int, Column] = {}
    unknown: list[str] = []
    for place, cell in enumerate(line):
        name = str(cell.value if cell.value is not None else "").strip()
        if not name:
            continue
        wanted = name.lower().rstrip("*＊ ")
        known = (one for one in table.sheet.columns if wanted in (one.field, one.zh.lower(), one.en.lower()))
        column = next(known, None)
        if column is None:
            unknown.append(name[:40])
        elif column in found.values():
            reading.errors.append(RowError(table.title, 1, name, RoundsError("spreadsheet.header_twice", name=name)))
        else:
            found[place] = column
    lacking = [column.zh for column in table.sheet.columns if column.required and column not in found.values()]
    if unknown or lacking:
        names = "、".join([*lacking, *unknown])
        reading.errors.append(RowError(table.title, 1, "", RoundsError("spreadsheet.header", names=names)))
    return found


def _value(cell: Any, column: Column) -> Any:
    """A cell as trimmed text, or as a date where the column wants one; whole numbers lose Excel's `.0`."""
    value = cell.value if cell is not None else None
    if value is None:
        return None if column.kind == "date" else ""
    if cell.data_type == "f" or (isinstance(value, str) and value.startswith("=")):
        raise RoundsError("spreadsheet.formula")
    if cell.data_type == "e":
        raise RoundsError("spreadsheet.cell_error", value=str(value))
    if column.kind == "date":
        return _date(value)
    if isinstance(value, int | float) and abs(value) >= EXACT:
        raise RoundsError("spreadsheet.rounded")
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, dt.datetime | dt.date):
        return value.isoformat()[:10]
    return str(value).strip()


_DATE = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?")


def _date(value: Any) -> dt.date | None:
    """A date cell, or a date typed as text: 2026-11-22, 2026/11/22, 2026.11.22, 2026年11月22日."""
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, dt.date):
        return value
    found = _DATE.fullmatch(str(value).strip())
    if not str(value).strip():
        return None
    try:
        return dt.date(*map(int, found.groups())) if found else _refuse_date(value)
    except ValueError:
        return _refuse_date(value)


def _refuse_date(value: Any) -> dt.date:
    raise RoundsError("spreadsheet.date", value=str(value)[:40])
