"""What a leader of a branch finds: announced visits and the ways to their own findings, no page that opens nothing."""

import datetime as dt

import pytest

from audit.db.models import Account, Grant
from audit.domain.permissions import Role, Scope
from audit.services import clock, rounds
from audit.services.sign_in import actor_from
from tests.factories import NOW, City
from tests.field import ROUND, add_checklist, plan
from tests.pages.conftest import Visit, texts

PAGES = ("home", "board", "findings", "escalations", "papers", "visits", "campaigns", "messages")


@pytest.fixture
def led(page_city: City, monkeypatch: pytest.MonkeyPatch) -> City:
    """Jiangbei has a leader, and a visit is announced to it."""
    monkeypatch.setattr(clock, "now", lambda: NOW)
    with page_city.db.write() as session:
        row = Account(sign_in_name="gm", name="江北领导", created_at=NOW - dt.timedelta(days=9))
        session.add(row)
        session.flush()
        session.add(Grant(account_id=row.id or 0, role=Role.LEADER, scope_kind=Scope.BRANCH,
                          scope_id=page_city.organisations["jiangbei"]))  # fmt: skip
        session.flush()
        page_city.actors["gm"] = actor_from(session, row)
    number, checklist = rounds.create_round(page_city.db, page_city.wang, ROUND), add_checklist(page_city.db)
    rounds.add_assignment(page_city.db, page_city.wang, number, plan(page_city, checklist, announced=True))
    rounds.publish_round(page_city.db, page_city.wang, number, 1)
    return page_city


def test_a_leader_of_a_branch_sees_what_is_announced_and_no_page_fails(led: City, visit_page: Visit) -> None:
    home = texts(visit_page("gm", "home.py"))
    assert "观音桥营业厅" in home
    assert "走访报告" not in home
    for page in PAGES:
        assert not visit_page("gm", f"{page}.py").exception, page
