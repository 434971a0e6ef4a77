"""Excel files to take away: empty templates, the city as the import reads it, and one-time passwords."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlmodel import col, select

from audit.db.engine import Database
from audit.db.models import Organisation, Outlet
from audit.domain.city import ORGANISATION_KINDS, OUTLET_KINDS
from audit.domain.permissions import Actor, authorise, authorise_somewhere
from audit.errors import RoundsError
from audit.i18n import pick
from audit.services.contest.contestants import CONTESTANT_SHEETS
from audit.services.contest.questions import QUESTION_SHEETS
from audit.services.contest.served import SERVED_SHEETS
from audit.services.contest.skills import SKILL_SHEETS
from audit.services.outlets import na_items
from audit.services.spreadsheet import Column, Sheet, template
from audit.services.spreadsheet_import import ACCOUNT_SHEETS, CITY_SHEETS, write_reasons
from exports.base import Export

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# fmt: off
TEMPLATES: dict[str, tuple[str, Sequence[Sheet]]] = {
    # name          permission             sheets
    "city":        ("organisation.manage", CITY_SHEETS),
    "accounts":    ("account.manage",      ACCOUNT_SHEETS),
    "contestants": ("contest.manage",      CONTESTANT_SHEETS),
    "skills":      ("contest.score",       SKILL_SHEETS),
    "questions":   ("contest.manage",      QUESTION_SHEETS),
    "served":      ("contest.manage",      SERVED_SHEETS),
}
PASSWORDS = Sheet("passwords", "一次性密码", "One-time passwords", (
    Column("sign_in_name", "登录名",     "Sign-in name"),
    Column("name",         "姓名",       "Name"),
    Column("password",     "一次性密码", "One-time password"),
))
# fmt: on


def blank(actor: Actor, name: str, locale: str) -> Export:
    """A template with one example row a sheet. Raises `not_found` for an unknown name, `forbidden`."""
    if name not in TEMPLATES:
        raise RoundsError("not_found")
    permission, sheets = TEMPLATES[name]
    authorise_somewhere(actor, permission)
    return Export(f"rounds-{name}-template.xlsx", XLSX, template(sheets, locale))


def city(db: Database, actor: Actor, locale: str) -> Export:
    """All open organisations and outlets, in the shape that the import reads: change it and import it again."""
    authorise(actor, "organisation.manage")
    with db.read() as session:
        owners = session.exec(select(Organisation).order_by(col(Organisation.id))).all()
        halls = session.exec(select(Outlet).where(col(Outlet.closed_on).is_(None)).order_by(col(Outlet.code))).all()
    codes = {row.id: row.code for row in owners}
    rows: dict[str, Iterable[Sequence[Any]]] = {
        "organisations": [
            [row.code, pick(locale, *ORGANISATION_KINDS[row.kind]), row.name_zh, row.name_en, row.zone,  # type: ignore[index]
             row.latitude, row.longitude]
            for row in owners if row.closed_on is None
        ],
        "outlets": [
            [row.code, codes[row.organisation_id], pick(locale, *OUTLET_KINDS[row.kind]), row.name_zh, row.name_en,  # type: ignore[index]
             row.address_zh, row.address_en, row.latitude, row.longitude, write_reasons(na_items(row))]
            for row in halls
        ],
    }  # fmt: skip
    return Export("rounds-city.xlsx", XLSX, template(CITY_SHEETS, locale, rows))


def passwords(rows: Sequence[tuple[str, str, str]], locale: str) -> Export:
    """One-time passwords as (sign-in name, name, password). Only ever handed over, never kept."""
    return Export("passwords.xlsx", XLSX, template([PASSWORDS], locale, {"passwords": rows}))
