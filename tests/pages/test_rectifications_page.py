"""The review queue as marketing sees it: what waits, one after the other, and what happens when two are at it."""

import datetime as dt
import json
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from audit.domain.register import WAITS, Filters
from audit.services import clock
from audit.services.loop import extending
from audit.ui import review_list
from audit.ui.page import Here
from tests.factories import City
from tests.looping import Loop, enter_the_loop
from tests.pages.conftest import Visit, texts
from tests.pages.test_findings_page import press

PAGE = "rectifications.py"


@pytest.fixture
def loop(page_city: City, monkeypatch: pytest.MonkeyPatch) -> Loop:
    loop = enter_the_loop(page_city)
    monkeypatch.setattr(clock, "now", lambda: loop.at)
    return loop


def choose(at: AppTest, action: str) -> AppTest:
    return at.button(key=f"choose_{action}").click().run()


def confirm(at: AppTest) -> AppTest:
    return at.button(key="yes").click().run()


def component(at: AppTest, name: str) -> dict[str, Any]:
    found = [json.loads(one.proto.json) for one in at if getattr(one, "type", "") == "bidi_component"]
    return next(one for one in found if name in one)


def test_the_list_tells_what_waits_and_the_address_narrows_it(loop: Loop, visit_page: Visit) -> None:
    loop.submitted(severity="critical", clause_zh="门头完好")
    loop.submitted(item="A02", clause_zh="地面清洁", repeat=True)
    at = visit_page("wang", PAGE)
    kinds = [one.content for one in at.button_group(key="filter_view").proto.options]
    assert kinds == ["整改复核 2", "异议 0", "支撑申请 0", "延期申请 0"]
    assert "门头完好" in texts(at)
    narrowed = texts(visit_page("wang", PAGE, repeat="true"))
    assert ("地面清洁" in narrowed, "门头完好" in narrowed) == (True, False)
    assert "这里没有待您处理的事项" in texts(visit_page("wang", PAGE, view="support"))


@pytest.mark.parametrize("view", WAITS)
def test_one_case_reads_every_filter_of_the_address_as_the_list_does(
    loop: Loop, visit_page: Visit, monkeypatch: pytest.MonkeyPatch, view: str
) -> None:
    """Also where the address asks for what the list does not offer: the queue goes on with what the list shows."""
    loop.submitted(section_code="A")
    chosen, real = [], review_list.chosen_filters

    def both(me: Here) -> Filters:
        chosen.append((real(me), review_list.from_address(me)))
        return chosen[-1][0]

    monkeypatch.setattr(review_list, "chosen_filters", both)
    branch, number = loop.city.organisations["jiangbei"], loop.field.round_id
    known = {"severity": "minor", "branch": branch, "round": number, "section": "A", "repeat": "true", "q": " A01 ",
             "order": "newest", "timing": "overdue"}  # fmt: skip
    strange = {"severity": "huge", "branch": 999, "round": "x", "section": "Z", "repeat": "yes", "order": "random",
               "timing": "age_3", "stage": "done"}  # fmt: skip
    for given in (known, known | {"timing": "soon"}, known | {"timing": "late"}, strange):
        visit_page("wang", PAGE, view=view, **given)
    assert all(listed == of_case for listed, of_case in chosen)
    late = "late" if view == "rectification" else ""
    assert [listed.timing for listed, _case in chosen] == ["overdue", "soon", late, ""]
    assert chosen[-1][0] == Filters(waits=view)
    assert chosen[0][0] == Filters("A01", number, branch, "A", "minor", timing="overdue", mark="repeat",
                                   order="newest", waits=view)  # fmt: skip


def test_after_the_last_of_a_narrowed_queue_all_the_others_are_one_tap_away(loop: Loop, visit_page: Visit) -> None:
    first, second = loop.submitted(severity="major", repeat=True), loop.submitted(item="A02", clause_zh="地面清洁")
    at = visit_page("wang", PAGE, id=first, severity="major", repeat="true", q="A01")
    at = confirm(choose(at, "accept"))
    assert "当前筛选条件下已无待处理事项，不加筛选还有 1 项。" in texts(at)
    at = press(at, "显示全部")
    assert "地面清洁" in texts(at)
    assert set(at.query_params) <= {"view"}
    assert (at.text_input(key="q").value, at.toggle(key="repeat").value) == ("", False)
    loop.do(loop.city.wang, second, "accept")
    at.run()
    assert "这里没有待您处理的事项" in texts(at)
    assert "显示全部" not in [one.label for one in at.button]


