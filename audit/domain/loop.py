"""The closed loop of a finding as one table: what may happen, who may do it, what must be supplied, whose clock runs.

Pages derive their buttons from here, services decide by it, tests enumerate it.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from audit.domain.permissions import Role
from audit.errors import RoundsError

Due = Literal["", "severity", "paused", "stated"]


@dataclass(frozen=True)
class Step:
    """`action` leads from `source` to `target`. `role` None: the system itself, never a person.

    `needs`: the fields that must be supplied. `again`: a new cycle begins, the branch has to answer once more.
    `due`: what becomes of the due date. "": it stays; "severity": counted from today by severity; "paused": moved by
    the working days that the department took; "stated": whoever acts names the day (`due_on` is among `needs`).
    """

    action: str
    source: str
    target: str
    role: Role | None
    needs: tuple[str, ...] = ()
    again: bool = False
    due: Due = ""


_B, _M, _A, _S = Role.BRANCH, Role.MARKETING, Role.APPROVER, Role.SUPERVISOR
_ISSUE = ("severity", "requirement_zh", "criterion_zh", "evidence_kind")
_FAILED = ("comment", "photos", "due_on")
_ANSWER = ("correction", "responsible", "completed_on", "evidence")
THOROUGH = ("cause", "corrective_action", "horizontal_check")  # asked beside for critical, major and repeated findings

# fmt: off
FINDING_TRANSITIONS: tuple[Step, ...] = (
    #    action                 from                to                  by     must be supplied      …
    Step("merge",               "draft",            "merged",           _M,   ("merged_into",)),
    Step("withdraw",            "draft",            "withdrawn",        _M,   ("reason",)),
    Step("issue",               "draft",            "issued",           _A,   _ISSUE,                due="severity"),
    Step("acknowledge",         "issued",           "rectifying",       _B),
    Step("deem_acknowledged",   "issued",           "rectifying",       None),
    Step("object",              "issued",           "objected",         _B,   ("reason", "evidence")),
    Step("object",              "rectifying",       "objected",         _B,   ("reason", "evidence")),
    Step("uphold",              "objected",         "rectifying",       _M,   ("comment",),          due="paused"),
    Step("adjust",              "objected",         "rectifying",       _M,   ("comment", "severity"), due="paused"),
    Step("overrule",            "objected",         "withdrawn",        _A,   ("comment",)),
    Step("request_support",     "rectifying",       "awaiting_support", _B,   ("need", "interim_measure")),
    Step("answer",              "awaiting_support", "rectifying",       _M,   ("comment", "owner"),  due="paused"),
    Step("submit",              "rectifying",       "submitted",        _B,   _ANSWER),
    Step("recall",              "submitted",        "rectifying",       _B),
    Step("return",              "submitted",        "rectifying",       _M,   ("comment", "due_on"), True, "stated"),
    Step("request_reinspection", "submitted",       "reinspection",     _M,   ("team", "planned_on")),
    Step("cancel_reinspection", "reinspection",     "submitted",        _M,   ("reason",)),
    Step("pass",                "reinspection",     "submitted",        _S,   ("comment", "photos")),
    Step("fail",                "reinspection",     "rectifying",       _S,   _FAILED,                True, "stated"),
    Step("accept",              "submitted",        "closed",           _M),
    Step("reopen",              "closed",           "rectifying",       _M,   ("reason", "due_on"),  True, "stated"),
    Step("verify",              "closed",           "verified",         None),
)

# What a role's actions need in the table of permissions.
PERMISSION_OF_ROLE = {
    Role.BRANCH: "finding.answer", Role.MARKETING: "finding.review",
    Role.APPROVER: "finding.issue", Role.SUPERVISOR: "finding.reinspect",
}

# The stages on screen (检查 沟通 整改 反馈), and what is over.
STAGE_STATES: dict[str, tuple[str, ...]] = {
    "check":       ("draft",),
    "communicate": ("issued", "objected"),
    "rectify":     ("rectifying", "awaiting_support"),
    "feedback":    ("submitted", "reinspection"),
    "done":        ("closed", "verified", "withdrawn", "merged"),
}
# fmt: on
STAGES = tuple(STAGE_STATES)
# The words for them, on screen and in the register's file: (Chinese, English).
# fmt: off
STAGE_NAMES = {
    "check": ("检查", "Check"), "communicate": ("沟通", "Communicate"), "rectify": ("整改", "Rectify"),
    "feedback": ("反馈", "Feedback"), "done": ("办结", "Done"),
}
STATE_NAMES = {
    "draft": ("待签发", "To be issued"), "issued": ("待签收", "To be acknowledged"),
    "objected": ("异议处理中", "Objection pending"), "rectifying": ("整改中", "Being rectified"),
    "awaiting_support": ("待支撑", "Waiting for support"), "submitted": ("待复核", "To be reviewed"),
    "reinspection": ("待现场复查", "To be re-inspected"), "closed": ("已销号", "Closed"),
    "verified": ("已验证", "Verified"), "withdrawn": ("已撤销", "Withdrawn"), "merged": ("已合并", "Merged"),
}
# fmt: on
BRANCH_STATES = ("rectifying",)  # the branch's time: from the acknowledgement on, while it is asked to put things right
DEPARTMENT_STATES = ("draft", "issued", "objected", "awaiting_support", "submitted", "reinspection")
ACTIONS = tuple(dict.fromkeys(step.action for step in FINDING_TRANSITIONS))


@dataclass(frozen=True)
class Reminder:
    """A reminder goes out `days_before` working days before the due day."""

    days_before: int
    code: str


@dataclass(frozen=True)
class Escalation:
    """`days_over` working days after the due day `addressed` hear of it; `proposal` is what a leader may decide."""

    days_over: int
    addressed: str
    proposal: str = ""


REMINDERS = (Reminder(2, "two_days"), Reminder(1, "one_day"), Reminder(0, "today"))
OVERDUE = "overdue"  # the daily reminder once the due day is over
ESCALATIONS = (
    Escalation(0, "service_lead"),  # 服务主管: as soon as it is overdue
    Escalation(1, "deputy_manager"),  # 分管副总
    Escalation(3, "general_manager", "supervise"),  # 总经理, 督办 proposed
    Escalation(5, "general_manager", "circular"),  # named in the circular
    Escalation(10, "general_manager", "interview"),  # 约谈 proposed
)
REPEATS_FOR_INTERVIEW = 2


def stage(state: str) -> str:
    """The stage on screen of a state. Raises `invalid` for what is no state."""
    for name, states in STAGE_STATES.items():
        if state in states:
            return name
    raise RoundsError("invalid", field="state")


def step_for(state: str, action: str) -> Step:
    """The row of the table. Raises `invalid` for an action that does not exist, `wrong_state` where it cannot be."""
    for step in FINDING_TRANSITIONS:
        if (step.action, step.source) == (action, state):
            return step
    raise RoundsError("wrong_state", state=state) if action in ACTIONS else RoundsError("invalid", field="action")


def role_of(action: str) -> Role | None:
    """Who does this; None for the system. Raises `invalid` for an action that does not exist."""
    for step in FINDING_TRANSITIONS:
        if step.action == action:
            return step.role
    raise RoundsError("invalid", field="action")


def actions_for(state: str, roles: Collection[Role]) -> tuple[str, ...]:
    """What somebody who holds these roles for the finding in question may do in this state, in the table's order."""
    return tuple(step.action for step in FINDING_TRANSITIONS if step.source == state and step.role in roles)


