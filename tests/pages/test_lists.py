"""Lists on the pages: search, paging, and the way on."""

import datetime as dt

from streamlit.testing.v1 import AppTest

from audit.services import campaigns, clock, organisations
from tests.factories import City
from tests.pages.conftest import Visit, texts
from tests.pages.test_pages import planned


def links(at: AppTest) -> dict[str, str]:
    """Label → address of the links that open another part of the product."""
    return {one.proto.label: one.proto.url for one in at.get("link_button")}


def test_a_visit_opens_in_the_form_from_home_and_from_the_list(visit_page: Visit, page_city: City) -> None:
    planned(page_city)
    assert links(visit_page("lin"))["开始走访 ›"] == "/tablet/#/visit/1"
    assert links(visit_page("lin", "my_visits.py"))["开始走访 ›"] == "/tablet/#/visit/2"  # the last of two
    assert "观音桥营业厅" in texts(visit_page("lin"))
    assert not links(visit_page("chen"))


def test_my_visits_are_searched_by_outlet_and_round(visit_page: Visit, page_city: City) -> None:
    planned(page_city)
    told = texts(visit_page("lin", "my_visits.py", q="红旗"))
    assert "红旗河沟合作厅" in told
    assert "观音桥营业厅" not in told
    assert "观音桥营业厅" in texts(visit_page("lin", "my_visits.py", q="十一月"))


def test_campaigns_are_searched_and_paged(visit_page: Visit, page_city: City) -> None:
    today = clock.today()
    for number in range(1, 28):
        given = campaigns.CampaignValues(f"活动{number:02}", today, today + dt.timedelta(days=number), ())
        campaigns.create_campaign(page_city.db, page_city.wang, given)
    at = visit_page("lin", "campaigns.py")
    assert "活动27" in texts(at)
    assert "活动02" not in texts(at)
    at.button(key="page_next").click().run()
    assert "活动02" in texts(at)
    assert "活动02" in texts(visit_page("lin", "campaigns.py", q="02"))
    assert "没有找到，或您无权查看。" in [error.value for error in visit_page("lin", "campaigns.py", id=99).error]


def test_turning_the_page_keeps_the_filters_in_the_address(visit_page: Visit, page_city: City) -> None:
    for number in range(30):
        given = organisations.OrganisationValues(f"b{number:02}", "branch", f"第{number:02}分公司")
        organisations.create_organisation(page_city.db, page_city.adam, given)
    at = visit_page("luo", "organisations.py", kind="branch", q="第")
    at.button(key="page_next").click().run()
    assert not at.exception
    assert {name: at.query_params[name] for name in ("kind", "q", "page")} == {"kind": "branch", "q": "第", "page": "2"}
    told = texts(at)
    assert "第29分公司" in told
    assert "第00分公司" not in told
