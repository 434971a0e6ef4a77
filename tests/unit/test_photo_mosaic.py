"""What a mosaic hides is in no derivative any more, wherever the camera's top was."""

from collections.abc import Iterator

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from audit.photos.intake import IntakePool
from audit.photos.mosaic import BLOCKS, burn
from tests.unit.photo_pictures import CORNERS, coded, corner_colours, decoded, marked, scene

BOX = {"x": 0.25, "y": 0.5, "w": 0.25, "h": 0.25}


@pytest.fixture(scope="module")
def pool() -> Iterator[IntakePool]:
    made = IntakePool(1)
    yield made
    made.close()


def plain_blocks(picture: Image.Image, left: int, top: int, right: int, bottom: int) -> int:
    return len(picture.crop((left, top, right, bottom)).getcolors(10**6) or [])


@pytest.mark.parametrize("size", [(1000, 750), (1999, 1500), (320, 240), (61, 47)])
@pytest.mark.parametrize("box", [(0.1, 0.1, 0.3, 0.3), (0, 0, 1, 1), (0.333, 0.2, 0.5, 0.02), (0.9, 0.9, 0.5, 0.5)])
def test_a_rectangle_becomes_few_plain_blocks(size: tuple[int, int], box: tuple[float, float, float, float]) -> None:
    picture = scene(1, *size)
    before = picture.copy()
    burn(picture, [box])
    left, top = int(box[0] * size[0]), int(box[1] * size[1])
    right, bottom = min(size[0], round((box[0] + box[2]) * size[0])), min(size[1], round((box[1] + box[3]) * size[1]))
    assert plain_blocks(picture, left, top, right, bottom) <= BLOCKS * BLOCKS
    outside = np.ones((size[1], size[0]), bool)
    outside[max(0, top - 1) : bottom + 1, max(0, left - 1) : right + 1] = False
    assert (np.asarray(picture)[outside] == np.asarray(before)[outside]).all()


def test_two_telephone_numbers_look_the_same_under_a_mosaic() -> None:
    def hidden(number: str) -> np.ndarray:
        picture = Image.new("RGB", (1000, 750), "white")
        ImageDraw.Draw(picture).text((300, 300), number, "black", ImageFont.load_default(40))
        burn(picture, [(0.28, 0.38, 0.34, 0.1)])
        return np.asarray(picture, int)

    first = hidden("13812345678")
    for number in ("13987654321", "15023456789", "13512348765"):
        # Sixteen levels a channel are 16 apart: each block stays on its level or moves to the next one.
        assert np.abs(first - hidden(number)).max() <= 16


def test_both_derivatives_are_burnt(pool: IntakePool) -> None:
    # Stripes of 12 px: a block of the report picture (300 / 6 = 50 px) and of the thumbnail is grey on average.
    stripes = np.zeros((900, 1200), np.uint8)
    stripes[:, np.arange(1200) % 24 < 12] = 255
    photo = coded(Image.fromarray(stripes))
    plain, hidden = pool.take_in(photo), pool.take_in(photo, [BOX])
    for before, after in ((plain.report, hidden.report), (plain.thumbnail, hidden.thumbnail)):
        for data, striped in ((before, True), (after, False)):
            pixels = np.asarray(decoded(data).convert("L"), float)
            height, width = pixels.shape
            # Two pixels inwards: the JPEG's own blocks smear the edge.
            inside = pixels[height // 2 + 2 : height * 3 // 4 - 2, width // 4 + 2 : width // 2 - 2]
            assert (inside.std() > 60) == striped
            assert striped or inside.std() < 15


def test_the_hashes_are_those_of_the_open_photo(pool: IntakePool) -> None:
    photo = coded(scene(3))
    plain, hidden = pool.take_in(photo), pool.take_in(photo, [{"x": 0, "y": 0, "w": 1, "h": 0.6}])
    assert (plain.phash, plain.dhash, plain.sha256) == (hidden.phash, hidden.dhash, hidden.sha256)
    assert plain.report != hidden.report


@pytest.mark.parametrize(("orientation", "stored"), [
    (1, None),
    (3, Image.Transpose.ROTATE_180),
    (6, Image.Transpose.ROTATE_90),
    (7, Image.Transpose.TRANSVERSE),
    (8, Image.Transpose.ROTATE_270),
])  # fmt: skip
def test_the_rectangle_is_one_of_the_upright_picture(
    pool: IntakePool, orientation: int, stored: Image.Transpose | None
) -> None:
    turned = marked() if stored is None else marked().transpose(stored)
    exif = Image.Exif()
    exif[0x0112] = orientation
    # Blocks of 1600 × 0.45 / 6 = 120 px: the red mark's edge at 400 lies within the one from 360 to 480.
    taken = pool.take_in(coded(turned, exif=exif), [{"x": 0, "y": 0, "w": 0.45, "h": 0.45}])
    report = np.asarray(decoded(taken.report), int)
    edge = report[100, 390:410, 0]  # before: 220 up to pixel 399, then 0
    assert edge.max() - edge.min() < 60
    seen = corner_colours(taken.report)
    assert {place: seen[place] for place in seen if place != "top left"} == {
        place: colour for place, colour in CORNERS.items() if place != "top left"
    }


def test_a_rectangle_that_reaches_beyond_the_picture_hides_up_to_its_edge(pool: IntakePool) -> None:
    taken = pool.take_in(coded(marked()), [{"x": -0.5, "y": -0.5, "w": 3, "h": 3}])
    assert plain_blocks(decoded(taken.report).quantize(64).convert("RGB"), 0, 0, 1600, 1200) <= 64
    assert np.abs(np.diff(np.asarray(decoded(taken.report).convert("L"), int)[300, 0:260])).max() < 12
