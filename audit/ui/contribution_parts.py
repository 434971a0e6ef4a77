"""One case or idea for who reviews it: state, pictures, the buttons of its table, comments, reposts."""

import html
from collections.abc import Sequence
from functools import partial

import streamlit as st

from audit.db.models import Contribution
from audit.domain.contest.contributions import Review, reviews_for
from audit.domain.contest.rules import Rules
from audit.i18n import format_date, format_instant, pick
from audit.services import clock
from audit.services.contest import comments as said
from audit.services.contest import contributions, reposts, seasons
from audit.services.contest.contributions import Piece
from audit.services.contest.reposts import RepostValues
from audit.ui import contest_parts, forms
from audit.ui.asking import asking
from audit.ui.page import Here, act, here
from audit.ui.table import Col, chip, empty, sub, table


def standing(me: Here, row: Contribution) -> None:
    """State, points and what the reviewer said."""
    _ = me._
    state = chip("contribution_state", row.state, me.word("contribution_state", row.state))
    gives = f"+{contest_parts.points(row.points)}" if row.points else "–"
    columns = [Col(_("State")), Col(_("Points"), number=True), Col(_("What the reviewer said"))]
    table("standing", columns, [(1, [state, gives, row.review or "–"])], _("State"))


def pictures(piece: Piece) -> None:
    """The pictures in a row; a tap opens one large."""
    shown = "".join(
        f'<a href="/contest/pictures/{html.escape(picture)}" target="_blank"><img alt="" '
        f'src="/contest/pictures/{html.escape(thumbnail)}" style="height:180px;border-radius:8px;margin:4px"></a>'
        for picture, thumbnail in piece.photos
    )
    if shown:
        st.html(shown)


def buttons(me: Here, row: Contribution) -> None:
    """What can be done with it in its state."""
    with st.container(horizontal=True):
        for step in reviews_for(row.state, row.kind):
            label, key = me.word("review_step", step.action), f"review_{step.action}"
            if st.button(label, type="secondary" if step.reason else "primary", key=key):
                _ask(row.id or 0, step)


def _ask(number: int, step: Review) -> None:
    """Ask for the reason, and for the class of an idea that is adopted."""

    @asking(here().word("review_step", step.action))
    def ask() -> None:
        me = here()
        _ = me._
        row = contributions.get_piece(me.db, me.actor, number).row
        ideas = Rules.from_json(seasons.get_season(me.db, me.actor, row.season_id).rules).bonus.ideas
        grade = 1
        if step.action == "adopt":
            names = [_("Class {grade}: {points} points").format(grade=place, points=contest_parts.points(one))
                     for place, one in enumerate(ideas, start=1)]  # fmt: skip
            grade = st.radio(forms.label(me.locale, "grade"), range(1, len(ideas) + 1),
                             format_func=lambda one: names[one - 1])  # fmt: skip
        label = forms.label(me.locale, "reason", step.reason) if step.reason else _("What the reviewer said")
        reason = st.text_area(label, max_chars=1000)
        st.caption(_("The contestant reads this."))
        if st.button(me.word("review_step", step.action), type="primary", key="review_yes"):
            do = partial(
                contributions.review, me.db, me.actor, number, row.version, step.action, reason or "", int(grade)
            )
            act(me.locale, do, _("Saved."))

    ask()


def comments(me: Here, number: int) -> None:
    """What people said, one can be taken off and put back; and saying something as who reviews."""
    _ = me._
    st.subheader(_("Comments"), anchor=False)
    found = said.comments_of(me.db, number, hidden=True)
    if found:
        _said(me, found)
        st.caption(_("Tap a comment to take it off or to put it back."))
    else:
        empty(_("No comments yet."))
    with st.form(f"comment_{len(found)}", border=False):  # empty again once it stands above, not when it is refused
        text = st.text_area(_("Your comment"), max_chars=1000, height=100)
        st.caption(_("Everybody reads it on the contest's pages, with your name."))
        sent = st.form_submit_button(_("Post the comment"))
    if sent:
        act(me.locale, partial(said.comment_as_panel, me.db, me.actor, number, text or ""), _("Saved."))


def _said(me: Here, found: Sequence[said.Said]) -> None:
    _ = me._
    rows = []
    for one in found:
        state = chip("state", "closed", _("Taken off")) if one.hidden else ""
        panel = [_("Contest panel")] if one.panel else []
        name = pick(me.locale, one.name, one.name_en)
        who = " · ".join([name, *panel, format_instant(me.locale, one.written_at)])
        rows.append((one.id, [[one.text, sub(who)], state]))

    def change(comment_id: int) -> None:
        hidden = next(one.hidden for one in found if one.id == comment_id)
        title = _("Put the comment back?") if hidden else _("Take the comment off?")
        what = _("Everybody reads it again.") if hidden else _("Nobody reads it any more. You can put it back.")
        do = partial(_hide, comment_id, not hidden)
        forms.confirm(title, what, _("Put back") if hidden else _("Take off"), do)

    table("comments", [Col(_("Comments")), Col(_("State"))], rows, _("Comments"), on_open=change)


def _hide(comment_id: int, hidden: bool, me: Here) -> str:
    said.set_hidden(me.db, me.actor, comment_id, hidden)
    return me._("Saved.")


def reposted(me: Here, number: int) -> None:
    """Where it was shown elsewhere, and noting another place."""
    _ = me._
    with st.expander(_("Reposts (never points)")):
        noted = reposts.reposts_of(me.db, me.actor, number)
        with st.form(f"repost_{len(noted)}", border=False):  # empty again once it is noted, not when it is refused
            left, middle, right = st.columns([2, 1, 2])
            with left:
                channel = st.text_input(forms.label(me.locale, "channel"), max_chars=40)
            with middle:
                count = st.number_input(forms.label(me.locale, "count"), 1, reposts.MOST, 1)
            with right:
                day = st.date_input(forms.label(me.locale, "day"), clock.today(), max_value=clock.today())
            address = st.text_input(forms.label(me.locale, "address"), max_chars=400, placeholder="https://")
            sent = st.form_submit_button(_("Note it"))
        if sent:
            given = RepostValues(channel or "", int(count), day, address or "")
            act(me.locale, partial(reposts.record, me.db, me.actor, number, given), _("Noted."))
        rows = [
            (one.id or 0, [[one.channel, sub(one.address)] if one.address else one.channel,
                           format_date(me.locale, one.seen_on), str(one.count)])
            for one in noted
        ]  # fmt: skip
        if rows:
            columns = [Col(_("Channel")), Col(_("Day")), Col(_("Reposts"), number=True)]
            table("reposts", columns, rows, _("Reposts"))
