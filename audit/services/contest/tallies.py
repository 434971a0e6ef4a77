"""What was counted of each contestant, kept in the same transaction as the rows that count.

Whoever writes a skill score, a ballot, a contribution, ends an attempt or decides on one of them calls the verb here,
inside its own unit of work, and holds the season first: nothing is counted behind a board that is being published. The
rows stay the truth: `differences` compares, `rebuild` counts anew.
"""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import bindparam, delete, func, insert
from sqlmodel import Session, col, select, update

from audit.db.models import ContestTally, Contribution, QuizAnswer, QuizAttempt, QuizWeek, Season, SkillScore
from audit.db.queries.contest import ADD_VOTES, COUNTED, SET_SKILLS, SET_WEEK, SUM_WEEKS, recount, recount_weeks
from audit.domain.contest.rules import QuizRules
from audit.errors import RoundsError

_SEASON: Any = select(Season).where(col(Season.id) == bindparam("season")).execution_options(populate_existing=True)
_HELD = {alone: _SEASON.with_for_update(read=not alone) for alone in (False, True)}  # made once: people wait for them


def hold_season(session: Session, season_id: int, alone: bool = False) -> Season:
    """The season as it is now, held until the end of the transaction. Raises `not_found`.

    Whoever counts something shares it with all others who do; `alone`: whoever publishes a board or moves the season
    waits for them, and they for it. Always held before tallies are.
    """
    row: Season | None = session.exec(_HELD[alone], params={"season": season_id}).first()
    if row is None:
        raise RoundsError("not_found")
    return row


def hold(session: Session, contestant_ids: Iterable[int]) -> None:
    """Lock the tallies of these contestants until the end of the transaction, always in the same order.

    SQLite's writers take turns as it is.
    """
    held: set[int] = session.info.setdefault("tallies held", set())
    wanted = set(contestant_ids) - held
    held |= wanted
    if wanted and not _is_sqlite(session):
        query = select(ContestTally.contestant_id).where(col(ContestTally.contestant_id).in_(wanted))
        session.exec(query.order_by(col(ContestTally.contestant_id)).with_for_update()).all()


def count_votes(session: Session, contestant_ids: Iterable[int], by: int = 1) -> None:
    """Add (or, with −1, take off) one vote for each: a ballot is cast, held back, or decided on.

    The caller holds the tallies (`hold`), so that two ballots with the same names never wait for one another for ever.
    """
    session.flush()
    session.connection().execute(ADD_VOTES, {"contestants": sorted(contestant_ids), "by": by})


def count_week(session: Session, rules: QuizRules, season_id: int, contestant_id: int, week: int) -> None:
    """Find the best counted attempt of a week anew, and the sum of the best weeks. For a voided attempt, too.

    The caller holds the tally (`hold`).
    """
    if not 1 <= week <= rules.weeks:
        return
    session.flush()
    place = {"contestant": contestant_id, "week": week, "season": season_id}
    session.connection().execute(SET_WEEK, place | {"attempts_a_day": rules.attempts_a_day})
    session.connection().execute(SUM_WEEKS, {"contestant": contestant_id, "best_weeks": rules.best_weeks})


def count_weeks(session: Session, rules: QuizRules, season_id: int, weeks: Iterable[tuple[int, int]]) -> None:
    """The same for many (contestant's id, week): answers were marked anew. The caller holds the season alone."""
    places = [
        {"contestant": id_, "week": week, "season": season_id, "attempts_a_day": rules.attempts_a_day}
        for id_, week in sorted(weeks)
        if 1 <= week <= rules.weeks
    ]
    if not places:
        return
    session.flush()
    session.connection().execute(SET_WEEK, places)
    people = sorted({place["contestant"] for place in places})
    sums = [{"contestant": id_, "best_weeks": rules.best_weeks} for id_ in people]
    session.connection().execute(SUM_WEEKS, sums)


def count_skills(session: Session, contestant_ids: Iterable[int]) -> None:
    """Sum up these contestants' skill scores anew: some were entered, changed or taken off."""
    ids = sorted(set(contestant_ids))
    hold(session, ids)
    found = {id_: dict.fromkeys(COUNTED[:4], 0) for id_ in ids}
    query = (
        select(SkillScore.contestant_id, SkillScore.source, func.count(), func.sum(SkillScore.points))
        .where(col(SkillScore.contestant_id).in_(ids))
        .group_by(col(SkillScore.contestant_id), col(SkillScore.source))
    )
    for id_, source, count, total in session.exec(query).all():
        found[id_] |= {f"{source}_count": count, f"{source}_sum": int(total)}
    if found:
        session.connection().execute(SET_SKILLS, [{"contestant": id_, **sums} for id_, sums in found.items()])


