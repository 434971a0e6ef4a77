"""The question bank: imports that name every mistake, exports that come back, and figures about the questions."""

import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import time_machine
from openpyxl import load_workbook
from sqlmodel import select
from typer.testing import CliRunner

from audit.__main__ import command_line
from audit.db.engine import Database
from audit.db.models import Event, Question
from audit.demo.questions import questions as seed_questions
from audit.demo.questions import seed_bank
from audit.domain.contest import gift
from audit.domain.contest.items import ItemSums, advice, discrimination, facility
from audit.domain.permissions import Actor, Granted, Role, Scope
from audit.services.contest import attempts, questions, quiz_statistics
from audit.services.contest.questions import QUESTION_SHEETS
from audit.services.installation import Installation
from audit.services.spreadsheet import template
from tests.factories import City
from tests.hands import refusal
from tests.quiz import QUIZ_DAY, Play, play

ORGANISER = Actor(0, "organiser", grants=(Granted(Role.ORGANISER, Scope.SEASON),))
FINE = [
    "Q1",
    "单选题",
    "易",
    "主题",
    "Topic",
    "题干？",
    "Which?",
    "甲",
    "A",
    "乙",
    "B",
    *[""] * 8,
    "A",
    "因为",
    "because",
]


def workbook(*rows: list[str]) -> bytes:
    return template(QUESTION_SHEETS, "zh_CN", {"questions": rows})


def changed(**cells: str) -> list[str]:
    fields = [column.field for column in QUESTION_SHEETS[0].columns]
    return [cells.get(field, value) for field, value in zip(fields, FINE, strict=True)]


def test_a_dry_run_says_what_would_happen_and_leaves_nothing(db: Database) -> None:
    rows = (
        FINE,
        changed(code="Q2", kind="判断题", right="对"),
        changed(code="Q3", kind="多选题", c_zh="丙", right="A、C"),
    )
    outcome = questions.import_workbook(db, ORGANISER, workbook(*rows))
    assert (outcome.created, outcome.errors) == (3, [])
    with db.read() as session:
        assert session.exec(select(Question)).all() == []
        assert session.exec(select(Event)).all() == []
    assert questions.import_workbook(db, ORGANISER, workbook(*rows), dry_run=False).created == 3
    again = questions.import_workbook(db, ORGANISER, workbook(changed(text_zh="改了？"), *rows[1:]), dry_run=False)
    assert (again.created, again.changed, again.unchanged) == (0, 1, 2)
    with db.read() as session:
        kept = {row.code: row for row in session.exec(select(Question)).all()}
    assert (kept["Q1"].text_zh, kept["Q2"].right, kept["Q3"].right) == ("改了？", ["a"], ["a", "c"])
    assert [option["zh"] for option in kept["Q2"].options] == ["正确", "错误"]


# fmt: off
FAULTS = {
    "unknown kind":        (changed(kind="填空题"),                        "题型",     "question.kind"),
    "unknown difficulty":  (changed(difficulty="很难"),                    "难度",     "question.difficulty"),
    "no text":             (changed(text_zh="", text_en=""),               "题干",     "required"),
    "one option":          (changed(b_zh="", b_en=""),                     "",         "question.options"),
    "the same twice":      (changed(b_zh="甲"),                            "",         "question.option"),
    "right one not there": (changed(right="D"),                            "正确答案", "question.right"),
    "two of a single":     (changed(right="A,B"),                          "正确答案", "question.right"),
    "one of a multiple":   (changed(kind="多选题", c_zh="丙"),             "正确答案", "question.right"),
    "neither yes nor no":  (changed(kind="判断题", right="也许"),          "正确答案", "question.right"),
    "a code with a space": (changed(code="Q 1"),                           "编码",     "invalid"),
    "too long":            (changed(text_zh="长" * 1001),                  "题干",     "too_long"),
}
# fmt: on


@pytest.mark.parametrize(("row", "column", "code"), FAULTS.values(), ids=FAULTS.keys())
def test_a_mistake_in_excel_is_named_by_row_column_and_cause(
    sqlite_db: Database, row: list[str], column: str, code: str
) -> None:
    outcome = questions.import_workbook(sqlite_db, ORGANISER, workbook(changed(code="Q0"), row), dry_run=False)
    assert [(error.row, error.column) for error in outcome.errors if error.error.code == code] == [(3, column)]
    with sqlite_db.read() as session:
        assert session.exec(select(Question)).all() == []


def test_the_demo_bank_goes_out_as_excel_and_gift_and_comes_back_unchanged(sqlite_db: Database) -> None:
    assert seed_bank(sqlite_db, ORGANISER).created == 120
    assert seed_bank(sqlite_db, ORGANISER).unchanged == 120
    for locale in ("zh_CN", "en"):
        data = questions.export_workbook(sqlite_db, ORGANISER, locale)
        outcome = questions.import_workbook(sqlite_db, ORGANISER, data, dry_run=False)
        assert (outcome.unchanged, outcome.errors) == (120, [])
    page = load_workbook(io.BytesIO(data))["Questions"]
    assert page.max_row == 121
    text = questions.export_gift(sqlite_db, ORGANISER)
    assert questions.import_gift(sqlite_db, ORGANISER, text).unchanged == 120
    with sqlite_db.read() as session:
        kept = {row.code: questions.values_of(row) for row in session.exec(select(Question)).all()}
    assert kept == {question.code: question for question in seed_questions()}


