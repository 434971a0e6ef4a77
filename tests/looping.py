"""Findings in the loop, for tests: drafts of an accepted visit of Jiangbei's first hall, written as rows."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from audit.db.engine import Database
from audit.db.models import Finding, Notice, Visit
from audit.domain.permissions import Actor
from audit.services import clock
from audit.services.loop import issuing, rectifying
from audit.services.loop.moving import apply
from tests.factories import City
from tests.field import Field, new_uuid, take_the_field

FRIDAY = dt.datetime(2026, 11, 20, 2, 0, tzinfo=dt.UTC)  # 10 o'clock in Shanghai; Monday is the 23rd
PROOF = "a" * 64


@dataclass
class Loop:
    """The field with its first visit accepted. `at` is the present instant of every call that goes through here."""

    field: Field
    at: dt.datetime = FRIDAY
    made: list[int] = field(default_factory=list)

    @property
    def city(self) -> City:
        return self.field.city

    @property
    def db(self) -> Database:
        return self.city.db

    def draft(self, item: str = "A01", severity: str = "minor", **values: Any) -> int:
        """A draft as a submission makes it."""
        row = Finding(
            round_id=self.field.round_id,
            **{"organisation_id": self.city.organisations["jiangbei"], "outlet_id": self.city.outlets["JB01"],
               "subject": f"item:{item}:{len(self.made)}", "item_code": item, "kind": "nonconformity",
               "severity": severity, "requirement_zh": "整改", "criterion_zh": "合格", "evidence_kind": "photo",
               "created_at": self.at, "visit_id": self.field.visit_id, **values},
        )  # fmt: skip
        with self.db.write() as session:
            session.add(row)
            session.flush()
            self.made.append(row.id or 0)
        return row.id or 0

    def read(self, finding_id: int) -> Finding:
        with self.db.read() as session:
            return session.get_one(Finding, finding_id)

    def notice(self, notice_id: int | None) -> Notice:
        with self.db.read() as session:
            return session.get_one(Notice, notice_id)

    def do(self, actor: Actor, finding_id: int, action: str, **fields: Any) -> Finding:
        """An action on the version that stands, now."""
        with clock.stopped(self.at):
            return apply(self.db, actor, finding_id, action, self.read(finding_id).version, **fields)

    def issue(self, **options: Any) -> issuing.Issued:
        with clock.stopped(self.at):
            return issuing.issue(
                self.db, self.city.fang, self.field.round_id, self.city.organisations["jiangbei"], **options
            )

    def rectifying(self, **values: Any) -> int:
        """A finding that Mei has acknowledged."""
        finding_id = self.draft(**values)
        notice_id = self.issue().notice_id
        with clock.stopped(self.at):
            issuing.acknowledge(self.db, self.city.mei, notice_id or 0)
        return finding_id

    def prove(self, actor: Actor, finding_id: int, subject: str = "rectification", **changes: Any) -> str:
        """A photo as evidence; returns its uuid."""
        values = {"kind": "photo", "media_type": "image/jpeg", "sha256": PROOF, "size": 9, "role": "after", **changes}
        made = rectifying.File(uuid=new_uuid(), **values)
        with clock.stopped(self.at):
            return rectifying.add_evidence(self.db, actor, finding_id, subject, made).uuid

    def write(self, actor: Actor, finding_id: int, version: int = 0, **values: Any) -> int:
        given = {"correction": "已更换灯箱", "responsible": "胡堃", "completed_on": self.at.date(), **values}
        with clock.stopped(self.at):
            return rectifying.save(self.db, actor, finding_id, version, **given)

    def submitted(self, **values: Any) -> int:
        """A finding that Mei has answered."""
        finding_id = self.rectifying(**values)
        self.write(self.city.mei, finding_id, cause="年久", corrective_action="每日巡查", horizontal_check="已查")
        self.prove(self.city.mei, finding_id)
        self.do(self.city.mei, finding_id, "submit")
        return finding_id


def enter_the_loop(city: City) -> Loop:
    """The first visit of the field accepted."""
    found = take_the_field(city)
    with city.db.write() as session:
        visit = session.get_one(Visit, found.visit_id)
        visit.state, visit.submitted_at, visit.accepted_at = "accepted", FRIDAY, FRIDAY
        session.add(visit)
    return Loop(found)
