"""What becomes of a case (案例) or a golden idea (金点子): the table of reviews, and what each gives in points."""

from dataclasses import dataclass
from enum import StrEnum

from audit.domain.contest.rules import BonusRules
from audit.domain.contest.season import ContributionState


class Kind(StrEnum):
    """What a contestant hands in."""

    CASE = "case"
    IDEA = "idea"


@dataclass(frozen=True)
class Review:
    """One row of the table; `kinds`: what it is possible for; `reason`: whether one must be given."""

    source: ContributionState
    action: str
    target: ContributionState
    kinds: tuple[Kind, ...] = (Kind.CASE, Kind.IDEA)
    reason: bool = False


_S, _IDEA = ContributionState, (Kind.IDEA,)
# fmt: off
REVIEWS = (
    #      from          action     to
    Review(_S.SUBMITTED, "publish", _S.PUBLISHED),
    Review(_S.SUBMITTED, "return",  _S.RETURNED,  reason=True),
    Review(_S.SUBMITTED, "refuse",  _S.REFUSED,   reason=True),
    Review(_S.PUBLISHED, "adopt",   _S.ADOPTED,   kinds=_IDEA),
    Review(_S.PUBLISHED, "retract", _S.SUBMITTED, reason=True),
    Review(_S.ADOPTED,   "retract", _S.SUBMITTED, reason=True),
)
# fmt: on
WRITABLE = (_S.SUBMITTED, _S.RETURNED)  # the contestant may still change it
PUBLIC = (_S.PUBLISHED, _S.ADOPTED)


def review_for(state: str, action: str, kind: str) -> Review | None:
    """The row for an action on something of this kind in a state, or None: not possible there."""
    return next((row for row in reviews_for(state, kind) if row.action == action), None)


def reviews_for(state: str, kind: str) -> list[Review]:
    """All that can be done with something of this kind in a state."""
    return [row for row in REVIEWS if row.source == state and kind in row.kinds]


def points_of(kind: str, state: str, grade: int, rules: BonusRules) -> int:
    """The hundredths that it gives in a state; `grade`: 1, 2, … the class of an adopted idea."""
    if kind == Kind.CASE:
        return rules.case if state == ContributionState.PUBLISHED else 0
    return rules.ideas[grade - 1] if state == ContributionState.ADOPTED else 0
