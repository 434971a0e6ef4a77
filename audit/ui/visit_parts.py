"""A visit on a page, to be read: score, answers by section, photos, findings, remarks, signature, the meeting."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

import streamlit as st

from audit.domain.checklist import Section
from audit.domain.meeting import changed_after
from audit.domain.revisions import attached_photos, highlights
from audit.i18n import format_instant, pick
from audit.services.visit_reading import CampaignAnswers, Surroundings, surroundings
from audit.services.visits import VisitDetail
from audit.ui import visit_photos
from audit.ui.gallery import Card, Picture, gallery
from audit.ui.page import Here, here, plain
from audit.ui.table import Col, chip, sub, table


def show(me: Here, detail: VisitDetail) -> None:
    """Everything that was entered in a visit; the same parts wherever a visit is read."""
    _ = me._
    around = surroundings(me.db, me.actor, detail.row.visit.id or 0)
    score(me, detail)
    given, photos, drafts, more = st.tabs(
        [_("Answers"), _("Photos"), _("Findings"), _("Remarks, signature and meeting")]
    )
    with given:
        answers(detail)
        for campaign in around.campaigns:
            campaign_answers(me, campaign)
    with photos:
        visit_photos.wall(me, detail)
    with drafts:
        findings(me, detail)
    with more:
        remarks(me, detail)
        signature(me, detail)
        meeting(me, around)


def score(me: Here, detail: VisitDetail) -> None:
    """The total with its grade, what caps it or keeps it provisional, and the rate of each section."""
    _ = me._
    found: dict[str, Any] = detail.row.visit.score or {}
    if not found:
        return
    grade = str(found.get("grade") or "")
    rates = found.get("sections", {})
    cells: list[Any] = [[found.get("total") or "–", sub(me.word("grade", grade))]]
    columns = [Col(_("Score"), number=True)]
    for section in detail.checklist.sections:
        rate = rates.get(section.code)
        columns.append(Col(section.code, number=True))
        cells.append(["–" if rate is None else f"{float(rate) * 100:.1f} %", sub(me.pick(section, "title"))])
    table("score", columns, [(0, cells)], _("Score"))
    if found.get("capped_by"):
        codes = me.several(found["capped_by"])
        st.warning(
            _("Capped at 59.99 by failed critical items: {codes}. Without the cap: {raw}.").format(
                codes=codes, raw=found.get("raw")
            )
        )
    if found.get("provisional"):
        st.info(_("The score is provisional: items are to be answered later, or much does not apply."))


@st.fragment
def answers(detail: VisitDetail) -> None:
    """Every item of the checklist with its rating and note, section by section; or only what is not a pass."""
    me = here()
    shown = attached_photos(detail.resolved)
    counts: dict[str, int] = {}
    for photo in shown:
        counts[photo.attached_to] = counts.get(photo.attached_to, 0) + 1
    only = st.toggle(me._("Only what is not a pass"), key="only_bad")
    for section in detail.checklist.sections:
        rows = _rows(me, detail, section, counts, only)
        if rows:
            st.subheader(plain(f"{section.code} {me.pick(section, 'title')}"), anchor=False)
            columns = [Col(me._("What was looked at")), Col(me._("Rating")), Col(me._("Photos"), number=True)]
            table(f"section_{section.code}", columns, rows, me.pick(section, "title"))


def _rows(me: Here, detail: VisitDetail, section: Section, counts: dict[str, int], only: bool) -> list[Any]:
    rows = []
    for place, item in enumerate(section.items):
        answer = detail.answers.get(item.code, {})
        rating = str(answer.get("rating") or "")
        if not rating or (only and rating == "pass"):
            continue
        told = [str(answer.get(name) or "") for name in ("note", "reason", "later_on")]
        spot = me._("Corrected on the spot") if answer.get("corrected_on_spot") else ""
        text = f"{item.code}{' ★' if item.critical else ''} {me.pick(item, 'text')}"
        notes = [sub(one) for one in (*told, spot) if one]
        rows.append(
            (
                place,
                [
                    [text, *notes],
                    chip("rating", rating, me.word("rating", rating)),
                    counts.get(f"item:{item.code}", 0) or "",
                ],
            )
        )
    return rows


def findings(me: Here, detail: VisitDetail) -> None:
    """What the submission drafted for the closed loop."""
    _ = me._
    if not detail.findings:
        st.caption(_("No findings: everything was a pass."))
        return
    columns = [Col(_("Finding")), Col(_("Kind")), Col(_("What is asked"))]
    rows: Sequence[Any] = [
        (
            finding.id,
            [
                [f"{finding.item_code} {me.pick(finding, 'clause')}".strip(), sub(finding.observation)],
                [me.word("finding", finding.kind), sub(me.word("severity", finding.severity or ""))],
                me.pick(finding, "requirement"),
            ],
        )
        for finding in detail.findings
    ]
    table("findings", columns, rows, _("Findings"))


def campaign_answers(me: Here, asked: CampaignAnswers) -> None:
    """What was answered about a campaign, question by question."""
    _ = me._
    rows: list[Any] = []
    for place, question in enumerate(asked.campaign.questions):
        body = asked.answers.get(str(question["code"]), {})
        rating, note = str(body.get("rating") or ""), str(body.get("note") or "")
        text = pick(me.locale, str(question.get("zh") or ""), str(question.get("en") or ""))
        cells = [[text, *([sub(note)] if note else [])], chip("rating", rating, me.word("rating", rating or "none"))]
        rows.append((place, cells))
    st.subheader(plain(_("Campaign: {name}").format(name=me.pick(asked.campaign))), anchor=False)
    table(f"campaign_{asked.campaign.id}", [Col(_("Question")), Col(_("Rating"))], rows, me.pick(asked.campaign))


def remarks(me: Here, detail: VisitDetail) -> None:
    """The team's overall remarks, and what is worth telling the others."""
    _ = me._
    standing = detail.resolved.get("remarks")
    text = str(standing.entry.body.get("text") or "") if standing else ""
    st.subheader(_("Overall remarks"), anchor=False)
    st.text(text or _("None were written."))
    told = highlights(detail.resolved)
    if told:
        st.subheader(_("Highlights"), anchor=False)
        for body in told.values():
            st.text(f"★ {body.get('text', '')}")