def count_bonus(session: Session, contestant_id: int) -> None:
    """Sum up the points of a contestant's cases and ideas anew: one was published, adopted, or taken off."""
    hold(session, [contestant_id])
    total = session.exec(select(func.sum(Contribution.points)).where(Contribution.contestant_id == contestant_id)).one()
    _set(session, contestant_id, bonus=int(total or 0))


def rebuild(session: Session, season_id: int, rules: QuizRules) -> None:
    """Count the whole season anew from its rows: after the rules changed, after bulk loads, after a repair."""
    list(session.exec(select(ContestTally).where(ContestTally.season_id == season_id).with_for_update()).all())
    points = select(func.coalesce(func.sum(QuizAnswer.points), 0)).where(QuizAnswer.attempt_id == QuizAttempt.id)
    session.exec(
        update(QuizAttempt)
        .where(col(QuizAttempt.season_id) == season_id)
        .values(score=points.scalar_subquery())
        .execution_options(synchronize_session=False)
    )
    session.exec(delete(QuizWeek).where(col(QuizWeek.season_id) == season_id))
    best = (
        select(QuizAttempt.contestant_id, QuizAttempt.week, QuizAttempt.season_id, func.max(QuizAttempt.score))
        .where(
            QuizAttempt.season_id == season_id,
            col(QuizAttempt.number) <= rules.attempts_a_day,
            col(QuizAttempt.week).between(1, rules.weeks),
            QuizAttempt.void == "",
        )
        .group_by(col(QuizAttempt.contestant_id), col(QuizAttempt.week), col(QuizAttempt.season_id))
    )
    session.exec(insert(QuizWeek).from_select(["contestant_id", "week", "season_id", "best"], best))
    known = set(session.exec(select(ContestTally.contestant_id).where(ContestTally.season_id == season_id)).all())
    for contestant_id, *figures in recount(session, season_id, rules):
        values = dict(zip(COUNTED, figures, strict=True))
        if contestant_id in known:
            _set(session, contestant_id, **values)
        else:
            session.add(ContestTally(contestant_id=contestant_id, season_id=season_id, **values))


def differences(session: Session, season_id: int, rules: QuizRules) -> list[tuple[int, str, int, int]]:
    """(contestant's id, figure, tally, recount) wherever the two differ; both are read in one transaction.

    `week 3`: the best attempt of a week; `row`: there is no tally at all.
    """
    kept = session.exec(select(ContestTally).where(ContestTally.season_id == season_id)).all()
    tallies = {row.contestant_id: row for row in kept}
    found = []
    for contestant_id, *figures in recount(session, season_id, rules):
        row = tallies.get(contestant_id)
        if row is None:
            found.append((contestant_id, "row", 0, 1))
            row = ContestTally(contestant_id=contestant_id, season_id=season_id)
        for name, counted in zip(COUNTED, figures, strict=True):
            if getattr(row, name) != counted:
                found.append((contestant_id, name, getattr(row, name), counted))
    columns = select(QuizWeek.contestant_id, QuizWeek.week, QuizWeek.best).where(QuizWeek.season_id == season_id)
    bests = {(contestant_id, week): best for contestant_id, week, best in session.exec(columns).all()}
    weeks = recount_weeks(session, season_id, rules)
    for place in sorted(bests.keys() | weeks.keys()):
        if bests.get(place, 0) != weeks.get(place, 0):
            found.append((place[0], f"week {place[1]}", bests.get(place, 0), weeks.get(place, 0)))
    return found


def mend(session: Session, season_id: int, rules: QuizRules) -> list[tuple[int, str, int, int]]:
    """Count anew what differs from the recount (`differences`), and return it; the caller holds the season alone."""
    session.flush()
    found = differences(session, season_id, rules)
    if found:
        rebuild(session, season_id, rules)
    return found


def _is_sqlite(session: Session) -> bool:
    return session.get_bind().dialect.name == "sqlite"


def _set(session: Session, contestant_id: int, **values: Any) -> None:
    session.exec(
        update(ContestTally)
        .where(col(ContestTally.contestant_id) == contestant_id)
        .values(**values)
        .execution_options(synchronize_session=False)
    )
