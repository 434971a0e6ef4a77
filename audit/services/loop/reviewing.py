"""Review (复核): the first look, and the same action for many findings at once with a preview."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from audit.db.engine import Database
from audit.db.models import Finding
from audit.domain.permissions import Actor
from audit.errors import RoundsError
from audit.services.loop.moving import act, bump
from audit.services.loop.reach import finding_for
from audit.services.work import unit_of_work

MOST_AT_ONCE = 200
Chosen = Sequence[tuple[int, int]]


@dataclass(frozen=True)
class Outcome:
    """How one of many came out: `error` is None when it went through (or, in a preview, would)."""

    finding_id: int
    error: RoundsError | None = None


class _Undone(Exception):
    """A preview ends so that nothing of it is kept."""


def open_for_review(db: Database, actor: Actor, finding_id: int) -> Finding:
    """A submitted finding as marketing looks at it; from the first look on the branch cannot recall it."""
    with unit_of_work(db, actor) as work:
        finding = finding_for(work.session, actor, "finding.review", finding_id, lock=True).finding
        if finding.state == "submitted" and finding.review_opened_at is None:
            bump(work, finding, review_opened_at=work.now, reviewer_id=actor.account_id)
            work.record("finding.review_opened", "finding", finding_id)
        return finding


def preview(db: Database, actor: Actor, action: str, chosen: Chosen, **fields: Any) -> list[Outcome]:
    """What `many` would do with these (finding id, version): tried out and undone. Raises `finding.too_many`."""
    return _each(db, actor, action, chosen, fields, keep=False)


def many(db: Database, actor: Actor, action: str, chosen: Chosen, **fields: Any) -> list[Outcome]:
    """The same action with many (finding id, version), each in a transaction of its own: bulk accept, bulk submit.

    Raises `finding.too_many`; what a single finding refuses stands in its outcome.
    """
    return _each(db, actor, action, chosen, fields, keep=True)


def _each(db: Database, actor: Actor, action: str, chosen: Chosen, fields: dict[str, Any], keep: bool) -> list[Outcome]:
    if len(chosen) > MOST_AT_ONCE:
        raise RoundsError("finding.too_many", limit=MOST_AT_ONCE)
    outcomes = []
    for finding_id, version in chosen:
        try:
            with unit_of_work(db, actor) as work:
                act(work, actor, finding_id, action, version, **fields)
                if not keep:
                    raise _Undone
        except _Undone:
            outcomes.append(Outcome(finding_id))
        except RoundsError as error:
            outcomes.append(Outcome(finding_id, error))
        else:
            outcomes.append(Outcome(finding_id))
    return outcomes
