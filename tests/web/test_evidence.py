"""Evidence over HTTP: what a file is its bytes say, the same file twice is one, and nobody foreign gets it."""

import hashlib
import io
import zipfile
from collections.abc import Callable

import pytest
from starlette.testclient import TestClient

from audit.services.installation import Installation
from audit.services.loop import delegating, rectifying
from tests.factories import City
from tests.field import new_uuid, picture
from tests.hands import refusal
from tests.looping import Loop, enter_the_loop

Browsers = Callable[..., TestClient]
PDF = b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
WORD = "wordprocessingml.document.main+xml"
EXCEL = "spreadsheetml.sheet.main+xml"


def office(types: str, **parts: bytes) -> bytes:
    """An Office file as far as its kind can be seen."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", f"<Types><Override ContentType='application/x.{types}'/></Types>")
        for name, data in parts.items():
            archive.writestr(name.replace("__", "/"), data)
    return made.getvalue()


def bomb() -> bytes:
    """A list of parts that is an entity bomb's size, packed to almost nothing."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", b"<Types>" + bytes(2 * 2**20))
    return made.getvalue()


@pytest.fixture
def loop(city: City) -> Loop:
    return enter_the_loop(city)


def put(browser: TestClient, finding_id: int, data: bytes, uuid: str = "", **said: str):  # type: ignore[no-untyped-def]
    address = f"/api/v1/findings/{finding_id}/evidence/{uuid or new_uuid()}"
    return browser.put(address, content=data, params=said)


def test_a_photo_is_kept_once_and_shown_to_who_may_read(loop: Loop, house: Installation, sign_in_as: Browsers) -> None:
    finding_id, uuid, data = loop.rectifying(), new_uuid(), picture()
    mei = sign_in_as(loop.city.mei)
    first = put(mei, finding_id, data, uuid, role="after", filename="C:\\厅\\整改后.JPG")
    assert first.status_code == 200, first.text
    assert first.json()["sha256"] == hashlib.sha256(data).hexdigest()
    assert first.json()["filename"] == "整改后.jpg"
    assert put(mei, finding_id, data, uuid, role="after").json() == first.json()
    other = put(mei, finding_id, picture(2), uuid)
    assert (other.status_code, other.json()["code"]) == (409, "photo.uuid_reused")
    shown = mei.get(f"/photos/evidence/{uuid}/thumbnail")
    assert (shown.status_code, shown.headers["content-type"]) == (200, "image/jpeg")
    assert sign_in_as(loop.city.chen).get(f"/photos/evidence/{uuid}/thumbnail").status_code in (403, 404)
    assert mei.delete(f"/api/v1/evidence/{uuid}").status_code == 204
    assert mei.get(f"/photos/evidence/{uuid}/thumbnail").status_code == 404
    assert rectifying.answer_of(loop.db, loop.city.mei, finding_id).evidence == ()


def test_what_was_given_for_one_finding_counts_for_another_without_being_sent_again(
    loop: Loop, house: Installation, sign_in_as: Browsers
) -> None:
    given, other = loop.rectifying(), loop.rectifying(item="A02", outlet_id=loop.city.outlets["JB02"])
    mei, uuid, again = sign_in_as(loop.city.mei), new_uuid(), new_uuid()
    sent = put(mei, given, PDF, uuid, filename="培训.pdf").json()
    said = {"same": uuid, "proves": "training_record", "sha256": sent["sha256"]}
    answer = put(mei, other, b"", again, **said)
    assert answer.status_code == 200, answer.text
    assert answer.json() | {"uuid": "", "received_at": ""} == sent | {"uuid": "", "received_at": ""}
    assert put(mei, other, b"", again, **said).json() == answer.json()
    (proof,) = rectifying.answer_of(loop.db, loop.city.mei, other).evidence
    assert (proof.kind, proof.proves, proof.filename) == ("pdf", "training_record", "培训.pdf")
    refused = {
        "nobody's": ({"same": new_uuid()}, 404),
        "another file": ({"same": uuid, "sha256": "0" * 64}, 422),
        "no scan": ({"same": uuid, "role": "scan"}, 422),
        "no id": ({"same": "x" * 40}, 422),
    }
    for why, (wrong, status) in refused.items():
        assert put(mei, other, b"", **wrong).status_code == status, why
    hu = sign_in_as(loop.city.hu)
    delegating.delegate(loop.db, loop.city.mei, given, loop.city.hu.account_id)
    assert put(hu, given, b"", same=uuid).json()["code"] == "not_found", "somebody else's file"
    mei.delete(f"/api/v1/evidence/{uuid}")
    assert put(mei, other, b"", same=uuid).json()["code"] == "not_found", "taken back"
    assert len(rectifying.answer_of(loop.db, loop.city.mei, other).evidence) == 1


