"""Skill scores (daily work): entered by hand or from Excel, by the skill centre or by the contestant's own branch."""

import datetime as dt
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlmodel import Session, col, delete, func, select

from audit.db.engine import Database
from audit.db.models import Account, Contestant, SkillScore
from audit.db.upsert import replace_rows
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


@dataclass(frozen=True)
class Mark:
    """One score to be entered; `points` None: to be taken off."""

    contestant_id: int
    day: dt.date
    source: str
    points: int | None

    @property
    def key(self) -> tuple[int, dt.date, str]:
        """What there is one score of."""
        return self.contestant_id, self.day, str(self.source)


def source_of(actor: Actor, contestant: Contestant) -> Source:
    """As whom the actor marks this contestant: the skill centre (a grant in the season), or the own branch.

    Raises `forbidden`, and `not_found` for a contestant of another branch or season.
    """
    where = Where(organisation_id=contestant.organisation_id, season_id=contestant.season_id)
    authorise(actor, "contest.score", where)
    holding = [grant for grant in grants_for(actor, "contest.score") if covers(grant, where)]
    return Source.BRANCH if all(grant.scope is Scope.BRANCH for grant in holding) else Source.CENTRAL


def scores_of(db: Database, actor: Actor, contestant_id: int) -> Sequence[tuple[SkillScore, str]]:
    """A contestant's skill scores by day, each with the name of who entered it, for whoever may enter them."""
    with db.read() as session:
        _contestant(session, actor, contestant_id)
        query = (
            select(SkillScore, func.coalesce(Account.name, ""))
            .outerjoin(Account, col(Account.id) == SkillScore.account_id)
            .where(SkillScore.contestant_id == contestant_id)
        )
        return session.exec(query.order_by(col(SkillScore.day), col(SkillScore.source))).all()


def enter_score(db: Database, actor: Actor, contestant_id: int, day: dt.date, points: str) -> None:
    """Enter the day's score of a contestant, as "92.5"; an empty text takes it off; both are recorded old → new.

    Raises `season.not_open` when points are no longer counted or skills were not open on that day, `invalid` for
    points outside 0 to 100 and for a day to come.
    """
    wanted = hundredths("points", points, FULL) if points.strip() else None
    with unit_of_work(db, actor) as work:
        contestant, source = _contestant(work.session, actor, contestant_id)
        check_day(seasons.check_counting(tallies.hold_season(work.session, contestant.season_id)), day)
        tallies.hold(work.session, [contestant_id])
        mark = Mark(contestant_id, day, source, wanted)
        old = _there(work.session, [mark]).get(mark.key)
        if old == wanted:
            return
        _write(work, contestant.season_id, [mark])
        work.record("skill.entered", "contestant", contestant_id, day=str(day), source=source, points=[old, wanted])


def import_scores(db: Database, actor: Actor, season_id: int, data: bytes, dry_run: bool = True) -> Outcome:
    """Skill scores from an .xlsx file; a day that has a score of the same source already is changed.

    A branch can only bring its own contestants. One event for the whole file names its hash and what it changed.
    Everything is checked before the writing begins, so that voters do not wait meanwhile.
    """
    here = contestants.within(actor, "contest.score", season_id)
    reading = read(data, SKILL_SHEETS, ROWS)
    outcome = Outcome(errors=reading.errors)
    marks: dict[tuple[int, dt.date, str], Mark] = {}
    with db.read() as session:
        rules = seasons.check_counting(seasons.find(session, season_id))
        known = {row.employee_number: row for row in session.exec(select(Contestant).where(here)).all()}
        seen: dict[tuple[int, dt.date], int] = {}
        reading.each("skills", lambda row: _check(row, rules, known, actor, seen, marks))

    def apply(work: Work) -> None:
        seasons.check_counting(tallies.hold_season(work.session, season_id))
        tallies.hold(work.session, [mark.contestant_id for mark in marks.values()])
        there = _there(work.session, marks.values())
        changed = []
        for key, mark in marks.items():
            old = there.get(key)
            outcome.created += old is None
            outcome.unchanged += old == mark.points
            if old not in (None, mark.points):
                changed.append([mark.contestant_id, str(mark.day), old, mark.points])
        outcome.changed = len(changed)
        if not dry_run and not outcome.errors:
            _write(work, season_id, [mark for key, mark in marks.items() if there.get(key) != mark.points])
        sha256 = hashlib.sha256(data).hexdigest()
        work.record("skill.imported", "season", season_id, created=outcome.created, changed=changed, sha256=sha256)

    return run(db, actor, apply, outcome, dry_run)


def check_day(rules: Rules, day: dt.date) -> None:
    """Raise `invalid` for a day to come, `season.not_open` for one on which skills were not open."""
    if day > clock.today():
        raise RoundsError("invalid", field="day")
    if not rules.is_open("skill", day):
        raise RoundsError("season.not_open")


def _check(
    row: Row,
    rules: Rules,
    known: dict[str, Contestant],
    actor: Actor,
    seen: dict[tuple[int, dt.date], int],
    marks: dict[tuple[int, dt.date, str], Mark],
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
    if row.assumed:
        return  # the row is wrong, which was told: nothing of this file will be kept
    first = seen.setdefault((contestant.id or 0, day), row.number)
    if first != row.number:
        raise RoundsError("spreadsheet.duplicate", field="day", value=str(day), row=first)
    mark = Mark(contestant.id or 0, day, source_of(actor, contestant), points)
    marks[mark.key] = mark


def _there(session: Session, marks: Iterable[Mark]) -> dict[tuple[int, dt.date, str], int]:
    """The scores that these marks would meet."""
    ids = {mark.contestant_id for mark in marks}
    columns: Any = (SkillScore.contestant_id, SkillScore.day, SkillScore.source, SkillScore.points)
    query: Any = select(*columns)
    rows = session.exec(query.where(col(SkillScore.contestant_id).in_(ids))).all()
    return {(id_, day, source): points for id_, day, source, points in rows}


def _write(work: Work, season_id: int, marks: Sequence[Mark]) -> None:
    """Put the marks in the place of those that are there, and count them."""
    session = work.session
    for mark in marks:
        if mark.points is None:
            session.exec(delete(SkillScore).where(*_at(mark)))
    entered = {
        "season_id": season_id,
        "account_id": (work.actor.account_id or None) if work.actor else None,
        "entered_at": work.now,
    }
    given = [{**entered, **asdict(mark)} for mark in marks if mark.points is not None]
    replace_rows(session, SkillScore, given, ("contestant_id", "day", "source"))
    tallies.count_skills(session, [mark.contestant_id for mark in marks])


def _at(mark: Mark) -> tuple[Any, ...]:
    return (
        col(SkillScore.contestant_id) == mark.contestant_id,
        col(SkillScore.day) == mark.day,
        col(SkillScore.source) == mark.source,
    )


def _contestant(session: Session, actor: Actor, contestant_id: int) -> tuple[Contestant, Source]:
    row = session.get(Contestant, contestant_id)
    if row is None:
        authorise(actor, "contest.score", Where())
        raise RoundsError("not_found")
    return row, source_of(actor, row)
