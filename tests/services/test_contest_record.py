"""The recount file: the same result from the file alone, and the first difference when anything was changed."""

import gzip
import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from audit.__main__ import main
from audit.config import PROJECT
from audit.domain.contest.record import digest, pseudonym, sealed, tallies
from audit.domain.contest.scores import standings
from audit.errors import RoundsError
from audit.services import clock
from audit.services.contest import contestants, record, scoreboard, skills
from audit.services.installation import Installation
from tests.contesting import DAY, IN_SEASON, Contest, attempt, contribute, found_contest, vote
from tests.factories import found_city


@pytest.fixture
def contest(house: Installation) -> Contest:
    """A season in which everything happened that counts, and much that does not."""
    with clock.stopped(IN_SEASON):
        made = found_contest(found_city(house.db))
        for number, id_ in enumerate(made.ids):
            skills.enter_score(made.db, made.ou, id_, DAY, str(80 + number))
            for points in ([1000] * number, [500, 500], [700], [9000]):
                attempt(made, id_, points)
            contribute(made, id_, "idea", 100 * (number % 3))
        skills.enter_score(made.db, made.city.mei, made.ids[1], DAY, "77.7")
        attempt(made, made.ids[2], [10_000], void="代答")
        for held in (None, "", "discard", "count"):
            vote(made, made.ids[:3], held)
        contestants.set_eligibility(made.db, made.ou, made.ids[8], 1, "弄虚作假", 1)
        contestants.withdraw(made.db, made.ou, made.ids[7], 1)
    return made


def exported(contest: Contest, path: Path) -> dict[str, Any]:
    record.export(contest.db, contest.ou, "2026", path)
    return dict(json.loads(gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()))


@pytest.mark.parametrize("name", ["season.json", "season.json.gz"])
def test_the_file_gives_the_result_of_the_tallies_and_of_the_rows(contest: Contest, tmp_path: Path, name: str) -> None:
    data = exported(contest, tmp_path / name)
    verdict = record.recount(tmp_path / name)
    assert (verdict.difference, verdict.contestants, verdict.ballots) == ("", 8, 4)
    assert verdict.sha256 == data["result_sha256"]
    assert data["inputs_sha256"] == digest(data["inputs"])
    with contest.db.read() as session:
        lines = scoreboard.lines_of(session, record.find_season(session, "latest"))
        rows = standings(contest.rules, scoreboard.recounted(session, contest.season_id, contest.rules.quiz))
    assert lines == rows
    figures = ("skill", "quiz", "votes", "bonus", "total", "place")
    assert [[line[name] for name in figures] for line in data["result"]["standings"]] == [
        [getattr(line, name) for name in figures] for line in lines
    ]


def test_the_file_names_nobody(contest: Contest, tmp_path: Path) -> None:
    exported(contest, tmp_path / "season.json")
    written = (tmp_path / "season.json").read_text("utf-8")
    assert not [word for word in ("选手", "E0001", "弄虚作假", "代答", "phone", contest.ou.name) if word in written]


def test_what_changes_nothing_and_yet_tells_something_of_a_person_is_left_out(contest: Contest, tmp_path: Path) -> None:
    """Names stand beside the same figures on the board: complaints and rulings of most people are nobody's business."""
    below, above = contest.ids[8], contest.ids[6]
    with clock.stopped(IN_SEASON):
        for id_ in (contest.ids[5], above):
            contestants.set_eligibility(contest.db, contest.ou, id_, 1, "弄虚作假", 2)
    with contest.db.read() as session:
        season = record.find_season(session, "2026")
    key = {id_: pseudonym(season.salt, id_) for id_ in contest.ids}
    whole = {one["key"]: one for one in exported(contest, tmp_path / "season.json")["inputs"]["contestants"]}
    assert not whole[key[below]]["eligible"], "no threshold in this season: it decides who is a star"
    assert {one["complaints"] for one in whole.values()} == {0}, "nobody shares a total"
    ruled = replace(contest.rules, stars=replace(contest.rules.stars, threshold=10_000))
    with contest.db.read() as session:
        spared = sealed("2026", 1, ruled, record.inputs(session, season))
    assert {one["eligible"] for one in spared["inputs"]["contestants"]} == {True}
    with contest.db.read() as session:
        told = record.inputs(session, season)
    for one in told["contestants"]:
        one.update(skills={"central": [], "branch": []}, attempts=[], bonus=[])
    level = sealed("2026", 1, contest.rules, {**told, "ballots": []})["inputs"]["contestants"]
    assert {one["key"]: one["complaints"] for one in level if one["complaints"]} == {
        key[id_]: 1 for id_ in (contest.ids[5], above, below)
    }


