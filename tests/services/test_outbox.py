"""Outside: real servers take what is sent; secrets are never shown back; failures are tried again and given up."""

import datetime as dt
import json
import logging
from pathlib import Path

import pytest
from sqlmodel import col, select

from audit.config import Settings
from audit.db.models import Channel, Delivery, Event
from audit.domain.messages import RETRY_AFTER, retry_at
from audit.errors import RoundsError
from audit.notify.channels import CHANNELS, SCHEMAS, checked, offered
from audit.notify.sending import IMPOSSIBLE, UNREACHABLE, send
from audit.services import clock
from audit.services.messages import channels
from audit.services.messages.outbox import LEASE, send_due
from audit.services.messages.relay import relay_all
from audit.services.messages.told import told as told_of
from tests.factories import City
from tests.looping import Loop, enter_the_loop
from tests.telling import Mailbox, Receiver, forget, settings_for

SECRET = "s3cret-token-4711"


@pytest.fixture
def loop(city: City) -> Loop:
    loop = enter_the_loop(city)
    forget(loop)
    return loop


def deliveries(loop: Loop) -> list[tuple[str, int, str]]:
    with loop.db.read() as session:
        rows = session.exec(select(Delivery).order_by(col(Delivery.id))).all()
        return [(row.state, row.attempts, row.error) for row in rows]


def test_what_is_urgent_goes_out_at_once_by_mail_and_by_webhook(loop: Loop, web: Receiver, mail: Mailbox) -> None:
    config, mei = settings_for(web, mail), loop.city.mei
    channels.add(loop.db, mei, config, "email", {"address": "mei@example.com"})
    channels.add(loop.db, mei, config, "webhook", {"url": web.url("/hook?token=" + SECRET)})
    finding = loop.draft(clause_zh="灯箱完好", clause_en="Light boxes are whole")
    notice = loop.issue()
    relay_all(loop.db)
    assert send_due(loop.db, config) == 2
    assert send_due(loop.db, config) == 0
    (path, body), (to, subject, text) = web.got[0], mail.mails[0]
    assert path == f"/hook?token={SECRET}"
    assert to == ["mei@example.com"]
    assert body["title"] == subject == f"整改通知书 {notice.number}：1 项待整改"
    assert "https://rounds.example/\n" in text.replace("\r", "")
    assert [row.state for row in told_of(loop.db, loop.city.wang, finding)] == ["unread", "sent", "sent"]
    assert [row.channel for row in told_of(loop.db, mei, finding)] == ["", "email", "webhook"]


def test_a_group_robot_of_the_branch_hears_once_however_many_answer_for_it(loop: Loop, web: Receiver) -> None:
    config, jiangbei = settings_for(web), loop.city.organisations["jiangbei"]
    with loop.db.write() as session:
        from audit.db.models import Account, Grant

        second = Account(sign_in_name="two", name="二", organisation_id=jiangbei, created_at=loop.at)
        session.add(second)
        session.flush()
        session.add(Grant(account_id=second.id or 0, role="branch", scope_kind="branch", scope_id=jiangbei))
    channels.add(loop.db, loop.city.mei, config, "webhook", {"url": web.url()}, jiangbei)
    loop.draft()
    loop.issue()
    relay_all(loop.db)
    assert send_due(loop.db, config) == 1
    assert len(web.got) == 1


def test_a_personal_word_is_not_passed_on_to_the_group(loop: Loop, web: Receiver) -> None:
    from audit.services.loop import conversation

    config = settings_for(web)
    finding = loop.rectifying()
    forget(loop)
    channels.add(loop.db, loop.city.mei, config, "webhook", {"url": web.url()}, loop.city.organisations["jiangbei"])
    conversation.say(loop.db, loop.city.wang, finding, "私下说", [loop.city.mei.account_id])
    relay_all(loop.db)
    assert send_due(loop.db, config) == 0
    assert web.got == []


def test_failures_are_tried_later_and_later_and_given_up_with_a_reason(loop: Loop, web: Receiver) -> None:
    config, mei = settings_for(web), loop.city.mei
    web.answers["/hook"] = 503
    channels.add(loop.db, mei, config, "webhook", {"url": web.url()})
    finding = loop.draft()
    loop.issue()
    relay_all(loop.db)
    now = loop.at
    for attempt, pause in enumerate(RETRY_AFTER, 1):
        with clock.stopped(now):
            assert send_due(loop.db, config) == 0
        assert deliveries(loop) == [("waiting", attempt, "refused:503")]
        with clock.stopped(now + pause - dt.timedelta(seconds=1)):
            send_due(loop.db, config)
        assert deliveries(loop)[0][1] == attempt, "too early"
        now += pause
    with clock.stopped(now):
        send_due(loop.db, config)
    assert deliveries(loop) == [("failed", len(RETRY_AFTER) + 1, "refused:503")]
    assert [row.error for row in told_of(loop.db, mei, finding)] == ["", "refused:503"]
    with clock.stopped(now + dt.timedelta(days=9)):
        send_due(loop.db, config)
    assert web.got == []


