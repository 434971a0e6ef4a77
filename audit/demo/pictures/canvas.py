"""The drawing table of the demo photos: a small set of brushes with light and depth, over Pillow.

A scene is drawn on a canvas of `WIDTH` x `HEIGHT` and afterwards photographed by `camera.shoot`. Everything is drawn
from a seeded `random.Random`, so the same seed gives the same picture on the same machine.
"""

import math
import random
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFilter, ImageFont

WIDTH, HEIGHT = 1600, 1200
Colour = tuple[int, int, int]
Point = tuple[float, float]
Box = tuple[float, float, float, float]  # left, top, right, bottom

# fmt: off
GREEN:  Colour = (20, 124, 88)
LEAF:   Colour = (111, 178, 76)
WHITE:  Colour = (250, 250, 246)
INK:    Colour = (44, 50, 56)
GREY:   Colour = (150, 154, 156)
STEEL:  Colour = (188, 194, 198)
RED:    Colour = (206, 54, 44)
AMBER:  Colour = (240, 168, 48)
WOOD:   Colour = (178, 128, 82)
SKY:    Colour = (142, 186, 222)
PAPER:  Colour = (252, 249, 238)
# fmt: on

FONT_FILES = (
    "/usr/share/fonts/opentype/noto/NotoSansCJK-{weight}.ttc",
    "/usr/share/fonts/noto-cjk/NotoSansCJK-{weight}.ttc",
    "/usr/share/fonts/google-noto-cjk/NotoSansCJK-{weight}.ttc",
    "/System/Library/Fonts/PingFang.ttc",
    "/System/Library/Fonts/STHeiti Medium.ttc",
)
SIMPLIFIED = 2  # the face of Noto's collections that has the mainland forms


@lru_cache(maxsize=128)
def font(size: int, bold: bool = True) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """A Chinese font of this size from the system; Pillow's own (without Chinese) where there is none."""
    for pattern in FONT_FILES:
        path = Path(pattern.format(weight="Bold" if bold else "Regular"))
        if path.exists():
            return ImageFont.truetype(str(path), size, index=SIMPLIFIED if "Noto" in path.name else 0)
    return ImageFont.load_default(size)


def mix(one: Colour, other: Colour, share: float) -> Colour:
    """`one` with `share` (0..1) of `other` in it."""
    return tuple(round(a + (b - a) * share) for a, b in zip(one, other, strict=True))  # type: ignore[return-value]


def darker(colour: Colour, share: float = 0.2) -> Colour:
    return mix(colour, (16, 20, 32), share)


def lighter(colour: Colour, share: float = 0.2) -> Colour:
    return mix(colour, (255, 252, 240), share)


@lru_cache(maxsize=96)
def _pool(width: int, height: int, strength: int) -> Image.Image:
    """An oval mask: `strength` (0..255) in the middle, nothing at the rim."""
    fall = [max(0, round((255 - value * 1.42) * strength / 255)) for value in range(256)]
    return Image.radial_gradient("L").point(fall).resize((width, height), Image.Resampling.BILINEAR)


def _coarse(value: float) -> int:
    """A size in coarse steps, so that pools of nearly one size share a mask."""
    return max(8, round(value / 16) * 16 if value > 64 else round(value / 4) * 4)


def _around(size: tuple[int, int], place: tuple[int, int], under: Box | None) -> list[tuple[int, int, int, int]]:
    """The parts of a patch of this size at this place that lie around a box; all of it when there is none."""
    width, height = size
    if under is None:
        return [(0, 0, width, height)]
    left, right = (min(max(round(x) - place[0], 0), width) for x in (under[0], under[2]))
    top, bottom = (min(max(round(y) - place[1], 0), height) for y in (under[1], under[3]))
    if left >= right or top >= bottom:
        return [(0, 0, width, height)]
    parts = [(0, 0, width, top), (0, top, left, bottom), (right, top, width, bottom), (0, bottom, width, height)]
    return [(x, y, far_x, far_y) for x, y, far_x, far_y in parts if far_x > x and far_y > y]


