"""Taking the photo: tilt and perspective, the light of the hour, sensor grain, JPEG with the time of capture."""

import datetime as dt
import io
import random
from functools import lru_cache

import numpy as np
from PIL import ExifTags, Image, ImageChops

from audit.demo.pictures.canvas import HEIGHT, WIDTH

PHOTO_WIDTH, PHOTO_HEIGHT = 1024, 768
QUALITY = 86
LEVEL = 0.8  # share of photos by a steady hand, which cost a third of a tilted one
GRAIN = 3.2  # standard deviation of the sensor noise, in grey levels
BLACK = 12  # grey levels of the darkest shade, and room above the lightest: sums with noise need no clipping
LIGHTEST = 255 - 2 * BLACK


@lru_cache(maxsize=1)
def _grain() -> Image.Image:
    """One tile of sensor noise above the black level; every photo takes another part of it."""
    source = np.random.default_rng(20)
    half = source.normal(BLACK, GRAIN, (PHOTO_HEIGHT + 256, PHOTO_WIDTH + 256, 1))
    colour = source.normal(0, GRAIN * 0.4, (PHOTO_HEIGHT + 256, PHOTO_WIDTH + 256, 3))
    return Image.fromarray((half + colour).clip(0, 2 * BLACK).astype(np.uint8))


def _frame(rng: random.Random, close: float) -> list[tuple[float, float]]:
    """The four corners of the part of the canvas that the lens sees: upper left, upper right, lower right, lower left.

    `close` is how near the photographer may go: 1 shows the whole canvas, 0.7 leaves out about a third of each side.
    """
    zoom = rng.uniform(close, 0.985)
    width, height = WIDTH * zoom, HEIGHT * zoom
    slack_x, slack_y = WIDTH - width, HEIGHT - height
    left, top = slack_x * rng.uniform(0.1, 0.9), slack_y * rng.uniform(0.1, 0.9)
    corners = [(left, top), (left + width, top), (left + width, top + height), (left, top + height)]
    angle = rng.gauss(0, 0.022)
    lean_x, lean_y = rng.uniform(-0.045, 0.045), rng.uniform(-0.04, 0.04)
    centre_x, centre_y = left + width / 2, top + height / 2
    seen = []
    for x, y in corners:
        dx, dy = x - centre_x, y - centre_y
        squeeze = 1 - abs(lean_x) - abs(lean_y) + lean_x * (1 if dy > 0 else -1) + lean_y * (1 if dx > 0 else -1)
        u, v = centre_x + dx * squeeze - dy * angle, centre_y + dy * squeeze + dx * angle
        seen.append((min(max(u, 0.0), WIDTH - 1.0), min(max(v, 0.0), HEIGHT - 1.0)))
    return seen


def _coefficients(corners: list[tuple[float, float]]) -> list[float]:
    """The eight numbers of the perspective that maps the photo's corners to these points of the canvas."""
    target = [(0, 0), (PHOTO_WIDTH, 0), (PHOTO_WIDTH, PHOTO_HEIGHT), (0, PHOTO_HEIGHT)]
    rows, values = [], []
    for (x, y), (u, v) in zip(target, corners, strict=True):
        rows.append([x, y, 1, 0, 0, 0, -u * x, -u * y])
        rows.append([0, 0, 0, x, y, 1, -v * x, -v * y])
        values += [u, v]
    return [float(value) for value in np.linalg.solve(np.array(rows, float), np.array(values, float))]


def _light(rng: random.Random) -> Image.Image:
    """How the light of this hour falls: a slope over the picture, one or two soft pools, darker corners, a tint."""
    rows, columns = np.mgrid[0:1:24j, 0:1:32j]
    angle = rng.uniform(0, 2 * np.pi)
    light = 0.95 + rng.uniform(0.06, 0.26) * (np.cos(angle) * (columns - 0.5) + np.sin(angle) * (rows - 0.5))
    for _ in range(rng.randint(1, 3)):
        distance = (columns - rng.random()) ** 2 + (rows - rng.random()) ** 2
        light += rng.uniform(-0.26, 0.16) * np.exp(-distance / rng.uniform(0.02, 0.16))
    light -= rng.uniform(0.04, 0.22) * (((columns - 0.5) ** 2 + (rows - 0.5) ** 2) / 0.5) ** 1.5
    if rng.random() < 0.3:  # sun through a window frame
        band = np.sin((columns * np.cos(angle) + rows * np.sin(angle)) * rng.uniform(9, 16) + rng.random() * 6)
        light += 0.07 * np.clip(band * 3, -1, 1)
    light *= rng.uniform(0.9, 1.06)
    warmth = rng.gauss(0.02, 0.035)
    tint = np.array([1 + warmth, 1.0, 1 - warmth])
    small = (light[:, :, None] * tint * LIGHTEST).clip(0, LIGHTEST).astype(np.uint8)
    half = Image.fromarray(small).resize((PHOTO_WIDTH // 2, PHOTO_HEIGHT // 2), Image.Resampling.BILINEAR)
    return half.resize((PHOTO_WIDTH, PHOTO_HEIGHT), Image.Resampling.NEAREST)


def shoot(canvas: Image.Image, rng: random.Random, *, close: float = 0.84) -> Image.Image:
    """One photo of a drawn scene; another `rng` is another shot of the same place."""
    size, corners = (PHOTO_WIDTH, PHOTO_HEIGHT), _frame(rng, close)
    if rng.random() < LEVEL:
        (left, top), (right, bottom) = corners[0], corners[2]
        photo = canvas.resize(size, Image.Resampling.BOX, (left, top, right, bottom))
    else:
        photo = canvas.transform(size, Image.Transform.PERSPECTIVE, _coefficients(corners), Image.Resampling.BILINEAR)
    photo = ImageChops.multiply(photo, _light(rng))
    x, y = rng.randrange(256), rng.randrange(256)
    grain = _grain().crop((x, y, x + PHOTO_WIDTH, y + PHOTO_HEIGHT))
    return ImageChops.add_modulo(photo, grain)  # a seventh of the time of `add`


def develop(photo: Image.Image, taken_at: dt.datetime) -> bytes:
    """The photo as the JPEG a tablet makes, with the local wall-clock time of capture in its EXIF."""
    exif = Image.Exif()
    stamp = taken_at.strftime("%Y:%m:%d %H:%M:%S")
    exif[ExifTags.Base.Make] = "Rounds"
    exif[ExifTags.Base.Model] = "Demo tablet"
    exif[ExifTags.Base.DateTime] = stamp
    exif[ExifTags.Base.Orientation] = 1
    details = exif.get_ifd(ExifTags.IFD.Exif)
    details[ExifTags.Base.DateTimeOriginal] = stamp
    details[ExifTags.Base.OffsetTimeOriginal] = "+08:00"
    output = io.BytesIO()
    photo.save(output, "JPEG", quality=QUALITY, exif=exif)
    return output.getvalue()
