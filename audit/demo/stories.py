"""What becomes of what a visit finds: days, deeds and proofs, told before anything happens.

A visit's script foretells its findings, and so the photos of their answers are known in advance too. One story is told
for all rounds; what would happen after the day the city is built for has not happened, which is why the second round is
half answered. A few branches get scenes besides, so that every state can be seen and everybody has something to do.
"""

import datetime as dt
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from audit.demo.calendar import instant
from audit.demo.pictures import SCENES
from audit.demo.plan import PlannedAssignment, PlannedVisit
from audit.demo.script import Script, identifier
from audit.demo.shots import Order, Shot
from audit.domain.checklist import Checklist, Item
from audit.domain.deadlines import WORKING_DAYS, add_days
from audit.domain.findings import KIND_OF_RATING
from audit.domain.loop import raised
from audit.services.calendar import WorkingDays

LATEST = 8  # hours of the day the city is built for: nothing of the loop has happened later
PHOTO = "photo"  # the kind of evidence that has to be drawn; the others are sheets of paper
Days = tuple[int, int]  # fewest and most working days after the step before

# fmt: off
PROMPT = {"minor": (4, 11), "major": (2, 5), "critical": (2, 2)}  # working days until the first answer
LATE: Days = (1, 4)  # working days after the due day
NEXT, SOON = (1, 1), (1, 2)
ALL, MOST = ("minor", "major", "critical"), ("minor", "major")
#   share, and for which severities; steps: what is done, and after how many working days (or "prompt", or "late")
MANNERS: tuple[tuple[int, tuple[str, ...], tuple[tuple[str, Days | str], ...]], ...] = (
    (800, ALL,        (("submit", "prompt"), ("accept", SOON))),
    (85,  ALL,        (("submit", "prompt"), ("return", SOON), ("submit", (1, 3)), ("accept", NEXT))),
    (35,  MOST,       (("submit", "late"), ("accept", NEXT))),
    (20,  MOST,       (("object", NEXT), ("uphold", SOON), ("submit", "prompt"), ("accept", SOON))),
    (15,  MOST,       (("object", NEXT), ("overrule", SOON))),
    (25,  MOST,       (("request_support", (2, 2)), ("answer", SOON), ("submit", (2, 4)), ("accept", SOON))),
    (20,  ("minor",), (("ask_extension", (9, 12)), ("grant", NEXT), ("submit", (4, 6)), ("accept", SOON))),
)
# Scenes of the second round, one for each of a branch's first minor findings: what is done, how many working days ago.
STANDING: tuple[tuple[tuple[str, int], ...], ...] = (
    (("delegate", 1),),
    (("submit", 1),),
    (("submit", 3), ("return", 1)),
    (("request_support", 2),),
    (("ask_extension", 1),),
    (("submit", 1),),
)
LOOK = (("submit", 3), ("request_reinspection", 1))  # a scene for the branch of the persona only
TIMES = {
    "accept": dt.time(9, 40), "return": dt.time(9, 40), "grant": dt.time(10, 30), "object": dt.time(11, 0),
    "request_support": dt.time(11, 20), "ask_extension": dt.time(11, 40), "delegate": dt.time(14, 0),
    "uphold": dt.time(14, 30), "overrule": dt.time(14, 50), "answer": dt.time(15, 20), "submit": dt.time(16, 0),
    "request_reinspection": dt.time(17, 0),
}
# fmt: on


@dataclass(frozen=True)
class Case:
    """A finding that a visit will have. `severity`: as it will be issued, one worse for a repeat."""

    assignment: PlannedAssignment
    visit: PlannedVisit
    item: Item
    severity: str
    on_spot: bool

    @property
    def key(self) -> tuple[str, str]:
        """The outlet's code and the item's: what a repeat repeats."""
        return self.visit.hall.code, self.item.code


@dataclass(frozen=True)
class Step:
    """One deed about a finding; `proof`: the UUID of the evidence that goes with it, and `order` its photo."""

    at: dt.datetime
    action: str
    case: Case
    proof: str = ""
    order: Order | None = None


