"""The inbox: what concerns the person, the newest first, each leading to what it is about."""

import streamlit as st

from audit.domain.messages import LEADING, WITH_ID, place_of
from audit.i18n import format_instant
from audit.notify.texts import REMINDERS, in_short
from audit.services.messages import inbox
from audit.services.messages.inbox import Item
from audit.ui import filters
from audit.ui.page import Here, act, back, chosen_id, follow, head, here, open_one
from audit.ui.table import Col, chip, empty, page_number, pager, sub, table

SHOWN = 140  # letters of what a message says, in the list


def opened(number: int) -> None:
    """A tapped message counts as read and leads to its thing; a summary is read here."""
    me = here()
    item = inbox.read(me.db, me.actor, number)
    file = item.place.replace("-", "_")
    if item.place in WITH_ID:
        follow(file, item.subject_id, "messages")
    if item.place in LEADING:
        st.switch_page(f"{file}.py")
    open_one(number)


def one(me: Here, number: int) -> None:
    """A summary of the day, or a message about many: each finding leads to its page, the news are told below."""
    item = inbox.read(me.db, me.actor, number)
    back(me, me._("Messages"))
    head(item.title, format_instant(me.locale, item.at))
    if item.lines:
        due = any(line.code in REMINDERS for line in item.lines)  # of what was closed there is none
        rows = [
            (line.finding_id, [[line.title, sub(line.outlet)], *([in_short(me.locale, line.code, {})] if due else [])])
            for line in item.lines
        ]
        columns = [Col(me._("Finding")), *([Col(me._("Due"))] if due else [])]
        file = place_of(item.lines[0].code, "finding")
        table("lines", columns, rows, item.title, on_open=lambda one: follow(file, one, "messages"))
    if item.more:
        st.caption(me._("{count} more stand in the list of findings.").format(count=item.more))
    if item.news:
        st.header(me._("News"), anchor=False)
        table("news", [Col("")], [(place, [text]) for place, text in enumerate(item.news)], me._("News"))


@st.fragment
def listing() -> None:
    """The messages with their filters."""
    me = here()
    _ = me._
    places = st.columns([2, 2, 2.4, 2], vertical_alignment="bottom")
    with places[0]:
        search = filters.search(me)
    with places[1]:
        topic = filters.one_of(me, "topic", _("About"), inbox.TOPICS, lambda one: me.word("topic", one))
    with places[2]:
        unread = filters.also("unread", _("Only unread ones"))
    with places[3]:
        if st.button(_("Mark all as read")):
            act(me.locale, lambda: inbox.read_all(me.db, me.actor), _("All messages are read."))
    found = inbox.find(me.db, me.actor, unread, topic, page_number(), search=search)
    if not found.rows:
        if topic or unread or search:
            empty(_("Nothing found. Change the search or the filters."))
        else:
            empty(_("No messages yet. You are told here when something waits for you or was answered."))
        return
    columns = [Col(_("Message")), Col(_("When")), Col(_("State"))]
    table("inbox", columns, [(item.id, _cells(me, item)) for item in found.rows], _("Messages"), on_open=opened)
    pager(found, _)


def _cells(me: Here, item: Item) -> list[object]:
    said = " ".join(item.body.split("\n"))
    said = said if len(said) <= SHOWN else said[: SHOWN - 1] + "…"
    state = "read" if item.read else "unread"
    return [
        [item.title, *([sub(said)] if said else [])],
        format_instant(me.locale, item.at),
        chip("message", state, me.word("message", state)),
    ]


me = here()
number = chosen_id()
if number is not None:
    one(me, number)
else:
    head(me._("Messages"), me._("What waits for you, and what became of what you did. A tap leads to it."))
    listing()
