"""Places, stars, the panel's ballots and published scoreboards, all made from the tallies."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from sqlmodel import Session, col, func, select

from audit.db.engine import Database
from audit.db.models import Contestant, ContestTally, Organisation, PanelBallot, ScoreboardSnapshot, Season
from audit.db.queries.contest import COUNTED, recount
from audit.db.upsert import insert_missing
from audit.domain.contest.record import canonical
from audit.domain.contest.rules import QuizRules, Rules
from audit.domain.contest.scores import Standing, Tally, standings
from audit.domain.contest.season import SeasonState
from audit.domain.contest.stars import Selection, select_stars
from audit.domain.permissions import Actor, Where, authorise
from audit.errors import RoundsError
from audit.services import clock
from audit.services.contest.own import check_not_own
from audit.services.work import Work, unit_of_work

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
    """A season's lines, the best first; keys are contestants' ids. `snapshot`: the published one it comes from."""

    season: Season
    lines: tuple[Standing, ...]
    snapshot: ScoreboardSnapshot | None = None


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
    """The board that anybody may see: while it is frozen or closed, the newest published one. `not_found` for a draft.

    Nobody's eligibility is in it.
    """
    with db.read(steady=True) as session:
        season = session.get(Season, season_id)
        if season is None or season.state == SeasonState.DRAFT:
            raise RoundsError("not_found")
        stage = Rules.from_json(season.rules).stage_on(clock.today())
        if season.state != SeasonState.RUNNING or (stage is not None and stage.frozen):
            kept = newest(session, season_id)
            if kept is not None:
                return Board(season, tuple(Standing(**line) for line in kept.content["lines"]), kept)
        return Board(season, tuple(_for_everybody(lines_of(session, season))))


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
    """Publish the scoreboard as it stands after a week; the next one shows who moved since. Raises `wrong_state`."""
    authorise(actor, "contest.manage", Where(season_id=season_id))
    with unit_of_work(db, actor) as work:
        season = work.session.get(Season, season_id)
        if season is None:
            raise RoundsError("not_found")
        if season.state != SeasonState.RUNNING:
            raise RoundsError("wrong_state", state=season.state)
        publish(work, season_id, "week", week)
        work.record("season.week_published", "season", season_id, week=week)


def publish(work: Work, season_id: int, kind: str, week: int = 0) -> None:
    """Within a unit of work: keep the scoreboard as it stands; `final` with the stars.

    Raises `season.undecided` when the final one still needs the panel.
    """
    season = work.session.get_one(Season, season_id)
    lines = lines_of(work.session, season)
    content: dict[str, Any] = {"lines": [asdict(line) for line in _for_everybody(lines)]}
    if kind == "final":
        selection = select_stars(Rules.from_json(season.rules), lines)
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
        season = work.session.get(Season, season_id)
        contestant = work.session.get(Contestant, contestant_id)
        if season is None or contestant is None or contestant.season_id != season_id:
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
