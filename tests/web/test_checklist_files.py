"""Checklists as downloads: for whoever is signed in, drafts for keepers only."""

import hashlib
from collections.abc import Callable
from dataclasses import replace

import pytest
from starlette.testclient import TestClient

from audit.services import checklists, reference_photos
from audit.services.checklist_files import read_yaml, seeds
from audit.services.installation import Installation
from audit.services.xlsform import read_xlsform
from tests.factories import City
from tests.field import picture

Browsers = Callable[..., TestClient]
SMS = next(checklist for checklist in seeds() if checklist.code == "sms")


@pytest.fixture
def address(city: City) -> str:
    """Where the published SMS list is."""
    checklists.seed(city.db, None)
    return f"/documents/checklists/{checklists.published(city.db, city.wang, 'sms').id}"


def test_a_signed_in_person_downloads_a_version_in_both_forms(city: City, sign_in_as: Browsers, address: str) -> None:
    browser = sign_in_as(city.mei)
    workbook, text = browser.get(f"{address}.xlsx"), browser.get(f"{address}.yaml")
    assert read_xlsform(workbook.content).checklist == SMS
    assert read_yaml(text.content).checklist == SMS
    assert workbook.headers["content-disposition"] == 'attachment; filename="checklist-sms-2026.1.xlsx"'


def test_without_a_session_there_is_nothing(sign_in_as: Browsers, address: str) -> None:
    assert sign_in_as(None).get(f"{address}.xlsx").status_code == 401


def test_a_draft_is_for_keepers_only(city: City, sign_in_as: Browsers) -> None:
    draft = checklists.upload(city.db, city.wang, replace(SMS, version="2026.2"))
    assert sign_in_as(city.wang).get(f"/documents/checklists/{draft}.xlsx").status_code == 200
    refused = sign_in_as(city.lin).get(f"/documents/checklists/{draft}.xlsx")
    assert (refused.status_code, refused.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize("path", ["0.xlsx", "999999999999999999999.yaml", "1.pdf", "x.xlsx", "-1.xlsx", "1.xlsx/.."])
def test_an_address_of_nothing_is_refused_and_is_no_failure(city: City, sign_in_as: Browsers, path: str) -> None:
    assert 400 <= sign_in_as(city.wang).get(f"/documents/checklists/{path}").status_code < 500


def test_a_reference_photo_is_for_whoever_is_signed_in_and_for_nobody_else(
    city: City, house: Installation, sign_in_as: Browsers, address: str
) -> None:
    version = checklists.published(city.db, city.wang, "sms").id
    item = next(SMS.items()).code
    reference_photos.attach(city.db, city.wang, house.photos, house.intake, version, item, picture())
    pictures = reference_photos.of_version(city.db, city.mei, version)[item]
    other_blob = house.photos.put_bytes(b"a visit's photo")
    lin, nobody = sign_in_as(city.lin), sign_in_as(None)
    for sha256 in pictures.values():
        answer = lin.get(f"/photos/reference/{sha256}")
        assert (answer.status_code, answer.headers["content-type"]) == (200, "image/jpeg")
        assert "immutable" in answer.headers["cache-control"]
        assert "private" in answer.headers["cache-control"]
        assert hashlib.sha256(answer.content).hexdigest() == sha256
        assert nobody.get(f"/photos/reference/{sha256}").status_code in (303, 401)
    for wrong in (other_blob, "0" * 64, "x", "..%2f..%2fetc%2fpasswd", pictures["picture"].upper()):
        assert lin.get(f"/photos/reference/{wrong}").status_code == 404
