"""Who is looking at the page. Asked anew on every rerun, so that a revoked session ends at the next tap."""

import streamlit as st

from audit.config import settings
from audit.domain.permissions import Actor
from audit.services.installation import installation
from audit.services.sign_in import actor_of


def token() -> str | None:
    """The session id of the browser that opened this page."""
    return st.context.cookies.get(settings().cookie_name)


def current_actor() -> Actor | None:
    """The signed-in person with the grants as they are now; None when the session ended.

    The identity that the middleware put on the connection must be the same person's: a session id of Streamlit's
    own, taken over from somebody else, opens nothing.
    """
    actor = actor_of(installation().db, token())
    claimed = st.user.to_dict().get("account_id")
    return actor if actor and str(claimed) == str(actor.account_id) else None
