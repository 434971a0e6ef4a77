"""The page of a finding and the branch's home: what each person reads there and may do."""

import datetime as dt
import json
from typing import Any

import pytest
from sqlmodel import select
from streamlit.testing.v1 import AppTest

from audit.db.models import Event
from audit.services import calendar, clock
from audit.services.loop import conversation, delegating, extending, rectifying, together
from audit.ui import review_decide
from audit.ui.words import word
from tests.factories import City
from tests.looping import FRIDAY, Loop, enter_the_loop
from tests.pages.conftest import Visit, texts

MONDAY = FRIDAY + dt.timedelta(days=3)


@pytest.fixture
def loop(page_city: City, monkeypatch: pytest.MonkeyPatch) -> Loop:
    """The first visit accepted; pages and services are told the instant of the loop."""
    loop = enter_the_loop(page_city)
    monkeypatch.setattr(clock, "now", lambda: loop.at)
    return loop


def press(at: AppTest, label: str) -> AppTest:
    return next(one for one in at.button if one.label == label).click().run()


def agree(at: AppTest, label: str) -> AppTest:
    """Confirm the open dialog; the runner knows of it only while the button that opens it is pressed again."""
    next(one for one in at.button if one.label == label).click()
    return at.button(key="ask_yes").click().run()


def boxes(at: AppTest) -> list[dict[str, Any]]:
    """The texts of the answer as the browser gets them."""
    parts = [json.loads(one.proto.json) for one in at if one.type == "bidi_component"]
    return [box for part in parts for box in part.get("boxes", ())]


def go(at: AppTest, label: str, page: str) -> AppTest:
    """Press what leads to another page. The runner has to be told that it stands there now."""
    return press(at, label).switch_page(page)


def labels(at: AppTest) -> set[str]:
    return {one.label for one in at.button}


def test_a_notice_is_acknowledged_from_home_with_one_tap(loop: Loop, visit_page: Visit) -> None:
    finding_id = loop.draft(severity="critical", clause_zh="门头完好")
    loop.issue()
    loop.at = MONDAY
    at = visit_page("mei")
    assert "待签收" in texts(at)
    at = press(at, "签收")
    assert not at.error
    assert loop.read(finding_id).state == "rectifying"
    told = texts(at)
    assert "门头完好" in told
    assert "剩 2 个工作日" in told


def test_time_is_told_in_working_days(loop: Loop, visit_page: Visit) -> None:
    finding_id = loop.rectifying(severity="critical")
    for day, said in ((5, "今天 18:00 到期"), (6, "逾期 1 个工作日"), (10, "逾期 3 个工作日")):
        loop.at = FRIDAY + dt.timedelta(days=day)
        assert said in texts(visit_page("mei", "findings.py", id=finding_id))


def test_the_due_date_on_the_page_passes_over_weekends_and_days_off_and_counts_days_made_up_for(
    loop: Loop, visit_page: Visit
) -> None:
    def told(day: int, locale: str = "zh_CN") -> str:
        loop.at = dt.datetime(2026, 11, day, 2, tzinfo=dt.UTC)
        return texts(visit_page("mei", "findings.py", locale, id=finding_id))

    made_up_for, off = dt.date(2026, 11, 21), dt.date(2026, 11, 24)  # a Saturday, a Tuesday
    calendar.set_day(loop.db, loop.city.wang, made_up_for, True, "调休补班")
    calendar.set_day(loop.db, loop.city.wang, off, False, "停电检修")
    finding_id = loop.rectifying(severity="critical")  # on a Friday; the third day from then is a Wednesday
    for day, left in ((20, "剩 3 个工作日"), (21, "剩 2 个工作日"), (22, "剩 2 个工作日"), (24, "剩 1 个工作日")):
        assert f"2026年11月25日 · {left}" in told(day), day
    assert "2026年11月25日 · 今天 18:00 到期" in told(25)
    assert "26 Nov 2026" not in told(20, "en")
    assert "25 Nov 2026 · 3 working days left" in told(20, "en")
    calendar.remove_day(loop.db, loop.city.wang, off)
    assert "2026年11月25日 · 剩 2 个工作日" in told(23), "what was issued moves no more; the time left is told anew"


def test_pressing_twice_acknowledges_and_submits_once(loop: Loop, visit_page: Visit) -> None:
    """Two windows of one person, drawn before either was pressed."""
    finding_id = loop.draft()
    loop.issue()
    for at in [visit_page("mei") for _ in range(2)]:
        at = press(at, "签收")
        assert not at.error
    loop.write(loop.city.mei, finding_id)
    loop.prove(loop.city.mei, finding_id)
    windows = [press(visit_page("mei", "findings.py", id=finding_id), "提交整改") for _ in range(2)]
    for at in windows:
        next(one for one in at.button if one.label == "提交整改").click()
        at = at.button(key="ask_yes").click().run()
        assert not at.error
        assert "待复核" in texts(at)
    with loop.db.read() as session:
        happened = [row.verb for row in session.exec(select(Event)).all()]
    assert [happened.count(one) for one in ("notice.acknowledged", "finding.submit")] == [1, 1]


