"""The demo city's cases and golden ideas with comments and reposts: the whole city has as many as the operator had."""

import datetime as dt
import random
from typing import Any

from sqlmodel import Session, col, insert, select

from audit.db.engine import Database
from audit.db.models import Contribution, ContributionComment, Repost
from audit.demo.calendar import instant
from audit.demo.contest_play import Season
from audit.demo.founding import City
from audit.demo.pictures.canvas import seeded
from audit.demo.texts import read
from audit.domain.contest.season import ContributionState as State

EACH_CASE, EACH_IDEA = 24, 9  # contestants for one published case, one adopted idea
CLASSES = (0.55, 0.33, 0.12)  # how often an adopted idea is of the first, second, third class
WAITING = 3  # of each kind are still to be reviewed


def play(db: Database, season: Season, city: City, today: dt.date) -> None:
    """Write them with their points; the caller counts."""
    rng, told = seeded("words", season.seed), read("contest")
    judge = city.staff["judge"].account_id
    rows: list[dict[str, Any]] = []

    def add(kind: str, state: State, points: int, days_ago: int) -> None:
        text = told[f"{kind}s"][len([row for row in rows if row["kind"] == kind]) % len(told[f"{kind}s"])]
        day = today - dt.timedelta(days=days_ago)
        at, seen = instant(day, dt.time(rng.randint(9, 20), rng.randrange(60))), state is not State.SUBMITTED
        reviewed = at + dt.timedelta(days=2) if seen else None
        public = state in (State.PUBLISHED, State.ADOPTED)
        rows.append(
            {
                "season_id": season.id, "contestant_id": rng.choice(season.players).id, "kind": kind, "state": state,
                "title": text["title"], "text": text["text"], "points": points, "submitted_at": at,
                "reviewed_at": reviewed, "reviewed_by": judge if seen else None,
                "review": told["reviews"].get(str(state), ""), "published_at": reviewed if public else None,
            }
        )  # fmt: skip

    bonus = season.rules.bonus
    for _ in range(max(4, len(season.players) // EACH_CASE)):
        add("case", State.PUBLISHED, bonus.case, rng.randint(10, 90))
    for _ in range(max(6, len(season.players) // EACH_IDEA)):
        add("idea", State.ADOPTED, rng.choices(bonus.ideas, CLASSES)[0], rng.randint(10, 90))
    for kind in ("case", "idea"):
        add(kind, State.RETURNED, 0, 9)
        add(kind, State.REFUSED, 0, 12)
        for ago in range(WAITING):
            add(kind, State.SUBMITTED, 0, ago)
    with db.write() as session:
        session.execute(insert(Contribution), rows)
        _answers(session, season, told, rng)


def _answers(session: Session, season: Season, told: Any, rng: random.Random) -> None:
    """What people said of the published ones, and where they were reposted."""
    shown = session.exec(
        select(Contribution).where(Contribution.season_id == season.id, col(Contribution.published_at).is_not(None))
    ).all()
    comments, reposts = [], []
    for row in shown:
        assert row.published_at
        for _ in range(rng.randint(0, 5)):
            after = dt.timedelta(hours=rng.randint(3, 200))
            comments.append(
                {
                    "contribution_id": row.id, "contestant_id": rng.choice(season.players).id,
                    "text": rng.choice(told["comments"]), "written_at": row.published_at + after,
                }
            )  # fmt: skip
        for channel in rng.sample(told["channels"], rng.randint(0, 2)):
            reposts.append(
                {
                    "season_id": season.id, "contribution_id": row.id, "channel": channel,
                    "count": rng.randint(1, 25), "seen_on": row.published_at.date(), "recorded_at": row.published_at,
                }
            )  # fmt: skip
    session.execute(insert(ContributionComment), comments)
    session.execute(insert(Repost), reposts)
