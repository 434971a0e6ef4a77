"""A good photo, whatever phone it came from, becomes facts and two clean, upright derivatives."""

import asyncio
import hashlib
import math
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

from audit.photos.decode import reduction
from audit.photos.intake import IntakePool
from tests.unit.photo_pictures import (
    CORNERS,
    coded,
    corner_colours,
    decoded,
    derivatives,
    jpeg_markers,
    marked,
    png,
    png_chunk,
    scene,
)

ORIENTATION, DATE, OFFSET, EXIF_IFD, GPS_IFD = 0x0112, 0x9003, 0x9011, 0x8769, 0x8825
# How a camera that wrote the orientation had to be held: what undoes it to the stored pixels.
STORED_AS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


@pytest.fixture(scope="module")
def pool() -> Iterator[IntakePool]:
    made = IntakePool(1)
    yield made
    made.close()


def exif(
    orientation: int | None = None, detail: dict[int, object] | None = None, gps: dict[int, object] | None = None
) -> Image.Exif:
    made = Image.Exif()
    if orientation is not None:
        made[ORIENTATION] = orientation
    if detail:
        made.get_ifd(EXIF_IFD).update(detail)
    if gps:
        made.get_ifd(GPS_IFD).update(gps)
    return made


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_comes_out_upright(pool: IntakePool, orientation: int) -> None:
    stored = marked() if orientation == 1 else marked().transpose(STORED_AS[orientation])
    taken = pool.take_in(coded(stored, exif=exif(orientation)))
    assert (taken.width, taken.height) == (1600, 1200)
    assert taken.report_size == (1600, 1200)
    assert taken.thumbnail_size == (320, 240)
    for derivative in derivatives(taken):
        assert corner_colours(derivative) == CORNERS


@pytest.mark.parametrize("form", ["PNG", "WEBP"])
def test_orientation_counts_in_other_formats_too(pool: IntakePool, form: str) -> None:
    stored = marked().transpose(STORED_AS[6])
    taken = pool.take_in(coded(stored, form, exif=exif(6)))
    assert (taken.width, taken.height) == (1600, 1200)
    assert corner_colours(taken.report) == CORNERS


@pytest.mark.parametrize("nonsense", [0, 9, 65535])
def test_an_orientation_that_does_not_exist_is_taken_as_upright(pool: IntakePool, nonsense: int) -> None:
    assert corner_colours(pool.take_in(coded(marked(), exif=exif(nonsense))).report) == CORNERS


def test_a_heic_photo_is_taken_in_upright(pool: IntakePool) -> None:
    taken = pool.take_in(coded(marked(), "HEIF", quality=80))
    assert taken.media_type == "image/heic"
    assert corner_colours(taken.report) == CORNERS
    turned = pool.take_in(coded(marked().transpose(STORED_AS[6]), "HEIF", quality=80, exif=exif(6).tobytes()))
    assert (turned.width, turned.height) == (1600, 1200)
    assert corner_colours(turned.report) == CORNERS


def test_a_phone_jpeg_with_a_second_picture_behind_gives_the_first(pool: IntakePool) -> None:
    both = coded(marked(), "MPO", save_all=True, append_images=[Image.new("RGB", (1600, 1200), "yellow")])
    taken = pool.take_in(both)
    assert taken.media_type == "image/jpeg"
    assert corner_colours(taken.report) == CORNERS


