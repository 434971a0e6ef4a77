"""Excel import: what is read, what is refused and how precisely it is named; a dry run leaves nothing behind."""

import datetime as dt
import io
import struct
import threading
import time
import zipfile
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook
from sqlalchemy import text
from sqlmodel import select

from audit.db.engine import Database
from audit.db.models import Account, Event, Organisation
from audit.domain.permissions import Granted, Role, Scope
from audit.errors import RoundsError
from audit.services import accounts, checklists, organisations, outlets, sign_in
from audit.services.contest import seasons
from audit.services.contest.seasons import SeasonValues
from audit.services.spreadsheet import Column, Sheet, read, template
from audit.services.spreadsheet_import import ACCOUNT_SHEETS, CITY_SHEETS, Outcome, import_accounts, import_city
from audit.services.work import unit_of_work
from tests.factories import City, found_city

ORGANISATION_HEAD = ["编码", "类型", "中文名称"]
OUTLET_HEAD = ["Code", "Organisation code", "Kind", "Chinese name"]
ACCOUNT_HEAD = ["登录名", "姓名", "单位编码", "工号", "手机", "角色"]


def book(sheets: dict[str, list[list[Any]]], change: Callable[[Workbook], None] | None = None) -> bytes:
    made = Workbook()
    made.remove(made.active)
    for name, rows in sheets.items():
        page = made.create_sheet(name)
        for row in rows:
            page.append(row)
    if change:
        change(made)
    buffer = io.BytesIO()
    made.save(buffer)
    return buffer.getvalue()


def told(outcome: Outcome) -> list[tuple[str, int, str, str]]:
    return [(error.sheet, error.row, error.column, error.error.code) for error in outcome.errors]


GOOD = book(
    {
        "单位": [ORGANISATION_HEAD, ["wanzhou", "分公司", "万州分公司"], ["jiangbei", "branch", "江北区分公司"]],
        "Outlets": [
            OUTLET_HEAD,
            ["WZ01", "wanzhou", "自办厅", "高笋塘营业厅"],
            ["JB01", "jiangbei", "Own hall", "解放碑"],
        ],
    }
)


def test_a_dry_run_counts_and_writes_nothing(city: City) -> None:
    outcome = import_city(city.db, city.adam, GOOD)
    assert (outcome.created, outcome.changed, outcome.unchanged, outcome.errors) == (2, 2, 0, [])
    with city.db.read() as session:
        assert not session.exec(select(Organisation).where(Organisation.code == "wanzhou")).all()
        assert session.exec(select(Event)).all() == []


def test_an_import_creates_and_changes_with_history_and_can_be_repeated(city: City) -> None:
    import_city(city.db, city.adam, GOOD, dry_run=False)
    hall = outlets.find_outlets(city.db, city.lin, search="WZ01").rows[0]
    assert (hall.outlet.name_zh, hall.organisation.name_zh) == ("高笋塘营业厅", "万州分公司")
    jiangbei = organisations.get_organisation(city.db, city.lin, city.organisations["jiangbei"])
    assert (jiangbei.name_zh, jiangbei.name_en) == ("江北区分公司", "Jiangbei branch")  # no such column: kept
    again = import_city(city.db, city.adam, GOOD, dry_run=False)
    assert (again.created, again.changed, again.unchanged) == (0, 0, 4)


def test_every_error_is_named_by_sheet_row_column_and_cause(city: City) -> None:
    data = book(
        {
            "单位": [
                ORGANISATION_HEAD,
                ["a b", "分公司", "甲"],
                ["ok1", "王国", "乙"],
                ["ok2", "分公司", None],
                ["ok3", "分公司", "=1+1"],
                ["ok4", "分公司", "长" * 10_000],
                [None, None, None],
                ["ok5", "分公司", "丙"],
                ["ok5", "分公司", "丁"],
                ["ok6", "", "戊"],
            ],
            "触点": [["编码", "单位编码", "类型", "中文名称"], ["X1", "nowhere", "自办厅", "厅"]],
        }
    )
    outcome = import_city(city.db, city.adam, data, dry_run=False)
    assert told(outcome) == [
        ("单位", 2, "编码", "invalid"),
        ("单位", 3, "类型", "spreadsheet.unknown"),
        ("单位", 4, "中文名称", "required"),
        ("单位", 5, "中文名称", "spreadsheet.formula"),
        ("单位", 6, "中文名称", "too_long"),
        ("单位", 9, "编码", "spreadsheet.duplicate"),
        ("单位", 10, "类型", "required"),
        ("触点", 2, "单位编码", "spreadsheet.unknown"),
    ]
    assert organisations.find_organisations(city.db, city.adam).total == 5  # not one of the good rows either


