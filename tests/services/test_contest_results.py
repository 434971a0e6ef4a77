"""A closed season's documents: made by a job, read back, verified by anybody, made anew only for another result."""

import hashlib
import io
import re
from collections.abc import Callable, Iterator
from urllib.parse import urlparse

import pypdfium2
import pytest
import segno
from PIL import Image
from sqlmodel import col, select
from starlette.testclient import TestClient

from audit.config import settings
from audit.db.models import Contestant, Document, Event
from audit.domain.events import Head
from audit.errors import RoundsError
from audit.jobs import work
from audit.services import clock, jobs
from audit.services.contest import results, seasons
from audit.services.installation import Installation
from audit.services.proof import issued
from tests.contesting import IN_SEASON, Contest, contribute, found_contest
from tests.factories import City
from tests.papers import lay_fonts_ready

MOST_BYTES = 12_000_000  # of 128 certificates
SCALE = 4  # pictures of pages: 288 dots per inch


@pytest.fixture
def contest(city: City, house: Installation) -> Iterator[Contest]:
    """A closed season with five stars; the third has no portrait, the first a rare name."""
    lay_fonts_ready(house)
    with clock.stopped(IN_SEASON):
        made = found_contest(city)
        with made.db.write() as session:
            for row in session.exec(select(Contestant)).all():
                row.name = "王喆堃" if row.id == made.ids[0] else row.name
                row.photo_sha256 = house.photos.put_bytes(portrait(row.id or 0)) if row.id != made.ids[2] else ""
                row.thumbnail_sha256 = row.photo_sha256
                session.add(row)
        for place, id_ in enumerate(made.ids[:5]):
            contribute(made, id_, "idea", 500 - 10 * place)
        step(made, "freeze", "close")
        yield made


def portrait(number: int) -> bytes:
    out = io.BytesIO()
    rough = Image.effect_noise((1200, 1600), 24).convert("RGB")  # as large and as restless as a photo of a phone
    Image.blend(rough, Image.new("RGB", rough.size, (20 * number % 256, 110, 90)), 0.5).save(out, "JPEG", quality=82)
    return out.getvalue()


def step(contest: Contest, *actions: str) -> None:
    for action in actions:
        version = seasons.get_season(contest.db, contest.ou, contest.season_id).version
        seasons.move_season(contest.db, contest.ou, contest.season_id, version, action, "复核")


def made(contest: Contest, house: Installation, kind: str, language: str = "zh") -> Document:
    """The document that a job made."""
    params = {"season_id": contest.season_id, "kind": kind, "language": language}
    job_id = work.submit(house, contest.ou, "contest_result", params)
    work.run(house, job_id)
    job = jobs.look(contest.db, contest.ou, job_id)
    assert (job.state, job.error_code) == ("done", "")
    return results.document(house, contest.ou, contest.season_id, job.result["document_id"])