def test_accepting_opens_the_next_one_and_after_the_last_the_list(loop: Loop, visit_page: Visit) -> None:
    first, second = loop.submitted(severity="critical"), loop.submitted(item="A02")
    at = visit_page("wang", PAGE, id=first)
    assert "第 1 项，共 2 项" in texts(at)
    at = confirm(choose(at, "accept"))
    assert not at.error
    assert loop.read(first).state == "closed"
    assert at.query_params["id"] == str(second)
    at = confirm(choose(at, "accept"))
    assert loop.read(second).state == "closed"
    assert "id" not in at.query_params
    assert "这里没有待您处理的事项" in texts(at)


def test_a_return_takes_a_phrase_own_words_and_the_proposed_day(loop: Loop, visit_page: Visit) -> None:
    number = loop.submitted(severity="major")
    at = choose(visit_page("wang", PAGE, id=number), "return")
    at = confirm(at)
    assert [error.value for error in at.error] == ["请填写意见。"]
    assert loop.read(number).state == "submitted"
    at.button_group(key=f"phrases_{number}_return").set_value(["整改后照片看不清，请重拍。"])
    at.text_area(key=f"own_{number}_return").set_value("注意门头右侧。")
    at = confirm(at)
    finding = loop.read(number)
    assert (finding.state, finding.cycle) == ("rectifying", 2)
    assert finding.due_at == dt.datetime(2026, 12, 1, 10, tzinfo=dt.UTC), "seven working days, at 18:00"
    assert "整改后照片看不清，请重拍。注意门头右侧。" in texts(visit_page("mei", "findings.py", id=number))


def test_of_two_reviewers_the_second_reads_what_the_first_decided_and_sees_the_next(
    loop: Loop, visit_page: Visit
) -> None:
    first, second = loop.submitted(severity="critical"), loop.submitted(item="A02")
    at = choose(visit_page("wang", PAGE, id=first), "accept")
    loop.do(loop.city.wang, first, "return", comment="请重拍", due_on=dt.date(2026, 11, 27))
    at = confirm(at)
    assert not at.error
    assert at.query_params["id"] == str(second)
    (told,) = [one.value for one in at.warning]
    assert "已由王镕处理" in told
    assert "整改中" in told
    assert loop.read(first).state == "rectifying"


def test_requests_of_the_branch_are_decided_in_the_same_queue(loop: Loop, visit_page: Visit) -> None:
    number = loop.rectifying()
    day = dt.date(2026, 12, 18)
    extending.ask_extension(loop.db, loop.city.mei, number, loop.read(number).version, day, "等待配件")
    at = visit_page("wang", PAGE, view="extension", id=number)
    assert "等待配件" in texts(at)
    confirm(choose(at, "grant"))
    assert loop.read(number).due_at == dt.datetime(2026, 12, 18, 10, tzinfo=dt.UTC)
    loop.do(loop.city.mei, number, "request_support", need="更换门头", interim_measure="先清洁")
    at = choose(visit_page("wang", PAGE, view="support", id=number), "answer")
    assert "更换门头" in texts(at)
    at.button_group(key=f"phrases_{number}_answer").set_value(["请先落实临时措施。"])
    at.text_input(key=f"{number}_answer_owner").set_value("渠道部")
    confirm(at)
    assert loop.read(number).state == "rectifying"


def test_before_and_after_are_given_to_the_slider_with_words_for_them(loop: Loop, visit_page: Visit) -> None:
    number = loop.rectifying(clause_zh="门头完好")
    loop.write(loop.city.mei, number)
    shot = loop.prove(loop.city.mei, number, report_sha256="b" * 64)
    loop.do(loop.city.mei, number, "submit")
    before, after = component(visit_page("wang", PAGE, id=number), "sides")["sides"]
    assert (before["shots"], before["none"]) == ([], "没有整改前的照片。")
    assert after["shots"] == [{"uuid": shot, "alt": "整改后 1: 门头完好", "folder": "evidence/", "marks": ""}]


def test_many_are_ticked_looked_at_and_accepted(loop: Loop, visit_page: Visit) -> None:
    numbers = [loop.submitted(item=f"A{place:02}") for place in range(3)]
    at = visit_page("wang", PAGE)
    at.session_state["_picked"] = set(numbers[:2])
    at.toggle(key="several").set_value(True).run()
    at = press(at, "通过 2 项 …")
    assert "其中 2 项将销号，0 项保持不变。" in texts(at)
    assert [loop.read(number).state for number in numbers] == ["submitted"] * 3, "a preview changes nothing"
    next(one for one in at.button if one.label == "通过 2 项 …").click()
    at.button(key="ask_yes").click().run()
    assert [loop.read(number).state for number in numbers] == ["closed", "closed", "submitted"]


def test_the_former_address_of_the_register_leads_to_the_findings(loop: Loop, visit_page: Visit) -> None:
    loop.rectifying(clause_zh="门头完好")
    loop.rectifying(item="A02", clause_zh="地面清洁", severity="critical")
    told = texts(visit_page("wang", "register.py", severity="critical"))
    assert ("地面清洁" in told, "门头完好" in told) == (True, False)
