"""What the contestants of the demo city did between two days: skill scores, quiz attempts with every answer, ballots.

Rows are written in bulk; the caller counts the tallies anew. Who is able does better in all legs, with luck; voters
know some contestants more than others; a few ballots are held back, so that there is something to decide.
"""

import datetime as dt
import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, func, insert, select

from audit.db.engine import Database
from audit.db.models import Ballot, BallotName, Quarantine, Question, QuizAnswer, QuizAttempt, QuizPaper, SkillScore
from audit.db.models import Voter as VoterRow
from audit.demo.calendar import instant
from audit.demo.pictures.canvas import seeded
from audit.domain.contest.anomalies import limit_of
from audit.domain.contest.drawing import draw_attempt
from audit.domain.contest.questions import is_right, worth
from audit.domain.contest.rules import Rules
from audit.domain.contest.scores import FULL
from audit.domain.contest.season import Source, VoterKind
from audit.domain.contest.verification import RECEIPT_LENGTH, RECEIPT_SIGNS

SKILL_EVERY = 14  # days
PLAYS, AGAIN = 0.65, 0.15  # share of weeks in which somebody plays at all, and a second time
SEEDS = 12  # different attempts of one week's paper
HARDER = {"easy": 0.1, "medium": 0.0, "hard": -0.14}
KNOWS, LEARNS = 0.2, 1.0  # share of right answers at a skill of 65, and what 33 points more add
BALLOTS_A_DAY = 0.35  # a contestant
HELD = 0.006
HELD_FOR = ("device", "name_network")
KINDS = (VoterKind.TRANSACTION, VoterKind.PHONE, VoterKind.EMPLOYEE)
CENTRAL = ("centre",)  # organisations that the skill centre marks itself


@dataclass(frozen=True)
class Player:
    """A contestant as the season is played: `skill` is what they are able to, about 60 to 99."""

    id: int
    organisation: str
    zone: str
    skill: float


@dataclass(frozen=True)
class Season:
    """The season that is played."""

    id: int
    rules: Rules
    players: list[Player]
    seed: int


def play(db: Database, season: Season, first: dt.date, end: dt.date) -> None:
    """Write what happened from `first` up to the day before `end`."""
    days = [first + dt.timedelta(days=step) for step in range((end - first).days)]
    with db.write() as session:
        _skills(session, season, days)
        _quiz(session, season, days)
        _votes(session, season, [day for day in days if season.rules.is_open("votes", day)])


def _skills(session: Session, season: Season, days: list[dt.date]) -> None:
    rng = seeded("skills", season.seed, days[0])
    generous = {player.organisation: rng.gauss(4, 2.5) for player in season.players}  # branches mark their own
    rows = []
    for number, player in enumerate(season.players[:-1]):  # one has no score yet, so that somebody lacks one
        central = player.organisation in CENTRAL
        able = player.skill + (0 if central else generous[player.organisation])
        for day in days:
            if (day.toordinal() + number) % SKILL_EVERY or not season.rules.is_open("skill", day):
                continue
            rows.append(
                {
                    "season_id": season.id,
                    "contestant_id": player.id,
                    "day": day,
                    "source": Source.CENTRAL if central else Source.BRANCH,
                    "points": min(FULL, max(0, round(rng.gauss(able, 3.5) * 2) * 50)),
                    "entered_at": instant(day, dt.time(18, 10)),
                }
            )
    if rows:
        session.execute(insert(SkillScore), rows)


def _quiz(session: Session, season: Season, days: list[dt.date]) -> None:
    rng, rules = seeded("quiz", season.seed, days[0]), season.rules
    papers = session.exec(select(QuizPaper).where(QuizPaper.season_id == season.id)).all()
    bank = {row.id or 0: row for row in session.exec(select(Question)).all()}
    ids = itertools.count((session.exec(select(func.max(QuizAttempt.id))).one() or 0) + 1)
    attempts: list[dict[str, Any]] = []
    answers: list[dict[str, Any]] = []
    for paper in papers:
        played = [day for day in days if rules.week_of(day) == paper.week and rules.is_open("quiz", day)]
        if not played:
            continue
        levels = {one: bank[one].difficulty for one in paper.questions}
        drawn = {seed: draw_attempt(seed, rules.quiz, paper.questions, levels) for seed in range(SEEDS)}
        for player in season.players:
            goes = (rng.random() < PLAYS) + (rng.random() < AGAIN)
            day = rng.choice(played)
            for go in range(goes):
                seed = rng.randrange(SEEDS)
                row = _attempt(season, player, paper, day, go, seed, drawn[seed], next(ids))
                attempts.append(row)
                answers.extend(_answers(rng, row, KNOWS + LEARNS * (player.skill - 65) / 33 + 0.06 * go, bank))
    if attempts:
        session.execute(insert(QuizAttempt), attempts)
        session.execute(insert(QuizAnswer), answers)
        _after(session, "quiz_attempt")


