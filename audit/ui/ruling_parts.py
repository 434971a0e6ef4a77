"""How a question is marked in a season: what was ruled on it, and the dialogs that strike it or correct its key."""

from collections.abc import Sequence

import streamlit as st

from audit.db.models import Question
from audit.domain.contest.questions import QuestionKind
from audit.domain.contest.season import COUNTING
from audit.i18n import format_instant, pick
from audit.services.contest import questions, rulings
from audit.services.contest.rulings import Effect, RulingLine
from audit.ui import contest_parts, forms
from audit.ui.asking import asking
from audit.ui.page import Here, done, here, plain, refusals
from audit.ui.table import Col, sub, table


def marking(me: Here, row: Question) -> None:
    """The rulings on a question and the ways to another one; nothing for a question that the season never asked."""
    _, number = me._, row.id or 0
    season = contest_parts.season(me, "contest.manage")
    if season is None or not rulings.is_asked(me.db, me.actor, season.id or 0, number):
        return
    season_id = season.id or 0
    found = rulings.rulings_of(me.db, me.actor, season_id, number)
    st.subheader(_("Marking in this season"), anchor=False)
    if season.state in COUNTING:
        st.caption(_("If the question or its key is wrong: all attempts are marked anew, and contestants read why."))
        with st.container(horizontal=True):
            if st.button(_("Correct the right answer …"), key="rule_key"):
                _ask(season_id, number, strike=False)
            if (not found or found[0].right) and st.button(_("Strike the question …"), key="rule_strike"):
                _ask(season_id, number, strike=True)
    if found:
        columns = [Col(_("When")), Col(_("How it is marked")), Col(_("Attempts"), number=True)]
        rows = [(one.id, _cells(me, row, one)) for one in found]
        table("rulings", columns, rows, _("Marking in this season"))
        st.caption(_("The newest one holds. To undo it, correct the right answer again."))


def _cells(me: Here, row: Question, one: RulingLine) -> list[object]:
    _ = me._
    how = _told(me, row, one.right) if one.right else _("Struck: full marks for everybody who had it")
    when = [format_instant(me.locale, one.ruled_at), sub(me.pick(one, "ruled_by"))]
    return [when, [how, sub(one.reason)], str(one.attempts)]


def _told(me: Here, row: Question, codes: Sequence[str]) -> str:
    """Options as the person reads them."""
    texts = {one["code"]: pick(me.locale, one["zh"], one["en"]) for one in row.options}
    return me.several(f"{code.upper()} {texts[code]}" for code in codes)


def _ask(season_id: int, number: int, strike: bool) -> None:
    """Choose the key, see what it would change, give the reason, mark anew: on what was ruled when it was opened."""
    me = here()
    title = me._("Strike the question") if strike else me._("Correct the right answer")
    before = rulings.rulings_of(me.db, me.actor, season_id, number)

    @asking(plain(title), width="large")
    def ask() -> None:
        me = here()
        row = questions.get_question(me.db, me.actor, number)
        now = before[0].right if before else tuple(row.right)
        right = [] if strike else _choose(me, row, now)
        if not strike and (not right or set(right) == set(now)):
            st.info(plain(me._("Choose what is right instead: what it changes is shown then.")))
            return
        with refusals(me.locale):
            with st.spinner(me._("Counting what it changes …")):
                effect = rulings.preview(me.db, me.actor, season_id, number, right)
            _show(me, effect, strike)
        reason = forms.line(me.locale, "reason", "", 400, required=True)
        st.caption(plain(me._("Contestants read the reason once the week's paper is played no more.")))
        if st.button(me._("Mark anew"), type="primary", key="rule_yes"):
            with st.spinner(me._("Marking anew …")), refusals(me.locale):
                seen = before[0].id if before else 0
                made = rulings.rule(me.db, me.actor, season_id, number, right, reason, seen)
                said = me._("Marked anew. Attempts with other points: {count}.")
                done(said.format(count=made.raised + made.lowered))
                st.rerun()

    ask()


def _choose(me: Here, row: Question, now: Sequence[str]) -> list[str]:
    """The right options; of a question with one answer several may be accepted, each by itself."""
    codes = [one["code"] for one in row.options]
    chosen = st.pills(
        me._("Right options"), codes, selection_mode="multi", default=list(now), key="rule_right",
        format_func=lambda code: _told(me, row, [code]),
    )  # fmt: skip
    if row.kind != QuestionKind.MULTIPLE:
        st.caption(plain(me._("With several, each of them by itself is right.")))
    return sorted(chosen)


def _show(me: Here, effect: Effect, strike: bool) -> None:
    """What would change, before it does."""
    _ = me._
    what = (
        _("Everybody who had the question gets full marks for it, answered or not. It is asked no more.")
        if strike
        else _("Every attempt that had the question is marked by this key. It is drawn for no other week.")
    )
    st.text(what)
    lines = [
        (_("Attempts that had it"), effect.attempts),
        (_("Attempts that gain points"), effect.raised),
        (_("Attempts that lose points"), effect.lowered),
        (_("Contestants whose quiz score rises"), effect.scores_up),
        (_("Contestants whose quiz score falls"), effect.scores_down),
    ]
    rows = [(place, [label, str(count)]) for place, (label, count) in enumerate(lines)]
    table("effect", [Col(_("What changes")), Col(_("How many"), number=True)], rows, _("What changes"))
