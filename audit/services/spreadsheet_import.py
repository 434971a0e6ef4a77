"""Organisations, outlets and accounts from Excel: a dry run says what would happen and what is wrong, row by row.

An import happens whole or not at all: with a single error nothing is written. Rows whose code (or sign-in name)
exists already change that organisation, outlet or account; the others are created.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

from sqlmodel import Session, SQLModel, col, select

from audit.db.engine import Database
from audit.db.models import Account, Organisation, Outlet, Season
from audit.domain.city import ORGANISATION_KINDS, OUTLET_KINDS
from audit.domain.permissions import ROLES, Actor, Granted, Role, Scope, authorise
from audit.errors import RoundsError
from audit.services import accounts, organisations, outlets
from audit.services.accounts import AccountValues
from audit.services.organisations import OrganisationValues
from audit.services.outlets import OutletValues, Reasons, values_of
from audit.services.sign_in import hash_password
from audit.services.spreadsheet import Column, Reading, Row, RowError, Sheet, read
from audit.services.work import Work, unit_of_work

PASSWORDS_AT_ONCE = 500  # new accounts of one file: every one-time password costs a slow hash

# fmt: off
CITY_SHEETS = (
    Sheet("organisations", "单位", "Organisations", (
        #      field        中文          English         example
        Column("code",      "编码",       "Code",         "wanzhou", required=True),
        Column("kind",      "类型",       "Kind",         "分公司", required=True),
        Column("name_zh",   "中文名称",   "Chinese name", "万州分公司", required=True),
        Column("name_en",   "英文名称",   "English name", "Wanzhou branch"),
        Column("zone",      "片区",       "Zone",         "渝东北"),
        Column("latitude",  "纬度",       "Latitude",     "30.808"),
        Column("longitude", "经度",       "Longitude",    "108.409"),
    )),
    Sheet("outlets", "触点", "Outlets", (
        Column("code",         "编码",     "Code",              "WZ01", required=True),
        Column("organisation", "单位编码", "Organisation code", "wanzhou", required=True),
        Column("kind",         "类型",     "Kind",              "自办厅", required=True),
        Column("name_zh",      "中文名称", "Chinese name",      "高笋塘营业厅", required=True),
        Column("name_en",      "英文名称", "English name",      "Gaosuntang hall"),
        Column("address_zh",   "中文地址", "Chinese address",   "万州区高笋塘 1 号"),
        Column("address_en",   "英文地址", "English address",   ""),
        Column("latitude",     "纬度",     "Latitude",          ""),
        Column("longitude",    "经度",     "Longitude",         ""),
        Column("na_items",     "不适用项", "Items that never apply", "A04=商场店中店，无独立出入口|Inside a mall"),
    )),
)
ACCOUNT_SHEETS = (
    Sheet("accounts", "账号", "Accounts", (
        Column("sign_in_name",    "登录名",   "Sign-in name",      "hejing", required=True),
        Column("name",            "姓名",     "Name",              "何静", required=True),
        Column("name_en",         "英文姓名", "English name",      "He Jing"),
        Column("organisation",    "单位编码", "Organisation code", "wanzhou"),
        Column("employee_number", "工号",     "Employee number",   "E1001"),
        Column("phone",           "手机",     "Phone",             ""),
        Column("email",           "邮箱",     "E-mail",            ""),
        Column("grants",          "角色",     "Roles",             "服务督导；分公司服务主管@wanzhou"),
    )),
)
# fmt: on


@dataclass
class Outcome:
    """What an import did or, in a dry run, would do; `passwords`: (sign-in name, name, one-time password)."""

    created: int = 0
    changed: int = 0
    unchanged: int = 0
    errors: list[RowError] = field(default_factory=list)
    passwords: list[tuple[str, str, str]] = field(default_factory=list)

    def count(self, before: SQLModel | None, changes: Any) -> None:
        """Count one row: created, changed or unchanged."""
        if before is None:
            self.created += 1
        elif changes:
            self.changed += 1
        else:
            self.unchanged += 1


class _DryRun(Exception):
    """Ends a unit of work that must leave nothing behind."""


def import_city(db: Database, actor: Actor, data: bytes, dry_run: bool = True) -> Outcome:
    """Organisations and outlets from an .xlsx file. Raises `spreadsheet.*` only for a file that cannot be read."""
    authorise(actor, "organisation.manage")
    reading = read(data, CITY_SHEETS)
    for name in ("organisations", "outlets"):
        reading.unique(name, "code")
    outcome = Outcome(errors=reading.errors)

    def apply(work: Work) -> None:
        reading.each("organisations", apart(work, lambda row: _organisation(work, row, outcome)))
        owners = by_code(work.session, Organisation, Organisation.code)
        reading.each("outlets", apart(work, lambda row: _outlet(work, row, owners, outcome)))

    return run(db, actor, apply, outcome, dry_run)


def import_accounts(db: Database, actor: Actor, data: bytes, dry_run: bool = True) -> Outcome:
    """Accounts with roles and scopes from an .xlsx file; new ones get one-time passwords, told in the outcome."""
    authorise(actor, "account.manage")
    reading = read(data, ACCOUNT_SHEETS)
    reading.unique("accounts", "sign_in_name")
    reading.unique("accounts", "employee_number")
    outcome = Outcome(errors=reading.errors)
    hashes = {} if dry_run or reading.errors else _passwords(db, reading, outcome)

    def apply(work: Work) -> None:
        places = _Places(work.session)
        reading.each("accounts", apart(work, lambda row: _account(work, row, places, hashes, outcome)))

    done = run(db, actor, apply, outcome, dry_run)
    if done.errors:
        done.passwords = []
    return done


def run(db: Database, actor: Actor, apply: Callable[[Work], None], outcome: Outcome, dry_run: bool) -> Outcome:
    """Do everything in one unit of work, and undo it when it is a dry run or anything is wrong."""
    try:
        with unit_of_work(db, actor) as work:
            apply(work)
            if dry_run or outcome.errors:
                raise _DryRun
    except _DryRun:
        pass
    outcome.errors.sort(key=lambda error: (error.sheet, error.row))
    return outcome


def apart(work: Work, use: Callable[[Row], None]) -> Callable[[Row], None]:
    """Each row in a savepoint: one that the database refuses, because another import was first, ends no other row."""

    def apply(row: Row) -> None:
        with work.session.begin_nested():
            use(row)

    return apply


def _organisation(work: Work, row: Row, outcome: Outcome) -> None:
    cells = row.cells
    given = organisations.checked(
        OrganisationValues(**{**cells, "kind": _kind(cells["kind"], ORGANISATION_KINDS)})  # type: ignore[arg-type]
    )
    before = work.session.exec(select(Organisation).where(Organisation.code == given.code)).first()
    if before is None:
        organisations.insert(work, given)
        return outcome.count(None, None)
    kept = {**asdict(given), **{name: getattr(before, name) for name in asdict(given) if name not in cells}}
    return outcome.count(before, organisations.update(work, before, before.version, OrganisationValues(**kept)))


def _outlet(work: Work, row: Row, owners: dict[str, Organisation], outcome: Outcome) -> None:
    cells = dict(row.cells)
    owner = owners.get(cells.pop("organisation"))
    given = outlets.checked(
        OutletValues(
            **{  # type: ignore[arg-type]
                **cells,
                "kind": _kind(cells["kind"], OUTLET_KINDS),
                "na_items": read_reasons(cells.get("na_items", "")),
            }
        )
    )
    if owner is None:
        raise RoundsError("spreadsheet.unknown", field="organisation", value=row.cells["organisation"])
    before = work.session.exec(select(Outlet).where(Outlet.code == given.code)).first()
    if before is None:
        outlets.insert(work, owner.id or 0, given)
        return outcome.count(None, None)
    kept = {**asdict(given), **{name: old for name, old in asdict(values_of(before)).items() if name not in cells}}
    changes = outlets.update(work, before, before.version, owner.id or 0, OutletValues(**kept))
    return outcome.count(before, changes)


def _account(work: Work, row: Row, places: "_Places", hashes: dict[str, str], outcome: Outcome) -> None:
    cells = dict(row.cells)
    told, owner = cells.pop("grants", None), cells.pop("organisation", "")
    organisation_id = places.organisation(owner).id if owner else None
    given = accounts.checked(AccountValues(**cells, organisation_id=organisation_id))
    grants = [_grant(part, places) for part in _split(told or "")]
    before = work.session.exec(select(Account).where(Account.sign_in_name == given.sign_in_name)).first()
    if before is None:
        accounts.insert(work, given, grants, hashes.get(given.sign_in_name, ""))
        return outcome.count(None, None)
    kept = {**asdict(given), **{name: getattr(before, name) for name in asdict(given) if name not in cells}}
    if "organisation" in row.cells:
        kept["organisation_id"] = organisation_id
    account_id = before.id or 0
    old = set(accounts.grants_of(work.session, account_id))
    changes: Any = accounts.update(work, before, before.version, AccountValues(**kept))
    if told is not None and set(grants) != old:
        accounts.change_grants(work, account_id, grants)
        changes = True
    return outcome.count(before, changes)


def _passwords(db: Database, reading: Reading, outcome: Outcome) -> dict[str, str]:
    """One-time passwords for the new ones, told in the outcome; returns sign-in name → hash.

    Made before the transaction, because hashing is slow on purpose and a writer must not wait for it.
    """
    rows = reading.tables["accounts"].rows
    with db.read() as session:
        known = set(session.exec(select(Account.sign_in_name)).all())
    new = [row for row in rows if row.cells["sign_in_name"] not in known]
    if len(new) > PASSWORDS_AT_ONCE:
        error = RoundsError("spreadsheet.too_many_rows", limit=PASSWORDS_AT_ONCE)
        reading.errors.append(RowError(reading.tables["accounts"].title, 0, "", error))
        return {}
    hashes = {}
    for row in new:
        password = accounts.one_time_password()
        hashes[row.cells["sign_in_name"]] = hash_password(password)
        outcome.passwords.append((row.cells["sign_in_name"], row.cells["name"], password))
    return hashes


class _Places:
    """Organisations and outlets by code, read once for a whole file."""

    def __init__(self, session: Session) -> None:
        self._organisations: dict[str, Organisation] = by_code(session, Organisation, Organisation.code)
        self._outlets: dict[str, Outlet] = by_code(session, Outlet, Outlet.code)
        self._seasons: dict[str, Season] = by_code(session, Season, Season.code)

    def organisation(self, code: str, field: str = "organisation") -> Organisation:
        """The organisation of this code, or `spreadsheet.unknown`."""
        if code not in self._organisations:
            raise RoundsError("spreadsheet.unknown", field=field, value=code)
        return self._organisations[code]

    def outlet(self, code: str) -> Outlet:
        """The outlet of this code, or `spreadsheet.unknown`."""
        if code not in self._outlets:
            raise RoundsError("spreadsheet.unknown", field="grants", value=code)
        return self._outlets[code]

    def season(self, code: str) -> Season:
        """The season of this code, or `spreadsheet.unknown`."""
        if code not in self._seasons:
            raise RoundsError("spreadsheet.unknown", field="grants", value=code)
        return self._seasons[code]


def by_code(session: Session, model: Any, code: Any) -> dict[str, Any]:
    """Code → row, for every row of a table."""
    return {row.code: row for row in session.exec(select(model).order_by(col(code))).all()}


def _split(told: str) -> Iterable[str]:
    return [part.strip() for part in told.replace("；", ";").replace("\n", ";").split(";") if part.strip()]


_NEXT_ITEM = re.compile(r"[;；\n]\s*(?=[^\s=＝;；]+\s*[=＝])")


def read_reasons(told: str) -> Reasons:
    """`A04=原因|reason；B02=…` as item code → reasons; a reason may hold semicolons itself. Raises `invalid`."""
    found: dict[str, dict[str, str]] = {}
    for part in filter(None, (part.strip() for part in _NEXT_ITEM.split(told))):
        code, sign, reason = part.replace("＝", "=", 1).partition("=")
        if not sign or code.strip() in found:
            raise RoundsError("invalid", field="na_items")
        zh, _, en = reason.strip().strip(";；").partition("|")
        found[code.strip()] = {"zh": zh.strip(), "en": en.strip()}
    return found


def write_reasons(items: Reasons) -> str:
    """The cell that `read_reasons` reads; one item a line."""
    pairs = {
        code: [reason.get(language, "").replace("|", "｜") for language in ("zh", "en")]
        for code, reason in items.items()
    }
    return "\n".join(f"{code}={'|'.join(filter(None, pair))}" for code, pair in pairs.items())


def _kind(told: str, kinds: dict[Any, tuple[str, str]]) -> str:
    """A kind by its code or by its word in either language."""
    if not told.strip():
        raise RoundsError("required", field="kind")
    for kind, words in kinds.items():
        if told.strip().lower() in (str(kind), words[0].lower(), words[1].lower()):
            return str(kind)
    raise RoundsError("spreadsheet.unknown", field="kind", value=told[:40])


def _grant(told: str, places: _Places) -> Granted:
    """A role by code or word, with `@` and the code of an organisation, outlet or season where its scope has one."""
    word, _, place = (part.strip() for part in told.replace("＠", "@").partition("@"))
    for role, (zh, en, scopes) in ROLES.items():
        if word.lower() not in (str(role), zh.lower(), en.lower()):
            continue
        if Scope.OUTLET in scopes and place:
            return Granted(role, Scope.OUTLET, places.outlet(place).id)
        if Scope.BRANCH in scopes and place:
            return Granted(role, Scope.BRANCH, places.organisation(place, "grants").id)
        if Scope.SEASON in scopes and place:
            return Granted(role, Scope.SEASON, places.season(place).id)
        if place or (Role(role) in (Role.BRANCH, Role.HALL)):
            raise RoundsError("account.grant_invalid", field="grants", role=told[:40])
        return Granted(role, scopes[0], None)
    raise RoundsError("spreadsheet.unknown", field="grants", value=told[:40])
