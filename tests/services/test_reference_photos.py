"""Reference photos of checklist items: who keeps them, which version they belong to, what becomes of the blobs."""

import datetime as dt
import io
from dataclasses import replace

import pytest
from PIL import Image
from sqlmodel import select

from audit.db.models import ChecklistVersion, Event
from audit.photos.store import collect_orphans
from audit.services import checklists, reference_photos
from audit.services.bootstrap import bootstrap
from audit.services.checklist_files import seeds
from audit.services.photo_care import is_referenced
from tests.factories import City
from tests.field import Field, picture
from tests.hands import Hands, refusal

HALL = next(checklist for checklist in seeds() if checklist.code == "hall")
KEEPERS = ["adam", "wang"]
OTHERS = ["lin", "mei", "hu", "fang", "luo"]


@pytest.fixture
def hall(city: City) -> int:
    checklists.seed(city.db, None)
    return checklists.published(city.db, city.wang, "hall").id


def attach(city: City, hands: Hands, version: int, code: str = "A01", seed: int = 1, by: str = "wang") -> None:
    reference_photos.attach(city.db, city.actors[by], hands.photos, hands.intake, version, code, picture(seed))


def shown(city: City, version: int) -> dict[str, dict[str, str]]:
    return reference_photos.of_version(city.db, city.lin, version)


@pytest.mark.parametrize("name", KEEPERS)
def test_a_photo_of_a_published_version_is_seen_by_everybody_and_its_content_stays_the_same(
    city: City, hands: Hands, hall: int, name: str
) -> None:
    def stored() -> tuple[str, dict]:
        with city.db.read() as session:
            row = session.get_one(ChecklistVersion, hall)
            return row.sha256, row.content

    before = stored()
    attach(city, hands, hall, by=name)
    assert stored() == before
    pictures = shown(city, hall)["A01"]
    for sha256 in pictures.values():
        image = Image.open(io.BytesIO(hands.photos.read(sha256)))
        assert (image.format, image.getexif()) == ("JPEG", {})
        for reader in (*KEEPERS, *OTHERS):
            reference_photos.check_readable(city.db, city.actors[reader], sha256)
    with city.db.read() as session:
        event = session.exec(select(Event).where(Event.verb == "checklist.reference_photo_attached")).one()
    assert (event.account_id, event.data["item"]) == (city.actors[name].account_id, "A01")


@pytest.mark.parametrize("name", OTHERS)
def test_only_who_keeps_checklists_may_attach_or_remove(city: City, hands: Hands, hall: int, name: str) -> None:
    attach(city, hands, hall)
    assert refusal(lambda: attach(city, hands, hall, by=name)).code == "forbidden"
    remove = lambda: reference_photos.remove(city.db, city.actors[name], hall, "A01")  # noqa: E731
    assert refusal(remove).code == "forbidden"
    assert list(shown(city, hall)) == ["A01"]


def test_another_photo_takes_the_place_of_the_first_and_removing_leaves_none(
    city: City, hands: Hands, hall: int
) -> None:
    attach(city, hands, hall)
    first = shown(city, hall)["A01"]
    attach(city, hands, hall, seed=2)
    assert shown(city, hall)["A01"]["picture"] != first["picture"]
    reference_photos.remove(city.db, city.wang, hall, "A01")
    assert shown(city, hall) == {}
    again = refusal(lambda: reference_photos.remove(city.db, city.wang, hall, "A01"))
    assert again.code == "not_found"


def test_a_version_that_is_made_later_begins_with_the_photos_of_the_items_that_stay_and_goes_its_own_way(
    city: City, hands: Hands, hall: int
) -> None:
    attach(city, hands, hall, "A01")
    attach(city, hands, hall, "A02", seed=2)
    a, *others = HALL.sections
    shorter = replace(HALL, version="2026.2", sections=(replace(a, items=a.items[1:]), *others))
    draft = checklists.upload(city.db, city.wang, shorter)
    assert list(shown(city, draft)) == ["A02"]
    attach(city, hands, draft, "A02", seed=3)
    assert shown(city, draft)["A02"] != shown(city, hall)["A02"], "visits keep what their version showed"
    reference_photos.remove(city.db, city.wang, draft, "A02")
    assert list(shown(city, hall)) == ["A01", "A02"]


def test_what_is_no_photo_and_what_is_not_there_is_refused_and_nothing_is_kept(
    city: City, hands: Hands, hall: int
) -> None:
    def give(version: int, code: str, data: bytes) -> str:
        return refusal(
            lambda: reference_photos.attach(city.db, city.wang, hands.photos, hands.intake, version, code, data)
        ).code

    assert give(hall, "A01", b"<svg/>") == "photo.unknown_format"
    assert give(hall, "A01", picture()[:900]) == "photo.truncated"
    assert give(hall, "A01", picture() + b"\0" * 20 * 1024 * 1024) == "photo.too_big"
    assert give(hall, "Z99", picture()) == "not_found"
    assert give(999, "A01", picture()) == "not_found"
    checklists.withdraw(city.db, city.wang, hall)
    assert give(hall, "A01", picture()) == "wrong_state"
    assert shown(city, hall) == {}
    assert list(hands.photos.blobs()) == []


def test_the_tablet_gets_the_photos_of_the_version_of_its_visits(field: Field, hands: Hands) -> None:
    city = field.city
    assert bootstrap(city.db, city.lin)["reference_photos"] == {str(field.checklist_id): {}}
    attach(city, hands, field.checklist_id)
    found = bootstrap(city.db, city.lin)["reference_photos"][str(field.checklist_id)]
    assert found == shown(city, field.checklist_id)
    assert found["A01"].keys() == {"thumbnail", "picture"}


def test_the_store_keeps_a_photo_while_it_is_shown_and_lets_it_go_afterwards(
    city: City, hands: Hands, hall: int
) -> None:
    attach(city, hands, hall)

    def collected() -> list[str]:
        return collect_orphans(hands.photos, lambda sha256: is_referenced(city.db, sha256), dt.timedelta(seconds=-5))

    assert collected() == []
    pictures = shown(city, hall)["A01"]
    reference_photos.remove(city.db, city.wang, hall, "A01")
    assert set(collected()) == set(pictures.values())
