"""Drafts and issue: marketing corrects, the approver sends; with a preview of what goes out."""

from sqlmodel import select

from audit.db.models import Finding, Job
from audit.jobs import work
from audit.services import papers
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


def test_what_failed_is_named_and_tried_again_alone(visit_page: Visit, page_city: City) -> None:
    lay_fonts_ready(installation())
    loop = enter_the_loop(page_city)
    finding_id = loop.draft(requirement_zh="")
    number = page_city.organisations["jiangbei"]
    params = {"round_id": loop.field.round_id, "organisation_ids": [number], "since": loop.at.isoformat()}
    job_id = work.submit(installation(), page_city.fang, "issue_notices", params)
    work.run(installation(), job_id)
    at = visit_page("fang", "drafts.py", job=job_id)
    assert [one.value for one in at.error] == ["江北分公司：请填写整改要求（中文）。"]
    drafts.change_draft(loop.db, page_city.wang, finding_id, 1, requirement_zh="更换灯箱")
    at = button(at, "重试这1个分公司")
    assert not at.exception
    work.run(installation(), int(at.query_params["job"][0]))
    assert "已签发 1 份整改通知书" in texts(at.run())
    assert loop.read(finding_id).state == "issued"


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
