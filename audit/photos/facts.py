"""What a photo says about itself: when and where it was taken. Claims of the file, labelled as such, never proof."""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

from PIL import ExifTags, Image

# A camera without an offset shows the local time; all halls are in one zone without summer time.
LOCAL_ZONE = timezone(timedelta(hours=8))


@dataclass(frozen=True)
class Facts:
    """EXIF of one photo.

    `captured_at` is aware; `captured_offset_known` tells whether the zone stood in the file (else it is
    `LOCAL_ZONE`). `latitude` and `longitude` are degrees, both or neither. `orientation` is EXIF's 1 to 8.
    """

    orientation: int = 1
    captured_at: datetime | None = None
    captured_offset_known: bool = False
    latitude: float | None = None
    longitude: float | None = None


def read_facts(picture: Image.Image) -> Facts:
    """The facts of an opened picture. What is missing or broken is left out: it is never a reason to lose a photo."""
    try:
        exif = picture.getexif()
        if not exif:
            return Facts()
        orientation = exif.get(ExifTags.Base.Orientation, 1)
        detail = exif.get_ifd(ExifTags.IFD.Exif)
        place = exif.get_ifd(ExifTags.IFD.GPSInfo)
    except Exception:  # Pillow raises what its parser happens to hit: struct.error, KeyError, SyntaxError, TypeError, …
        return Facts()
    moment, offset_known = _moment(detail)
    latitude = _degrees(place, ExifTags.GPS.GPSLatitude, ExifTags.GPS.GPSLatitudeRef, "S", 90)
    longitude = _degrees(place, ExifTags.GPS.GPSLongitude, ExifTags.GPS.GPSLongitudeRef, "W", 180)
    # 0°, 0° is what a receiver without a fix writes.
    if latitude is None or longitude is None or latitude == longitude == 0:
        latitude = longitude = None
    return Facts(
        orientation if isinstance(orientation, int) and 1 <= orientation <= 8 else 1,
        moment,
        offset_known,
        latitude,
        longitude,
    )


def _moment(detail: dict[int, Any]) -> tuple[datetime | None, bool]:
    try:
        naive = datetime.strptime(_text(detail[ExifTags.Base.DateTimeOriginal])[:19], "%Y:%m:%d %H:%M:%S")  # noqa: DTZ007
    except (KeyError, ValueError):
        return None, False
    try:
        offset = datetime.strptime(_text(detail[ExifTags.Base.OffsetTimeOriginal]), "%z").tzinfo
    except (KeyError, ValueError):
        return naive.replace(tzinfo=LOCAL_ZONE), False
    return naive.replace(tzinfo=offset), True


def _degrees(place: dict[int, Any], value_tag: int, side_tag: int, negative: str, limit: int) -> float | None:
    try:
        degrees, minutes, seconds = (float(part) for part in place[value_tag])
        found = degrees + minutes / 60 + seconds / 3600
    except (KeyError, ValueError, TypeError, ZeroDivisionError):
        return None
    if _text(place.get(side_tag, "")).upper().startswith(negative):
        found = -found
    return round(found, 7) if math.isfinite(found) and abs(found) <= limit else None


def _text(value: object) -> str:
    raw = value.decode("ascii", "replace") if isinstance(value, bytes) else str(value)
    return raw.strip("\x00 ")
