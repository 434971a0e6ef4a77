"""Vote slips: single-use tokens printed ahead as QR codes, to be handed to customers whom a hall or a person served.

Each slip has a number that stands for the served transaction: batch and place in it, or the transaction's own where a
list gave it (`served`). Who made how many, and how many
were used, is told; a slip's token is signed anew whenever it is printed, and no file of ours keeps it.
"""

import datetime as dt
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, func
from sqlmodel import Session, col, select

from audit.db.engine import Database
from audit.db.models import Account, Contestant, Outlet, Season, VoteSlip, VoteSlipBatch, VoteToken
from audit.domain.contest.season import SeasonState
from audit.domain.permissions import Actor, Where, authorise
from audit.errors import RoundsError
from audit.services import clock, values
from audit.services.contest import tallies
from audit.services.contest.keys import keyed, opened
from audit.services.contest.own import check_no_part
from audit.services.contest.tokens import DAYS, Slip, address_of
from audit.services.values import PAGE_SIZE, Slice
from audit.services.work import Work, unit_of_work

MOST = 600  # slips made at once: 50 sheets, a quarter of a minute for the job that lays them out
MOST_DAYS = 92


@dataclass(frozen=True)
class BatchLine:
    """A batch in the list. `served_*`: the hall or the contestant, "" where a list names transactions of any;
    `used`: slips of which a ballot came."""

    id: int
    served_zh: str
    served_en: str
    count: int
    used: int
    made_at: dt.datetime
    made_by_zh: str
    made_by_en: str
    expires_at: dt.datetime


@dataclass(frozen=True)
class SlipSheet:
    """A batch to print: its slips that were not used yet, by their numbers."""

    batch: BatchLine
    season_zh: str
    season_en: str
    slips: tuple[Slip, ...]


def make(
    db: Database,
    actor: Actor,
    season_id: int,
    count: int,
    outlet_id: int | None = None,
    contestant_ids: Sequence[int] = (),
    days: int = DAYS,
) -> list[int]:
    """So many slips for a hall, or for each of these contestants, whose name the page then proposes; the batches' ids.

    Raises `forbidden`, `not_found`, `contest.takes_part`, `wrong_state` once the season is closed, `required` without
    hall and contestants, `invalid` for more than `MOST` altogether, and for `days`.
    """
    authorise(actor, "contest.manage", Where(season_id=season_id))
    wanted = sorted(set(contestant_ids))
    if not wanted and outlet_id is None:
        raise RoundsError("required", field="outlet")
    if not 1 <= count * max(1, len(wanted)) <= MOST or count < 1 or not 1 <= days <= MOST_DAYS:
        raise RoundsError("invalid", field="days" if not 1 <= days <= MOST_DAYS else "count")
    with unit_of_work(db, actor) as work:
        season = tallies.hold_season(work.session, season_id)
        check_no_part(work.session, actor, season_id)
        if season.state == SeasonState.CLOSED:
            raise RoundsError("wrong_state", state=season.state)
        served = _served(work.session, season_id, outlet_id, wanted)
        return [_make(work, season, count, hall, person, days) for hall, person in served]


def batches(db: Database, actor: Actor, season_id: int, search: str = "", page: int = 1) -> Slice:
    """A page of `BatchLine`, the newest first; `search`: hall, contestant, or who made them."""
    authorise(actor, "contest.manage", Where(season_id=season_id))
    columns = (
        Outlet.name_zh, Outlet.name_en, Contestant.name, Contestant.name_en, Contestant.employee_number, Account.name,
        Account.name_en,
    )  # fmt: skip
    found = values.matches(search, *columns)
    query = _lines().where(VoteSlipBatch.season_id == season_id, *found).order_by(col(VoteSlipBatch.id).desc())
    with db.read() as session:
        rows = values.slice_of(session, query, page, PAGE_SIZE)
        used = _used(session, [row[0].id for row in rows.rows])
    return Slice(tuple(_line(used, *row) for row in rows.rows), rows.total, rows.page, rows.size)


def batch(db: Database, actor: Actor, season_id: int, batch_id: int) -> BatchLine:
    """One batch. Raises `forbidden`, `not_found`."""
    authorise(actor, "contest.manage", Where(season_id=season_id))
    with db.read() as session:
        return _find(session, season_id, batch_id)


