"""The checklist page: who sees what, and how a version is published, compared and taken away."""

from dataclasses import replace

import pytest

from audit.services import checklists, reference_photos
from audit.services.checklist_files import seeds
from audit.services.installation import installation
from tests.factories import City
from tests.field import picture
from tests.pages.conftest import Visit, texts
from tests.pages.test_pages import button, planned

HALL = next(checklist for checklist in seeds() if checklist.code == "hall")


def opened_at_once(_key, _columns, rows, _label, on_open) -> None:
    """Stands where the table is, whose rows a test cannot tap: opens the first one."""
    on_open(rows[0][0])


def labels(page) -> list[str]:
    return [button.label for button in page.button]


@pytest.fixture
def versions(page_city: City) -> dict[str, int]:
    """The published hall list, and a draft in which A01 is gone."""
    checklists.seed(page_city.db, None)
    first = checklists.published(page_city.db, page_city.wang, "hall").id
    a, *others = HALL.sections
    shorter = replace(HALL, version="2026.2", sections=(replace(a, items=a.items[1:]), *others))
    return {"published": first, "draft": checklists.upload(page_city.db, page_city.wang, shorter)}


@pytest.mark.parametrize("locale", ["zh_CN", "en"])
def test_everybody_reads_the_list_but_only_keepers_are_offered_the_upload(
    visit_page: Visit, versions: dict[str, int], locale: str
) -> None:
    upload = {"zh_CN": "上传新版本", "en": "Upload a version"}[locale]
    assert upload in labels(visit_page("wang", "checklists.py", locale))
    page = visit_page("lin", "checklists.py", locale)
    assert not page.exception
    assert upload not in labels(page)


def test_a_keeper_sees_what_publishing_changes_before_it_is_done(
    page_city: City, visit_page: Visit, versions: dict[str, int]
) -> None:
    planned(page_city)
    page = visit_page("wang", "checklists.py", "en", id=versions["draft"])
    button(page, "Publish")
    assert checklists.published(page_city.db, page_city.lin, "hall").id == versions["published"]
    told = texts(page)
    for line in ("2026.1 → 2026.2", "Removed", f"{len(list(HALL.items())) - 1} items", "instead of 2026.1",
                 "2 visits that are planned or not yet submitted keep 2026.1."):  # fmt: skip
        assert line in told, line
    page.button(key="publish_yes").click()
    button(page, "Publish")  # the test runner keeps no dialog open
    assert checklists.published(page_city.db, page_city.lin, "hall").id == versions["draft"]
    assert not page.exception


def test_a_list_of_which_nothing_is_published_says_so_before_the_first_version_is(
    page_city: City, visit_page: Visit, versions: dict[str, int]
) -> None:
    checklists.withdraw(page_city.db, page_city.wang, versions["published"])
    page = button(visit_page("wang", "checklists.py", "en", id=versions["draft"]), "Publish")
    assert "No version of this list is published yet." in texts(page)


def test_a_withdrawal_is_asked_about_before_it_is_done(
    page_city: City, visit_page: Visit, versions: dict[str, int]
) -> None:
    page = visit_page("wang", "checklists.py", "en", id=versions["published"])
    next(button for button in page.button if button.label == "Withdraw").click().run()
    assert checklists.published(page_city.db, page_city.lin, "hall").id == versions["published"]
    assert not page.exception
    assert page.button(key="confirm_yes").label == "Withdraw"


def test_a_reader_sees_a_published_version_without_buttons_and_no_draft(
    visit_page: Visit, versions: dict[str, int]
) -> None:
    page = visit_page("hu", "checklists.py", "en", id=versions["published"])
    assert not page.exception
    assert page.title[0].value == "Service hall inspection 2026.1"
    assert not {"Publish", "Withdraw"} & set(labels(page))
    draft = visit_page("hu", "checklists.py", "en", id=versions["draft"])
    assert not draft.exception
    assert draft.error


def test_two_versions_are_compared_on_the_page(visit_page: Visit, versions: dict[str, int]) -> None:
    page = visit_page("wang", "checklists.py", "en", id=versions["draft"])
    page.selectbox(key="with").select("2026.1").run()
    assert not page.exception
    assert "2026.1 → 2026.2" in [heading.value for heading in page.subheader]


@pytest.mark.parametrize("name", ["wang", "hu"])
def test_an_item_shows_its_reference_photo_and_only_keepers_can_change_it(
    page_city: City, visit_page: Visit, versions: dict[str, int], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    house, number = installation(), versions["published"]
    reference_photos.attach(page_city.db, page_city.wang, house.photos, house.intake, number, "A01", picture())
    page = visit_page(name, "checklists.py", "en", id=number)
    assert "With a reference photo" in texts(page)
    monkeypatch.setattr("audit.ui.checklist_view.table", opened_at_once)
    page.run()
    assert not page.exception
    sha256 = reference_photos.of_version(page_city.db, page_city.lin, number)["A01"]["picture"]
    assert f"/photos/reference/{sha256}" in texts(page)
    assert ("Remove the photo" in labels(page)) == (name == "wang")
    if name == "wang":
        next(button for button in page.button if button.label == "Remove the photo").click().run()
        assert reference_photos.of_version(page_city.db, page_city.lin, number) == {}
