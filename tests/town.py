"""A town for the access matrix: a cast with every role, and of each kind of object own, foreign and closed ones.

Jiangbei is "own": Lin and Zhao inspected it, Mei leads its service, Hu manages its first hall, Deng leads it. Chen, Gu
(service lead) and Tan (hall manager) belong to Fuling. Con is a contestant, signed in at the contest's pages alone.
Gone was a marketing officer, and is deactivated with a session left over. Holder has a one-purpose link to the own
finding, `NOBODY` has nothing at all.
"""

import datetime as dt
import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from httpx2 import ASGITransport, AsyncClient
from PIL import Image
from starlette.testclient import TestClient

from audit.db.models import Account, Contribution, Document, Grant, Visit
from audit.domain.permissions import Actor, Granted, Role, Scope
from audit.services import accounts, jobs, reference_photos
from audit.services.contest import sign_in, slip_sheets, slips
from audit.services.contest.editions import KINDS
from audit.services.contest.sign_in import ContestantSession
from audit.services.installation import Installation
from audit.services.loop import delegating, evidence
from audit.services.loop.evidence import Upload
from audit.services.papers import DRAFT
from exports.base import Export
from tests.contesting import IN_SEASON, Contest, attempt, found_contest
from tests.factories import NOW, City
from tests.field import CHECKLIST, add_checklist, new_uuid, picture
from tests.looping import Loop, enter_the_loop
from tests.voting import Booth

NOBODY = "nobody"
SIGNED_IN = ("lin", "zhao", "chen", "mei", "hu", "wang", "fang", "luo", "adam", "ou", "ju", "gu", "tan", "deng")
WITHOUT = (NOBODY, "gone", "con")  # no session of the application, each for another reason
PUBLIC = ("adam", *WITHOUT)  # who stands for everybody where nobody is asked who they are
MISSING = 999_999
PDF = b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
# fmt: off
MORE = (
    # name    organisation  role            scope          scope is
    ("gu",   "fuling",     Role.BRANCH,    Scope.BRANCH,  "fuling"),
    ("tan",  "fuling",     Role.HALL,      Scope.OUTLET,  "FL01"),
    ("deng", "jiangbei",   Role.LEADER,    Scope.BRANCH,  "jiangbei"),
    ("gone", "marketing",  Role.MARKETING, Scope.CITY,    None),
)
# fmt: on


@dataclass
class Town:
    """The city, its loop and its contest. `things`: the numbers and names that stand in the paths of the matrix."""

    city: City
    house: Installation
    loop: Loop
    contest: Contest
    browsers: dict[str, TestClient] = field(default_factory=dict)
    asking: dict[str, AsyncClient] = field(default_factory=dict)
    things: dict[str, Any] = field(default_factory=dict)

    async def ask(self, name: str, method: str, path: str, **more: Any) -> str:
        """The code of a refusal, "" for what is answered; a page that refuses has no code but its status.

        Within one event loop: a thread for each request would cost more than its answer.
        """
        browser = self.browsers[name]
        if name not in self.asking:
            self.asking[name] = AsyncClient(
                transport=ASGITransport(browser.app), base_url=browser.base_url, cookies=browser.cookies,
                headers={**browser.headers, "accept": "application/json"},
            )  # fmt: skip
        answer = await self.asking[name].request(method, path.format_map(self.things), **more)
        if answer.status_code < 400:
            return ""
        is_json = answer.headers["content-type"] == "application/json"
        return str(answer.json()["code"]) if is_json else str(answer.status_code)


def found_town(city: City, house: Installation, sign_in_as: Callable[..., TestClient]) -> Town:
    """Write it all, at an instant (`IN_SEASON`) at which the contest's stages are open."""
    loop = enter_the_loop(city)
    loop.at = IN_SEASON
    contest = found_contest(city, people=3)
    for name, organisation, role, scope, where in MORE:
        city.actors[name] = _member(city, name, organisation, Granted(role, scope, _place(city, where)))
    city.actors.update(ou=contest.ou, ju=contest.ju)
    town = Town(city, house, loop, contest)
    accounts.deactivate(city.db, city.adam, city.gone.account_id, 1)
    town.browsers = {name: sign_in_as(city.actors[name]) for name in (*SIGNED_IN, "gone")}
    town.browsers |= {name: sign_in_as(None) for name in (NOBODY, "con", "holder")}
    own = sign_in.open_session(city.db, contest.ids[0], "10.0.0.1")
    town.browsers["con"].cookies.set("rounds-contest", own)
    _findings(town)
    _documents(town)
    _contest(town)
    return town


def _place(city: City, where: str | None) -> int | None:
    return city.organisations.get(where or "") or city.outlets.get(where or "")


def _member(city: City, name: str, organisation: str, grant: Granted) -> Actor:
    with city.db.write() as session:
        account = Account(
            sign_in_name=name, name=name.title(), organisation_id=city.organisations[organisation], created_at=NOW
        )
        session.add(account)
        session.flush()
        number = account.id or 0
        session.add(Grant(account_id=number, role=grant.role, scope_kind=grant.scope, scope_id=grant.scope_id))
    return Actor(number, name.title(), grants=(grant,), organisation_id=city.organisations[organisation])