def test_what_is_written_is_kept_at_once_and_submitted_when_nothing_is_missing(loop: Loop, visit_page: Visit) -> None:
    finding_id = loop.rectifying()
    at = visit_page("mei", "findings.py", id=finding_id)
    assert "待填写：整改措施、责任人、完成日期、佐证" in texts(at)
    assert [one["name"] for one in boxes(at)] == ["correction", "responsible"]
    written = {"correction": "已更换灯箱", "responsible": "胡堃"}  # as the boxes send it: see the browser's test
    rectifying.keep(loop.db, loop.city.mei, finding_id, written, {})
    at.run()
    assert [one["value"] for one in boxes(at)] == ["已更换灯箱", "胡堃"]
    at.date_input(key=f"answer_{finding_id}_1_completed_on").set_value(FRIDAY.date()).run()
    loop.prove(loop.city.mei, finding_id)
    at.run()
    assert "内容已齐全，可以提交。" in texts(at)
    at = agree(press(at, "提交整改"), "提交整改")
    assert not at.error
    assert loop.read(finding_id).state == "submitted"
    agree(press(visit_page("mei", "findings.py", id=finding_id), "撤回提交"), "撤回提交")
    assert loop.read(finding_id).state == "rectifying"


def test_a_refusal_is_a_sentence_and_the_dialog_stays(loop: Loop, visit_page: Visit) -> None:
    finding_id = loop.rectifying()
    at = press(visit_page("mei", "findings.py", id=finding_id), "申请市公司支撑")
    at = agree(at, "申请市公司支撑")
    assert [error.value for error in at.error] == ["请填写所需支撑。"]
    assert loop.read(finding_id).state == "rectifying"


def test_each_is_offered_only_what_the_table_gives_them(loop: Loop, visit_page: Visit) -> None:
    finding_id = loop.submitted()
    loop.at = MONDAY
    mine, theirs = (labels(visit_page(name, "findings.py", id=finding_id)) for name in ("mei", "wang"))
    assert "撤回提交" in mine
    assert "去复核" not in mine
    assert "去复核" in theirs
    assert "撤回提交" not in theirs
    assert visit_page("hu", "findings.py", id=finding_id).error, "nothing was delegated to this hall"


@pytest.mark.parametrize("waits", review_decide.CHOICES)
def test_what_waits_for_marketing_is_decided_in_the_queue_alone(loop: Loop, visit_page: Visit, waits: str) -> None:
    finding_id = waiting(loop, waits)
    at = visit_page("wang", "findings.py", id=finding_id, q="门头")
    assert labels(at) & {word("zh_CN", "finding_action", one) for one in review_decide.DECIDED} == set()
    assert labels(at) & {"同意延期", "驳回延期"} == set()
    at = go(at, "去复核", "rectifications.py")
    assert (at.query_params["id"], at.query_params["view"]) == (str(finding_id), waits)
    assert "第 1 项，共 1 项" in texts(at)
    assert at.button(key=f"choose_{review_decide.CHOICES[waits][0]}")
    at = go(at, "← 检查发现", "findings.py")
    assert (at.query_params["id"], at.query_params["q"]) == (str(finding_id), "门头"), "as it was left"
    assert "去复核" in labels(at)


def waiting(loop: Loop, waits: str) -> int:
    """A finding of which this waits for marketing."""
    finding_id = loop.submitted() if waits == "rectification" else loop.rectifying()
    if waits == "objection":
        loop.prove(loop.city.mei, finding_id, "objection")
        loop.do(loop.city.mei, finding_id, "object", reason="当日施工")
    elif waits == "support":
        loop.do(loop.city.mei, finding_id, "request_support", need="更换门头", interim_measure="先清洁")
    elif waits == "extension":
        version, day = loop.read(finding_id).version, dt.date(2026, 12, 18)
        extending.ask_extension(loop.db, loop.city.mei, finding_id, version, day, "等待配件")
    return finding_id


def test_what_is_no_matter_of_the_queue_stays_on_the_page(loop: Loop, visit_page: Visit) -> None:
    contested, closed = waiting(loop, "objection"), loop.submitted(item="A02")
    loop.do(loop.city.wang, closed, "accept")
    assert "撤销该发现" in labels(visit_page("fang", "findings.py", id=contested)), "the approver reviews nothing"
    theirs = labels(visit_page("wang", "findings.py", id=closed))
    assert "恢复" in theirs
    assert "去复核" not in theirs, "it is decided"


