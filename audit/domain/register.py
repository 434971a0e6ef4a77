"""The register (台账): what it can be narrowed to, its words, its lines, and the figures of the boards.

A finding was *answered* when the branch handed in its rectification. Answered in time: handed in by the due time that
stood then; late: handed in after it, or still asked for after it. Passed at the first go: closed without having been
sent back. Highlights are no findings of the loop and appear nowhere here.
"""

import datetime as dt
from dataclasses import dataclass, field

from audit.domain.deadlines import DAY_SECONDS, Calendar
from audit.domain.loop import STAGES

ASKED = ("issued", "rectifying")  # the branch is asked: only here can a finding be overdue
ANSWERED = ("submitted", "reinspection", "closed", "verified")
CLOSED = ("closed", "verified")
WAITING = ("issued", "objected", "rectifying", "awaiting_support", "submitted", "reinspection")
AGES = (3, 7, 15)  # working days since the notice; the last group is everything older
TIMINGS = ("overdue", "soon", "on_time", "late", *(f"age_{days}" for days in AGES), "age_more")
MARKS = ("repeat", "first_pass", "sent_back", "closed")
ORDERS = ("due", "newest", "severity")
GROUPS = ("organisation", "section", "round")
SOON_DAYS = 2
WAITS = {  # what waits for the marketing department → the states in which it does
    "rectification": ("submitted",), "objection": ("objected",), "support": ("awaiting_support",),
    "extension": ("rectifying", "objected", "awaiting_support"),
}  # fmt: skip
OPEN = "open"  # as a stage: all of them but "done"


@dataclass(frozen=True)
class Filters:
    """What the register is narrowed to; empty means everything. Codes that do not exist find nothing.

    `waits`: a code of `WAITS`. `since`: what was found from that day on, and whatever is still open.
    """

    search: str = ""
    round_id: int | None = None
    organisation_id: int | None = None
    section: str = ""
    severity: str = ""
    stage: str = ""
    state: str = ""
    timing: str = ""
    mark: str = ""
    order: str = "due"
    waits: str = ""
    since: dt.date | None = None


@dataclass(frozen=True)
class Line:
    """One finding as the register tells it."""

    finding_id: int
    number: str
    round_zh: str
    round_en: str
    organisation_zh: str
    organisation_en: str
    outlet_zh: str
    outlet_en: str
    item_code: str
    section: str
    clause_zh: str
    clause_en: str
    observation: str
    severity: str
    state: str
    cycle: int
    repeat: bool
    overdue: bool
    days_left: int | None  # working days until the due day while the branch is asked, negative after it
    state_since: dt.datetime | None
    issued_at: dt.datetime | None
    due_at: dt.datetime | None
    due_estimated: bool
    answered_at: dt.datetime | None
    closed_at: dt.datetime | None
    branch_seconds: int
    department_seconds: int


@dataclass(frozen=True)
class Figures:
    """Counts of one group of findings. A share is None where there is nothing to divide by; days are working days."""

    stages: dict[str, int] = field(default_factory=lambda: dict.fromkeys(STAGES, 0))
    overdue: int = 0
    on_time: int = 0
    late: int = 0
    first_pass: int = 0
    closed: int = 0
    repeats: int = 0
    ages: tuple[int, ...] = (0,) * (len(AGES) + 1)
    branch_seconds: float | None = None
    department_seconds: float | None = None

    @property
    def total(self) -> int:
        """All findings, whatever became of them."""
        return sum(self.stages.values())

    @property
    def open(self) -> int:
        """Findings that somebody still has to do something about."""
        return self.total - self.stages["done"]

    @property
    def on_time_share(self) -> float | None:
        """Answered in time, of all that were answered or should have been."""
        return share(self.on_time, self.on_time + self.late)

    @property
    def first_pass_share(self) -> float | None:
        """Closed without having been sent back, of all answers that were closed."""
        return share(self.first_pass, self.closed)

    @property
    def branch_days(self) -> float | None:
        """Median working days with the branch until closing."""
        return None if self.branch_seconds is None else self.branch_seconds / DAY_SECONDS

    @property
    def department_days(self) -> float | None:
        """Median working days with the department until closing."""
        return None if self.department_seconds is None else self.department_seconds / DAY_SECONDS


def share(part: int, whole: int) -> float | None:
    """`part` of `whole`, 0..1."""
    return part / whole if whole else None


def first_day_within(today: dt.date, days: int, calendar: Calendar) -> dt.date:
    """The earliest day since which no more than `days` working days have passed."""
    day, passed = today, 0
    while True:
        passed += calendar.is_working(day)
        if passed > days:
            return day
        day -= dt.timedelta(days=1)
