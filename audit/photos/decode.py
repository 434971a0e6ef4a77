"""From the bytes of one photo to clean, upright pixels. Runs in the intake worker only: the bytes are hostile.

The header is judged before any pixel is decoded. Then the picture is decoded at the power of two that leaves the report
picture's size: a JPEG of 12 megapixels costs half of a full decode that way, and no resampling at all.
"""

import io
import mmap
import sys
import warnings
from typing import IO

from PIL import Image, ImageCms, ImageFile, ImageOps
from PIL.JpegImagePlugin import JpegImageFile  # the class of an "MPO" too: a JPEG with a second one behind

from audit.domain.photos import MAX_BYTES, MAX_PIXELS
from audit.errors import RoundsError
from audit.photos import scan

REPORT_LONG_SIDE = 1000  # px the report picture keeps at least, where the original has them
MEDIA_TYPES = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp", "HEIF": "image/heic"}

# Brands of still HEVC pictures in ISO 23008-12. `mif1` alone says only "some picture": AVIF uses it as well.
_HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis"}
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_SRGB = ImageCms.createProfile("sRGB")


def recognise(data: bytes | mmap.mmap) -> str:
    """The format the bytes themselves declare: "JPEG", "PNG", "WEBP" or "HEIF". Names and MIME types are not asked.

    Raises `photo.empty`, `photo.too_big`, `photo.unknown_format`.
    """
    if not data:
        raise RoundsError("photo.empty")
    if len(data) > MAX_BYTES:
        raise RoundsError("photo.too_big", limit=MAX_BYTES // 1024 // 1024)
    if data[:3] == b"\xff\xd8\xff":
        return "JPEG"
    if data[:8] == b"\x89PNG\r\n\x1a\n":
        return "PNG"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WEBP"
    if data[4:8] == b"ftyp":
        end = min(int.from_bytes(data[:4], "big"), 256)
        brands = {data[8:12]} | {data[at : at + 4] for at in range(16, end - 3, 4)}
        if brands & _HEIC_BRANDS:
            return "HEIF"
    raise RoundsError("photo.unknown_format")


def open_header(data: bytes | mmap.mmap) -> Image.Image:
    """The picture with its header read and judged, its pixels still coded.

    Raises `photo.too_many_pixels`, `photo.animated`, and what `recognise` raises.
    """
    # WeasyPrint sets this for its whole process; half a photo would then be taken for a whole one.
    if ImageFile.LOAD_TRUNCATED_IMAGES or "weasyprint" in sys.modules:
        raise RuntimeError("the intake worker must not share a process with WeasyPrint")
    form = recognise(data)
    if form == "HEIF":
        import pillow_heif  # 30 ms that a JPEG need not pay

        pillow_heif.register_heif_opener(thumbnails=False)
    source: IO[bytes] = io.BytesIO(data) if isinstance(data, bytes) else data  # type: ignore[assignment]  # reads and seeks
    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            picture = Image.open(source, formats=[form])
        except (Image.DecompressionBombWarning, Image.DecompressionBombError):
            raise RoundsError("photo.too_many_pixels", limit=MAX_PIXELS // 1_000_000) from None
    if picture.width * picture.height > MAX_PIXELS:
        raise RoundsError("photo.too_many_pixels", limit=MAX_PIXELS // 1_000_000)
    # A phone's JPEG or HEIC often carries a second picture (depth, gain map): its first one is the photo.
    if form in {"PNG", "WEBP"} and getattr(picture, "n_frames", 1) > 1:
        raise RoundsError("photo.animated")
    return picture


def load_reduced(picture: Image.Image, data: bytes | mmap.mmap) -> Image.Image:
    """Decode all of it, smaller by the factor that `reduction` gives. A truncated file raises.

    Raises `photo.damaged` for a JPEG whose coded picture is too short or too long for its size.
    """
    factor = reduction(max(picture.size))
    if isinstance(picture, JpegImageFile):
        if factor > 1:
            picture.draft("RGB", (max(1, picture.width // factor), max(1, picture.height // factor)))
        scan.load(picture, data)
        drawn = reduction(max(picture.size))  # a JPEG so narrow that draft() chose a smaller factor
        return picture.reduce(drawn) if drawn > 1 else picture
    picture.load()
    whole = _eight_bits(picture)
    return whole.reduce(factor) if factor > 1 else whole


def reduction(long_side: int) -> int:
    """The largest power of two up to 8 by which a picture may shrink and keep `REPORT_LONG_SIDE` pixels."""
    return next((factor for factor in (8, 4, 2) if -(-long_side // factor) >= REPORT_LONG_SIDE), 1)


def cleaned(picture: Image.Image, orientation: int) -> Image.Image:
    """A new RGB picture: upright, on white, in sRGB, and nothing of the file it came from but its pixels."""
    profile = picture.info.get("icc_profile")
    if picture.mode in {"RGBA", "LA", "PA", "La", "RGBa"}:
        layered = picture.convert("RGBA")
        white = Image.new("RGBA", layered.size, "white")
        picture = Image.alpha_composite(white, layered).convert("RGB")
    picture = _in_srgb(picture, profile)
    turn = _TURNS.get(orientation)
    if turn is not None:
        picture = picture.transpose(turn)
    clean = Image.new("RGB", picture.size)
    clean.paste(picture)
    return clean


def _eight_bits(picture: Image.Image) -> Image.Image:
    """The same picture in a mode that can be reduced: 8 bits a channel, no palette, transparency as a channel."""
    if picture.mode.startswith("I"):
        # 16-bit grey: keep the upper byte; a plain convert() would clip everything above 255 to white.
        return picture.convert("I").point(lambda value: value / 257).convert("L")
    if picture.mode in {"P", "PA", "LA", "La"} or "transparency" in picture.info:
        return picture.convert("RGBA" if picture.has_transparency_data else "RGB")
    return picture if picture.mode in {"L", "RGB", "RGBA", "CMYK"} else ImageOps.grayscale(picture)


def _in_srgb(picture: Image.Image, profile: bytes | None) -> Image.Image:
    if profile:
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            if not ImageCms.getProfileDescription(source).startswith("sRGB"):
                turned = ImageCms.profileToProfile(picture, source, _SRGB, outputMode="RGB")
                picture = turned or picture
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
            pass  # a broken or foreign profile: the colours as they stand are still the photo
    return picture if picture.mode == "RGB" else picture.convert("RGB")
