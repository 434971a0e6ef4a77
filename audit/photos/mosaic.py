"""Burn a mosaic (马赛克) into a picture, so that no derivative still holds what it hides."""

import math
from collections.abc import Sequence

from PIL import Image

from audit.domain.photos import Rectangle

# A face needs some 12 blocks across to be known again; its owner drew the rectangle, so the rectangle is the measure.
BLOCKS = 6
SMALLEST_BLOCK = 12  # px: below, small print could be searched for block by block
# Sixteen levels a channel: exact means would let a patient reader try texts until one gives these very values.
_COARSE = [min(255, (level & 0xF0) + 8) for level in range(256)] * 3


def burn(picture: Image.Image, rectangles: Sequence[Rectangle]) -> None:
    """Replace each rectangle of `picture` (RGB, changed in place) by at most `BLOCKS` plain blocks a side."""
    width, height = picture.size
    for x, y, w, h in rectangles:
        # Outwards to whole pixels: half a pixel of a face is not left standing at the edge.
        left, top = max(0, math.floor(x * width)), max(0, math.floor(y * height))
        right, bottom = min(width, math.ceil((x + w) * width)), min(height, math.ceil((y + h) * height))
        wide, high = right - left, bottom - top
        block = max(SMALLEST_BLOCK, math.ceil(max(wide, high) / BLOCKS))
        hidden = picture.crop((left, top, right, bottom))
        few = hidden.resize((math.ceil(wide / block), math.ceil(high / block)), Image.Resampling.BOX).point(_COARSE)
        picture.paste(few.resize((wide, high), Image.Resampling.NEAREST), (left, top))
