"""Secrets among the settings: never printed, and used as they are."""

import re
from pathlib import Path

import pytest
from pydantic import SecretStr

from audit.__main__ import main
from audit.config import Settings, settings
from audit.db.models import Season
from audit.services.contest.keys import key

SECRETS = {
    "database_url": "postgresql+psycopg://rounds:{}@db.example/rounds?password={}",
    "queue_url": "postgresql+psycopg://rounds:{}@db.example/queue",
    "smtp_url": "mailtos://rounds:{}@smtp.example:587?from=a@example.com&pass={}",
    "sms_url": "https://rounds:{}@texts.example/send?token={}",
    "vote_key": "{}",
    "oidc_client_secret": "{}",
}


def test_no_setting_that_sounds_like_a_secret_or_like_an_address_with_one_is_a_plain_text() -> None:
    sounds = re.compile(r"secret|key|password|token|_url$")
    plain = {name for name, field in Settings.model_fields.items() if field.annotation is str and sounds.search(name)}
    assert plain == {"public_url"}
    secret = {name for name, field in Settings.model_fields.items() if field.annotation is SecretStr}
    assert secret == set(SECRETS)


@pytest.mark.parametrize("password", ["plain-password", "pa/ss", "p@ss@word", "p:/?#[]@ss", "口令", ""])
def test_of_a_secret_setting_nothing_is_printed_but_that_it_is_set(
    password: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ROUNDS_HOME", str(tmp_path))
    for name, text in SECRETS.items():
        monkeypatch.setenv(f"ROUNDS_{name.upper()}", text.replace("{}", f"begin{password}end") if password else "")
    settings.cache_clear()
    try:
        assert main(["settings"]) == 0
    finally:
        settings.cache_clear()
    told = capsys.readouterr()
    shown = "***" if password else '""'
    for name in SECRETS:
        assert f"ROUNDS_{name.upper()}={shown}\n" in told.out
    pieces = ("begin", password or "begin", "rounds:", "@db.example", "smtp.example", "texts.example")
    assert [piece for piece in pieces if piece in told.out + told.err + repr(Settings())] == []


def test_the_key_of_a_season_is_made_of_the_secret_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    season = Season(code="s", name_zh="s", salt="salt")
    for secret in ("one", "another"):
        monkeypatch.setattr(settings(), "vote_key", SecretStr(secret))
        assert key(season) == f"{secret}|salt".encode()
