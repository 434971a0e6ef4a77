"""Cases and golden ideas: handed in by contestants, reviewed by the organiser or a judge, read by everybody."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, col, func, select

from audit.db.engine import Database
from audit.db.models import Contestant, Contribution, ContributionPhoto, Organisation, Season
from audit.domain.contest.contributions import PUBLIC, WRITABLE, Kind, points_of, review_for
from audit.domain.contest.rules import Rules
from audit.domain.contest.season import COUNTING, ContributionState
from audit.domain.permissions import Actor, Where, authorise
from audit.errors import RoundsError
from audit.services import clock, values
from audit.services.contest import seasons, tallies
from audit.services.contest.own import check_not_own
from audit.services.contest.sign_in import ContestantSession
from audit.services.values import PAGE_SIZE, Slice
from audit.services.work import unit_of_work

TITLE, TEXT = 120, 6000  # characters


@dataclass(frozen=True)
class Piece:
    """A case or idea with who wrote it and the hashes of its pictures (picture, thumbnail)."""

    row: Contribution
    author: Contestant
    organisation: Organisation
    photos: tuple[tuple[str, str], ...] = ()


def submit(db: Database, me: ContestantSession, kind: str, title: str, text: str) -> int:
    """Hand in a case or an idea; returns its id. Raises `season.not_open`, `contribution.too_many`, `required` …"""
    what = values.choice("kind", kind, Kind)
    told = _told(title, text)
    with unit_of_work(db, None) as work:
        season = check_open(work.session, me.season_id)
        most = Rules.from_json(season.rules).bonus.most_a_day
        tallies.hold(work.session, [me.contestant_id])  # one at a time, so that the day's limit holds
        since = work.now - dt.timedelta(days=1)
        mine = select(func.count()).where(
            Contribution.contestant_id == me.contestant_id, col(Contribution.submitted_at) > since
        )
        if work.session.exec(mine).one() >= most:
            raise RoundsError("contribution.too_many", limit=most)
        row = Contribution(
            season_id=me.season_id, contestant_id=me.contestant_id, kind=what, submitted_at=work.now, **told
        )
        work.session.add(row)
        work.session.flush()
        work.record("contribution.submitted", "contribution", row.id, kind=what, contestant=me.contestant_id)
        return row.id or 0


def revise(db: Database, me: ContestantSession, contribution_id: int, version: int, title: str, text: str) -> None:
    """Change what is not reviewed yet, or hand in again what came back.

    Raises `wrong_state` once it is published or refused, `season.not_open`, `stale`.
    """
    told = _told(title, text)
    with unit_of_work(db, None) as work:
        row = writable(work.session, me, contribution_id)
        again = {"state": str(ContributionState.SUBMITTED)} if row.state == ContributionState.RETURNED else {}
        if values.change(work.session, row, version, {**told, **again}):
            work.record("contribution.revised", "contribution", contribution_id, contestant=me.contestant_id)


def review(
    db: Database, actor: Actor, contribution_id: int, version: int, action: str, reason: str = "", grade: int = 1
) -> None:
    """Take a row of `REVIEWS`; the author's bonus changes in the same transaction. `grade`: class of an adopted idea.

    Raises `wrong_state`, `required` for a reason, `contest.own` for one's own, `season.not_open`, `stale`.
    """
    with unit_of_work(db, actor) as work:
        row = find(work.session, actor, contribution_id)
        check_not_own(work.session, actor, row.contestant_id)
        rules = seasons.check_counting(tallies.hold_season(work.session, row.season_id)).bonus
        step = review_for(row.state, action, row.kind)
        if step is None:
            raise RoundsError("wrong_state", state=row.state)
        if not 1 <= grade <= len(rules.ideas):
            raise RoundsError("invalid", field="grade")
        why = values.line("reason", reason, 1000, required=step.reason)
        tallies.hold(work.session, [row.contestant_id])
        public = step.target in PUBLIC
        changes = {
            "state": str(step.target),
            "points": points_of(row.kind, step.target, grade, rules),
            "review": why,
            "reviewed_at": work.now,
            "reviewed_by": actor.account_id,
            "published_at": (row.published_at or work.now) if public else None,
        }
        owner, points = row.contestant_id, [row.points, changes["points"]]
        values.change(work.session, row, version, changes)
        tallies.count_bonus(work.session, owner)
        work.record(f"contribution.{action}", "contribution", contribution_id, reason=why, points=points)


def find_pieces(
    db: Database,
    actor: Actor,
    season_id: int,
    search: str = "",
    kind: str = "",
    state: str = "",
    page: int = 1,
    size: int = PAGE_SIZE,
) -> Slice:
    """A page of `Piece` for those who review, what waits first."""
    authorise(actor, "contest.review", Where(season_id=season_id))
    with db.read() as session:
        query = _pieces(season_id, kind).where(
            *values.matches(search, Contribution.title, Contestant.name, Contestant.name_en)
        )
        if state:
            query = query.where(Contribution.state == state)
        waiting = (col(Contribution.state) != ContributionState.SUBMITTED, col(Contribution.id).desc())
        found = values.slice_of(session, query.order_by(*waiting), page, size)
        return Slice(_with_photos(session, found.rows), found.total, found.page, found.size)


def get_piece(db: Database, actor: Actor, contribution_id: int) -> Piece:
    """One of them for those who review. Raises `not_found`."""
    with db.read() as session:
        return _piece(session, find(session, actor, contribution_id))


def published(db: Database, season_id: int, kind: str = "", page: int = 1, size: int = PAGE_SIZE) -> Slice:
    """A page of what everybody may read, the newest first."""
    with db.read() as session:
        query = _pieces(season_id, kind).where(col(Contribution.state).in_(PUBLIC))
        found = values.slice_of(session, query.order_by(col(Contribution.published_at).desc()), page, size)
        return Slice(_with_photos(session, found.rows), found.total, found.page, found.size)


def readable(db: Database, contribution_id: int, me: ContestantSession | None) -> Piece:
    """A published one for everybody, one's own in any state. Raises `not_found`."""
    with db.read() as session:
        row = session.get(Contribution, contribution_id)
        if row is None or (row.state not in PUBLIC and (me is None or row.contestant_id != me.contestant_id)):
            raise RoundsError("not_found")
        return _piece(session, row)