class Canvas:
    """A picture being drawn, with its random source."""

    def __init__(self, rng: random.Random, background: Colour = (230, 226, 216)) -> None:
        self.rng = rng
        self.image = Image.new("RGB", (WIDTH, HEIGHT), background)
        self.draw = ImageDraw.Draw(self.image)

    # --- surfaces -------------------------------------------------------------------------------------------------

    def gradient(self, box: Box, start: Colour, end: Colour, *, across: bool = False) -> None:
        """Fill a box from `start` (top, or left with `across`) to `end`."""
        left, top, right, bottom = (round(value) for value in box)
        if right <= left or bottom <= top:
            return
        span = right - left if across else bottom - top
        bands = max(1, min(span, max(abs(a - b) for a, b in zip(start, end, strict=True))))  # one for each grey level
        for band in range(bands):
            near, far = band * span // bands, (band + 1) * span // bands - 1
            box = (left + near, top, left + far, bottom - 1) if across else (left, top + near, right - 1, top + far)
            self.draw.rectangle(box, mix(start, end, (band + 0.5) / bands))

    def shadow(self, box: Box, blur: float = 18, strength: float = 0.45, under: Box | None = None) -> None:
        """A soft dark patch below something that will be drawn in or above this box.

        What will cover the box `under` is spared the pixels that nobody would see: most of them.
        """
        left, top, right, bottom = box
        margin = blur * 1.5
        step = max(2.0, blur / 3)
        width, height = (right - left + 2 * margin) / step, (bottom - top + 2 * margin) / step
        if width < 2 or height < 2:
            return
        mask = Image.new("L", (math.ceil(width), math.ceil(height)))
        inset = margin / step
        ImageDraw.Draw(mask).rectangle((inset, inset, width - inset, height - inset), fill=round(255 * strength))
        mask = mask.filter(ImageFilter.BoxBlur(blur / step * 0.7))
        size = (round(right - left + 2 * margin), round(bottom - top + 2 * margin))
        place = (round(left - margin), round(top - margin))
        across, down = mask.width / size[0], mask.height / size[1]
        for x, y, far_x, far_y in _around(size, place, under):
            part = (x * across, y * down, far_x * across, far_y * down)
            piece = mask.resize((far_x - x, far_y - y), Image.Resampling.BILINEAR, part)
            self.image.paste((18, 22, 34), (place[0] + x, place[1] + y), piece)

    def contact(self, x: float, y: float, width: float, strength: float = 0.5) -> None:
        """The flat shadow where something stands on the floor."""
        wide, high = _coarse(width * 1.3), _coarse(max(20.0, width * 0.32))
        mask = _pool(wide, high, round(strength * 255))
        self.image.paste((18, 22, 34), (round(x - wide / 2), round(y - high / 2)), mask)

    def glow(self, x: float, y: float, radius: float, colour: Colour, strength: float = 0.8) -> None:
        """A light that spills over what is already there."""
        size = _coarse(2 * radius)
        self.image.paste(colour, (round(x - size / 2), round(y - size / 2)), _pool(size, size, round(strength * 255)))

    def panel(
        self, box: Box, colour: Colour, *, radius: float = 8, depth: float = 14, rim: Colour | None = None
    ) -> None:
        """A board, sheet or case: lit from above, with a shadow of `depth` pixels."""
        left, top, right, bottom = box
        if depth:
            self.shadow(
                (left + depth * 0.4, top + depth * 0.6, right + depth * 0.4, bottom + depth * 0.8),
                depth,
                under=(left + radius, top + radius, right - radius, bottom - radius),
            )
        self.draw.rounded_rectangle(box, radius, fill=colour, outline=rim, width=4 if rim else 1)
        if bottom - top > 40 and right - left > 40:
            edge = max(2, radius * 0.3)
            self.draw.line((left + radius, top + edge, right - radius, top + edge), fill=lighter(colour, 0.35), width=3)
            self.draw.line(
                (left + radius, bottom - edge, right - radius, bottom - edge), fill=darker(colour, 0.22), width=4
            )

    def polygon(self, points: Sequence[Point], colour: Colour, outline: Colour | None = None) -> None:
        self.draw.polygon(list(points), fill=colour, outline=outline)

    def ball(self, x: float, y: float, radius: float, colour: Colour) -> None:
        """A round thing with a light spot on its upper left."""
        self.draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour)
        if radius > 12:
            self.glow(x - radius * 0.3, y - radius * 0.35, radius * 0.75, lighter(colour, 0.6), 0.55)

    def stroke(self, points: Sequence[Point], colour: Colour, width: float) -> None:
        self.draw.line(list(points), fill=colour, width=round(width), joint="curve")

    # --- writing --------------------------------------------------------------------------------------------------

    def text(
        self,
        x: float,
        y: float,
        words: str,
        size: float,
        colour: Colour = INK,
        *,
        anchor: str = "mm",
        bold: bool = True,
    ) -> None:
        self.draw.text((x, y), words, fill=colour, font=font(round(size), bold), anchor=anchor)

    def scribble(self, box: Box, lines: int, colour: Colour = GREY, *, weight: float = 0.3) -> None:
        """Body text too small to read: ragged bars, `weight` of the line's height."""
        left, top, right, bottom = box
        pitch = (bottom - top) / max(1, lines)
        for row in range(lines):
            y = top + row * pitch
            end = right - (right - left) * self.rng.choice((0.02, 0.05, 0.1, 0.35))
            self.draw.rounded_rectangle((left, y, end, y + pitch * weight), pitch * weight / 2, fill=colour)

    def handwriting(self, box: Box, lines: int, colour: Colour = (38, 52, 120)) -> None:
        """Lines that look written by hand, by short curved strokes."""
        left, top, right, bottom = box
        pitch = (bottom - top) / max(1, lines)
        for row in range(lines):
            x, y = left, top + (row + 0.6) * pitch
            end = right - self.rng.random() * (right - left) * 0.4
            while x < end:
                size = pitch * self.rng.uniform(0.35, 0.55)
                for _ in range(3):
                    start = (x + self.rng.random() * size, y - self.rng.random() * size)
                    finish = (x + self.rng.random() * size, y - self.rng.random() * size)
                    self.draw.line((start, finish), fill=colour, width=3)
                x += size * 1.35


def seeded(*parts: object) -> random.Random:
    """A random source that depends on nothing but these parts (also across processes)."""
    return random.Random("|".join(str(part) for part in parts))
