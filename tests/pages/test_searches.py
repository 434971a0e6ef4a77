"""Every list around the closed loop is searched, keeps the search in its address, and says so when nothing is left."""

import datetime as dt

import pytest

from audit.i18n import translator
from audit.services import clock
from audit.services.loop import escalating, issuing
from audit.services.messages.relay import relay_all
from tests.factories import City
from tests.looping import Loop, enter_the_loop
from tests.pages.conftest import Visit, texts

LATER = dt.datetime(2026, 11, 30, 11, tzinfo=dt.UTC)


@pytest.fixture
def loop(page_city: City) -> Loop:
    """Light boxes in two halls, issued and overdue; a draft about the floor."""
    loop = enter_the_loop(page_city)
    boxes = {"clause_zh": "灯箱完好", "clause_en": "Light boxes are whole"}
    loop.draft("A01", "critical", **boxes)
    loop.draft("A01", "critical", outlet_id=page_city.outlets["JB02"], **boxes)
    loop.issue()
    relay_all(page_city.db)
    issuing.acknowledge(page_city.db, page_city.mei, loop.read(loop.made[0]).notice_id or 0)
    escalating.escalate(page_city.db, LATER)
    loop.draft("A02", "critical", clause_zh="地面清洁", observation="积水")
    loop.draft("A03", "critical", clause_zh="工牌佩戴", observation="未佩戴")
    return loop


@pytest.mark.parametrize(
    ("name", "page", "search", "shown", "hidden"),
    [
        ("luo", "escalations.py", "灯箱", "灯箱完好", ""),
        ("mei", "messages.py", "整改通知书", "整改通知书", ""),
        ("wang", "drafts.py", "积水", "地面清洁", "工牌佩戴"),
        ("mei", "together.py", "灯箱", "灯箱完好", ""),
    ],
)
def test_a_list_is_searched(
    loop: Loop, visit_page: Visit, name: str, page: str, search: str, shown: str, hidden: str
) -> None:
    at = visit_page(name, page, q=search)
    assert not at.exception
    assert shown in texts(at)
    assert not hidden or hidden not in texts(at)
    assert at.text_input(key="q").value == search
    at.text_input(key="q").set_value("没有这个词").run()
    assert not at.exception
    assert at.query_params["q"] in ("没有这个词", ["没有这个词"])
    assert translator("zh_CN")("Nothing found. Change the search or the filters.") in texts(at)
    at.text_input(key="q").set_value("").run()
    assert shown in texts(at)


def test_decisions_are_narrowed_by_proposal_and_month_and_the_address_keeps_both(loop: Loop, visit_page: Visit) -> None:
    row = escalating.find(loop.db, loop.city.luo).rows[0]
    kind, month = row.escalation.proposal, LATER.date().isoformat()[:7]
    with clock.stopped(LATER):
        escalating.decide(loop.db, loop.city.luo, row.escalation.id, True, "请一把手督办")
    other = next(one for one in escalating.GRAVITY if one != kind)
    at = visit_page("luo", "escalations.py", view="decided", proposal=kind, month=month)
    assert (at.selectbox(key="filter_proposal").value, at.selectbox(key="filter_month").value) == (kind, month)
    assert "灯箱完好" in texts(at)
    assert "请一把手督办" in texts(at)
    at.selectbox(key="filter_proposal").set_value(other).run()
    assert at.query_params["proposal"] in (other, [other])
    assert translator("zh_CN")("Nothing found. Change the search or the filters.") in texts(at)
