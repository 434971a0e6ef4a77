"""Rules about photos: when two are so alike that a person should look, and what a mosaic (马赛克) is."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from audit.errors import RoundsError

# Of 64 bits each. Re-saving, resizing or mild brightening moves a pHash by 0 to 4 bits and a dHash by 0 to 6; two
# unrelated photos lie around 32. Both must agree, since one hash alone meets by chance on plain walls.
MOST_PHASH_BITS = 6
MOST_DHASH_BITS = 10
MAX_BYTES = 20 * 1024 * 1024  # of one original
MAX_PIXELS = 40_000_000
MOST_RECTANGLES = 100  # of mosaic on one photo

Rectangle = tuple[float, float, float, float]  # x, y, width, height: parts (0 to 1) of the upright picture


class Fingerprint(Protocol):
    """What is compared: SHA-256 of the original's bytes, and two perceptual hashes of 16 hex digits ("" unknown)."""

    @property
    def sha256(self) -> str: ...
    @property
    def phash(self) -> str: ...
    @property
    def dhash(self) -> str: ...


def hamming(a: str, b: str) -> int:
    """How many of 64 bits differ between two hashes of 16 hex digits. Raises ValueError for anything else."""
    if len(a) != 16 or len(b) != 16:
        raise ValueError("a hash has 16 hex digits")
    return (int(a, 16) ^ int(b, 16)).bit_count()


def is_reuse(a: Fingerprint, b: Fingerprint) -> bool:
    """Whether `b` is `a` again: the same bytes, or as good as the same picture. A flag for a person, not a verdict."""
    if a.sha256 == b.sha256:
        return True
    if not (a.phash and b.phash and a.dhash and b.dhash):
        return False
    return hamming(a.phash, b.phash) <= MOST_PHASH_BITS and hamming(a.dhash, b.dhash) <= MOST_DHASH_BITS


@dataclass(frozen=True)
class Standing:
    """Where a photo stands: its visit, its outlet, what it is attached to, and its role there."""

    visit_id: int
    outlet_id: int
    attached_to: str
    role: str

    @property
    def judged(self) -> bool:
        """Whether it can be a reuse at all: signatures look alike by their nature."""
        return self.role != "signature" and self.attached_to not in ("signature", "communication")


def reuse_kind(a: Standing, b: Standing) -> str:
    """What it would mean if `b` were `a` again: `outlet`, `visit`, `before_after`; empty when nothing is odd about it.

    Within a visit a picture may well be taken twice; it is odd only when what was put right looks as it did before.
    """
    if not (a.judged and b.judged):
        return ""
    if a.outlet_id != b.outlet_id:
        return "outlet"
    if a.visit_id != b.visit_id:
        return "visit"
    return "before_after" if (a.role == "after") != (b.role == "after") else ""


def distance_m(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Metres between two places (latitude, longitude in degrees) on a sphere of 6,371 km (haversine)."""
    (lat_a, lon_a), (lat_b, lon_b) = (tuple(map(math.radians, place)) for place in (a, b))
    share = math.sin((lat_b - lat_a) / 2) ** 2
    share += math.cos(lat_a) * math.cos(lat_b) * math.sin((lon_b - lon_a) / 2) ** 2
    return 2 * 6_371_000 * math.asin(math.sqrt(min(1.0, share)))


def read_rectangles(mosaic: Sequence[Mapping[str, object]]) -> list[Rectangle]:
    """`[{x, y, w, h}, …]`, parts (0 to 1) of the upright picture, as tuples. Raises `invalid` for anything else."""
    if len(mosaic) > MOST_RECTANGLES:
        raise RoundsError("invalid", field="mosaic")
    rectangles = []
    for one in mosaic:
        try:
            x, y, w, h = (float(str(one[key])) for key in ("x", "y", "w", "h"))
        except (KeyError, TypeError, ValueError):
            raise RoundsError("invalid", field="mosaic") from None
        if not all(map(math.isfinite, (x, y, w, h))) or w <= 0 or h <= 0 or max(x, y) >= 1 or min(x + w, y + h) <= 0:
            raise RoundsError("invalid", field="mosaic")
        rectangles.append((x, y, w, h))
    return rectangles
