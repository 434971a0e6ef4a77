"""A round in the field, for tests: a small checklist, Lin and Zhao on their way to two halls of Jiangbei.

Lin leads the team. Chen belongs to another branch and to no team. The checklist has six items: A01 (pass, photo never),
A02 (critical), A03 (photo on fail), B01 (photo always), B02, and B03 that is asked only when B02 fails.
"""

import datetime as dt
import functools
import io
import uuid
from dataclasses import dataclass, field, replace
from typing import Any

from PIL import Image
from sqlmodel import col, select

from audit.db.engine import Database
from audit.db.models import ChecklistVersion, Visit
from audit.domain.events import digest
from audit.domain.permissions import Actor
from audit.services import photos, submission
from audit.services.assignments import AssignmentPlan, OutletPlan
from audit.services.revisions import Receipt, Record, receive
from audit.services.rounds import RoundValues, add_assignment, create_round, publish_round
from audit.services.submission import Manifest, Submitted
from audit.services.visit_content import resolved_visit
from tests.factories import NOW, City

DAY = dt.date(2026, 11, 22)
DEVICE_AT = dt.datetime(2026, 11, 22, 1, 0, tzinfo=dt.UTC)


def item(code: str, points: int = 2, **changes: Any) -> dict[str, Any]:
    """One item of a checklist, in its JSON form."""
    return {
        "code": code, "text_zh": f"检查项{code}", "text_en": f"Item {code}", "guidance_zh": "", "guidance_en": "",
        "points": points, "critical": False, "photo": "never", "evidence": "photo", "severity": "major",
        "requirement_zh": f"整改{code}", "requirement_en": f"Put {code} right", "criterion_zh": f"{code}合格",
        "criterion_en": f"{code} is right", "show_if": None, "reference_photo": None, **changes,
    }  # fmt: skip


CHECKLIST = {
    "code": "field", "version": "1", "title_zh": "现场检查表", "title_en": "Field list", "kind": "hall",
    "sections": [
        {"code": "A", "title_zh": "环境", "title_en": "Environment", "weight": 60, "items": [
            item("A01"), item("A02", critical=True, severity="critical"), item("A03", 6, photo="on_fail")]},
        {"code": "B", "title_zh": "服务", "title_en": "Service", "weight": 40, "items": [
            item("B01", photo="always"), item("B02", severity="minor", evidence="training_record"),
            item("B03", show_if={"op": "=", "code": "B02", "value": "fail"})]},
    ],
}  # fmt: skip


def add_checklist(db: Database, content: dict[str, Any] = CHECKLIST, status: str = "published") -> int:
    """A checklist version as the database holds it; returns its id."""
    with db.write() as session:
        row = ChecklistVersion(
            code=content["code"], version=content["version"], kind=content["kind"], title_zh=content["title_zh"],
            title_en=content["title_en"], status=status, content=content, sha256=digest(content), created_at=NOW,
            published_at=NOW,
        )  # fmt: skip
        session.add(row)
        session.flush()
        return row.id or 0


def new_uuid() -> str:
    """A UUID as a tablet makes one."""
    return str(uuid.uuid4())


@functools.lru_cache(maxsize=32)
def picture(seed: int = 1, size: tuple[int, int] = (320, 240)) -> bytes:
    """A small JPEG, another one for each seed."""
    image = Image.new("RGB", size, ((seed * 67) % 256, (seed * 29) % 256, (seed * 101) % 256))
    for step in range(8):
        left, top = step * 40, 20 + step * 20
        image.paste(((seed * step * 31) % 256, step * 30, 90), (left, top, left + 30, top + 60))
    file = io.BytesIO()
    image.save(file, "JPEG")
    return file.getvalue()