def test_the_pauses_grow() -> None:
    assert list(RETRY_AFTER) == sorted(set(RETRY_AFTER))
    assert retry_at(dt.datetime(2026, 1, 1, tzinfo=dt.UTC), len(RETRY_AFTER) + 1) is None


def test_a_sender_killed_after_the_sending_sends_again_and_one_at_work_is_left_alone(
    loop: Loop, web: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    config = settings_for(web)
    channels.add(loop.db, loop.city.mei, config, "webhook", {"url": web.url()})
    loop.draft()
    loop.issue()
    relay_all(loop.db)

    def sent_and_killed(*given: object) -> str:
        assert send(*given) == ""  # type: ignore[arg-type]
        raise Killed

    monkeypatch.setattr("audit.services.messages.outbox.send", sent_and_killed)
    with clock.stopped(loop.at), pytest.raises(Killed):
        send_due(loop.db, config)
    monkeypatch.undo()
    with clock.stopped(loop.at + LEASE / 2):
        assert send_due(loop.db, config) == 0
    with clock.stopped(loop.at + LEASE):
        assert send_due(loop.db, config) == 1
    assert len(web.got) == 2
    assert deliveries(loop) == [("sent", 1, "")]


def test_a_removed_channel_forgets_its_secret_and_sends_nothing_more(loop: Loop, web: Receiver) -> None:
    config, mei = settings_for(web), loop.city.mei
    number = channels.add(loop.db, mei, config, "webhook", {"url": web.url("/" + SECRET)})
    loop.draft()
    loop.issue()
    relay_all(loop.db)
    channels.remove(loop.db, mei, number)
    channels.remove(loop.db, mei, number)
    assert send_due(loop.db, config) == 0
    assert deliveries(loop)[0][0] == "dropped"
    with loop.db.read() as session:
        assert session.get_one(Channel, number).secret == {}


def test_a_secret_is_in_no_event_no_view_and_no_log(
    loop: Loop, web: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    config, mei = settings_for(web), loop.city.mei
    caplog.set_level(logging.DEBUG)
    number = channels.add(loop.db, mei, config, "webhook", {"url": web.url("/" + SECRET)})
    web.answers["/" + SECRET] = 404
    assert channels.test(loop.db, mei, config, number) == "refused:404"
    loop.draft()
    loop.issue()
    relay_all(loop.db)
    send_due(loop.db, config)
    with loop.db.read() as session:
        events = json.dumps([row.data for row in session.exec(select(Event)).all()], ensure_ascii=False)
    assert SECRET not in events
    assert SECRET not in repr(channels.channels_of(loop.db, mei))
    assert SECRET not in "\n".join(record.getMessage() for record in caplog.records)
    assert channels.channels_of(loop.db, mei)[0].hint == f"127.0.0.1:{web.port}"


def test_a_test_says_clearly_how_it_went(loop: Loop, web: Receiver, mail: Mailbox) -> None:
    config, mei = settings_for(web, mail), loop.city.mei
    number = channels.add(loop.db, mei, config, "email", {"address": "mei@example.com"})
    with clock.stopped(loop.at):
        assert channels.test(loop.db, mei, config, number) == ""
        with pytest.raises(RoundsError, match=r"channel\.wait"):
            channels.test(loop.db, mei, config, number)
    assert mail.mails[0][1] == "巡检系统的测试消息"
    later = loop.at + dt.timedelta(minutes=1)
    with clock.stopped(later):
        gone = settings_for(mail=Mailbox(1))
        assert channels.test(loop.db, mei, gone, number) == UNREACHABLE
    with clock.stopped(later + dt.timedelta(minutes=1)):
        assert channels.test(loop.db, mei, Settings(), number) == IMPOSSIBLE
    assert channels.channels_of(loop.db, mei)[0].test_error == IMPOSSIBLE


def test_nobody_reaches_anothers_channels(loop: Loop, web: Receiver) -> None:
    config, city = settings_for(web), loop.city
    jiangbei, yuzhong = city.organisations["jiangbei"], city.organisations["yuzhong"]
    own = channels.add(loop.db, city.mei, config, "webhook", {"url": web.url()})
    shared = channels.add(loop.db, city.mei, config, "webhook", {"url": web.url()}, jiangbei)
    for number in (own, shared):
        for reach in (channels.remove, lambda db, who, one: channels.test(db, who, config, one)):
            with pytest.raises(RoundsError, match=r"not_found|forbidden"):
                reach(loop.db, city.wang, number)
    with pytest.raises(RoundsError, match="not_found"):
        channels.add(loop.db, city.mei, config, "webhook", {"url": web.url()}, yuzhong)
    with pytest.raises(RoundsError, match="forbidden"):
        channels.channels_of(loop.db, city.lin, jiangbei)
    assert len(channels.channels_of(loop.db, city.adam, jiangbei)) == 1
    assert channels.channels_of(loop.db, city.wang) == []


def test_five_channels_are_enough(loop: Loop, web: Receiver) -> None:
    config = settings_for(web)
    for _ in range(channels.MOST):
        channels.add(loop.db, loop.city.mei, config, "webhook", {"url": web.url()})
    with pytest.raises(RoundsError, match="too_many"):
        channels.add(loop.db, loop.city.mei, config, "webhook", {"url": web.url()})


# fmt: off
REFUSED = {
    "a file":               ("webhook",  {"url": "file:///etc/passwd"},                   "invalid"),
    "another host":         ("webhook",  {"url": "http://169.254.169.254/latest"},        "channel.host"),
    "another port":         ("webhook",  {"url": "http://127.0.0.1:22/"},                 "channel.host"),
    "a name before a host": ("webhook",  {"url": "http://127.0.0.1:80@evil.example/"},    "invalid"),
    "a port that is none":  ("webhook",  {"url": "http://127.0.0.1:99999/"},              "invalid"),
    "a second schema":      ("webhook",  {"url": "http://127.0.0.1:80/?a=1 syslog://"},   "invalid"),
    "nothing":              ("webhook",  {"url": " "},                                    "required"),
    "a local command":      ("script",   {"url": "x"},                                    "channel.kind"),
    "the log":              ("syslog",   {},                                              "channel.kind"),
    "the desktop":          ("dbus",     {},                                              "channel.kind"),
    "two addresses":        ("email",    {"address": "a@b.cn,c@d.cn"},                    "invalid"),
    "a header":             ("email",    {"address": "a@b.cn\nBcc: c@d.cn"},              "invalid"),
    "an own mail server":   ("email",    {"address": "a:pw@smtp.evil.example/?to=b@c.d"}, "invalid"),
    "a key with a query":   ("wecom",    {"key": "abcdefgh?to=x"},                        "invalid"),
    "another robot":        ("dingtalk", {"token": "https://evil.example/?access_token=abcdefgh"}, "invalid"),
    "a path out":           ("feishu",   {"token": "../../../etc"},                       "invalid"),
}
# fmt: on


@pytest.mark.parametrize(("kind", "given", "code"), REFUSED.values(), ids=REFUSED.keys())
def test_what_could_be_abused_is_refused(kind: str, given: dict[str, str], code: str) -> None:
    config = Settings(webhook_hosts="127.0.0.1:80", smtp_url="mailto://127.0.0.1")
    with pytest.raises(RoundsError, match=code):
        checked(kind, given, config)


def test_only_what_the_settings_allow_is_offered(tmp_path: Path) -> None:
    assert offered(Settings()) == ("wecom", "dingtalk", "feishu")
    assert offered(Settings(webhook_hosts="a", smtp_url="mailto://b")) == tuple(CHANNELS)
    with pytest.raises(RoundsError, match="unsafe"):
        Settings(smtp_url=f"file://{tmp_path}/x").check()
    assert not list(tmp_path.iterdir())


def test_apprise_knows_no_schema_beside_those_of_the_table() -> None:
    import apprise

    send("feishu", {}, "", "", Settings())
    enabled = set(apprise.manager_plugins.NotificationManager().schemas(include_disabled=False))
    assert not {"file", "syslog", "dbus", "gnome", "windows", "macosx", "ssh", "exec"} & enabled
    assert set(SCHEMAS) <= enabled
    assert apprise.Apprise.instantiate("syslog://") is None


ROBOTS = {
    "wecom": ({"key": "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=693a91f6-7xxx-4bc4"}, "wecombot"),
    "dingtalk": ({"token": "4c6bf0a0c3d14b2e", "sign": "SEC6bf0a0c3d14b2e"}, "dingtalk"),
    "feishu": ({"token": "https://open.feishu.cn/open-apis/bot/v2/hook/6bf0a0c3-d14b"}, "feishu"),
}


@pytest.mark.parametrize("kind", ROBOTS)
def test_each_robot_is_told_in_its_own_form(kind: str, web: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    """Their addresses are fixed in the library: only the host is exchanged for a receiver here."""
    from apprise.manager_plugins import NotificationManager

    given, schema = ROBOTS[kind]
    secret, hint = checked(kind, given, Settings())
    monkeypatch.setattr(NotificationManager()[schema], "notify_url", web.url("/robot"))
    assert send(kind, secret, "标题", "正文", Settings()) == ""
    assert "正文" in json.dumps(web.got[0][1], ensure_ascii=False)
    assert hint.startswith("…")
