"""What the documents say of the code is what the code says."""

import re

import pytest

from audit.commands.tables import PAGE, all_tables, with_tables
from audit.config import PROJECT
from tests.listing import project_files


def test_the_tables_of_the_architecture_page_are_those_of_the_code() -> None:
    page = PAGE.read_text("utf-8")
    assert page == with_tables(page), "run: python -m audit tables --write"


@pytest.mark.parametrize("name", all_tables())
def test_every_table_stands_in_the_architecture_page(name: str) -> None:
    assert f"<!-- table {name} -->" in PAGE.read_text("utf-8")


def test_every_direct_dependency_has_its_line() -> None:
    lines = (PROJECT / "docs" / "dependencies.md").read_text("utf-8")
    wanted = [
        match.group(1).lower()
        for source in ("requirements.in", "requirements-dev.in")
        for line in (PROJECT / source).read_text("utf-8").splitlines()
        if (match := re.match(r"([A-Za-z0-9._-]+)", line)) and not line.startswith(("#", "-"))
    ]
    assert len(wanted) > 30
    assert [name for name in wanted if f"| {name} " not in lines] == []


def test_no_file_has_more_than_400_lines() -> None:
    long = {path.name: len(path.read_text("utf-8").splitlines()) for path in project_files(".py", ".js", ".css")}
    assert {name: lines for name, lines in long.items() if lines > 400 and name != "0001_first_tables.py"} == {}


def test_the_parts_that_decisions_and_readers_look_for_are_there() -> None:
    for name in ("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "docs/operations.md", "docs/decisions/README.md"):
        assert (PROJECT / name).read_text("utf-8").startswith("# "), name
