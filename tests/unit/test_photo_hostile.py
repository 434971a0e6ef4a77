"""A file that is no good photo is refused with a clear code, quickly, whatever its name says."""

import contextlib
import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFile

from audit.errors import RoundsError
from audit.photos.decode import open_header
from audit.photos.intake import IntakePool
from tests.unit.photo_pictures import coded, decoded, derivatives, jpeg_markers, png, png_chunk, scene

JPEG, PROGRESSIVE = coded(scene(1, 640, 480)), coded(scene(1, 640, 480), progressive=True)
WHOLE = {
    "JPEG": JPEG,
    "progressive JPEG": PROGRESSIVE,
    "PNG": coded(scene(1, 320, 240), "PNG"),
    "WEBP": coded(scene(1, 640, 480), "WEBP"),
    "HEIC": coded(scene(1, 640, 480), "HEIF", quality=60),
}
SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>'
EPS = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n(/etc/passwd) (r) file\n"
PDF = b"%PDF-1.7\n1 0 obj <</Type/Catalog>> endobj\ntrailer <</Root 1 0 R>>\n%%EOF"
NAMES = ("photo.jpg", "photo.jpeg", "photo.png", "photo.heic", "photo.svg", "photo.php", "photo")


@pytest.fixture(scope="module")
def pool() -> Iterator[IntakePool]:
    made = IntakePool(1)
    yield made
    made.close()


def refusal(pool: IntakePool, photo: bytes | Path) -> str:
    with pytest.raises(RoundsError) as refused:
        pool.take_in(photo)
    return refused.value.code


def other_formats() -> dict[str, bytes]:
    small = scene(2, 64, 48)
    avif_brand = struct.pack(">I", 28) + b"ftypavif" + b"\0\0\0\0" + b"avifmif1miaf"
    return {
        "SVG": SVG,
        "EPS": EPS,
        "PDF": PDF,
        "GIF": coded(small, "GIF"),
        "moving GIF": coded(small, "GIF", save_all=True, append_images=[scene(3, 64, 48)]),
        "BMP": coded(small, "BMP"),
        "TIFF": coded(small, "TIFF"),
        "ICO": coded(small, "ICO"),
        "JPEG 2000": coded(small, "JPEG2000"),
        "AVIF": avif_brand + b"\0" * 100,
        "text": "你好".encode() * 10,
        "HTML": b"<html><script>alert(1)</script>",
        "zeros": b"\0" * 5000,
        "one byte": b"\xff",
    }


@pytest.mark.parametrize("kind", sorted(other_formats()))
def test_other_formats_are_refused_under_any_name(pool: IntakePool, tmp_path: Path, kind: str) -> None:
    for name in NAMES:
        path = tmp_path / name
        path.write_bytes(other_formats()[kind])
        assert refusal(pool, path) == "photo.unknown_format"


@pytest.mark.parametrize("kind", sorted(WHOLE))
def test_a_good_photo_is_taken_under_any_name(pool: IntakePool, tmp_path: Path, kind: str) -> None:
    media_types = set()
    for name in NAMES:
        path = tmp_path / name
        path.write_bytes(WHOLE[kind])
        media_types.add(pool.take_in(path).media_type)
    assert media_types == {f"image/{kind.split()[-1].lower()}"}