def test_a_ruling_is_told_only_where_a_seat_depends_on_it(contest: Contest) -> None:
    """One seat in the city: a ruling on the best decides who has it, one on the last decides nothing."""
    with contest.db.read() as session:
        told = record.inputs(session, record.find_season(session, "2026"))
    one_seat = replace(contest.rules.stars, total=1, base=0, proportional=0, threshold=0)
    rules = replace(contest.rules, stars=one_seat)
    for one in told["contestants"]:
        one["eligible"] = True
    best, *_, last = (line.key for line in standings(rules, tallies(rules, told)))
    for ruled_out, expected in ({best, last}, {best}), ({last}, set()):
        for one in told["contestants"]:
            one["eligible"] = one["key"] not in ruled_out
        file = sealed("2026", 1, rules, told)
        assert {one["key"] for one in file["inputs"]["contestants"] if not one["eligible"]} == expected
        assert len(file["result"]["stars"]) == 1


def test_a_complaint_is_told_only_where_it_puts_somebody_behind(contest: Contest) -> None:
    """Half of a full skill score of 60 and three tenths of a full quiz are 30 points each: level, but S differs."""
    with contest.db.read() as session:
        told = record.inputs(session, record.find_season(session, "2026"))
    quiz = contest.rules.quiz
    weeks = [[week, 1, True, [1_000] * 10] for week in range(1, quiz.best_weeks + 1)]
    given = (([6_000], [], 1), ([], weeks, 0), ([2_000], [], 1), ([2_000], [], 1), ([1_000], [], 1), ([1_000], [], 0))
    people = told["contestants"][: len(given)]
    for one, (central, attempts, complaints) in zip(people, given, strict=True):
        skills = {"central": central, "branch": []}
        one.update(skills=skills, attempts=attempts, bonus=[], complaints=complaints, eligible=True, panel=0)
    file = sealed("2026", 1, contest.rules, {"contestants": people, "ballots": []})
    totals = {line["key"]: line["total"] for line in file["result"]["standings"]}
    assert [totals[one["key"]] for one in people] == [3_000, 3_000, 1_000, 1_000, 500, 500]
    assert [one["complaints"] for one in file["inputs"]["contestants"]] == [0, 0, 0, 0, 1, 0]


def _touch(path: tuple[Any, ...], value: Any) -> Callable[[dict[str, Any]], None]:
    def change(data: dict[str, Any]) -> None:
        part: Any = data
        for name in path[:-1]:
            part = part[name]
        part[path[-1]] = value

    return change


def _rehashed(data: dict[str, Any]) -> None:
    """Somebody adds votes for whom nobody votes and hashes everything anew, but does not count."""
    ballots = data["inputs"]["ballots"]
    keys = [one["key"] for one in data["inputs"]["contestants"]]
    ballots.extend([[[min(keys, key=lambda key: sum(key in names for names, _ in ballots))], True]] * 50)
    data["inputs_sha256"] = digest(data["inputs"])


