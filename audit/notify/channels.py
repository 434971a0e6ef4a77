"""The ways to reach people outside: one table of kinds, what each asks for, and how it becomes an Apprise plug-in.

Nobody enters an Apprise address. Each kind asks for its own few fields, which are checked against a pattern, and only
the schemas of this table are enabled: nothing of Apprise that writes files, runs commands or talks to this machine can
be reached from a form. Webhooks go to hosts that the settings name, because the server may see what people must not.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from audit.config import Settings
from audit.errors import RoundsError

_TOKEN = r"[A-Za-z0-9_-]{8,120}"


@dataclass(frozen=True)
class Ask:
    """A field that a kind asks for. `pattern`: the value itself, or one group of the address that people copy."""

    name: str
    pattern: str
    required: bool = True


@dataclass(frozen=True)
class Kind:
    """A kind of channel; `plug_in` turns the checked fields into what Apprise makes a plug-in of."""

    zh: str
    en: str
    asks: tuple[Ask, ...]
    plug_in: Callable[[Mapping[str, str], Settings], dict[str, Any]]
    schemas: tuple[str, ...]


def _mail(secret: Mapping[str, str], config: Settings) -> dict[str, Any]:
    from apprise.plugins.email import NotifyEmail

    found: dict[str, Any] = NotifyEmail.parse_url(  # type: ignore[no-untyped-call]
        config.smtp_url.get_secret_value()
    )
    return {**found, "targets": [(False, secret["address"])]}


def _webhook(secret: Mapping[str, str], config: Settings) -> dict[str, Any]:
    _check_host(secret["url"], config)  # the settings may have changed since
    return post(secret["url"])


def post(url: str) -> dict[str, Any]:
    """What Apprise posts JSON to this address with. Raises `ValueError` for what is no address."""
    parts = urlsplit(url)
    return {
        "schema": "jsons" if parts.scheme == "https" else "json", "secure": parts.scheme == "https",
        "host": parts.hostname, "port": parts.port, "fullpath": parts.path, "params": dict(parse_qsl(parts.query)),
    }  # fmt: skip


# fmt: off
CHANNELS: dict[str, Kind] = {
    "email":    Kind("电子邮件", "E-mail",
                     (Ask("address", r"([^\s@<>,;:\"]{1,64}@[A-Za-z0-9.-]{1,100}\.[A-Za-z0-9-]{2,20})"),),
                     _mail, ("mailto", "mailtos")),
    "wecom":    Kind("企业微信群机器人", "WeCom group robot",
                     (Ask("key", rf"(?:https://qyapi\.weixin\.qq\.com/cgi-bin/webhook/send\?key=)?({_TOKEN})"),),
                     lambda secret, _config: {"schema": "wecombot", "key": secret["key"]}, ("wecombot",)),
    "dingtalk": Kind("钉钉群机器人", "DingTalk group robot",
                     (Ask("token", rf"(?:https://oapi\.dingtalk\.com/robot/send\?access_token=)?({_TOKEN})"),
                      Ask("sign", rf"({_TOKEN})", required=False)),
                     lambda secret, _config: {"schema": "dingtalk", "token": secret["token"],
                                              "secret": secret.get("sign") or None}, ("dingtalk",)),
    "feishu":   Kind("飞书群机器人", "Feishu group robot",
                     (Ask("token", rf"(?:https://open\.feishu\.cn/open-apis/bot/v2/hook/)?({_TOKEN})"),),
                     lambda secret, _config: {"schema": "feishu", "token": secret["token"]}, ("feishu",)),
    "webhook":  Kind("Webhook", "Webhook",
                     (Ask("url", r"(https?://[A-Za-z0-9.:-]{1,120}(?:/[A-Za-z0-9._~/%-]{0,200})?"
                                 r"(?:\?[A-Za-z0-9._~=&%-]{0,200})?)"),),
                     _webhook, ("json", "jsons")),
}
# fmt: on
SCHEMAS = tuple(schema for kind in CHANNELS.values() for schema in kind.schemas)


def offered(config: Settings) -> tuple[str, ...]:
    """The kinds that this installation can use: e-mail needs a mail server, webhooks need hosts that are allowed."""
    without = {"email": not config.smtp_url, "webhook": not config.webhook_hosts}
    return tuple(kind for kind in CHANNELS if not without.get(kind))


def checked(kind: str, given: Mapping[str, str], config: Settings) -> tuple[dict[str, str], str]:
    """What is kept of the fields, and the hint that may be shown of them.

    Raises `invalid` and `required` with the field, `channel.kind` for a kind that is not offered, `channel.host`.
    """
    if kind not in offered(config):
        raise RoundsError("channel.kind")
    kept = {}
    for ask in CHANNELS[kind].asks:
        text = str(given.get(ask.name) or "").strip()
        if not text and ask.required:
            raise RoundsError("required", field=f"channel_{ask.name}")
        found = re.fullmatch(ask.pattern, text)
        if text and not found:
            raise RoundsError("invalid", field=f"channel_{ask.name}")
        kept[ask.name] = found.group(1) if found else ""
    if kind == "webhook":
        _check_host(kept["url"], config)
    return kept, _hint(kept[CHANNELS[kind].asks[0].name], kind)


def _check_host(url: str, config: Settings) -> None:
    allowed = {one.strip().lower() for one in config.webhook_hosts.split(",") if one.strip()}
    try:
        parts = urlsplit(url)
        place = f"{parts.hostname}:{parts.port}" if parts.port else str(parts.hostname)
    except ValueError:
        raise RoundsError("invalid", field="channel_url") from None
    if place not in allowed:
        raise RoundsError("channel.host", host=place)


def _hint(value: str, kind: str) -> str:
    """Enough to tell one's channels apart, too little to use one."""
    if kind == "email":
        name, _, host = value.partition("@")
        return f"{name[:2]}…@{host}"
    return urlsplit(value).netloc if kind == "webhook" else f"…{value[-4:]}"
