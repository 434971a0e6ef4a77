"""Vote slips on the votes' page: who made how many and how many were used, the files to print, and making more."""

from collections.abc import Callable

import streamlit as st

from audit.db.engine import Database
from audit.db.models import Season
from audit.domain.contest.season import SeasonState
from audit.domain.permissions import Actor
from audit.errors import RoundsError
from audit.i18n import format_date, format_instant, pick
from audit.services import clock, jobs
from audit.services.contest import candidates, contestants, served, slip_sheets, slips, tokens
from audit.services.contest.slips import BatchLine
from audit.services.installation import installation
from audit.services.spreadsheet_import import Outcome
from audit.ui import contest_parts, filters, forms, importing
from audit.ui.asking import asking
from audit.ui.page import Here, back, chosen_id, done, here, open_one, plain, refusals, show_error
from audit.ui.table import Col, empty, page_number, pager, sub, table
from audit.ui.working import progress

PEOPLE = 500  # contestants of one organisation to choose from


def listing(me: Here, season: Season, begin: Callable[[dict[str, int]], int]) -> None:
    """The batches of a season, or the one that is open; `begin` asks for the job that lays its slips out."""
    _, season_id = me._, season.id or 0
    number = chosen_id()
    if number is not None:
        _one(me, season_id, number, begin)
        return
    if season.state != SeasonState.CLOSED:
        with st.container(horizontal=True):
            if st.button(_("Make slips …"), type="primary", key="slips_make"):
                make(season_id)
            if st.button(_("Bring a list of served transactions …"), key="slips_list"):
                bring(me, season_id)
    search = filters.search(me)
    found = slips.batches(me.db, me.actor, season_id, search, page_number())
    if not found.rows:
        nothing = _("No slips yet. Make some for a hall or for people who serve, print and cut them.")
        empty(_("Nothing found. Change the search or the filters.") if search else nothing)
        return
    rows = [
        (
            one.id,
            [
                [_served(me, one), sub(f"{one.id:04}")],
                [format_instant(me.locale, one.made_at), sub(me.pick(one, "made_by"))],
                format_date(me.locale, one.expires_at),
                str(one.count),
                str(one.used),
            ],
        )
        for one in found.rows
    ]
    columns = [Col(_("For")), Col(_("Made")), Col(_("Valid until")), Col(_("Slips"), number=True),
               Col(_("Used"), number=True)]  # fmt: skip
    table("slips", columns, rows, _("Vote slips"), on_open=open_one)
    pager(found, _)


def _one(me: Here, season_id: int, number: int, begin: Callable[[dict[str, int]], int]) -> None:
    _ = me._
    back(me, _("Vote slips"))
    one = slips.batch(me.db, me.actor, season_id, number)
    st.subheader(plain(_served(me, one)), anchor=False)
    columns = [Col(_("Made")), Col(_("Valid until")), Col(_("Slips"), number=True), Col(_("Used"), number=True)]
    made = [format_instant(me.locale, one.made_at), sub(me.pick(one, "made_by"))]
    table("slip", columns, [(1, [made, format_date(me.locale, one.expires_at), str(one.count), str(one.used)])])
    if one.expires_at <= clock.now():
        st.info(_("These slips are no longer valid. Make new ones."))
        return
    with st.container(horizontal=True):
        _sheets(me, season_id, number, begin)
        if not one.served_zh:
            st.link_button(_("Texts to send (Excel)"), f"/documents/slips/{season_id}/{number}.xlsx")
        st.link_button(_("Table (CSV)"), f"/documents/slips/{season_id}/{number}.csv")
    st.caption(
        plain(_("Twelve on a page of A4. Used ones are left out. Every download is recorded: a slip is worth a vote."))
    )


def _served(me: Here, one: BatchLine) -> str:
    """For which hall or whom the slips are."""
    return pick(me.locale, one.served_zh, one.served_en) or me._("Served transactions, from a list")


