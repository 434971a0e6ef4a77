"""How many messages are unread, on every page: a fragment of its own that asks anew by itself, one small query."""

import streamlit as st

from audit.errors import RoundsError
from audit.services.messages import inbox
from audit.ui.page import here

EVERY = 20  # seconds
MOST = 99  # a longer number says nothing more


@st.fragment(run_every=EVERY)
def show() -> None:
    """The way to the inbox, with the number of what is unread."""
    try:
        me = here()
        count = inbox.unread(me.db, me.actor)
    except RoundsError:  # signed out meanwhile: the page says so at the next tap
        return
    with st.container(key="bell_new" if count else "bell"):
        number = f"{MOST}+" if count > MOST else str(count)
        st.page_link("messages.py", label=f"{me._('Messages')} {number}" if count else me._("Messages"))
