"""Slips as files: a PDF whose QR codes lead to the voting page, and a table; for the season's organiser alone."""

import csv
import datetime as dt
import io
from collections.abc import Callable, Iterator

import pytest
import time_machine
from pypdf import PdfReader
from sqlmodel import col, select
from starlette.testclient import TestClient

from audit.db.models import Event, Grant
from audit.domain.permissions import Role, Scope
from audit.jobs import work
from audit.services import document_care, jobs
from audit.services.contest import slip_sheets, slips
from audit.services.installation import Installation
from tests.contesting import IN_SEASON, Contest, found_contest
from tests.factories import City

Browsers = Callable[..., TestClient]


@pytest.fixture
def contest(city: City) -> Iterator[Contest]:
    """A running season."""
    with time_machine.travel(IN_SEASON, tick=False):
        yield found_contest(city, people=2)


def batch(contest: Contest, count: int) -> int:
    hall = next(iter(contest.city.outlets.values()))
    return slips.make(contest.db, contest.ou, contest.season_id, count, hall)[0]


def laid_out(contest: Contest, house: Installation, number: int) -> int:
    """The job that laid a batch out."""
    params = {"season_id": contest.season_id, "batch_id": number}
    job_id = work.submit(house, contest.ou, slip_sheets.KIND, params)
    work.run(house, job_id)
    return job_id


def test_the_organiser_gets_a_sheet_to_cut_and_a_table_and_nobody_else(
    contest: Contest, house: Installation, sign_in_as: Browsers
) -> None:
    number = batch(contest, 14)
    job_id = laid_out(contest, house, number)
    path = f"/documents/slips/{contest.season_id}/{number}"
    organiser = sign_in_as(contest.ou)
    answer = organiser.get(f"{path}/{job_id}.pdf")
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "private, no-store")
    pages = [page.extract_text() for page in PdfReader(io.BytesIO(answer.content)).pages]
    assert [page.count(f"{number:04}-") for page in pages] == [12, 2]
    assert "为服务您的人投票" in pages[0] or "Vote for the people who served you" in pages[0]
    rows = list(csv.DictReader(io.StringIO(organiser.get(f"{path}.csv").content.decode("utf-8-sig"))))
    assert len({row["address"] for row in rows}) == 14
    assert all("/contest/vote?t=" in row["address"] for row in rows)
    assert sign_in_as(contest.ju).get(f"{path}/{job_id}.pdf").status_code == 403
    assert sign_in_as(None).get(f"{path}.csv").status_code == 401
    assert organiser.get(f"/documents/slips/{contest.season_id}/{number + 1}.csv").status_code == 404
    with contest.db.read() as session:
        told = select(Event.verb).where(Event.subject_kind == "vote_slip_batch").order_by(col(Event.seq))
        verbs = session.exec(told).all()
    assert verbs == [f"vote_slips.{verb}" for verb in ("made", "printed", "fetched", "printed")]


def test_a_sheet_is_fetched_by_whoever_asked_for_it_as_what_it_is_and_for_a_day(
    contest: Contest, house: Installation, sign_in_as: Browsers
) -> None:
    number, other = batch(contest, 1), batch(contest, 1)
    sha256 = house.documents.put_bytes(b"%PDF-1.7")
    job_id = jobs.ask(contest.db, contest.ou, slip_sheets.KIND, {"season_id": contest.season_id, "batch_id": number})
    jobs.claim(contest.db, job_id)
    jobs.finish(contest.db, job_id, {"sha256": sha256, "size": 8})
    with contest.db.write() as session:
        where = {"scope_kind": Scope.SEASON, "scope_id": contest.season_id}
        session.add(Grant(account_id=contest.city.wang.account_id, role=Role.ORGANISER, **where))
    organiser, colleague = sign_in_as(contest.ou), sign_in_as(contest.city.wang)
    path = f"/documents/slips/{contest.season_id}"
    assert organiser.get(f"{path}/{other}/{job_id}.pdf").status_code == 404, "of another batch"
    assert colleague.get(f"{path}/{number}/{job_id}.pdf").status_code == 404, "of another person"
    waiting = work.submit(house, contest.ou, slip_sheets.KIND, {"season_id": contest.season_id, "batch_id": number})
    assert organiser.get(f"{path}/{number}/{waiting}.pdf").status_code == 404, "not made yet"
    with contest.db.read() as session:
        needed = document_care.needed(session)
    assert sha256 not in needed, "no backup takes it"
    assert organiser.get(f"{path}/{number}/{job_id}.pdf").content == b"%PDF-1.7"
    with time_machine.travel(dt.datetime(2036, 1, 1, tzinfo=dt.UTC), tick=False):
        document_care.collect_documents(house)
    assert organiser.get(f"{path}/{number}/{job_id}.pdf").status_code == 404, "it is gone"


def test_a_job_for_slips_that_may_not_be_printed_fails_with_its_reason(contest: Contest, house: Installation) -> None:
    number = batch(contest, 1)
    with time_machine.travel(IN_SEASON + dt.timedelta(days=8), tick=False):
        job = jobs.look(contest.db, contest.ou, laid_out(contest, house, number))
    assert (job.state, job.error_code) == ("failed", "wrong_state")


def test_a_role_in_another_season_finds_nothing(contest: Contest, sign_in_as: Browsers) -> None:
    number = batch(contest, 1)
    with contest.db.write() as session:
        where = {"scope_kind": Scope.SEASON, "scope_id": contest.season_id + 1}
        session.add(Grant(account_id=contest.city.wang.account_id, role=Role.ORGANISER, **where))
    assert sign_in_as(contest.city.wang).get(f"/documents/slips/{contest.season_id}/{number}.csv").status_code == 404
