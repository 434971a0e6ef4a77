"""The command line: exit 0 and the result on stdout, or not 0 and one clear line on stderr."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import text

from audit.__main__ import main
from audit.config import PROJECT, Settings, settings
from audit.db.engine import Database
from audit.db.models import Account
from audit.services.holding import held
from audit.services.installation import installation
from tests.factories import NOW
from tests.ports import free_port


@pytest.fixture
def process(tmp_path: Path):
    """Runs `python -m audit …` on an empty data folder, as a process of its own: two seconds each."""

    def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        surroundings = {**os.environ, "ROUNDS_HOME": str(tmp_path), **environment}
        command = [sys.executable, "-m", "audit", *arguments]
        return subprocess.run(command, cwd=PROJECT, env=surroundings, capture_output=True, text=True, check=False)

    return run


@pytest.fixture
def audit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    """Runs what `python -m audit …` runs, within this process."""
    monkeypatch.setenv("ROUNDS_HOME", str(tmp_path))

    def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        capsys.readouterr()
        with monkeypatch.context() as now:
            for name, value in environment.items():
                now.setenv(name, value)
            _forget_the_settings()
            code = main(arguments)
        _forget_the_settings()
        told = capsys.readouterr()
        return subprocess.CompletedProcess(arguments, code, told.out, told.err)

    return run


def _forget_the_settings() -> None:
    settings.cache_clear()
    installation.cache_clear()


def _refused(ran: subprocess.CompletedProcess[str], *words: str) -> None:
    assert ran.returncode != 0
    assert ran.stdout == ""
    assert len(ran.stderr.strip().splitlines()) == 1, ran.stderr
    for word in words:
        assert word in ran.stderr


def test_a_real_start_needs_no_browser(audit) -> None:
    made = audit("init", "--name", "chief")
    assert made.returncode == 0, made.stderr
    assert "one-time password: " in made.stdout
    _refused(audit("init", "--name", "second"), "setup.already_done")
    added = audit("user", "add", "wang", "--name", "王镕", "--role", "marketing")
    assert (added.returncode, "one-time password of wang: " in added.stdout) == (0, True), added.stderr
    assert "wang\t王镕\tmarketing" in audit("user", "list").stdout
    _refused(audit("user", "add", "wang"), "account.name_taken")
    _refused(audit("user", "add", "hu", "--role", "hall"), "account.grant_invalid")
    _refused(audit("user", "reset", "nobody"), "not_found")
    assert audit("user", "deactivate", "wang").returncode == 0
    _refused(audit("user", "deactivate", "chief"), "account.last_administrator")
    assert audit("user", "open").stdout == "no open work hangs on a deactivated account\n"
    verified = audit("verify")
    assert (verified.returncode, verified.stdout.startswith("history intact: ")) == (0, True)
    assert audit("migrate").stdout.startswith("schema: ")


def test_a_process_ends_with_the_result_and_0_or_with_one_line_and_another_code(process) -> None:
    made = process("init", "--name", "chief")
    assert (made.returncode, "one-time password: " in made.stdout) == (0, True), made.stderr
    _refused(process("init", "--name", "second"), "setup.already_done")
    _refused(process("user", "frobnicate"), "frobnicate")


def test_a_short_name_is_found_among_many_that_hold_it(audit, tmp_path: Path) -> None:
    assert audit("init", "--name", "li").returncode == 0
    db = Database(f"sqlite:///{tmp_path / 'rounds.sqlite3'}")
    with db.write() as session:  # all of them come before it, and fill the first page of a list
        session.add_all(Account(sign_in_name=f"a{n}li", name="李", created_at=NOW) for n in range(30))
    db.close()
    reset = audit("user", "reset", "li")
    assert reset.stdout.startswith("one-time password of li: "), reset.stderr


def test_a_weak_first_password_is_one_clear_line(audit) -> None:
    _refused(audit("init", ROUNDS_INIT_PASSWORD="short"), "account.weak_password", "at least 10 characters")


def test_every_setting_is_listed_with_its_meaning(audit) -> None:
    listed = audit("settings").stdout
    for name, field in Settings.model_fields.items():
        assert f"ROUNDS_{name.upper()}=" in listed
        assert str(field.description) in listed


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("no-such-command",), ("No such command",)),
        (("demo", "--today", "tomorrow"), ("--today",)),
        (("checklist", "check", "missing.yaml"), ("missing.yaml",)),
        (("report", "--branch", "nowhere", "--out", "x.pdf"), ("[",)),
    ],
    ids=["unknown command", "bad day", "missing file", "unknown branch"],
)
def test_a_mistake_is_one_clear_line(audit, arguments: tuple[str, ...], words: tuple[str, ...]) -> None:
    _refused(audit(*arguments), *words)


def test_unsafe_settings_stop_the_server_with_one_clear_line(audit) -> None:
    _refused(audit("serve", ROUNDS_HOST="0.0.0.0", ROUNDS_PUBLIC_URL="http://10.0.0.5:8501"), "ROUNDS_PUBLIC_URL")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ROUNDS_PORT", "99999"),
        ("ROUNDS_REPORT_NUMBER", "{year}"),
        ("ROUNDS_DATABASE_URL", "mysql://db.example/rounds"),
        ("ROUNDS_QUEUE_URL", "redis://db.example"),
        ("ROUNDS_PHOTO_STORE", "ftp://files.example/photos"),
        ("ROUNDS_PUBLIC_URL", "rounds.example"),
        ("ROUNDS_SMTP_URL", "smtp://mail.example"),
        ("ROUNDS_HOME", __file__),
    ],
)
def test_a_setting_that_cannot_be_used_is_one_clear_line_that_names_it(audit, name: str, value: str) -> None:
    _refused(audit("settings", **{name: value}), name, "settings.unsafe")


def test_the_address_is_that_of_the_port_where_none_is_set(audit) -> None:
    assert 'ROUNDS_PUBLIC_URL="http://localhost:9000"\n' in audit("settings", ROUNDS_PORT="9000").stdout
    told = audit("settings", ROUNDS_PORT="9000", ROUNDS_PUBLIC_URL="https://rounds.example").stdout
    assert 'ROUNDS_PUBLIC_URL="https://rounds.example"\n' in told


@pytest.mark.parametrize("command", [("verify",), ("serve",), ("worker",)], ids=" ".join)
def test_a_database_that_cannot_be_used_is_one_clear_line(audit, tmp_path: Path, command: tuple[str, ...]) -> None:
    closed = f"postgresql+psycopg://rounds:secret@127.0.0.1:{free_port()}/rounds"
    away = audit(*command, ROUNDS_DATABASE_URL=closed)
    _refused(away, "setup.database_unusable", "127.0.0.1")
    assert "secret" not in away.stderr
    file = tmp_path / "rounds.sqlite3"
    file.write_text("no database")
    _refused(audit(*command), "setup.database_unusable")
    file.unlink()
    assert audit("init").returncode == 0
    db = Database(f"sqlite:///{file}")
    with db.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = 'of tomorrow'"))
    db.close()
    _refused(audit(*command), "setup.database_newer", "of tomorrow")


@pytest.mark.filterwarnings("error::sqlalchemy.exc.SAWarning")  # which would be lines on stderr, every night
def test_a_backup_tells_its_age_and_that_one_is_due(audit, tmp_path: Path) -> None:
    assert audit("init").returncode == 0
    due = audit("backup")
    assert (due.returncode, due.stdout) == (1, "last backup: ⚠ never\n")
    made = audit("backup", str(tmp_path / "copies"))
    assert made.returncode == 0, made.stderr
    assert made.stdout.startswith("last backup before: ⚠ never\nbackup: ")
    fresh = audit("backup")
    assert (fresh.returncode, "UTC, 0 hours ago" in fresh.stdout, "⚠" in fresh.stdout) == (0, True, False)


# fmt: off
MISTAKES = {
    # file           what stands in the hall list       what was made of it               code
    "key.yaml":     ("text_en: Answers correct",       "texten: Answers correct",        "checklist.key_unknown"),
    "code.yaml":    ("      - code: B07",              "      - code: B06",              "checklist.code_duplicate"),
    "ask.yaml":     ("show_if: \"${C03} != 'na'\"",    "show_if: \"${C99} != 'na'\"",    "checklist.condition_unknown"),
    "weight.yaml":  ("    weight: 30",                 "    weight: 30.5",               "checklist.type"),
}
# fmt: on


@pytest.mark.parametrize(("language", "files"), [("en", tuple(MISTAKES)), ("zh", ("ask.yaml",))], ids=["en", "zh"])
def test_every_mistake_in_a_checklist_is_told_with_file_line_and_cause_and_the_exit_code_is_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], language: str, files: tuple[str, ...]
) -> None:
    hall, wanted = (PROJECT / "checklists" / "hall.yaml").read_text("utf-8"), {}
    for name in files:
        old, new, code = MISTAKES[name]
        (tmp_path / name).write_text(hall.replace(old, new, 1), "utf-8")
        wanted[f"{tmp_path / name}:{hall[: hall.index(old)].count(chr(10)) + 1}"] = f"[{code}]"
    (tmp_path / "good.yaml").write_text(hall, "utf-8")
    good, *faulty = [str(tmp_path / name) for name in ("good.yaml", *files)]
    assert main(["checklist", "check", good, *faulty, "--language", language]) == 1
    told = capsys.readouterr()
    assert [line.split(":")[0] for line in told.out.splitlines()] == [good], "only the good one is summed up"
    causes = dict(line.split(": ", 1) for line in told.err.splitlines())
    for place, code in wanted.items():
        sentence = causes[place].removesuffix(code)
        assert sentence != causes[place], causes[place]
        assert bool(re.search(r"[\u4e00-\u9fff]{2}", sentence)) == (language == "zh"), sentence
    assert (main(["checklist", "check", good]), capsys.readouterr().err) == (0, "")


HOLD = """
import sys
from pathlib import Path
from audit.services.holding import held

with held(Path(sys.argv[1]), "home.in_use"):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_nothing_is_served_from_a_folder_that_is_being_filled_and_a_kill_ends_that(audit, tmp_path: Path) -> None:
    filling = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with filling:
        assert filling.stdout
        assert filling.stdout.readline() == b"held\n"
        _refused(audit("serve"), "home.being_filled", str(tmp_path))
        _refused(audit("worker"), "home.being_filled")
        _refused(audit("demo", "--small"), "home.in_use")
        _refused(audit("demo", "--if-empty"), "home.in_use")
        filling.kill()
    _refused(audit("restore", str(tmp_path / "copies")), "backup.none")  # it could hold the folder


def test_a_folder_that_is_served_is_not_filled_and_may_be_served_twice(audit, tmp_path: Path) -> None:
    with held(tmp_path, "home.being_filled", together=True), held(tmp_path, "home.being_filled", together=True):
        _refused(audit("demo", "--small"), "home.in_use")
        _refused(audit("restore", str(tmp_path / "copies")), "home.in_use")
    _refused(audit("restore", str(tmp_path / "copies")), "backup.none")