@pytest.mark.parametrize("kind", sorted(WHOLE))
@pytest.mark.parametrize("tenths", range(1, 10))
def test_a_truncated_photo_is_refused(pool: IntakePool, kind: str, tenths: int) -> None:
    cut = WHOLE[kind][: len(WHOLE[kind]) * tenths // 10]
    assert refusal(pool, cut) in {"photo.truncated", "photo.unreadable"}


@pytest.mark.parametrize("length", [1, 2, 3, 4, 8, 11, 12, 20, 40, 100])
@pytest.mark.parametrize("kind", sorted(WHOLE))
def test_a_stump_of_a_photo_is_refused(pool: IntakePool, kind: str, length: int) -> None:
    assert refusal(pool, WHOLE[kind][:length]) in {"photo.truncated", "photo.unreadable", "photo.unknown_format"}


def test_a_truncated_jpeg_says_so(pool: IntakePool) -> None:
    assert refusal(pool, JPEG[: len(JPEG) // 2]) == "photo.truncated"


def test_a_truncated_photo_is_refused_even_if_another_library_loosened_pillow_here(
    pool: IntakePool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)
    assert refusal(pool, JPEG[: len(JPEG) // 2]) == "photo.truncated"
    with pytest.raises(RuntimeError, match="WeasyPrint"):
        open_header(JPEG)


@pytest.mark.parametrize("size", [4096, 40_000])
@pytest.mark.parametrize("kind", ["zeros", "ones", "noise", "gap"])
def test_a_jpeg_damaged_in_its_middle_is_refused_and_not_shown_half_grey(
    pool: IntakePool, kind: str, size: int
) -> None:
    random = np.random.default_rng(size)
    photo = coded(scene(9, 2400, 1800))
    for tenths in range(2, 9):
        at = len(photo) * tenths // 10 - size // 2
        piece = {"zeros": b"\0" * size, "ones": b"\xff" * size, "noise": random.bytes(size), "gap": b""}[kind]
        assert refusal(pool, photo[:at] + piece + photo[at + size :]) in {"photo.damaged", "photo.unreadable"}


@pytest.mark.parametrize("options", [
    {}, {"progressive": True}, {"subsampling": 0}, {"quality": 30}, {"restart_marker_rows": 1}, {"optimize": True},
])  # fmt: skip
@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
def test_a_whole_jpeg_is_never_called_damaged(pool: IntakePool, mode: str, options: dict[str, object]) -> None:
    whole = coded(scene(10, 1300, 900).convert(mode), **options)
    filled = whole[:-2] + b"\0" * 500 + b"\xff" * 20 + whole[-2:]  # some cameras fill up a block before the end mark
    for photo in (whole, filled, whole + whole, whole + b"\0" * 5000):
        assert pool.take_in(photo).report_size[0] >= 1000


def test_an_even_surface_that_is_coded_as_zeros_is_no_filling(pool: IntakePool) -> None:
    """Browsers make a picture's own code tables: a bright floor at the foot of a photo becomes a run of zeros, and
    where it ends with a byte nothing else follows."""
    zeros = 0
    for width in range(1100, 1500, 8):
        picture = Image.new("RGB", (width, 900), (250, 250, 250))
        picture.paste((20, 90, 60), (37, 11, 700, 251))
        picture.paste((200, 30, 40), (400, 101, width - 9, 288))
        whole = coded(picture, optimize=True)
        zeros = len(whole) - 2 - len(whole[:-2].rstrip(b"\0"))
        if zeros > 150:
            break
    assert zeros > 150
    assert pool.take_in(whole).report_size[0] >= 1000
    assert refusal(pool, whole[:-2] + b"\0" * 2000 + whole[-2:]) == "photo.damaged"


def test_a_tail_overwritten_by_zeros_is_damage(pool: IntakePool) -> None:
    photo = coded(scene(9, 2400, 1800))
    for lost in (1000, 3000, 20_000):
        spoilt = photo[: -lost - 2] + b"\0" * lost + photo[-2:]
        assert refusal(pool, spoilt) in {"photo.damaged", "photo.unreadable"}


def test_random_damage_never_harms_the_worker(pool: IntakePool) -> None:
    random = np.random.default_rng(7)
    pool.take_in(JPEG)
    before = pool.worker_pids()
    for data in WHOLE.values():
        for _ in range(12):
            damaged = bytearray(data)
            for at in random.integers(0, len(data), 20):
                damaged[at] = random.integers(0, 256)
            with contextlib.suppress(RoundsError):  # taken or refused: both are answers
                decoded(pool.take_in(bytes(damaged)).report)
    assert pool.worker_pids() == before


def test_no_bytes_are_no_photo(pool: IntakePool, tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    assert refusal(pool, b"") == "photo.empty"
    assert refusal(pool, tmp_path / "empty") == "photo.empty"


def test_more_than_twenty_megabytes_are_refused(pool: IntakePool, tmp_path: Path) -> None:
    heavy = JPEG + b"\0" * (25 * 1024 * 1024)
    (tmp_path / "heavy").write_bytes(heavy)
    assert refusal(pool, heavy) == "photo.too_big"
    assert refusal(pool, tmp_path / "heavy") == "photo.too_big"


def test_exactly_twenty_megabytes_are_taken(pool: IntakePool) -> None:
    limit = 20 * 1024 * 1024
    assert pool.take_in(JPEG + b"\0" * (limit - len(JPEG))).size == limit
    assert refusal(pool, JPEG + b"\0" * (limit - len(JPEG) + 1)) == "photo.too_big"


def test_a_bomb_is_refused_by_its_header(pool: IntakePool) -> None:
    # 8000 × 6000 bilevel points of one colour: 48 megapixels in some 12 KB.
    row = b"\0" + b"\xff" * 1000
    bomb = png(8000, 6000, 1, 0, row * 6000)
    assert len(bomb) < 20_000
    assert refusal(pool, bomb) == "photo.too_many_pixels"


@pytest.mark.parametrize(
    ("width", "height"), [(8001, 5000), (30_000, 30_000), (2**31 - 1, 2**31 - 1), (65_535, 65_535)]
)
def test_a_header_that_promises_too_much_is_refused(pool: IntakePool, width: int, height: int) -> None:
    assert refusal(pool, png(width, height, 8, 2, b"\0")) == "photo.too_many_pixels"
    if width < 65_536:
        at = JPEG.index(b"\xff\xc0") + 5  # the size in the frame header: height, then width
        lying = JPEG[:at] + struct.pack(">HH", height, width) + JPEG[at + 4 :]
        assert refusal(pool, lying) == "photo.too_many_pixels"


def test_a_header_that_promises_more_than_comes_is_refused(pool: IntakePool) -> None:
    at = JPEG.index(b"\xff\xc0") + 5
    lying = JPEG[:at] + struct.pack(">HH", 5000, 8000) + JPEG[at + 4 :]
    assert refusal(pool, lying) == "photo.damaged"
    assert refusal(pool, png(8000, 5000, 8, 2, b"\0")) in {"photo.truncated", "photo.unreadable"}


def test_a_text_bomb_in_a_png_is_refused(pool: IntakePool) -> None:
    text = png_chunk(b"zTXt", b"Comment\0\0" + zlib.compress(b"\0" * 200_000_000, 9))
    photo = png(30, 30, 8, 2, (b"\0" + b"\x40" * 90) * 30, text)
    assert refusal(pool, photo) == "photo.unreadable"


@pytest.mark.parametrize("form", ["PNG", "WEBP"])
def test_a_moving_picture_is_refused(pool: IntakePool, form: str) -> None:
    moving = coded(scene(3, 64, 48), form, save_all=True, append_images=[scene(4, 64, 48)], duration=100)
    assert refusal(pool, moving) == "photo.animated"


def zip_archive() -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        archive.writestr("evil.html", "<script>alert(1)</script>")
    return written.getvalue()


@pytest.mark.parametrize(
    "tail", [b"<html><script>alert(1)</script></html>", zip_archive(), PDF, b"<?php system('id'); ?>"]
)
@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_what_hangs_behind_a_photo_is_not_served(pool: IntakePool, kind: str, tail: bytes) -> None:
    for derivative in derivatives(pool.take_in(WHOLE[kind] + tail)):
        assert tail not in derivative
        assert derivative.endswith(b"\xff\xd9")
        assert derivative.index(b"\xff\xd9") == len(derivative) - 2
        assert not zipfile.is_zipfile(io.BytesIO(derivative))


def test_a_script_in_a_comment_is_not_served(pool: IntakePool) -> None:
    script = b"<script>alert(document.cookie)</script>"
    for derivative in derivatives(pool.take_in(coded(scene(5, 300, 200), comment=script))):
        assert script not in derivative
        assert 0xFE not in jpeg_markers(derivative)


@pytest.mark.parametrize("mosaic", [
    [{}],
    [{"x": 0.1, "y": 0.1, "w": 0.1}],
    [{"x": 0.1, "y": 0.1, "w": 0, "h": 0.1}],
    [{"x": 0.1, "y": 0.1, "w": -1, "h": 0.1}],
    [{"x": 1.0, "y": 0.1, "w": 0.1, "h": 0.1}],
    [{"x": -0.5, "y": 0.1, "w": 0.2, "h": 0.1}],
    [{"x": float("nan"), "y": 0.1, "w": 0.1, "h": 0.1}],
    [{"x": 0.1, "y": 0.1, "w": float("inf"), "h": 0.1}],
    [{"x": "left", "y": 0.1, "w": 0.1, "h": 0.1}],
    [{"x": None, "y": 0.1, "w": 0.1, "h": 0.1}],
    [{"x": 0.1, "y": 0.1, "w": 0.1, "h": 0.1}] * 101,
])  # fmt: skip
def test_a_mosaic_that_hides_nothing_is_refused_and_never_ignored(
    pool: IntakePool, mosaic: list[dict[str, object]]
) -> None:
    with pytest.raises(RoundsError) as refused:
        pool.take_in(JPEG, mosaic)
    assert refused.value.code == "invalid"
    assert pool.take_in(JPEG).size == len(JPEG)  # and the worker is in step for the next photo


def test_the_largest_photo_allowed_is_taken_within_the_memory_limit(pool: IntakePool) -> None:
    # 8000 × 5000 = 40 megapixels; with transparency each pixel takes four bytes, in several copies.
    largest = png(8000, 5000, 8, 6, (b"\0" + b"\x20\x60\xa0\x80" * 8000) * 5000)
    taken = pool.take_in(largest)
    assert (taken.width, taken.height) == (8000, 5000)
    assert taken.report_size == (1000, 625)
    assert Image.open(io.BytesIO(taken.report)).size == (1000, 625)
