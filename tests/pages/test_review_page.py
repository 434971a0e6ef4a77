"""Review and reading on the page, with a real visit: what stands there, the decision, and two reviewers at once."""

import datetime as dt
import json
from collections.abc import Iterator
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from audit.photos.intake import IntakePool
from audit.photos.local import LocalStore
from audit.services import campaigns, visits
from audit.services.photos import Upload, receive_photo
from tests.factories import City
from tests.field import DAY, Field, new_uuid, take_the_field
from tests.hands import Hands
from tests.pages.conftest import Visit, texts
from tests.pages.test_pages import button
from tests.services.test_photo_reuse import drawing, jpeg

ARROW = {"type": "arrow", "x1": 0.1, "y1": 0.1, "x2": 0.6, "y2": 0.5, "colour": "#c2452d"}


@pytest.fixture(scope="module")
def intake() -> Iterator[IntakePool]:
    pool = IntakePool(1)
    yield pool
    pool.close()


@pytest.fixture
def hands(page_city: City, intake: IntakePool, tmp_path_factory: pytest.TempPathFactory) -> Hands:
    return Hands(LocalStore(tmp_path_factory.mktemp("photos")), intake)


def photo(field: Field, hands: Hands, attached_to: str, visit_id: int | None = 0, seed: int = 1, **body: object) -> str:
    """Describe and send a photo; returns its uuid."""
    uuid = new_uuid()
    visit_id = field.visit_id if visit_id == 0 else visit_id
    field.write(field.city.lin, f"photo:{uuid}", {"attached_to": attached_to, **body}, visit_id=visit_id)
    upload = Upload(uuid, field.assignment_id, visit_id)
    receipt = receive_photo(field.db, field.city.lin, hands.photos, hands.intake, upload, jpeg(drawing(seed)))
    if visit_id == field.visit_id:
        field.sent_photos[uuid] = receipt.sha256
    return uuid


@pytest.fixture
def submitted(page_city: City, hands: Hands) -> Field:
    """A submitted visit with everything in it that a reviewer may come upon."""
    field = take_the_field(page_city)
    lin = page_city.lin
    question = campaigns.Question("Q1", "店员能说清档位吗？", "Can staff explain the tiers?")
    given = campaigns.CampaignValues("全家享套餐", DAY, DAY + dt.timedelta(9), (question,), "Family plan")
    campaign = campaigns.create_campaign(field.db, page_city.wang, given)
    field.fill(hands, lin, A02="fail")
    field.rate(lin, "A02", "fail", corrected_on_spot=True, note="海报已过期")
    photo(field, hands, "item:A02", seed=5, role="before", overlay=[ARROW], caption="过期海报")
    place = {"lat": 29.5, "lon": 106.5, "accuracy": 8}
    taken = {"captured_at": "2026-11-22T01:30:00+00:00", "captured_source": "camera", "place": place}
    photo(field, hands, "item:A02", seed=9, role="after", **taken)
    drawn = photo(field, hands, "signature", seed=7, role="signature")
    signed = {"status": "signed", "name": "胡堃", "photo_uuid": drawn}
    field.write(lin, "signature", signed, bases=field.heads("signature"))
    field.write(lin, f"campaign:{campaign}:Q1", {"rating": "partial", "note": "只说清两档"})
    field.write(lin, "remarks", {"text": "整体良好 **请** <b>看</b>"})
    paper = photo(field, hands, "communication", visit_id=None, seed=8, role="signature")
    told = {
        "held_at": "2026-11-22T09:00:00+00:00",
        "place": "三楼会议室",
        "opinion": "无异议",
        "agreed": "两周内整改",
        "participants": [{"name": "梅芳", "role": "服务主管"}],
        "signatures": [{"name": "梅芳", "photo_uuid": paper, "text_sha256": "0" * 64}],
    }
    field.write(lin, "communication", told, visit_id=None)
    photo(field, hands, "item:A01", visit_id=field.second_visit_id, seed=5)
    field.submit()
    return field


def pictures(at: AppTest) -> list[dict[str, Any]]:
    """Every picture on the page as the browser gets it."""
    parts = [json.loads(element.proto.json) for element in at if element.type == "bidi_component"]
    return [picture for part in parts for card in part.get("cards", ()) for picture in card["pictures"]]


def in_dialog(at: AppTest, opener: str, label: str) -> AppTest:
    """Press a button in the dialog that the button `opener` has opened. The runner draws the whole page each time."""
    for name in (opener, label):
        next(one for one in at.button if one.label == name and one.key != "confirm_no").click()
    return at.run()