def _findings(town: Town) -> None:
    loop, city, things = town.loop, town.city, town.things
    things.update(
        visit=loop.field.visit_id, planned=loop.field.second_visit_id, assignment=loop.field.assignment_id,
        round=loop.field.round_id, checklist=loop.field.checklist_id, missing=MISSING, nowhere=new_uuid(),
    )  # fmt: skip
    things["closed"] = loop.rectifying(item="A02")
    loop.write(city.mei, things["closed"])
    things["closed_proof"] = loop.prove(city.mei, things["closed"])
    loop.do(city.mei, things["closed"], "submit")
    loop.do(city.wang, things["closed"], "accept")
    things["finding"] = loop.rectifying(item="A03")
    delegating.delegate(loop.db, city.mei, things["finding"], city.hu.account_id)
    things["draft"] = loop.draft("B01")
    things["elsewhere"] = loop.draft("B02", state="rectifying", issued_at=IN_SEASON, **loop.visited("fuling", "FL01"))
    for name, actor, finding, data in (
        ("photo_proof", city.mei, "finding", picture()), ("paper_proof", city.mei, "finding", PDF),
        ("foreign_proof", city.gu, "elsewhere", PDF),
    ):  # fmt: skip
        upload = Upload(things[finding], new_uuid())
        things[name] = evidence.receive(town.house, actor, upload, data).uuid
    things["photo"] = _photo(town)
    things["spare_proof"] = loop.prove(city.gu, things["elsewhere"])
    town.browsers["holder"].headers["X-Rounds-Link"] = delegating.make_link(
        loop.db, city.mei, things["finding"], dt.timedelta(hours=2)
    ).token
    add_checklist(loop.db, CHECKLIST | {"version": "2"}, "withdrawn")
    reference_photos.attach(
        loop.db, city.wang, town.house.photos, town.house.intake, things["checklist"], "A01", picture(2)
    )
    things["reference"] = reference_photos.of_version(loop.db, city.wang, things["checklist"])["A01"]["picture"]


def _photo(town: Town) -> str:
    """A photo of the first visit, sent while it was still open."""
    field, db = town.loop.field, town.city.db

    def let(state: str) -> None:
        with db.write() as session:
            session.get_one(Visit, field.visit_id).state = state

    let("open")
    uuid = field.photo(town.house, town.city.lin, "item:B01")
    let("accepted")
    return uuid


def _documents(town: Town) -> None:
    sha256 = town.house.documents.put_bytes(_pdf())
    for name, kind, branch, number in (
        ("notice", "notice", "jiangbei", "1号"), ("foreign_notice", "notice", "fuling", "2号"),
        ("report_draft", DRAFT, "jiangbei", ""), ("board", KINDS[0], "marketing", "SA-2026-B"),
    ):  # fmt: skip
        row = Document(
            kind=kind, round_id=town.things["round"],
            organisation_id=town.city.organisations[branch], filename=f"{name}.pdf", media_type="application/pdf",
            sha256=sha256, size=len(PDF), account_id=town.city.fang.account_id, created_at=IN_SEASON,
            number=number, issued_at=IN_SEASON if number else None,
        )  # fmt: skip
        town.things[name] = _kept(town, [row])[0]
    town.things["ticket"] = town.house.handover.offer(town.city.wang, Export("x.xlsx", "text/plain", b"x"))


def _pdf() -> bytes:
    file = io.BytesIO()
    Image.new("L", (20, 20)).save(file, "PDF")
    return file.getvalue()


def _contest(town: Town) -> None:
    contest, things = town.contest, town.things
    mine, other = (ContestantSession(contest.ids[place], contest.season_id, "") for place in (0, 1))
    things.update(
        season=contest.season_id, mine=attempt(contest, mine.contestant_id, [100]),
        theirs=attempt(contest, other.contestant_id, [100]), candidate=Booth(contest).codes[1],
    )  # fmt: skip
    things["slips"] = slips.make(contest.db, contest.ou, contest.season_id, 1, town.city.outlets["JB01"])[0]
    params = {"season_id": contest.season_id, "batch_id": things["slips"]}
    things["sheets"] = jobs.ask(contest.db, contest.ou, slip_sheets.KIND, params)
    jobs.claim(contest.db, things["sheets"])
    file = {"sha256": town.house.documents.put_bytes(PDF), "size": len(PDF)}
    jobs.finish(contest.db, things["sheets"], file)
    rows = [
        Contribution(season_id=contest.season_id, contestant_id=me.contestant_id, kind="case", state=state, title="题",
                     text="文", submitted_at=IN_SEASON)
        for me, state in ((mine, "submitted"), (mine, "refused"), (other, "submitted"), (other, "published"))
    ]  # fmt: skip
    things.update(zip(("case", "closed_case", "hidden_case", "published_case"), _kept(town, rows), strict=True))


def _kept(town: Town, rows: Iterable[Any]) -> list[int]:
    with town.city.db.write() as session:
        made = list(rows)
        session.add_all(made)
        session.flush()
        return [row.id for row in made]
