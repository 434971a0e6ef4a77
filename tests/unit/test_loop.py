"""The loop of a finding, enumerated: state × action × role, what must be supplied, whose clock runs, who is told."""

import itertools

import pytest

from audit.domain.findings import OPEN_STATES, STATES, merged_text
from audit.domain.loop import (
    ACTIONS,
    FINDING_TRANSITIONS,
    PERMISSION_OF_ROLE,
    STAGE_STATES,
    THOROUGH,
    Step,
    actions_for,
    check_supplied,
    clock_of,
    escalation,
    needed,
    raised,
    reminder,
    role_of,
    stage,
    step_for,
)
from audit.domain.permissions import PERMISSIONS, Role
from audit.errors import RoundsError

# The design's table once more, written by hand: (state, action) → (role, state afterwards).
EXPECTED = {
    ("draft", "merge"): ("marketing", "merged"),
    ("draft", "withdraw"): ("marketing", "withdrawn"),
    ("draft", "issue"): ("approver", "issued"),
    ("issued", "acknowledge"): ("branch", "rectifying"),
    ("issued", "deem_acknowledged"): (None, "rectifying"),
    ("issued", "object"): ("branch", "objected"),
    ("rectifying", "object"): ("branch", "objected"),
    ("objected", "uphold"): ("marketing", "rectifying"),
    ("objected", "adjust"): ("marketing", "rectifying"),
    ("objected", "overrule"): ("approver", "withdrawn"),
    ("rectifying", "request_support"): ("branch", "awaiting_support"),
    ("awaiting_support", "answer"): ("marketing", "rectifying"),
    ("rectifying", "submit"): ("branch", "submitted"),
    ("submitted", "recall"): ("branch", "rectifying"),
    ("submitted", "return"): ("marketing", "rectifying"),
    ("submitted", "request_reinspection"): ("marketing", "reinspection"),
    ("reinspection", "cancel_reinspection"): ("marketing", "submitted"),
    ("reinspection", "pass"): ("supervisor", "submitted"),
    ("reinspection", "fail"): ("supervisor", "rectifying"),
    ("submitted", "accept"): ("marketing", "closed"),
    ("closed", "reopen"): ("marketing", "rectifying"),
    ("closed", "verify"): (None, "verified"),
}


@pytest.mark.parametrize(("state", "action", "role"), list(itertools.product(STATES, ACTIONS, Role)))
def test_an_action_is_offered_only_in_its_state_and_to_its_role(state: str, action: str, role: Role) -> None:
    expected = EXPECTED.get((state, action))
    assert (action in actions_for(state, [role])) == (expected is not None and expected[0] == role)
    if expected is None:
        with pytest.raises(RoundsError) as caught:
            step_for(state, action)
        assert (caught.value.code, caught.value.params) == ("wrong_state", {"state": state})
    else:
        assert step_for(state, action).target == expected[1]


def test_what_nobody_knows_is_no_action() -> None:
    for act in (lambda: step_for("draft", "delete"), lambda: role_of("delete"), lambda: stage("gone")):
        with pytest.raises(RoundsError) as caught:
            act()
        assert caught.value.code == "invalid"


def test_an_action_belongs_to_one_role_which_has_its_permission() -> None:
    for step in FINDING_TRANSITIONS:
        assert role_of(step.action) is step.role
        if step.role:
            assert PERMISSIONS[PERMISSION_OF_ROLE[step.role]].roles == {step.role}


def test_a_new_cycle_always_states_a_due_date() -> None:
    assert {step.action for step in FINDING_TRANSITIONS if step.again} == {"return", "fail", "reopen"}
    for step in FINDING_TRANSITIONS:
        assert (step.due == "stated") == step.again == ("due_on" in step.needs)
        if step.target == "rectifying" and step.source != "issued" and step.action != "recall":
            assert step.due, "every return to the branch states a due date"


def test_several_roles_add_up() -> None:
    assert actions_for("objected", [Role.MARKETING, Role.APPROVER]) == ("uphold", "adjust", "overrule")
    assert actions_for("closed", [Role.LEADER, Role.ADMINISTRATOR]) == ()


