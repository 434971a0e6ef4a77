"""Planning and following a round on the page."""

from audit.db.models import Visit
from audit.i18n import format_date
from audit.services import overview, rounds
from tests.factories import NOW, City
from tests.pages.conftest import Visit as Open
from tests.pages.conftest import texts
from tests.pages.test_pages import button, planned


def test_progress_and_assignments_are_told_and_searched(visit_page: Open, page_city: City) -> None:
    number = planned(page_city)
    told = texts(visit_page("luo", "rounds.py", id=number))
    assert "0 / 2" in told
    for search, found in (("红旗", True), ("赵明 jiangbei", True), ("渝中", True), ("涪陵", False), ("陈喆", False)):
        told = texts(visit_page("luo", "rounds.py", id=number, in_q=search))
        assert ("江北分公司" in told) is found, search
        assert ("没有找到任务。" in told) is not found, search


def test_assignments_of_a_round_are_paged(page_city: City) -> None:
    number = planned(page_city)
    found = overview.find_assignments(page_city.db, page_city.luo, number, size=1)
    assert (found.total, found.pages, len(found.rows[0].visits), found.rows[0].team) == (1, 1, 2, ["林晓", "赵明"])
    assert overview.find_assignments(page_city.db, page_city.luo, number, "%").total == 0
    assert overview.find_assignments(page_city.db, page_city.luo, 99).total == 0


def test_the_round_says_what_is_pending_before_it_closes(visit_page: Open, page_city: City) -> None:
    number = planned(page_city)
    score = {"total": "90.00", "later": ["A01"], "provisional": ["later"]}
    with page_city.db.write() as session:
        rounds.find(session, number).state = "running"
        for visit_id in (1, 2):
            visit = session.get_one(Visit, visit_id)
            visit.state, visit.score, visit.total, visit.provisional = "accepted", score, 90.0, True
    at = button(visit_page("wang", "rounds.py", id=number), "结束轮次")
    told = texts(at)
    assert "观音桥营业厅: A01" in told
    assert at.button(key="close_yes").disabled
    assert [one.label for one in at.checkbox] == ["不再补测：以不含这些项目的得分为最终得分"]


def test_a_round_of_one_day_names_it_once(visit_page: Open, page_city: City) -> None:
    planned(page_city)
    day = format_date("zh_CN", NOW.date())
    assert f"{day} – " not in texts(visit_page("luo", "rounds.py"))
    assert f"交叉巡检 · {day} · " in texts(visit_page("luo", "rounds.py", id=1))
