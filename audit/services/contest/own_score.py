"""Why a contestant has this score, figure by figure, and how far the next star's seat is.

Skills, quiz and bonus are as they stand now. Votes are those of the board that everybody sees: while people vote it is
last week's, so that nobody reads a live count from the own page either.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from audit.db.engine import Database
from audit.db.models import Season
from audit.domain.contest import scores
from audit.domain.contest.rules import POINT, Rules
from audit.domain.contest.scores import Standing, Tally
from audit.domain.contest.season import SeasonState
from audit.domain.contest.stars import MERIT, select_stars
from audit.services.contest import scoreboard
from audit.services.contest.movement import shown_board
from audit.services.contest.sign_in import ContestantSession


@dataclass(frozen=True)
class Marked:
    """Branch-marked scores: how many, their mean, and m*, s* by which they are made comparable; all hundredths."""

    count: int
    mean: int
    centre: int
    spread: int
    score: int


@dataclass(frozen=True)
class Explained:
    """A contestant's score. Points are hundredths; `votes_known`: whether votes stand on the board yet.

    `place`: on the board that everybody sees; `central`: (count, mean) of the skill centre's scores. `star`: whether
    one would be a star by that board. If not, `next_seat`: points to the nearest seat (None: points alone do not tell),
    and `seat_of`: the organisation whose seat it is, "" for one by merit.
    """

    rules: Rules
    skill: int
    quiz: int
    votes: int
    bonus: int
    total: int
    place: int
    of: int
    central: tuple[int, int]
    marked: Marked | None
    votes_known: bool
    star: bool
    next_seat: int | None
    seat_of: str


def explain(db: Database, me: ContestantSession) -> Explained | None:
    """The explanation; None before anything of this contestant is on a board."""
    board = shown_board(db, me.season_id)
    key = str(me.contestant_id)
    shown = next((line for line in board.lines if line.key == key), None)
    with db.read(steady=True) as session:
        season = session.get_one(Season, me.season_id)
        tallies = scoreboard.tallies_of(session, me.season_id)
    rules = Rules.from_json(season.rules)
    mine = next((tally for tally in tallies if tally.key == key), None)
    if shown is None or mine is None:
        return None
    live = next(line for line in scores.standings(rules, tallies) if line.key == key)
    votes = live.votes if board.snapshot is None or season.state == SeasonState.CLOSED else shown.votes
    total = scores.total(rules, live.skill, live.quiz, votes, live.bonus)
    own = replace(shown, skill=live.skill, quiz=live.quiz, bonus=live.bonus, votes=votes, total=total)
    star, distance, seat = next_seat(rules, board.lines, own)
    return Explained(
        rules=rules, skill=live.skill, quiz=live.quiz, votes=votes, bonus=live.bonus, total=total,
        place=shown.place, of=len(board.lines), central=(mine.central[0], scores.mean(*mine.central)),
        marked=_marked(rules, tallies, mine), votes_known=bool(votes), star=star, next_seat=distance, seat_of=seat,
    )  # fmt: skip


def next_seat(rules: Rules, lines: Sequence[Standing], own: Standing) -> tuple[bool, int | None, str]:
    """Whether `own` would be a star beside the others' lines; else the points to the nearest seat, and whose it is.

    Everybody counts as eligible: who is not is the organiser's to know.
    """
    others = [line for line in lines if line.key != own.key]
    selection = select_stars(rules, [*others, own])
    if any(star.key == own.key for star in selection.stars):
        return True, None, ""
    totals = {line.key: (line.total, line.organisation) for line in others}
    wanted: list[tuple[int, str]] = []
    for seat in (own.organisation, MERIT):
        held = [totals[star.key][0] for star in selection.stars if star.seat == seat]
        if held:
            wanted.append((max(min(held) + 1, rules.stars.threshold), seat))
    if selection.vacant or selection.returned.get(own.organisation):
        wanted.append((rules.stars.threshold, MERIT if selection.vacant else own.organisation))
    reachable = [(need - own.total, seat) for need, seat in wanted if need > own.total]
    if not reachable:
        return False, None, ""
    distance, seat = min(reachable)
    return False, distance, seat


def _marked(rules: Rules, tallies: Sequence[Tally], mine: Tally) -> Marked | None:
    if not mine.branch[0]:
        return None
    by = scores.skill_scales(rules.skill, tallies)[mine.organisation]
    mean = scores.mean(*mine.branch)
    spread = round(rules.skill.spread * POINT / by.factor) if by.factor else 0
    return Marked(mine.branch[0], mean, round(by.mean), spread, by.score(mean))