def clock_of(state: str) -> str:
    """Whose time runs: "branch", "department", or "" when nobody is waited for."""
    if state in BRANCH_STATES:
        return "branch"
    return "department" if state in DEPARTMENT_STATES else ""


def needed(step: Step, severity: str, repeat: bool) -> tuple[str, ...]:
    """The fields that a step wants of a finding of this severity; a thorough answer unless it is minor and new."""
    thorough = step.action == "submit" and (repeat or severity in ("critical", "major"))
    return step.needs + (THOROUGH if thorough else ())


def check_supplied(step: Step, severity: str, repeat: bool, fields: Mapping[str, Any]) -> None:
    """Raise `required` for the first field that is missing or empty."""
    for name in needed(step, severity, repeat):
        value = fields.get(name)
        if value is None or (isinstance(value, str) and not value.strip()) or value in ((), [], {}):
            raise RoundsError("required", field=name)


def escalation(days_over: int, repeats: int = 0) -> Escalation | None:
    """The highest step reached `days_over` working days after the due day (negative: not overdue).

    A second repeat proposes the interview whatever the days.
    """
    if repeats >= REPEATS_FOR_INTERVIEW:
        return ESCALATIONS[-1]
    reached = [entry for entry in ESCALATIONS if days_over >= entry.days_over]
    return reached[-1] if reached else None


def reminder(days_left: int, overdue: bool) -> str:
    """Which reminder today brings; "" for none. `days_left`: working days until the due day, 0 on it."""
    if overdue:
        return OVERDUE
    return next((entry.code for entry in REMINDERS if entry.days_before == days_left), "")


def raised(severity: str) -> str:
    """One step more severe, at most critical: what a repeat is."""
    return {"minor": "major", "major": "critical"}.get(severity, severity)
