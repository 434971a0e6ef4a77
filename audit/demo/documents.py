"""The documents that the demo city begins with: those that the branch of the persona got in the last weeks.

A page makes the others, 2 s each, as a job that may be watched: the city shall not be waited for that long.
"""

import datetime as dt

from sqlmodel import col, select

from audit.config import Settings
from audit.db.models import Account, Document
from audit.demo.calendar import instant
from audit.errors import RoundsError
from audit.jobs.alongside import alongside
from audit.services import papers
from audit.services.installation import Installation
from audit.services.sign_in import actor_from

RECENT = dt.timedelta(days=45)


def make(settings: Settings, today: dt.date) -> int:
    """Make what was lately issued to the branch of the persona; returns how many. None where Chinese fonts lack."""
    house = Installation(settings)
    try:
        with house.db.read() as session:
            approver = session.exec(select(Account).where(Account.sign_in_name == "approver")).one()
            branch = session.exec(select(Account).where(Account.sign_in_name == "branch")).one()
            actor = actor_from(session, approver, "demo")
            promised = select(Document.id).where(
                Document.organisation_id == branch.organisation_id,
                Document.sha256 == "",
                col(Document.issued_at) > instant(today - RECENT, dt.time(0)),
            )
            numbers = session.exec(promised.order_by(col(Document.id))).all()
        outcomes = alongside(
            numbers, lambda number: papers.make(house, actor, number or 0), settings.report_workers, lambda _done: None
        )
        refused = next((outcome for outcome in outcomes if isinstance(outcome, RoundsError)), None)
        if refused:
            raise refused
        return sum(map(bool, outcomes))
    except RoundsError as error:
        if error.code != "report.fonts_missing":
            raise
        return 0
    finally:
        house.close()