def test_wrong_headers_and_wrong_rows_are_told_in_one_pass(city: City) -> None:
    rows = [
        ["编码", "名字", "类型"],
        ["a b", "y", "z"],
        ["=1", "y", "分公司"],
        ["ok1", "y", "分公司"],
        ["ok1", "y", "国"],
    ]
    outcome = import_city(city.db, city.adam, book({"单位": rows}))
    assert told(outcome) == [
        ("单位", 1, "", "spreadsheet.header"),
        ("单位", 2, "类型", "spreadsheet.unknown"),
        ("单位", 2, "编码", "invalid"),
        ("单位", 3, "编码", "spreadsheet.formula"),
        ("单位", 5, "编码", "spreadsheet.duplicate"),
        ("单位", 5, "类型", "spreadsheet.unknown"),
    ]
    assert outcome.errors[0].error.params == {"names": "中文名称、名字"}
    outcome = import_city(city.db, city.adam, book({"单位": [[*ORGANISATION_HEAD, "Code"], ["x", "国", "y", "z"]]}))
    assert told(outcome) == [
        ("单位", 1, "Code", "spreadsheet.header_twice"),
        ("单位", 2, "类型", "spreadsheet.unknown"),
    ]


def test_all_that_is_wrong_with_one_row_is_told_in_one_pass(city: City) -> None:
    head = [*OUTLET_HEAD, "Latitude", "Items that never apply"]
    row = ["X 1", "nowhere", "palace", None, "north", "A04 no sign"]
    outcome = import_city(city.db, city.adam, book({"Outlets": [head, row]}), dry_run=False)
    assert {(error.column, error.error.code) for error in outcome.errors} == {
        ("Code", "invalid"),
        ("Organisation code", "spreadsheet.unknown"),
        ("Kind", "spreadsheet.unknown"),
        ("Chinese name", "required"),
        ("Latitude", "invalid"),
        ("Items that never apply", "invalid"),
    }
    assert outlets.find_outlets(city.db, city.adam, "nowhere").total == 0


def test_the_later_of_two_imports_of_the_same_new_code_is_told_so_and_stores_nothing(
    new_database: Callable[[str], Database],
) -> None:
    """On PostgreSQL both run at once: the later one waits at the code, and is refused when the first is through."""
    city = found_city(new_database("postgresql"))
    later: list[Outcome] = []
    thread = threading.Thread(target=lambda: later.append(import_city(city.db, city.adam, GOOD, dry_run=False)))
    with unit_of_work(city.db, city.adam) as first:
        organisations.insert(first, organisations.OrganisationValues("wanzhou", "branch", "先到的"))
        thread.start()
        for _ in range(200):
            with city.db.read() as session:
                waits = text("select count(*) from pg_stat_activity where wait_event_type = 'Lock'")
                if session.execute(waits).scalar_one():
                    break
            time.sleep(0.05)
        else:
            pytest.fail("the later import did not wait")
    thread.join(20)
    assert ("单位", 2, "", "organisation.code_taken") in told(later[0])
    with city.db.read() as session:
        names = {row.code: row.name_zh for row in session.exec(select(Organisation)).all()}
    assert (names["wanzhou"], names["jiangbei"]) == ("先到的", "江北分公司")
    assert outlets.find_outlets(city.db, city.adam, "WZ01").total == 0


def test_a_hidden_sheet_is_told_and_a_foreign_one_is_left_alone(city: City) -> None:
    def hide(made: Workbook) -> None:
        made["单位"].sheet_state = "hidden"
        made.create_sheet("说明").append(["=1+1"])

    data = book({"单位": [ORGANISATION_HEAD], "触点": [["编码", "单位编码", "类型", "中文名称"]]}, hide)
    assert told(import_city(city.db, city.adam, data)) == [("单位", 0, "", "spreadsheet.hidden")]


