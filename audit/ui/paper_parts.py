"""Parts of the page of issued documents: what a job is doing there, and the branch's own report."""

from collections.abc import Callable
from functools import partial

import streamlit as st

from audit.domain.reports import LANGUAGES
from audit.errors import RoundsError
from audit.services import jobs
from audit.services.rectification_reports import Answerable
from audit.ui.page import Here, chosen_id, go, plain, sentence, show_error
from audit.ui.words import N_
from audit.ui.working import DOCUMENTS, progress


def working(me: Here) -> bool:
    """The job that the address names: its progress, or what came of it; whether it still runs."""
    try:
        job = jobs.look(me.db, me.actor, chosen_id("job") or 0)
    except RoundsError:  # an old address, or somebody else's
        return False
    if job.state in jobs.UNFINISHED:
        progress(DOCUMENTS)
        return True
    if job.state == "failed":
        code = job.error_code if job.error_code != "internal" else "report.failed"
        show_error(RoundsError(code, **{"cause": "", **job.result.get("params", {})}), me.locale)
    elif job.state == "done" and "document_id" in job.result:
        go(round=chosen_id("round"), id=job.result["document_id"])
    elif job.state == "done":
        st.success(me.counted(job.result["made"], N_("{count} document is made."), N_("{count} documents are made.")))
        for row in job.result["failed"]:
            why = sentence(RoundsError(row["code"], **{"cause": "", **row["params"]}), me.locale)
            st.error(plain(me._("Document {number}: {text}").format(number=row["document_id"], text=why)), icon="⚠️")
    return False


def answer(me: Here, found: Answerable, begin: Callable[..., None]) -> None:
    """The branch's own report: how far it is, and making it; `begin` asks for the job."""
    _ = me._
    with st.container(border=True):
        st.subheader(plain(_("Rectification report of {branch}").format(branch=me.pick(found.branch))), anchor=False)
        told = _("Findings answered: {answered} of {asked}.").format(answered=found.answered, asked=found.asked)
        why = _("It gets its number.") if found.complete else _("Until all are, it is a draft.")
        st.caption(("" if me.locale.startswith("zh") else " ").join((told, why)))
        left, right = st.columns([3, 2], vertical_alignment="bottom")
        with left:
            language = st.segmented_control(
                _("Language"), LANGUAGES, default="zh" if me.locale.startswith("zh") else "en", required=True,
                format_func=partial(me.word, "language"), key=f"language_{found.branch.id}",
            )  # fmt: skip
        with right:
            label = _("Make the report") if found.complete else _("Make the draft")
            if st.button(label, type="primary", width="stretch", key=f"make_{found.branch.id}"):
                begin(me, "rectification_report", found.round.id or 0, branch_id=found.branch.id, language=language)
