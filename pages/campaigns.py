"""Campaigns: the list, and one of them."""

import datetime as dt
from functools import partial

import streamlit as st

from audit.db.models import Campaign
from audit.domain.permissions import may_somewhere
from audit.i18n import format_dates, pick
from audit.services import campaigns, clock
from audit.services.campaigns import CampaignValues, Question
from audit.ui import filters, forms
from audit.ui.asking import asking
from audit.ui.page import Here, act, back, chosen_id, done, head, here, open_one, refusals
from audit.ui.table import Col, empty, page_number, pager, sub, table

QUESTION_LINES = 6


def form(me: Here, old: Campaign | None) -> CampaignValues:
    """The fields of a campaign."""
    _ = me._
    today = clock.today()
    name = forms.both(me.locale, "name", old.name_zh if old else "", old.name_en if old else "", 120, required=True)
    left, right = st.columns(2)
    with left:
        first = st.date_input(
            forms.label(me.locale, "starts_on", True), old.starts_on if old else today, format="YYYY-MM-DD"
        )
    with right:
        last = st.date_input(
            forms.label(me.locale, "ends_on", True),
            old.ends_on if old else today + dt.timedelta(days=30), format="YYYY-MM-DD",
        )  # fmt: skip
    texts = {
        f"{field}_{language}": text
        for field in ("materials", "talking_points")
        for language, text in zip(
            ("zh", "en"),
            forms.both(
                me.locale, field, getattr(old, f"{field}_zh", ""), getattr(old, f"{field}_en", ""), 4000, long=True
            ),
            strict=True,
        )
    }
    st.caption(_("Questions that the inspectors ask in every hall while the campaign runs:"))
    return CampaignValues(
        name_zh=name[0], name_en=name[1], starts_on=first, ends_on=last, questions=questions(old), **texts
    )


def questions(old: Campaign | None) -> tuple[Question, ...]:
    """Question lines, Chinese and English; empty lines are left out, and codes stay with their questions."""
    known = list(old.questions) if old else []
    words = (here()._("Chinese"), here()._("English"))
    found = []
    for place in range(max(QUESTION_LINES, len(known) + 2)):
        was = known[place] if place < len(known) else {"code": f"Q{place + 1}", "zh": "", "en": ""}
        left, right = st.columns(2)
        with left:
            zh = st.text_input(
                f"{place + 1}. {words[0]}", was["zh"], max_chars=200, key=f"zh_{place}_{version_of(old)}"
            )
        with right:
            en = st.text_input(
                f"{place + 1}. {words[1]}", was["en"], max_chars=300, key=f"en_{place}_{version_of(old)}"
            )
        if zh or en:
            found.append(Question(str(was["code"]), zh or "", en or ""))
    return tuple(found)


def version_of(old: Campaign | None) -> str:
    """What sets the fields of one state of one campaign apart from those of another."""
    return f"{old.id}_{old.version}" if old else "new"


def create() -> None:
    """A dialog for a new campaign."""

    @asking(here()._("New campaign"), width="large")
    def ask() -> None:
        me = here()
        given = form(me, None)
        if st.button(me._("Create"), type="primary"):
            with refusals(me.locale):
                campaigns.create_campaign(me.db, me.actor, given)
                done(me._("Created."))
                st.rerun()

    ask()


def one(me: Here, row: Campaign) -> None:
    """One campaign: to change, or to read."""
    _ = me._
    back(me, _("Campaigns"))
    head(me.pick(row), format_dates(me.locale, row.starts_on, row.ends_on))
    if may_somewhere(me.actor, "campaign.manage"):
        given = form(me, row)
        if st.button(_("Save"), type="primary"):
            change = partial(campaigns.change_campaign, me.db, me.actor, row.id or 0, row.version, given)
            act(me.locale, change, _("Saved."))
        return
    for title, field in ((_("Materials"), "materials"), (_("Talking points"), "talking_points")):
        if me.pick(row, field):
            st.subheader(title, anchor=False)
            st.text(me.pick(row, field))
    if row.questions:
        st.subheader(_("Questions"), anchor=False)
        for place, question in enumerate(row.questions, start=1):
            st.text(f"{place}. {pick(me.locale, question['zh'], question['en'])}")


@st.fragment
def listing() -> None:
    """The list with its search."""
    me = here()
    _ = me._
    found = campaigns.find_campaigns(me.db, me.actor, filters.search(me), page_number())
    if not found.rows:
        empty(_("No campaign found. The inspectors ask about those that run on the day of the visit."))
        return
    columns = [Col(_("Campaign")), Col(_("When")), Col(_("Questions"), number=True)]
    rows = [(row.id or 0, cells(me, row)) for row in found.rows]
    table("campaigns", columns, rows, _("Campaigns"), on_open=open_one)
    pager(found, _)


def cells(me: Here, row: Campaign) -> list[object]:
    """One campaign as a row."""
    _ = me._
    today = clock.today()
    state = _("Over") if row.ends_on < today else _("Coming") if row.starts_on > today else _("Running")
    dates = format_dates(me.locale, row.starts_on, row.ends_on)
    return [me.pick(row), [state, sub(dates)], len(row.questions)]


me = here()
number = chosen_id()
if number is not None:
    one(me, campaigns.get_campaign(me.db, me.actor, number))
else:
    head(me._("Campaigns"), me._("What halls promote now: materials, talking points, and the questions asked there."))
    if may_somewhere(me.actor, "campaign.manage") and st.button(me._("New campaign"), type="primary"):
        create()
    listing()
