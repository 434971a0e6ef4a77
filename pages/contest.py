"""The season: where it stands, what is lacking, and the steps that move it on; its rules for everybody."""

import streamlit as st

from audit.db.models import Season
from audit.domain.contest.rules import Rules
from audit.domain.contest.season import SEASON_STEPS, pause
from audit.domain.permissions import may
from audit.i18n import format_date
from audit.services import clock
from audit.services.contest import contestants, rules_page
from audit.services.values import reads_as
from audit.ui import contest_parts, contest_season, filters
from audit.ui.page import Here, head, here, plain
from audit.ui.table import Col, chip, empty, table


def standing(me: Here, row: Season) -> None:
    """State, today's stage, and the stages with their dates."""
    _ = me._
    rules, today = Rules.from_json(row.rules), clock.today()
    stage = rules.stage_on(today)
    until = format_date(me.locale, stage.last) if stage else "–"
    week = rules.week_of(today)
    quiz_week = _("{week} of {weeks}").format(week=week, weeks=rules.quiz.weeks) if week else "–"
    columns = [Col(_("State")), Col(_("Stage today")), Col(_("Stage ends")), Col(_("Quiz week"))]
    state = chip("season_state", row.state, me.word("season_state", row.state))
    now = ["–"] * 3 if row.state == "closed" else [contest_parts.stage_name(me, stage), until, quiz_week]
    table("standing", columns, [(1, [state, *now])], _("Season"))
    manages = contest_parts.manages(me, row)
    if manages:
        steps(me, row)
    search = filters.search(me)
    found = (manages and lacking(me, row, search)), stages(me, rules, search)
    if not any(found):
        empty(_("Nothing found. Change the search or the filters."))


def stages(me: Here, rules: Rules, search: str) -> bool:
    """The stages with a name, a day or something open that is searched for; whether there is one."""
    _ = me._
    found = [line for line in contest_parts.stage_lines(me, rules) if reads_as(search, *line[1])]
    if found:
        st.subheader(_("Stages"), anchor=False)
        table("stages", [Col(_("Stage")), Col(_("Days")), Col(_("Open for"))], found, _("Stages"))
    return bool(found)


def steps(me: Here, row: Season) -> None:
    """The buttons of what is possible in this state, each confirmed."""
    with st.container(horizontal=True):
        for step in SEASON_STEPS:
            if step.source == row.state and st.button(me.word("season_step", step.action), key=f"step_{step.action}"):
                contest_season.move(row.id or 0, step.action, step.reason)
        moves = row.state == "running" and pause(row.state, Rules.from_json(row.rules), clock.today()) != "frozen"
        if moves and st.button(me._("Publish this week's board")):
            contest_season.publish(row.id or 0)
        if row.state != "closed" and st.button(me._("Amend the rules")):
            contest_season.amend(row.id or 0)


def lacking(me: Here, row: Season, search: str) -> bool:
    """How many contestants lack what is searched for; each line leads to them. Whether there is a line."""
    _ = me._
    rows = []
    for number, what in enumerate(contestants.LACKING):
        if not reads_as(search, me.word("lacking", what)):
            continue
        count = contestants.find_contestants(me.db, me.actor, row.id or 0, lacking=what, size=1).total
        rows.append((number, [me.word("lacking", what), str(count)]))

    def open_list(number: int) -> None:
        st.switch_page("contestants.py", query_params={"season": str(row.id), "lacks": contestants.LACKING[number]})

    if rows:
        st.subheader(_("What is lacking"), anchor=False)
        columns = [Col(_("Who lacks")), Col(_("Contestants"), number=True)]
        table("lacking", columns, rows, _("What is lacking"), open_list)
    return bool(rows)


def rules(me: Here, row: Season) -> None:
    """The rules as people read them, and their versions."""
    for chapter in rules_page.chapters(Rules.from_json(row.rules), me.locale):
        st.subheader(plain(chapter.title), anchor=False)
        st.markdown("\n".join(f"- {plain(line)}" for line in chapter.lines))
    contest_season.versions(me, row)


def another(me: Here, quiet: bool) -> None:
    """The way to a new season, for whoever runs them all; `quiet` while there is one to work on."""
    if may(me.actor, "contest.manage") and st.button(me._("New season"), type="tertiary" if quiet else "primary"):
        contest_season.create()


me = here()
_ = me._
head(_("Season"), _("Where the contest stands, what is lacking, and its rules."))
row = contest_parts.season(me)
ended = row is None or row.state == "closed"
if ended:
    another(me, quiet=False)
if row is not None:
    st.subheader(plain(me.pick(row)), anchor=False)
    views = {"standing": _("Standing"), "rules": _("Rules")}
    if filters.view(me, list(views), views.__getitem__) == "rules":
        rules(me, row)
    else:
        standing(me, row)
if not ended:
    another(me, quiet=True)
