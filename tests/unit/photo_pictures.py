"""Pictures that the photo tests make for themselves, good ones and hostile ones."""

import io
import struct
import zlib
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from audit.photos.intake import Intake

RED, GREEN, BLUE, WHITE = (220, 30, 30), (30, 180, 30), (30, 30, 220), (255, 255, 255)
CORNERS = {"top left": RED, "top right": GREEN, "bottom left": BLUE, "bottom right": WHITE}


def marked(width: int = 1600, height: int = 1200) -> Image.Image:
    """Black, with another colour in each corner: red, green; blue, white."""
    picture = Image.new("RGB", (width, height))
    draw = ImageDraw.Draw(picture)
    w, h = width // 4, height // 4
    for name, colour in CORNERS.items():
        left = 0 if "left" in name else width - w
        top = 0 if "top" in name else height - h
        draw.rectangle((left, top, left + w - 1, top + h - 1), fill=colour)
    return picture


def scene(seed: int, width: int = 1200, height: int = 900, grain: float = 4) -> Image.Image:
    """Something like a photo: soft shapes at several scales and a sensor's grain. Another seed, another scene."""
    random = np.random.default_rng(seed)
    pixels = np.full((height, width, 3), 128, np.float32)
    for cells, strength in ((4, 40), (9, 25), (30, 10)):
        cloud = random.standard_normal((cells, cells, 3)).astype(np.float32) * strength
        for channel in range(3):
            layer = Image.fromarray(cloud[..., channel]).resize((width, height), Image.Resampling.BICUBIC)
            pixels[..., channel] += np.asarray(layer)
    pixels += random.standard_normal((height, width, 1)).astype(np.float32) * grain
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def coded(picture: Image.Image, form: str = "JPEG", **options: Any) -> bytes:
    """The picture as a file's bytes."""
    if form == "HEIF":
        import pillow_heif

        pillow_heif.register_heif_opener()
    written = io.BytesIO()
    picture.save(written, form, **({"quality": 90} if form == "JPEG" else {}) | options)
    return written.getvalue()


def decoded(data: bytes) -> Image.Image:
    picture = Image.open(io.BytesIO(data), formats=["JPEG"])
    picture.load()
    return picture


def png(width: int, height: int, depth: int, colour_type: int, rows: bytes, extra: bytes = b"") -> bytes:
    """A PNG made by hand, for what Pillow cannot write. `rows`: raw scan lines, each with its filter byte."""
    header = struct.pack(">IIBBBBB", width, height, depth, colour_type, 0, 0, 0)
    body = png_chunk(b"IDAT", zlib.compress(rows, 9))
    return b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", header) + extra + body + png_chunk(b"IEND", b"")


def png_chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def jpeg_markers(data: bytes) -> list[int]:
    """The markers before the scan: 0xE0 is APP0 (JFIF), 0xE1 EXIF or XMP, 0xE2 ICC or MPF, 0xFE a comment."""
    found, at = [], 2
    while data[at] == 0xFF and data[at + 1] != 0xDA:
        found.append(data[at + 1])
        at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return found


def corner_colours(data: bytes) -> dict[str, tuple[int, ...]]:
    """Which of the four marks stands in which corner, by the nearest colour."""
    picture = decoded(data)
    x, y = picture.width // 10, picture.height // 10
    places = {
        "top left": (x, y),
        "top right": (picture.width - x, y),
        "bottom left": (x, picture.height - y),
        "bottom right": (picture.width - x, picture.height - y),
    }
    seen = {name: picture.getpixel(place) for name, place in places.items()}
    return {
        name: min(CORNERS.values(), key=lambda mark: sum(abs(a - b) for a, b in zip(mark, pixel, strict=True)))  # type: ignore[arg-type]
        for name, pixel in seen.items()
    }


def derivatives(taken: Intake) -> tuple[bytes, bytes]:
    return taken.thumbnail, taken.report