def test_going_to_and_fro_between_finding_and_queue_makes_no_address_longer(loop: Loop, visit_page: Visit) -> None:
    finding_id = loop.submitted()
    at = go(visit_page("wang", "findings.py", id=finding_id), "去复核", "rectifications.py")
    there = dict(at.query_params)
    at = go(go(at, "查看完整记录", "findings.py"), "去复核", "rectifications.py")
    assert dict(at.query_params) == there
    loop.do(loop.city.wang, finding_id, "accept")
    at.run()
    assert "from" not in at.query_params, "it is decided: back on the finding, as it was left"
    assert "已销号" in texts(at)


def test_a_comment_with_a_mention_stands_in_the_timeline(loop: Loop, visit_page: Visit) -> None:
    finding_id = loop.rectifying()
    uuid = loop.prove(loop.city.mei, finding_id, "comment", role="other", filename="门头.jpg", report_sha256="b" * 64)
    at = visit_page("mei", "findings.py", id=finding_id)
    assert "撤回：门头.jpg" in [one.label for one in at.button]
    say = next(one for one in at.text_area if one.label == "意见")
    say.set_value("请看一下 <b>门头</b>")
    at = press(at, "发表")
    assert "请看一下 <b>门头</b>" in texts(at)
    assert "已阅：" in texts(at)
    (entry,) = [one for one in conversation.history(loop.db, loop.city.mei, finding_id) if one.verb == "comment"]
    assert entry.photos == (uuid,)
    lines = [json.loads(one.proto.json) for one in at if one.type == "bidi_component"]
    cells = [part for one in lines for row in one.get("rows", ()) for cell in row["cells"] for part in cell]
    shown = [one for part in cells if isinstance(part, dict) for one in part.get("pictures", ())]
    assert [(one["uuid"], one["folder"], one["alt"]) for one in shown] == [(uuid, "evidence/", "梅芳留言所附照片")]
    assert "撤回：" not in "".join(one.label for one in at.button), "what is said is not taken back"


def test_the_list_is_searched_and_ends_with_what_is_over(loop: Loop, visit_page: Visit) -> None:
    loop.rectifying(clause_zh="门头完好")
    loop.draft(item="A02", observation="地面清洁不到位")
    told = texts(visit_page("mei", "findings.py"))
    assert "门头完好" in told
    assert "地面清洁不到位" not in told, "a draft is not the branch's to see"
    found = texts(visit_page("wang", "findings.py", q="地面"))
    assert "地面清洁" in found
    assert "门头完好" not in found


def test_a_hall_reads_and_writes_what_was_delegated(loop: Loop, visit_page: Visit) -> None:
    finding_id = loop.rectifying(clause_zh="门头完好")
    assert "门头完好" not in texts(visit_page("hu"))
    at = press(visit_page("mei", "findings.py", id=finding_id), "转派营业厅")
    at = agree(at, "转派营业厅")
    assert not at.error
    assert "门头完好" in texts(visit_page("hu"))
    at = visit_page("hu", "findings.py", id=finding_id)
    assert "提交整改" not in labels(at)
    assert [one["name"] for one in boxes(at)] == ["correction", "responsible"]
    rectifying.keep(loop.db, loop.city.hu, finding_id, {"correction": "厅里已更换"}, {"correction": ""})
    at = press(visit_page("hu", "findings.py", id=finding_id), "填好了，交给分公司")
    assert not at.error
    assert "提交前仍可修改" in texts(visit_page("hu", "findings.py", id=finding_id))
    assert "营业厅已填好" in texts(visit_page("mei"))


def test_all_findings_of_a_hall_are_delegated_in_one_dialog(loop: Loop, visit_page: Visit) -> None:
    first = loop.rectifying(clause_zh="门头完好")
    loop.rectifying(item="A02", clause_zh="地面清洁")
    at = press(visit_page("mei", "findings.py", id=first), "转派营业厅")
    [also] = [one for one in at.checkbox if one.label == "一并转派该厅其余 1 项尚无人填写的检查发现"]
    also.check()
    at = agree(at, "转派营业厅")
    assert not at.error
    for clause in ("门头完好", "地面清洁"):
        assert clause in texts(visit_page("hu"))


