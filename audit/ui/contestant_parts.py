"""One contestant's parts: name and state, portrait, eligibility, skill scores."""

from functools import partial
from typing import Any

import streamlit as st

from audit.domain.permissions import Where, may
from audit.i18n import format_date, pick
from audit.services import clock
from audit.services.contest import contestants, portraits, skills
from audit.services.contest.contestants import ContestantRow
from audit.services.installation import installation
from audit.ui import contest_parts, forms
from audit.ui.asking import asking
from audit.ui.page import Here, act, done, here, refusals, sentence
from audit.ui.table import Col, chip, empty, sub, table

PHOTO_MB, ZIP_MB = 20, 500
SHOWN = 30  # scores, the newest


def name(me: Here, row: Any) -> str:
    """A person's name in the reader's language."""
    return pick(me.locale, row.name, row.name_en)


def state(me: Here, row: ContestantRow) -> Any:
    """Withdrawn or ruled out, as a chip; None for everybody else. Ineligibility reaches the organiser only."""
    if row.withdrawn:
        return chip("state", "closed", me.word("state", "withdrawn"))
    return chip("rating", "fail", me._("Cannot become a star")) if row.ineligible else None


def manages(me: Here, row: ContestantRow) -> bool:
    """Whether the person runs this contestant's season."""
    return may(me.actor, "contest.manage", Where(season_id=row.season_id))


def portrait_dialog(number: int) -> None:
    """A new picture of one contestant."""

    @asking(here()._("New portrait"))
    def ask() -> None:
        me = here()
        file = st.file_uploader(
            me._("Photo, at most {limit} MB").format(limit=PHOTO_MB), type=["jpg", "jpeg", "png", "webp", "heic"],
            max_upload_size=PHOTO_MB,
        )  # fmt: skip
        if file is not None and st.button(me._("Save"), type="primary"):
            house = installation()
            with st.spinner(me._("Saving …")), refusals(me.locale):
                portraits.set_portrait(me.db, me.actor, house.photos, house.intake, number, file.getvalue())
                done(me._("Saved."))
                st.rerun()

    ask()


def portraits_dialog(season_id: int) -> None:
    """Many pictures in a ZIP, each named by the employee number."""

    @asking(here()._("Import portraits"), width="large", on_dismiss="rerun")
    def ask() -> None:
        me = here()
        _ = me._
        st.text(_("A ZIP of photos, each named by the employee number: E1001.jpg. Photos that are there are replaced."))
        file = st.file_uploader(_("ZIP file"), type="zip", max_upload_size=ZIP_MB)
        if file is None or not st.button(_("Import now"), type="primary"):
            return
        house = installation()
        bar = st.progress(0.0, _("Importing …"))

        def progress(done: int, count: int) -> None:
            bar.progress(done / count, _("{done} of {count} files").format(done=done, count=count))

        with refusals(me.locale):
            found = portraits.import_portraits(
                me.db, me.actor, house.photos, house.intake, season_id, file.getvalue(), progress
            )
            bar.empty()
            _imported(me, found)

    ask()


def _imported(me: Here, found: portraits.Portraits) -> None:
    """How many portraits were set, and every file that set none with the reason."""
    _ = me._
    st.success(_("Portraits set: {count}.").format(count=found.done))
    if found.refused:
        st.warning(_("Files that set no portrait: {count}").format(count=len(found.refused)))
        rows = [
            (place, [told, sentence(error, me.locale)]) for place, (told, error) in enumerate(found.refused.items())
        ]
        table("refused", [Col(_("File")), Col(_("Cause"))], rows, _("Errors"))


def skill_scores(me: Here, row: ContestantRow, counting: bool) -> None:
    """The skill scores by day with who marked them, and the way to enter one while points are counted."""
    _ = me._
    st.subheader(_("Skill scores"), anchor=False)
    found = skills.scores_of(me.db, me.actor, row.id)
    if counting:
        _enter(me, row)
    if not found:
        yet = _("No skill score yet. Enter one above, or import them from Excel.")
        empty(yet if counting else _("No skill score."))
        return
    rows = [
        (one.id or 0, [format_date(me.locale, one.day),
                       [me.word("score_source", one.source), sub(pick(me.locale, *who))],
                       contest_parts.points(one.points)])
        for one, *who in reversed(found)
    ]  # fmt: skip
    columns = [Col(_("Day")), Col(_("Marked by")), Col(_("Points"), number=True)]
    table("scores", columns, rows[:SHOWN], _("Skill scores"))
    if counting:
        st.caption(_("An empty score takes the day's score off. Every change is recorded."))


def _enter(me: Here, row: ContestantRow) -> None:
    """The form for a day's score."""
    _ = me._
    with st.form("score", border=False):
        left, middle, right = st.columns([2, 2, 1], vertical_alignment="bottom")
        with left:
            day = st.date_input(forms.label(me.locale, "day"), clock.today(), max_value=clock.today())
        with middle:
            told = st.text_input(forms.label(me.locale, "points"), max_chars=6, placeholder="0 – 100")
        with right:
            sent = st.form_submit_button(_("Enter"))
    if sent:
        act(me.locale, partial(skills.enter_score, me.db, me.actor, row.id, day, told or ""), _("Entered."))


def eligibility(me: Here, row: ContestantRow) -> None:
    """Ruling somebody out with a reason, and upheld complaints; for the organiser alone."""
    _ = me._
    with st.container(border=True):
        st.subheader(_("Eligibility"), anchor=False)
        st.caption(_("Seen by the organiser only. An empty reason means: can become a star."))
        reason = forms.line(me.locale, "ineligible", row.ineligible, 400)
        complaints = st.number_input(forms.label(me.locale, "complaints"), 0, 1000, row.complaints)
        if st.button(_("Save"), key="save_eligibility"):
            do = partial(contestants.set_eligibility, me.db, me.actor, row.id, row.version, reason, int(complaints))
            act(me.locale, do, _("Saved."))


def withdraw(number: int, out: bool) -> None:
    """Ask, and take a contestant out of the season, or back in."""
    me = here()
    _ = me._
    row = contestants.get_contestant(me.db, me.actor, number)

    def do(now: Here) -> str:
        contestants.withdraw(now.db, now.actor, number, row.version, back=not out)
        return now._("Saved.")

    title = _("Withdraw from the season") if out else _("Take back into the season")
    what = (
        _("{name} is then counted nowhere; the scores are kept, and it can be undone.")
        if out
        else _("{name} is counted again with all scores.")
    )
    forms.confirm(title, what.format(name=name(me, row)), title, do)
