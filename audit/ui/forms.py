"""Inputs that many pages share: bilingual pairs, choices of words, confirmation, history, one-time passwords.

Fields have no keys: a widget is then known by its label and its first value, so that what was typed about one thing
never turns up in the form of another.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st

from audit.i18n import format_instant, pick
from audit.services import accounts
from audit.services.organisations import history
from audit.ui.asking import asking
from audit.ui.filters import FEW
from audit.ui.page import Here, done, here, plain, refusals
from audit.ui.table import Col, sub, table
from audit.ui.words import field_label


def label(locale: str, code: str, required: bool = False) -> str:
    """A field's label; a star where the field is required."""
    return field_label(locale, code) + (" *" if required else "")


def line(
    locale: str, code: str, value: str | None = "", limit: int = 80, required: bool = False, **options: Any
) -> str:
    """A text input for a field."""
    return st.text_input(label(locale, code, required), value or "", max_chars=limit, **options) or ""


def both(locale: str, code: str, zh: str = "", en: str = "", limit: int = 80, **more: bool) -> tuple[str, str]:
    """A bilingual pair side by side, Chinese first; `required` (in Chinese), `long` (several lines)."""
    left, right = st.columns(2)
    draw = st.text_area if more.get("long") else st.text_input
    with left:
        first = draw(label(locale, f"{code}_zh", more.get("required", False)), zh, max_chars=limit)
    with right:
        second = draw(label(locale, f"{code}_en"), en, max_chars=limit)
    return first or "", second or ""


def choose(
    here: Here, code: str, options: Sequence[Any], words: Callable[[Any], str], index: int | None = 0, **more: Any
) -> Any:
    """A select box for a field, labelled and with a placeholder in the person's language."""
    return st.selectbox(
        label(here.locale, code, more.pop("required", False)),
        options,
        index=index,
        format_func=words,
        placeholder=here._("Choose …"),
        filter_mode="fuzzy" if len(options) > FEW else None,
        **more,
    )


def place(locale: str, latitude: float | None, longitude: float | None) -> tuple[Any, Any]:
    """Latitude and longitude as typed; the service checks them."""
    left, right = st.columns(2)
    with left:
        north = line(locale, "latitude", "" if latitude is None else str(latitude), 20)
    with right:
        east = line(locale, "longitude", "" if longitude is None else str(longitude), 20)
    return north, east


def confirm(title: str, what: str, act: str, do: Callable[[Here], str]) -> None:
    """Ask before a destructive step: say what will happen, do it, tell what was done (`do` returns that sentence)."""

    @asking(plain(title))
    def ask() -> None:
        me = here()
        st.text(what)
        with st.container(horizontal=True):
            go_on = st.button(act, type="primary", key="confirm_yes")
            if st.button(me._("Cancel"), key="confirm_no"):
                st.rerun()
        if go_on:
            with refusals(me.locale):
                done(do(me))
                st.rerun()

    ask()


def show_history(me: Here, kind: str, number: int) -> None:
    """What happened to one thing, newest first: when, who, what, old → new."""
    _ = me._
    with st.expander(_("History")):
        rows = []
        for event, who in history(me.db, me.actor, kind, number):
            what = [me.word("verb", event.verb), *(sub(text) for text in _changes(me, event.data))]
            rows.append((event.seq, [format_instant(me.locale, event.at), who or _("System"), what]))
        table(f"history_{kind}", [Col(_("When")), Col(_("Who")), Col(_("What"))], rows, _("History"))


def _changes(me: Here, data: Mapping[str, Any]) -> list[str]:
    changes = data.get("changes")
    if not isinstance(changes, dict):
        return []
    line = me._("{what}: {text}")
    return [
        line.format(what=field_label(me.locale, name), text=f"{_told(me, old)} → {_told(me, new)}")
        for name, (old, new) in changes.items()
    ]


def _told(me: Here, value: Any) -> str:
    if isinstance(value, Mapping):  # item code → reasons
        return me.several(me.aside(code, pick(me.locale, why["zh"], why["en"])) for code, why in value.items()) or "–"
    return "–" if value in (None, "") else str(value)


def show_password(me: Here, name: str, password: str) -> None:
    """A one-time password, shown this once: instead of what made it, so that no further tap takes it away."""
    _ = me._
    st.success(plain(_("One-time password for {name}").format(name=name)))
    st.code(password, language=None)
    st.caption(_("Hand it over now: it is shown only once. At the first sign-in the person chooses their own."))
    if st.button(_("Done"), type="primary"):
        st.rerun()


def reset_password(number: int, version: int, name: str) -> None:
    """Ask, reset the password of an account, and show the new one this once."""

    password = ""

    @asking(here()._("Reset the password?"), on_dismiss="rerun")
    def ask() -> None:
        nonlocal password
        me = here()
        if password:
            show_password(me, name, password)
            return
        st.text(me._("The old password ends, and the person is signed out everywhere."))
        if st.button(me._("Reset"), type="primary"):
            with refusals(me.locale):
                password = accounts.reset_password(me.db, me.actor, number, version)
                st.rerun(scope="fragment")

    ask()
