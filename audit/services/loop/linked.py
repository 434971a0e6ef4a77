"""What the holder of a one-purpose link may do: read the one finding, write its answer, hand it over. Nothing else.

The token is the only key: whoever has no token that stands is told one and the same sentence, and is counted.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from audit.db.engine import Database
from audit.db.models import Comment, Delegation, Evidence, Finding, FindingPhoto, Organisation, Outlet, Photo
from audit.domain.addresses import one_place
from audit.domain.deadlines import days_left
from audit.domain.findings import OPEN_STATES
from audit.domain.loop import needed, step_for
from audit.domain.revisions import is_uuid
from audit.errors import RoundsError
from audit.services import clock, throttle, values
from audit.services.calendar import calendar_of
from audit.services.installation import Installation
from audit.services.loop import evidence
from audit.services.loop.delegating import give_back, stored
from audit.services.loop.evidence import PICTURES, Found, Upload
from audit.services.loop.fields import NAME_LIMIT
from audit.services.loop.marked import Marked, marked_photos
from audit.services.loop.rectifying import WRITABLE, Answer, attach, detach, read_answer, write_seen
from audit.services.loop.replies import talk
from audit.services.photos import remake
from audit.services.work import Work, unit_of_work

SUBJECT = "rectification"
SAID_LIMIT = 1000  # characters of one comment
MOST_SAID = 20  # comments by one link


@dataclass(frozen=True)
class Linked:
    """The finding of a link. `asked`: the fields that the branch has to supply in the end.

    `talk`: the comments made through it, and what the branch answered; `shown`: the photos of these answers.
    `days_left` as in `reading.FindingRow`; `handed_over_at` None while the answer is being written.
    """

    finding: Finding
    outlet: Outlet
    organisation: Organisation
    answer: Answer
    photos: tuple[Marked, ...]
    asked: tuple[str, ...]
    days_left: int | None
    note: str
    expires_at: datetime
    handed_over_at: datetime | None
    delegation_id: int
    talk: tuple[Comment, ...]
    shown: Mapping[str, Evidence]

    @property
    def may_say(self) -> bool:
        """Whether a comment may be made now."""
        return self.finding.state in OPEN_STATES and len(_own(self.talk)) < MOST_SAID

    @property
    def name(self) -> str:
        """The name under which the last comment was made, "" for none."""
        return next((one.name for one in reversed(_own(self.talk))), "")

    @property
    def writable(self) -> bool:
        """Whether the answer may be written now."""
        return self.finding.state in WRITABLE and self.handed_over_at is None


@dataclass(frozen=True)
class _Held:
    row: Delegation
    finding: Finding

    @property
    def handed_over(self) -> bool:
        return self.row.handed_over_at is not None and self.row.handed_over_cycle == self.finding.cycle

    @property
    def told(self) -> dict[str, Any]:
        return {"delegation_id": self.row.id}


def look(db: Database, token: str, address: str) -> Linked:
    """The finding of a link, with what was written. The first look is noted. Raises `delegation.link`."""
    with _counted(db, address), db.read() as session:
        held = _held(session, token)
        first = held.row.used_at is None
    if first:
        with _writing(db, token, address) as (work, held):
            if held.row.used_at is None:
                held.row.used_at = work.now
                work.session.add(held.row)
                work.record("finding.link_used", "finding", held.finding.id, **held.told)
    with db.read() as session:
        return _linked(session, held)


def keep(db: Database, token: str, address: str, given: Mapping[str, Any], seen: Mapping[str, Any]) -> datetime:
    """Like `rectifying.keep`; returns when it was saved. Raises `delegation.link`, `delegation.handed_over` too."""
    with _writing(db, token, address) as (work, held):
        _check_open(held)
        write_seen(work, held.finding, given, seen, None, **held.told)
        return work.now


def admit(db: Database, token: str, address: str, upload: Upload) -> int:
    """Whether this file may be sent now; returns the finding's id. Raises like `evidence.admit`, and as `keep`."""
    with _counted(db, address), db.read() as session:
        held = _held(session, token)
        evidence.check(upload)
        if session.get(Evidence, upload.uuid) is None:
            _check_open(held)
        return held.finding.id or 0


def receive(house: Installation, token: str, address: str, upload: Upload, data: bytes) -> Evidence:
    """Like `evidence.receive`, as evidence of the rectification. Raises as `admit` too."""
    admit(house.db, token, address, upload)
    file = evidence.stored(house, upload, data)
    with _writing(house.db, token, address) as (work, held):
        if work.session.get(Evidence, upload.uuid) is None:
            _check_open(held)
        return attach(work, held.finding, SUBJECT, WRITABLE, file, None, **held.told)


def remove(db: Database, token: str, address: str, uuid: str) -> None:
    """Take back a file that was sent through a link; twice does no harm. Raises `not_found`, and as `keep`."""
    with _writing(db, token, address) as (work, held):
        row = work.session.get(Evidence, uuid) if is_uuid(uuid) else None
        if row is None or (row.finding_id, row.subject, row.account_id) != (held.finding.id, SUBJECT, None):
            raise RoundsError("not_found")
        _check_open(held)
        detach(work, held.finding, row, WRITABLE, **held.told)


