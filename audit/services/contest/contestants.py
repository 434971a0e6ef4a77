"""Contestants (选手): from Excel, found, given a photo, ruled out with a reason, withdrawn; and who lacks what."""

import secrets
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_
from sqlmodel import Session, col, select

from audit.db.engine import Database
from audit.db.models import Account, Contestant, ContestTally, Organisation, Outlet, Season
from audit.domain.contest.rules import Rules
from audit.domain.contest.season import SeasonState, pause
from audit.domain.contest.verification import mobile
from audit.domain.permissions import Actor, Scope, Where, authorise, covers, grants_for, may
from audit.errors import RoundsError
from audit.services import clock, values
from audit.services.contest import own_ballots, seasons, tallies
from audit.services.contest.own import check_not_own, own_ids
from audit.services.spreadsheet import Column, Row, Sheet, read
from audit.services.spreadsheet_import import Outcome, apart, by_code, run
from audit.services.values import PAGE_SIZE, Slice
from audit.services.work import Work, unit_of_work

ROWS = 5_000  # contestants in one file
LACKING = ("skill", "quiz", "votes", "photo", "contact", "phone")

# fmt: off
CONTESTANT_SHEETS = (
    Sheet("contestants", "选手", "Contestants", (
        #      field              中文          English              example
        Column("employee_number", "工号",       "Employee number",   "E1001", required=True),
        Column("name",            "姓名",       "Name",              "何静", required=True),
        Column("name_en",         "英文姓名",   "English name",      "He Jing"),
        Column("organisation",    "单位编码",   "Organisation code", "wanzhou", required=True),
        Column("outlet",          "触点编码",   "Outlet code",       ""),
        Column("phone",           "手机",       "Phone",             ""),
        Column("email",           "邮箱",       "E-mail",            ""),
        Column("story_zh",        "服务故事",   "Story in Chinese",  ""),
        Column("story_en",        "英文故事",   "Story in English",  ""),
    )),
)
# fmt: on


@dataclass(frozen=True)
class ContestantValues:
    """What can be typed about a contestant."""

    employee_number: str
    name: str
    organisation_id: int
    name_en: str = ""
    outlet_id: int | None = None
    phone: str = ""
    email: str = ""
    story_zh: str = ""
    story_en: str = ""


@dataclass(frozen=True)
class ContestantRow:
    """One line of the roster. `ineligible` is told to the organiser only, and "" to anybody else.

    `lacks`: codes of `LACKING`, as far as they are told (`lacking_for`): no skill score, quiz points, vote, photo yet,
    neither phone nor e-mail, so that no one-time code arrives; no phone, so that a vote by the own one is not known.
    """

    id: int
    version: int
    season_id: int
    code: str
    employee_number: str
    name: str
    name_en: str
    organisation_id: int
    organisation_zh: str
    organisation_en: str
    outlet_id: int | None
    photo_sha256: str
    thumbnail_sha256: str
    complaints: int
    withdrawn: bool
    ineligible: str
    lacks: tuple[str, ...]


def within(actor: Actor, permission: str, season_id: int) -> ColumnElement[bool]:
    """The season's contestants whom a permission covers, as a condition; raises `forbidden` when it covers nobody."""
    grants = grants_for(actor, permission)
    if not grants:
        raise RoundsError("forbidden")
    if any(grant.scope is not Scope.BRANCH and covers(grant, Where(season_id=season_id)) for grant in grants):
        return col(Contestant.season_id) == season_id
    own = [grant.scope_id for grant in grants if grant.scope is Scope.BRANCH]
    return and_(col(Contestant.season_id) == season_id, col(Contestant.organisation_id).in_(own))


def lacking_for(actor: Actor, season: Season) -> tuple[str, ...]:
    """The codes of `LACKING` that are told to somebody today.

    Who has no vote is a count of votes: while the board stands still, the organiser alone is told.
    """
    waits = pause(season.state, Rules.from_json(season.rules), clock.today())
    if waits in ("", SeasonState.CLOSED) or may(actor, "contest.manage", Where(season_id=season.id)):
        return LACKING
    return tuple(name for name in LACKING if name != "votes")


def find_contestants(
    db: Database,
    actor: Actor,
    season_id: int,
    search: str = "",
    organisation_id: int | None = None,
    lacking: str = "",
    page: int = 1,
    size: int = PAGE_SIZE,
) -> Slice:
    """A page of `ContestantRow` by organisation and name; `lacking`: only those who lack this (a code of `LACKING`).

    Organiser and judges see the whole season, a branch its own. Raises `invalid`, `forbidden` for what is not told
    (`lacking_for`).
    """
    if lacking and lacking not in LACKING:
        raise RoundsError("invalid", field="lacking")
    here = within(actor, "contest.score", season_id)
    missing = _lacks()
    query: Any = (
        select(Contestant, Organisation, ContestTally)
        .join(Organisation, col(Organisation.id) == col(Contestant.organisation_id))
        .join(ContestTally, col(ContestTally.contestant_id) == col(Contestant.id))
        .where(here, *values.matches(search, Contestant.name, Contestant.name_en, Contestant.employee_number))
        .where(missing[lacking] if lacking else here)
        .order_by(col(Organisation.code), col(Contestant.employee_number))
    )
    if organisation_id:
        query = query.where(Contestant.organisation_id == organisation_id)
    with db.read() as session:
        told = lacking_for(actor, seasons.find(session, season_id))
        if lacking and lacking not in told:
            raise RoundsError("forbidden")
        found = values.slice_of(session, query, page, size)
    secret = not may(actor, "contest.manage", Where(season_id=season_id))
    return Slice(tuple(_row(secret, told, *row) for row in found.rows), found.total, found.page, found.size)


