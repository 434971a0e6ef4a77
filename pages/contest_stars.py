"""The stars as they would be now, the panel's question with its recorded ballot, and the documents of the result."""

import streamlit as st

from audit.db.models import Season
from audit.errors import RoundsError
from audit.jobs.work import submit
from audit.services import jobs
from audit.services.installation import installation
from audit.ui import contest_parts, star_parts
from audit.ui.page import Here, chosen_id, head, here, show_error


def issue(me: Here, season: Season) -> None:
    """The documents; one that is asked for is made by a job."""
    asked = star_parts.documents(me, season, busy=chosen_id("job") is not None)
    if asked is not None:
        params = {"season_id": season.id, "kind": asked[0], "language": asked[1]}
        st.query_params["job"] = str(submit(installation(), me.actor, "contest_result", params))
        st.rerun()


@st.fragment(run_every=1)
def progress() -> None:
    """The job's progress; when it is over, the page shows the document or says why there is none."""
    me = here()
    try:
        job = jobs.look(me.db, me.actor, chosen_id("job") or 0)
    except RoundsError:  # an old address, or somebody else's: there is nothing to wait for
        job = None
    if job is None or job.state == "done":
        st.query_params.pop("job", None)
        st.rerun(scope="app")
    if job.state == "failed":
        code = job.error_code if job.error_code != "internal" else "report.failed"
        show_error(RoundsError(code, **{"cause": "", **job.result.get("params", {})}), me.locale)
    elif job.state in jobs.UNFINISHED:
        st.progress(job.progress, me._("The document is being made …"))


me = here()
_ = me._
head(_("Stars"), _("The stars as they are or would be now, what the panel has to decide, and the certificates."))
season = contest_parts.season(me, "contest.review")
if season is not None:
    star_parts.panel(me, season)
    if contest_parts.manages(me, season):
        if chosen_id("job") is not None:
            progress()
        issue(me, season)
        star_parts.trial(me, season)
