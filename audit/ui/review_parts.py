"""One thing to decide, as marketing reads it: the pictures, what was asked, what was answered, and what came before."""

from collections.abc import Mapping, Sequence

import streamlit as st

from audit.db.models import Evidence
from audit.i18n import format_date, format_instant
from audit.services.loop.rectifying import FIELDS
from audit.services.loop.review_queue import Case, Cycle, Shot
from audit.services.photo_reuse import Twin, find_evidence_reuse
from audit.ui import finding_parts, finding_words
from audit.ui.compare import Seen, compare
from audit.ui.gallery import Card, Picture, gallery
from audit.ui.page import Here, plain
from audit.ui.table import Col, sub, table
from audit.ui.visit_photos import MOST_TWINS
from audit.ui.words import N_, field_label

# What is odd about a photo that was seen before.
ODD = {
    "before_after": N_("before and after are the same picture"),
    "outlet": N_("the picture comes from another outlet"),
    "visit": N_("the picture comes from another visit"),
    "answer": N_("the picture was given with an earlier answer"),
}


def subtitle(me: Here, case: Case, position: int | None, total: int) -> str:
    """What kind of thing it is, where, how severe, whether in time, and how many wait."""
    row, finding = case.view.row, case.view.row.finding
    due = finding_words.due(me, row)
    if finding.state == "submitted" and finding.due_at and finding.answered_at:
        late = finding.answered_at > finding.due_at
        told = me._("answered late, due {day}") if late else me._("answered in time, due {day}")
        due = told.format(day=format_date(me.locale, finding.due_at))
    parts = (
        me._("{position} of {total}").format(position=position, total=total) if position else "",
        me.word("waits", case.waits), me.pick(row.organisation), finding_words.place(me, row),
        me.word("severity", finding.severity) if finding.severity else "", due,
    )  # fmt: skip
    return " · ".join(part for part in parts if part)


def show(me: Here, case: Case) -> None:
    """Everything that the decision rests on."""
    warnings(me, case)
    answers = case.waits in ("rectification", "")
    if case.before or case.after or answers:
        left, right = st.columns([11, 9], gap="medium")
        with left:
            pictures(me, case)
    else:
        right = st.container()
    with right:
        request(me, case)
        asked(me, case)
        if answers:
            written(me, f"answer_{case.view.row.finding.id}", case.view.answer.values)
    looked(me, case)
    earlier(me, case)


def pictures(me: Here, case: Case) -> None:
    """Before and after, and the evidence that is no photo of the state after."""
    alt, key = finding_words.title(me, case.view.row), f"compare_{case.view.row.finding.id}"
    compare(me, key, _seen(me, case.before, alt, "before"), _seen(me, case.after, alt, "after"))
    others = [one for one in case.view.answer.evidence if one.role != "after" or not one.report_sha256]
    finding_parts.files(me, "other", others)


def warnings(me: Here, case: Case) -> None:
    """What a reviewer must not miss: a repeat, somebody else at it, photos that were shown before."""
    _, finding = me._, case.view.row.finding
    if case.opened_by:
        name, at = case.opened_by
        st.info(plain(_("{name} opened this at {time} and may be deciding it.").format(
            name=name, time=format_instant(me.locale, at))))  # fmt: skip
    if finding.repeat:
        st.warning(_("A repeat: the same was found here before and closed."), icon="⚠️")
    if case.waits == "rectification":
        reuse(me, find_evidence_reuse(me.db, me.actor, finding.id or 0), case)


def reuse(me: Here, found: Mapping[str, Sequence[Twin]], case: Case) -> None:
    """Photos that look like others, side by side; nothing follows by itself."""
    if not found:
        return
    _, cards = me._, []
    for uuid, twins in found.items():
        said = _("The very same file.") if any(twin.exact for twin in twins) else _("Almost the same picture.")
        why = me.several(_(ODD[twin.kind]) for twin in twins)
        title = _("Given now")
        mine = Picture(uuid, title, 4, 3, title, folder="evidence/")
        others = tuple(_twin(me, twin) for twin in twins[:MOST_TWINS])
        cards.append(Card(why, (mine, *others), said))
    kinds = me.several(_(ODD[twin.kind]) for twins in found.values() for twin in twins)
    told = me.counted(
        len(found),
        N_("{count} photo looks like others: {why}. It is for you to judge whether it was used twice."),
        N_("{count} photos look like others: {why}. It is for you to judge whether one was used twice."),
        why=kinds,
    )
    st.warning(plain(told), icon="⚠️")
    with st.expander(_("Compare these photos")):
        gallery(me, f"reuse_{case.view.row.finding.id}", cards)


