"""Signatures as a tablet records them: a name in running, slanted strokes of varying width on white."""

import io
import itertools
import math
import random

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from audit.demo.pictures.canvas import Point, font, seeded

SIZE = (720, 260)
Grey = npt.NDArray[np.uint8]


def signature(name: str, seed: object) -> bytes:
    """A PNG of 720 x 260 pixels; the same name with another seed is the same person signing once more."""
    hand, moment = seeded("hand", name), seeded("signature", name, seed)
    slant, spread, bend = hand.uniform(0.12, 0.4), hand.uniform(0.78, 0.95), hand.uniform(3, 6)
    ink = Image.new("L", SIZE)
    pitch = min(138.0, 500 / max(1, len(name)))
    joints: list[Point] = []
    for place, letter in enumerate(name):
        size = round(pitch * hand.uniform(0.9, 1.15) * moment.uniform(0.95, 1.05) * (1.15 if place == 0 else 1.0))
        glyph = _character(letter, size, slant, bend, moment)
        left, top = (
            round(40 + place * pitch * spread * 1.1),
            round(14 + moment.uniform(-8, 12) + place * hand.uniform(-4, 6)),
        )
        ink.paste(ImageChops.lighter(glyph, ink.crop((left, top, left + glyph.width, top + glyph.height))), (left, top))
        joints.append((left + size * 0.42, top + size * moment.uniform(0.75, 1.1)))
    draw = ImageDraw.Draw(ink)
    for (x, y), (next_x, next_y) in itertools.pairwise(joints):
        _curve(draw, [(x, y), ((x + next_x) / 2, max(y, next_y) + 16), (next_x, next_y - pitch * 0.5)], 3.6)
    x, y = joints[-1]
    if hand.random() < 0.75:  # the flourish below, the same one in every signature of this person
        start = joints[0][0] + hand.uniform(-30, 60)
        _curve(
            draw, [(x, y), (x + 50, y + 30), (start, 215 + hand.uniform(-8, 18)), (x + hand.uniform(30, 130), 206)], 4.0
        )
    softened = ink.filter(ImageFilter.GaussianBlur(0.7))
    paper = Image.new("RGB", SIZE, (255, 255, 255))
    paper.paste((26, 32, 60), (0, 0), softened)
    output = io.BytesIO()
    paper.save(output, "PNG", compress_level=3)
    return output.getvalue()


def _character(letter: str, size: int, slant: float, bend: float, rng: random.Random) -> Image.Image:
    """One character, slanted, bent by slow waves, some of its strokes thinned."""
    width, height = round(size * 1.6), round(size * 1.35)
    tile = Image.new("L", (width, height))
    ImageDraw.Draw(tile).text((size * 0.2, 0), letter, 255, font(size, bold=False))
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    phase, wave = rng.random() * 6.3, size / rng.uniform(4.5, 7.0)
    across = columns - slant * (height * 0.55 - rows) + bend * np.sin(rows / wave + phase)
    down = (
        rows + bend * 1.1 * np.sin(columns / wave * 0.8 + phase * 1.7) + (columns - width / 2) * rng.uniform(0.02, 0.12)
    )
    source = np.asarray(tile)
    bent = source[down.clip(0, height - 1).astype(int), across.clip(0, width - 1).astype(int)]
    bent = _thinned(bent, 1)
    thin = _thinned(bent, 2)
    share = 0.5 + 0.5 * np.sin(rows / wave * 0.9 + columns / wave * 0.6 + phase)
    return Image.fromarray((thin * share + bent * (1 - share)).astype(np.uint8))


def _thinned(strokes: Grey, by: int) -> Grey:
    """Strokes thinner by so many pixels on each side: Pillow's `MinFilter`, in a twentieth of its time."""
    around, (height, width) = np.pad(strokes, by, mode="edge"), strokes.shape
    thin = strokes
    for down in range(2 * by + 1):
        for right in range(2 * by + 1):
            thin = np.minimum(thin, around[down : down + height, right : right + width])
    return thin


def _curve(draw: ImageDraw.ImageDraw, points: list[Point], width: float) -> None:
    """A Bézier curve through its control points, thin at both ends like a pen put down and lifted."""
    degree = len(points) - 1
    previous: Point | None = None
    for step in range(41):
        t = step / 40
        weights = [math.comb(degree, k) * t**k * (1 - t) ** (degree - k) for k in range(degree + 1)]
        here = (
            sum(weight * x for weight, (x, _) in zip(weights, points, strict=True)),
            sum(weight * y for weight, (_, y) in zip(weights, points, strict=True)),
        )
        if previous is not None:
            draw.line((previous, here), 255, max(1, round(width * (0.4 + 0.8 * math.sin(math.pi * t)))))
        previous = here
