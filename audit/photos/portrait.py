"""Portraits in other sizes, made from our own clean pictures: small for lists on old phones, or as print needs them."""

import io

from PIL import Image, ImageOps

SIDE_PX, QUALITY = 96, 70
PRINT_DPI, PRINT_QUALITY = 300, 85  # more cannot be seen on paper, and a certificate each makes it a heavy file
MM_PER_INCH = 25.4


def small_portrait(thumbnail: bytes) -> bytes:
    """A square JPEG of `SIDE_PX` (about 3 kB) from a thumbnail of ours; never for bytes from outside."""
    with Image.open(io.BytesIO(thumbnail), formats=["JPEG"]) as picture:
        picture.draft("RGB", (2 * SIDE_PX, 2 * SIDE_PX))
        # Heads are in the upper part of a portrait.
        square = ImageOps.fit(picture.convert("RGB"), (SIDE_PX, SIDE_PX), centering=(0.5, 0.3))
    out = io.BytesIO()
    square.save(out, "JPEG", quality=QUALITY)
    return out.getvalue()


def printed_portrait(picture: bytes, box_mm: tuple[float, float]) -> bytes:
    """The whole picture as a JPEG as fine as a box of that size (width, height) needs on paper.

    Only for pictures of ours; one that is smaller stays as it is.
    """
    box = tuple(round(side / MM_PER_INCH * PRINT_DPI) for side in box_mm)
    with Image.open(io.BytesIO(picture), formats=["JPEG"]) as whole:
        if whole.width <= box[0] and whole.height <= box[1]:
            return picture
        whole.draft("RGB", (2 * box[0], 2 * box[1]))
        fine = ImageOps.contain(whole.convert("RGB"), (box[0], box[1]), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    fine.save(out, "JPEG", quality=PRINT_QUALITY, optimize=True)
    return out.getvalue()
