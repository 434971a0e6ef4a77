"""Planning an assignment on the page: who stands on either side, and which checklists a hall is offered."""

import datetime as dt

import pytest
import time_machine
from streamlit.testing.v1 import AppTest

from audit.db.models import Assignment
from audit.services import checklists, organisations, outlets, rounds
from audit.services.organisations import OrganisationValues
from audit.services.rounds import RoundValues
from tests.factories import NOW, City
from tests.pages.conftest import Visit
from tests.pages.test_pages import button

BRANCHES = ["渝中分公司", "江北分公司", "涪陵分公司"]
OTHERS = ["客户服务中心", "市场部", "第三方测评机构"]
# fmt: off
INSPECTING = {
    # kind of round        first, and then the others             preset
    "cross_inspection":  ([*BRANCHES, *OTHERS],                  None),
    "reception_day":     ([*BRANCHES, *OTHERS],                  None),
    "third_party":       ([OTHERS[2], *BRANCHES, *OTHERS[:2]],   "第三方测评机构"),
    "ad_hoc":            ([OTHERS[1], *BRANCHES, OTHERS[0], OTHERS[2]], "市场部"),
}
# fmt: on


def planning(visit_page: Visit, city: City, kind: str) -> AppTest:
    """The dialog for a new assignment of a round of this kind, as Wang of marketing opens it."""
    checklists.seed(city.db, city.wang)
    organisations.create_organisation(city.db, city.adam, OrganisationValues("survey", "third_party", OTHERS[2]))
    day = NOW.date()
    number = rounds.create_round(city.db, city.wang, RoundValues("十二月", kind, day, day))
    return button(visit_page("wang", "rounds.py", id=number), "添加任务")


def select(at: AppTest, label: str) -> AppTest:
    return next(one for one in at.selectbox if one.label == label)  # type: ignore[return-value]


@pytest.mark.parametrize("kind", INSPECTING)
def test_every_organisation_may_inspect_and_branches_and_the_service_centre_are_inspected(
    visit_page: Visit, page_city: City, kind: str
) -> None:
    at = planning(visit_page, page_city, kind)
    offered, preset = INSPECTING[kind]
    side = select(at, "巡检单位 *")
    assert (side.options, side.value and side.options[side.index]) == (offered, preset)
    inspected = select(at, "受检单位 *")
    assert inspected.options == [*BRANCHES, OTHERS[0]]
    assert inspected.value is None


@pytest.mark.parametrize("kind", ["cross_inspection", "reception_day"])
def test_a_hall_is_offered_the_hall_and_the_reception_list_and_the_round_presets_one(
    visit_page: Visit, page_city: City, kind: str
) -> None:
    at = planning(visit_page, page_city, kind)
    for label, choice in (("巡检单位 *", "渝中分公司"), ("受检单位 *", "江北分公司")):
        select(at, label).select(choice)
        button(at, "添加任务")  # the test runner keeps no dialog open: it is opened anew with what was chosen in it
    sheets = [one for one in at.selectbox if one.label == "检查表"]
    assert len(sheets) == 2, "both halls of Jiangbei"
    known = {one.kind: f"{one.title_zh} {one.version}" for one in checklists.current(page_city.db, page_city.wang)}
    wanted = [known["hall"], known["reception"]]
    for sheet in sheets:
        assert sheet.options == (wanted[::-1] if kind == "reception_day" else wanted)
        assert sheet.index == 0


def test_marketing_enters_an_ad_hoc_visit_under_its_own_name(visit_page: Visit, page_city: City) -> None:
    checklists.seed(page_city.db, page_city.wang)
    at = button(visit_page("wang", "rounds.py"), "临时走访")
    assert select(at, "巡检单位 *").value == page_city.organisations["marketing"]
    select(at, "受检单位 *").select("江北分公司")
    button(at, "临时走访")
    next(one for one in at.multiselect if one.label == "巡检组 *").set_value([page_city.lin.account_id])
    button(at, "临时走访")
    halls = next(one for one in at.multiselect if one.label == "触点 *")
    assert halls.value == []  # one hall is meant, as a rule
    halls.set_value([page_city.outlets["JB01"]])
    button(at, "临时走访")
    next(one for one in at.button if one.label == "安排并发布").click()
    button(at, "临时走访")
    with page_city.db.read() as session:
        assert session.get_one(Assignment, 1).inspecting_id == page_city.organisations["marketing"]


@pytest.mark.parametrize(("today", "soon", "last"), [
    ("2026-11-27", "2026-11-27", "2026-12-10"),  # a Friday
    ("2026-11-28", "2026-11-30", "2026-12-11"),  # a Saturday
    ("2026-10-01", "2026-10-08", "2026-10-20"),  # the holiday week, and a Saturday (the 10th) that is worked for it
])  # fmt: skip
def test_presets_are_working_days(visit_page: Visit, page_city: City, today: str, soon: str, last: str) -> None:
    checklists.seed(page_city.db, page_city.wang)
    with time_machine.travel(dt.datetime.fromisoformat(f"{today}T02:00:00+00:00")):
        at = button(visit_page("wang", "rounds.py"), "新建轮次")
        assert [str(one.value) for one in at.date_input] == [soon, last]
        at = button(visit_page("wang", "rounds.py"), "临时走访")
        select(at, "受检单位 *").select("江北分公司")
        button(at, "临时走访")
        assert {str(one.value) for one in at.date_input} == {soon}


def test_halls_are_spread_over_working_days(visit_page: Visit, page_city: City) -> None:
    checklists.seed(page_city.db, page_city.wang)
    for number in range(3, 5):
        given = outlets.OutletValues(f"JB0{number}", "own_hall", f"{number} 号厅")
        outlets.create_outlet(page_city.db, page_city.adam, page_city.organisations["jiangbei"], given)
    friday, monday = dt.date(2026, 11, 27), dt.date(2026, 11, 30)
    values = RoundValues("十二月", "cross_inspection", friday, monday)
    at = visit_page("wang", "rounds.py", id=rounds.create_round(page_city.db, page_city.wang, values))
    button(at, "添加任务")
    for label, choice in (("巡检单位 *", "渝中分公司"), ("受检单位 *", "江北分公司")):
        select(at, label).select(choice)
        button(at, "添加任务")
    assert [one.value for one in at.date_input if one.label == "日期"] == [friday, friday, monday, monday]