# fmt: off
FORGERIES = [
    (_touch(("result", "standings", 0, "total"), 9999),   "result.standings[0].total: 9999"),
    (_touch(("result", "stars"), []),                     "result.stars[0]: null"),
    (_touch(("result", "vacant"), 1),                     "result.vacant: 1"),
    (_touch(("rules", "bonus", "cap"), 700),              "rules_sha256"),
    (_touch(("inputs", "contestants", 0, "bonus"), [1]),  "inputs_sha256"),
    (_touch(("result_sha256",), "0" * 64),                "result_sha256: \"000"),
    (_touch(("season",), "2025"),                         "result_sha256"),
    (_touch(("season",), 2026),                           "result_sha256"),
    (_touch(("rules_version",), 2),                       "result_sha256"),
    (_touch(("rules_version",), True),                    "result_sha256"),
    (_touch(("inputs", "ballots", 0, 1), "no"),          "inputs_sha256"),
    (_rehashed,                                           "result.standings"),
]
BROKEN = [
    _touch(("format",), "rounds-recount/9"),
    _touch(("inputs", "contestants", 0, "skills"), None),
    _touch(("inputs", "ballots"), [[1]]),
    lambda data: data.pop("result"),
    lambda data: data.pop("inputs_sha256"),
    _touch(("approved_by",), "nobody"),
]
# fmt: on


@pytest.mark.parametrize(("forge", "named"), FORGERIES)
def test_a_file_that_was_changed_is_told_by_its_first_difference(
    contest: Contest, tmp_path: Path, forge: Callable[[dict[str, Any]], None], named: str
) -> None:
    data = exported(contest, tmp_path / "season.json")
    forge(data)
    (tmp_path / "forged.json").write_text(json.dumps(data), "utf-8")
    assert record.recount(tmp_path / "forged.json").difference.startswith(named)


def test_what_is_no_whole_file_is_refused(contest: Contest, tmp_path: Path) -> None:
    path = tmp_path / "season.json"
    for break_ in BROKEN:
        data = exported(contest, path)
        break_(data)
        path.write_text(json.dumps(data), "utf-8")
        with pytest.raises(RoundsError, match=r"recount\.file"):
            record.recount(path)
    for content in (b"", b"[]", b"{}", b"null", b"[" * 100_000, b"\xff\xfe", b"PK\x03\x04"):
        path.write_bytes(content)
        with pytest.raises(RoundsError, match=r"recount\.file"):
            record.recount(path)
    (tmp_path / "cut.gz").write_bytes(gzip.compress(b"{}" * 999)[:-9])
    with pytest.raises(RoundsError, match=r"recount\.file"):
        record.recount(tmp_path / "cut.gz")


def test_the_command_line_writes_and_recounts_and_needs_no_database_to_recount(
    contest: Contest, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "season.json"
    assert main(["scoreboard", "--season", "2026", "--export", str(path)]) == 0
    empty = {
        **os.environ,
        "ROUNDS_HOME": str(tmp_path / "none"),
        "ROUNDS_DATABASE_URL": "postgresql+psycopg://nowhere/x",
    }
    command = [sys.executable, "-m", "audit", "recount", str(path)]
    ran = subprocess.run(command, cwd=PROJECT, env=empty, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "the same: season 2026, 8 contestants" in ran.stdout
    assert not (tmp_path / "none").exists()
    data = json.loads(path.read_text("utf-8"))
    data["result"]["standings"][0]["quiz"] += 1
    path.write_text(json.dumps(data), "utf-8")
    assert main(["recount", str(path)]) == 1
    assert "different: result.standings[0].quiz" in capsys.readouterr().err
    assert main(["recount", str(tmp_path / "nothing.json")]) == 2
    assert main(["scoreboard", "--season", "1999", "--export", str(path)]) == 1
    assert "season.unknown" in capsys.readouterr().err


def test_tallies_that_are_wrong_are_told_when_the_file_is_written(contest: Contest, tmp_path: Path) -> None:
    with contest.db.write() as session:
        session.execute(text("UPDATE contest_tally SET votes = 77 WHERE contestant_id = 1"))
    assert record.export(contest.db, contest.ou, "2026", tmp_path / "s.json").tallies_differ == 1
    assert main(["scoreboard", "--season", "2026", "--export", str(tmp_path / "s.json")]) == 1
    assert record.recount(tmp_path / "s.json").difference == ""  # the file is counted from the rows
