"""Slips as files: a PDF whose QR codes lead to the voting page, and a table; for the season's organiser alone."""

import csv
import io
from collections.abc import Callable, Iterator

import pytest
import time_machine
from pypdf import PdfReader
from starlette.testclient import TestClient

from audit.db.models import Grant
from audit.domain.permissions import Role, Scope
from audit.services.contest import slips
from tests.contesting import IN_SEASON, Contest, found_contest
from tests.factories import City

Browsers = Callable[..., TestClient]


@pytest.fixture
def contest(city: City) -> Iterator[Contest]:
    """A running season."""
    with time_machine.travel(IN_SEASON, tick=False):
        yield found_contest(city, people=2)


def test_the_organiser_gets_a_sheet_to_cut_and_a_table_and_nobody_else(contest: Contest, sign_in_as: Browsers) -> None:
    hall = next(iter(contest.city.outlets.values()))
    [number] = slips.make(contest.db, contest.ou, contest.season_id, 14, hall)
    path = f"/documents/slips/{contest.season_id}/{number}"
    organiser = sign_in_as(contest.ou)
    answer = organiser.get(f"{path}.pdf")
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "private, no-store")
    pages = [page.extract_text() for page in PdfReader(io.BytesIO(answer.content)).pages]
    assert [page.count(f"{number:04}-") for page in pages] == [12, 2]
    assert "为服务您的人投票" in pages[0] or "Vote for the people who served you" in pages[0]
    rows = list(csv.DictReader(io.StringIO(organiser.get(f"{path}.csv").content.decode("utf-8-sig"))))
    assert len({row["address"] for row in rows}) == 14
    assert all("/contest/vote?t=" in row["address"] for row in rows)
    assert sign_in_as(contest.ju).get(f"{path}.pdf").status_code == 403
    assert sign_in_as(None).get(f"{path}.csv").status_code == 401
    assert organiser.get(f"/documents/slips/{contest.season_id}/{number + 1}.csv").status_code == 404


def test_a_role_in_another_season_finds_nothing(contest: Contest, sign_in_as: Browsers) -> None:
    hall = next(iter(contest.city.outlets.values()))
    [number] = slips.make(contest.db, contest.ou, contest.season_id, 1, hall)
    with contest.db.write() as session:
        where = {"scope_kind": Scope.SEASON, "scope_id": contest.season_id + 1}
        session.add(Grant(account_id=contest.city.wang.account_id, role=Role.ORGANISER, **where))
    assert sign_in_as(contest.city.wang).get(f"/documents/slips/{contest.season_id}/{number}.csv").status_code == 404
