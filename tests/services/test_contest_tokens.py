"""Vote tokens from the command line: a table for messages and slips to print, from which a customer votes."""

import csv
from pathlib import Path

import pytest
import time_machine

from audit.__main__ import main
from audit.services.contest import voters
from audit.services.installation import Installation
from tests.contesting import IN_SEASON, found_contest, tallies_differ
from tests.factories import City
from tests.voting import Booth


@pytest.mark.usefixtures("house")
def test_the_command_line_gives_out_tokens_that_vote(
    city: City, house: Installation, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with time_machine.travel(IN_SEASON, tick=False):
        booth = Booth(found_contest(city, people=3))
        numbers, table, sheet = tmp_path / "numbers.txt", tmp_path / "tokens.csv", tmp_path / "slips.html"
        numbers.write_text("T-1\n\n <T-2>\nT-1\n", "utf-8")
        assert main(["contest", "tokens", str(numbers), "--season", "2026", "--out", str(table)]) == 0
        assert main(["contest", "tokens", str(numbers), "--out", str(sheet)]) == 0
        with table.open(encoding="utf-8-sig") as file:
            rows = list(csv.reader(file))
        assert [row[0] for row in rows] == ["transaction", "T-1", "<T-2>"]
        page = sheet.read_text("utf-8")
        assert (page.count("<svg"), "&lt;T-2&gt;" in page) == (2, True)
        for _, address in rows[1:]:
            booth.cast(voters.by_token(booth.season, address.split("t=")[1]), [0])
        assert booth.votes() == [2, 0, 0]
        for wrong in (["--season", "1999"], ["--outlet", "nowhere"], ["--days", "0"]):
            assert main(["contest", "tokens", str(numbers), "--out", str(table), *wrong]) == 1
        assert "nowhere" in capsys.readouterr().err
        assert tallies_differ(booth.contest) == []
