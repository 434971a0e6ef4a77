"""Playing the loop through the services: notices, what branches answer to them, and what marketing says to that."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlmodel import col, select

from audit.db.engine import Database
from audit.db.models import Finding, Notice
from audit.demo.acts import Means
from audit.demo.founding import City, FoundedBranch
from audit.demo.pictures.canvas import seeded
from audit.demo.sheets import sheet
from audit.demo.stories import PHOTO, Case, Step
from audit.demo.texts import read
from audit.domain.deadlines import add_days
from audit.domain.loop import THOROUGH, needed, step_for
from audit.i18n import BUSINESS_ZONE
from audit.services import clock
from audit.services.calendar import WorkingDays
from audit.services.loop import conversation, delegating, extending, issuing, rectifying, reviewing
from audit.services.loop.moving import apply

APART = dt.timedelta(minutes=1)  # between two deeds of one sitting
AGAIN, LONGER, LOOKED_AT = 5, 5, 2  # working days: for another answer, of an extension, until a re-inspection
PROOFS = {"training_record": "training", "retest": "retest"}  # kind of evidence → the paper that shows it


class Desk:
    """One branch's matters at one sitting: those of its service supervisor, or marketing's about it."""

    def __init__(self, db: Database, means: Means, city: City, calendar: WorkingDays) -> None:
        self.db, self.means, self.city, self.calendar = db, means, city, calendar
        self.marketing, self.approver = (city.staff[name].actor for name in ("marketing", "approver"))
        self.phrases: Mapping[str, Any] = read("phrases")["answers"]

    def issue(self, at: dt.datetime, round_id: int, branch: FoundedBranch, only_critical: bool) -> None:
        """The approver issues what a round found in a branch, or only what is critical."""
        with clock.stopped(at):
            issuing.issue(self.db, self.approver, round_id, branch.id, only_critical)

    def acknowledge(self, at: dt.datetime, branch: FoundedBranch) -> None:
        """The branch acknowledges every notice it has not acknowledged yet."""
        query = select(Notice.id).where(
            Notice.organisation_id == branch.id, col(Notice.acknowledged_at).is_(None), col(Notice.issued_at) < at
        )
        with self.db.read() as session:
            waiting = session.exec(query.order_by(col(Notice.id))).all()
        with clock.stopped(at):
            for notice_id in waiting:
                issuing.acknowledge(self.db, branch.head.actor, notice_id or 0)

    def sit(self, steps: Sequence[Step]) -> None:
        """Do these, one after the other."""
        deeds: dict[str, Callable[[Finding, Step], None]] = {
            "submit": self._submit, "object": self._object, "accept": self._accept, "return": self._return,
            "ask_extension": self._ask_extension, "grant": self._grant, "delegate": self._delegate,
            "request_reinspection": self._request_reinspection, "request_support": self._request_support,
            "answer": self._answer,
        }  # fmt: skip
        for place, step in enumerate(steps):
            with clock.stopped(step.at + place * APART):
                deeds.get(step.action, self._decide)(self._finding(step.case), step)

    def _finding(self, case: Case) -> Finding:
        query = select(Finding).where(Finding.visit_id == case.visit.id, Finding.subject == f"item:{case.item.code}")
        with self.db.read() as session:
            return session.exec(query).one()

    def _submit(self, finding: Finding, step: Step) -> None:
        head, number, rng = step.case.assignment.inspected.head.actor, finding.id or 0, seeded(step.proof)
        asked = needed(step_for("rectifying", "submit"), finding.severity, finding.repeat)
        texts = {name: rng.choice(self.phrases[name]) for name in THOROUGH if name in asked}
        texts["correction"] = rng.choice(self.phrases["corrections"][step.case.item.evidence])
        self._prove(finding, step, "rectification")
        manager = step.case.visit.hall.manager.name.zh
        rectifying.save(self.db, head, number, 0, **texts, responsible=manager, completed_on=clock.today())
        self._do(head, finding, "submit")

    def _object(self, finding: Finding, step: Step) -> None:
        self._prove(finding, step, "objection")
        reason = seeded(step.proof).choice(self.phrases["objections"])
        self._do(step.case.assignment.inspected.head.actor, finding, "object", reason=reason)

    def _accept(self, finding: Finding, _step: Step) -> None:
        reviewing.open_for_review(self.db, self.marketing, finding.id or 0)
        self._do(self.marketing, finding, "accept")

    def _return(self, finding: Finding, step: Step) -> None:
        reviewing.open_for_review(self.db, self.marketing, finding.id or 0)
        comment = self.phrases["returned"][PHOTO if step.case.item.evidence == PHOTO else "paper"]
        self._do(self.marketing, finding, "return", comment=comment, due_on=self._in(AGAIN))

    def _decide(self, finding: Finding, step: Step) -> None:
        """uphold or overrule: who may, and what is said."""
        actor = self.approver if step.action == "overrule" else self.marketing
        self._do(actor, finding, step.action, comment=self.phrases[step.action])

    def _request_support(self, finding: Finding, step: Step) -> None:
        asked = {"need": self.phrases["need"], "interim_measure": self.phrases["interim"]}
        self._do(step.case.assignment.inspected.head.actor, finding, "request_support", **asked)

    def _answer(self, finding: Finding, _step: Step) -> None:
        owner = self.city.staff["marketing2"].name.zh
        self._do(self.marketing, finding, "answer", comment=self.phrases["supported"], owner=owner)

    def _ask_extension(self, finding: Finding, step: Step) -> None:
        assert finding.due_at is not None  # issued
        day = add_days(finding.due_at.astimezone(BUSINESS_ZONE).date(), LONGER, self.calendar)
        head = step.case.assignment.inspected.head.actor
        extending.ask_extension(self.db, head, finding.id or 0, finding.version, day, self.phrases["extension"])

    def _grant(self, finding: Finding, _step: Step) -> None:
        extending.decide_extension(self.db, self.marketing, finding.id or 0, finding.version, True)

    def _delegate(self, finding: Finding, step: Step) -> None:
        head, manager = step.case.assignment.inspected.head.actor, step.case.visit.hall.manager
        delegating.delegate(self.db, head, finding.id or 0, manager.account_id)
        conversation.say(self.db, head, finding.id or 0, self.phrases["comment"], [manager.account_id])

    def _request_reinspection(self, finding: Finding, _step: Step) -> None:
        team = [person.account_id for person in self.city.ring[self.city.home].team]
        planned_on = self._in(LOOKED_AT)
        self._do(self.marketing, finding, "request_reinspection", team=team, planned_on=planned_on)

    def _prove(self, finding: Finding, step: Step, subject: str) -> None:
        head = step.case.assignment.inspected.head.actor
        file = self._photo(step) if step.order else self._paper(finding, step, subject)
        rectifying.add_evidence(self.db, head, finding.id or 0, subject, file)

    def _photo(self, step: Step) -> rectifying.File:
        made, photos = self.means.room.take(step.proof), self.means.photos
        return rectifying.File(
            step.proof, "photo", made.media_type, made.sha256, made.size, f"{step.case.item.code} 整改后.jpg", "after",
            PHOTO, photos.put_bytes(made.thumbnail), photos.put_bytes(made.report), made.phash, made.dhash,
        )  # fmt: skip

    def _paper(self, finding: Finding, step: Step, subject: str) -> rectifying.File:
        kind = "repair" if subject == "objection" else PROOFS[step.case.item.evidence]
        title, *lines = self.phrases["papers"][kind]
        hall, item, day = step.case.visit.hall, step.case.item, clock.today()
        told = {
            "hall": hall.name_zh, "manager": hall.manager.name.zh, "item": f"{item.code} {item.text_zh}",
            "day": f"{day.year}年{day.month}月{day.day}日", "number": finding.number or "",
        }  # fmt: skip
        data = sheet(title, [line.format(**told) for line in lines])
        proves = PHOTO if subject == "objection" else item.evidence
        sha256 = self.means.documents.put_bytes(data)
        name = f"{item.code} {title}.pdf"
        return rectifying.File(step.proof, "pdf", "application/pdf", sha256, len(data), name, "other", proves)

    def _in(self, count: int) -> dt.date:
        return add_days(clock.today(), count, self.calendar)

    def _do(self, actor: Any, finding: Finding, action: str, **fields: Any) -> None:
        apply(self.db, actor, finding.id or 0, action, finding.version, **fields)
