"""Skill scores (daily work): entered by hand or from Excel, by the skill centre or by the contestant's own branch."""

import datetime as dt
import hashlib
from collections.abc import Iterable, Sequence
from typing import Any

from sqlmodel import Session, col, select

from audit.db.engine import Database
from audit.db.models import Contestant, SkillScore
from audit.domain.contest.rules import Rules
from audit.domain.contest.scores import FULL, hundredths
from audit.domain.contest.season import Source
from audit.domain.permissions import Actor, Scope, Where, authorise, covers, grants_for
from audit.errors import RoundsError
from audit.services import clock
from audit.services.contest import contestants, seasons, tallies
from audit.services.spreadsheet import Column, Row, Sheet, read
from audit.services.spreadsheet_import import Outcome, run
from audit.services.work import Work, unit_of_work

ROWS = 20_000  # scores in one file

# fmt: off
SKILL_SHEETS = (
    Sheet("skills", "技能成绩", "Skill scores", (
        #      field              中文    English            example
        Column("employee_number", "工号", "Employee number", "E1001", required=True),
        Column("day",             "日期", "Date",            "2026-07-15", required=True, kind="date"),
        Column("points",          "得分", "Points",          "92.5", required=True),
    )),
)
# fmt: on


def source_of(actor: Actor, contestant: Contestant) -> Source:
    """As whom the actor marks this contestant: the skill centre (a grant in the season), or the own branch.

    Raises `forbidden`, and `not_found` for a contestant of another branch or season.
    """
    where = Where(organisation_id=contestant.organisation_id, season_id=contestant.season_id)
    authorise(actor, "contest.score", where)
    holding = [grant for grant in grants_for(actor, "contest.score") if covers(grant, where)]
    return Source.BRANCH if all(grant.scope is Scope.BRANCH for grant in holding) else Source.CENTRAL


def scores_of(db: Database, actor: Actor, contestant_id: int) -> Sequence[SkillScore]:
    """A contestant's skill scores by day, for whoever may enter them."""
    with db.read() as session:
        _contestant(session, actor, contestant_id)
        query = select(SkillScore).where(SkillScore.contestant_id == contestant_id)
        return session.exec(query.order_by(col(SkillScore.day), col(SkillScore.source))).all()


def enter_score(db: Database, actor: Actor, contestant_id: int, day: dt.date, points: str) -> None:
    """Enter the day's score of a contestant, as "92.5"; an empty text takes it off; both are recorded old → new.

    Raises `season.not_open` when points are no longer counted or skills were not open on that day, `invalid` for
    points outside 0 to 100 and for a day to come.
    """
    wanted = hundredths("points", points, FULL) if points.strip() else None
    with unit_of_work(db, actor) as work:
        contestant, source = _contestant(work.session, actor, contestant_id)
        check_day(seasons.check_counting(seasons.find(work.session, contestant.season_id)), day)
        tallies.hold(work.session, [contestant_id])
        before = _there(work.session, [contestant_id], source).get((contestant_id, day))
        old = before.points if before else None
        if old == wanted:
            return
        if wanted is None:
            work.session.delete(before)
        else:
            _write(work, contestant, source, day, wanted, before)
        work.session.flush()
        tallies.count_skills(work.session, contestant_id)
        work.record("skill.entered", "contestant", contestant_id, day=str(day), source=source, points=[old, wanted])


def import_scores(db: Database, actor: Actor, season_id: int, data: bytes, dry_run: bool = True) -> Outcome:
    """Skill scores from an .xlsx file; a day that has a score of the same source already is changed.

    A branch can only bring its own contestants. One event for the whole file names its hash and what it changed.
    """
    here = contestants.within(actor, "contest.score", season_id)
    reading = read(data, SKILL_SHEETS, ROWS)
    outcome = Outcome(errors=reading.errors)
    changed: list[list[Any]] = []

    def apply(work: Work) -> None:
        rules = seasons.check_counting(seasons.find(work.session, season_id))
        known = {row.employee_number: row for row in work.session.exec(select(Contestant).where(here)).all()}
        named = {str(row.cells["employee_number"]) for row in reading.tables["skills"].rows}
        ids = sorted(known[number].id or 0 for number in named & known.keys())
        tallies.hold(work.session, ids)
        there = {source: _there(work.session, ids, source) for source in Source}
        seen: dict[tuple[int, dt.date], int] = {}
        reading.each("skills", lambda row: _import(work, row, rules, known, actor, there, seen, outcome, changed))
        work.session.flush()
        for contestant_id in sorted({contestant_id for contestant_id, _ in seen}):
            tallies.count_skills(work.session, contestant_id)
        sha256 = hashlib.sha256(data).hexdigest()
        work.record("skill.imported", "season", season_id, created=outcome.created, changed=changed, sha256=sha256)

    return run(db, actor, apply, outcome, dry_run)


def check_day(rules: Rules, day: dt.date) -> None:
    """Raise `invalid` for a day to come, `season.not_open` for one on which skills were not open."""
    if day > clock.today():
        raise RoundsError("invalid", field="day")
    if not rules.is_open("skill", day):
        raise RoundsError("season.not_open")


def _import(
    work: Work,
    row: Row,
    rules: Rules,
    known: dict[str, Contestant],
    actor: Actor,
    there: dict[Source, dict[tuple[int, dt.date], SkillScore]],
    seen: dict[tuple[int, dt.date], int],
    outcome: Outcome,
    changed: list[list[Any]],
) -> None:
    cells = row.cells
    points = hundredths("points", cells["points"], FULL)
    contestant = known.get(cells["employee_number"])
    if contestant is None:
        raise RoundsError("spreadsheet.unknown", field="employee_number", value=cells["employee_number"])
    day = cells["day"]
    if day is None:
        raise RoundsError("required", field="day")
    check_day(rules, day)
    key = (contestant.id or 0, day)
    if seen.setdefault(key, row.number) != row.number:
        raise RoundsError("spreadsheet.duplicate", field="day", value=str(day), row=seen[key])
    source = source_of(actor, contestant)
    before = there[source].get(key)
    old = before.points if before else None
    if old != points:
        _write(work, contestant, source, day, points, before)
    if before and old != points:
        changed.append([contestant.id, str(day), old, points])
    outcome.count(before, old != points)


def _write(
    work: Work, contestant: Contestant, source: Source, day: dt.date, points: int, before: SkillScore | None
) -> None:
    row = before or SkillScore(
        season_id=contestant.season_id,
        contestant_id=contestant.id or 0,
        day=day,
        source=source,
        points=points,
        entered_at=work.now,
    )
    row.points, row.entered_at = points, work.now
    row.account_id = (work.actor.account_id or None) if work.actor else None
    work.session.add(row)


def _contestant(session: Session, actor: Actor, contestant_id: int) -> tuple[Contestant, Source]:
    row = session.get(Contestant, contestant_id)
    if row is None:
        authorise(actor, "contest.score", Where())
        raise RoundsError("not_found")
    return row, source_of(actor, row)


def _there(session: Session, ids: Iterable[int], source: Source) -> dict[tuple[int, dt.date], SkillScore]:
    query = select(SkillScore).where(col(SkillScore.contestant_id).in_(list(ids)), SkillScore.source == source)
    return {(row.contestant_id, row.day): row for row in session.exec(query).all()}