def test_an_extension_is_asked_for_on_the_page_and_read_there(loop: Loop, visit_page: Visit) -> None:
    finding_id = loop.rectifying()
    at = press(visit_page("mei", "findings.py", id=finding_id), "申请延期")
    next(one for one in at.text_area if one.label.startswith("原因")).set_value("等待配件")
    at = agree(at, "申请延期")
    assert not at.error, [error.value for error in at.error]
    for name in ("mei", "wang"):
        assert "申请延期至 2026年" in texts(visit_page(name, "findings.py", id=finding_id))


def test_a_link_is_shown_once_and_taken_back(loop: Loop, visit_page: Visit) -> None:
    finding_id = loop.rectifying(outlet_id=loop.city.outlets["JB02"])  # nobody there has an account
    at = agree(press(visit_page("mei", "findings.py", id=finding_id), "转派营业厅"), "转派营业厅")
    assert not at.exception
    (given,) = delegating.delegations(loop.db, loop.city.mei, finding_id)
    assert given.token_sha256
    assert "/link#" in texts(at)
    at = visit_page("mei", "findings.py", id=finding_id)
    assert "/link#" not in texts(at)
    assert "尚未打开" in texts(at)
    at = press(at, "收回")
    next(one for one in at.button if one.key == f"revoke_{given.id}").click()
    at.button(key="confirm_yes").click().run()
    assert delegating.delegations(loop.db, loop.city.mei, finding_id)[0].revoked_at
    assert "尚未打开" not in texts(visit_page("mei", "findings.py", id=finding_id))


def test_the_same_in_two_halls_is_answered_with_one_text(loop: Loop, visit_page: Visit) -> None:
    first = loop.draft(clause_zh="门头完好")
    second = loop.rectifying(clause_zh="门头完好", outlet_id=loop.city.outlets["JB02"])
    assert "多个营业厅的同一问题" in texts(visit_page("mei"))
    at = visit_page("mei", "together.py", id=first)
    assert next((one["name"], one["value"], one["seen"]) for one in boxes(at)) == ("correction", "", ["", ""])
    drawn = [json.loads(one.proto.json) for one in at if getattr(one, "type", "") == "bidi_component"]
    sent_to = [sorted(one["findings"]) for one in drawn if "proves" in one]
    assert sent_to == [[first, second], [first], [second]], "one file for both, and each hall's own"
    together.write(
        loop.db, loop.city.mei, {"correction": "已统一更换"}, {one: {"correction": ""} for one in (first, second)}
    )
    assert boxes(at.run())[0]["value"] == "已统一更换"
    loop.prove(loop.city.mei, second)
    rectifying.keep(loop.db, loop.city.mei, second, {"responsible": "胡堃", "completed_on": FRIDAY.date()}, {})
    at = visit_page("mei", "together.py", id=first)
    assert "提交 1 项（共 2 项）" in labels(at)
    press(at, "提交 1 项（共 2 项）")
    assert [loop.read(one).state for one in (first, second)] == ["rectifying", "submitted"]


def test_the_dialog_says_what_lacks_before_anything_is_submitted(loop: Loop, visit_page: Visit) -> None:
    finding_id = loop.rectifying()
    loop.write(loop.city.mei, finding_id)
    at = press(visit_page("mei", "findings.py", id=finding_id), "提交整改")
    assert "还不能提交，尚缺：佐证" in [one.value for one in at.warning]
    assert at.button(key="ask_yes").disabled
    loop.prove(loop.city.mei, finding_id)
    at = press(at, "提交整改")
    assert not at.button(key="ask_yes").disabled
    assert not at.warning


def test_all_that_is_complete_is_submitted_from_home_after_a_look(loop: Loop, visit_page: Visit) -> None:
    mei = loop.city.mei
    numbers = [loop.draft(item=f"A0{place}", clause_zh=f"条款{place}") for place in (1, 2, 3)]
    untouched = loop.rectifying(item="A04")
    assert not [one for one in visit_page("mei").button if one.key == "submit_ready"], "nothing was begun"
    for number in numbers[:2]:
        loop.write(mei, number)
        loop.prove(mei, number)
    loop.write(mei, numbers[2])
    at = visit_page("mei")
    at = at.button(key="submit_ready").click().run()
    told = texts(at)
    assert "提交已填完的整改（已开始 3 项，可提交 2 项）…" in told
    assert "已开始、尚未填完" in told
    at.button(key="submit_ready").click()
    at = at.button(key="ask_yes").click().run()
    assert not at.error
    assert [loop.read(number).state for number in (*numbers, untouched)] == [
        "submitted", "submitted", "rectifying", "rectifying",
    ]  # fmt: skip
    assert "已开始 1 项，可提交 0 项" in texts(at)
    at = at.button(key="submit_ready").click().run()
    assert at.button(key="ask_yes").disabled
    assert not [one for one in visit_page("hu").button if one.key == "submit_ready"], "a hall submits nothing"
