"""Places, stars, the panel's ballots and published scoreboards, all made from the tallies."""

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from sqlmodel import Session, col, func, select

from audit.db.engine import Database
from audit.db.models import (
    Contestant,
    ContestTally,
    Organisation,
    PanelBallot,
    Quarantine,
    QuizWeek,
    ScoreboardSnapshot,
    Season,
)
from audit.db.queries.contest import COUNTED, recount
from audit.db.upsert import insert_missing
from audit.domain.contest.record import canonical
from audit.domain.contest.rules import QuizRules, Rules
from audit.domain.contest.scores import Standing, Tally, standings
from audit.domain.contest.season import SeasonState, pause
from audit.domain.contest.stars import Selection, select_stars
from audit.domain.permissions import Actor, Where, authorise
from audit.errors import RoundsError
from audit.services import clock
from audit.services.contest import attempts, tallies
from audit.services.contest.own import check_not_own
from audit.services.work import Work, unit_of_work

WEEKLY = "week"
FROM_ROWS = ("freeze", "final")  # boards that stand for long: what they say is what the rows say
TOLD = 50  # figures that were wrong and are named in the history
_PANEL: Any = select(func.count()).where(
    col(PanelBallot.contestant_id) == col(Contestant.id), col(PanelBallot.season_id) == col(Contestant.season_id)
)
_PERSON: Any = (
    col(Contestant.id),
    col(Organisation.code),
    col(Organisation.zone),
    col(Contestant.complaints),
    col(Contestant.ineligible),
    _PANEL.scalar_subquery(),
)
_FIGURES: Any = tuple(getattr(ContestTally, name) for name in COUNTED)


@dataclass(frozen=True)
class Board:
    """A season's lines, the best first; keys are contestants' ids. `snapshot`: the published one it comes from.

    `waits`: why it is a published one (`season.pause`); empty: it is live.
    """

    season: Season
    lines: tuple[Standing, ...]
    snapshot: ScoreboardSnapshot | None = None
    waits: str = ""


@dataclass(frozen=True)
class Trial:
    """The stars as they would be now. `ineligible`: contestant's id → reason, for the organiser alone."""

    lines: tuple[Standing, ...]
    selection: Selection
    ineligible: Mapping[str, str]


def tallies_of(session: Session, season_id: int) -> list[Tally]:
    """What was counted of everybody who takes part, in no order that means anything; keys are contestants' ids."""
    query = _people(season_id, *_FIGURES).join(ContestTally, col(ContestTally.contestant_id) == col(Contestant.id))
    return [_tally(row[:6], row[6:]) for row in session.exec(query)]


def recounted(session: Session, season_id: int, rules: QuizRules) -> list[Tally]:
    """The same from the rows that count instead of the tallies."""
    counted = {id_: figures for id_, *figures in recount(session, season_id, rules)}
    return [_tally(row, counted[row[0]]) for row in session.exec(_people(season_id))]


def _people(season_id: int, *more: Any) -> Any:
    return (
        select(*_PERSON, *more)
        .join(Organisation, col(Organisation.id) == col(Contestant.organisation_id))
        .where(Contestant.season_id == season_id, col(Contestant.withdrawn_at).is_(None))
    )


def _tally(person: Sequence[Any], figures: Sequence[int]) -> Tally:
    id_, code, zone, complaints, ineligible, panel = person
    n, total, branch_n, branch_total, quiz, votes, bonus = figures
    marks = (n, total), (branch_n, branch_total)
    return Tally(str(id_), code, zone, *marks, quiz, votes, bonus, complaints, not ineligible, panel)


def lines_of(session: Session, season: Season) -> list[Standing]:
    """Everybody's figures and places now."""
    return standings(Rules.from_json(season.rules), tallies_of(session, season.id or 0))


def public_board(db: Database, season_id: int) -> Board:
    """The board that anybody may see: live, or while it stands still (`season.pause`) the newest published one.

    Where none was published yet (the season began on such a day, no worker runs), whoever looks first publishes one, in
    which no vote is counted while people vote. Nobody's eligibility is in it. Raises `not_found` for a draft.
    """
    board = _board(db, season_id)
    if board is None:
        with unit_of_work(db, None) as work:
            season = tallies.hold_season(work.session, season_id, alone=True)
            if newest(work.session, season_id) is None:
                publish_stage(work, season)
        board = _board(db, season_id)
    assert board is not None
    return board


