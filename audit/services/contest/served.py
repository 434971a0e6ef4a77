"""Served transactions from a list of the operator's systems: a slip for each, to print or to send by text message.

The database keeps a transaction's number as a keyed hash, by which it has one slip, and sealed with the season's key,
so that the sheet and the texts can name it: whoever reads the database alone cannot tell which customer voted how.
"""

import csv
import datetime as dt
import hashlib
import io
import json
import re
import secrets
from collections import Counter
from dataclasses import dataclass
from typing import Any

import xlsxwriter
from sqlmodel import Session, col, select, update

from audit.db.engine import Database
from audit.db.models import Contestant, Outlet, Season, VoteSlip, VoteSlipBatch, VoteToken
from audit.domain.contest.season import SeasonState
from audit.domain.contest.verification import mobile
from audit.domain.permissions import Actor, Where, authorise
from audit.errors import RoundsError
from audit.services import values
from audit.services.contest import tallies, tokens
from audit.services.contest.keys import keyed, sealed
from audit.services.contest.own import check_no_part
from audit.services.contest.slips import MOST_DAYS
from audit.services.spreadsheet import ROWS_LIMIT, Column, Row, Sheet, read
from audit.services.spreadsheet_import import Outcome, run
from audit.services.work import Work, unit_of_work

LONGEST = 80  # characters of a transaction's number
_ROUNDED = re.compile(r"\d(\.\d+)?[eE]\+\d+")  # what Excel makes of a long number in a CSV

# fmt: off
SERVED_SHEETS = (
    Sheet("served", "业务流水", "Served transactions", (
        #      field              中文        English            example
        Column("transaction",     "业务流水号", "Transaction number", "8020261006000123", required=True),
        Column("outlet",          "触点编码",   "Outlet code",        "WZ01"),
        Column("employee_number", "受理工号",   "Served by (employee number)", "E1001"),
        Column("phone",           "客户手机",   "Customer's phone",   "13900000000"),
    )),
)
# fmt: on


@dataclass(frozen=True)
class _Line:
    """A transaction of the list: its number, where and by whom it was served, and where a text goes."""

    number: str
    outlet_id: int | None
    contestant_id: int | None
    phone: str


def import_served(
    db: Database, actor: Actor, season_id: int, data: bytes, dry_run: bool = True, days: int = tokens.DAYS
) -> Outcome:
    """A slip for each transaction of an .xlsx or .csv file, all in one batch, valid for `days`.

    A number that stands there twice or has a slip already is an error of its row. Raises `forbidden`, `not_found`,
    `contest.takes_part`, `wrong_state` once the season is closed, `invalid` for `days`, `spreadsheet.*` for a file that
    cannot be read.
    """
    authorise(actor, "contest.manage", Where(season_id=season_id))
    if not 1 <= days <= MOST_DAYS:
        raise RoundsError("invalid", field="days")
    reading = read(data if data.startswith(b"PK") else _as_workbook(data), SERVED_SHEETS)
    reading.unique("served", "transaction")
    outcome = Outcome(errors=reading.errors)

    def apply(work: Work) -> None:
        season = tallies.hold_season(work.session, season_id)
        check_no_part(work.session, actor, season_id)
        if season.state == SeasonState.CLOSED:
            raise RoundsError("wrong_state", state=season.state)
        places, lines = _Places(work.session, season), list[_Line]()
        reading.each("served", lambda row: lines.append(places.line(row)))
        outcome.created = len(lines)
        if lines and not dry_run and not outcome.errors:
            batch_id = _make(work, season, lines, days)
            sha256 = hashlib.sha256(data).hexdigest()
            told = {"season_id": season_id, "count": len(lines), "days": days, "sha256": sha256}
            work.record("vote_slips.listed", "vote_slip_batch", batch_id, **told)

    return run(db, actor, apply, outcome, dry_run)