def test_the_reviewer_sees_all_that_was_entered(visit_page: Visit, submitted: Field) -> None:
    at = visit_page("wang", "review.py", id=submitted.visit_id)
    assert not at.exception
    told = texts(at)
    for text in (
        "海报已过期",
        "立行立改",
        "主推活动：全家享套餐",
        "店员能说清档位吗？",
        "只说清两档",
        "整体良好 **请** <b>看</b>",
        "已签 · 胡堃",
        "2026年11月22日 17:00 · 三楼会议室",
        "梅芳 服务主管",
        "无异议",
        "两周内整改",
        "签字后有改动",
        "整改前",
        "整改后",
        "2026年11月22日 09:30 · 表单内拍摄",
        "29.5000, 106.5000 · 平板定位，误差 ± 8 米",
        "有 1 张照片与其他照片相似，请对照查看；是否重复使用由您判断。",
        "为同一文件。",
        "红旗河沟合作厅",
        "未记录拍摄时间",
    ):
        assert text in told, text
    assert all(one["original"] for one in pictures(at) if one["label"] in ("整改前", "整改后"))
    assert "<svg " in told
    assert 'stroke="#c2452d"' in told


def test_the_approver_reads_without_the_warning_and_decides_nothing(visit_page: Visit, submitted: Field) -> None:
    at = visit_page("fang", "visits.py", id=submitted.visit_id)
    assert not at.exception
    assert "只说清两档" in texts(at)
    assert "相似" not in texts(at)
    assert [one.label for one in at.button] == ["← 走访"]


@pytest.mark.parametrize("name", ["mei", "hu", "chen"])
def test_those_of_the_place_and_foreign_teams_find_nothing_before_acceptance(
    visit_page: Visit, submitted: Field, name: str
) -> None:
    at = visit_page(name, "visits.py", id=submitted.visit_id)
    assert [error.value for error in at.error] == ["没有找到，或您无权查看。"]
    assert "海报已过期" not in texts(at)
    assert "暂无可查看的走访" in texts(visit_page(name, "visits.py"))


def test_once_accepted_the_branch_and_its_hall_read_it_and_others_do_not(visit_page: Visit, submitted: Field) -> None:
    at = visit_page("wang", "review.py", id=submitted.visit_id)
    button(at, "通过")
    next(one for one in at.button if one.label == "通过").click()
    at.button(key="confirm_yes").click().run()
    assert not at.exception
    assert submitted.visit().state == "accepted"
    assert "通过" not in [one.label for one in at.button]
    for name in ("mei", "hu"):
        assert "观音桥营业厅" in texts(visit_page(name, "visits.py"))
        at = visit_page(name, "visits.py", id=submitted.visit_id)
        assert not at.error
        assert "海报已过期" in texts(at)
        assert not any(one["original"] for one in pictures(at))
        assert "红旗河沟" not in texts(at)  # no picture of another hall
    assert "观音桥营业厅" not in texts(visit_page("chen", "visits.py"))


def test_sending_back_wants_a_comment_and_the_team_reads_it(visit_page: Visit, submitted: Field) -> None:
    at = visit_page("wang", "review.py", id=submitted.visit_id)
    button(at, "退回…")
    in_dialog(at, "退回…", "退回")
    assert [error.value for error in at.error] == ["请填写意见。"]
    assert submitted.visit().state == "submitted"
    at.text_area[0].set_value("请补拍 A02 *全景*")
    in_dialog(at, "退回…", "退回")
    assert not at.exception
    visit = submitted.visit()
    assert (visit.state, visit.returned_comment) == ("returned", "请补拍 A02 *全景*")
    assert "请补拍 A02" in texts(visit_page("lin", "my_visits.py"))


@pytest.mark.parametrize("label", ["通过", "退回…"])
def test_a_second_reviewer_who_comes_late_sees_how_the_visit_stands_now(
    visit_page: Visit, submitted: Field, label: str
) -> None:
    at = visit_page("wang", "review.py", id=submitted.visit_id)
    version = submitted.visit().version
    visits.send_back_visit(submitted.db, submitted.city.wang, submitted.visit_id, version, "先到者的意见")
    button(at, label)
    assert not at.exception
    assert at.title[0].value == "观音桥营业厅 · 已退回"
    assert "先到者的意见" in texts(at)
    assert not {"通过", "退回…", "退回"} & {one.label for one in at.button}
    visit = submitted.visit()
    assert (visit.state, visit.returned_comment) == ("returned", "先到者的意见")


def test_a_signature_that_was_refused_says_why_there_is_none(visit_page: Visit, page_city: City, hands: Hands) -> None:
    field = take_the_field(page_city)
    field.fill(hands, page_city.lin)
    field.submit()
    told = texts(visit_page("wang", "visits.py", id=field.visit_id))
    assert "值班经理外出" in told
    assert "未填写。" in told  # no remarks


def test_the_list_of_visits_follows_the_address(visit_page: Visit, submitted: Field) -> None:
    told = texts(visit_page("luo", "visits.py", q="观音桥", state="submitted", round=submitted.round_id))
    assert "观音桥营业厅" in told
    assert "红旗河沟合作厅" not in told
    assert "没有找到。请调整搜索条件或筛选项。" in texts(visit_page("luo", "visits.py", state="accepted"))
    assert "红旗河沟合作厅" in texts(visit_page("luo", "visits.py", round="<b>", state="nonsense"))