def _board(db: Database, season_id: int) -> Board | None:
    with db.read(steady=True) as session:
        season = session.get(Season, season_id)
        if season is None or season.state == SeasonState.DRAFT:
            raise RoundsError("not_found")
        waits = pause(season.state, Rules.from_json(season.rules), clock.today())
        if not waits:
            return Board(season, tuple(_for_everybody(lines_of(session, season))))
        kept = newest(session, season_id)
        if kept is None:
            return None
        return Board(season, tuple(Standing(**line) for line in kept.content["lines"]), kept, waits)


def weeks_of(session: Session, season_id: int) -> dict[int, dict[int, int]]:
    """Quiz week → contestant's id → best counted attempt, as it stands now."""
    found: dict[int, dict[int, int]] = defaultdict(dict)
    columns = select(QuizWeek.week, QuizWeek.contestant_id, QuizWeek.best)  # no rows of the mapper: they are many
    for week, contestant_id, best in session.exec(columns.where(QuizWeek.season_id == season_id)).all():
        found[week][contestant_id] = best
    return dict(found)


def weeks_in(kept: ScoreboardSnapshot) -> dict[int, dict[int, int]]:
    """The same as a published board tells it."""
    weeks = kept.content.get("weeks", {})
    return {int(week): {int(id_): best for id_, best in bests.items()} for week, bests in weeks.items()}


def newest(session: Session, season_id: int, kind: str = "") -> ScoreboardSnapshot | None:
    """The newest published scoreboard (of a kind)."""
    query = select(ScoreboardSnapshot).where(ScoreboardSnapshot.season_id == season_id)
    if kind:
        query = query.where(ScoreboardSnapshot.kind == kind)
    return session.exec(query.order_by(col(ScoreboardSnapshot.id).desc()).limit(1)).first()


def try_stars(db: Database, actor: Actor, season_id: int) -> Trial:
    """Who would be a star if the season ended now, and who cannot be one. For the organiser; changes nothing."""
    authorise(actor, "contest.manage", Where(season_id=season_id))
    with db.read(steady=True) as session:
        season = session.get(Season, season_id)
        if season is None:
            raise RoundsError("not_found")
        lines = lines_of(session, season)
        rows = session.exec(
            select(Contestant.id, Contestant.ineligible).where(
                Contestant.season_id == season_id,
                Contestant.ineligible != "",
                col(Contestant.withdrawn_at).is_(None),
            )
        ).all()
        rules = Rules.from_json(season.rules)
        return Trial(tuple(lines), select_stars(rules, lines), {str(id_): reason for id_, reason in rows})


def publish_week(db: Database, actor: Actor, season_id: int, week: int) -> None:
    """Publish the scoreboard as it stands after a week; the next one shows who moved since.

    Raises `wrong_state` unless the season runs and its board does not stand frozen.
    """
    authorise(actor, "contest.manage", Where(season_id=season_id))
    with unit_of_work(db, actor) as work:
        season = tallies.hold_season(work.session, season_id, alone=True)
        if season.state != SeasonState.RUNNING:
            raise RoundsError("wrong_state", state=season.state)
        if pause(season.state, Rules.from_json(season.rules), clock.today()) == SeasonState.FROZEN:
            raise RoundsError("wrong_state", state=SeasonState.FROZEN)
        publish(work, season, WEEKLY, week)


def publish_stage(work: Work, season: Season) -> None:
    """Within a unit of work that holds the season alone: the board with which a stage begins in which it stands still.

    Where no board was published before and people vote already, no vote is counted in it.
    """
    voting = Rules.from_json(season.rules).is_open("votes", clock.today())
    publish(work, season, "stage", votes=not voting or newest(work.session, season.id or 0) is not None)