def foretell(
    assignment: PlannedAssignment, visit: PlannedVisit, script: Script, checklist: Checklist, closed: Iterable[object]
) -> list[Case]:
    """The findings that this script will have, in its order. `closed`: keys of what was closed there before."""
    cases = []
    for entry in script.entries:
        kind = KIND_OF_RATING.get(str(entry.body.get("rating") or ""))
        item = checklist.item(entry.subject.removeprefix("item:")) if kind else None
        if kind and item:
            case = Case(assignment, visit, item, item.severity, bool(entry.body["corrected_on_spot"]))
            again = kind == "nonconformity" and case.key in closed
            cases.append(Case(assignment, visit, item, raised(item.severity), case.on_spot) if again else case)
    return cases


class Teller:
    """Tells the stories of the findings of one branch in one round. `shift`: minutes by which this branch differs."""

    def __init__(self, rng: random.Random, calendar: WorkingDays, shift: int) -> None:
        self.rng, self.calendar, self.shift = rng, calendar, shift

    def story(self, case: Case, issued_on: dt.date) -> Iterator[Step]:
        """A finding from its notice to its end, in one of the usual manners."""
        if case.on_spot:
            yield self.step(case, "accept", self.after(issued_on, 1))
            return
        fitting = [(share, steps) for share, severities, steps in MANNERS if case.severity in severities]
        (steps,) = self.rng.choices([steps for _, steps in fitting], [share for share, _ in fitting])
        day, due = issued_on, self.after(issued_on, WORKING_DAYS[case.severity])
        for action, days in steps:
            if days == "prompt":
                day = self.after(day, self.rng.randint(*PROMPT[case.severity]))
            elif days == "late":
                day = self.after(due, self.rng.randint(*LATE))
            else:
                day = self.after(day, self.rng.randint(int(days[0]), int(days[1])))
            yield self.step(case, action, day)

    def scenes(self, cases: Sequence[Case], today: dt.date, mine: bool) -> Iterator[tuple[tuple[str, str], list[Step]]]:
        """Case's key and scene, for the first minor findings of a branch; `mine`: the branch of the persona."""
        chosen = [case for case in cases if case.severity == "minor" and not case.on_spot]
        for case, scene in zip(chosen, (*STANDING, LOOK) if mine else STANDING, strict=False):
            yield case.key, [self.step(case, action, self.before(today, days)) for action, days in scene]
        left_alone = [case for case in cases if case.severity == "major" and not case.on_spot]
        if mine and left_alone:
            yield left_alone[0].key, []

    def step(self, case: Case, action: str, day: dt.date) -> Step:
        """One deed on a day, at the hour of its kind; with a proof where one is asked for."""
        at = instant(day, TIMES[action]) + dt.timedelta(minutes=self.shift)
        if action not in ("submit", "object"):
            return Step(at, action, case)
        name = identifier(self.rng)
        if action == "object" or case.item.evidence != PHOTO:
            return Step(at, action, case, name)
        scene = case.item.code if case.item.code in SCENES else "inside"
        shot = Shot(name, f"item:{case.item.code}", "after", -self.rng.randint(20, 300), scene, "fixed",
                    case.visit.hall.code)  # fmt: skip
        return Step(at, action, case, name, Order(shot, at + dt.timedelta(minutes=shot.minute)))

    def after(self, day: dt.date, count: int) -> dt.date:
        """So many working days later."""
        return add_days(day, count, self.calendar)

    def before(self, day: dt.date, count: int) -> dt.date:
        """So many working days earlier."""
        return working_day_before(day, count, self.calendar)


def working_day_before(day: dt.date, count: int, calendar: WorkingDays) -> dt.date:
    """The `count`-th working day before `day`."""
    while count > 0:
        day -= dt.timedelta(days=1)
        count -= calendar.is_working(day)
    return day
