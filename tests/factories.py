"""A small city with a named cast, made by writing rows: Lin inspects, Mei answers, Chen must not see.

Lin and Zhao are supervisors of Yuzhong; Chen is a supervisor of Fuling; Mei leads the service of Jiangbei (the branch
that is inspected); Hu manages one of its halls; Wang is marketing; Fang approves; Luo leads the city; Adam
administrates. Tests say who acts by name.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from sqlalchemy import insert
from sqlmodel import SQLModel, select

from audit.db.engine import Database
from audit.db.models import Account, Grant, Organisation, Outlet
from audit.domain.permissions import Actor, Granted, Role, Scope

NOW = dt.datetime(2026, 11, 20, 1, 0, tzinfo=dt.UTC)  # Friday, 9 o'clock in Shanghai

# fmt: off
ORGANISATIONS = (
    # code         kind              zh               en                          zone
    ("yuzhong",   "branch",         "渝中分公司",     "Yuzhong branch",           "core"),
    ("jiangbei",  "branch",         "江北分公司",     "Jiangbei branch",          "core"),
    ("fuling",    "branch",         "涪陵分公司",     "Fuling branch",            "west"),
    ("service",   "service_centre", "客户服务中心",   "Customer service centre",  ""),
    ("marketing", "department",     "市场部",         "Marketing department",     ""),
)
OUTLETS = (
    # code    organisation  kind              zh                 en
    ("YZ01", "yuzhong",    "own_hall",        "解放碑营业厅",     "Jiefangbei hall"),
    ("JB01", "jiangbei",   "own_hall",        "观音桥营业厅",     "Guanyinqiao hall"),
    ("JB02", "jiangbei",   "franchised_hall", "红旗河沟合作厅",   "Hongqihegou franchised hall"),
    ("FL01", "fuling",     "own_hall",        "涪陵广场营业厅",   "Fuling Square hall"),
)
CAST = (
    # name     zh        organisation  role                 scope              scope is
    ("lin",   "林晓",   "yuzhong",    Role.SUPERVISOR,     Scope.ASSIGNMENTS, None),
    ("zhao",  "赵明",   "yuzhong",    Role.SUPERVISOR,     Scope.ASSIGNMENTS, None),
    ("chen",  "陈喆",   "fuling",     Role.SUPERVISOR,     Scope.ASSIGNMENTS, None),
    ("mei",   "梅芳",   "jiangbei",   Role.BRANCH,         Scope.BRANCH,      "jiangbei"),
    ("hu",    "胡堃",   "jiangbei",   Role.HALL,           Scope.OUTLET,      "JB01"),
    ("wang",  "王镕",   "marketing",  Role.MARKETING,      Scope.CITY,        None),
    ("fang",  "方敏",   "marketing",  Role.APPROVER,       Scope.CITY,        None),
    ("luo",   "罗昇",   "marketing",  Role.LEADER,         Scope.CITY,        None),
    ("adam",  "安达",   "marketing",  Role.ADMINISTRATOR,  Scope.SYSTEM,      None),
)
# fmt: on


@dataclass
class City:
    """The database with the ids of what stands in it and an `Actor` for each of the cast (`city.actors["lin"]`)."""

    db: Database
    organisations: dict[str, int] = field(default_factory=dict)
    outlets: dict[str, int] = field(default_factory=dict)
    actors: dict[str, Actor] = field(default_factory=dict)

    def __getattr__(self, name: str) -> Actor:
        try:
            return self.__dict__["actors"][name]
        except KeyError:
            raise AttributeError(name) from None


def found_city(db: Database) -> City:
    """Write the small city into an empty database, where ids are counted from one."""
    with db.write() as session:
        for model, rows in _rows().items():
            session.execute(insert(model), rows)
        ids = session.exec(select(Organisation.id, Organisation.code)).all()
        assert dict(_numbered(ORGANISATIONS)) == {code: number for number, code in ids}, "the database was not empty"
    return City(db, dict(_numbered(ORGANISATIONS)), dict(_numbered(OUTLETS)), dict(_cast()))


def _numbered(table: tuple[tuple[Any, ...], ...]) -> Iterator[tuple[str, int]]:
    return ((row[0], number) for number, row in enumerate(table, 1))


@cache
def _rows() -> dict[type[SQLModel], list[dict[str, Any]]]:
    """The city's rows by table, made once: thousands of tests begin with them."""
    organisations = dict(_numbered(ORGANISATIONS))
    made: list[SQLModel] = [
        Organisation(code=code, kind=kind, name_zh=zh, name_en=en, zone=zone)
        for code, kind, zh, en, zone in ORGANISATIONS
    ]
    made += [
        Outlet(code=code, organisation_id=organisations[branch], kind=kind, name_zh=zh, name_en=en)
        for code, branch, kind, zh, en in OUTLETS
    ]
    made += [
        Account(
            sign_in_name=name, name=zh, name_en=name.title(), organisation_id=organisations[organisation],
            locale="zh_CN", created_at=NOW,
        )
        for name, zh, organisation, *_ in CAST
    ]  # fmt: skip
    made += [
        Grant(account_id=actor.account_id, role=one.role, scope_kind=one.scope, scope_id=one.scope_id)
        for _, actor in _cast() for one in actor.grants
    ]  # fmt: skip
    rows: dict[type[SQLModel], list[dict[str, Any]]] = {}
    for one in made:
        rows.setdefault(type(one), []).append(one.model_dump(exclude={"id"}))
    return rows


@cache
def _cast() -> tuple[tuple[str, Actor], ...]:
    places = dict(_numbered(ORGANISATIONS)) | dict(_numbered(OUTLETS))
    return tuple(
        (
            name,
            Actor(
                account_id=number,
                name=zh,
                grants=(Granted(role, scope, places.get(where or "")),),
                organisation_id=places[organisation],
                device="test",
            ),
        )
        for number, (name, zh, organisation, role, scope, where) in enumerate(CAST, 1)
    )