def printed_code(page: pypdfium2.PdfPage, address: str) -> bool:
    """Whether the QR code at the foot of a page is the one of an address, module by module."""
    wanted = [[bool(dot) for dot in row] for row in segno.make(address, error="m", micro=False).matrix_iter(border=0)]
    picture = page.render(scale=SCALE).to_pil().convert("L")
    width, height = picture.size
    corner = picture.crop((width * 12 // 100, height * 80 // 100, width * 28 // 100, height * 95 // 100))
    box = corner.point(lambda value: 255 if value < 100 else 0).getbbox()
    assert box
    code, size = corner.crop(box), (box[2] - box[0]) / len(wanted)
    middles = [int((index + 0.5) * size) for index in range(len(wanted))]
    return [[code.getpixel((x, y)) < 128 for x in middles] for y in middles] == wanted


def pictures(page: pypdfium2.PdfPage) -> int:
    return sum(one.type == pypdfium2.raw.FPDF_PAGEOBJ_IMAGE for one in page.get_objects())


def test_each_star_s_certificate_names_portrays_and_proves_it(
    contest: Contest, house: Installation, sign_in_as: Callable[..., TestClient]
) -> None:
    row = made(contest, house, "certificates")
    content = house.documents.read(row.sha256)
    assert (hashlib.sha256(content).hexdigest(), len(content)) == (row.sha256, row.size)
    with contest.db.read() as session:
        event = session.exec(select(Event).where(Event.seq == row.chain_seq)).one()
        own = session.exec(select(Document).where(Document.kind == "certificate").order_by(col(Document.id))).all()
    head = Head(event.seq, event.sha256)
    assert head.sha256 == row.chain_sha256
    assert row.pages == len(own) == 5
    browser = sign_in_as(None)
    with pypdfium2.PdfDocument(content) as pdf:
        assert len(pdf) == 5
        for page, proof in zip(pdf, own, strict=True):
            text = re.sub(r"\s+", "", page.get_textpage().get_text_range())
            name, organisation = proof.subject.split(" · ")
            for words in (name, organisation, proof.number, str(head), "荣誉证书"):
                assert words in text, words
            assert pictures(page) == (0 if name == "选手2" else 1)
            address = f"{settings().public_url}/verify/{proof.number}"
            assert address in text
            assert printed_code(page, address)
            told = browser.get(urlparse(address).path, params={"lang": "zh_CN"})
            assert told.status_code == 200
            for words in (name, organisation, "荣誉证书", f'data-fingerprints="{row.sha256}"'):
                assert words in told.text, words
    assert [one.subject.split(" · ")[0] for one in own] == ["王喆堃", "选手1", "选手2", "选手3", "选手4"]
    assert len(issued(contest.db, row.sha256, "198.51.100.7")) == 6, "the file, and each certificate in it"
    assert browser.get(f"/verify/{row.number}99999").status_code == 404


def test_certificates_carry_portraits_as_fine_as_print_needs_so_that_128_are_light(
    contest: Contest, house: Installation
) -> None:
    row = made(contest, house, "certificates")
    assert row.size / 5 * 128 < MOST_BYTES
    with pypdfium2.PdfDocument(house.documents.read(row.sha256)) as pdf:
        (picture,) = [one for one in pdf[0].get_objects() if one.type == pypdfium2.raw.FPDF_PAGEOBJ_IMAGE]
        assert picture.get_px_size() == (425, 567), "300 dots per inch of 36 × 48 mm"
    assert len(portrait(1)) > 3 * row.size / 5, "the stored picture is heavier"


def test_the_scoreboard_holds_everybody_and_the_stars_portraits(contest: Contest, house: Installation) -> None:
    row = made(contest, house, "scoreboard", "en")
    with pypdfium2.PdfDocument(house.documents.read(row.sha256)) as pdf:
        text = "\n".join(page.get_textpage().get_text_range() for page in pdf)
        assert sum(pictures(page) for page in pdf) == 4
        assert printed_anywhere(pdf, row.number)
    assert all(f"选手{place}" in text for place in range(1, 9))
    assert row.chain_sha256[:16] in text
    assert re.sub(r"\s", "", text).count(row.result_sha256) == 1
    assert "/contest/recount" in text
    assert issued(contest.db, row.number, "198.51.100.7")[0].sha256 == row.sha256


def printed_anywhere(pdf: pypdfium2.PdfDocument, number: str) -> bool:
    return any(f"/verify/{number}" in page.get_textpage().get_text_range() for page in pdf)


def test_asked_again_it_is_the_same_file_and_another_result_is_another_edition(
    contest: Contest, house: Installation
) -> None:
    first = made(contest, house, "scoreboard")
    assert made(contest, house, "scoreboard").id == first.id
    step(contest, "reopen")
    with pytest.raises(RoundsError, match="wrong_state"):
        results.make(house, contest.ou, contest.season_id, "scoreboard", "zh")
    contribute(contest, contest.ids[8], "idea", 600)
    step(contest, "close")
    assert results.documents_of(contest.db, contest.ou, contest.season_id) == []
    second = made(contest, house, "scoreboard")
    assert (first.number, second.number) == ("SA-2026-B", "SA-2026-B2")
    assert second.sha256 != first.sha256
    assert [row.id for row in results.documents_of(contest.db, contest.ou, contest.season_id)] == [second.id]
    kept = results.document(house, contest.ou, contest.season_id, first.id or 0)
    assert kept.sha256 == first.sha256, "what was issued stays"


def test_a_job_says_why_there_is_no_document_and_nobody_else_makes_one(contest: Contest, house: Installation) -> None:
    step(contest, "reopen")
    params = {"season_id": contest.season_id, "kind": "certificates", "language": "zh"}
    for actor, code in ((contest.ou, "wrong_state"), (contest.ju, "forbidden"), (contest.city.wang, "forbidden")):
        job_id = work.submit(house, actor, "contest_result", params)
        work.run(house, job_id)
        job = jobs.look(contest.db, actor, job_id)
        assert (job.state, job.error_code) == ("failed", code)
    with contest.db.read() as session:
        assert session.exec(select(Document)).all() == []
    for kind, language in (("certificate", "zh"), ("scoreboard", "fr")):
        with pytest.raises(RoundsError, match="invalid"):
            results.make(house, contest.ou, contest.season_id, kind, language)