def forget_expired(db: Database) -> int:
    """Empty what is sealed of slips that are no longer valid (recorded by batch); returns how many there were."""
    with unit_of_work(db, None) as work:
        late = select(VoteToken.jti).where(col(VoteToken.expires_at) < work.now)
        which = (col(VoteSlip.sealed) != "", col(VoteSlip.jti).in_(late))
        emptied = Counter(work.session.exec(select(VoteSlip.batch_id).where(*which)).all())
        if emptied:
            work.session.exec(update(VoteSlip).where(*which).values(sealed=""))
        for batch_id, count in sorted(emptied.items()):
            work.record("vote_slips.forgotten", "vote_slip_batch", batch_id, count=count)
    return emptied.total()


class _Places:
    """What a list names: halls, contestants, and the transactions that have a slip."""

    def __init__(self, session: Session, season: Season) -> None:
        self.season = season
        self.halls = dict(session.exec(select(Outlet.code, Outlet.id)).all())
        here = select(Contestant).where(Contestant.season_id == season.id, col(Contestant.withdrawn_at).is_(None))
        self.people = {row.employee_number.upper(): row for row in session.exec(here).all()}
        mine = select(VoteToken.transaction_sha256).where(VoteToken.season_id == season.id)
        self.known = set(session.exec(mine).all())

    def line(self, row: Row) -> _Line:
        """A row, checked. Raises `vote.has_slip`, `spreadsheet.rounded`, `spreadsheet.unknown`, `invalid` …"""
        cells = row.cells
        number = values.line("transaction", cells["transaction"], LONGEST, required=True)
        if _ROUNDED.fullmatch(number):
            raise RoundsError("spreadsheet.rounded", field="transaction")
        if keyed(self.season, "transaction", number) in self.known:
            raise RoundsError("vote.has_slip", field="transaction", value=number)
        hall, person = cells.get("outlet") or "", (cells.get("employee_number") or "").upper()
        if hall and hall not in self.halls:
            raise RoundsError("spreadsheet.unknown", field="outlet", value=hall[:40])
        if person and person not in self.people:
            raise RoundsError("spreadsheet.unknown", field="employee_number", value=person[:40])
        served = self.people[person] if person else None
        phone = mobile(cells["phone"]) if cells.get("phone") else ""
        at = self.halls[hall] if hall else served.outlet_id if served else None
        return _Line(number, at, served.id if served else None, phone)


def _make(work: Work, season: Season, lines: list[_Line], days: int) -> int:
    until = work.now + dt.timedelta(days=days)
    place: dict[str, Any] = {"season_id": season.id or 0}
    account_id = (work.actor.account_id or None) if work.actor else None
    batch = VoteSlipBatch(**place, count=len(lines), made_at=work.now, expires_at=until, account_id=account_id)
    work.session.add(batch)
    work.session.flush()
    made = [(secrets.token_urlsafe(12), line) for line in lines]
    for jti, line in made:
        hashed = keyed(season, "transaction", line.number)
        of: dict[str, Any] = {"outlet_id": line.outlet_id, "contestant_id": line.contestant_id}
        row = VoteToken(jti=jti, transaction_sha256=hashed, issued_at=work.now, expires_at=until, **place, **of)
        work.session.add(row)
    work.session.flush()
    for place_in, (jti, line) in enumerate(made, start=1):
        told = sealed(season, json.dumps([line.number, line.phone]))
        work.session.add(VoteSlip(jti=jti, batch_id=batch.id or 0, number=place_in, sealed=told))
    return batch.id or 0


def _as_workbook(data: bytes) -> bytes:
    """A CSV as the workbook that the import reads: in UTF-8 or as Chinese Excel saves it, by whichever separator.

    Raises `spreadsheet.not_xlsx` for what is no text.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("gb18030", errors="replace")
    if "\0" in text or "\ufffd" in text:
        raise RoundsError("spreadsheet.not_xlsx")
    first = text.partition("\n")[0]
    separator = max(",;\t", key=first.count)
    buffer = io.BytesIO()
    options = {"strings_to_formulas": False, "strings_to_urls": False, "in_memory": True}
    with xlsxwriter.Workbook(buffer, options) as book:
        page = book.add_worksheet(SERVED_SHEETS[0].zh)
        for line, cells in enumerate(csv.reader(io.StringIO(text), delimiter=separator)):
            for place, cell in enumerate(cells[:60] if line <= ROWS_LIMIT + 1 else ()):
                page.write_string(line, place, cell.strip()[:400])
    return buffer.getvalue()
