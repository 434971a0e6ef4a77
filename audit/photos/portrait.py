"""Very small portraits for lists on old phones, made from our own clean thumbnails."""

import io

from PIL import Image, ImageOps

SIDE_PX, QUALITY = 96, 70


def small_portrait(thumbnail: bytes) -> bytes:
    """A square JPEG of `SIDE_PX` (about 3 kB) from a thumbnail of ours; never for bytes from outside."""
    with Image.open(io.BytesIO(thumbnail), formats=["JPEG"]) as picture:
        picture.draft("RGB", (2 * SIDE_PX, 2 * SIDE_PX))
        # Heads are in the upper part of a portrait.
        square = ImageOps.fit(picture.convert("RGB"), (SIDE_PX, SIDE_PX), centering=(0.5, 0.3))
    out = io.BytesIO()
    square.save(out, "JPEG", quality=QUALITY)
    return out.getvalue()