def own(db: Database, me: ContestantSession) -> Sequence[Contribution]:
    """What a contestant handed in, the newest first."""
    with db.read() as session:
        query = select(Contribution).where(Contribution.contestant_id == me.contestant_id)
        return session.exec(query.order_by(col(Contribution.id).desc())).all()


def counts(db: Database, season_id: int) -> Mapping[tuple[str, str], int]:
    """(kind, state) → how many."""
    with db.read() as session:
        query = select(Contribution.kind, Contribution.state, func.count()).where(Contribution.season_id == season_id)
        found = session.exec(query.group_by(col(Contribution.kind), col(Contribution.state))).all()
        return {(kind, state): count for kind, state, count in found}


def find(session: Session, actor: Actor, contribution_id: int) -> Contribution:
    """The row for somebody who reviews in its season; raises `forbidden`, `not_found`."""
    row = session.get(Contribution, contribution_id)
    authorise(actor, "contest.review", Where(season_id=row.season_id if row else None))
    if row is None:
        raise RoundsError("not_found")
    return row


def writable(session: Session, me: ContestantSession, contribution_id: int) -> Contribution:
    """One's own that can still be changed; raises `not_found`, `wrong_state`, `season.not_open`."""
    row = session.get(Contribution, contribution_id)
    if row is None or row.contestant_id != me.contestant_id:
        raise RoundsError("not_found")
    check_open(session, row.season_id)
    if row.state not in WRITABLE:
        raise RoundsError("wrong_state", state=row.state)
    return row


def check_open(session: Session, season_id: int) -> Season:
    """The season, held for somebody who writes, if cases and ideas are handed in today; raises `season.not_open`."""
    season = tallies.hold_season(session, season_id)
    if not seasons.check_counting(season).is_open("cases", clock.today()):
        raise RoundsError("season.not_open")
    return season


def is_open(season: Season) -> bool:
    """Whether cases and ideas are handed in today."""
    return season.state in COUNTING and Rules.from_json(season.rules).is_open("cases", clock.today())


def _told(title: str, text: str) -> dict[str, Any]:
    return {
        "title": values.line("title", title, TITLE, required=True),
        "text": values.text("text", text, TEXT, required=True),
    }


def _pieces(season_id: int, kind: str) -> Any:
    query = (
        select(Contribution, Contestant, Organisation)
        .join(Contestant, col(Contestant.id) == col(Contribution.contestant_id))
        .join(Organisation, col(Organisation.id) == col(Contestant.organisation_id))
        .where(Contribution.season_id == season_id)
    )
    return query.where(Contribution.kind == kind) if kind else query


def _piece(session: Session, row: Contribution) -> Piece:
    author = session.get_one(Contestant, row.contestant_id)
    owner = session.get_one(Organisation, author.organisation_id)
    return _with_photos(session, [(row, author, owner)])[0]


def _with_photos(session: Session, rows: Iterable[Any]) -> tuple[Piece, ...]:
    found = list(rows)
    pictures: dict[int, list[tuple[str, str]]] = defaultdict(list)
    ids = [row.id for row, _, _ in found]
    query = select(ContributionPhoto).where(col(ContributionPhoto.contribution_id).in_(ids))
    for photo in session.exec(query.order_by(col(ContributionPhoto.position))).all():
        pictures[photo.contribution_id].append((photo.picture_sha256, photo.thumbnail_sha256))
    return tuple(Piece(row, author, owner, tuple(pictures[row.id])) for row, author, owner in found)
