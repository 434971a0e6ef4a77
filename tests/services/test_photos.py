"""Photos of visits on both databases: kept once, mosaic never missing, originals gone after their time."""

import datetime as dt
import threading

from sqlmodel import col, func, select, update

from audit.db.models import Event, FindingPhoto, Photo, Visit
from audit.errors import RoundsError
from audit.services import clock
from audit.services.photo_care import collect_photos
from audit.services.photos import PhotoReceipt, Upload, photo_file, receive_photo
from tests.field import Field, new_uuid, picture
from tests.hands import Hands, refusal


def send(field: Field, hands: Hands, upload: Upload, seed: int = 1) -> PhotoReceipt:
    return receive_photo(field.db, field.city.lin, hands.photos, hands.intake, upload, picture(seed))


def test_ten_at_once_are_kept_once_and_get_the_same_receipt(field: Field, hands: Hands) -> None:
    upload = Upload(new_uuid(), field.assignment_id, field.visit_id)
    receipts: list[PhotoReceipt] = []
    threads = [threading.Thread(target=lambda: receipts.append(send(field, hands, upload))) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(receipt.created for receipt in receipts) == [False] * 9 + [True]
    assert len({(receipt.sha256, receipt.received_at) for receipt in receipts}) == 1
    with field.db.read() as session:
        assert session.exec(select(func.count()).select_from(Photo)).one() == 1
        assert session.exec(select(func.count()).where(Event.verb == "photo.received")).one() == 1
    assert field.visit().state == "open"


def test_a_uuid_is_of_one_person_and_one_picture(field: Field, hands: Hands) -> None:
    upload = Upload(new_uuid(), field.assignment_id, field.visit_id)
    send(field, hands, upload)
    assert refusal(lambda: send(field, hands, upload, seed=2)).code == "photo.uuid_reused"
    zhao = field.city.zhao
    again = refusal(lambda: receive_photo(field.db, zhao, hands.photos, hands.intake, upload, picture()))
    assert again.code == "photo.uuid_reused"


def test_the_mosaic_is_burnt_in_from_the_start_and_again_when_it_changes(field: Field, hands: Hands) -> None:
    lin, uuid = field.city.lin, new_uuid()
    box = {"x": 0.0, "y": 0.0, "w": 0.5, "h": 0.5}
    field.write(lin, f"photo:{uuid}", {"attached_to": "item:A01", "mosaic": [box]})
    send(field, hands, Upload(uuid, field.assignment_id, field.visit_id))

    def row() -> Photo:
        with field.db.read() as session:
            return session.get_one(Photo, uuid)

    first = row()
    assert first.mosaic == [box]
    receipt = field.write(
        lin, f"photo:{uuid}", {"attached_to": "item:A01", "mosaic": [{**box, "w": 1.0}]},
        bases=field.heads(f"photo:{uuid}"),
    )  # fmt: skip
    assert receipt.stale_photo == uuid
    assert row().report_sha256 == ""  # shown to nobody until it is made anew
    shown = photo_file(field.db, field.city.wang, hands.photos, hands.intake, uuid, "report")
    assert shown.sha256 == row().report_sha256 != first.report_sha256
    assert row().mosaic == [{**box, "w": 1.0}]
    assert field.write(lin, f"photo:{uuid}", {"attached_to": "item:A02", "mosaic": [{**box, "w": 1.0}]},
                       bases=field.heads(f"photo:{uuid}")).stale_photo is None  # fmt: skip


def test_photos_of_the_communication_record_belong_to_the_assignment(field: Field, hands: Hands) -> None:
    uuid = new_uuid()
    field.write(field.city.lin, f"photo:{uuid}", {"attached_to": "communication", "role": "signature"}, visit_id=None)
    send(field, hands, Upload(uuid, field.assignment_id, None))
    for name, code in (("zhao", ""), ("wang", ""), ("chen", "not_found"), ("mei", "not_found"), ("adam", "forbidden")):
        actor = field.city.actors[name]
        try:
            photo_file(field.db, actor, hands.photos, hands.intake, uuid, "thumbnail")
            found = ""
        except RoundsError as error:
            found = error.code
        assert found == code, name
    with field.db.write() as session:
        session.get_one(Visit, field.visit_id).state = "accepted"
    for name in ("mei", "hu"):  # the branch and the hall that was visited: they attended and signed
        assert photo_file(field.db, field.city.actors[name], hands.photos, hands.intake, uuid, "thumbnail").sha256


def test_a_submitted_visit_takes_no_photo_that_nothing_speaks_of(field: Field, hands: Hands) -> None:
    field.fill(hands, field.city.lin)
    field.submit()
    upload = Upload(new_uuid(), field.assignment_id, field.visit_id)
    assert refusal(lambda: send(field, hands, upload)).code == "visit.not_open"


def test_a_late_revision_cannot_draw_in_a_photo_of_another_visit(field: Field, hands: Hands) -> None:
    lin, foreign = field.city.lin, new_uuid()
    send(field, hands, Upload(foreign, field.assignment_id, field.second_visit_id))
    field.fill(hands, lin, A03="later")
    field.submit()
    field.write(lin, f"photo:{foreign}", {"attached_to": "item:A03"})
    field.rate(lin, "A03", "fail")
    with field.db.read() as session:
        assert session.exec(select(FindingPhoto).where(FindingPhoto.photo_uuid == foreign)).all() == []


def test_originals_go_after_their_time_but_not_one_whose_derivatives_are_still_to_be_made(
    field: Field, hands: Hands
) -> None:
    done, waiting = (field.photo(hands, field.city.lin, "item:A01", seed=seed) for seed in (1, 2))
    with field.db.write() as session:
        session.exec(update(Photo).values(received_at=clock.now() - dt.timedelta(days=400)))
        session.exec(update(Photo).where(col(Photo.uuid) == waiting).values(thumbnail_sha256="", report_sha256=""))
    assert collect_photos(field.db, hands.photos, originals_days=365).originals == 1
    with field.db.read() as session:
        assert session.get_one(Photo, done).original_deleted_at is not None
    shown = photo_file(field.db, field.city.wang, hands.photos, hands.intake, waiting, "report")
    assert hands.photos.exists(shown.sha256)


def test_an_original_that_was_deleted_after_its_time_is_not_found(field: Field, hands: Hands) -> None:
    uuid = field.photo(hands, field.city.lin, "item:A01")
    with field.db.write() as session:
        session.get_one(Photo, uuid).original_deleted_at = clock.now()
    gone = refusal(lambda: photo_file(field.db, field.city.wang, hands.photos, hands.intake, uuid, "original"))
    assert gone.code == "not_found"
    assert photo_file(field.db, field.city.wang, hands.photos, hands.intake, uuid, "report").media_type == "image/jpeg"