def get_contestant(db: Database, actor: Actor, contestant_id: int) -> ContestantRow:
    """One contestant, for whoever may see the line in the list. Raises `not_found`."""
    with db.read() as session:
        row = session.get(Contestant, contestant_id)
        if row is None:
            raise RoundsError("not_found")
        here = within(actor, "contest.score", row.season_id)
        if session.exec(select(Contestant.id).where(here, Contestant.id == contestant_id)).first() is None:
            raise RoundsError("not_found")
        owner = session.get_one(Organisation, row.organisation_id)
        tally = session.get_one(ContestTally, contestant_id)
        told = lacking_for(actor, session.get_one(Season, row.season_id))
    return _row(not may(actor, "contest.manage", Where(season_id=row.season_id)), told, row, owner, tally)


def import_contestants(db: Database, actor: Actor, season_id: int, data: bytes, dry_run: bool = True) -> Outcome:
    """The roster from an .xlsx file: an employee number that is there already is changed, others are added.

    Raises `spreadsheet.*` for a file that cannot be read, `wrong_state` once the season is closed.
    """
    authorise(actor, "contest.manage", Where(season_id=season_id))
    reading = read(data, CONTESTANT_SHEETS, ROWS)
    reading.unique("contestants", "employee_number")
    outcome = Outcome(errors=reading.errors)

    def apply(work: Work) -> None:
        changeable(work.session, season_id)
        owners = by_code(work.session, Organisation, Organisation.code)
        halls = by_code(work.session, Outlet, Outlet.code)
        there = select(Contestant).where(Contestant.season_id == season_id)
        known = {row.employee_number: row for row in work.session.exec(there).all()}
        reading.each(
            "contestants", apart(work, lambda row: _import(work, season_id, row, owners, halls, known, outcome))
        )

    return run(db, actor, apply, outcome, dry_run)


def set_eligibility(
    db: Database, actor: Actor, contestant_id: int, version: int, ineligible: str, complaints: int
) -> None:
    """Rule a contestant out with a reason (fraud, an upheld serious complaint), or in again with an empty one.

    `complaints`: how many were upheld; they break ties. Raises `stale`, `contest.own`, and `wrong_state` once
    the season is closed.
    """
    reason = values.line("ineligible", ineligible, 400)
    if not 0 <= complaints <= 1000:
        raise RoundsError("invalid", field="complaints")
    with unit_of_work(db, actor) as work:
        row = find(work.session, actor, contestant_id)
        check_not_own(work.session, actor, contestant_id)
        changeable(work.session, row.season_id)
        changes = values.change(work.session, row, version, {"ineligible": reason, "complaints": complaints})
        if changes:
            work.record("contestant.eligibility_set", "contestant", contestant_id, changes=changes)


def withdraw(db: Database, actor: Actor, contestant_id: int, version: int, back: bool = False) -> None:
    """Take a contestant out of the season, everywhere at once, or `back` in.

    Raises `stale`, `contest.own`, `wrong_state`.
    """
    with unit_of_work(db, actor) as work:
        row = find(work.session, actor, contestant_id)
        check_not_own(work.session, actor, contestant_id)
        changeable(work.session, row.season_id)
        if (row.withdrawn_at is None) is back:
            raise RoundsError("wrong_state", state="withdrawn" if row.withdrawn_at else "active")
        values.change(work.session, row, version, {"withdrawn_at": None if back else work.now})
        work.record("contestant.returned" if back else "contestant.withdrawn", "contestant", contestant_id)


def find(session: Session, actor: Actor, contestant_id: int) -> Contestant:
    """The contestant of a season that the actor runs; raises `forbidden`, `not_found`."""
    row = session.get(Contestant, contestant_id)
    authorise(actor, "contest.manage", Where(season_id=row.season_id if row else None))
    if row is None:
        raise RoundsError("not_found")
    return row


def checked(given: ContestantValues) -> ContestantValues:
    """The values trimmed and valid; raises `required`, `too_long` or `invalid` naming the field.

    A phone is a mobile one: it gets codes, and by it a vote for oneself is known.
    """
    phone = values.line("phone", given.phone, 30)
    if phone:
        mobile(phone)
    return ContestantValues(
        employee_number=values.code("employee_number", given.employee_number),
        name=values.line("name", given.name, 60, required=True),
        organisation_id=given.organisation_id,
        name_en=values.line("name_en", given.name_en, 60),
        outlet_id=given.outlet_id,
        phone=phone,
        email=values.email("email", given.email),
        story_zh=values.text("story_zh", given.story_zh, 2000),
        story_en=values.text("story_en", given.story_en, 2000),
    )


