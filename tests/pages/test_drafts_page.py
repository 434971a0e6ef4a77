"""Drafts and issue: marketing corrects, the approver sends; with a preview of what goes out."""

import datetime as dt

import pytest
from sqlmodel import select
from streamlit.testing.v1 import AppTest

from audit.db.models import Document, Finding, Job, Notice
from audit.jobs import work
from audit.services import clock, jobs, papers
from audit.services.installation import installation
from audit.services.loop import drafts
from tests.factories import City
from tests.looping import Loop, enter_the_loop
from tests.pages.conftest import Visit, texts
from tests.pages.test_pages import button
from tests.pages.test_review_page import in_dialog
from tests.papers import lay_fonts_ready


def drafted(city: City) -> Loop:
    """Two drafts of the same item and one that lacks its requirement, in one hall."""
    loop = enter_the_loop(city)
    loop.draft(clause_zh="门头整洁", clause_en="Tidy front", observation="灯箱破损")
    loop.draft(clause_zh="门头整洁", clause_en="Tidy front")
    loop.draft("A02", "major", requirement_zh="")
    return loop


def test_the_approver_issues_to_one_branch_after_a_preview(visit_page: Visit, page_city: City) -> None:
    lay_fonts_ready(installation())
    loop = enter_the_loop(page_city)
    finding_id = loop.draft("A02", "major", clause_zh="门头整洁", observation="灯箱破损")
    at = visit_page("fang", "drafts.py")
    assert not at.exception
    assert "灯箱破损" in texts(at)
    assert "编辑…" not in [one.label for one in at.button], "the approver issues, marketing drafts"
    at = button(at, "向该分公司签发…")
    assert "将向 1 个分公司签发 1 条检查发现、1 份走访报告。" in texts(at)
    assert "严重 1 条，整改期限" in texts(at)
    assert loop.read(finding_id).state == "draft"
    at = in_dialog(at, "向该分公司签发…", "签发")
    assert [one.value for one in at.error] == []
    assert not at.exception
    work.run(installation(), int(at.query_params["job"][0]))
    at.run()
    assert loop.read(finding_id).state == "issued"
    told = texts(at)
    assert "已签发 1 份整改通知书，共 1 条检查发现，文件 2 份。" in told
    assert "该分公司的拟稿已全部签发" in told
    kinds = [paper.document.kind for paper in papers.listing(loop.db, page_city.mei, loop.field.round_id)]
    assert kinds == ["notice", "visit_report"]


def to_three_branches(visit_page: Visit, loop: Loop) -> tuple[AppTest, int]:
    """The approver issues to all of a round, of which one lacks something; the page that watches, and the job."""
    loop.draft()
    loop.draft("A02", **loop.visited("yuzhong", "YZ01"))
    loop.draft("A03", requirement_zh="", **loop.visited("fuling", "FL01"))
    at = button(visit_page("fang", "drafts.py"), "向全部 3 个分公司签发…")
    told = texts(at)
    assert "将向 3 个分公司签发 3 条检查发现、3 份走访报告。" in told
    assert "有 1 条拟稿内容不全" in told
    assert "渝中分公司、涪陵分公司没有可登录的服务主管账号" in told
    at = in_dialog(at, "向全部 3 个分公司签发…", "签发")
    assert not at.exception
    return at, int(at.query_params["job"])


def test_what_failed_is_named_and_tried_again_alone(visit_page: Visit, page_city: City) -> None:
    lay_fonts_ready(installation())
    loop = enter_the_loop(page_city)
    at, job_id = to_three_branches(visit_page, loop)
    work.run(installation(), job_id)
    at.run()
    assert [one.value for one in at.error] == ["涪陵分公司：请填写整改要求（中文）。"]
    assert "已签发 2 份整改通知书，共 2 条检查发现，文件 4 份。" in texts(at)
    assert "渝中分公司目前没有服务主管负责，已通知管理员。" in texts(at)
    assert [loop.read(number).state for number in loop.made] == ["issued", "issued", "draft"]
    drafts.change_draft(loop.db, page_city.wang, loop.made[2], 1, requirement_zh="更换灯箱")
    at = button(at, "重试这1个分公司")
    assert not at.exception
    assert "job" in at.query_params
    work.run(installation(), int(at.query_params["job"]))
    told = texts(at.run())
    assert "已签发 1 份整改通知书，共 1 条检查发现，文件 2 份。" in told
    assert not at.error
    with loop.db.read() as session:
        assert len(session.exec(select(Notice)).all()) == 3, "the others got nothing twice"


