"""The recount file: written from the rows that count, in one steady reading; read again without any database."""

import gzip
import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlmodel import Session, col, func, select

from audit.db.engine import Database
from audit.db.models import (
    Ballot,
    BallotName,
    Contestant,
    Contribution,
    Organisation,
    PanelBallot,
    Quarantine,
    QuizAnswer,
    QuizAttempt,
    Season,
    SkillScore,
)
from audit.domain.contest import record
from audit.domain.contest.record import Verdict, pseudonym
from audit.domain.contest.rules import Rules
from audit.domain.contest.season import Decision, SeasonState
from audit.domain.permissions import Actor, Where, authorise
from audit.errors import RoundsError
from audit.services.contest import tallies

LARGEST = 400 * 2**20  # bytes of a file that is read, unpacked
PACKED = b"\x1f\x8b"  # how a gzip-packed file begins


@dataclass(frozen=True)
class Written:
    """A file that was written: how many contestants, the hash of its result, figures in which the tallies differ."""

    contestants: int
    sha256: str
    tallies_differ: int


def export(db: Database, actor: Actor, code: str, path: Path) -> Written:
    """Write a season's recount file; gzip-packed when its name ends in .gz.

    Raises `season.unknown`, `not_found` for a season of another organiser.
    """
    with db.read(steady=True) as session:
        season = find_season(session, code)
        authorise(actor, "contest.manage", Where(season_id=season.id))
        sealed = sealed_file(session, season)
        differ = len(tallies.differences(session, season.id or 0, Rules.from_json(season.rules).quiz))
    path.write_bytes(packed(sealed) if path.suffix == ".gz" else record.canonical(sealed))
    return Written(len(sealed["inputs"]["contestants"]), sealed["result_sha256"], differ)


def sealed_file(session: Session, season: Season) -> dict[str, Any]:
    """A season's recount file as plain data, counted from the rows."""
    rules = Rules.from_json(season.rules)
    return record.sealed(season.code, season.rules_version, rules, inputs(session, season))


def packed(sealed: dict[str, Any]) -> bytes:
    """The file as it is stored and sent; the same data are the same bytes."""
    return gzip.compress(record.canonical(sealed), mtime=0)


def recount(path: Path) -> Verdict:
    """Count a file again, from the file alone. Raises `recount.file`."""
    try:
        with path.open("rb") as start:
            opened = gzip.open if start.read(len(PACKED)) == PACKED else open  # a browser may unpack it or rename it
        with opened(path, "rb") as file:
            data = file.read(LARGEST + 1)
        if len(data) > LARGEST:
            raise RoundsError("recount.file", field=path.name)
        return record.recount(json.loads(data))
    except (OSError, EOFError, ValueError, RecursionError) as error:
        raise RoundsError("recount.file", field=path.name) from error


def find_season(session: Session, code: str) -> Season:
    """A season by its code; "latest": the newest one that is no draft. Raises `season.unknown`."""
    rows = session.exec(select(Season).order_by(col(Season.id).desc())).all()
    for row in rows:
        if row.code == code or (code == "latest" and row.state != SeasonState.DRAFT):
            return row
    raise RoundsError("season.unknown", name=code, known="、".join(row.code for row in rows))


def inputs(session: Session, season: Season) -> dict[str, Any]:
    """Everything that counts in a season under pseudonyms, each list in an order that does not tell who is who."""
    season_id = season.id or 0
    names = {id_: pseudonym(season.salt, id_) for id_ in _ids(session, season_id)}
    panel = dict(
        session.exec(
            select(PanelBallot.contestant_id, func.count())
            .where(PanelBallot.season_id == season_id)
            .group_by(col(PanelBallot.contestant_id))
        ).all()
    )
    skills, attempts, bonus = _skills(session, season_id), _attempts(session, season_id), _bonus(session, season_id)
    rows = session.exec(
        select(Contestant, Organisation)
        .join(Organisation, col(Organisation.id) == col(Contestant.organisation_id))
        .where(Contestant.season_id == season_id, col(Contestant.withdrawn_at).is_(None))
    ).all()
    people: list[dict[str, Any]] = [
        {
            "key": names[row.id or 0],
            "organisation": owner.code,
            "zone": owner.zone,
            "complaints": row.complaints,
            "eligible": not row.ineligible,
            "panel": panel.get(row.id or 0, 0),
            "skills": skills[row.id or 0],
            "attempts": attempts[row.id or 0],
            "bonus": bonus[row.id or 0],
        }
        for row, owner in rows
    ]
    there = {one["key"] for one in people}
    ballots = [
        [sorted(there.intersection(names[id_] for id_ in ids)), counts] for ids, counts in _ballots(session, season_id)
    ]
    return {"contestants": sorted(people, key=lambda one: str(one["key"])), "ballots": sorted(ballots)}