def test_a_mistake_in_gift_is_named_by_its_line_and_nothing_is_kept(sqlite_db: Database) -> None:
    data = b"Fine? {T}\n\n::Q2::Which? {=a}\n\n::Q 3::Which? {=a ~b\n"
    outcome = questions.import_file(sqlite_db, ORGANISER, "bank.GIFT", data, dry_run=False)
    assert [(error.row, error.error.code) for error in outcome.errors] == [(3, "gift.kind"), (5, "gift.braces")]
    with sqlite_db.read() as session:
        assert session.exec(select(Question)).all() == []
    assert refusal(lambda: questions.import_gift(sqlite_db, ORGANISER, b"\xff\xfe")).code == "gift.not_text"
    assert refusal(lambda: questions.import_file(sqlite_db, ORGANISER, "bank.docx", b"")).code == "invalid"


def test_only_organisers_reach_the_bank(sqlite_db: Database) -> None:
    for actor in (Actor(1, "mei", grants=(Granted(Role.BRANCH, Scope.BRANCH, 1),)), Actor(2, "nobody")):
        for act in (
            lambda who=actor: questions.import_gift(sqlite_db, who, b""),
            lambda who=actor: questions.import_workbook(sqlite_db, who, b""),
            lambda who=actor: questions.export_gift(sqlite_db, who),
            lambda who=actor: questions.export_workbook(sqlite_db, who, "en"),
            lambda who=actor: questions.find_questions(sqlite_db, who),
            lambda who=actor: questions.retire(sqlite_db, who, 1, 1),
            lambda who=actor: quiz_statistics.item_lines(sqlite_db, who, 1),
        ):
            assert refusal(act).code == "forbidden"


# -- figures


@pytest.fixture
def season(city: City) -> Iterator[Play]:
    """A season on a day on which the quiz is open."""
    with time_machine.travel(QUIZ_DAY, tick=False):
        yield play(city)


def test_a_code_that_stands_there_twice_is_told_once_whatever_the_bank_has_asked(season: Play) -> None:
    asked = season.attempt(attempts.start(season.db, season.lin)).questions[0]
    with season.db.write() as session:
        session.get_one(Question, asked).code = QUESTION_SHEETS[0].columns[0].example
    data = workbook(changed(code="Q900"), changed(code="Q900"))
    outcome = questions.import_workbook(season.db, season.organiser, data)
    assert [(error.row, error.error.code) for error in outcome.errors] == [(3, "spreadsheet.duplicate")]


def test_the_figures_are_those_that_numpy_computes_from_the_answers(season: Play) -> None:
    random = np.random.default_rng(5)
    known: dict[int, list[tuple[bool, int]]] = {}
    for _ in range(4):
        for name, me in season.people.items():
            attempt_id = attempts.start(season.db, me)
            wise = {"lin": 0.9, "mei": 0.5, "hu": 0.3}[name]
            right = [bool(one) for one in random.random(10) < wise]
            for position, fine in enumerate(right):
                letters = season.letters(attempt_id, position, fine)
                attempts.answer(season.db, me, attempt_id, position, letters)
            attempts.finish(season.db, me, attempt_id)
            for fine, question_id in zip(right, season.attempt(attempt_id).questions, strict=True):
                known.setdefault(question_id, []).append((fine, 1000 * (sum(right) - fine)))
    lines = quiz_statistics.item_lines(season.db, season.organiser, season.season_id)
    assert {line.question_id for line in lines} == set(known)
    for line in lines:
        fine, rest = map(np.array, zip(*known[line.question_id], strict=True))
        assert (line.answers, line.facility) == (len(fine), pytest.approx(fine.mean()))
        if line.discrimination is None:
            assert fine.std() == 0 or rest.std() == 0
        else:
            assert line.discrimination == pytest.approx(np.corrcoef(fine, rest)[0, 1])


def test_what_a_person_should_look_at_is_said_by_one_word() -> None:
    def sums(right: int, rest_of_right: int, answers: int = 100) -> ItemSums:
        return ItemSums(answers, right, 500_000, 2_600_000_000, rest_of_right)

    cases = {
        "few": sums(1, 5_000, answers=29), "negative": sums(50, 240_000), "easy": sums(97, 488_000),
        "hard": sums(10, 55_000), "weak": sums(50, 250_100), "": sums(50, 265_000),
    }  # fmt: skip
    assert {word: advice(one) for word, one in cases.items()} == {word: word for word in cases}
    assert (facility(sums(0, 0, 0)), discrimination(sums(100, 500_000))) == (None, None)


def test_the_command_line_imports_draws_exports_and_lists(house: Installation, tmp_path: Path) -> None:
    file = tmp_path / "bank.gift"
    file.write_text(gift.write(seed_questions()), "utf-8")

    def run(*arguments: str) -> str:
        ran = CliRunner().invoke(command_line(), ["quiz", *arguments])
        assert ran.exit_code == 0, ran.output
        return ran.output

    assert "120 new, 0 changed, 0 unchanged: would be imported" in run("import", str(file))
    assert "120 new, 0 changed, 0 unchanged: imported" in run("import", str(file), "--keep")
    assert "written" in run("export", str(tmp_path / "out.xlsx"))
    assert (tmp_path / "out.xlsx").read_bytes()[:2] == b"PK"
    faulty = tmp_path / "faulty.txt"
    faulty.write_text("Which? {=a}\n", "utf-8")
    ran = CliRunner().invoke(command_line(), ["quiz", "import", str(faulty)])
    assert ran.exit_code == 1
