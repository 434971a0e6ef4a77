"""The record of the exit meeting: signatures know their text, and it stays as it is once the visits are accepted."""

from typing import Any

import pytest
from sqlmodel import select

from audit.db.models import Photo, Visit
from audit.domain.meeting import changed_after, text_sha256
from audit.services import photos
from audit.services.bootstrap import assignment_json, assignment_tag
from audit.services.visit_content import resolved_subject
from audit.services.visits import meetings_closed
from tests.field import Field, new_uuid, picture
from tests.hands import Hands, refusal

TEXT = {"place": "三楼会议室", "opinion": "认可", "agreed": "一周内整改"}


def put(field: Field, **states: str) -> None:
    """The states of the two visits of the assignment."""
    with field.db.write() as session:
        for name, state in states.items():
            row = session.get_one(Visit, field.visit_id if name == "first" else field.second_visit_id)
            row.state = state


def say(field: Field, body: dict[str, Any]) -> None:
    field.write(field.city.lin, "communication", body, visit_id=None, bases=heads(field))


def heads(field: Field) -> tuple[str, ...]:
    with field.db.read() as session:
        found = resolved_subject(session, field.assignment_id, None, "communication")
    return tuple(head.uuid for head in found.heads) if found else ()


def signed(body: dict[str, Any], uuid: str = "") -> dict[str, Any]:
    """The record with Mei's signature under it as it stands."""
    return {
        **body,
        "signatures": [{"name": "梅芳", "photo_uuid": uuid or new_uuid(), "text_sha256": text_sha256(body)}],
    }


def test_a_signature_keeps_its_text_and_tells_when_the_record_says_something_else(field: Field) -> None:
    record = signed(TEXT)
    say(field, record)
    say(field, {**record, "agreed": "两周内整改"})
    with field.db.read() as session:
        found = resolved_subject(session, field.assignment_id, None, "communication")
    assert found
    body = found.entry.body
    assert [changed_after(one, body) for one in body["signatures"]] == [True]
    say(field, record)  # what was signed stands again


@pytest.mark.parametrize("hash_given", ["of the new text", "none"])
def test_no_other_text_is_put_under_a_signature(field: Field, hash_given: str) -> None:
    uuid = new_uuid()
    say(field, signed(TEXT, uuid))
    other = {**TEXT, "agreed": "无需整改"}
    forged = signed(other, uuid)
    if hash_given == "none":
        forged["signatures"] = [{"name": "梅芳", "photo_uuid": uuid}]
    refused = refusal(lambda: say(field, forged))
    assert (refused.code, refused.params["field"]) == ("revision.field", "signatures.text_sha256")
    say(field, signed(other))  # a new signature is welcome


@pytest.mark.parametrize(
    ("first", "second", "closed"),
    [
        ("planned", "planned", False),
        ("accepted", "planned", False),
        ("accepted", "submitted", False),
        ("accepted", "returned", False),
        ("accepted", "accepted", True),
        ("accepted", "cancelled", True),
        ("cancelled", "cancelled", False),
    ],
)
def test_the_record_is_closed_with_the_last_visit(field: Field, first: str, second: str, closed: bool) -> None:
    say(field, TEXT)
    before = assignment_tag(field.db, field.city.lin, field.assignment_id)
    put(field, first=first, second=second)
    with field.db.read() as session:
        assert meetings_closed(session, [field.assignment_id]) == ({field.assignment_id} if closed else set())
    found = assignment_json(field.db, field.city.zhao, field.assignment_id)["communication"]
    assert found["closed"] is closed
    assert (assignment_tag(field.db, field.city.lin, field.assignment_id) != before) == closed
    change = {**TEXT, "agreed": "改了"}
    if closed:
        assert refusal(lambda: say(field, change)).code == "meeting.closed"
        photo = refusal(lambda: field.write(field.city.lin, f"photo:{new_uuid()}", {"attached_to": "communication"},
                                            visit_id=None))  # fmt: skip
        assert photo.code == "meeting.closed"
    else:
        say(field, change)
    found = assignment_json(field.db, field.city.zhao, field.assignment_id)["communication"]
    assert len(found["revisions"]) == (1 if closed else 2)


def test_what_was_kept_before_the_end_is_answered_again_and_its_picture_still_comes(field: Field, hands: Hands) -> None:
    lin, uuid = field.city.lin, new_uuid()
    told = field.record(f"photo:{uuid}", {"attached_to": "communication", "role": "signature"}, visit_id=None)
    field.write(lin, told.subject, told.body, visit_id=None, uuid=told.uuid)
    put(field, first="accepted", second="accepted")
    again = field.write(lin, told.subject, told.body, visit_id=None, uuid=told.uuid)
    assert not again.created
    for number, allowed in ((uuid, True), (new_uuid(), False)):
        upload = photos.Upload(number, field.assignment_id, None)

        def send(upload: photos.Upload = upload) -> object:
            return photos.receive_photo(field.db, lin, hands.photos, hands.intake, upload, picture(5))

        if allowed:
            send()
        else:
            assert refusal(send).code == "meeting.closed"
    with field.db.read() as session:
        assert list(session.exec(select(Photo.uuid)).all()) == [uuid]