def _ids(session: Session, season_id: int) -> list[int]:
    return [id_ or 0 for id_ in session.exec(select(Contestant.id).where(Contestant.season_id == season_id)).all()]


def _skills(session: Session, season_id: int) -> dict[int, dict[str, list[int]]]:
    found: dict[int, dict[str, list[int]]] = defaultdict(lambda: {"central": [], "branch": []})
    query = select(SkillScore.contestant_id, SkillScore.source, SkillScore.points)
    query = query.where(SkillScore.season_id == season_id)
    for contestant_id, source, points in session.exec(query.order_by(col(SkillScore.day), col(SkillScore.id))):
        found[contestant_id][source].append(points)
    return found


def _attempts(session: Session, season_id: int) -> dict[int, list[list[Any]]]:
    """Contestant's id → [week, number of the day, counts, [points of each answer]], in order of time."""
    found: dict[int, list[list[Any]]] = defaultdict(list)
    by_attempt: dict[int, list[int]] = {}
    columns: Any = (QuizAttempt.id, QuizAttempt.contestant_id, QuizAttempt.week, QuizAttempt.number, QuizAttempt.void)
    heads: Any = (
        select(*columns)
        .where(QuizAttempt.season_id == season_id)
        .order_by(col(QuizAttempt.day), col(QuizAttempt.number))
    )
    for id_, contestant_id, week, number, void in session.exec(heads):
        by_attempt[id_ or 0] = []
        found[contestant_id].append([week, number, not void, by_attempt[id_ or 0]])
    for attempt_id, points in _answers(session, by_attempt):
        if attempt_id in by_attempt:
            by_attempt[attempt_id].append(points)
    return found


def _answers(session: Session, attempts: dict[int, list[int]]) -> Iterator[tuple[int, int]]:
    if not attempts:
        return
    query = select(QuizAnswer.attempt_id, QuizAnswer.points)
    query = query.where(col(QuizAnswer.attempt_id).between(min(attempts), max(attempts)))
    yield from session.exec(query.order_by(col(QuizAnswer.attempt_id), col(QuizAnswer.position)))


def _bonus(session: Session, season_id: int) -> dict[int, list[int]]:
    found: dict[int, list[int]] = defaultdict(list)
    query = select(Contribution.contestant_id, Contribution.points)
    query = query.where(Contribution.season_id == season_id, col(Contribution.points) > 0)
    for contestant_id, points in session.exec(query.order_by(col(Contribution.points), col(Contribution.id))):
        found[contestant_id].append(points)
    return found


def _ballots(session: Session, season_id: int) -> list[tuple[list[int], bool]]:
    """The contestants on each ballot, and whether it counts."""
    found: dict[int, tuple[list[int], bool]] = {}
    query: Any = (
        select(Ballot.id, BallotName.contestant_id, Quarantine.ballot_id, Quarantine.decision)
        .join(BallotName, col(BallotName.ballot_id) == col(Ballot.id))
        .outerjoin(Quarantine, col(Quarantine.ballot_id) == col(Ballot.id))
        .where(Ballot.season_id == season_id)
    )
    for id_, contestant_id, held, decision in session.exec(query):
        found.setdefault(id_, ([], held is None or decision == Decision.COUNT))[0].append(contestant_id)
    return list(found.values())
