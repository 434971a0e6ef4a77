"""Sending one text by one channel, through Apprise. Nothing of a secret reaches a log, and no redirect is followed."""

import logging
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from audit.config import Settings
from audit.errors import RoundsError
from audit.notify.channels import CHANNELS, SCHEMAS, post

UNREACHABLE, REFUSED, IMPOSSIBLE = "unreachable", "refused", "impossible"
log = logging.getLogger("audit.notify")


def send(kind: str, secret: Mapping[str, str], title: str, body: str, config: Settings) -> str:
    """Hand a text over; "" when the other side took it, else why not: unreachable, refused:<status>, impossible.

    Group robots of WeCom, DingTalk and Feishu answer 200 to a wrong key too, so only the reader knows whether it came.
    """
    try:
        fields = CHANNELS[kind].plug_in(secret, config)
    except (KeyError, TypeError, ValueError, RoundsError):
        return IMPOSSIBLE
    return _deliver(kind, fields, title, body)


def text_phone(phone: str, body: str, config: Settings) -> str:
    """Ask the operator's gateway to text a phone: a POST of {"phone": …, "message": …} as JSON; answers like `send`."""
    try:
        fields = post(config.sms_url.get_secret_value())
    except ValueError:
        return IMPOSSIBLE
    told = {"phone": phone, "version": "", "title": "", "attachments": "", "type": ""}  # "": left out of what is posted
    return _deliver("sms", {**fields, "payload": told}, "", body)


def _deliver(kind: str, fields: Mapping[str, Any], title: str, body: str) -> str:
    apprise = _apprise()
    asset = apprise.AppriseAsset(http_redirects=False, app_id="Rounds", app_desc="Rounds", async_mode=False)
    plug_in: Any = apprise.Apprise.instantiate({**fields, "asset": asset}, asset=asset, suppress_exceptions=True)
    if plug_in is None:
        return IMPOSSIBLE
    with apprise.LogCapture(level=logging.WARNING) as said:
        done = plug_in.notify(title=title, body=body, body_format=apprise.NotifyFormat.TEXT)
        told = said.getvalue()
    if done:
        return ""
    status = re.search(r"error=(\d{3})", told)
    log.info("%s was not sent: %s", kind, f"status {status[1]}" if status else "no connection")
    return f"{REFUSED}:{status[1]}" if status else UNREACHABLE


@lru_cache(maxsize=1)
def _apprise() -> Any:
    """The library, loaded at first use, with nothing enabled but the schemas of our table, and made discreet."""
    import apprise

    manager: Any = apprise.manager_plugins.NotificationManager
    manager().enable_only(*SCHEMAS)
    for name in ("apprise", "urllib3"):  # below this level they write whole addresses, secrets included
        logging.getLogger(name).setLevel(logging.WARNING)
    return apprise
