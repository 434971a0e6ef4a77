"""One-time codes leave by the channel of the settings: a text gateway and a mail server that are really there."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from audit.config import Settings, settings
from audit.errors import RoundsError
from audit.services.contest import codes
from audit.services.contest.codes import CodeMessage
from tests.telling import Mailbox, Receiver

Configure = Callable[..., None]


@pytest.fixture
def configure(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Configure]:
    """Sets variables of the environment for this process."""

    def put(**values: str) -> None:
        monkeypatch.setenv("ROUNDS_HOME", str(tmp_path))
        for name, value in values.items():
            monkeypatch.setenv(f"ROUNDS_{name.upper()}", value)
        settings.cache_clear()

    yield put
    settings.cache_clear()


def mail_url(office: Mailbox) -> str:
    return f"mailto://127.0.0.1:{office.port}?from=rounds@example.com&name=Rounds"


def test_a_text_gateway_gets_the_phone_and_the_sentence_alone(configure: Configure, web: Receiver) -> None:
    configure(code_channel="sms", sms_url=web.url("/sms?key=abc"))
    codes.send(CodeMessage("contestant", "123456", phone="13912345678"))
    assert web.got == [
        (
            "/sms?key=abc",
            {"phone": "13912345678", "message": "您的一次性验证码为 123456，10 分钟内有效，仅可使用一次。"},
        )
    ]


def test_who_has_no_phone_gets_the_code_by_mail(configure: Configure, web: Receiver, mail: Mailbox) -> None:
    configure(code_channel="sms", sms_url=web.url(), smtp_url=mail_url(mail))
    codes.send(CodeMessage("contestant", "123456", "en", email="hu@example.com"))
    (letter,) = mail.mails
    assert letter[:2] == (["hu@example.com"], "One-time code")
    assert "123456" in letter[2]
    assert web.got == []


def test_a_gateway_that_refuses_stands_in_the_log_without_the_code(
    configure: Configure, web: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    web.answers["/sms"] = 500
    configure(code_channel="sms", sms_url=web.url("/sms?key=secret-key"))
    codes.send(CodeMessage("voter", "123456", phone="13912345678"))
    assert "could not be sent" in caplog.text
    for secret in ("123456", "13912345678", "secret-key"):
        assert secret not in caplog.text


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"code_channel": "pigeon"}, "ROUNDS_CODE_CHANNEL"),
        ({"code_channel": "sms"}, "ROUNDS_SMS_URL"),
        ({"code_channel": "sms", "sms_url": "gateway.example"}, "ROUNDS_SMS_URL"),
        ({"code_channel": "email"}, "ROUNDS_SMTP_URL"),
    ],
)
def test_a_channel_that_cannot_work_is_told_at_the_start(given: dict[str, str], named: str) -> None:
    with pytest.raises(RoundsError) as caught:
        Settings(**given).check()  # type: ignore[arg-type]
    assert (caught.value.code, caught.value.params["name"]) == ("settings.unsafe", named)
