"""The dry run of the stars for the organiser, and the panel's ballot for judges."""

from collections.abc import Mapping
from functools import partial
from itertools import product

import streamlit as st

from audit.db.models import Contestant, Organisation, Season
from audit.domain.contest.scores import Standing
from audit.domain.contest.stars import MERIT
from audit.domain.permissions import Where, may
from audit.i18n import pick
from audit.services.contest import boards, editions, panel_reading, recount_files, results, scoreboard
from audit.ui import contest_parts, forms
from audit.ui.page import Here
from audit.ui.table import Col, chip, empty, sub, table


def panel(me: Here, season: Season) -> None:
    """Shared places at the last seat: who is in question, and the judge's own recorded votes."""
    _ = me._
    judges = may(me.actor, "contest.judge", Where(season_id=season.id))
    if season.state != "frozen":
        if judges:
            st.info(_("The panel decides shared places once the season is frozen. Nothing to decide now."))
        return
    found = panel_reading.questions(me.db, me.actor, season.id or 0)
    if not found:
        st.success(_("Nothing is left for the panel: no shared place at a last seat."))
        return
    st.subheader(_("For the panel to decide"), anchor=False)
    st.caption(_("A vote is recorded with your name and cannot be taken back."))
    rows = [
        (
            one.contestant_id,
            [
                [me.pick(one, "person"), sub(me.pick(one, "organisation"))],
                str(one.seats),
                chip("rating", "pass", _("You voted")) if one.mine else "–",
            ],
        )
        for one in found
    ]

    def ask(number: int) -> None:
        one = next(row for row in found if row.contestant_id == number)
        what = _("Your vote for {name} is recorded and cannot be taken back.").format(name=me.pick(one, "person"))
        forms.confirm(_("Vote for this contestant?"), what, _("Vote"), partial(_vote, season.id or 0, number))

    columns = [Col(_("Contestant")), Col(_("Seats"), number=True), Col(_("Your vote"))]
    table("panel", columns, rows, _("Panel"), on_open=ask if judges else None)


def _vote(season_id: int, number: int, me: Here) -> str:
    scoreboard.cast_panel_ballot(me.db, me.actor, season_id, number)
    return me._("Your vote is recorded.")


def trial(me: Here, season: Season) -> None:
    """Who would be a star now, by which seat; who cannot be one, and why. For the organiser alone."""
    _ = me._
    found = scoreboard.try_stars(me.db, me.actor, season.id or 0)
    people = boards.people_of(me.db, season.id or 0)
    selection = found.selection
    if season.state != "closed":
        st.subheader(_("Dry run"), anchor=False)
    told = _("Stars: {stars}. Seats that nobody earns: {vacant}.")
    if selection.undecided:  # what is vacant is known when those who wait for the panel are in the draw again
        told = _("Stars: {stars}. Seats for the panel: {undecided}. What is left goes by merit once it has voted.")
    undecided = sum(one.seats for one in selection.undecided)
    st.text(told.format(stars=len(selection.stars), undecided=undecided, vacant=selection.vacant))
    lines = {line.key: line for line in found.lines}
    rows = []
    for star in selection.stars:
        person, owner = people[star.key]
        seat = _("Merit in the whole city") if star.seat == MERIT else _("Own organisation")
        line = lines[star.key]
        rows.append(
            (
                person.id or 0,
                [
                    [f"{line.place}. {pick(me.locale, person.name, person.name_en)}", sub(me.pick(owner))],
                    seat,
                    contest_parts.points(line.total),
                ],
            )
        )
    columns = [Col(_("Contestant")), Col(_("Seat")), Col(_("Total"), number=True)]
    if rows:
        table("stars", columns, rows, _("Stars"))
    elif selection.undecided:
        empty(_("Every seat that is reached is shared: the panel decides once the season is frozen."))
    else:
        empty(_("Nobody would be a star yet: nobody has reached the threshold."))
    _ruled_out(me, found.ineligible, people, lines)


def _ruled_out(
    me: Here,
    ineligible: Mapping[str, str],
    people: Mapping[str, tuple[Contestant, Organisation]],
    lines: Mapping[str, Standing],
) -> None:
    """Who cannot become a star, with the reason."""
    _ = me._
    if not ineligible:
        return
    st.subheader(_("Cannot become a star"), anchor=False)
    st.caption(_("Seen by the organiser only; the recount file tells, without name, whose ruling decides a seat."))
    rows = []
    for key, reason in ineligible.items():
        person, owner = people[key]
        who = [f"{lines[key].place}. {pick(me.locale, person.name, person.name_en)}", sub(me.pick(owner))]
        rows.append((person.id or 0, [who, reason]))
    columns = [Col(_("Contestant")), Col(_("Reason"))]
    table("ruled_out", columns, rows, _("Cannot become a star"))


def recount_file(me: Here, season: Season, busy: bool) -> tuple[str, str] | None:
    """The way to the published recount file, or what was asked for: the file, before the clock publishes it."""
    if recount_files.standing_of(me.db, season):
        st.link_button(me._("The recount file"), "/contest/recount")
    elif st.button(me._("Publish the recount file"), key="publish_recount", disabled=busy):
        return editions.RECOUNT, "zh"
    return None


def documents(me: Here, season: Season, busy: bool) -> tuple[str, str] | None:
    """The result as Excel, the issued documents, and what was asked for: (kind, language) of a document to be made.

    `busy`: one is being made just now.
    """
    _ = me._
    with st.container(horizontal=True, vertical_alignment="center"):
        st.link_button(_("Scoreboard as Excel"), f"/documents/workbooks/scoreboard/{season.id}.xlsx")
        if season.state != "closed":
            st.caption(_("Scoreboard and certificates are issued as PDF once the season is closed."))
            return None
        issued = {(row.kind, row.language): row for row in results.documents_of(me.db, me.actor, season.id or 0)}
        asked = recount_file(me, season, busy)
        for kind, language in product(editions.KINDS, ("zh", "en")):
            label = f"{me.word('contest_document', kind)} · {'中文' if language == 'zh' else 'English'}"
            row = issued.get((kind, language))
            if row is not None:
                st.link_button(f"↓ {label} (PDF)", f"/documents/contest/{season.id}/{row.id}")
            elif st.button(
                _("Issue: {document}").format(document=label), key=f"issue_{kind}_{language}", disabled=busy
            ):
                asked = (kind, language)
    return asked