def _sheets(me: Here, season_id: int, number: int, begin: Callable[[dict[str, int]], int]) -> None:
    """The PDF: asked for, being made, or made; its file is kept for a day and offered to whoever asked for it."""
    _ = me._
    job = slip_sheets.made(installation(), me.actor, season_id, number, chosen_id("job") or 0)
    if job is not None and job.state in jobs.UNFINISHED:
        with st.container(width="stretch"):
            progress()
        return
    if job is not None and job.state == "failed":
        code = job.error_code if job.error_code != "internal" else "report.failed"
        show_error(RoundsError(code, **{"cause": "", **job.result.get("params", {})}), me.locale)
    if job is not None and job.state == "done":
        address = f"/documents/slips/{season_id}/{number}/{job.id}.pdf"
        label = _("Download the PDF")
        size = f"{max(0.1, job.result['size'] / 1e6):.1f} MB"
        st.link_button(f"↓ {me.aside(label, size)}", address, type="primary")
    elif st.button(_("Make the PDF to print"), type="primary", key="slips_pdf"):
        st.query_params["job"] = str(begin({"season_id": season_id, "batch_id": number}))
        st.rerun()


def bring(me: Here, season_id: int) -> None:
    """A slip for each transaction of a list of the operator's systems, after a dry run."""
    days = tokens.DAYS

    def ask(now: Here) -> None:
        nonlocal days
        days = int(st.number_input(now._("Valid for days"), 1, slips.MOST_DAYS, tokens.DAYS))

    def run(db: Database, actor: Actor, data: bytes, dry: bool) -> Outcome:
        return served.import_served(db, actor, season_id, data, dry, days)

    told = me._("1. One row a transaction: its number, and if known hall, employee number, phone. Each gets one slip.")
    importing.dialog(me, run, "served", ("xlsx", "csv"), told, ask)


def make(season_id: int) -> None:
    """Choose a hall or people, how many and how long they are valid."""

    @asking(plain(here()._("Make slips")))
    def ask() -> None:
        me, _season = contest_parts.current(season_id)
        _ = me._
        owners = candidates.organisations(me.db, season_id, me.locale)
        owner = forms.choose(me, "organisation", owners, lambda one: one.name, required=True)
        halls = candidates.halls(me.db, season_id, me.locale, owner.id) if owner else []
        hall = forms.choose(me, "outlet", [None, *halls], lambda one: one.name if one else "–")
        of = owner.id if owner else None
        found = contestants.find_contestants(me.db, me.actor, season_id, organisation_id=of, size=PEOPLE)
        names = {
            one.id: f"{pick(me.locale, one.name, one.name_en)} {one.employee_number}"
            for one in found.rows
            if not one.withdrawn and (hall is None or one.outlet_id == hall.id)
        }
        everybody = _("Everybody of the hall")
        people = st.multiselect(
            _("Only for these people"), list(names), format_func=names.__getitem__, placeholder=everybody
        )
        left, right = st.columns(2)
        with left:
            count = int(st.number_input(_("Slips for each") if people else _("Slips"), 1, slips.MOST, 60))
        with right:
            days = int(st.number_input(_("Valid for days"), 1, slips.MOST_DAYS, tokens.DAYS))
        told = _("Slips: {count}. Pages: {pages}. At most {most} at once.")
        every = count * max(1, len(people))
        pages = max(1, len(people)) * -(-count // 12)
        st.caption(plain(told.format(count=every, pages=pages, most=slips.MOST)))
        if st.button(_("Make slips"), type="primary", key="slips_yes"):
            with st.spinner(_("Making …")), refusals(me.locale):
                made = slips.make(me.db, me.actor, season_id, count, hall.id if hall else None, people, days)
                done(_("Slips made: {count}.").format(count=every))
                if len(made) == 1:
                    st.query_params["id"] = str(made[0])
                st.rerun()

    ask()
