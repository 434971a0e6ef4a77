"""Contestants' pictures, one by one and by ZIP, and that they are kept; and the rules as people read them."""

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from sqlmodel import select

from audit.db.models import Contestant
from audit.domain.contest.rules import default_rules
from audit.errors import RoundsError
from audit.photos.intake import IntakePool
from audit.photos.local import LocalStore
from audit.services import clock, photo_care
from audit.services.contest import rules_page
from audit.services.contest.portraits import import_portraits, set_portrait
from tests.contesting import IN_SEASON, Contest, found_contest
from tests.factories import found_city


@pytest.fixture
def contest(sqlite_db: object) -> Iterator[Contest]:
    with clock.stopped(IN_SEASON):
        yield found_contest(found_city(sqlite_db))  # type: ignore[arg-type]


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    return LocalStore(tmp_path / "photos")


def picture(colour: str) -> bytes:
    buffer = io.BytesIO()
    exif = Image.Exif()
    exif[0x010F] = "a phone"
    Image.new("RGB", (600, 800), colour).save(buffer, "JPEG", exif=exif)
    return buffer.getvalue()


def packed(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def test_a_zip_sets_everybody_s_picture_and_says_what_it_could_not(
    contest: Contest, store: LocalStore, intake: IntakePool
) -> None:
    files = {
        "照片/E0000.jpg": picture("red"),
        "E0001.JPG": picture("green"),
        "E0002.jpg": b"no picture",
        "E0002.png": picture("white"),
        "E9999.jpg": picture("blue"),
        "分公司/e0000.jpeg": picture("blue"),
        "__MACOSX/._E0000.jpg": b"litter",
        "Thumbs.db": b"litter",
    }
    told: list[tuple[int, int]] = []
    found = import_portraits(
        contest.db, contest.ou, store, intake, contest.season_id, packed(files), lambda *one: told.append(one)
    )
    assert found.done == 3
    assert told == [(number, 6) for number in range(1, 7)]
    assert {name: error.code for name, error in found.refused.items()} == {
        "E0002.jpg": "photo.unknown_format",
        "E9999.jpg": "portraits.nobody",
        "分公司/e0000.jpeg": "portraits.twice",
    }
    with contest.db.read() as session:
        rows = session.exec(select(Contestant).where(Contestant.photo_sha256 != "")).all()
        assert {row.employee_number for row in rows} == {"E0000", "E0001", "E0002"}
        needed = photo_care.needed(session)
    for sha256 in (rows[0].photo_sha256, rows[0].thumbnail_sha256):
        assert sha256 in needed
        assert photo_care.is_referenced(contest.db, sha256)
        with store.open(sha256) as file:
            assert not Image.open(file).getexif()
    assert not photo_care.is_referenced(contest.db, "0" * 64)


def test_a_folder_that_windows_packed_is_named_as_it_was_called(
    contest: Contest, store: LocalStore, intake: IntakePool
) -> None:
    data = packed({"AB/e0003.JPG": picture("red"), "AB/E9.jpg": picture("red")})
    data = data.replace(b"AB/", "照".encode("gbk") + b"/")
    found = import_portraits(contest.db, contest.ou, store, intake, contest.season_id, data)
    assert (found.done, list(found.refused)) == (1, ["照/E9.jpg"])


def test_only_the_organiser_sets_pictures_and_only_from_a_sound_zip(
    contest: Contest, store: LocalStore, intake: IntakePool
) -> None:
    for actor in (contest.ju, contest.city.mei):
        with pytest.raises(RoundsError, match="forbidden"):
            set_portrait(contest.db, actor, store, intake, contest.ids[0], picture("red"))
        with pytest.raises(RoundsError, match="forbidden"):
            import_portraits(contest.db, actor, store, intake, contest.season_id, packed({}))
    for data in (b"", b"PK\x03\x04", packed({"E0000.jpg": picture("red")})[:-30]):
        with pytest.raises(RoundsError, match=r"portraits\.zip"):
            import_portraits(contest.db, contest.ou, store, intake, contest.season_id, data)


@pytest.mark.parametrize(
    ("locale", "words"), [("en", "50 % skills + 30 % quiz + 20 % votes"), ("zh_CN", "技能 50% + 答题 30%")]
)
def test_the_rules_are_read_from_the_rules(locale: str, words: str) -> None:
    chapters = rules_page.chapters(default_rules(), locale)
    text = "\n".join(line for chapter in chapters for line in chapter.lines)
    assert words in text
    assert "{" not in text
    for figure in ("128", "63", "75", "95", "16", "12", "15"):
        assert figure in text


@pytest.mark.parametrize(
    ("hundredths", "told"), [(9350, "93.5"), (7500, "75"), (200, "2"), (1, "0.01"), (10_000, "100")]
)
def test_points_are_written_without_idle_zeros(hundredths: int, told: str) -> None:
    assert rules_page.points(hundredths) == told
