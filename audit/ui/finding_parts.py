"""The parts of one finding's page: what was found, the answer with its evidence, and the conversation."""

from collections.abc import Sequence
from functools import partial

import streamlit as st

from audit.db.models import Evidence
from audit.domain.permissions import Where, may, may_somewhere
from audit.i18n import format_date, format_instant
from audit.services import papers
from audit.services.loop import conversation, rectifying, replies
from audit.services.loop.reading import FindingView
from audit.ui import finding_words
from audit.ui.filters import FEW
from audit.ui.gallery import Card, Picture, gallery, row_of
from audit.ui.page import Here, act, here, plain
from audit.ui.table import Col, sub, table
from audit.ui.upload import PHOTOS, Purpose, upload
from audit.ui.visit_photos import marked
from audit.ui.words import field_label

SAID = "_comments_said"  # in this session: the list of sent files begins anew after each


def found(me: Here, view: FindingView) -> None:
    """What was found, what is required, and the photos of it."""
    _, finding = me._, view.row.finding
    if finding.repeat:
        st.warning(_("A repeat: the same was found here before and closed."), icon="⚠️")
    shown = [
        (_("What was found"), finding.observation),
        (field_label(me.locale, "severity"), me.word("severity", finding.severity) if finding.severity else ""),
        (_("What is required"), me.pick(finding, "requirement")),
        (_("Accepted when"), me.pick(finding, "criterion")),
        (_("Evidence asked for"), me.word("evidence_kind", finding.evidence_kind) if finding.evidence_kind else ""),
    ]
    rows = [(number, [[sub(label), text]]) for number, (label, text) in enumerate(shown) if text]
    table("facts", [Col("")], rows, _("What was found"))
    if view.photos:
        alt = me.pick(finding, "clause")
        gallery(me, "found", [Card("", (marked(me, photo, alt),)) for photo in view.photos])


def files(me: Here, key: str, proofs: Sequence[Evidence], removable: bool = False) -> None:
    """Evidence: photos as pictures, documents as downloads; what may still be taken back has a button for it."""
    if not proofs:
        return
    shots = [proof for proof in proofs if proof.report_sha256]
    if shots:
        pictures = [
            Picture(shot.uuid, shot.filename, 4, 3, _role(me, shot), (shot.filename,), folder="evidence/")
            for shot in shots
        ]
        gallery(me, f"{key}_photos", [Card("", (one,)) for one in pictures])
    for proof in proofs:
        if proof.report_sha256 and not removable:
            continue
        with st.container(horizontal=True, vertical_alignment="center"):
            if not proof.report_sha256:
                st.link_button(f"↓ {plain(proof.filename)}", f"/documents/evidence/{proof.uuid}")
            if removable:
                label = me._("Take back: {name}").format(name=proof.filename)
                if st.button(plain(label), key=f"remove_{proof.uuid}", type="tertiary"):
                    act(
                        me.locale, partial(rectifying.remove_evidence, me.db, me.actor, proof.uuid),
                        me._("Taken back."),
                    )  # fmt: skip


def notice(me: Here, view: FindingView) -> None:
    """The notice by which the branch was asked, for those who may read it."""
    number = view.row.finding.notice_id
    if number is not None and may_somewhere(me.actor, "paper.read"):
        for row in papers.of_notices(me.db, me.actor, [number]).values():
            label = me._("Notice {number} (PDF)").format(number=row.number)
            st.link_button(f"↓ {plain(label)}", f"/documents/{row.id}")


def answered(me: Here, view: FindingView) -> None:
    """What the branch wrote, to be read."""
    values = view.answer.values
    names = [name for name in rectifying.FIELDS if values.get(name)]
    if not names and not view.evidence:
        return
    st.header(me._("Rectification"), anchor=False)
    told = [format_date(me.locale, values[name]) if name == "completed_on" else str(values[name]) for name in names]
    rows = [
        (number, [[sub(field_label(me.locale, name)), text]])
        for number, (name, text) in enumerate(zip(names, told, strict=True))
    ]
    if rows:
        table("answered", [Col("")], rows, me._("Rectification"))
    for cycle in sorted({proof.cycle for proof in view.evidence}, reverse=True):
        if cycle != view.row.finding.cycle:
            st.caption(me._("Earlier: submission no. {cycle}").format(cycle=cycle))
        files(me, f"cycle_{cycle}", [proof for proof in view.evidence if proof.cycle == cycle])