def signature(me: Here, detail: VisitDetail) -> None:
    """The duty manager's signature as a picture, or why there is none."""
    _ = me._
    st.subheader(_("Signature of the duty manager"), anchor=False)
    standing = detail.resolved.get("signature")
    body = standing.entry.body if standing else {}
    status, name, note = (str(body.get(field) or "") for field in ("status", "name", "note"))
    if not status:
        st.text(_("Not recorded."))
        return
    st.text(" · ".join(part for part in (me.word("signature", status), name, note) if part))
    photo = detail.photos.get(str(body.get("photo_uuid") or ""))
    if photo:
        alt = _("Signature") + f" {name}"
        gallery(me, "signature", [Card("", (visit_photos.picture(photo, alt, label=name, paper=True),))])
    elif status == "signed":
        st.caption(_("The picture of the signature has not arrived."))


def meeting(me: Here, around: Surroundings) -> None:
    """The record of the meeting with the branch: when, where, who, what was said and agreed, and who signed."""
    body = around.communication
    if body is None:
        return
    _ = me._
    st.subheader(_("Communication with the branch"), anchor=False)
    held_at = dt.datetime.fromisoformat(body["held_at"]) if body.get("held_at") else None
    if held_at and not held_at.tzinfo:
        held_at = held_at.replace(tzinfo=dt.UTC)
    where = (format_instant(me.locale, held_at), str(body.get("place") or ""))
    st.text(" · ".join(part for part in where if part))
    people = [(str(one.get("name") or ""), str(one.get("role") or "")) for one in body.get("participants") or ()]
    if people:
        st.caption(_("Participants"))
        st.text(me.several(" ".join(part for part in one if part) for one in people))
    for title, text in ((_("Opinion of the branch"), body.get("opinion")), (_("Agreed"), body.get("agreed"))):
        if text:
            st.caption(title)
            st.text(str(text))
    cards = [
        Card("", (Picture(str(one["photo_uuid"]), _("Signature") + f" {one.get('name', '')}", 3, 1,
                          label=str(one.get("name") or ""), paper=True),),
             _("Changed after signing") if changed_after(one, body) else "")
        for one in body.get("signatures") or ()
        if one.get("photo_uuid") in around.signatures
    ]  # fmt: skip
    cards += [Card(_("Photo of the meeting"), (Picture(uuid, _("Photo of the meeting"), 4, 3),))
              for uuid in around.meeting_photos]  # fmt: skip
    if cards:
        gallery(me, "meeting", cards)