def sheet(db: Database, actor: Actor, season_id: int, batch_id: int) -> SlipSheet:
    """A batch to print or to send on; every time it is recorded. Raises `forbidden`, `not_found`, `contest.takes_part`,
    `wrong_state` when it is no longer valid."""
    authorise(actor, "contest.manage", Where(season_id=season_id))
    with unit_of_work(db, actor) as work:
        session = work.session
        line = _find(session, season_id, batch_id)
        check_no_part(session, actor, season_id)
        season = session.get_one(Season, season_id)
        if season.state == SeasonState.CLOSED or line.expires_at <= clock.now():
            raise RoundsError("wrong_state", state="closed")
        query = (
            select(VoteSlip)
            .join(VoteToken, and_(col(VoteToken.jti) == col(VoteSlip.jti), col(VoteToken.ballot_id).is_(None)))
            .where(VoteSlip.batch_id == batch_id)
        )
        rows = session.exec(query.order_by(col(VoteSlip.number))).all()
        slips = tuple(_slip(season, one) for one in rows)
        work.record("vote_slips.printed", "vote_slip_batch", batch_id, season_id=season_id, count=len(slips))
        return SlipSheet(line, season.name_zh, season.name_en, slips)


def _served(
    session: Session, season_id: int, outlet_id: int | None, wanted: Sequence[int]
) -> list[tuple[int | None, int | None]]:
    """(hall, contestant) of each batch: a contestant's slips count as those of the own hall."""
    if not wanted:
        if session.get(Outlet, outlet_id) is None:
            raise RoundsError("not_found")
        return [(outlet_id, None)]
    query = select(Contestant.outlet_id, Contestant.id).where(
        Contestant.season_id == season_id, col(Contestant.id).in_(wanted), col(Contestant.withdrawn_at).is_(None)
    )
    found = [(hall, id_) for hall, id_ in session.exec(query.order_by(col(Contestant.id))).all()]
    if len(found) != len(wanted):
        raise RoundsError("not_found")
    return found


def _make(work: Work, season: Season, count: int, outlet_id: int | None, person: int | None, days: int) -> int:
    place: dict[str, Any] = {"season_id": season.id or 0, "outlet_id": outlet_id, "contestant_id": person}
    until = work.now + dt.timedelta(days=days)
    account_id = (work.actor.account_id or None) if work.actor else None
    batch = VoteSlipBatch(**place, count=count, made_at=work.now, expires_at=until, account_id=account_id)
    work.session.add(batch)
    work.session.flush()
    made = [(number, secrets.token_urlsafe(12)) for number in range(1, count + 1)]
    for number, jti in made:
        hashed = keyed(season, "slip", _number(batch.id or 0, number))
        row = VoteToken(jti=jti, transaction_sha256=hashed, issued_at=work.now, expires_at=until, **place)
        work.session.add(row)
    work.session.flush()
    work.session.add_all(VoteSlip(jti=jti, batch_id=batch.id or 0, number=number) for number, jti in made)
    work.record("vote_slips.made", "vote_slip_batch", batch.id, **place, count=count, days=days)
    return batch.id or 0


def _slip(season: Season, row: VoteSlip) -> Slip:
    """A slip by its transaction's number where a list gave it, else by its own."""
    told = opened(season, row.sealed) if row.sealed else ""
    number, phone = json.loads(told) if told else (_number(row.batch_id, row.number), "")
    return Slip(number, address_of(season, row.jti), phone)


def _number(batch_id: int, number: int) -> str:
    return f"{batch_id:04}-{number:03}"


def _find(session: Session, season_id: int, batch_id: int) -> BatchLine:
    query = _lines().where(VoteSlipBatch.id == batch_id, VoteSlipBatch.season_id == season_id)
    row = session.exec(query).first()
    if row is None:
        raise RoundsError("not_found")
    return _line(_used(session, [batch_id]), *row)


def _lines() -> Any:
    return (
        select(VoteSlipBatch, Outlet, Contestant, Account)
        .outerjoin(Outlet, col(Outlet.id) == col(VoteSlipBatch.outlet_id))
        .outerjoin(Contestant, col(Contestant.id) == col(VoteSlipBatch.contestant_id))
        .outerjoin(Account, col(Account.id) == col(VoteSlipBatch.account_id))
    )


def _used(session: Session, batch_ids: Sequence[int]) -> dict[int, int]:
    query = (
        select(VoteSlip.batch_id, func.count())
        .join(VoteToken, col(VoteToken.jti) == col(VoteSlip.jti))
        .where(col(VoteSlip.batch_id).in_(batch_ids), col(VoteToken.ballot_id).is_not(None))
        .group_by(col(VoteSlip.batch_id))
    )
    return dict(session.exec(query).all())


def _line(
    used: dict[int, int], row: VoteSlipBatch, hall: Outlet | None, person: Contestant | None, maker: Account | None
) -> BatchLine:
    of_hall = (hall.name_zh, hall.name_en) if hall else ("", "")
    names = (person.name, person.name_en) if person else of_hall
    return BatchLine(
        id=row.id or 0, served_zh=names[0], served_en=names[1] or names[0], count=row.count,
        used=used.get(row.id or 0, 0), made_at=row.made_at, made_by_zh=maker.name if maker else "",
        made_by_en=maker.name_en if maker else "", expires_at=row.expires_at,
    )  # fmt: skip
