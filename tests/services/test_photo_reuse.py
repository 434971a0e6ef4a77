"""Photos that were shown before are flagged for whoever reviews, on both databases; nothing follows by itself."""

import io
from typing import Any

import pytest
from PIL import Image, ImageDraw, ImageEnhance
from sqlmodel import select

from audit.db.models import Visit
from audit.domain.permissions import Actor
from audit.services import rounds
from audit.services.assignments import OutletPlan
from audit.services.photo_reuse import find_reuse
from audit.services.photos import Upload, receive_photo
from tests.field import DAY, Field, new_uuid, plan
from tests.hands import Hands, refusal


def drawing(seed: int) -> Image.Image:
    """A picture with its own large shapes, unlike that of another seed."""
    image = Image.new("RGB", (640, 480), (200, 200, 195))
    draw = ImageDraw.Draw(image)
    for step in range(12):
        x, y = (step * 97 + seed * 211) % 560, (step * step * 53 + seed * 131) % 400
        draw.rectangle((x, y, x + 60 + seed * 7 % 50, y + 70), fill=((seed * 90 + step * 20) % 256, step * 20, 40))
    return image


def jpeg(image: Image.Image, quality: int = 90) -> bytes:
    file = io.BytesIO()
    image.save(file, "JPEG", quality=quality)
    return file.getvalue()


def send(field: Field, hands: Hands, data: bytes, visit_id: int = 0, attached_to: str = "item:A01",
         role: str = "evidence", **body: Any) -> str:  # fmt: skip
    """Describe and send a photo of a visit (the first one when none is named); returns its uuid."""
    uuid, visit_id = new_uuid(), visit_id or field.visit_id
    with field.db.read() as session:
        assignment_id = session.get_one(Visit, visit_id).assignment_id
    told = {"attached_to": attached_to, "role": role, **body}
    field.write(field.city.lin, f"photo:{uuid}", told, visit_id=visit_id, assignment_id=assignment_id)
    upload = Upload(uuid, assignment_id, visit_id)
    receive_photo(field.db, field.city.lin, hands.photos, hands.intake, upload, data)
    return uuid


def flagged(field: Field, visit_id: int = 0) -> dict[str, list[tuple[str, str, bool]]]:
    """Photo → (other photo, kind, exact), as marketing sees it."""
    found = find_reuse(field.db, field.city.wang, visit_id or field.visit_id)
    return {uuid: [(twin.photo.uuid, twin.kind, twin.exact) for twin in twins] for uuid, twins in found.items()}


def test_the_same_file_at_another_hall_is_flagged_on_both_sides(field: Field, hands: Hands) -> None:
    here = send(field, hands, jpeg(drawing(1)))
    there = send(field, hands, jpeg(drawing(1)), field.second_visit_id, "overview", "overview")
    send(field, hands, jpeg(drawing(2)), field.second_visit_id)
    assert flagged(field) == {here: [(there, "outlet", True)]}
    assert flagged(field, field.second_visit_id) == {there: [(here, "outlet", True)]}
    twin = find_reuse(field.db, field.city.wang, field.visit_id)[here][0]
    assert (twin.outlet.code, twin.standing.attached_to, twin.round.id) == ("JB02", "overview", field.round_id)


def test_a_smaller_brighter_copy_saved_anew_is_flagged_as_alike(field: Field, hands: Hands) -> None:
    copy = ImageEnhance.Brightness(drawing(1)).enhance(1.08).resize((500, 375))
    here = send(field, hands, jpeg(drawing(1)))
    there = send(field, hands, jpeg(copy, quality=70), field.second_visit_id)
    assert flagged(field) == {here: [(there, "outlet", False)]}


def test_another_visit_of_the_same_hall_is_flagged(field: Field, hands: Hands) -> None:
    outlets = (OutletPlan(field.city.outlets["JB01"], field.checklist_id, DAY),)
    _, assignment_id = rounds.plan_ad_hoc_visit(
        field.db, field.city.wang, plan(field.city, field.checklist_id, outlets=outlets)
    )
    with field.db.read() as session:
        later = session.exec(select(Visit.id).where(Visit.assignment_id == assignment_id)).one() or 0
    here = send(field, hands, jpeg(drawing(3)))
    there = send(field, hands, jpeg(drawing(3)), later)
    assert flagged(field, later) == {there: [(here, "visit", True)]}


def test_after_that_shows_what_was_before_is_flagged_and_two_shots_of_one_thing_are_not(
    field: Field, hands: Hands
) -> None:
    before = send(field, hands, jpeg(drawing(4)), role="before")
    after = send(field, hands, jpeg(drawing(4), quality=80), role="after")
    for _ in range(2):
        send(field, hands, jpeg(drawing(5)), attached_to="item:A02")
    assert flagged(field) == {before: [(after, "before_after", False)], after: [(before, "before_after", False)]}


def test_signatures_removed_photos_and_photos_nobody_described_are_left_out(field: Field, hands: Hands) -> None:
    for visit_id in (field.visit_id, field.second_visit_id):
        send(field, hands, jpeg(drawing(6)), visit_id, "signature", "signature")
    send(field, hands, jpeg(drawing(7)))
    send(field, hands, jpeg(drawing(7)), field.second_visit_id, removed=True)
    upload = Upload(new_uuid(), field.assignment_id, field.second_visit_id)
    receive_photo(field.db, field.city.lin, hands.photos, hands.intake, upload, jpeg(drawing(7)))
    assert flagged(field) == {}


def test_a_visit_without_photos_has_none(field: Field) -> None:
    assert flagged(field) == {}


@pytest.mark.parametrize(
    ("name", "code"),
    [("lin", "forbidden"), ("mei", "forbidden"), ("hu", "forbidden"), ("luo", "forbidden"), ("fang", "forbidden"),
     ("adam", "forbidden")],
)  # fmt: skip
def test_only_reviewers_are_told(field: Field, name: str, code: str) -> None:
    actor: Actor = field.city.actors[name]
    assert refusal(lambda: find_reuse(field.db, actor, field.visit_id)).code == code


def test_a_missing_visit_is_not_found(field: Field) -> None:
    assert refusal(lambda: find_reuse(field.db, field.city.wang, 999_999)).code == "not_found"