def test_numbers_and_dates_arrive_as_the_text_a_person_sees() -> None:
    sheet = Sheet("t", "表", "T", (Column("n", "数", "N"), Column("d", "日", "D", kind="date")))
    rows = [
        ["数", "日"],
        [13800000000, dt.datetime(2026, 11, 22)],  # noqa: DTZ001 — Excel's dates know no zone
        [1.0, "2026-11-22"],
        [1.5, "2026年11月2日"],
        ["<b>😀</b>", " 2026/1/2 "],
        ["x", "22.11.2026"],
        ["y", "2026-02-30"],
    ]
    reading = read(book({"表": rows}), [sheet])
    sound = [row for row in reading.tables["t"].rows if not row.assumed]
    assert [(row.cells["n"], row.cells["d"]) for row in sound] == [
        ("13800000000", dt.date(2026, 11, 22)),
        ("1", dt.date(2026, 11, 22)),
        ("1.5", dt.date(2026, 11, 2)),
        ("<b>😀</b>", dt.date(2026, 1, 2)),
    ]
    assert [(error.row, error.column, error.error.code) for error in reading.errors] == [
        (6, "日", "spreadsheet.date"),
        (7, "日", "spreadsheet.date"),
    ]


@pytest.mark.parametrize(
    "data",
    [b"", b"code,name\n1,2", b"\xd0\xcf\x11\xe0" * 100, b"PK\x03\x04 nonsense", GOOD[: len(GOOD) // 2]],
    ids=["empty", "csv", "old xls", "no zip", "cut off"],
)
def test_what_is_no_workbook_is_refused_in_one_sentence(data: bytes) -> None:
    with pytest.raises(RoundsError, match=r"spreadsheet.not_xlsx"):
        read(data, CITY_SHEETS)


def test_a_zip_that_holds_something_else_is_refused() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("word/document.xml", "<x/>")
    with pytest.raises(RoundsError, match=r"spreadsheet.not_xlsx"):
        read(buffer.getvalue(), CITY_SHEETS)
    with pytest.raises(RoundsError, match=r"spreadsheet.no_sheet"):
        read(book({"Sheet1": [["a"]]}), CITY_SHEETS)


def _packed(parts: dict[str, bytes]) -> bytes:
    """GOOD with these parts added or replaced."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(GOOD)) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if name not in parts:
                new.writestr(name, old.read(name))
        for name, data in parts.items():
            new.writestr(name, data)
    return buffer.getvalue()


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    bomb = _packed({"xl/media/zero.bin": b"\0" * (61 * 2**20)})
    assert len(bomb) < 200_000
    with pytest.raises(RoundsError, match=r"spreadsheet.too_big"):
        read(bomb, CITY_SHEETS)
    with pytest.raises(RoundsError, match=r"spreadsheet.too_big"):
        read(b"PK" + b"\0" * (5 * 2**20), CITY_SHEETS)


def test_a_bomb_that_lies_about_its_size_is_refused() -> None:
    bomb = bytearray(_packed({"xl/worksheets/sheet1.xml": b"<worksheet>" + b" " * (61 * 2**20) + b"</worksheet>"}))
    at = (
        bomb.rfind(b"xl/worksheets/sheet1.xml") - 46
    )  # the entry in the table of contents; its size stands at offset 24
    assert bomb[at : at + 4] == b"PK\x01\x02"
    bomb[at + 24 : at + 28] = struct.pack("<I", 100)
    with pytest.raises(RoundsError, match=r"spreadsheet.not_xlsx"):
        read(bytes(bomb), CITY_SHEETS)


def test_entities_that_multiply_are_refused() -> None:
    laughs = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><worksheet>&b;</worksheet>'
    with pytest.raises(RoundsError, match=r"spreadsheet.not_xlsx"):
        read(_packed({"xl/worksheets/sheet1.xml": laughs}), CITY_SHEETS)


def test_too_many_rows_are_refused(city: City) -> None:
    rows = [[f"c{number}", "分公司", "名"] for number in range(2_001)]
    outcome = import_city(city.db, city.adam, book({"单位": [ORGANISATION_HEAD, *rows]}))
    assert told(outcome) == [("单位", 0, "", "spreadsheet.too_many_rows")]


@pytest.mark.parametrize(("sheets", "locale"), [(CITY_SHEETS, "zh_CN"), (CITY_SHEETS, "en"), (ACCOUNT_SHEETS, "en")])
def test_the_template_can_be_read_back(sheets: tuple[Sheet, ...], locale: str) -> None:
    reading = read(template(sheets, locale), sheets)
    assert not reading.errors
    assert all(len(table.rows) == 1 for table in reading.tables.values())


def test_the_city_template_imports_as_it_is_and_text_stays_text(city: City) -> None:
    checklists.seed(city.db, None)  # the template's example names an item of the hall checklist
    outcome = import_city(city.db, city.adam, template(CITY_SHEETS, "zh_CN"), dry_run=False)
    assert (outcome.created, outcome.errors) == (2, [])
    written = load_workbook(io.BytesIO(template(CITY_SHEETS, "zh_CN", {"organisations": [["=1+1", "@x"]]})))
    assert (written["单位"]["A2"].data_type, written["单位"]["A2"].value) == ("s", "=1+1")


def test_accounts_come_with_roles_and_passwords_told_once(city: City) -> None:
    rows = [
        ["he", "何静", "jiangbei", 1001, 13800000000, "服务督导；branch@jiangbei; 营业厅经理@JB01"],
        ["tan", "谭敏", None, None, None, "leader\nLeader@fuling"],
    ]
    data = book({"账号": [ACCOUNT_HEAD, *rows]})
    dry = import_accounts(city.db, city.adam, data)
    assert (dry.created, dry.passwords, dry.errors) == (2, [], [])
    outcome = import_accounts(city.db, city.adam, data, dry_run=False)
    assert [(name, person) for name, person, _ in outcome.passwords] == [("he", "何静"), ("tan", "谭敏")]
    actor = sign_in.actor_of(city.db, sign_in.sign_in(city.db, "he", outcome.passwords[0][2], "10.0.0.1"))
    assert actor is not None
    assert actor.grants == (
        Granted(Role.SUPERVISOR, Scope.ASSIGNMENTS),
        Granted(Role.BRANCH, Scope.BRANCH, city.organisations["jiangbei"]),
        Granted(Role.HALL, Scope.OUTLET, city.outlets["JB01"]),
    )
    with city.db.read() as session:
        he = session.exec(select(Account).where(Account.sign_in_name == "he")).one()
    assert (he.employee_number, he.phone) == ("1001", "13800000000")
    again = import_accounts(city.db, city.adam, data, dry_run=False)
    assert (again.unchanged, again.passwords) == (2, [])


def test_a_role_in_the_contest_may_name_its_season_by_code(city: City) -> None:
    founder = replace(city.wang, grants=(Granted(Role.ORGANISER, Scope.SEASON),))
    season_id = seasons.create_season(city.db, founder, SeasonValues("2026", "微笑天使"))
    rows = [["he", "何静", "", "", "", "竞赛评委@2026;organiser"], ["tan", "谭敏", "", "", "", "竞赛评委@2025"]]
    bad = import_accounts(city.db, city.adam, book({"accounts": [ACCOUNT_HEAD, *rows]}), dry_run=False)
    assert told(bad) == [("accounts", 3, "Roles", "spreadsheet.unknown")]
    import_accounts(city.db, city.adam, book({"accounts": [ACCOUNT_HEAD, rows[0]]}), dry_run=False)
    he = accounts.find_accounts(city.db, city.adam, search="何静").rows[0]
    assert set(he.grants) == {
        Granted(Role.JUDGE, Scope.SEASON, season_id),
        Granted(Role.ORGANISER, Scope.SEASON),
    }


def test_bad_roles_scopes_and_doubles_are_named_and_no_password_is_told(city: City) -> None:
    rows = [
        ["a1", "甲", "", 7, "", "国王"],
        ["a2", "乙", "", 7, "", "分公司服务主管"],
        ["a3", "丙", "nowhere", "", "", ""],
        ["a4", "丁", "", "", "", "市场部经办@jiangbei"],
        ["a5", "戊", "", "", "", "营业厅经理@nowhere"],
        ["a1", "己", "", "", "", ""],
    ]
    outcome = import_accounts(city.db, city.adam, book({"accounts": [ACCOUNT_HEAD, *rows]}), dry_run=False)
    assert told(outcome) == [
        ("accounts", 2, "Roles", "spreadsheet.unknown"),
        ("accounts", 3, "Employee number", "spreadsheet.duplicate"),
        ("accounts", 3, "Roles", "account.grant_invalid"),
        ("accounts", 4, "Organisation code", "spreadsheet.unknown"),
        ("accounts", 5, "Roles", "account.grant_invalid"),
        ("accounts", 6, "Roles", "spreadsheet.unknown"),
        ("accounts", 7, "Sign-in name", "spreadsheet.duplicate"),
    ]
    assert outcome.passwords == []
    assert accounts.find_accounts(city.db, city.adam).total == 9


def test_an_import_cannot_take_the_last_administrators_role(city: City) -> None:
    data = book({"账号": [["登录名", "姓名", "角色"], ["adam", "安达", "服务督导"]]})
    outcome = import_accounts(city.db, city.adam, data, dry_run=False)
    assert told(outcome) == [("账号", 2, "", "account.last_administrator")]


def test_only_administrators_import(city: City) -> None:
    for call in (import_city, import_accounts):
        with pytest.raises(RoundsError, match="forbidden"):
            call(city.db, city.wang, GOOD)