def _attempt(
    season: Season, player: Player, paper: QuizPaper, day: dt.date, go: int, seed: int, asked: list[int], number: int
) -> dict[str, Any]:
    started = instant(day, dt.time(12 + 7 * go, (player.id * 7) % 55))
    return {
        "id": number,
        "season_id": season.id,
        "contestant_id": player.id,
        "paper_id": paper.id,
        "week": paper.week,
        "day": day,
        "number": go + 1,
        "seed": seed,
        "questions": asked,
        "score": 0,
        "started_at": started,
        "ends_at": started + dt.timedelta(seconds=season.rules.quiz.seconds),
        "finished_at": started + dt.timedelta(seconds=240),
        "void": "",
    }


def _answers(
    rng: random.Random, attempt: dict[str, Any], able: float, bank: dict[int, Question]
) -> Iterator[dict[str, Any]]:
    asked = attempt["questions"]
    for position, question_id in enumerate(asked):
        question = bank[question_id]
        chosen = question.right
        if rng.random() > able + HARDER[question.difficulty]:
            codes = [option["code"] for option in question.options]
            chosen = sorted(rng.sample(codes, len(question.right)))
        right = is_right(question.right, chosen)
        yield {
            "attempt_id": attempt["id"],
            "position": position,
            "question_id": question_id,
            "chosen": ",".join(sorted(chosen)),
            "points": worth(position, len(asked)) if right else 0,
            "after_ms": 15_000 * (position + 1) + rng.randrange(9_000),
        }


def _votes(session: Session, season: Season, days: list[dt.date]) -> None:
    if not days:
        return
    rng = seeded("votes", season.seed, days[0])
    fame = [rng.paretovariate(1.6) * (1.6 if player.skill > 88 else 1) for player in season.players]
    here = session.exec(select(func.max(Ballot.id))).one() or 0
    there = session.exec(select(func.max(VoterRow.id))).one() or 0
    voters: list[dict[str, Any]] = []
    ballots: list[dict[str, Any]] = []
    names: list[dict[str, Any]] = []
    held: list[dict[str, Any]] = []
    for day in days:
        for _ in range(max(4, round(len(season.players) * BALLOTS_A_DAY))):
            at = instant(day, dt.time(rng.randint(8, 21), rng.randrange(60)))
            voter_id, ballot_id = there + len(voters) + 1, here + len(ballots) + 1
            word = f"{rng.getrandbits(128):032x}"
            kind = rng.choices(KINDS, (6, 3, 1))[0]
            voters.append(
                {"id": voter_id, "season_id": season.id, "kind": kind, "identity": word * 2, "created_at": at}
            )
            ballots.append(
                {
                    "id": ballot_id, "season_id": season.id, "voter_id": voter_id, "day": day,
                    "receipt": _receipt(word), "network": word[::-1], "device": word[16:] + word[:16], "cast_at": at,
                }
            )  # fmt: skip
            chosen = set(rng.choices(season.players, fame, k=rng.randint(1, season.rules.votes.most)))
            names += [{"ballot_id": ballot_id, "contestant_id": player.id} for player in chosen]
            if rng.random() < HELD or len(ballots) in (2, 5):
                held.append({"ballot_id": ballot_id, "season_id": season.id, "held_at": at, **_why(rng, season.rules)})
    for model, rows in ((VoterRow, voters), (Ballot, ballots), (BallotName, names), (Quarantine, held)):
        if rows:
            session.execute(insert(model), rows)
    for table in ("voter", "ballot"):
        _after(session, table)


def _why(rng: random.Random, rules: Rules) -> dict[str, Any]:
    """Why a ballot was held: more than the season's rules let pass without a person."""
    reason = rng.choice(HELD_FOR)
    limit = limit_of(rules.votes.anomalies, reason)
    seconds = rng.randint(limit.seconds // 4, limit.seconds)
    return {"reason": reason, "facts": {"ballots": limit.ballots + rng.randint(1, 3), "seconds": seconds}}


def _after(session: Session, table: str) -> None:
    """Let PostgreSQL number new rows behind those whose ids were given."""
    if session.get_bind().dialect.name != "sqlite":
        session.connection().exec_driver_sql(
            f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))"
        )


def _receipt(word: str) -> str:
    """A receipt as voters get them, made of hex digits."""
    pairs = (word[place : place + 2] for place in range(0, 2 * RECEIPT_LENGTH, 2))
    return "".join(RECEIPT_SIGNS[int(pair, 16) % len(RECEIPT_SIGNS)] for pair in pairs)
