"""The Streamlit settings that this product cannot do without, asserted at the start.

They stand in `.streamlit/config.toml`. Under `audit serve` Streamlit reads no `STREAMLIT_*` variable, and one of them
is a hidden option that a later Streamlit might drop: so they are looked at, not believed.
"""

from typing import Any

import streamlit as st

from audit.errors import RoundsError

# fmt: off
NEEDED: dict[str, Any] = {
    "runner.postScriptGC":       False,  # a full garbage collection after every tap costs 36 tablets 400 ms a tap
    "server.trustedUserHeaders": {"X-Rounds-Account": "account_id"},  # without it one session can take over another
    "server.enableXsrfProtection": True,
    "client.showErrorDetails":   "none",  # tracebacks are for the log
    "browser.gatherUsageStats":  False,
    "logger.level":              "warning",  # "info" would print the path of each websocket
}
# fmt: on


def assert_settings() -> None:
    """Raise `settings.unsafe` when a needed setting has another value."""
    for name, wanted in NEEDED.items():
        found = st.get_option(name)
        if found != wanted:
            raise RoundsError("settings.unsafe", name=f".streamlit/config.toml {name}", reason=f"{found!r}")
