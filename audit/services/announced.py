"""Announced visits: whoever answers for a place sees which day is coming. Of an unannounced one nothing is told."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import false, or_
from sqlalchemy import select as select_rows
from sqlmodel import col

from audit.db.engine import Database
from audit.db.models import Assignment, Organisation, Outlet, Visit
from audit.domain.permissions import Actor, Scope, authorise_somewhere, grants_for
from audit.services import clock

MOST = 200


@dataclass(frozen=True)
class Coming:
    """A visit that is expected: where, when, and whose team comes."""

    planned_on: dt.date
    outlet: Outlet
    inspecting: Organisation


def coming(db: Database, actor: Actor) -> list[Coming]:
    """The announced visits of the actor's branch or halls from today on that are not handed in, by day."""
    authorise_somewhere(actor, "visit.expect")
    places = {Scope.BRANCH: Assignment.inspected_id, Scope.OUTLET: Visit.outlet_id}
    mine = [
        col(places[grant.scope]) == grant.scope_id
        for grant in grants_for(actor, "visit.expect")
        if grant.scope in places
    ]
    query: Any = (
        select_rows(Visit.planned_on, Outlet, Organisation)  # type: ignore[call-overload]
        .join(Assignment, col(Assignment.id) == Visit.assignment_id)
        .join(Outlet, col(Outlet.id) == Visit.outlet_id)
        .join(Organisation, col(Organisation.id) == Assignment.inspecting_id)
        .where(or_(false(), *mine), col(Assignment.announced))
        .where(col(Visit.state).in_(("planned", "open")), col(Visit.planned_on) >= clock.today())
        .order_by(col(Visit.planned_on), col(Outlet.code))
    )
    with db.read() as session:
        return [Coming(*row) for row in session.execute(query.limit(MOST)).all()]