def picture(house: Installation, token: str, address: str, uuid: str, kind: str) -> Found:
    """A photo of the finding, of its answer in this cycle, or of what the branch said to the holder.

    Raises `not_found`, `delegation.link`.
    """
    with _counted(house.db, address), house.db.read() as session:
        held = _held(session, token)
        if kind not in PICTURES or not is_uuid(uuid):
            raise RoundsError("not_found")
        proof = session.get(Evidence, uuid)
        mine = (held.finding.id, held.finding.cycle, SUBJECT, None)
        if proof and (proof.finding_id, proof.cycle, proof.subject, proof.removed_at) == mine:
            return evidence.file_of(proof, kind)
        if uuid in (said := _shown(session, talk(session, held.row.id or 0))):
            return evidence.file_of(said[uuid], kind)
        if session.get(FindingPhoto, (held.finding.id, uuid)) is None:
            raise RoundsError("not_found")
    remake(house.db, house.photos, house.intake, uuid)
    with house.db.read() as session:
        photo = session.get_one(Photo, uuid)
    return Found(True, photo.thumbnail_sha256 if kind == "thumbnail" else photo.report_sha256, "image/jpeg", "")


def hand_over(db: Database, token: str, address: str) -> None:
    """The answer is written: the branch is told. Doing it again changes nothing. Raises `required`, `wrong_state`."""
    with _writing(db, token, address) as (work, held):
        if held.handed_over:
            return
        _check_open(held)
        give_back(work, held.finding, held.row)


def take_up(db: Database, token: str, address: str) -> None:
    """Go on writing what was handed over, while the branch has not submitted it. Doing it again changes nothing."""
    with _writing(db, token, address) as (work, held):
        if not held.handed_over:
            return
        if held.finding.state not in WRITABLE:
            raise RoundsError("wrong_state", state=held.finding.state)
        held.row.handed_over_at, held.row.handed_over_cycle = None, None
        work.session.add(held.row)
        work.record("finding.taken_up", "finding", held.finding.id, **held.told)


def say(db: Database, token: str, address: str, name: str, text: str) -> None:
    """Comment on the finding; the branch and the marketing department are told. The same again is said once.

    Raises `delegation.link`, `wrong_state` once nothing is open any more, `required`, `too_long`, `invalid`,
    `delegation.said_enough`, `signin.throttled`.
    """
    given = values.line("name", name, NAME_LIMIT, required=True)
    said = values.text("text", text, SAID_LIMIT, required=True)
    with _writing(db, token, address) as (work, held):
        if held.finding.state not in OPEN_STATES:
            raise RoundsError("wrong_state", state=held.finding.state)
        before = talk(work.session, held.row.id or 0)
        if before and (before[-1].account_id, before[-1].name, before[-1].text) == (None, given, said):
            return  # the answer to the first time was lost
        if len(_own(before)) >= MOST_SAID:
            raise RoundsError("delegation.said_enough", limit=MOST_SAID)
        throttle.count(work.session, [throttle.key("said", str(held.row.id))])
        row = Comment(
            finding_id=held.row.finding_id, delegation_id=held.row.id, name=given, text=said, said_at=work.now
        )
        work.session.add(row)
        work.session.flush()
        work.record("finding.commented_by_link", "finding", held.finding.id, comment_id=row.id, **held.told)


@contextmanager
def _counted(db: Database, address: str) -> Iterator[None]:
    """Count a link that opens nothing against the address. One that opens is let in whatever others tried before."""
    try:
        yield
    except RoundsError as error:
        if error.code == "delegation.link":
            throttle.count_alone(db, "link", one_place(address))
        raise


@contextmanager
def _writing(db: Database, token: str, address: str) -> Iterator[tuple[Work, _Held]]:
    with _counted(db, address), unit_of_work(db, None) as work:
        yield work, _held(work.session, token, lock=True)


def _held(session: Session, token: str, lock: bool = False) -> _Held:
    row = session.exec(select(Delegation).where(Delegation.token_sha256 == stored(token))).first()
    finding = session.get(Finding, row.finding_id, with_for_update=True if lock else None) if row else None
    if row is None or finding is None or finding.issued_at is None:
        raise RoundsError("delegation.link")
    if lock:
        session.refresh(row)  # it may have been taken back by whoever held the finding before us
    if row.revoked_at or row.expires_at is None or row.expires_at <= clock.now():
        raise RoundsError("delegation.link")
    return _Held(row, finding)


def _check_open(held: _Held) -> None:
    if held.finding.state not in WRITABLE:
        raise RoundsError("wrong_state", state=held.finding.state)
    if held.handed_over:
        raise RoundsError("delegation.handed_over")


def _linked(session: Session, held: _Held) -> Linked:
    row, finding = held.row, held.finding
    left = days_left(clock.now(), finding.due_at, calendar_of(session)) if finding.due_at else None
    assert row.expires_at  # every link has an end
    said = talk(session, row.id or 0)
    return Linked(
        finding,
        session.get_one(Outlet, finding.outlet_id),
        session.get_one(Organisation, finding.organisation_id),
        read_answer(session, finding),
        marked_photos(session, [row.finding_id]).get(row.finding_id, ()),
        needed(step_for("rectifying", "submit"), finding.severity, finding.repeat),
        left if finding.state in ("issued", *WRITABLE) else None,
        row.note,
        row.expires_at,
        row.handed_over_at if held.handed_over else None,
        row.id or 0,
        tuple(said),
        _shown(session, said),
    )


def _own(said: Sequence[Comment]) -> list[Comment]:
    """What was said through the link itself."""
    return [one for one in said if one.account_id is None]


def _shown(session: Session, said: Sequence[Comment]) -> dict[str, Evidence]:
    """The photos of these comments, by uuid."""
    uuids = [uuid for one in said for uuid in one.photos]
    query = select(Evidence).where(col(Evidence.uuid).in_(uuids), col(Evidence.removed_at).is_(None))
    return {row.uuid: row for row in session.exec(query).all() if row.report_sha256} if uuids else {}
