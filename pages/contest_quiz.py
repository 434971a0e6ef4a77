"""The quiz for the organiser: the question bank with its ways in and out, weekly papers, and how questions did."""

from functools import partial
from typing import Any

import streamlit as st

from audit.db.engine import Database
from audit.domain.contest.rules import DIFFICULTIES, Rules
from audit.domain.permissions import Actor
from audit.services import clock
from audit.services.contest import papers, questions, quiz_statistics
from audit.services.spreadsheet_import import Outcome
from audit.services.values import reads_as
from audit.ui import contest_parts, contest_question, filters, importing
from audit.ui.page import Here, act, chosen_id, head, here, open_one
from audit.ui.table import Col, chip, empty, page_number, pager, sub, table


def bring(db: Database, actor: Actor, data: bytes, dry_run: bool) -> Outcome:
    """Excel or GIFT: a workbook is a ZIP and begins like one."""
    use = questions.import_workbook if data[:2] == b"PK" else questions.import_gift
    return use(db, actor, data, dry_run)


@st.fragment
def bank() -> None:
    """The questions with their filters."""
    me = here()
    _ = me._
    with st.container(horizontal=True):
        if st.button(_("Import questions"), type="primary"):
            importing.dialog(me, bring, "questions", ("xlsx", "gift", "txt"))
        st.link_button(_("Excel"), "/documents/workbooks/questions.xlsx")
        st.link_button(_("GIFT for Moodle"), "/documents/workbooks/questions.gift")
    left, middle, right = st.columns([3, 2, 2], vertical_alignment="bottom")
    with left:
        search = filters.search(me)
    with middle:
        level = filters.one_of(me, "level", _("Difficulty"), DIFFICULTIES, lambda one: me.word("difficulty", one))
    with right:
        retired = filters.also("retired", _("Retired ones"))
    found = questions.find_questions(me.db, me.actor, search, level, retired, page_number())
    if not found.rows:
        nothing = _("No questions yet. Import them from Excel or from a GIFT file.")
        empty(_("Nothing found. Change the search or the filters.") if search or level or retired else nothing)
        return
    columns = [Col(_("Question")), Col(_("Topic")), Col(_("Difficulty"))]
    rows = [
        (
            one.id,
            [
                [me.pick(one, "text"), sub(one.code)],
                me.pick(one, "topic") or "–",
                me.word("difficulty", one.difficulty),
            ],
        )
        for one in found.rows
    ]
    table("bank", columns, rows, _("Question bank"), on_open=open_one)
    pager(found, _)


def weekly(me: Here, season: Any) -> None:
    """The papers drawn so far, and drawing one ahead."""
    _ = me._
    rules = Rules.from_json(season.rules)
    found = papers.find_papers(me.db, me.actor, season.id or 0)
    drawn = {one.week: one for one in found}
    free = [week for week in range(1, rules.quiz.weeks + 1) if week not in drawn or not drawn[week].attempts]
    if free:
        left, right = st.columns([3, 1], vertical_alignment="bottom")
        with left:
            now = rules.week_of(clock.today())
            place = free.index(now + 1) if now + 1 in free else 0
            week = st.selectbox(_("Week"), free, index=place, filter_mode=None)
        with right:
            if st.button(_("Draw anew") if week in drawn else _("Draw")):
                act(me.locale, partial(papers.draw, me.db, me.actor, season.id or 0, week), _("Drawn."))
    if not found:
        empty(_("No paper yet. One that nobody drew is drawn when the first contestant asks for it."))
        return
    columns = [Col(_("Week"), number=True), Col(_("Seed"), number=True), Col(_("Questions"), number=True),
               Col(_("Attempts"), number=True)]  # fmt: skip
    rows = [(one.week, [str(one.week), str(one.seed), str(len(one.questions)), str(one.attempts)]) for one in found]
    table("papers", columns, rows, _("Papers"))
    st.caption(_("With its seed anybody repeats the draw: same seed, same questions."))


def statistics(me: Here, season: Any) -> None:
    """How hard each question was and whether it tells those who know more from those who know less."""
    _ = me._
    lines = quiz_statistics.item_lines(me.db, me.actor, season.id or 0)
    if not lines:
        empty(_("No answers yet. The figures appear once attempts are over."))
        return
    search = filters.search(me)
    lines = [one for one in lines if reads_as(search, one.code, one.topic_zh, one.topic_en, one.text_zh, one.text_en)]
    if not lines:
        empty(_("Nothing found. Change the search or the filters."))
        return
    looks = {"": "pass", "few": "na", "struck": "na", "negative": "fail"}
    columns = [Col(_("Question")), Col(_("Answers given"), number=True), Col(_("Right"), number=True),
               Col(_("Tells apart"), number=True), Col(_("Look at"))]  # fmt: skip
    rows = [
        (
            one.question_id,
            [
                [me.pick(one, "text"), sub(f"{one.code} · {me.word('difficulty', one.difficulty)}")],
                str(one.answers),
                "–" if one.facility is None else f"{one.facility:.0%}",
                "–" if one.discrimination is None else f"{one.discrimination:.2f}",
                chip("rating", looks.get(one.advice, "partial"), me.word("advice", one.advice)),
            ],
        )
        for one in lines
    ]
    st.caption(_("Tells apart: correlation of a right answer with the rest of the attempt; below 0.10 look at it."))
    table("statistics", columns, rows, _("Statistics"), on_open=open_one)


me = here()
_ = me._
number = chosen_id()
if number is not None:
    contest_question.one(me, number)
else:
    head(_("Quiz"), _("The question bank, the weekly papers, and how the questions did."))
    season = contest_parts.season(me, "contest.manage")
    views = {"bank": _("Question bank"), "papers": _("Weekly papers"), "statistics": _("Statistics")}
    chosen = filters.view(me, list(views), views.__getitem__)
    if chosen == "bank":
        bank()
    elif season is not None:
        (weekly if chosen == "papers" else statistics)(me, season)
