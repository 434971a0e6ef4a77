"""Issued documents: notices, visit reports and rectification reports by round; each to look at, all to download."""

from functools import partial

import streamlit as st

from audit.domain.permissions import may_somewhere
from audit.i18n import format_date
from audit.jobs.work import submit
from audit.services import papers, rectification_reports
from audit.services.installation import installation
from audit.services.papers import Paper
from audit.ui import filters, paper_parts
from audit.ui.page import Here, back, chosen_id, go, head, here, open_one
from audit.ui.report_parts import preview
from audit.ui.table import Col, empty, sub, table
from audit.ui.words import N_


def one(me: Here, number: int) -> None:
    """One document, or the draft of the branch's own report: its pages and the download."""
    row = papers.document(installation(), me.actor, number)
    back(me, me._("Issued documents"))
    head(me.word("document", row.kind), row.filename)
    preview(me, number)


def begin(me: Here, kind: str, round_id: int, **params: object) -> None:
    """Ask for a job about a round, and watch it."""
    go(round=round_id, job=submit(installation(), me.actor, kind, {"round_id": round_id, **params}))


def actions(me: Here, round_id: int, found: list[Paper]) -> None:
    """All of the round as one file, and making what is missing."""
    made = [paper for paper in found if paper.made]
    lacking = len(found) - len(made)
    with st.container(horizontal=True, vertical_alignment="center"):
        if made:
            label = me.counted(len(made), N_("Download {count} document (ZIP)"), N_("Download all {count} (ZIP)"))
            st.link_button(f"↓ {label}", f"/documents/rounds/{round_id}.zip")
        if lacking and may_somewhere(me.actor, "finding.issue"):
            if st.button(
                me.counted(lacking, N_("Make the {count} missing document"), N_("Make the {count} missing documents")),
                type="primary",
            ):
                begin(me, "make_documents", round_id)
        elif lacking:
            st.caption(me._("Issued and still to be made: {count}").format(count=lacking))


def listing(me: Here, found: list[Paper]) -> None:
    """The documents, those of a branch together."""
    rows = [(paper.document.id or 0, _cells(me, paper)) for paper in found if paper.made]
    columns = [Col(me._("Document")), Col(me._("Branch")), Col(me._("Issued")), Col(me._("Pages"), number=True)]
    table("papers", columns, rows, me._("Issued documents"), on_open=open_one)


def _cells(me: Here, paper: Paper) -> list[object]:
    row, notice, received = paper.document, paper.notice, ""
    if notice and notice.acknowledged_at:
        day = format_date(me.locale, notice.acknowledged_at)
        text = me._("counted as acknowledged {day}") if notice.deemed else me._("acknowledged {day}")
        received = text.format(day=day)
    elif notice:
        received = me._("not acknowledged yet")
    issued: list[object] = [format_date(me.locale, row.issued_at)]
    return [
        [me.word("document", row.kind), sub(row.number)], me.pick(paper.branch),
        issued + ([sub(received)] if received else []), str(row.pages or ""),
    ]  # fmt: skip


def round_of_documents(me: Here) -> None:
    """A round's documents, with the filters in one row."""
    rounds = {row.id or 0: me.pick(row) for row in papers.rounds(me.db, me.actor)}
    if not rounds:
        empty(me._("No document has been issued yet. Notices and visit reports appear here once they are."))
        return
    places = st.columns([3, 2, 2], vertical_alignment="bottom")
    with places[0]:
        round_id = filters.one_id(me, "round", me._("Round"), rounds, ("job",))
    with places[1]:
        kind = filters.one_of(me, "kind", me._("Document"), papers.ISSUED, partial(me.word, "document"))
    with places[2]:
        search = filters.search(me)
    everything = papers.listing(me.db, me.actor, round_id)
    if may_somewhere(me.actor, "finding.answer"):
        for mine in rectification_reports.answerable(me.db, me.actor):
            if mine.round.id == round_id:
                paper_parts.answer(me, mine, begin)
    if not chosen_id("job") or not paper_parts.working(me):
        actions(me, round_id, everything)
    wanted = [
        paper
        for paper in everything
        if (not kind or paper.document.kind == kind)
        and search.lower() in f"{paper.document.number} {paper.branch.name_zh} {paper.branch.name_en}".lower()
    ]
    if any(paper.made for paper in wanted):
        listing(me, wanted)
    elif everything and not any(paper.made for paper in everything):
        empty(me._("The documents of this round are issued; their files are still to be made."))
    else:
        empty(me._("Nothing found. Change the search or the filters."))


me = here()
number = chosen_id()
if number is not None:
    one(me, number)
else:
    head(me._("Issued documents"), me._("Notices and reports as they were issued: they do not change any more."))
    round_of_documents(me)
