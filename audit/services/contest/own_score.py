"""Why a contestant has this score, figure by figure, and how far the next star's seat is.

While the season goes on, skills, quiz and bonus are as they stand now, and votes are those of the board that everybody
sees: while it stands still, nobody reads a live count from the own page either. Once it is closed, everything is what
the final board says.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from audit.db.engine import Database
from audit.domain.contest import scores
from audit.domain.contest.record import pseudonym
from audit.domain.contest.rules import POINT, Rules
from audit.domain.contest.scores import Standing, Tally
from audit.domain.contest.season import SeasonState
from audit.domain.contest.stars import MERIT, select_stars
from audit.services.contest import recount_files, scoreboard
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

    `place`: on the board that everybody sees; `central`: (count, mean) of the skill centre's scores. `final`: whether
    the season is closed, so that `star` says who is one. Before, `star` says that the points are enough for a seat by
    that board, whatever complaints, rulings and the panel say. If not, `next_seat`: points to the nearest seat (None:
    points alone do not tell), and `seat_of`: the organisation whose seat it is, "" for one by merit. `pseudonym`: under
    which name the contestant stands in the published recount file; "" before there is one.
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
    final: bool
    star: bool
    next_seat: int | None
    seat_of: str
    pseudonym: str


def explain(db: Database, me: ContestantSession) -> Explained | None:
    """The explanation; None before anything of this contestant is on a board."""
    board = scoreboard.public_board(db, me.season_id)
    key = str(me.contestant_id)
    shown = next((line for line in board.lines if line.key == key), None)
    with db.read(steady=True) as session:
        tallies = scoreboard.tallies_of(session, me.season_id)
        published = recount_files.published(session, board.season)
    rules = Rules.from_json(board.season.rules)
    mine = next((tally for tally in tallies if tally.key == key), None)
    if shown is None or mine is None:
        return None
    final = board.snapshot is not None and board.season.state == SeasonState.CLOSED
    if board.snapshot is not None and final:
        own, stars = shown, {star["key"] for star in board.snapshot.content.get("stars", ())}
        seat: tuple[bool, int | None, str] = (key in stars, None, "")
    else:
        own = _as_it_stands(rules, tallies, shown)
        seat = next_seat(rules, board.lines, own)
    return Explained(
        rules=rules, skill=own.skill, quiz=own.quiz, votes=own.votes, bonus=own.bonus, total=own.total,
        place=shown.place, of=len(board.lines), central=(mine.central[0], scores.mean(*mine.central)),
        marked=_marked(rules, tallies, mine), votes_known=bool(own.votes), final=final,
        star=seat[0], next_seat=seat[1], seat_of=seat[2],
        pseudonym=pseudonym(board.season.salt, me.contestant_id) if published else "",
    )  # fmt: skip


def _as_it_stands(rules: Rules, tallies: Sequence[Tally], shown: Standing) -> Standing:
    """The own line with today's skills, quiz and bonus, and the votes of the board that everybody sees."""
    live = next(line for line in scores.standings(rules, tallies) if line.key == shown.key)
    total = scores.total(rules, live.skill, live.quiz, shown.votes, live.bonus)
    return replace(shown, skill=live.skill, quiz=live.quiz, bonus=live.bonus, total=total)


def next_seat(rules: Rules, lines: Sequence[Standing], own: Standing) -> tuple[bool, int | None, str]:
    """Whether `own` would be a star beside the others' lines; else the points to the nearest seat, and whose it is.

    By points alone: everybody counts as eligible, because who is not is the organiser's to know.
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
