"""The frame of every page: who is looking, in which language, and what they are offered."""

from pathlib import Path
from typing import Literal

import streamlit as st

from audit.domain.permissions import Actor, may_somewhere
from audit.errors import RoundsError
from audit.i18n import translator
from audit.services.accounts import must_change_password
from audit.tokens import icon_svg
from audit.ui import bell, style
from audit.ui.identity import current_actor
from audit.ui.page import back, chosen_id, here, locale_of, show_done, show_error
from audit.ui.words import N_

FOLDER = Path(__file__).parent
QUEUES, LOOP, ROUNDS = N_("Queues"), N_("Follow-up"), N_("Rounds")
CONTEST, CITY, ME = N_("Contest"), N_("City"), N_("Me")

# fmt: off
PAGES: tuple[tuple[str, str | None, str, str | None, str], ...] = (
    # file               menu    title                    shown to holders of      url
    ("home.py",          "",     N_("Today"),             None,                    "home"),
    ("my_visits.py",     "",     N_("My visits"),         "visit.conduct",         "my-visits"),
    ("review.py",        QUEUES, N_("Review"),            "visit.review",          "review"),
    ("rectifications.py", QUEUES, N_("Rectifications"),    "finding.review",        "rectifications"),
    ("drafts.py",        QUEUES, N_("Drafts and issue"),  "draft.read",            "drafts"),
    ("board.py",         LOOP,   N_("Board"),             "finding.read",          "board"),
    ("findings.py",      LOOP,   N_("Findings"),          "finding.read",          "findings"),
    ("register.py",      None,   N_("Findings"),          "finding.read",          "register"),
    ("together.py",      LOOP,   N_("Answer together"),   "finding.answer",        "together"),
    ("reinspections.py", LOOP,   N_("Re-inspections"),    "finding.review",        "reinspections"),
    ("escalations.py",   LOOP,   N_("Escalations"),       "escalation.read",       "escalations"),
    ("papers.py",        LOOP,   N_("Issued documents"),  "paper.read",            "papers"),
    ("rounds.py",        ROUNDS, N_("Plan and progress"), "round.read",            "rounds"),
    ("visits.py",        ROUNDS, N_("Visits"),            "visit.read",            "visits"),
    ("visit_report.py",  ROUNDS, N_("Visit reports"),     "report.read",           "visit-report"),
    ("campaigns.py",     ROUNDS, N_("Campaigns"),         "campaign.read",         "campaigns"),
    ("checklists.py",    ROUNDS, N_("Checklists"),        "checklist.read",        "checklists"),
    ("contest.py",       CONTEST, N_("Season"),           "contest.read",          "contest-season"),
    ("contest_board.py", CONTEST, N_("Scoreboard"),       "contest.read",          "contest-board"),
    ("contestants.py",   CONTEST, N_("Contestants"),      "contest.score",         "contestants"),
    ("contest_quiz.py",  CONTEST, N_("Quiz"),             "contest.manage",        "contest-quiz"),
    ("contest_cases.py", CONTEST, N_("Cases and ideas"),  "contest.review",        "contest-cases"),
    ("contest_votes.py", CONTEST, N_("Ballots and slips"), "contest.manage",       "contest-votes"),
    ("contest_stars.py", CONTEST, N_("Stars"),            "contest.review",        "contest-stars"),
    ("organisations.py", CITY,   N_("Organisations"),     "organisation.read",     "organisations"),
    ("outlets.py",       CITY,   N_("Outlets"),           "organisation.read",     "outlets"),
    ("calendar_days.py", CITY,   N_("Working calendar"),  "calendar.manage",       "calendar"),
    ("accounts.py",      CITY,   N_("Accounts"),          "account.manage",        "accounts"),
    ("messages.py",      ME,     N_("Messages"),          None,                    "messages"),
    ("profile.py",       ME,     N_("Profile"),           None,                    "profile"),
)
# fmt: on


def offered(actor: Actor, locale: str) -> dict[str, list[st.Page]]:
    """The pages a person is offered, by menu (None: in no menu, for links that people have kept).

    All menus lie side by side on a tablet held upright. The day's queues stand beside them where the words are short
    enough, in Chinese, or where there is but one. Each service checks again: leaving a page out is no lock.
    """
    _ = translator(locale)
    menus: dict[str, list[st.Page]] = {}
    for file, menu, title, permission, url in PAGES:
        if permission is None or may_somewhere(actor, permission):
            seen: Literal["visible", "hidden"] = "hidden" if menu is None else "visible"
            page = st.Page(FOLDER / file, title=_(title), url_path=url, default=url == "home", visibility=seen)
            menus.setdefault(_(menu) if menu else "", []).append(page)
    queues = menus.get(_(QUEUES), [])
    if locale.startswith("zh") or len(queues) == 1:
        menus[""] += menus.pop(_(QUEUES), [])
    return menus


def frame() -> None:
    """Draw the page that the address names, for whoever is signed in."""
    st.set_page_config(page_title="Rounds 巡检", page_icon=icon_svg(), layout="wide")
    actor = current_actor()
    locale = locale_of(actor)
    style.apply(locale)
    if actor is None:
        show_error(RoundsError("unauthenticated"), locale)
        st.stop()
    if must_change_password(here().db, actor):
        st.navigation([st.Page(FOLDER / "profile.py", title=translator(locale)("Profile"))], position="hidden").run()
        return
    page = st.navigation(offered(actor, locale), position="top")
    show_done()
    try:
        page.run()
    except RoundsError as error:
        if error.code == "not_found" and chosen_id() is not None:
            back(here(), page.title)
        show_error(error, locale)
    bell.show()


frame()
