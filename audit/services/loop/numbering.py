"""Numbers: of documents from a series, of findings one after another in what a branch was asked in a round."""

from collections.abc import Iterator
from itertools import count

from sqlmodel import col, func, select

from audit.db.models import Finding, NumberSeries, Organisation, Round
from audit.db.upsert import insert_missing
from audit.domain.deadlines import day_of
from audit.services.work import Work


def hold_series(work: Work, kind: str) -> NumberSeries:
    """The series of this year, locked: whoever numbers anything takes turns."""
    name = f"{kind}:{day_of(work.now).year}"
    insert_missing(work.session, NumberSeries, [{"name": name, "last": 0}])
    return work.session.exec(select(NumberSeries).where(NumberSeries.name == name).with_for_update()).one()


def finding_numbers(work: Work, round_id: int, organisation_id: int) -> Iterator[str]:
    """The next numbers of findings of a branch in a round. Whoever takes one holds the series of notices."""
    taken = select(func.count()).where(
        Finding.round_id == round_id, Finding.organisation_id == organisation_id, col(Finding.number).is_not(None)
    )
    first = work.session.exec(taken).one() + 1
    round_, branch = work.session.get_one(Round, round_id), work.session.get_one(Organisation, organisation_id)
    return (f"{round_.code}-{branch.code}-{place:03}" for place in count(first))
