"""The filters of a list, in one row and kept in the address: whoever gets the link sees the same list."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from zlib import crc32

import streamlit as st

from audit.ui.page import Here
from audit.ui.table import first_page

FEW = 15  # options that are seen at a glance; a field to type in would only bring up the keyboard


def search(me: Here, name: str = "q", page: str = "page") -> str:
    """The search box of a list, kept in the address as `name`; another search begins at the first `page`.

    Streamlit's own binding would take the text out of the address as soon as one thing of the list is opened.
    """

    def changed() -> None:
        first_page(page)
        st.query_params.pop(name, None)
        if st.session_state[name]:
            st.query_params[name] = st.session_state[name]

    given = st.query_params.get(name, "")
    return (
        st.text_input(me._("Search"), given, key=name, on_change=changed, type="search", placeholder="") or ""
    ).strip()


def told_apart(me: Here, options: Sequence[Any], words: Callable[[Any], str]) -> dict[Any, str]:
    """The words of each option; the same ones get a number: a browser tells options apart by their words alone, and
    would hand back another round of the same name. Lists begin with the newest: a newer one takes no other's number.
    """
    named: dict[Any, str] = {}
    seen: Counter[str] = Counter()
    for option in reversed(options):
        text = words(option)
        seen[text] += 1
        named[option] = text if seen[text] == 1 else me.aside(text, seen[text])
    return named


def one_of(me: Here, name: str, label: str, options: Sequence[Any], words: Callable[[str], str], none: str = "") -> str:
    """A choice of one option, or of none (empty), which means all of them, or what `none` says.

    The address holds the option's code. Streamlit's own binding would write its words, which differ by language.
    """
    texts = ["", *map(str, options)]
    named = told_apart(me, texts, lambda one: words(one) if one else none or me._("All"))
    given = st.query_params.get(name, "")
    key = f"filter_{name}"

    def changed() -> None:
        first_page()
        st.query_params.pop(name, None)
        if st.session_state[key]:
            st.query_params[name] = st.session_state[key]

    return (
        st.selectbox(
            label, texts, index=texts.index(given) if given in texts else 0, key=key, on_change=changed,
            placeholder=me._("Choose …"), filter_mode="fuzzy" if len(texts) > FEW else None,
            format_func=named.__getitem__,
        )
        or ""
    )  # fmt: skip


def also(name: str, label: str) -> bool:
    """Whether rows that usually are left out are listed too."""

    def changed() -> None:
        first_page()
        st.query_params.pop(name, None)
        if st.session_state[name]:
            st.query_params[name] = "true"

    return bool(st.toggle(label, st.query_params.get(name) == "true", key=name, on_change=changed))


def view(me: Here, options: Sequence[str], words: Callable[[str], str]) -> str:
    """How the list is shown (`?view=`): the first of the options unless another one was chosen."""
    given = st.query_params.get("view", "")

    def changed() -> None:
        chosen = st.session_state["filter_view"] or options[0]
        st.query_params.pop("view", None)
        if chosen != options[0]:
            st.query_params["view"] = chosen

    chosen = st.segmented_control(
        me._("View"), options, default=given if given in options else options[0], key="filter_view", required=True,
        format_func=words, on_change=changed, label_visibility="collapsed",
    )  # fmt: skip
    return chosen or options[0]


def clear(*kept: str) -> None:
    """Take all filters away but those named, from the address and from their widgets; for a button's `on_click`."""
    first_page()
    for name in set(st.query_params) - set(kept):
        st.query_params.pop(name)
        for key in (name, f"filter_{name}"):
            if key in st.session_state:
                st.session_state[key] = type(st.session_state[key])()  # "" or False


def one_id(me: Here, name: str, label: str, options: Mapping[int, str], forget: Sequence[str] = ()) -> int:
    """A choice of one thing by its id, never none: the first unless the address names another; `options` not empty.

    What `forget` names leaves the address with another choice.
    """
    named = told_apart(me, list(options), options.__getitem__)
    words = crc32("\n".join(named.values()).encode())  # a widget goes on showing the words that it was made with
    key, given, ids = f"filter_{name}_{words}", st.query_params.get(name, ""), list(options)

    def changed() -> None:
        st.query_params[name] = str(st.session_state[key])
        for other in forget:
            st.query_params.pop(other, None)

    place = next((place for place, one in enumerate(ids) if str(one) == given), 0)
    chosen = st.selectbox(
        label, ids, index=place, key=key, on_change=changed, format_func=named.__getitem__, placeholder=label,
        filter_mode="fuzzy" if len(ids) > FEW else None,
    )  # fmt: skip
    return int(chosen)