def timeline(me: Here, view: FindingView) -> None:
    """State changes and comments in one line of time, the newest first; and who has looked."""
    finding_id = view.row.finding.id or 0
    entries = conversation.history(me.db, me.actor, finding_id)
    st.header(me._("What has happened"), anchor=False)
    rows = []
    for number, entry in enumerate(reversed(entries)):
        if entry.verb == "comment":
            alt = me._("Photo of the comment by {name}").format(name=entry.name)
            shown = [Picture(uuid, alt, 4, 3, entry.name, folder="evidence/") for uuid in entry.photos]
            read_there = entry.account_id is not None and "delegation_id" in entry.data
            what: list[object] = [entry.text, *([row_of(me, shown)] if shown else [])]
            what += [sub(me._("The hall reads it by its link"))] if read_there else []
        else:
            what = [finding_words.verb(me, entry), *(sub(line) for line in finding_words.said(me, entry))]
        by_link = entry.account_id is None and "delegation_id" in entry.data
        who = entry.name or (me._("The hall, by link") if by_link else me._("System"))
        if by_link and entry.name:
            who = me._("{name} (hall, by link)").format(name=entry.name)
        rows.append((number, [[who, sub(format_instant(me.locale, entry.at))], what]))
    table("timeline", [Col(me._("Who")), Col(me._("What"))], rows, me._("What has happened"))
    viewers = [viewer.name for viewer in conversation.seen_by(me.db, me.actor, finding_id)]
    if viewers:
        st.caption(plain(me._("Seen by {names}").format(names=me.several(viewers))))


def say(me: Here, view: FindingView) -> None:
    """A comment, with its photos, those who shall be told of it, and the hall that reads it by a link."""
    finding, number = view.row.finding, view.row.finding.id or 0
    place = Where(organisation_id=finding.organisation_id, outlet_id=finding.outlet_id)
    if not may(me.actor, "finding.comment", place):
        return
    people = conversation.readers(me.db, me.actor, number)
    photos = conversation.unsaid(me.db, me.actor, number)
    st.header(me._("Say something"), anchor=False)
    said = st.session_state.get(SAID, 0)
    roles = (("other", me._("Photos for this comment")),)
    upload(me, f"upload_comment_{said}", Purpose(number, "comment", accept=PHOTOS), roles)
    files(me, "unsaid", photos, removable=True)
    with st.form(f"say_{said}"):
        text = st.text_area(me._("Comment"), max_chars=4000, height=90, key=f"comment_{number}_{said}")
        told = st.multiselect(
            me._("Mention (@)"), list(people), format_func=lambda one: f"@{people[one]}", placeholder=me._("Choose …"),
            filter_mode="fuzzy" if len(people) > FEW else None, select_all=False, key=f"mention_{number}_{said}",
        )  # fmt: skip
        listener = _listener(me, number, said) if view.may_answer else None
        if st.form_submit_button(me._("Say it")):
            shown = [photo.uuid for photo in photos]

            def speak() -> None:
                conversation.say(me.db, me.actor, number, text or "", told, shown, listener)
                st.session_state[SAID] = said + 1

            act(me.locale, speak, me._("Said."))


def _listener(me: Here, number: int, said: int) -> int | None:
    """The link whose holder reads the comment too; whoever spoke last is answered unless another is chosen."""
    listeners = {one.delegation_id: one for one in replies.listeners(me.db, me.actor, number)}
    if not listeners:
        return None

    def word(one: int) -> str:
        if one not in listeners:
            return me._("Nobody: it stays on this page")
        name, note = listeners[one].name, listeners[one].note
        who = me._("{name} (hall, by link)").format(name=name) if name else me._("The hall, by link")
        return f"{who} · {note}" if note and len(listeners) > 1 else who

    asking = [one.delegation_id for one in listeners.values() if one.asks]
    choices = [0, *listeners]
    chosen = st.selectbox(
        me._("Who reads it on the page of a link?"), choices, index=choices.index(asking[0]) if asking else 0,
        format_func=word, key=f"listener_{number}_{said}_{asking}", filter_mode=None,
    )  # fmt: skip
    return chosen or None


def look(finding_id: int) -> None:
    """Note that the person has looked, once in a session of the browser."""
    seen: set[int] = st.session_state.setdefault("_seen_findings", set())
    if finding_id not in seen:
        me = here()
        conversation.see(me.db, me.actor, finding_id)
        seen.add(finding_id)


def _role(me: Here, shot: Evidence) -> str:
    return me.word("photo_role", shot.role) if shot.role in ("before", "after") else ""
