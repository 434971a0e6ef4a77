"""Issued documents on the page: by round, the branch's own report, what is missing, and the ways there."""

import pytest

from audit.jobs import work
from audit.services import clock, papers
from audit.services.installation import installation
from audit.services.loop import issuing
from tests.factories import City
from tests.looping import Loop, enter_the_loop
from tests.pages.conftest import Visit, texts
from tests.pages.test_pages import button
from tests.papers import lay_fonts_ready


@pytest.fixture
def loop(page_city: City) -> Loop:
    """One finding issued to Jiangbei; its documents are promised, not made."""
    loop = enter_the_loop(page_city)
    loop.draft(clause_zh="门头完好")
    loop.issue()
    lay_fonts_ready(installation())
    return loop


def made(loop: Loop) -> None:
    for number in papers.missing(loop.db, loop.city.fang, loop.field.round_id):
        papers.make(installation(), loop.city.fang, number)


def test_the_approver_makes_what_is_missing(loop: Loop, visit_page: Visit) -> None:
    told = texts(visit_page("wang", "papers.py"))
    assert "2份文件已签发，尚待制作。" in told
    assert "补制" not in told, "the approver does that"
    at = button(visit_page("fang", "papers.py"), "补制缺少的2份文件")
    assert not at.exception
    work.run(installation(), int(at.query_params["job"][0]))
    told = texts(at.run())
    assert "已制作2份文件。" in told
    assert "渝移市整改〔2026〕1号" in told
    assert "打包下载全部2份（ZIP）" in told
    assert "尚未签收" in told


def test_the_branch_finds_its_notice_wherever_it_looks(loop: Loop, visit_page: Visit) -> None:
    made(loop)
    home = texts(visit_page("mei"))
    assert "通知书（PDF）" in home
    assert "通知书与报告" in home
    finding = visit_page("mei", "findings.py", id=loop.made[0])
    assert "通知书 渝移市整改〔2026〕1号（PDF）" in texts(finding).replace("\\", "")
    assert "走访报告" in texts(visit_page("mei", "papers.py"))
    assert "渝移市〔2026〕1号" in texts(visit_page("wang", "visit_report.py")).replace("\\", "")
    assert "渝移市整改" not in texts(visit_page("chen", "papers.py"))
    assert "通知书与报告" not in texts(visit_page("hu")), "a hall reads what was delegated to it, not the notice"


def test_one_document_shows_its_pages_and_how_it_is_verified(loop: Loop, visit_page: Visit) -> None:
    made(loop)
    (paper, _) = papers.listing(loop.db, loop.city.mei, loop.field.round_id)
    told = texts(visit_page("mei", "papers.py", id=paper.document.id, round=loop.field.round_id)).replace("\\", "")
    assert paper.document.sha256 in told
    assert f"/documents/{paper.document.id}/pages/1" in told
    assert "核验" in told
    foreign = visit_page("chen", "papers.py", id=paper.document.id)
    assert [one.value for one in foreign.error]
    assert paper.document.sha256 not in texts(foreign)


def test_the_branch_makes_the_draft_of_its_report(loop: Loop, visit_page: Visit) -> None:
    made(loop)
    with clock.stopped(loop.at):
        issuing.acknowledge(loop.db, loop.city.mei, 1)
    at = visit_page("mei", "papers.py")
    assert "1条检查发现中已提交0条。全部提交前为草稿。" in texts(at)
    at = button(at, "生成草稿")
    assert not at.exception
    work.run(installation(), int(at.query_params["job"][0]))
    at.run()
    told = texts(at).replace("\\", "")
    assert "整改报告（草稿）" in told
    assert "江北分公司_第四季度交叉巡检_整改报告_草稿.pdf" in told
    assert "整改报告" not in texts(visit_page("wang", "papers.py")).replace("整改报告（", "").split("页数")[-1]


def test_nothing_issued_says_what_comes(page_city: City, visit_page: Visit) -> None:
    enter_the_loop(page_city)
    assert "尚无签发文件" in texts(visit_page("wang", "papers.py"))
