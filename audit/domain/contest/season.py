"""A season's states and what moves it on; and how its people stand in it."""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from audit.domain.contest.rules import Rules


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


def pause(state: str, rules: Rules, day: dt.date) -> str:
    """Why the public board of a season that has started is a published one on a day; empty: it is live.

    "closed"; "frozen" (by hand, by a stage, and after the last stage until the final result); "votes": people vote, and
    a live total is a live count of votes.
    """
    if state in (SeasonState.FROZEN, SeasonState.CLOSED):
        return str(state)
    stage = rules.stage_on(day)
    if day > rules.stages[-1].last or (stage is not None and stage.frozen):
        return "frozen"
    return "votes" if stage is not None and "votes" in stage.opens else ""


def step_for(state: str, action: str) -> SeasonStep | None:
    """The row for an action in a state, or None: not possible there."""
    return next((step for step in SEASON_STEPS if step.source == state and step.action == action), None)
