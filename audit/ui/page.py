"""The frame of a page: who is here and in which language, the title and its purpose, and what a refusal looks like."""

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode

import streamlit as st

from audit.db.engine import Database
from audit.domain.permissions import Actor
from audit.errors import RoundsError
from audit.i18n import aside, message, negotiate, pick, translator
from audit.services.installation import installation
from audit.ui.identity import current_actor
from audit.ui.words import N_, WORDS, field_label, word

_LINKS = re.compile(r"\\:|www|@")  # what makes a text a link by itself: a word joiner after it, unseen, ends that
# Pages that lead to a thing of another.
FOLLOWED = {
    "my_visits": N_("My visits"), "rounds": N_("Plan and progress"), "home": N_("Today"), "board": N_("Board"),
    "rectifications": N_("Rectifications"), "together": N_("Answer together"), "reinspections": N_("Re-inspections"),
    "messages": N_("Messages"), "findings": N_("Findings"), "escalations": N_("Escalations"),
}  # fmt: skip
_MARKS = re.compile(r"([\\`*_{}\[\]()<>#+\-!|~$:&])")


@dataclass(frozen=True)
class Here:
    """The signed-in person on this page: database, authority, language."""

    db: Database
    actor: Actor
    locale: str
    _: Callable[[str], str]

    def pick(self, thing: Any, name: str = "name") -> str:
        """A bilingual field of a row in the person's language, e.g. `pick(outlet)` or `pick(round, "name")`."""
        return pick(self.locale, getattr(thing, f"{name}_zh"), getattr(thing, f"{name}_en"))

    def counted(self, count: int, one: str, many: str, **more: object) -> str:
        """A text with a number, marked with `N_` in both forms: `one` is what English says of a single thing."""
        return self._(one if count == 1 else many).format(count=count, **more)

    def aside(self, text: str, more: object) -> str:
        """A text with something in brackets."""
        return aside(self.locale, text, more)

    def several(self, texts: Iterable[str]) -> str:
        """Texts one after the other, each once, as the language lists them."""
        return ("、" if self.locale.startswith("zh") else ", ").join(dict.fromkeys(texts))

    def people(self, names: Iterable[str]) -> list[str]:
        """Names as the parts of a cell, so that a line breaks between them and not within one."""
        found = list(dict.fromkeys(names))
        stop = "、" if self.locale.startswith("zh") else ", "
        return [name + stop for name in found[:-1]] + found[-1:]

    def word(self, group: str, code: str) -> str:
        """The word for a code of the product: a state, a kind, a role."""
        return word(self.locale, group, code)


def locale_of(actor: Actor | None) -> str:
    """The person's language: the one on the account, else the browser's."""
    return (actor.locale if actor else "") or negotiate(st.context.locale)


def here() -> Here:
    """Who is looking, asked anew: call it first in every page, fragment and dialog. Raises `unauthenticated`."""
    actor = current_actor()
    if actor is None:
        raise RoundsError("unauthenticated")
    locale = locale_of(actor)
    return Here(installation().db, actor, locale, translator(locale))


def plain(text: str) -> str:
    """A text in which Markdown finds nothing to mark up: what people typed is shown as they typed it.

    Needed wherever Streamlit reads Markdown (titles, captions, messages); `st.text` and our table do not.
    """
    return _LINKS.sub("\\g<0>\u2060", _MARKS.sub(r"\\\1", text))


def head(title: str, purpose: str) -> None:
    """The title of a page and one line that says what it is for."""
    st.title(plain(title), anchor=False)
    st.caption(plain(purpose))


def sentence(error: RoundsError, locale: str) -> str:
    """What a person reads for a refusal: fields and states by their words, not by their codes."""
    params = dict(error.params)
    if "field" in params:
        params["field"] = field_label(locale, str(params["field"]))
    if "role" in params:
        params["role"] = word(locale, "role", str(params["role"]))
    if "state" in params:
        state = str(params["state"])
        params["state"] = word(locale, "state" if state in WORDS["state"] else "finding_state", state)
    if error.code == "finding.evidence_kind":
        params["kind"] = word(locale, "evidence_kind", str(params["kind"]))
    return message(RoundsError(error.code, **params), locale)


def show_error(error: RoundsError, locale: str) -> None:
    """A refusal as one sentence, with the way out where there is one."""
    st.error(plain(sentence(error, locale)), icon="⚠️")
    if error.code == "unauthenticated":
        st.link_button(translator(locale)("Sign in"), "/signin", type="primary")


@contextmanager
def refusals(locale: str) -> Iterator[None]:
    """Within this block a refusal becomes a sentence on the page; what follows the block is still shown."""
    try:
        yield
    except RoundsError as error:
        show_error(error, locale)


def done(text: str) -> None:
    """Tell, on the page that is drawn next, that something worked."""
    st.session_state["_done"] = text


def act(locale: str, do: Callable[[], Any], said: str, **where: str | int | None) -> None:
    """Do something, tell that it was done and draw the page anew (at another address); or say why it was refused."""
    with refusals(locale):
        do()
        done(said)
        go(**where)


def show_done() -> None:
    """Show what `done` noted, once."""
    text = st.session_state.pop("_done", None)
    if text:
        st.toast(f"✓ {plain(text)}")


def chosen_id(name: str = "id") -> int | None:
    """The thing that the address names (`?id=12`), or None."""
    value = st.query_params.get(name, "")
    return int(value) if value.isascii() and value.isdigit() and len(value) < 10 else None


def go(**params: str | int | None) -> None:
    """Give this page another address (None: without that parameter), or none given: the same; and draw it anew."""
    if params:
        st.query_params.from_dict({name: str(value) for name, value in params.items() if value is not None})
    st.rerun()


INSIDE = "in_"  # parameters of the address that belong to one opened thing begin with this


def move_on(number: int | None) -> None:
    """Open another thing of the same list, or the list itself; its filters stay in the address."""
    for name in [name for name in st.query_params if name == "id" or name.startswith(INSIDE)]:
        st.query_params.pop(name)
    if number is not None:
        st.query_params["id"] = str(number)
    st.rerun()


def open_one(number: int) -> None:
    """Open one thing of a list. Search, filters and page of the list stay in the address for the way back."""
    st.query_params["id"] = str(number)
    st.rerun()


def back(me: Here, label: str) -> None:
    """The way from one thing back: to the list as it was left, or to the page that led here (`follow`)."""
    file, address = origin()
    if file:
        label = me._(FOLLOWED[file])
    if st.button(f"← {label}", type="tertiary"):
        if file:
            st.switch_page(f"{file}.py", query_params=address)
        for name in [name for name in st.query_params if name == "id" or name.startswith(INSIDE)]:
            st.query_params.pop(name)
        st.rerun()


def origin() -> tuple[str, dict[str, str]]:
    """The page that led here (`follow`) with its address; "" where the person came by themselves."""
    file, _, address = st.query_params.get("from", "").partition("?")
    return (file, dict(parse_qsl(address))) if file in FOLLOWED else ("", {})


def follow(file: str, number: int, leaving: str) -> None:
    """Open one thing on another page (`file` without its ending), which leads back to this one as it is now.

    From there to the page that led there is the way back: going to and fro makes no address longer.
    """
    came, address = origin()
    if (came, address.get("id")) == (file, str(number)):
        st.switch_page(f"{file}.py", query_params=address)
    address = {"id": str(number), "from": f"{leaving}?{urlencode(st.query_params.to_dict())}"}
    st.switch_page(f"{file}.py", query_params=address)
