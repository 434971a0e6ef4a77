"""A season's states and what moves it on; and how its people stand in it."""

from dataclasses import dataclass
from enum import StrEnum


class SeasonState(StrEnum):
    """`draft`: rules and roster are made; `running`; `frozen`: the public scoreboard stands still; `closed`: final."""

    DRAFT = "draft"
    RUNNING = "running"
    FROZEN = "frozen"
    CLOSED = "closed"


@dataclass(frozen=True)
class SeasonStep:
    """One row of the table; `reason`: whether one must be given."""

    source: SeasonState
    action: str
    target: SeasonState
    reason: bool = False


_S = SeasonState
# fmt: off
SEASON_STEPS = (
    #          from        action     to
    SeasonStep(_S.DRAFT,   "start",   _S.RUNNING),
    SeasonStep(_S.RUNNING, "freeze",  _S.FROZEN),
    SeasonStep(_S.FROZEN,  "thaw",    _S.RUNNING, reason=True),
    SeasonStep(_S.FROZEN,  "close",   _S.CLOSED),
    SeasonStep(_S.CLOSED,  "reopen",  _S.FROZEN,  reason=True),
)
# fmt: on
COUNTING = (SeasonState.RUNNING, SeasonState.FROZEN)  # points are still entered and votes cast


class Source(StrEnum):
    """Who marked a skill score: the skill centre, or the contestant's own organisation."""

    CENTRAL = "central"
    BRANCH = "branch"


class VoterKind(StrEnum):
    """How a voter was verified: a served transaction, a phone number by one-time code, an employee's sign-in."""

    TRANSACTION = "transaction"
    PHONE = "phone"
    EMPLOYEE = "employee"


class ContributionState(StrEnum):
    """A case or an idea: handed in, sent back, refused, published; an idea may then be adopted."""

    SUBMITTED = "submitted"
    RETURNED = "returned"
    REFUSED = "refused"
    PUBLISHED = "published"
    ADOPTED = "adopted"


class Decision(StrEnum):
    """What a person decided on a quarantined ballot."""

    COUNT = "count"
    DISCARD = "discard"


def step_for(state: str, action: str) -> SeasonStep | None:
    """The row for an action in a state, or None: not possible there."""
    return next((step for step in SEASON_STEPS if step.source == state and step.action == action), None)
