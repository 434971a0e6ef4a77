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
from audit.services.contest.own import own_ids
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


@dataclass(frozen=True)
class Marker:
    """Who marks; `own`: the contestants who are the marker."""

    actor: Actor
    own: frozenset[int]

    def source_of(self, contestant: Contestant) -> Source:
        """As whom this contestant is marked: the skill centre (a grant in the season), or the own organisation.

        Whoever belongs to the contestant's organisation marks for it, whatever the grant: such marks are normalised.
        Raises `forbidden`, `contest.own`, and `not_found` for a contestant of another branch or season.
        """
        where = _where(contestant)
        authorise(self.actor, "contest.score", where)
        if contestant.id in self.own:
            raise RoundsError("contest.own")
        holding = [grant for grant in grants_for(self.actor, "contest.score") if covers(grant, where)]
        at_home = contestant.organisation_id == self.actor.organisation_id
        return Source.BRANCH if at_home or any(one.scope is Scope.BRANCH for one in holding) else Source.CENTRAL


def scores_of(db: Database, actor: Actor, contestant_id: int) -> Sequence[tuple[SkillScore, str, str]]:
    """A contestant's skill scores by day, each with the name and English name of who entered it, for whoever may
    enter them.

    The own ones may be read as well.
    """
    with db.read() as session:
        contestant = _contestant(session, actor, contestant_id)
        authorise(actor, "contest.score", _where(contestant))
        query = (
            select(SkillScore, func.coalesce(Account.name, ""), func.coalesce(Account.name_en, ""))
            .outerjoin(Account, col(Account.id) == SkillScore.account_id)
            .where(SkillScore.contestant_id == contestant_id)
        )
        return session.exec(query.order_by(col(SkillScore.day), col(SkillScore.source))).all()


def enter_score(db: Database, actor: Actor, contestant_id: int, day: dt.date, points: str) -> None:
    """Enter the day's score of a contestant, as "92.5"; an empty text takes it off; both are recorded old → new.

    Raises `season.not_open` when points are no longer counted or skills were not open on that day, `invalid` for
    points outside 0 to 100 and for a day to come, `contest.own` for one's own.
    """
    wanted = hundredths("points", points, FULL) if points.strip() else None
    with unit_of_work(db, actor) as work:
        contestant = _contestant(work.session, actor, contestant_id)
        source = _marker(work.session, actor).source_of(contestant)
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
        marker = _marker(session, actor)
        reading.each("skills", lambda row: _check(row, rules, known, marker, seen, marks))

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
    marker: Marker,
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
    mark = Mark(contestant.id or 0, day, marker.source_of(contestant), points)
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


def _marker(session: Session, actor: Actor) -> Marker:
    return Marker(actor, frozenset(own_ids(session, actor)))


def _where(contestant: Contestant) -> Where:
    return Where(organisation_id=contestant.organisation_id, season_id=contestant.season_id)


def _contestant(session: Session, actor: Actor, contestant_id: int) -> Contestant:
    row = session.get(Contestant, contestant_id)
    if row is None:
        authorise(actor, "contest.score", Where())
        raise RoundsError("not_found")
    return row