@pytest.mark.parametrize(
    ("long_side", "factor"),
    # 8 × 1000 = 8000: the first long side that may shrink eightfold is 7993 (999.1 rounds up to 1000).
    [(1, 1), (1000, 1), (1998, 1), (1999, 2), (3996, 2), (3997, 4), (4000, 4), (7992, 4), (7993, 8), (40000, 8)],
)
def test_the_factor_leaves_a_thousand_pixels(long_side: int, factor: int) -> None:
    assert reduction(long_side) == factor
    assert factor == 1 or math.ceil(long_side / factor) >= 1000
    assert factor == 8 or math.ceil(long_side / (factor * 2)) < 1000


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize(("size", "report", "thumbnail"), [
    ((4000, 3000), (1000, 750), (320, 240)),
    ((2448, 3264), (1224, 1632), (240, 320)),
    ((900, 600), (900, 600), (320, 213)),
    ((200, 100), (200, 100), (200, 100)),
    ((3000, 4), (1500, 2), (320, 1)),
    ((1, 1), (1, 1), (1, 1)),
])  # fmt: skip
def test_sizes_of_the_derivatives(
    pool: IntakePool, form: str, size: tuple[int, int], report: tuple[int, int], thumbnail: tuple[int, int]
) -> None:
    taken = pool.take_in(coded(Image.new("RGB", size, (90, 120, 60)), form))
    assert (taken.width, taken.height) == size
    assert (taken.report_size, taken.thumbnail_size) == (report, thumbnail)
    assert decoded(taken.report).size == report
    assert decoded(taken.thumbnail).size == thumbnail


def test_the_report_picture_looks_like_the_original_shrunk(pool: IntakePool) -> None:
    original = scene(1, 4000, 3000, grain=0)
    taken = pool.take_in(coded(original))
    expected = np.asarray(original.resize((1000, 750), Image.Resampling.LANCZOS), float)
    error = np.asarray(decoded(taken.report), float) - expected
    assert np.sqrt((error**2).mean()) < 4  # of 255: 36 dB


