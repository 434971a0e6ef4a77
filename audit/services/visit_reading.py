"""Reading visits: the list of those a person may read, and what stands around one of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, col, select

from audit.db.engine import Database
from audit.db.models import Assignment, Campaign, Photo, Round, Visit
from audit.domain.permissions import Actor, authorise_somewhere, grants_for
from audit.domain.revisions import Resolved, attached_photos
from audit.services import values
from audit.services.access import once_accepted, readable, visit_for
from audit.services.values import PAGE_SIZE, Slice
from audit.services.visit_content import resolved_assignment, resolved_visit
from audit.services.visits import NAMED, visit_rows, visits_slice

BEGUN = ("open", "submitted", "returned", "accepted")  # states of a visit in which there is something to read


@dataclass(frozen=True)
class CampaignAnswers:
    """What was answered about a campaign: code of the question → body. Questions without an answer are left out."""

    campaign: Campaign
    answers: Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Surroundings:
    """What belongs to a visit beside its items.

    `communication`: the record of the meeting with the branch, None when there is none.
    `meeting_photos`: photos of that meeting that arrived, signatures left out; `signatures`: those that arrived.
    """

    campaigns: tuple[CampaignAnswers, ...]
    communication: Mapping[str, Any] | None
    meeting_photos: tuple[str, ...]
    signatures: frozenset[str]


def find_readable_visits(
    db: Database,
    actor: Actor,
    search: str = "",
    state: str = "",
    round_id: int | None = None,
    page: int = 1,
    size: int = PAGE_SIZE,
) -> Slice:
    """A page of `VisitRow` of the visits the actor may read and that were begun, the newest first."""
    authorise_somewhere(actor, "visit.read")
    query: Any = (
        visit_rows()
        .where(readable(actor), *_begun(state), *values.matches(search, *NAMED, Round.name_zh, Round.name_en))
        .order_by(col(Visit.planned_on).desc(), col(Visit.id).desc())
    )
    if round_id is not None:
        query = query.where(col(Round.id) == round_id)
    with db.read() as session:
        return visits_slice(session, query, page, size)


def readable_rounds(db: Database, actor: Actor) -> list[Round]:
    """The rounds of the visits the actor may read, the newest first."""
    authorise_somewhere(actor, "visit.read")
    with_visits = (
        select(Assignment.round_id)
        .join(Visit, col(Visit.assignment_id) == Assignment.id)
        .where(readable(actor), *_begun(""))
    )
    query = select(Round).where(col(Round.id).in_(with_visits)).order_by(col(Round.starts_on).desc(), col(Round.id))
    with db.read() as session:
        return list(session.exec(query).all())


def readable_states(actor: Actor) -> tuple[str, ...]:
    """The states of visits that the actor may come upon in the list; those of a place see only what is accepted."""
    return ("accepted",) if all(map(once_accepted, grants_for(actor, "visit.read"))) else BEGUN


def surroundings(db: Database, actor: Actor, visit_id: int) -> Surroundings:
    """What stands around a visit's items. Raises `forbidden` and `not_found`."""
    with db.read() as session:
        access = visit_for(session, actor, "visit.read", visit_id)
        asked = _campaigns(session, resolved_visit(session, visit_id))
        agreed = resolved_assignment(session, access.visit.assignment_id)
        standing = agreed.get("communication")
        body = standing.entry.body if standing else None
        signed = {str(one.get("photo_uuid") or "") for one in (body or {}).get("signatures") or ()}
        shown = {photo.uuid for photo in attached_photos(agreed)}
        named = select(Photo.uuid).where(col(Photo.uuid).in_(shown | signed))
        here = set(session.exec(named.where(Photo.assignment_id == access.visit.assignment_id)).all())
    return Surroundings(asked, body, tuple(sorted((shown - signed) & here)), frozenset(signed & here))


def _begun(state: str) -> list[Any]:
    return [col(Visit.state).in_(BEGUN), *([col(Visit.state) == state] if state else [])]


def _campaigns(session: Session, resolved: Mapping[str, Resolved]) -> tuple[CampaignAnswers, ...]:
    given: dict[int, dict[str, Mapping[str, Any]]] = {}
    for subject, result in resolved.items():
        kind, _, rest = subject.partition(":")
        if kind == "campaign":
            number, _, code = rest.partition(":")
            given.setdefault(int(number), {})[code] = result.entry.body
    rows: Sequence[Campaign] = session.exec(
        select(Campaign).where(col(Campaign.id).in_(given)).order_by(col(Campaign.starts_on), col(Campaign.id))
    ).all()
    return tuple(CampaignAnswers(row, given[row.id or 0]) for row in rows)
