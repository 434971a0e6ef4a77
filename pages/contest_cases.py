"""Cases and golden ideas for those who review: what waits, one of them, its comments and reposts."""

import streamlit as st

from audit.domain.contest.contributions import Kind
from audit.domain.contest.season import ContributionState
from audit.i18n import format_instant, pick
from audit.services.contest import contributions, reposts
from audit.ui import contest_parts, contribution_parts, filters
from audit.ui.page import Here, back, chosen_id, head, here, open_one
from audit.ui.table import Col, chip, empty, page_number, pager, sub, table


def one(me: Here, number: int) -> None:
    """One case or idea."""
    piece = contributions.get_piece(me.db, me.actor, number)
    row = piece.row
    back(me, me._("Cases and ideas"))
    author = pick(me.locale, piece.author.name, piece.author.name_en)
    handed_in = format_instant(me.locale, row.submitted_at)
    kind = me.word("contribution_kind", row.kind)
    head(row.title, f"{kind} · {author} · {me.pick(piece.organisation)} · {handed_in}")
    contribution_parts.standing(me, row)
    st.text(row.text)
    contribution_parts.pictures(piece)
    contribution_parts.buttons(me, row)
    if row.published_at:
        contribution_parts.comments(me, number)
        contribution_parts.reposted(me, number)


@st.fragment
def listing() -> None:
    """The list with its filters."""
    me = here()
    _ = me._
    season = contest_parts.season(me, "contest.review")
    if season is None:
        return
    left, middle, right = st.columns([3, 2, 2], vertical_alignment="bottom")
    with left:
        search = filters.search(me)
    with middle:
        kind = filters.one_of(me, "kind", _("Kind"), list(Kind), lambda one: me.word("contribution_kind", one))
    with right:
        states = list(ContributionState)
        state = filters.one_of(me, "state", _("State"), states, lambda one: me.word("contribution_state", one))
    found = contributions.find_pieces(me.db, me.actor, season.id or 0, search, kind, state, page_number())
    if not found.rows:
        nothing = _("Nothing handed in yet. Contestants submit cases and ideas on their light page.")
        empty(_("Nothing found. Change the search or the filters.") if search or kind or state else nothing)
        return
    rows = []
    for piece in found.rows:
        author = pick(me.locale, piece.author.name, piece.author.name_en)
        row = piece.row
        standing = [chip("contribution_state", row.state, me.word("contribution_state", row.state))]
        gives = f"+{contest_parts.points(row.points)}" if row.points else "–"
        kind_word = me.word("contribution_kind", row.kind)
        about = sub(f"{kind_word} · {author} · {me.pick(piece.organisation)}")
        rows.append((row.id, [[row.title, about], standing, gives]))
    columns = [Col(_("Title")), Col(_("State")), Col(_("Points"), number=True)]
    table("pieces", columns, rows, _("Cases and ideas"), on_open=open_one)
    pager(found, _)
    reach = reposts.reach(me.db, me.actor, season.id or 0)
    if reach:
        told = me.several(f"{channel} {count}" for channel, count in reach)
        st.caption(_("Reposts, as reach and never as points: {told}").format(told=told))


me = here()
number = chosen_id()
if number is not None:
    one(me, number)
else:
    head(me._("Cases and ideas"), me._("What contestants handed in: review, publish, adopt. What waits comes first."))
    listing()
