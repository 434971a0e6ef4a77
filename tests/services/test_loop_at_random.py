"""The loop by chance: people of every kind do what they may and what they may not, and after each step all still holds.

Whatever is done either follows the table, by one of its role and place, with one event and one version more, or it is
refused and nothing has changed at all. What the lists say is what a recount says; the due date moves only as stated.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule, run_state_machine_as_test

from audit.db.engine import Database
from audit.domain import deadlines
from audit.domain.findings import SEVERITIES
from audit.domain.loop import ACTIONS
from audit.domain.permissions import Granted, Role, Scope
from audit.services.calendar import get_calendar
from audit.services.loop import conversation, delegating, extending, issuing, reviewing
from audit.services.loop.moving import apply
from tests.contesting import member
from tests.factories import found_city
from tests.looping import Loop, enter_the_loop
from tests.unit.test_loop import EXPECTED
from tests.watching import Watched

CAST = ("lin", "zhao", "chen", "mei", "gu", "hu", "wang", "fang", "luo", "adam", "ou")
ACTING = {"branch": ("mei", "gu"), "marketing": ("wang",), "approver": ("fang",), "supervisor": ("lin",)}
FORGED = ("", "delete", "ISSUE", "close", "issued", "accept;")
# What may stand against a step that the table allows: it was done before, it is too late, or somebody looked already.
BESIDE = {"object": {"objection.once", "objection.late"}, "recall": {"finding.under_review"}}
HOUR = dt.timedelta(hours=1)
people, places = st.sampled_from(CAST), st.integers(0, 30)


class LoopByChance(Watched):
    """What people do, by chance; `Watched` looks on."""

    @initialize()
    def begin(self) -> None:
        """Two findings of one hall and one of another branch, issued and acknowledged; a fourth waits."""
        for severity, own in (("minor", True), ("critical", True), ("major", False), ("major", True)):
            self.find(severity, own)
            if severity != "major" or not own:
                self.issue("fang", "jiangbei" if own else "fuling")
        for place in range(3):
            self.acknowledge("mei" if place < 2 else "gu", place)

    @rule(severity=st.sampled_from(SEVERITIES), own=st.booleans())
    def find(self, severity: str, own: bool) -> None:
        number = self.loop.draft("A01", severity, **({} if own else self.elsewhere))
        self.mine.append(number)
        self.seen = None
        self.path[number] = [(self.loop.at, "draft")]

    @rule(hours=st.sampled_from((1, 5, 24, 72)))
    def time_passes(self, hours: int) -> None:
        self.loop.at += hours * HOUR
        before = self.world()
        self.tried(lambda: issuing.due_acts(self.loop.db, self.loop.at))
        self.follow(before, {"deem_acknowledged"})

    @rule(who=people, branch=st.sampled_from(("jiangbei", "fuling")))
    def issue(self, who: str, branch: str) -> None:
        place = (self.loop.field.round_id, self.loop.city.organisations[branch])
        before = self.world()
        code = self.tried(lambda: issuing.issue(self.loop.db, self.loop.city.actors[who], *place))
        assert code == ("" if who == "fang" else "forbidden")
        moved = self.follow(before, {"issue"})
        if who == "fang":
            assert not [row for row in self.rows().values() if row.state == "draft" and row.organisation_id == place[1]]
            calendar = get_calendar(self.loop.db)
            for row in moved:
                assert row.due_at == deadlines.due(self.loop.at, row.severity, calendar)

    @rule(who=people, which=places)
    def acknowledge(self, who: str, which: int) -> None:
        before = self.world()
        finding = before[1][self.one(which)]
        code = self.tried(lambda: issuing.acknowledge(self.loop.db, self.loop.city.actors[who], finding.notice_id or 0))
        if who not in ("mei", "gu"):
            assert code == "forbidden"
        elif who != self.home(finding) or not finding.notice_id:
            assert code == "not_found"
        else:
            assert code == ""
            assert self.rows()[finding.id].state != "issued"
        self.follow(before, {"acknowledge"})

    @rule(
        who=people, which=places, action=st.sampled_from((*ACTIONS, *FORGED)), behind=st.sampled_from((0, 0, 0, -1, 1)),
        given=st.sampled_from(("all", "all", "nothing", "past", "weekend", "far", "long", "control")),
    )  # fmt: skip
    def attempt(self, who: str, which: int, action: str, given: str, behind: int) -> None:
        """Anybody anything, with fields of every kind and with an old version."""
        before = self.world()
        finding = before[1][self.one(which)]
        expected = EXPECTED.get((finding.state, action))
        code = self.act(who, finding, action, given, finding.version + behind)
        moved = self.follow(before, {action})
        if code:
            return
        assert expected is not None, f"{action} in {finding.state} went through"
        assert behind == 0
        assert given not in ("long", "control", "past", "weekend", "far") or not self.wants(action, given)
        assert who in ACTING[expected[0]], f"{who} may not {action}"  # type: ignore[index]
        assert expected[0] != "branch" or who == self.home(finding)
        assert [row.id for row in moved] == [finding.id]

    @rule(which=places, choices=st.lists(places, min_size=2, max_size=6))
    def go_on(self, which: int, choices: list[int]) -> None:
        """One finding on its way; sometimes time passes, or more of it is asked for."""
        for choice in choices:
            self.step(which, choice)
            if choice % 5 == 0:
                self.time_passes(20)
            if choice % 5 < 3:
                self.extension(
                    self.home(self.rows()[self.one(which)]) if choice % 2 else "wang", which, 4, not choice % 2
                )

    def step(self, which: int, choice: int) -> None:
        """What the table allows, by whom it allows, with all that it asks for: it goes through."""
        finding = self.rows()[self.one(which)]
        open_steps = [
            (action, role)
            for (state, action), (role, _) in EXPECTED.items()
            if state == finding.state and role and action not in ("issue", "acknowledge")
        ]
        if not open_steps:
            return
        action, role = open_steps[choice % len(open_steps)]
        if action == "merge" and self.twin(finding) is None:
            return
        who = self.home(finding) if role == "branch" else ACTING[role][0]
        self.prepare(who, finding, action)
        self.seen = None
        before, finding = self.world(), self.rows()[finding.id]
        code = self.act(who, finding, action, "all", finding.version)
        assert code in {"", *BESIDE.get(action, set())}, f"{action} of {who} in {finding.state}: {code}"
        self.follow(before, {action})

    @rule(who=st.sampled_from(("mei", "mei", "gu", "wang", "wang", "fang", "hu", "chen")), which=places,
          days=st.sampled_from((-1, 1, 3, 10, 30)), deciding=st.booleans())  # fmt: skip
    def extension(self, who: str, which: int, days: int, deciding: bool) -> None:
        before = self.rows()
        finding, actor, db = before[self.one(which)], self.loop.city.actors[who], self.loop.db
        at = (finding.id, finding.version)
        day = (finding.due_at or self.loop.at).date() + dt.timedelta(days=days)
        if deciding:
            code = self.tried(lambda: extending.decide_extension(db, actor, *at, days > 0, "看情况"))
        else:
            code = self.tried(lambda: extending.ask_extension(db, actor, *at, day, "配件未到"))
        after = self.rows()[at[0]]
        if code:
            return
        assert who == ("wang" if deciding else self.home(finding))
        assert (after.version, after.state) == (finding.version + 1, finding.state)
        if deciding:
            assert after.state in ("rectifying", "objected", "awaiting_support"), "nobody waits for it any more"
        else:
            assert (after.state, after.due_at) == ("rectifying", finding.due_at)
            assert after.due_at is not None
            assert self.loop.at < after.due_at

    @rule(who=people, which=places, kind=st.sampled_from(("comment", "look", "write", "prove", "delegate")))
    def beside(self, who: str, which: int, kind: str) -> None:
        """What moves no finding: only who may see it does it."""
        before = self.rows()
        finding, actor, db = before[self.one(which)], self.loop.city.actors[who], self.loop.db
        number = finding.id
        acts: dict[str, Callable[[], object]] = {
            "comment": lambda: conversation.say(db, actor, number, "请看"),
            "look": lambda: reviewing.open_for_review(db, actor, number),
            "write": lambda: self.loop.write(actor, number, self.answer_version(finding)),
            "prove": lambda: self.loop.prove(actor, number),
            "delegate": lambda: delegating.delegate(db, actor, number, self.loop.city.hu.account_id),
        }
        code = self.tried(acts[kind])
        after = self.rows()
        assert {row.id: (row.state, row.due_at, row.cycle) for row in after.values()} == {
            row.id: (row.state, row.due_at, row.cycle) for row in before.values()
        }
        if not code and kind in ("write", "prove", "delegate"):
            assert who == self.home(finding) or (who == "hu" and number in self.delegated())

    def act(self, who: str, finding: Any, action: str, given: str, version: int) -> str:
        actor, fields = self.loop.city.actors[who], self.fields(finding, action, given)
        return self.tried(lambda: apply(self.loop.db, actor, finding.id, action, version, **fields))

    def fields(self, finding: Any, action: str, given: str) -> dict[str, Any]:
        if given == "nothing":
            return {}
        text = {"long": "字" * 4001, "control": "a\0b"}.get(given, "照片为证")
        day = self.next_working_day(finding)
        day = {
            "past": self.loop.at.date() - dt.timedelta(days=1),
            "weekend": day + dt.timedelta(days=(5 - day.weekday()) % 7 or 7),
            "far": day + dt.timedelta(days=400),
        }.get(given, day)
        return {
            **dict.fromkeys(("reason", "comment", "need", "interim_measure", "owner"), text),
            "severity": "major", "merged_into": self.twin(finding), "team": [self.loop.city.lin.account_id],
            "planned_on": day, **({} if action in ("uphold", "adjust", "answer") else {"due_on": day}),
        }  # fmt: skip

    def wants(self, action: str, given: str) -> bool:
        """Whether an action takes the field that is wrong."""
        if given in ("long", "control"):
            return True  # whatever is given is checked
        if action == "request_reinspection":
            return given == "past"
        return action in ("return", "fail", "reopen")

    def twin(self, finding: Any) -> int | None:
        """Another draft of the same outlet."""
        rows = self.rows()
        same = [n for n in self.mine if rows[n].state == "draft" and rows[n].outlet_id == finding.outlet_id]
        return next((number for number in same if number != finding.id), None)

    def prepare(self, who: str, finding: Any, action: str) -> None:
        """Evidence and words that a step asks for beside its fields."""
        actor, number = self.loop.city.actors[who], finding.id
        if action == "object":
            self.loop.prove(actor, number, "objection")
        if action == "submit":
            texts = {"cause": "年久", "corrective_action": "每日巡查", "horizontal_check": "已查"}
            self.loop.write(actor, number, self.answer_version(finding), **texts)
            self.loop.prove(actor, number)
        if action in ("pass", "fail"):
            self.loop.prove(actor, number, "reinspection")


def _cast(db: Database) -> tuple[Loop, dict[str, int]]:
    """The small city with Fuling's service lead and an organiser too; where a finding of Fuling belongs."""
    city = found_city(db)
    loop = enter_the_loop(city)
    fuling = city.organisations["fuling"]
    gu = member(city, "gu", Role.BRANCH)
    city.actors["gu"] = replace(gu, organisation_id=fuling, grants=(Granted(Role.BRANCH, Scope.BRANCH, fuling),))
    city.actors["ou"] = member(city, "ou", Role.ORGANISER)
    return loop, loop.visited("fuling", "FL01")


@pytest.mark.parametrize(("kind", "examples"), [("sqlite", 12), ("postgresql", 2)])
def test_whatever_people_do_the_loop_holds(new_database: Callable[[str], Database], kind: str, examples: int) -> None:
    loop, elsewhere = _cast(new_database(kind))
    bounds = settings(
        max_examples=examples, stateful_step_count=20, deadline=None, database=None, derandomize=True,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    run_state_machine_as_test(lambda: LoopByChance(loop, elsewhere), settings=bounds)  # type: ignore[no-untyped-call]