def test_a_comment_takes_photos_alone_and_shows_them_to_who_may_read(
    loop: Loop, house: Installation, sign_in_as: Browsers
) -> None:
    finding_id, uuid = loop.rectifying(), new_uuid()
    wang = sign_in_as(loop.city.wang)
    assert put(wang, finding_id, picture(), uuid, subject="comment").status_code == 200
    refused = put(wang, finding_id, PDF, subject="comment")
    assert (refused.status_code, refused.json()["code"]) == (422, "evidence.comment")
    assert sign_in_as(loop.city.luo).get(f"/photos/evidence/{uuid}/report").status_code == 200
    assert sign_in_as(loop.city.chen).get(f"/photos/evidence/{uuid}/report").status_code in (403, 404)
    assert sign_in_as(loop.city.mei).delete(f"/api/v1/evidence/{uuid}").status_code == 404


@pytest.mark.parametrize(
    ("data", "ending", "kind"),
    [(PDF, "pdf", "pdf"), (office(WORD), "docx", "word"), (office(EXCEL), "xlsx", "excel")],
    ids=["pdf", "word", "excel"],
)
def test_a_document_is_a_download_and_never_shown(
    loop: Loop, house: Installation, sign_in_as: Browsers, data: bytes, ending: str, kind: str
) -> None:
    finding_id, uuid = loop.rectifying(), new_uuid()
    mei = sign_in_as(loop.city.mei)
    receipt = put(mei, finding_id, data, uuid, filename="培训记录.exe").json()
    assert (receipt["kind"], receipt["filename"]) == (kind, f"培训记录.{ending}")
    got = mei.get(f"/documents/evidence/{uuid}")
    assert got.content == data
    assert got.headers["content-disposition"].startswith("attachment;")
    assert got.headers["x-content-type-options"] == "nosniff"
    assert mei.get(f"/photos/evidence/{uuid}/thumbnail").status_code == 404
    assert sign_in_as(None).get(f"/documents/evidence/{uuid}").status_code == 401


BAD_FILES = {
    "a program": (b"MZ\x90" + bytes(200), "evidence.kind"),
    "a page": (b"<html><script>alert(1)</script>", "evidence.kind"),
    "a plain archive": (office("zip"), "evidence.kind"),
    "half a Word file": (office(WORD)[:60], "evidence.damaged"),
    "half a PDF": (PDF[:-7], "evidence.damaged"),
    "a PDF with a script": (PDF.replace(b"<<>>", b"<</S/JavaScript>>", 1), "evidence.macros"),
    "a Word file with macros": (office("word.document.macroEnabled.main+xml"), "evidence.macros"),
    "an Excel file with a macro part": (office(EXCEL, **{"xl__vbaProject.bin": b"x"}), "evidence.macros"),
    "a Word file of 201 MB inside": (office(WORD, word__media=bytes(201 * 2**20)), "evidence.too_large"),
    "an old Office file inside": (
        office(WORD, word__media__image1=b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(99)),
        "evidence.macros",
    ),
    "a program inside": (office(WORD, word__embeddings__setup=b"MZ" + bytes(99)), "evidence.macros"),
    "an Excel file with macros inside": (office(EXCEL, **{"xl__embeddings__a.XLSM": b"PK"}), "evidence.macros"),
    "macros behind an entity": (
        office(f"{WORD}'/><Default ContentType='application/x.macro&#69;nabled"),
        "evidence.macros",
    ),
    "macros behind another entity": (
        office(f"{WORD}'/><Override ContentType='application/vnd.ms-office.vba&#x50;roject"),
        "evidence.macros",
    ),
    "not quite an archive": (office(WORD).replace(b"PK", b"PX", 1), "photo.unknown_format"),
    "a Word file that is packed too well": (office(WORD, word__document=bytes(30 * 2**20)), "evidence.too_large"),
    "a bomb": (bomb(), "evidence.too_large"),
    "a PDF with an escaped script": (PDF.replace(b"<<>>", b"<</S/J#61vaScript>>", 1), "evidence.macros"),
    "a PDF with media": (PDF.replace(b"<<>>", b"<</Subtype/RichMedia>>", 1), "evidence.macros"),
    "a drawing": (b"\xef\xbb\xbf<svg onload=alert(1)>", "photo.unknown_format"),
    "a GIF": (b"GIF89a" + bytes(200), "photo.unknown_format"),
    "a text": (b"no picture at all", "photo.unknown_format"),
    "nothing": (b"", "photo.empty"),
}