@pytest.mark.parametrize(
    "step", FINDING_TRANSITIONS, ids=[f"{step.source}-{step.action}" for step in FINDING_TRANSITIONS]
)
def test_each_field_that_must_be_supplied_is_missed(step: Step) -> None:
    names = needed(step, "critical", False)
    full = dict.fromkeys(names, "x")
    check_supplied(step, "critical", False, full)
    for name, nothing in itertools.product(names, (None, " ", ())):
        with pytest.raises(RoundsError) as caught:
            check_supplied(step, "critical", False, {**full, name: nothing})
        assert (caught.value.code, caught.value.params) == ("required", {"field": name})


@pytest.mark.parametrize(
    ("severity", "repeat", "thorough"),
    [("minor", False, False), ("minor", True, True), ("major", False, True), ("critical", False, True)],
)
def test_only_a_minor_new_finding_is_answered_without_its_cause(severity: str, repeat: bool, thorough: bool) -> None:
    wanted = needed(step_for("rectifying", "submit"), severity, repeat)
    assert set(THOROUGH) <= set(wanted) if thorough else not set(THOROUGH) & set(wanted)


def test_every_state_has_one_stage() -> None:
    assert sorted(state for states in STAGE_STATES.values() for state in states) == sorted(STATES)
    assert {state for state in STATES if stage(state) != "done"} == set(OPEN_STATES)


def test_the_branch_is_waited_for_only_while_it_rectifies() -> None:
    assert [state for state in STATES if clock_of(state) == "branch"] == ["rectifying"]
    assert {state for state in STATES if clock_of(state) == ""} == {"closed", "verified", "withdrawn", "merged"}


@pytest.mark.parametrize(
    ("days", "addressed", "proposal"),
    [(-1, None, None), (0, "service_lead", ""), (1, "deputy_manager", ""), (2, "deputy_manager", ""),
     (3, "general_manager", "supervise"), (4, "general_manager", "supervise"), (5, "general_manager", "circular"),
     (9, "general_manager", "circular"), (10, "general_manager", "interview"), (99, "general_manager", "interview")],
)  # fmt: skip
def test_the_longer_it_is_overdue_the_higher_it_goes(days: int, addressed: str | None, proposal: str | None) -> None:
    found = escalation(days)
    assert (found.addressed if found else None, found.proposal if found else None) == (addressed, proposal)


def test_a_second_repeat_proposes_the_interview_at_once() -> None:
    second = escalation(-1, repeats=2)
    assert second is not None
    assert second.proposal == "interview"
    assert escalation(-1, repeats=1) is None


def test_reminders_come_two_days_one_day_and_on_the_day_then_daily() -> None:
    assert [reminder(days, False) for days in (3, 2, 1, 0)] == ["", "two_days", "one_day", "today"]
    assert [reminder(days, True) for days in (0, -1, -7)] == ["overdue"] * 3


def test_a_repeat_is_one_step_worse_and_at_most_critical() -> None:
    assert [raised(severity) for severity in ("minor", "major", "critical")] == ["major", "critical", "critical"]


@pytest.mark.parametrize(
    ("kept", "place", "added", "text"),
    [
        ("灯箱破损", "A03 地面", "瓷砖开裂", "灯箱破损\nA03 地面：瓷砖开裂"),
        ("灯箱破损", "", "门头积灰", "灯箱破损\n门头积灰"),
        ("灯箱破损", "A03 地面", " ", "灯箱破损\nA03 地面"),
        ("", "A03 地面", "瓷砖开裂", "A03 地面：瓷砖开裂"),
        ("灯箱破损", "", "", "灯箱破损"),
        ("灯箱破损，门头积灰", "", "门头积灰", "灯箱破损，门头积灰"),
        ("", "", "", ""),
    ],
)
def test_a_merge_keeps_the_words_of_both(kept: str, place: str, added: str, text: str) -> None:
    assert merged_text(kept, place, added) == text
