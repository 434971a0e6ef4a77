"""Founding the demo city: organisations, halls, checklists, campaigns, people with their grants.

The ring decides who inspects whom: every branch inspects the one `shift` places further on, another shift each round,
so that nobody inspects itself and no two inspect each other.
"""

import datetime as dt
import random
from dataclasses import dataclass, field

from sqlmodel import col, select

from audit.db.engine import Database
from audit.db.models import Campaign, ChecklistVersion, Outlet
from audit.demo.people import Name, Names
from audit.demo.pictures.canvas import seeded
from audit.demo.texts import Branch, Hall, branches, read
from audit.domain.checklist import Checklist
from audit.domain.permissions import Actor, Granted, Role, Scope
from audit.services import accounts, checklists, organisations, outlets
from audit.services.accounts import AccountValues
from audit.services.demo_sign_in import INSTALLATION, MARK
from audit.services.organisations import OrganisationValues
from audit.services.outlets import OutletValues
from audit.services.work import Work, unit_of_work

SHIFTS = (1, 7, 5)  # per round; none undoes another one in a ring of 36

# fmt: off
#     sign-in name   role                scope
STAFF = (
    ("marketing",   (Role.MARKETING,),               Scope.CITY),
    ("marketing2",  (Role.MARKETING,),               Scope.CITY),
    ("approver",    (Role.APPROVER, Role.MARKETING), Scope.CITY),
    ("leader",      (Role.LEADER,),                  Scope.CITY),
    ("organiser",   (Role.ORGANISER,),               Scope.SEASON),
    ("judge",       (Role.JUDGE,),                   Scope.SEASON),
    ("admin",       (Role.ADMINISTRATOR,),           Scope.SYSTEM),
)
#     code       kind       中文            English
CHANNELS = (
    ("10086",   "hotline", "10086热线",     "10086 hotline"),
    ("0000",    "sms",     "0000短信查询",  "SMS 0000"),
    ("online",  "online",  "网上营业厅",    "Online hall"),
)
# fmt: on
ZONES = {"core": "中心城区", "west": "主城新区", "northeast": "渝东北", "southeast": "渝东南"}  # a zone has one name


@dataclass(frozen=True)
class Person:
    """Somebody of the city with the account they use."""

    account_id: int
    sign_in_name: str
    name: Name
    actor: Actor


@dataclass(frozen=True)
class FoundedHall:
    """A hall with its place and its manager; `absent`: item code → why it can never apply here."""

    id: int
    code: str
    name_zh: str
    at: tuple[float, float]
    manager: Person
    absent: dict[str, str]


@dataclass(frozen=True)
class FoundedBranch:
    """A branch with its people and halls; `quality` is the score its halls have on average."""

    id: int
    branch: Branch
    head: Person
    team: tuple[Person, Person]
    halls: tuple[FoundedHall, ...]
    quality: float


@dataclass
class City:
    """What has been founded. `ring` is in the order of inspection; `home` is the place of the demo's supervisor."""

    ring: list[FoundedBranch] = field(default_factory=list)
    home: int = 0
    staff: dict[str, Person] = field(default_factory=dict)
    checklist_id: int = 0
    checklist: Checklist | None = None
    campaigns: list[Campaign] = field(default_factory=list)

    def inspected_by(self, place: int, wave: int) -> FoundedBranch:
        """Whom the branch at this place of the ring inspects in the round number `wave` (0, 1, 2)."""
        return self.ring[(place + SHIFTS[wave]) % len(self.ring)]

    def running_campaigns(self, day: dt.date) -> dict[int, list[str]]:
        """Campaign id → question codes, of those that run on this day."""
        running = [campaign for campaign in self.campaigns if campaign.starts_on <= day <= campaign.ends_on]
        return {campaign.id or 0: [question["code"] for question in campaign.questions] for campaign in running}


