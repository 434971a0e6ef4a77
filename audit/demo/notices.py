"""When notices go out in the demo city, and the acts that follow from them, told before anything happens."""

import datetime as dt
import random
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby

from audit.db.engine import Database
from audit.demo.acts import Act, Means
from audit.demo.answers import Desk
from audit.demo.calendar import RUNNING, instant
from audit.demo.cast import Cast, is_persona
from audit.demo.founding import City, FoundedBranch
from audit.demo.pictures.canvas import seeded
from audit.demo.plan import PlannedAssignment, PlannedVisit
from audit.demo.script import Script
from audit.demo.stories import LATEST, Case, Step, Teller, foretell, working_day_before
from audit.domain.deadlines import add_days, day_of
from audit.services.calendar import WorkingDays

ISSUED_AFTER = 4  # working days after the end of an assignment
SCENES_ISSUED = 12  # working days: a branch with scenes got its notice of the second round at most so long ago
DEEMED_SHARE = 0.15  # of branches that do not acknowledge in time
ISSUING, SUPPLEMENT, ACKNOWLEDGING = dt.time(10, 0), dt.time(17, 45), dt.time(9, 5)


@dataclass(frozen=True)
class Seen:
    """A visit whose script is known; `accepted_at` None while marketing has not accepted it."""

    assignment: PlannedAssignment
    visit: PlannedVisit
    script: Script
    accepted_at: dt.datetime | None


class Notices:
    """Tells the loop of all rounds, the oldest first. `round_ids`: wave number → round."""

    def __init__(
        self, city: City, parts: Cast, calendar: WorkingDays, seed: int, today: dt.date, round_ids: Mapping[int, int]
    ) -> None:
        self.city, self.parts, self.calendar = city, parts, calendar
        self.seed, self.today, self.round_ids = seed, today, round_ids
        self.closed: dict[tuple[str, str], dt.datetime] = {}
        self.acts: list[Act] = []

    def tell(self, seen: Sequence[Seen]) -> list[Act]:
        """The acts of the loop up to the day the city is built for, from the visits in the order of rounds."""
        for _, visits in groupby(seen, key=lambda one: one.assignment.id):
            self._assignment(list(visits))
        latest = instant(self.today, dt.time(LATEST))
        return [act for act in self.acts if act.at < latest]

    def _assignment(self, visits: Sequence[Seen]) -> None:
        planned = visits[0].assignment
        rng = seeded("loop", self.seed, planned.wave.number, planned.inspected.branch.code)
        teller = Teller(rng, self.calendar, rng.randrange(25))
        steps: list[Step] = []
        waiting: list[Case] = []
        for one in visits:
            cases = self._cases(one)
            critical = [case for case in cases if case.severity == "critical" and not case.on_spot]
            waiting += [case for case in cases if case not in critical]
            if critical and one.accepted_at and one.visit.id != self.parts.urgent:
                steps += self._supplement(teller, one, critical)
        if planned.wave.number != RUNNING:  # there, what is not critical waits for the end
            steps += self._round(teller, planned, waiting)
        self._sit(steps)

    def _round(self, teller: Teller, planned: PlannedAssignment, cases: Sequence[Case]) -> Iterator[Step]:
        """What a branch's own notice brings. What was corrected on the spot, marketing accepts without it."""
        on_spot = [case for case in cases if case.on_spot]
        if planned.id == self.parts.unissued:
            return self._answers(teller, planned, on_spot, self._next(planned.ends_on, ISSUED_AFTER))
        issued_at = self._issue(planned, teller.rng)
        if planned.id == self.parts.silent:
            return self._answers(teller, planned, on_spot, day_of(issued_at))
        if is_persona(planned.inspected) or teller.rng.random() >= DEEMED_SHARE:
            self._acknowledge(planned.inspected, self._next(issued_at, 1))
        return self._answers(teller, planned, cases, day_of(issued_at))

    def _cases(self, one: Seen) -> list[Case]:
        assert self.city.checklist is not None
        before = {key for key, at in self.closed.items() if at < one.visit.starts_at}
        return foretell(one.assignment, one.visit, one.script, self.city.checklist, before)

    def _supplement(self, teller: Teller, one: Seen, critical: Sequence[Case]) -> Iterator[Step]:
        """What is critical goes out on the day it is accepted."""
        assert one.accepted_at is not None
        day, branch = day_of(one.accepted_at), one.assignment.inspected
        self._act_issue(instant(day, SUPPLEMENT), one.assignment, only_critical=True)
        if one.visit.id == self.parts.supplement or one.assignment.id == self.parts.silent:
            return
        self._acknowledge(branch, self._next(one.accepted_at, 1))
        for case in critical:
            if one.visit.id == self.parts.contested:
                yield teller.step(case, "object", self._next(one.accepted_at, 1))
            else:
                yield from self._kept(teller.story(case, day))

    def _issue(self, planned: PlannedAssignment, rng: random.Random) -> dt.datetime:
        """The round's own notice of a branch."""
        day = self._next(planned.ends_on, ISSUED_AFTER)
        if planned.id in self.parts.busy:
            day = max(day, working_day_before(self.today, SCENES_ISSUED, self.calendar))
        at = instant(day, ISSUING) + dt.timedelta(minutes=rng.randrange(30))
        self._act_issue(at, planned, only_critical=False)
        return at

    def _answers(
        self, teller: Teller, planned: PlannedAssignment, cases: Sequence[Case], issued_on: dt.date
    ) -> Iterator[Step]:
        staged: dict[tuple[str, str], list[Step]] = {}
        if planned.id in self.parts.busy:
            staged = dict(teller.scenes(cases, self.today, is_persona(planned.inspected)))
        for case in cases:
            yield from staged[case.key] if case.key in staged else self._kept(teller.story(case, issued_on))

    def _kept(self, story: Iterator[Step]) -> Iterator[Step]:
        """A story, of which is noted when its finding is closed."""
        for step in story:
            if step.action == "accept":
                self.closed[step.case.key] = step.at
            yield step

    def _sit(self, steps: Sequence[Step]) -> None:
        """What is done at one time about one branch is one act."""
        together: dict[dt.datetime, list[Step]] = defaultdict(list)
        for step in steps:
            together[step.at].append(step)
        for at, sitting in together.items():
            self._act(at, partial(Desk.sit, steps=tuple(sitting)), sitting)

    def _act_issue(self, at: dt.datetime, planned: PlannedAssignment, *, only_critical: bool) -> None:
        round_id, branch = self.round_ids[planned.wave.number], planned.inspected
        self._act(at, lambda desk: desk.issue(at, round_id, branch, only_critical))

    def _acknowledge(self, branch: FoundedBranch, day: dt.date) -> None:
        at = instant(day, ACKNOWLEDGING)
        self._act(at, lambda desk: desk.acknowledge(at, branch))

    def _act(self, at: dt.datetime, do: Callable[[Desk], None], steps: Sequence[Step] = ()) -> None:
        def play(db: Database, means: Means) -> None:
            do(Desk(db, means, self.city, self.calendar))

        self.acts.append(Act(at, play, tuple(step.order for step in steps if step.order)))

    def _next(self, since: dt.date | dt.datetime, count: int) -> dt.date:
        return add_days(day_of(since) if isinstance(since, dt.datetime) else since, count, self.calendar)