def insert(work: Work, season_id: int, given: ContestantValues) -> int:
    """Within a unit of work: a new contestant from checked values, with an empty tally and the account, if any."""
    account = select(Account.id).where(Account.employee_number == given.employee_number)
    row = Contestant(
        **asdict(given),
        season_id=season_id,
        code=secrets.token_urlsafe(9),
        account_id=work.session.exec(account).first(),
    )
    work.session.add(row)
    work.session.flush()
    work.session.add(ContestTally(contestant_id=row.id or 0, season_id=season_id))
    work.record("contestant.added", "contestant", row.id, season_id=season_id, name=row.name)
    own_ballots.hold(work, season_id, row.id or 0, row.phone)
    return row.id or 0


def update(work: Work, row: Contestant, version: int, given: ContestantValues) -> dict[str, list[Any]]:
    """Within a unit of work: change a contestant to checked values; the event names a phone number or address not.

    Raises `stale`, and `contest.own` for who would change the own line.
    """
    contestant_id = row.id or 0
    own = own_ids(work.session, work.actor)  # before the change: it may be of the employee number
    changes = values.change(work.session, row, version, asdict(given))
    if changes:
        if contestant_id in own:
            raise RoundsError("contest.own")
        told = {name: pair if name not in ("phone", "email") else ["…", "…"] for name, pair in changes.items()}
        work.record("contestant.changed", "contestant", contestant_id, changes=told)
    if "phone" in changes:
        own_ballots.hold(work, row.season_id, contestant_id, given.phone)
    return changes


def _import(
    work: Work,
    season_id: int,
    row: Row,
    owners: dict[str, Organisation],
    halls: dict[str, Outlet],
    known: dict[str, Contestant],
    outcome: Outcome,
) -> None:
    cells = dict(row.cells)
    owner, hall = owners.get(cells.pop("organisation")), None
    code = cells.pop("outlet", "")
    given = checked(ContestantValues(**cells, organisation_id=(owner.id or 0) if owner else 0))
    if owner is None and not row.cells["organisation"]:
        raise RoundsError("required", field="organisation")
    if owner is None:
        raise RoundsError("spreadsheet.unknown", field="organisation", value=row.cells["organisation"])
    if code:
        hall = halls.get(code)
        if hall is None or hall.organisation_id != owner.id:
            raise RoundsError("spreadsheet.unknown", field="outlet", value=code)
    if row.assumed:
        return None  # the row is wrong, which was told: nothing of this file will be kept
    before = known.get(given.employee_number)
    told = {**asdict(given), "outlet_id": hall.id if hall else None}
    if before is None:
        insert(work, season_id, ContestantValues(**told))
        return outcome.count(None, None)
    stays = [name for name in told if name not in cells and name not in ("organisation_id", "outlet_id")]
    kept = {**told, **{name: getattr(before, name) for name in stays}}
    if "outlet" not in row.cells:
        kept["outlet_id"] = before.outlet_id if before.organisation_id == owner.id else None
    return outcome.count(before, update(work, before, before.version, ContestantValues(**kept)))


def changeable(session: Session, season_id: int) -> Season:
    """The season, held against being closed meanwhile. Raises `wrong_state` once it is."""
    season = tallies.hold_season(session, season_id)
    if season.state == SeasonState.CLOSED:
        raise RoundsError("wrong_state", state=season.state)
    return season


def _lacks() -> dict[str, ColumnElement[bool]]:
    """The condition of each code of `LACKING`."""
    return {
        "skill": col(ContestTally.central_count) + col(ContestTally.branch_count) == 0,
        "quiz": col(ContestTally.quiz_sum) == 0,
        "votes": col(ContestTally.votes) == 0,
        "photo": col(Contestant.photo_sha256) == "",
        "contact": and_(col(Contestant.phone) == "", col(Contestant.email) == ""),
        "phone": col(Contestant.phone) == "",
    }


def _row(
    secret: bool, told: tuple[str, ...], row: Contestant, owner: Organisation, tally: ContestTally
) -> ContestantRow:
    lacks = {
        "skill": not (tally.central_count or tally.branch_count),
        "quiz": not tally.quiz_sum,
        "votes": not tally.votes,
        "photo": not row.photo_sha256,
        "contact": not (row.phone or row.email),
        "phone": not row.phone,
    }
    return ContestantRow(
        id=row.id or 0,
        version=row.version,
        season_id=row.season_id,
        code=row.code,
        employee_number=row.employee_number,
        name=row.name,
        name_en=row.name_en,
        organisation_id=row.organisation_id,
        organisation_zh=owner.name_zh,
        organisation_en=owner.name_en,
        outlet_id=row.outlet_id,
        photo_sha256=row.photo_sha256,
        thumbnail_sha256=row.thumbnail_sha256,
        complaints=0 if secret else row.complaints,
        withdrawn=row.withdrawn_at is not None,
        ineligible="" if secret else row.ineligible,
        lacks=tuple(name for name in told if lacks[name]),
    )