def request(me: Here, case: Case) -> None:
    """What the branch wants: an objection, support, or more time."""
    _, finding, pairs = me._, case.view.row.finding, []
    if case.waits == "objection" and case.objection:
        pairs = [(_("Why the branch objects"), case.objection.reason)]
    elif case.waits == "support" and case.support:
        pairs = [(field_label(me.locale, name), getattr(case.support, name)) for name in ("need", "interim_measure")]
    elif case.waits == "extension" and case.view.extension:
        asked_for = case.view.extension
        pairs = [
            (field_label(me.locale, "new_day"), format_date(me.locale, asked_for.new_day)),
            (field_label(me.locale, "reason"), asked_for.reason),
        ]
    if pairs:
        _facts("request", pairs, _("What the branch asks for"))
    if case.waits == "objection":
        proofs = [one for one in case.view.evidence if one.subject == "objection" and one.cycle == finding.cycle]
        finding_parts.files(me, "objection", proofs)


def asked(me: Here, case: Case) -> None:
    """What was found and what is required of the branch."""
    finding = case.view.row.finding
    other = finding.evidence_kind not in ("", "photo")  # a photo speaks for itself
    pairs = [
        (me._("What was found"), finding.observation),
        (me._("What is required"), me.pick(finding, "requirement")),
        (me._("Accepted when"), me.pick(finding, "criterion")),
        (me._("Evidence asked for"), me.word("evidence_kind", finding.evidence_kind) if other else ""),
    ]
    _facts("asked", [pair for pair in pairs if pair[1]], me._("What was asked"))


def written(me: Here, key: str, values: Mapping[str, object]) -> None:
    """The texts of one answer."""
    told = [
        (field_label(me.locale, name), format_date(me.locale, value) if name == "completed_on" else str(value))  # type: ignore[arg-type]
        for name in FIELDS
        if (value := values.get(name))
    ]
    if told:
        _facts(key, told, me._("What was answered"))


def looked(me: Here, case: Case) -> None:
    """What was seen on the spot since this answer."""
    finding = case.view.row.finding
    for look in case.looked:
        st.subheader(me._("Seen on the spot"), anchor=False)
        word = me.word("finding_event", f"finding.{look.result}")
        st.text(f"{word} · {format_instant(me.locale, look.done_at)}\n{look.comment}")
    proofs = [one for one in case.view.evidence if one.subject == "reinspection" and one.cycle == finding.cycle]
    finding_parts.files(me, "looked", proofs)


def earlier(me: Here, case: Case) -> None:
    """The cycles before: what was answered, and why it was sent back."""
    for cycle in case.earlier:
        with st.expander(plain(_returned(me, cycle)), expanded=False):
            if cycle.reason:
                st.text(cycle.reason)
            written(me, f"cycle_{cycle.number}", cycle.values)
            finding_parts.files(me, f"review_cycle_{cycle.number}", cycle.evidence)


def _returned(me: Here, cycle: Cycle) -> str:
    told = me._("Answer no. {cycle}").format(cycle=cycle.number)
    if not cycle.verb:
        return told
    why = f"{cycle.reason[:60]}…" if len(cycle.reason) > 60 else cycle.reason
    word = me.word("finding_event", cycle.verb)
    return " · ".join(part for part in (told, word, cycle.by, format_date(me.locale, cycle.at), why) if part)


def _facts(key: str, pairs: Sequence[tuple[str, str]], title: str) -> None:
    rows = [(number, [[sub(label), text]]) for number, (label, text) in enumerate(pairs)]
    table(key, [Col(title)], rows, title)


def _seen(me: Here, found: Sequence[Shot], alt: str, role: str) -> list[Seen]:
    return [
        Seen(shot.uuid, f"{me.word('photo_role', role)} {number}: {alt}", shot.folder, shot.marks)
        for number, shot in enumerate(found, start=1)
    ]


def _twin(me: Here, twin: Twin) -> Picture:
    """The other photo: where it is shown."""
    evidence = isinstance(twin.photo, Evidence)
    lines = (me.pick(twin.round), format_instant(me.locale, twin.photo.received_at))
    label = f"{me.pick(twin.outlet)} · {me.word('photo_role', twin.standing.role)}"
    return Picture(twin.photo.uuid, label, 4, 3, label, lines, folder="evidence/" if evidence else "")
