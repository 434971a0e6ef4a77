"""What is looked at before and after each step of a finding, and what must hold whatever was done."""

import datetime as dt
from collections import Counter
from collections.abc import Callable
from typing import Any

from hypothesis.stateful import RuleBasedStateMachine, invariant
from sqlalchemy import select as select_rows
from sqlmodel import col, func, select

from audit.db.models import (
    ChainHead,
    Comment,
    Delegation,
    Event,
    Evidence,
    Extension,
    Finding,
    Notice,
    Objection,
    Rectification,
    Reinspection,
    SupportRequest,
    Visit,
)
from audit.domain import deadlines
from audit.domain.loop import stage
from audit.domain.register import Filters
from audit.errors import RoundsError
from audit.services import clock, register
from audit.services.calendar import get_calendar
from audit.services.history import verify_history
from audit.services.loop import reading
from tests.looping import FRIDAY, Loop
from tests.unit.test_loop import EXPECTED

SIDES = (
    Objection,
    Extension,
    SupportRequest,
    Reinspection,
    Rectification,
    Comment,
    Delegation,
    Evidence,
    Notice,
    Visit,
)
FINDINGS = select_rows(*Finding.__table__.columns)  # type: ignore[attr-defined]
World = tuple[tuple[int, ...], dict[int, Any]]  # the number of the last event and how many there are beside; findings


class Watched(RuleBasedStateMachine):
    def __init__(self, loop: Loop, elsewhere: dict[str, int]) -> None:
        super().__init__()
        self.loop, self.elsewhere = loop, elsewhere
        self.mine: list[int] = []
        self.seen: World | None = None
        self.recounted: World | None = None
        self.path: dict[int, list[tuple[dt.datetime, str]]] = {}
        loop.at = FRIDAY

    def world(self) -> World:
        """Everything that a refusal must leave alone; read anew after something was tried."""
        if self.seen is None:
            counted = [select(func.count()).select_from(table).scalar_subquery() for table in SIDES]
            with self.loop.db.read() as session:
                sides = tuple(session.execute(select_rows(ChainHead.seq, *counted)).one())  # type: ignore[call-overload]
                rows = {row.id: row for row in session.execute(FINDINGS).all()}
            self.seen = sides, rows
        return self.seen

    def rows(self) -> dict[int, Any]:
        return self.world()[1]

    def told_since(self, seq: int) -> list[tuple[str, str]]:
        with self.loop.db.read() as session:
            query = select(Event.verb, Event.subject_id).where(Event.seq > seq, Event.subject_kind == "finding")
            return [(verb, number) for verb, number in session.exec(query.order_by(col(Event.seq))).all()]

    def one(self, place: int) -> int:
        return self.mine[place % len(self.mine)]

    def home(self, finding: Any) -> str:
        """Who leads the service of the branch that a finding belongs to."""
        return "mei" if finding.organisation_id == self.loop.city.organisations["jiangbei"] else "gu"

    def tried(self, act: Callable[[], object]) -> str:
        """Do something now: "" or the code of a refusal, after which nothing may have changed."""
        before, self.seen = self.world(), None
        code = ""
        try:
            with clock.stopped(self.loop.at):
                act()
        except RoundsError as error:
            code = error.code
        assert not code or self.world() == before, f"{code}, and yet something changed"
        return code

    @invariant()
    def lists_say_what_a_recount_says(self) -> None:
        if self.world() == self.recounted:
            return
        self.recounted = self.world()
        rows, city, db = self.rows(), self.loop.city, self.loop.db
        given = self.delegated()
        with clock.stopped(self.loop.at):
            stages = register.overview(db, city.wang, Filters())[0].stages
            assert stages == {**dict.fromkeys(stages, 0), **Counter(stage(row.state) for row in rows.values())}
            for name, mine in (("mei", "jiangbei"), ("gu", "fuling")):
                seen = [row for row in rows.values() if row.organisation_id == city.organisations[mine]]
                seen = [row for row in seen if row.issued_at is not None]
                assert reading.waiting(db, city.actors[name]) == Counter(row.state for row in seen)
                assert register.find(db, city.actors[name], Filters(), size=1).total == len(seen)
            assert reading.waiting(db, city.chen) == {}
            mine = [row.state for row in rows.values() if row.issued_at and row.id in given]
            assert reading.waiting(db, city.hu) == Counter(mine)

    @invariant()
    def the_clocks_are_fair(self) -> None:
        calendar, rows = get_calendar(self.loop.db), self.rows()
        for number in self.mine:
            row, path = rows[number], self.path[number]
            branch, department = deadlines.fair_clock(path, path[-1][0], calendar)
            assert (row.branch_seconds, row.department_seconds) == (round(branch), round(department))
            assert (row.closed_at is not None) == (row.state in ("closed", "verified"))
            assert (row.due_at is None) == (row.issued_at is None)

    def teardown(self) -> None:
        """The history is whole; drafts that are left are nobody's any more."""
        assert verify_history(self.loop.db)[1] == []
        with self.loop.db.write() as session:
            for row in session.exec(select(Finding).where(Finding.state == "draft")).all():
                row.state = "withdrawn"
                session.add(row)

    def answer_version(self, finding: Any) -> int:
        with self.loop.db.read() as session:
            query = select(Rectification.version).where(Rectification.finding_id == finding.id)
            return session.exec(query.where(Rectification.cycle == finding.cycle)).first() or 0

    def delegated(self) -> set[int]:
        """What Hu was asked to write."""
        with self.loop.db.read() as session:
            mine = Delegation.account_id == self.loop.city.hu.account_id
            return set(session.exec(select(Delegation.finding_id).where(mine)).all())

    def follow(self, before: World, actions: set[str]) -> list[Any]:
        """Compare with what stood before; returns what moved. Each move is a row of the table, with one event."""
        after, moved = self.rows(), []
        told = Counter(self.told_since(before[0][0]))
        for number, old in before[1].items():
            new = after[number]
            if new.state == old.state:
                continue
            moved.append(new)
            by = {action for action in actions if EXPECTED.get((old.state, action), ("", ""))[1] == new.state}
            assert by, f"{old.state} to {new.state} by {actions}"
            action = by.pop()
            assert told[f"finding.{action}", str(number)] == 1
            assert new.version == old.version + 1
            assert new.cycle == old.cycle + (action in ("return", "fail", "reopen"))
            assert new.state_since == self.loop.at
            self.check_due(action, old, new)
            if number in self.path:
                self.path[number].append((self.loop.at, new.state))
        kept = {"finding.merged_here"} if "merge" in actions and moved else set()
        assert {verb for verb, _ in told} - kept == {f"finding.{action}" for action in actions if moved}
        assert told.total() == len(moved) + len(kept)
        return moved

    def check_due(self, action: str, old: Finding, new: Any) -> None:
        calendar = get_calendar(self.loop.db)
        tomorrow = deadlines.end_of(deadlines.add_days(self.loop.at.date(), 1, calendar))
        if action in ("return", "fail", "reopen"):
            assert new.due_at == deadlines.end_of(self.next_working_day(new))
        elif action in ("uphold", "answer", "adjust"):
            assert new.due_at is not None
            assert new.due_at >= (tomorrow if action == "adjust" else max(tomorrow, old.due_at or tomorrow))
        elif action != "issue":
            assert new.due_at == old.due_at, f"{action} moves no due date"
        if action == "submit":
            assert new.answered_at == self.loop.at

    def next_working_day(self, finding: Any) -> dt.date:
        return deadlines.add_days(self.loop.at.date(), 3, get_calendar(self.loop.db))
