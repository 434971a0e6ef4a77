"""What to do today, by role."""

import streamlit as st

from audit.domain.permissions import may_somewhere
from audit.domain.visits import is_due
from audit.i18n import format_date, format_instant
from audit.services import backup, clock, leaving, overview, visit_reading, visits
from audit.services.installation import installation
from audit.services.loop import drafting, escalating, review_queue
from audit.ui import branch_day, contest_day, tablet_form
from audit.ui.page import Here, head, here, plain
from audit.ui.waits import card, counted, waits
from audit.ui.words import N_

# fmt: off
STEPS = {
    # step             what it is                                  page
    "organisations": (N_("Branches are entered"),                  "organisations"),
    "outlets":       (N_("Their halls and other outlets are entered"), "outlets"),
    "accounts":      (N_("Supervisors have accounts"),             "accounts"),
    "marketing":     (N_("The marketing department has accounts"), "accounts"),
    "checklists":    (N_("A checklist is published"),              "checklists"),
    "rounds":        (N_("The first round is planned (by the marketing department)"), "rounds"),
}
# fmt: on


def my_day(me: Here) -> None:
    """The supervisor's visits that are due; the first of them opens in the form with one tap."""
    _ = me._
    rows = visits.my_visits(me.db, me.actor, states=tablet_form.TO_DO)
    due = [row for row in rows if is_due(row.visit.state, row.visit.planned_on, clock.today())]
    if due:
        text = _("{outlet} is next.").format(outlet=me.pick(due[0].outlet))
        with waits(counted(me, "to_make", len(due)), text, len(due)):
            st.page_link("my_visits.py", label=_("All my visits"))
            tablet_form.button(me, due[0])
    elif rows:
        day = format_date(me.locale, rows[0].visit.planned_on)
        card(_("No visit today"), _("The next one is on {day}.").format(day=day), _("My visits"), "my_visits")
    else:
        card(_("No visits planned"), _("New ones appear here once a round is published."), _("My visits"), "my_visits")


def to_review(me: Here, waiting: dict[str, int]) -> None:
    """Marketing's queues, the drafts that the approver issues, and the rounds."""
    _ = me._
    if "to_review" in waiting:
        text, critical = _("Accept them, or send them back with a comment."), waiting["critical_to_review"]
        if critical:
            text = counted(me, "critical_visits", critical)
        number = waiting["to_review"]
        card(counted(me, "to_review", number), text, _("Review"), "review", number)
    if may_somewhere(me.actor, "finding.review"):
        text = _("What the branches answered or ask for, and what waits for your decision.")
        number = sum(review_queue.counts(me.db, me.actor).values())
        card(counted(me, "requests", number), text, _("Rectifications"), "rectifications", number)
    if may_somewhere(me.actor, "draft.read"):
        number, critical = drafting.waiting(me.db, me.actor)
        text = _("Check them; the approver issues them to the branches.")
        urgent = counted(me, "critical_drafts", critical)
        title = counted(me, "drafts", number)
        card(title, urgent if critical else text, _("Drafts and issue"), "drafts", number)
    if waiting.get("looks_overdue"):
        text = _("Their day has passed: give them to others, or ask what keeps them.")
        number = waiting["looks_overdue"]
        card(counted(me, "looks", number), text, _("Re-inspections"), "reinspections", number)
    if "rounds" in waiting:
        text = _("See how far each branch has come.")
        number = waiting["rounds"]
        card(counted(me, "rounds", number), text, _("Plan and progress"), "rounds", number)
    if waiting.get("drafts") and may_somewhere(me.actor, "round.manage"):
        text = _("Teams see their visits once a round is published.")
        number = waiting["drafts"]
        card(counted(me, "to_publish", number), text, _("Plan and progress"), "rounds", number)


def setup(me: Here) -> None:
    """The administrator's set-up checklist."""
    _ = me._
    steps = overview.setup_steps(me.db, me.actor)
    left = sum(not count for _step, count in steps)
    st.subheader(_("Set-up"), anchor=False)
    st.caption(counted(me, "steps", left) if left else _("Everything is set up."))
    for step, count in steps:
        text, page = STEPS[step]
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            st.text(f"{'✓' if count else '○'}　{_(text)}", width="stretch")
            st.text(str(count))
            if page != "rounds" or may_somewhere(me.actor, "round.read"):
                st.page_link(f"{page}.py", label=_("Open it"))
    stranded = leaving.listed_orphans(me.db, me.actor)
    if stranded:
        text = _("They cannot sign in any more: hand their open work over.")
        title = counted(me, "stranded", len(stranded))
        card(title, text, _("Accounts"), "accounts", len(stranded))
    last_backup(me)


def last_backup(me: Here) -> None:
    """How old the last backup is; a sign and what to do when that is too old."""
    _ = me._
    standing = backup.standing_for(installation().settings, me.actor)
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        st.text(f"{'⚠' if standing.late else '✓'}　{_('Last backup')}", width="stretch")
        st.text(format_instant(me.locale, standing.at) or _("never"))
        if standing.age:
            st.text(counted(me, "hours", int(standing.age.total_seconds() // 3600)))
    if standing.late:
        late = _("A backup is due every night. On the server: {command}")
        st.warning(plain(late.format(command="python -m audit backup DIR")))


me = here()
_ = me._
head(_("Today"), _("{day} — what waits for you.").format(day=format_date(me.locale, clock.today())))
if may_somewhere(me.actor, "visit.conduct"):
    my_day(me)
if may_somewhere(me.actor, "visit.expect"):
    branch_day.show(me)
if escalating.may_decide(me.actor):
    found = escalating.find(me.db, me.actor, size=1)
    text = _("Findings that stay overdue: decide on supervision, the circular or an interview.")
    title = counted(me, "proposals", found.total)
    card(title, text, _("Escalations"), "escalations", found.total)
    card(_("Board"), _("How far each branch has come, and what is overdue."), _("Open it"), "board")
to_review(me, overview.waiting(me.db, me.actor))
if may_somewhere(me.actor, "contest.review"):
    contest_day.show(me, card)
if may_somewhere(me.actor, "settings.manage"):
    setup(me)
if may_somewhere(me.actor, "report.read"):
    card(_("Visit reports"), _("One illustrated report for each branch and round."), _("Open it"), "visit_report")
elif may_somewhere(me.actor, "visit.read"):
    found = visit_reading.find_readable_visits(me.db, me.actor, size=1)
    text = _("Scores, photos and the record of the meeting, once marketing has accepted a visit.")
    title = counted(me, "to_read", found.total)
    card(title, text, _("Visits"), "visits", found.total)
if not may_somewhere(me.actor, "report.read") and not may_somewhere(me.actor, "settings.manage"):
    card(_("Checklists"), _("What the inspectors look at, item by item."), _("Open it"), "checklists")
