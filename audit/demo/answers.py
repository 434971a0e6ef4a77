"""The loop of the demo city: the first finished round is issued, and some branches have begun to answer.

What is said and done goes through the services, at instants of the last working days. The second finished round is
issued to the branch of the persona only, so that there is a notice to acknowledge and the approver has something left.
"""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from sqlmodel import col, select

from audit.db.engine import Database
from audit.db.models import Finding
from audit.demo.bulk import one_transaction
from audit.demo.calendar import instant, weekday_from
from audit.demo.founding import City, FoundedBranch
from audit.demo.pictures import SCENES
from audit.demo.pictures.canvas import seeded
from audit.demo.script import identifier
from audit.demo.shots import Order, Shot, make
from audit.demo.texts import read
from audit.domain.deadlines import add_days
from audit.domain.permissions import Actor
from audit.photos.store import PhotoStore
from audit.services import clock
from audit.services.calendar import get_calendar
from audit.services.loop import conversation, delegating, extending, issuing, rectifying, reviewing
from audit.services.loop.fields import RECTIFICATION_TEXTS
from audit.services.loop.moving import apply

BUSY = 5  # branches that have begun to answer, beside the persona's
ISSUED_BEFORE = 4  # weekdays: what is critical is overdue, what is major is due within days
LATE_BEFORE = 13  # weekdays: issued to the branch that answers nothing, so that leaders have something to decide


class Loop:
    """Plays the answers of branches and what marketing said to them."""

    def __init__(self, db: Database, store: PhotoStore, city: City, seed: int, today: dt.date) -> None:
        self.db, self.store, self.city, self.today = db, store, city, today
        self.rng = seeded("loop", seed)
        self.phrases = read("phrases")["answers"]
        self.calendar = get_calendar(db)
        self.marketing, self.approver = (city.staff[name].actor for name in ("marketing", "approver"))

    def before(self, weekdays: int, hour: int) -> dt.datetime:
        """An hour of the day so many weekdays before today."""
        day = self.today
        for _ in range(weekdays):
            day = weekday_from(day, -1)
        return instant(day, dt.time(hour, self.rng.randrange(50)))

    def issue(self, round_id: int, branch: FoundedBranch, at: dt.datetime) -> int | None:
        """Issue what a round found in a branch; gives the notice's id."""
        with clock.stopped(at):
            return issuing.issue(self.db, self.approver, round_id, branch.id).notice_id

    def answer(self, branch: FoundedBranch, notice_id: int) -> None:
        """What a branch has done about its notice, and what came back."""
        head = branch.head.actor
        with clock.stopped(self.before(ISSUED_BEFORE - 1, 9)):
            issuing.acknowledge(self.db, head, notice_id)
        open_ones = self._of(notice_id)
        delegated, first, second, third, fourth, objected, supported, later = open_ones[:8]
        for finding in (first, second, third, fourth):
            self._submit(head, finding, self.before(2, 15))
        with clock.stopped(self.before(1, 10)):
            reviewing.open_for_review(self.db, self.marketing, third)
            due_on = add_days(self.today, 2, self.calendar)
            self._do(self.marketing, third, "return", comment=self.phrases["returned"], due_on=due_on)
            self._do(self.marketing, fourth, "accept")
        with clock.stopped(self.before(ISSUED_BEFORE - 1, 11)):
            self._prove(head, objected, "objection")
            self._do(head, objected, "object", reason=self.phrases["objection"])
        with clock.stopped(self.before(2, 11)):
            asked = {"need": self.phrases["need"], "interim_measure": self.phrases["interim"]}
            self._do(head, supported, "request_support", **asked)
        with clock.stopped(self.before(1, 14)):
            self._extend(head, later)
            outlet_id = self._read(delegated).outlet_id
            manager = next(hall.manager for hall in branch.halls if hall.id == outlet_id)
            delegating.delegate(self.db, head, delegated, manager.account_id)
            conversation.say(self.db, head, delegated, self.phrases["comment"], [manager.account_id])

    def _of(self, notice_id: int) -> Sequence[int]:
        """The findings of a notice that are not critical, those of the first hall first."""
        query = select(Finding.id).where(Finding.notice_id == notice_id, Finding.severity != "critical")
        with self.db.read() as session:
            return [number or 0 for number in session.exec(query.order_by(col(Finding.number))).all()]

    def _submit(self, head: Actor, finding_id: int, at: dt.datetime) -> None:
        texts = {name: self.rng.choice(self.phrases[name]) for name in RECTIFICATION_TEXTS}
        with clock.stopped(at):
            self._prove(head, finding_id, "rectification")
            done = {"responsible": head.name, "completed_on": at.date()}
            rectifying.save(self.db, head, finding_id, 0, **texts, **done)
            self._do(head, finding_id, "submit")

    def _prove(self, head: Actor, finding_id: int, subject: str) -> None:
        finding, at = self._read(finding_id), clock.now()
        scene = finding.item_code if finding.item_code in SCENES else "inside"
        name = identifier(self.rng)
        hall = next(hall for branch in self.city.ring for hall in branch.halls if hall.id == finding.outlet_id)
        made = make(Order(Shot(name, finding.subject, "after", 0, scene, "fixed", hall.code), at))
        file = rectifying.File(
            name, "photo", made.media_type, made.sha256, made.size, f"{finding.item_code or '亮点'}.jpg", "after",
            finding.evidence_kind or "photo", self.store.put_bytes(made.thumbnail), self.store.put_bytes(made.report),
            made.phash, made.dhash,
        )  # fmt: skip
        rectifying.add_evidence(self.db, head, finding_id, subject, file)

    def _extend(self, head: Actor, finding_id: int) -> None:
        finding = self._read(finding_id)
        assert finding.due_at is not None  # issued
        day = add_days(finding.due_at.date(), 3, self.calendar)
        extending.ask_extension(self.db, head, finding_id, finding.version, day, self.phrases["extension"])

    def _do(self, actor: Actor, finding_id: int, action: str, **fields: Any) -> None:
        apply(self.db, actor, finding_id, action, self._read(finding_id).version, **fields)

    def _read(self, finding_id: int) -> Finding:
        with self.db.read() as session:
            return session.get_one(Finding, finding_id)


def play(db: Database, store: PhotoStore, city: City, seed: int, today: dt.date, round_ids: Sequence[int]) -> None:
    """Issue and answer; `round_ids`: the finished rounds, the oldest first. Needs `shots.begin`."""
    with one_transaction(db) as joined:
        loop = Loop(joined, store, city, seed, today)
        late = [branch for branch in city.ring if branch.head.sign_in_name != "branch"][-1]
        loop.issue(round_ids[0], late, loop.before(LATE_BEFORE, 10))
        for place, branch in enumerate(city.ring):
            mine = branch.head.sign_in_name == "branch"
            notice_id = loop.issue(round_ids[0], branch, loop.before(ISSUED_BEFORE, 10))
            if notice_id and branch != late and (mine or place < BUSY):
                loop.answer(branch, notice_id)
            if mine:
                loop.issue(round_ids[1], branch, loop.before(1, 16))
