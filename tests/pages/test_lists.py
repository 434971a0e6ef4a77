"""Lists on the pages: search, paging, and the way on."""

import datetime as dt

import pytest
from sqlmodel import col, update
from streamlit import dataframe_util
from streamlit.testing.v1 import AppTest

from audit.db.models import Organisation
from audit.db.models import Visit as VisitRow
from audit.errors import RoundsError
from audit.i18n import translator
from audit.services import campaigns, clock, organisations
from audit.services.visits import get_visit
from audit.ui.devices import device
from audit.ui.page import Here
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


def test_a_visit_of_another_day_is_to_come_as_on_the_tablet(visit_page: Visit, page_city: City) -> None:
    planned(page_city)
    with page_city.db.write() as session:
        session.exec(update(VisitRow).values(planned_on=clock.today() + dt.timedelta(days=2)))
        session.exec(update(VisitRow).where(col(VisitRow.id) == 1).values(state="open"))  # begun before its day
    at = visit_page("lin", "my_visits.py")
    assert links(at)["继续 ›"] == "/tablet/#/visit/1"
    assert "开始走访 ›" not in links(at)
    assert "即将到来" in texts(at)
    assert "点开可查看检查内容并提前备好平板" in texts(at)
    assert "开始走访 ›" not in links(visit_page("lin"))


@pytest.mark.parametrize("locale", ["zh_CN", "en"])
def test_a_coming_visit_opens_with_hall_team_and_checklist_and_begins_nothing(
    visit_page: Visit, page_city: City, locale: str
) -> None:
    planned(page_city)
    with page_city.db.write() as session:
        session.exec(update(VisitRow).values(planned_on=dt.date(2026, 12, 1)))
    at = visit_page("zhao", "my_visits.py", locale, id=1)
    assert not at.exception
    wanted = {
        "zh_CN": (
            "观音桥营业厅",
            "2026年12月1日 · 暗访",
            "巡检组：林晓（组长）、赵明",
            "营业厅现场检查表 2026.1",
            "A01",
        ),
        "en": ("1 Dec 2026 · unannounced", "Team: 林晓 (leads), 赵明", "Service hall inspection 2026.1", "A01"),
    }
    for text in wanted[locale]:
        assert text in texts(at), text
    assert "/tablet/#/visit/1" in links(at).values()
    with page_city.db.read() as session:
        assert session.get_one(VisitRow, 1).state == "planned"
    foreign = visit_page("chen", "my_visits.py", locale, id=1)
    assert foreign.error
    assert "/tablet/#/visit/1" not in links(foreign).values()
    with pytest.raises(RoundsError, match="forbidden"):  # marketing reads visits, but makes none
        get_visit(page_city.db, page_city.wang, 1, "visit.conduct")


def test_lists_and_drawings_never_ask_whether_they_are_data_frames(
    visit_page: Visit, page_city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The question loads pandas: 0.4 s for whoever opens the first list, and 40 MB for good."""
    planned(page_city)
    monkeypatch.setattr(dataframe_util, "determine_data_format", lambda _obj: pytest.fail("pandas is asked"))
    for name, page, query in (("lin", "my_visits.py", {}), ("wang", "rounds.py", {"id": 1}), ("luo", "outlets.py", {}),
                              ("luo", "organisations.py", {"view": "map"})):  # fmt: skip
        assert not visit_page(name, page, **query).exception, page


def test_the_way_back_leads_to_the_list_as_it_was_left(visit_page: Visit, page_city: City) -> None:
    number = page_city.outlets["JB01"]
    at = visit_page("adam", "outlets.py", q="厅", kind="own_hall", closed="true", id=number)
    assert at.title[0].value == "观音桥营业厅"
    at.button[0].click().run()
    assert not at.exception
    assert {name: at.query_params[name] for name in at.query_params} == {
        "q": "厅", "kind": "own_hall", "closed": "true"
    }  # fmt: skip
    assert (at.text_input(key="q").value, at.toggle(key="closed").value) == ("厅", True)
    assert at.title[0].value == "触点"


def test_the_search_in_an_opened_round_is_not_the_search_of_the_list(visit_page: Visit, page_city: City) -> None:
    number = planned(page_city)
    at = visit_page("wang", "rounds.py", q="十一月", id=number, in_q="江北")
    assert at.text_input(key="in_q").value == "江北"
    at.button[0].click().run()
    assert dict(at.query_params) == {"q": "十一月"}
    assert at.text_input(key="q").value == "十一月"


def test_a_visit_that_another_page_led_to_leads_back_there(visit_page: Visit, page_city: City) -> None:
    planned(page_city)
    with page_city.db.write() as session:
        session.get_one(VisitRow, 1).state = "submitted"
    at = visit_page("lin", "visits.py", id=1, **{"from": "my_visits?q=观音桥&page=1"})
    assert at.button[0].label == "← 我的走访"
    at.button[0].click().run()
    assert at.title[0].value == "我的走访"
    assert {name: at.query_params[name] for name in at.query_params} == {"q": "观音桥", "page": "1"}
    told = texts(visit_page("wang", "visits.py", id=1, **{"from": "https://evil.example?x=1"}))
    assert "← 走访" in told


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


def test_what_is_missing_leads_back_to_its_list(visit_page: Visit, page_city: City) -> None:
    at = visit_page("adam", "outlets.py", q="厅", id=9999)
    assert [error.value for error in at.error] == ["没有找到，或您无权查看。"]
    at.button[0].click().run()
    assert at.title[0].value == "触点"
    assert at.text_input(key="q").value == "厅"


def test_the_branch_starts_from_its_accepted_visits(visit_page: Visit, page_city: City) -> None:
    planned(page_city)
    with page_city.db.write() as session:
        session.get_one(VisitRow, 1).state = "accepted"
    for name in ("mei", "hu"):
        assert "1 次走访结果可查看" in [one.value for one in visit_page(name).subheader], name


@pytest.mark.parametrize(
    ("agent", "told"),
    [
        ("Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/130.0 Safari/537.36", "Android 上的 Chrome"),
        ("Mozilla/5.0 (iPad; CPU OS 17_0 like Mac OS X) Version/17.0 Safari/604.1", "iPad 上的 Safari"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/130.0 Edg/130.0", "Windows 上的 Edge"),
        ("curl/8.5", "curl/8.5"),
        ("", "未知设备"),
    ],
)
def test_a_device_is_told_as_a_person_would(page_city: City, agent: str, told: str) -> None:
    assert device(Here(page_city.db, page_city.lin, "zh_CN", translator("zh_CN")), agent) == told


def test_without_an_organisation_a_new_outlet_says_what_comes_first(visit_page: Visit, page_city: City) -> None:
    with page_city.db.write() as session:
        session.exec(update(Organisation).values(closed_on=clock.today()))
    at = visit_page("adam", "outlets.py")
    next(one for one in at.button if one.label == "新建触点").click().run()
    assert not at.exception
    assert "请先新建单位" in texts(at)
    assert "创建" not in {one.label for one in at.button}
