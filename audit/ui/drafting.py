"""Parts of the page of drafts: one draft with its photos, its dialogs, and issuing with a preview of what goes out."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import streamlit as st

from audit.db.models import Finding, Job
from audit.domain.checklist import EVIDENCE_KINDS
from audit.domain.findings import SEVERITIES
from audit.domain.reports import LANGUAGES
from audit.errors import RoundsError
from audit.i18n import format_instant
from audit.services import clock, jobs, values
from audit.services.loop import drafting, drafts
from audit.services.loop.drafting import DraftRow, GoingOut, Place
from audit.services.loop.effects import both_seen
from audit.services.loop.fields import SEEN_LIMIT
from audit.services.loop.moving import apply
from audit.ui import filters, forms
from audit.ui.asking import asking
from audit.ui.gallery import Card, gallery
from audit.ui.page import Here, act, chosen_id, go, here, plain, sentence, show_error
from audit.ui.table import empty
from audit.ui.visit_photos import marked
from audit.ui.words import N_, field_label
from audit.ui.working import progress

SEARCHED = ("item_code", "clause_zh", "clause_en", "observation", "requirement_zh", "requirement_en")
PLACE = ("code", "name_zh", "name_en")


def searched(me: Here, rows: list[DraftRow]) -> list[DraftRow]:
    """The search box, and the drafts that it leaves."""
    text = filters.search(me)

    def texts(row: DraftRow) -> list[str]:
        of = ((row.finding, SEARCHED), (row.outlet, PLACE))
        return [str(getattr(thing, name) or "") for thing, names in of for name in names]

    found = [row for row in rows if values.reads_as(text, *texts(row))]
    if not found:
        empty(me._("Nothing found. Change the search or the filters."))
    return found


def one(me: Here, row: DraftRow, same_outlet: Sequence[DraftRow], may_change: bool) -> None:
    """One draft: where, how severe, what was seen, what is asked; and what marketing may do with it."""
    _, finding = me._, row.finding
    with st.container(border=True):
        st.markdown(f"**{plain(me.pick(row.outlet))}** · {plain(me.word('severity', finding.severity))}")
        if row.lacks:
            told = _("Cannot be issued yet: {field} is missing.").format(field=field_label(me.locale, row.lacks))
            st.warning(plain(told), icon="⚠️")
        if finding.observation:
            st.text(finding.observation)
        asked = {name: me.pick(finding, name) for name in ("requirement", "criterion")}
        asked["evidence_kind"] = me.word("evidence_kind", finding.evidence_kind)
        for name, text in asked.items():
            st.caption(plain(_("{what}: {text}").format(what=field_label(me.locale, name), text=text or "–")))
        if row.photos:
            alt = f"{me.pick(row.outlet)} {finding.item_code}"
            gallery(me, f"draft_{finding.id}", [Card("", (marked(me, photo, alt),)) for photo in row.photos])
        if may_change:
            _actions(me, row, same_outlet)


def same_place(one: DraftRow, other: DraftRow) -> bool:
    """Whether two drafts of a branch may become one: of the same outlet and the same kind."""
    return (one.finding.outlet_id, one.finding.kind) == (other.finding.outlet_id, other.finding.kind)


def _actions(me: Here, row: DraftRow, same_outlet: Sequence[DraftRow]) -> None:
    number = row.finding.id or 0
    with st.container(horizontal=True):
        if st.button(me._("Edit …"), key=f"edit_{number}"):
            edit(row)
        if same_outlet and st.button(me._("Merge …"), key=f"merge_{number}"):
            merge(row, same_outlet)
        if st.button(me._("Withdraw the finding …"), key=f"withdraw_{number}"):
            withdraw(row)


def edit(row: DraftRow) -> None:
    """A dialog with what may be changed in a draft."""

    @asking(here()._("Edit the draft"), width="large")
    def ask() -> None:
        me, finding = here(), row.finding
        st.text(f"{finding.item_code} {me.pick(finding, 'clause')} · {me.pick(row.outlet)}")
        left, right = st.columns(2)
        words = partial(me.word, "severity")
        with left:
            severity = forms.choose(me, "severity", SEVERITIES, words, SEVERITIES.index(finding.severity or "minor"))
        kinds = list(EVIDENCE_KINDS)
        place = kinds.index(finding.evidence_kind) if finding.evidence_kind in kinds else 0
        with right:
            kind = forms.choose(me, "evidence_kind", kinds, partial(me.word, "evidence_kind"), place)
        seen = st.text_area(forms.label(me.locale, "observation"), finding.observation, max_chars=SEEN_LIMIT)
        asked = forms.both(
            me.locale, "requirement", finding.requirement_zh, finding.requirement_en, 2000, required=True, long=True
        )
        measure = forms.both(
            me.locale, "criterion", finding.criterion_zh, finding.criterion_en, 2000, required=True, long=True
        )
        if st.button(me._("Save"), type="primary"):
            save = partial(
                drafts.change_draft, me.db, me.actor, finding.id or 0, finding.version, severity=severity,
                evidence_kind=kind, observation=seen or "", requirement_zh=asked[0], requirement_en=asked[1],
                criterion_zh=measure[0], criterion_en=measure[1],
            )  # fmt: skip
            act(me.locale, save, me._("Saved."))

    ask()


def merge(row: DraftRow, others: Sequence[DraftRow]) -> None:
    """A dialog that asks which draft is kept, and shows what it will say then."""

    @asking(here()._("Merge into another draft"))
    def ask() -> None:
        me = here()
        st.text(me._(
            "The draft that is kept takes over the photos and what was seen. This one is not issued. This cannot be "
            "undone."
        ))  # fmt: skip
        drafts_by_id = {other.finding.id or 0: other.finding for other in others}
        texts = {
            number: f"{other.item_code} {me.pick(other, 'clause')}".strip() for number, other in drafts_by_id.items()
        }
        kept = forms.choose(me, "merged_into", list(texts), lambda number: texts[number], required=True)
        _both(me, row.finding, drafts_by_id.get(kept or 0))
        if st.button(me._("Merge"), type="primary"):
            finding = row.finding
            do = partial(apply, me.db, me.actor, finding.id or 0, "merge", finding.version, merged_into=kept)
            act(me.locale, do, me._("Merged."))

    ask()


def _both(me: Here, mine: Finding, kept: Finding | None) -> None:
    """The words of both drafts, and what the kept one will say."""
    shown = [(me._("This draft: {what}"), mine, mine.observation)]
    if kept:
        shown.append((me._("Kept: {what}"), kept, kept.observation))
        shown.append((me._("What was seen then reads"), kept, both_seen(kept, mine)))
    for title, finding, text in shown:
        what = f"{finding.item_code} {me.pick(finding, 'clause')}".strip()
        st.caption(plain(title.format(what=what)))
        st.text(text or "–")


def withdraw(row: DraftRow) -> None:
    """A dialog that asks for the reason."""

    @asking(here()._("Withdraw the finding"))
    def ask() -> None:
        me = here()
        st.text(me._("It is not issued and counts no more. The reason stays in the history. This cannot be undone."))
        reason = st.text_area(forms.label(me.locale, "reason", True), max_chars=4000)
        if st.button(me._("Withdraw the finding"), type="primary"):
            finding = row.finding
            do = partial(apply, me.db, me.actor, finding.id or 0, "withdraw", finding.version, reason=reason or "")
            act(me.locale, do, me._("The finding is withdrawn."))

    ask()


def preview(me: Here, found: GoingOut) -> None:
    """What goes out: how many to how many branches, until when, and what stands in the way."""
    _ = me._
    st.text(_("Going out – findings: {findings}, visit reports: {reports}, branches: {branches}").format(
        findings=found.findings, reports=found.reports, branches=found.branches
    ))  # fmt: skip
    for severity, count, at, estimated in found.due:
        line = _("{severity}: {count}, due {time}").format(
            severity=me.word("severity", severity), count=count, time=format_instant(me.locale, at)
        )
        st.text(line + (" " + _("(estimated: the holidays of that year are not published)") if estimated else ""))
    if not found.findings:
        st.text(_("Nothing is to be rectified: no notice is issued, only the visit report."))
    if found.lacking:
        told = me.counted(
            found.lacking,
            N_("{count} draft lacks something. Its branch gets nothing until it is filled in."),
            N_("{count} drafts lack something. Their branches get nothing until it is filled in."),
        )
        st.warning(plain(told), icon="⚠️")
    if found.unled:
        told = _(
            "Nobody answers for {branches}: no active account is its service lead. The notice counts as acknowledged "
            "after one working day, and the time runs. The administrators are told; whoever gets the role finds it."
        )
        st.warning(plain(told.format(branches=me.several(me.pick(one) for one in found.unled))), icon="⚠️")
    if found.visits_open:
        told = me.counted(
            found.visits_open,
            N_("{count} visit is not accepted yet. What it finds will go out later, as a supplement."),
            N_("{count} visits are not accepted yet. What they find will go out later, as a supplement."),
        )
        st.info(plain(told))
    st.text(_("The branches see the findings at once and their time begins. Issuing cannot be undone."))


def issue(title: str, places: Sequence[Place], begin: Callable[[Here, dict[str, Any]], int], critical: bool) -> None:
    """A dialog: what goes out to branches of a round, in which language, and issuing it.

    `begin` asks for the job and returns its id; `critical`: only what waits for nothing.
    """

    @asking(title)
    def ask() -> None:
        me, round_id = here(), places[0].round.id or 0
        numbers = [place.organisation.id or 0 for place in places]
        preview(me, drafting.going_out(me.db, me.actor, round_id, numbers, critical))
        language = st.segmented_control(
            me._("Language of the documents"), LANGUAGES, default="zh", required=True,
            format_func=lambda one: me.word("language", one),
        )  # fmt: skip
        if st.button(me._("Issue"), type="primary"):
            params = {"round_id": round_id, "organisation_ids": numbers, "since": clock.now().isoformat(),
                      "language": language or "zh", "only_critical": critical}  # fmt: skip
            go(round=round_id, branch=numbers[0] if len(numbers) == 1 else None, job=begin(me, params))

    ask()


def told(me: Here, names: dict[int, str], begin: Callable[[Here, dict[str, Any]], int]) -> bool:
    """The job that the address names: its progress, or what went out, what failed and why; whether it still runs."""
    try:
        job = jobs.look(me.db, me.actor, chosen_id("job") or 0)
    except RoundsError:  # an old address, or somebody else's
        return False
    if job.state in jobs.UNFINISHED:
        progress()
        return True
    if job.state == "cancelled":
        st.info(me._("Stopped. What went out before stays issued; the rest is listed below."))
    elif job.state == "failed":
        show_error(RoundsError(job.error_code, **job.result.get("params", {})), me.locale)
    else:
        _went_out(me, job.result["issued"], names, int(job.params["round_id"]))
        _failed(me, job, names, begin)
    return False


def _went_out(me: Here, issued: Sequence[dict[str, Any]], names: dict[int, str], round_id: int) -> None:
    notices = [row for row in issued if row["findings"]]
    st.success(plain(me._("Went out – notices: {notices}, findings: {findings}, documents: {documents}").format(
        notices=len(notices), findings=sum(row["findings"] for row in notices),
        documents=sum(len(row["documents"]) for row in issued),
    )))  # fmt: skip
    if not issued:
        return
    unled = drafting.unanswered(me.db, me.actor, [row["organisation_id"] for row in notices])
    if unled:
        told = me._("Nobody answers for {branches} yet. The administrators are told.")
        st.warning(plain(told.format(branches=me.several(me.pick(one) for one in unled))), icon="⚠️")
    with st.container(horizontal=True, vertical_alignment="center"):
        label = me._("All documents of the round (ZIP)")
        st.link_button(f"↓ {label}", f"/documents/rounds/{round_id}.zip")
        st.page_link("papers.py", label=me._("Issued documents"), query_params={"round": str(round_id)})
    with st.expander(me._("What went out")):
        for row in issued:
            st.text(f"{names.get(row['organisation_id'], '')} · {row['number']}")


def _failed(me: Here, job: Job, names: dict[int, str], begin: Callable[[Here, dict[str, Any]], int]) -> None:
    failed = job.result["failed"]
    for row in failed:
        why = sentence(RoundsError(row["code"], **{"cause": "", **row["params"]}), me.locale)
        name = names.get(row["organisation_id"], "")
        st.error(plain(me._("{what}: {text}").format(what=name, text=why)), icon="⚠️")
    # The instant of the first time stays: whoever got a notice then gets only what is missing.
    if failed and st.button(me._("Try these {count} again").format(count=len(failed)), type="primary"):
        again = {**job.params, "organisation_ids": [row["organisation_id"] for row in failed]}
        go(round=job.params["round_id"], job=begin(me, again))