@dataclass
class Field:
    """A published round with one assignment: Lin (leader) and Zhao inspect JB01 and JB02 of Jiangbei."""

    city: City
    checklist_id: int
    round_id: int
    assignment_id: int
    visit_id: int
    second_visit_id: int
    made: list[str] = field(default_factory=list)
    sent_photos: dict[str, str] = field(default_factory=dict)

    @property
    def db(self) -> Database:
        return self.city.db

    def record(self, subject: str, body: dict[str, Any], visit_id: int | None = 0, **changes: Any) -> Record:
        """A revision of the first visit (or another, or of the assignment with `visit_id=None`), not sent yet."""
        place = self.visit_id if visit_id == 0 else visit_id
        made = Record(new_uuid(), self.assignment_id, place, subject, body, DEVICE_AT)
        return replace(made, **changes)

    def write(self, actor: Actor, subject: str, body: dict[str, Any], **changes: Any) -> Receipt:
        """Send a revision; what belongs to the first visit joins its manifest."""
        record = self.record(subject, body, **changes)
        receipt = receive(self.db, actor, record)
        if record.visit_id == self.visit_id:
            self.made.append(record.uuid)
        return receipt

    def rate(self, actor: Actor, code: str, rating: str | None, **body: Any) -> Receipt:
        """Rate an item on top of what stands now."""
        return self.write(actor, f"item:{code}", {"rating": rating, **body}, bases=self.heads(f"item:{code}"))

    def heads(self, subject: str) -> tuple[str, ...]:
        """What a tablet that has seen everything names as bases."""
        with self.db.read() as session:
            found = resolved_visit(session, self.visit_id).get(subject)
        return tuple(head.uuid for head in found.heads) if found else ()

    def photo(
        self, house: Any, actor: Actor, attached_to: str, role: str = "evidence", seed: int = 1, in_visit: bool = True
    ) -> str:
        """Describe and send a photo of the first visit, or of the assignment itself; returns its uuid."""
        photo_uuid, visit_id = new_uuid(), self.visit_id if in_visit else None
        self.write(actor, f"photo:{photo_uuid}", {"attached_to": attached_to, "role": role}, visit_id=visit_id)
        upload = photos.Upload(photo_uuid, self.assignment_id, visit_id)
        receipt = photos.receive_photo(self.db, actor, house.photos, house.intake, upload, picture(seed))
        if in_visit:
            self.sent_photos[photo_uuid] = receipt.sha256
        return photo_uuid

    def fill(self, house: Any, actor: Actor, **ratings: str) -> None:
        """Everything a submission needs: all pass unless said otherwise, the photo of B01, no signature wanted."""
        for code in ("A01", "A02", "A03", "B01", "B02"):
            rating = ratings.get(code, "pass")
            extra = {"na": {"reason": "没有该设施"}, "later": {"later_on": "2026-11-30"}}.get(rating, {})
            self.rate(actor, code, rating, **extra)
        self.photo(house, actor, "item:B01")
        if ratings.get("A03") == "fail":
            self.photo(house, actor, "item:A03", seed=3)
        self.write(actor, "signature", {"status": "absent", "note": "值班经理外出"})

    def manifest(self) -> Manifest:
        """What the leader's tablet knows."""
        return Manifest(frozenset(self.made), dict(self.sent_photos))

    def submit(self, actor: Actor | None = None) -> Submitted:
        return submission.submit(self.db, actor or self.city.lin, self.visit_id, self.manifest())

    def visit(self) -> Visit:
        with self.db.read() as session:
            return session.get_one(Visit, self.visit_id)


def plan(city: City, checklist_id: int, **changes: Any) -> AssignmentPlan:
    """Lin and Zhao of Yuzhong to both halls of Jiangbei."""
    outlets = tuple(OutletPlan(city.outlets[code], checklist_id, DAY) for code in ("JB01", "JB02"))
    made = AssignmentPlan(
        inspecting_id=city.organisations["yuzhong"], inspected_id=city.organisations["jiangbei"],
        team=(city.lin.account_id, city.zhao.account_id), leader_id=city.lin.account_id, outlets=outlets,
        starts_on=DAY, ends_on=DAY + dt.timedelta(days=5),
    )  # fmt: skip
    return replace(made, **changes)


ROUND = RoundValues(name_zh="第四季度交叉巡检", name_en="Q4", kind="cross_inspection", starts_on=DAY,
                    ends_on=DAY + dt.timedelta(days=20))  # fmt: skip


def take_the_field(city: City) -> Field:
    """The round published, its visits planned."""
    checklist_id = add_checklist(city.db)
    round_id = create_round(city.db, city.wang, ROUND)
    assignment_id = add_assignment(city.db, city.wang, round_id, plan(city, checklist_id))
    publish_round(city.db, city.wang, round_id, 1)
    with city.db.read() as session:
        ids = session.exec(select(Visit.id).where(Visit.assignment_id == assignment_id).order_by(col(Visit.id))).all()
    return Field(city, checklist_id, round_id, assignment_id, ids[0] or 0, ids[1] or 0)
