"""One question of the bank: its options with the right ones, its explanation, its picture, retirement."""

from functools import partial

import streamlit as st

from audit.domain.contest.questions import KIND_WORDS, QuestionKind
from audit.i18n import pick
from audit.services.contest import questions
from audit.services.installation import installation
from audit.ui import ruling_parts
from audit.ui.asking import asking
from audit.ui.page import Here, act, back, done, head, here, plain, refusals
from audit.ui.table import Col, table

PHOTO_MB = 20


def one(me: Here, number: int) -> None:
    """The question as the organiser sees it."""
    _ = me._
    row = questions.get_question(me.db, me.actor, number)
    back(me, _("Quiz"))
    kind = pick(me.locale, *KIND_WORDS[QuestionKind(row.kind)])
    told = row.code, kind, me.word("difficulty", row.difficulty), me.pick(row, "topic")
    head(me.pick(row, "text"), " · ".join(filter(None, told)))
    if row.retired_at:
        st.info(_("Retired: it is no longer drawn. What was answered stays."))
    options = [
        (place, [option["code"].upper(), pick(me.locale, option["zh"], option["en"]),
                 "✓" if option["code"] in row.right else ""])
        for place, option in enumerate(row.options)
    ]  # fmt: skip
    table("options", [Col(""), Col(_("Option")), Col(_("Right"))], options, _("Options"))
    explained = pick(me.locale, row.explanation_zh, row.explanation_en)
    if explained:
        st.text(explained)
    if row.picture_sha256:
        st.html(f'<img alt="" src="/contest/pictures/{row.picture_sha256}" style="max-width:100%;max-height:320px">')
    with st.container(horizontal=True):
        if row.kind == QuestionKind.PICTURE and st.button(_("New picture")):
            _picture(number)
        label = _("Draw it again") if row.retired_at else _("Retire")
        if st.button(label):
            do = partial(questions.retire, me.db, me.actor, number, row.version, row.retired_at is None)
            act(me.locale, do, _("Saved."), id=number)
    st.caption(plain(_("A question is never changed once it was asked: retire it and import another one.")))
    ruling_parts.marking(me, row)


def _picture(number: int) -> None:
    @asking(here()._("New picture"))
    def ask() -> None:
        me = here()
        label = me._("Photo, at most {limit} MB").format(limit=PHOTO_MB)
        file = st.file_uploader(label, type=["jpg", "jpeg", "png", "webp"], max_upload_size=PHOTO_MB)
        if file is not None and st.button(me._("Save"), type="primary"):
            house = installation()
            with st.spinner(me._("Saving …")), refusals(me.locale):
                questions.set_picture(me.db, me.actor, house.photos, house.intake, number, file.getvalue())
                done(me._("Saved."))
                st.rerun()

    ask()