def test_issuing_to_several_branches_tells_how_far_it_is_and_can_be_stopped(
    visit_page: Visit, page_city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop = enter_the_loop(page_city)
    at, job_id = to_three_branches(visit_page, loop)
    assert "正在排队" in texts(at)
    jobs.claim(loop.db, job_id)
    begun, tell = clock.now(), jobs.Progress(loop.db, job_id)
    monkeypatch.setattr(clock, "now", lambda: begun + dt.timedelta(seconds=10))
    tell(1 / 3, "1/3")
    told = texts(at.run())
    assert "1/3 个分公司 · 约剩 20 秒" in told
    assert "向该分公司签发…" not in [one.label for one in at.button]
    at = button(at, "停止")
    told = texts(at.run())
    assert "已停止。此前已签发的继续有效，其余仍列在下方。" in told
    assert "向该分公司签发…" in [one.label for one in at.button], "it can begin again"
    assert jobs.look(loop.db, page_city.fang, job_id).state == "cancelled"
    with pytest.raises(jobs.Cancelled):
        jobs.Progress(loop.db, job_id)(2 / 3, "2/3")


def test_pressing_issue_twice_issues_once(visit_page: Visit, page_city: City) -> None:
    """Two windows of the approver, both drawn before anything was issued: the second is told what went out."""
    lay_fonts_ready(installation())
    loop = enter_the_loop(page_city)
    loop.draft()
    windows = [button(visit_page("fang", "drafts.py"), "向该分公司签发…") for _ in range(2)]
    asked = [in_dialog(at, "向该分公司签发…", "签发") for at in windows]
    for at in asked:
        work.run(installation(), int(at.query_params["job"]))
        assert "已签发 1 份整改通知书，共 1 条检查发现，文件 2 份。" in texts(at.run())
    with loop.db.read() as session:
        assert len(session.exec(select(Notice)).all()) == 1
        assert len(session.exec(select(Document)).all()) == 2


def test_items_of_two_lists_with_one_code_stand_apart(visit_page: Visit, page_city: City) -> None:
    loop = enter_the_loop(page_city)
    for clause in ("门头整洁", "录音齐全", "门头整洁"):
        loop.draft(clause_zh=clause)
    at = visit_page("wang", "drafts.py")
    assert [one.value for one in at.subheader] == ["A01 录音齐全", "A01 门头整洁"]
    assert len([one for one in at.caption if "2 个触点存在同一问题" in one.value]) == 1


def test_critical_findings_go_out_alone_and_the_rest_waits(visit_page: Visit, page_city: City) -> None:
    loop = enter_the_loop(page_city)
    loop.draft("A01", "critical")
    loop.draft("A02")
    at = button(visit_page("fang", "drafts.py"), "仅签发重大问题1条…")
    assert "将向 1 个分公司签发 1 条检查发现、0 份走访报告。" in texts(at)
    in_dialog(at, "仅签发重大问题1条…", "签发")
    with loop.db.read() as session:
        (job,) = session.exec(select(Job)).all()
    assert job.params["only_critical"] is True


def test_marketing_sees_what_lacks_edits_and_withdraws_but_does_not_issue(visit_page: Visit, page_city: City) -> None:
    loop = drafted(page_city)
    at = visit_page("wang", "drafts.py")
    assert not at.exception
    told = texts(at)
    assert "暂不能签发：缺少“整改要求（中文）”。" in told.replace("\\", "")
    assert "2 个触点存在同一问题" in told
    assert not [one for one in at.button if "签发" in one.label]
    at = at.button(key=f"edit_{loop.made[2]}").click().run()
    next(one for one in at.text_area if one.label == "整改要求（中文） *").set_value("更换灯箱")
    at.button(key=f"edit_{loop.made[2]}").click()
    at = button(at, "保存")
    assert not at.exception
    assert loop.read(loop.made[2]).requirement_zh == "更换灯箱"
    at = at.button(key=f"withdraw_{loop.made[0]}").click().run()
    at.button(key=f"withdraw_{loop.made[0]}").click()
    at = button(at, "撤销该发现")
    assert loop.read(loop.made[0]).state == "draft", "a reason is asked for"
    at.text_area[0].set_value("误判")
    at.button(key=f"withdraw_{loop.made[0]}").click()
    button(at, "撤销该发现")
    assert (loop.read(loop.made[0]).state, loop.read(loop.made[0]).withdrawn_reason) == ("withdrawn", "误判")


def test_a_draft_is_merged_into_another_of_its_hall(visit_page: Visit, page_city: City) -> None:
    loop = drafted(page_city)
    with loop.db.write() as session:
        session.get_one(Finding, loop.made[1]).observation = "门头积灰"
    at = visit_page("wang", "drafts.py", "en")
    at = at.button(key=f"merge_{loop.made[1]}").click().run()
    told = texts(at)
    assert "灯箱破损\n门头积灰" in told, "what the kept one will say"
    at.button(key=f"merge_{loop.made[1]}").click()
    at = button(at, "Merge")
    assert not at.exception
    assert (loop.read(loop.made[1]).state, loop.read(loop.made[1]).merged_into) == ("merged", loop.made[0])
    assert loop.read(loop.made[0]).observation == "灯箱破损\n门头积灰"


def test_while_branches_are_issued_to_nothing_else_is_issued(visit_page: Visit, page_city: City) -> None:
    lay_fonts_ready(installation())
    loop = enter_the_loop(page_city)
    finding_id = loop.draft()
    number = loop.city.organisations["jiangbei"]
    params = {"round_id": loop.field.round_id, "organisation_ids": [number], "since": loop.at.isoformat()}
    job_id = work.submit(installation(), page_city.fang, "issue_notices", params)
    at = visit_page("fang", "drafts.py", job=job_id)
    labels = [one.label for one in at.button]
    assert "停止" in labels
    assert "向该分公司签发…" not in labels
    work.run(installation(), job_id)
    told = texts(visit_page("fang", "drafts.py", job=job_id))
    assert "已签发 1 份整改通知书，共 1 条检查发现，文件 2 份。" in told
    assert loop.read(finding_id).state == "issued"
