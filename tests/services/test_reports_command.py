"""The visit reports of all branches of a round from the command line: a folder or a ZIP, and who has none."""

import shutil
import zipfile
from pathlib import Path

import pytest
from sqlmodel import select

from audit.__main__ import main
from audit.db.engine import Database
from audit.db.models import Assignment, Round, Visit
from audit.services.installation import Installation
from tests.factories import City, found_city
from tests.field import Field, take_the_field
from tests.papers import lay_fonts_ready

JIANGBEI, FULING = "江北分公司_第四季度交叉巡检_走访报告_草稿.pdf", "涪陵分公司_第四季度交叉巡检_走访报告_草稿.pdf"


@pytest.fixture
def db(sqlite_db: Database) -> Database:
    """One kind of database is enough here: the queries are plain."""
    return sqlite_db


@pytest.fixture
def field(house: Installation) -> Field:
    """A closed round: Jiangbei with a photo in its report, Fuling with an empty visit, Yuzhong not visited."""
    lay_fonts_ready(house)
    field = take_the_field(found_city(house.db))
    field.fill(house, field.city.lin, A03="fail")
    field.submit()
    branch(field, "fuling", "FL01", "submitted")
    branch(field, "yuzhong", "YZ01", "planned")
    with house.db.write() as session:
        session.get_one(Round, field.round_id).state = "closed"
    return field


def branch(field: Field, inspected: str, outlet: str, state: str) -> None:
    """Another branch of the round, with a visit in this state."""
    with field.db.write() as session:
        given = session.get_one(Assignment, field.assignment_id).model_dump(exclude={"id"})
        row = Assignment(**given | {"inspected_id": field.city.organisations[inspected]})
        session.add(row)
        session.flush()
        like = session.exec(select(Visit).where(Visit.id == field.second_visit_id)).one().model_dump(exclude={"id"})
        place = {"assignment_id": row.id, "outlet_id": field.city.outlets[outlet], "state": state}
        session.add(Visit(**like | place))


def test_a_folder_gets_the_report_of_every_branch_and_the_others_are_named(
    field: Field, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "deep" / "reports"
    assert main(["reports", "--out", str(out)]) == 0
    told = capsys.readouterr()
    assert sorted(path.name for path in out.iterdir()) == sorted((JIANGBEI, FULING)), "and nothing half made"
    assert all(path.read_bytes().startswith(b"%PDF-") for path in out.iterdir())
    assert [line.split(": ")[0] for line in told.out.splitlines()] == [str(out / name) for name in (JIANGBEI, FULING)]
    assert told.err.splitlines()[0] == "reports: 0/2"
    assert told.err.splitlines()[-2:] == ["reports: 2/2", "yuzhong 渝中分公司: no complete visit yet, no report"]


def test_a_zip_gets_the_others_when_one_is_refused_and_the_exit_code_says_so(
    field: Field, house: Installation, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.rmtree(house.settings.home / "photos")
    out = tmp_path / "all.zip"
    assert main(["reports", "--round", "第四季度", "--language", "zh", "--out", str(out)]) == 1
    told = capsys.readouterr()
    with zipfile.ZipFile(out) as packed:
        assert (packed.namelist(), packed.testzip()) == ([FULING], None)
    assert told.out.startswith(f"{out}: 1 reports, ")
    assert told.err.splitlines()[-1].startswith("jiangbei 江北分公司: ")
    assert told.err.endswith("[report.photo_missing]\n")
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


@pytest.mark.parametrize(
    ("given", "code"),
    [(("--round", "no-such"), "report.unknown_round"), (("--language", "fr"), "invalid")],
    ids=["unknown round", "unknown language"],
)
def test_a_mistake_is_one_clear_line_and_nothing_is_written(
    city: City,
    house: Installation,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    given: tuple[str, ...],
    code: str,
) -> None:
    assert main(["reports", *given, "--out", str(tmp_path / "out")]) == 1
    told = capsys.readouterr()
    assert (told.out, len(told.err.splitlines()), f"[{code}]" in told.err) == ("", 1, True)
    assert not (tmp_path / "out").exists()
