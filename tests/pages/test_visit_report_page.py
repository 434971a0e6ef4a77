"""The report page: round and branch in the address, a report made by a job, photos and remarks, a stale address."""

import shutil
from collections.abc import Iterator

import pytest

from audit.jobs import work
from audit.photos.intake import IntakePool
from audit.photos.local import LocalStore
from audit.services import jobs, reports
from audit.services.installation import installation
from exports import fonts
from tests.exports.conftest import SHARED
from tests.factories import City
from tests.field import Field, take_the_field
from tests.hands import Hands
from tests.pages.conftest import Visit, texts
from tests.pages.test_pages import button


@pytest.fixture(scope="module")
def intake() -> Iterator[IntakePool]:
    pool = IntakePool(1)
    yield pool
    pool.close()


@pytest.fixture
def field(page_city: City, intake: IntakePool) -> Field:
    """A submitted visit with one finding and its photo, in the installation that the pages use."""
    house = installation()
    fonts.prepare(SHARED / "fonts")
    shutil.copytree(SHARED / "fonts", house.settings.home / "cache" / "fonts")
    made = take_the_field(page_city)
    made.fill(Hands(LocalStore(house.settings.home / "photos"), intake), page_city.lin, A03="fail")
    made.submit()
    return made


def ids(field: Field) -> dict[str, int]:
    return {"round": field.round_id, "branch": field.city.organisations["jiangbei"]}


def test_a_report_is_asked_for_made_and_shown(visit_page: Visit, field: Field) -> None:
    house = installation()
    at = visit_page("wang", "visit_report.py", locale="en", **ids(field))
    button(at, "Make the report")
    assert not at.exception
    number = int(at.query_params["job"][0])
    assert {name: int(at.query_params[name][0]) for name in ("round", "branch")} == ids(field)
    work.run(house, number)
    document = jobs.look(house.db, field.city.wang, number).result["document_id"]

    at = visit_page("wang", "visit_report.py", locale="en", **ids(field), document=document)
    assert not at.exception
    shown = texts(at)
    assert f"/documents/{document}/pages/1" in shown
    assert "Draft of" in shown


def test_remarks_and_the_choice_of_photos_are_kept(visit_page: Visit, field: Field) -> None:
    at = visit_page("wang", "visit_report.py", **ids(field))
    failed, passed = at.checkbox
    assert [(tick.label, tick.value) for tick in at.checkbox] == [("放入报告", True), ("放入报告", False)]
    assert [group.label for group in at.expander] == ["短板：共1张，已选1张", "其他检查项照片：共1张，已选0张"]
    assert "检查项A03" in texts(at)
    failed.uncheck()
    passed.check()
    at.text_area[0].input("总体 **平稳**")
    button(at, "保存")
    assert not at.exception
    kept = reports.chosen(field.db, field.city.wang, *ids(field).values())
    assert (kept.remarks, list(kept.photos.values())) == ("总体 **平稳**", [False, True])


def test_what_was_chosen_is_kept_before_the_report_is_made_from_there(visit_page: Visit, field: Field) -> None:
    at = visit_page("lin", "visit_report.py", **ids(field))
    at.text_area[0].input("门头需加强")
    button(at, "保存并生成报告")
    assert not at.exception
    assert reports.chosen(field.db, field.city.wang, *ids(field).values()).remarks == "门头需加强"
    job = jobs.look(field.db, field.city.lin, int(at.query_params["job"][0]))
    assert (job.kind, job.params["language"]) == ("visit_report", "zh")


def test_an_address_of_a_document_or_job_that_is_gone_is_a_sentence_and_not_a_failure(
    visit_page: Visit, field: Field
) -> None:
    at = visit_page("wang", "visit_report.py", locale="en", **ids(field), document=99, job=77)
    assert not at.exception
    assert [one.value for one in at.error]
    assert "job" not in at.query_params
    assert len(at.selectbox) == 2


def test_who_reads_the_report_without_choosing_gets_no_form(visit_page: Visit, field: Field) -> None:
    at = visit_page("luo", "visit_report.py", **ids(field))
    assert not at.exception
    assert not at.checkbox
    assert not at.text_area
    assert "尚未填写总体评价。" in texts(at)