class Founder:
    """Writes the city within one unit of work."""

    def __init__(self, work: Work, seed: int) -> None:
        self.work = work
        self.rng = seeded("city", seed)
        self.names = Names(seeded("names", seed))
        self.number = 10_000

    def person(self, sign_in_name: str, organisation_id: int, grants: list[Granted]) -> Person:
        """A new account without a password: in the demo one enters as a persona."""
        name = self.names.next()
        self.number += self.rng.randint(3, 40)
        given = AccountValues(
            sign_in_name=sign_in_name,
            name=name.zh,
            name_en=name.en,
            organisation_id=organisation_id,
            employee_number=f"YY{self.number}",
        )
        account_id = accounts.insert(self.work, given, grants, "")
        actor = Actor(account_id, name.zh, "zh_CN", tuple(grants), organisation_id, f"tablet-{self.number}")
        return Person(account_id, sign_in_name, name, actor)

    def organisation(self, code: str, kind: str, zh: str, en: str, branch: Branch | None = None) -> int:
        latitude, longitude = branch.seat if branch else (None, None)
        zone = ZONES[branch.zone] if branch else ""
        return organisations.insert(self.work, OrganisationValues(code, kind, zh, en, zone, latitude, longitude))

    def branch(self, branch: Branch, names: dict[str, str]) -> FoundedBranch:
        """A branch with its people; `names` replaces sign-in names by those of personas."""
        code = branch.en.lower().replace("'", "")
        own = self.organisation(code, "branch", f"{branch.zh}分公司", f"{branch.en} branch", branch)
        inspects = Granted(Role.SUPERVISOR, Scope.ASSIGNMENTS)

        def called(part: str) -> str:
            return names.get(f"{code}.{part}", f"{code}.{part}")

        head = self.person(called("head"), own, [Granted(Role.BRANCH, Scope.BRANCH, own)])
        team = (self.person(called("s1"), own, [inspects]), self.person(called("s2"), own, [inspects]))
        self.person(called("gm"), own, [Granted(Role.LEADER, Scope.BRANCH, own)])
        halls = tuple(
            self._hall(branch, hall, own, f"{code}-{place + 1}", place, called(f"h{place + 1}"))
            for place, hall in enumerate(branch.halls)
        )
        return FoundedBranch(own, branch, head, team, halls, self.rng.gauss(88.5, 3.2))

    def _hall(self, branch: Branch, hall: Hall, own: int, code: str, place: int, manager: str) -> FoundedHall:
        franchised = place == 3 or (place == 2 and self.rng.random() < 0.5)
        kind, suffix, english = (
            ("franchised_hall", "合作厅", "franchised hall") if franchised else ("own_hall", "营业厅", "hall")
        )
        latitude = round(branch.seat[0] + self.rng.gauss(0, 0.012 + 0.03 * place), 6)
        longitude = round(branch.seat[1] + self.rng.gauss(0, 0.012 + 0.03 * place), 6)
        number = self.rng.randint(1, 388)
        given = OutletValues(
            code=code,
            kind=kind,
            name_zh=f"{hall.zh}{suffix}",
            name_en=f"{hall.en} {english}",
            address_zh=f"{branch.zh}{hall.street}{number}号",
            address_en=f"No. {number}, {hall.en}, {branch.en}",
            latitude=latitude,
            longitude=longitude,
        )
        hall_id = outlets.insert(self.work, own, given)
        absent = _absent(self.rng, franchised)
        if absent:
            row = self.work.session.get_one(Outlet, hall_id)
            row.profile = {"na_items": absent}
            self.work.session.add(row)
        person = self.person(manager, own, [Granted(Role.HALL, Scope.OUTLET, hall_id)])
        return FoundedHall(hall_id, code, given.name_zh, (latitude, longitude), person, absent)


def _absent(rng: random.Random, franchised: bool) -> dict[str, str]:
    """What a hall cannot have."""
    absent = {}
    if rng.random() < 0.12:
        absent["A04"] = "商场内店中店，无独立出入口和坡道"
    if franchised and rng.random() < 0.5:
        absent["D08"] = "合作厅未开通资料迁移业务"
    return absent


def found(db: Database, seed: int, today: dt.date, size: int) -> City:
    """Write organisations, outlets, people and campaigns into an empty database; the first `size` branches."""
    city = City()
    with unit_of_work(db, None) as work:
        work.record(MARK, INSTALLATION, 1, seed=seed, today=today.isoformat())
    checklists.seed(db, None)
    chosen = branches()[:size]
    order = list(chosen)
    seeded("ring", seed).shuffle(order)
    # The demo's supervisor is of the first branch; whom it inspects in the running round has the persona of the branch.
    home = order.index(chosen[0])
    target = order[(home + SHIFTS[2]) % len(order)]
    own, other = (branch.en.lower().replace("'", "") for branch in (chosen[0], target))
    names = {f"{own}.s1": "supervisor", f"{own}.s2": "mate", f"{other}.head": "branch", f"{other}.h1": "hall"}
    with unit_of_work(db, None) as work:
        founder = Founder(work, seed)
        department = founder.organisation("marketing", "department", "市场部", "Marketing department")
        centre = founder.organisation("centre", "service_centre", "客户服务中心", "Customer service centre")
        founder.organisation("third-party", "third_party", "第三方测评机构", "Third-party assessor")
        for name, roles, scope in STAFF:
            city.staff[name] = founder.person(name, department, [Granted(role, scope) for role in roles])
        founder.person("centre.head", centre, [Granted(Role.BRANCH, Scope.BRANCH, centre)])
        for code, kind, zh, en in CHANNELS:
            outlets.insert(work, centre, OutletValues(code, kind, zh, en))
        founded = {branch.en: founder.branch(branch, names) for branch in chosen}
        city.ring, city.home = [founded[branch.en] for branch in order], home
        city.campaigns = _campaigns(work, today)
        row = work.session.exec(
            select(ChecklistVersion)
            .where(ChecklistVersion.code == "hall", ChecklistVersion.status == "published")
            .order_by(col(ChecklistVersion.id).desc())
        ).first()
        assert row is not None  # just seeded
        city.checklist_id, city.checklist = row.id or 0, Checklist.from_json(row.content)
    return city


def _campaigns(work: Work, today: dt.date) -> list[Campaign]:
    made = []
    for entry in read("campaigns"):
        texts = {key: value for key, value in entry.items() if key not in ("from", "to", "questions")}
        row = Campaign(
            starts_on=today + dt.timedelta(days=entry["from"]),
            ends_on=today + dt.timedelta(days=entry["to"]),
            questions=[dict(question) for question in entry["questions"]],
            **texts,
        )
        work.session.add(row)
        work.session.flush()
        work.record("campaign.created", "campaign", row.id, name_zh=row.name_zh)
        made.append(row)
    return made
