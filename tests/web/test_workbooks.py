"""Excel files as downloads: templates for who may import, one-time passwords once and for one person."""

import datetime as dt
import io
from collections.abc import Callable
from typing import Any

import pytest
from openpyxl import load_workbook
from starlette.testclient import TestClient

from audit.services import clock, outlets, workbooks
from audit.services.handover import LIFETIME, MOST_HELD, Handover
from audit.services.installation import Installation
from audit.services.spreadsheet_import import import_city
from exports.base import Export
from tests.factories import City
from tests.field import add_checklist
from tests.hands import refusal
from tests.looping import enter_the_loop

Browsers = Callable[..., TestClient]
FILE = Export("passwords.xlsx", workbooks.XLSX, b"secret")


def test_one_time_passwords_are_fetched_once_by_who_imported(
    city: City, house: Installation, sign_in_as: Browsers
) -> None:
    file = workbooks.passwords([("he", "何静", "k7-xz")], "zh_CN")
    address = f"/documents/workbooks/once/{house.handover.offer(city.adam, file)}"
    assert sign_in_as(city.wang).get(address).status_code == 404
    assert sign_in_as(None).get(address).status_code == 401
    mine = sign_in_as(city.adam)
    got = mine.get(address)
    rows = list(load_workbook(io.BytesIO(got.content))["一次性密码"].values)
    assert rows == [("登录名", "姓名", "一次性密码"), ("he", "何静", "k7-xz")]
    assert got.headers["cache-control"] == "private, no-store"
    again = mine.get(address)
    assert (again.status_code, again.json()["code"]) == (404, "not_found")


def test_nothing_of_it_is_left_on_disk(city: City, house: Installation, sign_in_as: Browsers) -> None:
    secret = b"one-time-secret-0451"
    ticket = house.handover.offer(city.adam, Export("passwords.xlsx", workbooks.XLSX, secret))
    assert sign_in_as(city.adam).get(f"/documents/workbooks/once/{ticket}").content == secret
    files = [file for file in house.settings.home.rglob("*") if file.is_file()]
    assert not any(secret in file.read_bytes() for file in files)


def test_a_ticket_ends_after_ten_minutes(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    held, start = Handover(), clock.now()
    ticket = held.offer(city.adam, FILE)
    monkeypatch.setattr(clock, "now", lambda: start + LIFETIME + dt.timedelta(seconds=1))
    assert refusal(lambda: held.fetch(city.adam, ticket)).code == "not_found"


def test_what_waits_is_bounded_and_the_oldest_goes_first(city: City) -> None:
    held = Handover()
    tickets = [held.offer(city.adam, FILE) for _ in range(MOST_HELD + 1)]
    assert refusal(lambda: held.fetch(city.adam, tickets[0])).code == "not_found"
    assert held.fetch(city.adam, tickets[-1]) == FILE


@pytest.mark.parametrize("path", ["once/x", "once/" + "x" * 500, "templates/other.xlsx", "templates/city.exe", "once/"])
def test_an_address_of_nothing_is_refused_and_is_no_failure(city: City, sign_in_as: Browsers, path: str) -> None:
    assert 400 <= sign_in_as(city.adam).get(f"/documents/workbooks/{path}").status_code < 500


def test_templates_are_for_who_may_import(city: City, sign_in_as: Browsers) -> None:
    for path in ("templates/city.xlsx", "templates/accounts.xlsx", "city.xlsx"):
        assert sign_in_as(city.adam).get(f"/documents/workbooks/{path}").status_code == 200
        refused = sign_in_as(city.wang).get(f"/documents/workbooks/{path}")
        assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    sheets = load_workbook(io.BytesIO(sign_in_as(city.adam).get("/documents/workbooks/templates/city.xlsx").content))
    assert sheets.sheetnames == ["单位", "触点"]


@pytest.mark.parametrize("locale", ["zh_CN", "en"])
def test_the_city_taken_away_imports_again_as_it_is(city: City, locale: str) -> None:
    add_checklist(city.db)
    row = outlets.get_outlet(city.db, city.adam, city.outlets["JB01"]).outlet
    why = {"A01": {"zh": "店中店；无出入口", "en": ""}, "B02": {"zh": "无", "en": "None; ever"}}
    given = outlets.OutletValues(row.code, row.kind, "+厅", "@x", na_items=why, latitude=29.5, longitude=106.5)
    outlets.change_outlet(city.db, city.adam, city.outlets["JB01"], 1, given)
    outlets.close_outlet(city.db, city.adam, city.outlets["YZ01"], 1, dt.date(2026, 11, 20))
    outcome = import_city(city.db, city.adam, workbooks.city(city.db, city.adam, locale).content, dry_run=False)
    assert outcome.errors == []
    assert (outcome.created, outcome.changed, outcome.unchanged) == (0, 0, 5 + 3)  # the closed hall stays at home


def test_the_register_is_taken_away_as_it_was_narrowed(city: City, sign_in_as: Browsers) -> None:
    loop = enter_the_loop(city)
    loop.draft(severity="critical", observation="=HYPERLINK(1)")
    loop.draft()
    got = sign_in_as(city.wang).get("/documents/workbooks/register.xlsx?stage=check&severity=critical&branch=2")
    rows = list(load_workbook(io.BytesIO(got.content))["台账"].values)
    assert (len(rows), "=HYPERLINK(1)" in rows[1]) == (2, True)
    assert len(list(load_workbook(io.BytesIO(fetch(sign_in_as(city.mei)).content))["台账"].values)) == 1
    assert fetch(sign_in_as(city.adam)).status_code == 403
    assert fetch(sign_in_as(None)).status_code == 401
    for bad in ("round=x", "branch=99999999999999999999", "q=" + "x" * 101):
        assert sign_in_as(city.wang).get(f"/documents/workbooks/register.xlsx?{bad}").status_code == 422


def fetch(browser: TestClient) -> Any:
    return browser.get("/documents/workbooks/register.xlsx")