def test_nothing_of_the_file_but_its_pixels_reaches_a_derivative(pool: IntakePool) -> None:
    secret = b"13800138000-secret"
    facts = exif(1, {DATE: "2026:11:22 09:30:00"}, {1: "N", 2: (29.0, 30.0, 0.0), 3: "E", 4: (106.0, 30.0, 0.0)})
    facts[0x010E] = secret.decode()
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    data = coded(
        scene(2),
        exif=facts,
        comment=secret,
        icc_profile=profile,
        xmp=b"<x:xmpmeta>" + secret + b"</x:xmpmeta>",
        dpi=(301, 301),
    )
    assert data.count(secret) == 3
    assert {0xE1, 0xE2, 0xFE} <= set(jpeg_markers(data))
    for derivative in derivatives(pool.take_in(data)):
        assert secret not in derivative
        assert not {0xE1, 0xE2, 0xFE} & set(jpeg_markers(derivative))
        assert set(decoded(derivative).info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
        assert not decoded(derivative).getexif()


def test_metadata_of_png_and_webp_is_gone_too(pool: IntakePool) -> None:
    text = png_chunk(b"tEXt", b"Comment\0secret-text")
    rows = (b"\0" + bytes(range(90))) * 30
    for data in (
        png(30, 30, 8, 2, rows, text),
        coded(scene(3), "WEBP", xmp=b"secret-text", exif=exif(1, {DATE: "2020:01:01 00:00:00"})),
    ):
        assert b"secret-text" in data
        for derivative in derivatives(pool.take_in(data)):
            assert b"secret-text" not in derivative
            assert jpeg_markers(derivative)[0] == 0xE0
            assert 0xE1 not in jpeg_markers(derivative)


def test_time_and_place_are_read_as_the_files_claims(pool: IntakePool) -> None:
    # 29° 33' 46.8" = 29 + 33/60 + 46.8/3600 = 29.563; 106° 33' 18" = 106.555
    gps = {1: "N", 2: (29.0, 33.0, 46.8), 3: "E", 4: (106.0, 33.0, 18.0)}
    taken = pool.take_in(coded(scene(4), exif=exif(1, {DATE: "2026:11:22 09:30:15", OFFSET: "+09:00"}, gps)))
    assert taken.captured_at == datetime(2026, 11, 22, 0, 30, 15, tzinfo=UTC)
    assert taken.captured_offset_known
    assert (taken.latitude, taken.longitude) == pytest.approx((29.563, 106.555))


def test_a_time_without_an_offset_is_local_and_says_so(pool: IntakePool) -> None:
    taken = pool.take_in(coded(scene(4), exif=exif(1, {DATE: "2026:11:22 09:30:15"})))
    assert taken.captured_at == datetime(2026, 11, 22, 9, 30, 15, tzinfo=timezone(timedelta(hours=8)))
    assert not taken.captured_offset_known


def test_south_and_west_are_negative(pool: IntakePool) -> None:
    gps = {1: "S", 2: (10.0, 30.0, 0.0), 3: "W", 4: (20.0, 15.0, 0.0)}
    taken = pool.take_in(coded(scene(4), exif=exif(gps=gps)))
    assert (taken.latitude, taken.longitude) == (-10.5, -20.25)


@pytest.mark.parametrize(
    "gps",
    [
        {1: "N", 2: (0.0, 0.0, 0.0), 3: "E", 4: (0.0, 0.0, 0.0)},
        {1: "N", 2: (91.0, 0.0, 0.0), 3: "E", 4: (106.0, 0.0, 0.0)},
        {1: "N", 2: (29.0, 33.0), 3: "E", 4: (106.0, 0.0, 0.0)},
        {1: "N", 2: (29.0, 33.0, 46.8)},
    ],
)
def test_a_place_that_cannot_be_is_no_place(pool: IntakePool, gps: dict[int, object]) -> None:
    taken = pool.take_in(coded(scene(4), exif=exif(gps=gps)))
    assert taken.latitude is None
    assert taken.longitude is None


@pytest.mark.parametrize("date", ["0000:00:00 00:00:00", "2026:13:40 99:99:99", "", "yesterday", "    :  :     :  :  "])
def test_a_time_that_cannot_be_is_no_time(pool: IntakePool, date: str) -> None:
    assert pool.take_in(coded(scene(4), exif=exif(1, {DATE: date}))).captured_at is None


@pytest.mark.parametrize(
    "block",
    [
        b"Exif\0\0",
        b"Exif\0\0II*\0\xff\xff\xff\xff",
        b"Exif\0\0MM\0*\0\0\0\x08\xff\xff" + b"\xff" * 60,
        b"Exif\0\0II*\0\x08\0\0\0\x01\0\x69\x87\x04\0\x01\0\0\0\x08\0\0\0\0\0\0\0",
    ],
)
def test_broken_exif_costs_the_facts_and_not_the_photo(pool: IntakePool, block: bytes) -> None:
    taken = pool.take_in(coded(marked(), exif=block))
    assert taken.captured_at is None
    assert corner_colours(taken.report) == CORNERS


def test_hash_and_size_are_those_of_the_original(pool: IntakePool, tmp_path: Path) -> None:
    data = coded(scene(5))
    path = tmp_path / "photo"
    path.write_bytes(data)
    by_path, by_bytes = pool.take_in(path), pool.take_in(data)
    assert by_path == by_bytes
    assert by_path.sha256 == hashlib.sha256(data).hexdigest()
    assert by_path.size == len(data)
    assert pool.take_in(path, sha256="0" * 64).sha256 == "0" * 64


def test_transparency_lies_on_white(pool: IntakePool) -> None:
    clear = Image.new("RGBA", (100, 100), (200, 0, 0, 0))
    half = Image.new("RGBA", (100, 100), (0, 0, 0, 128))
    palette = Image.new("P", (100, 100), 1)
    palette.putpalette([0, 0, 0, 200, 0, 0])
    grey = Image.new("LA", (100, 100), (0, 0))
    for data in (
        coded(clear, "PNG"),
        coded(clear, "WEBP", lossless=True),
        coded(palette, "PNG", transparency=1),
        coded(grey, "PNG"),
    ):
        assert decoded(pool.take_in(data).report).getpixel((50, 50)) == pytest.approx((255, 255, 255), abs=2)
    assert decoded(pool.take_in(coded(half, "PNG")).report).getpixel((50, 50)) == pytest.approx((127, 127, 127), abs=2)


def test_a_clear_edge_does_not_darken_when_a_large_picture_shrinks(pool: IntakePool) -> None:
    # White on invisible black: averaging the colours without their weight would draw a grey line at the edge.
    picture = Image.new("RGBA", (2400, 1200), (0, 0, 0, 0))
    picture.paste((255, 255, 255, 255), (0, 0, 1199, 1200))
    taken = pool.take_in(coded(picture, "PNG"))
    assert taken.report_size == (1200, 600)
    assert decoded(taken.report).convert("L").getextrema()[0] >= 250


@pytest.mark.parametrize("size", [(60, 40), (2400, 40)])
def test_palette_grey_and_bilevel_pictures_become_rgb(pool: IntakePool, size: tuple[int, int]) -> None:
    red = Image.new("RGB", size, (200, 0, 0)).quantize(4)
    assert decoded(pool.take_in(coded(red, "PNG")).report).getpixel((5, 5)) == pytest.approx((200, 0, 0), abs=4)
    for picture, form in (
        (Image.new("L", size, 77), "PNG"),
        (Image.new("L", size, 77), "JPEG"),
        (Image.new("1", size, 1), "PNG"),
    ):
        level = 77 if picture.mode == "L" else 255
        report = decoded(pool.take_in(coded(picture, form)).report)
        assert report.mode == "RGB"
        assert report.getpixel((5, 5)) == pytest.approx((level,) * 3, abs=2)


def test_sixteen_bits_become_eight_without_clipping(pool: IntakePool) -> None:
    # 0x8000 of 0xFFFF is the middle: 128 of 255.
    grey = Image.fromarray(np.full((50, 50), 0x8000, np.uint16))
    colour = png(50, 50, 16, 2, (b"\0" + b"\xff\xff\x80\x00\x00\x00" * 50) * 50)
    assert decoded(pool.take_in(coded(grey, "PNG")).report).getpixel((25, 25)) == pytest.approx((128,) * 3, abs=2)
    assert decoded(pool.take_in(colour).report).getpixel((25, 25)) == pytest.approx((255, 128, 0), abs=4)


def test_cmyk_becomes_rgb(pool: IntakePool) -> None:
    cyan = Image.new("CMYK", (2400, 1200), (255, 0, 0, 0))
    report = decoded(pool.take_in(coded(cyan)).report)
    assert report.size == (1200, 600)
    assert report.getpixel((50, 50)) == pytest.approx((0, 255, 255), abs=4)


def swapped_profile() -> bytes:
    """sRGB with the primaries of red and blue exchanged, under another name: what it says is easy to see."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    profile = profile.replace("sRGB".encode("utf-16-be"), "xRGB".encode("utf-16-be"))
    return profile.replace(b"rXYZ", b"????").replace(b"bXYZ", b"rXYZ").replace(b"????", b"bXYZ")


def test_a_colour_profile_is_applied(pool: IntakePool) -> None:
    data = coded(Image.new("RGB", (50, 50), (255, 0, 0)), icc_profile=swapped_profile())
    assert decoded(pool.take_in(data).report).getpixel((25, 25)) == pytest.approx((0, 0, 255), abs=6)


@pytest.mark.parametrize("profile", [b"broken", b"\0" * 200, swapped_profile()[:150]])
def test_a_broken_colour_profile_leaves_the_colours_as_they_are(pool: IntakePool, profile: bytes) -> None:
    data = coded(Image.new("RGB", (50, 50), (255, 0, 0)), icc_profile=profile)
    assert decoded(pool.take_in(data).report).getpixel((25, 25)) == pytest.approx((255, 0, 0), abs=4)


def test_a_profile_of_another_colour_space_leaves_the_colours_as_they_are(pool: IntakePool) -> None:
    data = coded(Image.new("L", (50, 50), 90), icc_profile=swapped_profile())
    assert decoded(pool.take_in(data).report).getpixel((25, 25)) == pytest.approx((90,) * 3, abs=4)


async def _many(pool: IntakePool, photos: list[bytes]) -> list[str]:
    return [taken.sha256 for taken in await asyncio.gather(*(pool.take_in_async(photo) for photo in photos))]


def test_many_photos_at_once_come_back_each_with_its_own_answer() -> None:
    photos = [coded(scene(seed, 300, 200)) for seed in range(20)]
    pool = IntakePool(2)
    assert asyncio.run(_many(pool, photos)) == [hashlib.sha256(photo).hexdigest() for photo in photos]
    assert len(pool.worker_pids()) <= 2
    pool.close()
