"""Who plays which part in the loop as it stands today, so that every page has something to show."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from audit.demo.calendar import RUNNING
from audit.demo.founding import FoundedBranch
from audit.demo.plan import PlannedAssignment, PlannedVisit

BUSY = 5  # branches with scenes, beside the persona's
FINISHED = ("accepted", "submitted", "returned")


@dataclass(frozen=True)
class Cast:
    """Assignments of the second round, and visits with a critical finding, by id; 0 where the city is too small.

    `silent` answers nothing, `unissued` is left to the approver, `busy` have scenes. `late`: critical, and the silent
    branch's; `supplement`: issued to the persona's branch yesterday; `contested`: an objection waits; `urgent`:
    accepted yesterday and not issued yet.
    """

    silent: int
    unissued: int
    busy: frozenset[int]
    late: int
    supplement: int
    contested: int
    urgent: int

    @property
    def critical(self) -> frozenset[int]:
        """The visits that must have a critical finding."""
        return frozenset((self.late, self.supplement, self.contested, self.urgent)) - {0}


def is_persona(branch: FoundedBranch) -> bool:
    """Whether the persona "branch" answers for this branch."""
    return branch.head.sign_in_name == "branch"


def cast(planned: Sequence[PlannedAssignment]) -> Cast:
    """The parts for these rounds."""
    second = [one for one in planned if one.wave.number == RUNNING - 1]
    others = [one for one in second if not is_persona(one.inspected)]
    mine = [one for one in second if is_persona(one.inspected)]
    silent, unissued = others[-1], others[-2]
    running = [one for one in planned if one.wave.number == RUNNING]
    ready = _finished(one for one in running if not is_persona(one.inspected))
    shown = _finished(one for one in running if is_persona(one.inspected))
    accepted = [visit for visit in ready[:-1] if visit.fate == "accepted"]
    return Cast(
        silent=silent.id,
        unissued=unissued.id,
        busy=frozenset(one.id for one in (*mine, *others[:-2][-BUSY:])),
        late=silent.visits[-1].id,
        supplement=shown[0].id if shown else 0,
        contested=accepted[0].id if accepted else 0,
        urgent=ready[-1].id if ready else 0,
    )


def _finished(assignments: Iterable[PlannedAssignment]) -> list[PlannedVisit]:
    found = [visit for one in assignments for visit in one.visits if visit.fate in FINISHED]
    return sorted(found, key=lambda visit: visit.starts_at)
