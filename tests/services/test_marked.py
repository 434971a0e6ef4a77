"""What an inspector draws over a photo is seen wherever the photo of a finding is shown."""

from typing import Any

import pytest

from audit.db.models import FindingPhoto, Photo, Revision
from audit.services import clock
from audit.services.loop import reading, review_queue, together
from tests.factories import City
from tests.field import new_uuid
from tests.looping import Loop, enter_the_loop

ARROW = {"type": "arrow", "x1": 0.1, "y1": 0.1, "x2": 0.5, "y2": 0.5, "colour": "#c2452d"}


@pytest.fixture
def loop(city: City, monkeypatch: pytest.MonkeyPatch) -> Loop:
    loop = enter_the_loop(city)
    monkeypatch.setattr(clock, "now", lambda: loop.at)
    return loop


def photo(loop: Loop, finding_id: int) -> str:
    uuid, digest = new_uuid(), "c" * 64
    row = Photo(
        uuid=uuid, assignment_id=loop.field.assignment_id, visit_id=loop.field.visit_id,
        account_id=loop.city.lin.account_id, subject="item:A01", sha256=digest, size=1, media_type="image/jpeg",
        width=4000, height=3000, phash="0" * 16, dhash="0" * 16, thumbnail_sha256=digest, report_sha256=digest,
        report_width=1000, report_height=750, received_at=loop.at,
    )  # fmt: skip
    with loop.db.write() as session:
        session.add(row)
        session.flush()
        session.add(FindingPhoto(finding_id=finding_id, photo_uuid=uuid, role="evidence"))
    return uuid


def said(loop: Loop, uuid: str, seq: int, visit_id: int, **body: Any) -> None:
    """A revision of a photo as a tablet sends it."""
    row = Revision(
        uuid=new_uuid(), assignment_id=loop.field.assignment_id, visit_id=visit_id, subject=f"photo:{uuid}",
        bases=[], body={"attached_to": "item:A01", "role": "evidence", **body}, account_id=loop.city.lin.account_id,
        body_sha256="d" * 64, device_at=loop.at, received_at=loop.at, seq=seq,
    )  # fmt: skip
    with loop.db.write() as session:
        session.add(row)


def test_the_arrow_is_drawn_where_the_branch_and_the_reviewer_look(loop: Loop) -> None:
    finding_id = loop.rectifying(clause_zh="门头完好")
    uuid, plain = photo(loop, finding_id), photo(loop, finding_id)
    said(loop, uuid, 9001, loop.field.visit_id, overlay=[ARROW], caption="灯箱破损")
    said(loop, plain, 9002, loop.field.visit_id)
    shown = {one.uuid: one for one in reading.view(loop.db, loop.city.mei, finding_id).photos}
    assert "<polygon" in shown[uuid].marks
    assert (shown[uuid].caption, shown[uuid].width, shown[plain].marks) == ("灯箱破损", 1000, "")
    (part,) = together.parts(loop.db, loop.city.mei, finding_id)
    assert {one.uuid: one for one in part.photos} == shown
    before = {one.uuid: one.marks for one in review_queue.case(loop.db, loop.city.wang, finding_id).before}
    assert before == {uuid: shown[uuid].marks, plain: ""}


def test_what_another_visit_says_of_a_photo_does_not_count(loop: Loop) -> None:
    finding_id = loop.rectifying()
    uuid = photo(loop, finding_id)
    other = loop.visited("fuling", "FL01")["visit_id"]
    said(loop, uuid, 9003, other, overlay=[ARROW], caption="别处")
    (shown,) = reading.view(loop.db, loop.city.mei, finding_id).photos
    assert (shown.marks, shown.caption) == ("", "")