@pytest.mark.parametrize(("data", "code"), BAD_FILES.values(), ids=BAD_FILES.keys())
def test_what_is_no_good_file_is_refused_and_leaves_nothing(
    loop: Loop, house: Installation, sign_in_as: Browsers, data: bytes, code: str
) -> None:
    finding_id = loop.rectifying()
    refused = put(sign_in_as(loop.city.mei), finding_id, data, filename="照片.jpg")
    assert refused.json()["code"] == code
    assert rectifying.answer_of(loop.db, loop.city.mei, finding_id).evidence == ()
    assert list(house.documents.blobs()) == []


def test_a_foreign_or_submitted_finding_takes_nothing(loop: Loop, house: Installation, sign_in_as: Browsers) -> None:
    finding_id = loop.submitted()
    late = put(sign_in_as(loop.city.mei), finding_id, picture())
    assert (late.status_code, late.json()["code"]) == (409, "wrong_state")
    assert put(sign_in_as(loop.city.chen), finding_id, picture()).status_code in (403, 404)
    kept = rectifying.answer_of(loop.db, loop.city.mei, finding_id).evidence[0]
    taken_back = refusal(lambda: rectifying.remove_evidence(loop.db, loop.city.mei, kept.uuid))
    assert taken_back.code == "wrong_state"


def test_an_entity_bomb_in_the_list_of_parts_is_never_unfolded(
    loop: Loop, house: Installation, sign_in_as: Browsers
) -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        entities = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10 if n else "ha"}">' for n in range(10))
        archive.writestr(
            "[Content_Types].xml", f"<!DOCTYPE t [{entities}]><Types><Override ContentType='&a9;'/></Types>"
        )
    refused = put(sign_in_as(loop.city.mei), loop.rectifying(), made.getvalue())
    assert (refused.status_code, refused.json()["code"]) == (422, "evidence.damaged")


def test_a_sealed_scan_is_a_pdf_or_a_photo_and_no_photo_of_the_state_after(
    loop: Loop, house: Installation, sign_in_as: Browsers
) -> None:
    finding_id, mei = loop.rectifying(), sign_in_as(loop.city.mei)
    assert put(mei, finding_id, PDF, role="scan").json()["kind"] == "scan"
    photo = new_uuid()
    assert put(mei, finding_id, picture(), photo, role="scan").json()["kind"] == "scan"
    assert mei.get(f"/photos/evidence/{photo}/report").status_code == 200
    refused = put(mei, finding_id, office(WORD), role="scan")
    assert (refused.status_code, refused.json()["code"]) == (422, "evidence.scan")
    answer = rectifying.answer_of(loop.db, loop.city.mei, finding_id)
    assert [proof.kind for proof in answer.evidence] == ["scan", "scan"]
    assert "evidence" in rectifying.lacking(answer), "a photo of the state after was asked for"
    assert put(mei, finding_id, PDF, role="seal").json()["code"] == "invalid"
