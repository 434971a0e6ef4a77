"""Pictures of cases and ideas: taken in like any photo; only the two derivatives without metadata are kept."""

from sqlmodel import Session, col, func, or_, select

from audit.db.engine import Database
from audit.db.models import Contestant, Contribution, ContributionPhoto, Question
from audit.domain.contest.contributions import PUBLIC
from audit.domain.permissions import Actor, Where, may, may_somewhere
from audit.domain.photos import MAX_BYTES
from audit.errors import RoundsError
from audit.photos.intake import IntakePool
from audit.photos.store import PhotoStore
from audit.services import values
from audit.services.contest import contributions, tallies
from audit.services.contest.sign_in import ContestantSession
from audit.services.work import unit_of_work

MOST = 6  # pictures of one


def add_photo(
    db: Database, me: ContestantSession, store: PhotoStore, intake: IntakePool, contribution_id: int, data: bytes
) -> None:
    """Put a picture behind the others; blocks while it is decoded. The same picture again changes nothing.

    Raises what `contributions.writable` raises, `contribution.photos` when there are enough, `photo.*`.
    """
    with db.read() as session:
        contributions.writable(session, me, contribution_id)
        _room(session, contribution_id)
    if len(data) > MAX_BYTES:
        raise RoundsError("photo.too_big", limit=MAX_BYTES // 1024 // 1024)
    found = intake.take_in(data)
    picture, thumbnail = store.put_bytes(found.report), store.put_bytes(found.thumbnail)
    with unit_of_work(db, None) as work:
        tallies.hold(work.session, [me.contestant_id])
        row = contributions.writable(work.session, me, contribution_id)
        position = _room(work.session, contribution_id)
        there = select(ContributionPhoto).where(
            ContributionPhoto.contribution_id == contribution_id, ContributionPhoto.picture_sha256 == picture
        )
        if work.session.exec(there).first():
            return
        work.session.add(
            ContributionPhoto(
                contribution_id=contribution_id, position=position, picture_sha256=picture, thumbnail_sha256=thumbnail
            )
        )
        values.touch(work.session, row, row.version)  # whoever reviews has not seen it: their step is stale
        work.record("contribution.photo_added", "contribution", contribution_id, sha256=picture)


def remove_photo(db: Database, me: ContestantSession, contribution_id: int, picture_sha256: str) -> None:
    """Take a picture away again. Raises `not_found` and what `contributions.writable` raises."""
    with unit_of_work(db, None) as work:
        piece = contributions.writable(work.session, me, contribution_id)
        row = work.session.exec(
            select(ContributionPhoto).where(
                ContributionPhoto.contribution_id == contribution_id, ContributionPhoto.picture_sha256 == picture_sha256
            )
        ).first()
        if row is None:
            raise RoundsError("not_found")
        work.session.delete(row)
        values.touch(work.session, piece, piece.version)
        work.record("contribution.photo_removed", "contribution", contribution_id, sha256=picture_sha256)


def check_picture(db: Database, sha256: str, me: ContestantSession | None, actor: Actor | None) -> None:
    """Whether somebody may see this picture of a case or an idea, a contestant, a question. Raises `not_found`.

    Contestants' portraits and what is published are for everybody, other pictures for their author and for reviewers,
    those of questions for who keeps the bank (contestants have a way of their own to them).
    """
    with db.read() as session:
        portrait = or_(col(Contestant.photo_sha256) == sha256, col(Contestant.thumbnail_sha256) == sha256)
        if session.exec(select(Contestant.id).where(portrait, col(Contestant.withdrawn_at).is_(None))).first():
            return
        asked = select(Question.id).where(Question.picture_sha256 == sha256)
        if actor and may_somewhere(actor, "contest.manage") and session.exec(asked).first():
            return
        picture = or_(ContributionPhoto.picture_sha256 == sha256, ContributionPhoto.thumbnail_sha256 == sha256)
        rows = session.exec(
            select(Contribution)
            .join(ContributionPhoto, col(ContributionPhoto.contribution_id) == col(Contribution.id))
            .where(picture)
        ).all()
    if not any(_sees(row, me, actor) for row in rows):
        raise RoundsError("not_found")


def _sees(row: Contribution, me: ContestantSession | None, actor: Actor | None) -> bool:
    if row.state in PUBLIC or (me is not None and row.contestant_id == me.contestant_id):
        return True
    return actor is not None and may(actor, "contest.review", Where(season_id=row.season_id))


def _room(session: Session, contribution_id: int) -> int:
    """The next position; raises `contribution.photos` when there are enough."""
    query = select(func.count(), func.max(ContributionPhoto.position)).where(
        ContributionPhoto.contribution_id == contribution_id
    )
    count, last = session.exec(query).one()
    if count >= MOST:
        raise RoundsError("contribution.photos", limit=MOST)
    return int(last or 0) + 1
