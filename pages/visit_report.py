"""Visit reports: choose round and branch, look at the pages, choose photos, write remarks, download."""

import streamlit as st

from audit.domain.reports import LANGUAGES
from audit.errors import RoundsError
from audit.jobs.work import submit
from audit.services import jobs, papers, reports
from audit.services.installation import installation
from audit.services.reports import Reportable
from audit.ui.page import Here, act, chosen_id, done, go, head, here, plain, refusals, show_error
from audit.ui.report_parts import choose_photos, preview
from audit.ui.table import empty
from audit.ui.working import STEPS

UNFINISHED = ("queued", "running")


def choice(me: Here) -> Reportable | None:
    """Round and branch in one row, kept in the address."""
    found = reports.reportable(me.db, me.actor)
    if not found:
        empty(me._("No visit has been submitted yet. Reports appear here once one is."))
        return None
    rounds = {one.round.id or 0: one.round for one in found}
    left, right, last = st.columns([4, 3, 2], vertical_alignment="bottom")
    with left:
        round_id = pick(me._("Round"), "round", {number: me.pick(row) for number, row in rounds.items()})
    here_ = {one.branch.id or 0: one for one in found if one.round.id == round_id}
    with right:
        branch_id = pick(me._("Branch"), "branch", {number: me.pick(one.branch) for number, one in here_.items()})
    chosen = here_[branch_id]
    with last:
        st.caption(
            me._("{complete} of {planned} visits complete").format(complete=chosen.complete, planned=chosen.planned)
        )
    return chosen


def pick(label: str, name: str, options: dict[int, str]) -> int:
    """A choice of an id that stands in the address; another choice leaves the document behind."""
    now, ids, key = chosen_id(name), list(options), f"report_{name}"

    def changed() -> None:
        st.query_params[name] = str(st.session_state[key])
        for other in ("document", "job"):
            st.query_params.pop(other, None)

    place = ids.index(now) if now in options else 0
    return int(
        st.selectbox(
            label, ids, place, key=key, on_change=changed, format_func=lambda one: options[one], placeholder=label
        )
    )


def make(me: Here, chosen: Reportable) -> str:
    """The main action: language, which it answers, and a job that makes the document."""
    mine = "zh" if me.locale.startswith("zh") else "en"
    left, right = st.columns([3, 2], vertical_alignment="bottom")
    with left:
        language = st.segmented_control(
            me._("Language"), LANGUAGES, default=mine, format_func=lambda one: me.word("language", one)
        )
    with right:
        if st.button(me._("Make the report"), type="primary", width="stretch"):
            begin(me, chosen, language or mine)
    return language or mine


def begin(me: Here, chosen: Reportable, language: str) -> None:
    """Ask for the document, and look at the job that makes it."""
    params = {"round_id": chosen.round.id, "branch_id": chosen.branch.id, "language": language}
    job_id = submit(installation(), me.actor, "visit_report", params)
    go(round=chosen.round.id, branch=chosen.branch.id, job=job_id)


@st.fragment(run_every=1)
def progress() -> None:
    """The job's progress; when it is over, the page shows the document or says why there is none."""
    me = here()
    try:
        job = jobs.look(me.db, me.actor, chosen_id("job") or 0)
    except RoundsError:  # an old address, or somebody else's: there is nothing to wait for
        st.query_params.pop("job", None)
        st.rerun(scope="app")
    if job.state == "done":
        st.query_params.pop("job", None)
        st.query_params["document"] = str(job.result["document_id"])
        st.rerun(scope="app")
    if job.state == "failed":
        code = job.error_code if job.error_code != "internal" else "report.failed"
        show_error(RoundsError(code, **{"cause": "", **job.result.get("params", {})}), me.locale)
    elif job.state in UNFINISHED:
        st.progress(job.progress, me._(STEPS[job.step]) if job.step in STEPS else me._("Waiting for a worker"))
        if st.button(me._("Stop")):
            jobs.cancel(me.db, me.actor, job.id or 0)


def contents(me: Here, chosen: Reportable, language: str) -> None:
    """Remarks and photos, kept together; kept first when the report is made from here."""
    round_id, branch_id = chosen.round.id or 0, chosen.branch.id or 0
    kept = reports.chosen(me.db, me.actor, round_id, branch_id)
    report = reports.visit_report(installation(), me.actor, round_id, branch_id, everything=True)
    if not reports.may_choose(me.db, me.actor, round_id, branch_id):
        if kept.remarks:
            st.text(kept.remarks)
        else:
            empty(me._("No overall remarks were written."))
        return
    with st.form("contents"):
        remarks = st.text_area(me._("Overall remarks"), kept.remarks, max_chars=reports.REMARKS_LIMIT, height=160)
        shown = choose_photos(me, report, dict(kept.photos))
        with st.container(horizontal=True):
            at_once = st.form_submit_button(me._("Keep and make the report"), type="primary")
            only_kept = st.form_submit_button(me._("Keep"))

    def keep() -> None:
        reports.choose(me.db, me.actor, round_id, branch_id, remarks or "", shown, kept.version)

    if only_kept:
        act(me.locale, keep, me._("Kept. Make the report again to see it."))
    if at_once:
        with refusals(me.locale):
            keep()
            done(me._("Kept. The report is being made and will appear under Preview."))
            begin(me, chosen, language)


me = here()
head(me._("Visit reports"), me._("One branch in one round, all its visits, as an illustrated document."))
chosen = choice(me)
if chosen:
    found = papers.listing(me.db, me.actor, chosen.round.id or 0, chosen.branch.id, "visit_report")
    for paper in [paper for paper in found if paper.made][:1]:
        told = me._("Issued: {number}").format(number=paper.document.number)
        st.link_button(f"↓ {plain(told)}", f"/documents/{paper.document.id}")
    language = make(me, chosen)
    if chosen_id("job"):
        progress()
    looked_at, filled_in = st.tabs([me._("Preview"), me._("Photos and remarks")])
    with looked_at:
        if chosen_id("document"):
            with refusals(me.locale):
                preview(me, chosen_id("document") or 0)
        else:
            empty(me._("Make the report to see its pages here."))
    with filled_in:
        contents(me, chosen, language)
