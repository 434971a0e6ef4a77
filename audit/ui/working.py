"""A background job on a page: how far it is, how long it will take, and the way to stop it."""

import streamlit as st

from audit.errors import RoundsError
from audit.services import jobs
from audit.ui.page import chosen_id, here
from audit.ui.words import N_

BRANCHES, DOCUMENTS = N_("{done} branches"), N_("{done} documents")
STEPS = {
    "codes": N_("Drawing QR codes"),
    "fetch": N_("Collecting photos"),
    "layout": N_("Laying out pages"),
    "write": N_("Writing the file"),
}


@st.fragment(run_every=1)
def progress(counted: str = BRANCHES) -> None:
    """The job that the address names; `counted` says of what it has done how many. The page goes on when it is over."""
    me = here()
    try:
        job = jobs.look(me.db, me.actor, chosen_id("job") or 0)
    except RoundsError:  # an old address, or somebody else's: there is nothing to wait for
        st.query_params.pop("job", None)
        st.rerun(scope="app")
    if job.state not in jobs.UNFINISHED:
        st.rerun(scope="app")
    text = me._("Waiting for a worker")
    if job.step in STEPS:
        text = me._(STEPS[job.step])
    elif job.state == "running" and job.step:
        text = me._(counted).format(done=job.step)
        left = jobs.seconds_left(job)
        if left is not None:
            text += " · " + me._("about {seconds} s left").format(seconds=max(1, round(left)))
    st.progress(job.progress, text)
    if st.button(me._("Stop")):
        jobs.cancel(me.db, me.actor, job.id or 0)