def publish(work: Work, season: Season, kind: str, week: int = 0, votes: bool = True) -> int:
    """Within a unit of work that holds the season alone: keep the scoreboard as it stands; `final` with the stars.

    Attempts whose time is up are counted before. A board that stands (`FROM_ROWS`) is compared with the recount, and
    figures that differ are counted anew; returns how many did. Raises, when the final one would leave something out,
    `season.unfinished`; `season.undecided` when it still needs the panel.
    """
    season_id = season.id or 0
    running = attempts.count_lapsed(work, season)
    rules = Rules.from_json(season.rules)
    mended = mend(work, season_id, rules.quiz) if kind in FROM_ROWS else 0
    counted = tallies_of(work.session, season_id)
    lines = standings(rules, counted if votes else [replace(one, votes=0) for one in counted])
    content: dict[str, Any] = {
        "lines": [asdict(line) for line in _for_everybody(lines)],
        "weeks": {str(week): _named(bests) for week, bests in weeks_of(work.session, season_id).items()},
    }
    if kind == "final":
        _check_finished(work.session, season_id, running)
        selection = select_stars(rules, lines)
        if not selection.final:
            raise RoundsError("season.undecided", count=sum(one.seats for one in selection.undecided))
        content["stars"] = [asdict(star) for star in selection.stars]
    work.session.add(
        ScoreboardSnapshot(
            season_id=season_id,
            kind=kind,
            week=week,
            taken_at=work.now,
            rules_version=season.rules_version,
            content=content,
            sha256=hashlib.sha256(canonical(content)).hexdigest(),
        )
    )
    if kind in (WEEKLY, "stage"):  # the others are told by the step that publishes them
        work.record(f"season.{kind}_published", "season", season_id, week=week)
    return mended


def mend(work: Work, season_id: int, rules: QuizRules) -> int:
    """Put the tallies right where they are not what the rows say, and tell so in the history; how many that were.

    Within a unit of work that holds the season alone.
    """
    wrong = tallies.mend(work.session, season_id, rules)
    if wrong:
        work.record("season.tallies_mended", "season", season_id, count=len(wrong), first=wrong[:TOLD])
    return len(wrong)


def _named(bests: Mapping[int, int]) -> dict[str, int]:
    return {str(contestant_id): best for contestant_id, best in bests.items()}


def _check_finished(session: Session, season_id: int, running: int) -> None:
    """Raise `season.unfinished` while attempts run or ballots wait for a decision: they would count nowhere."""
    waiting = select(func.count()).where(Quarantine.season_id == season_id, Quarantine.decision == "")
    held = session.exec(waiting).one()
    if running or held:
        raise RoundsError("season.unfinished", open=running, held=held)


def panel_questions(session: Session, season: Season) -> dict[str, int]:
    """What the panel may decide: contestant's id → how many of its shared place can have a seat.

    Asked without the ballots cast so far, so that the first judge's ballot does not end the vote; and with them,
    because who misses an organisation's seat may share a place for a seat by merit.
    """
    lines = lines_of(session, season)
    rules = Rules.from_json(season.rules)
    found: dict[str, int] = {}
    for asked in (lines, [replace(line, panel=0) for line in lines]):
        for one in select_stars(rules, asked).undecided:
            found |= dict.fromkeys(one.keys, one.seats)
    return found


def cast_panel_ballot(db: Database, actor: Actor, season_id: int, contestant_id: int) -> None:
    """A judge's vote for a contestant of a shared place; repeating it changes nothing, taking it back is impossible.

    Raises `wrong_state` unless the season is frozen, `panel.not_tied` when there is nothing to decide about the
    contestant, `contest.own`, `panel.own_organisation` for a judge of the same organisation.
    """
    authorise(actor, "contest.judge", Where(season_id=season_id))
    with unit_of_work(db, actor) as work:
        season = tallies.hold_season(work.session, season_id)
        contestant = work.session.get(Contestant, contestant_id)
        if contestant is None or contestant.season_id != season_id:
            raise RoundsError("not_found")
        if season.state != SeasonState.FROZEN:
            raise RoundsError("wrong_state", state=season.state)
        check_not_own(work.session, actor, contestant_id)
        if contestant.organisation_id == actor.organisation_id:
            raise RoundsError("panel.own_organisation")
        if str(contestant_id) not in panel_questions(work.session, season):
            raise RoundsError("panel.not_tied")
        ballot = {"season_id": season_id, "contestant_id": contestant_id, "account_id": actor.account_id}
        if insert_missing(work.session, PanelBallot, [{**ballot, "cast_at": work.now}]):
            work.record("panel.ballot_cast", "contestant", contestant_id)


def _for_everybody(lines: Sequence[Standing]) -> list[Standing]:
    """Lines that tell nothing about complaints and eligibility."""
    return [replace(line, complaints=0, eligible=True, panel=0) for line in lines]
