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
PHASH_PARTS = 4  # of 16 bits: of two hashes that differ in MOST_PHASH_BITS, one part differs in one bit at most
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


def parts_near(phash: str) -> list[list[str]]:
    """For each part of a pHash, the values that it and the hashes one bit from it have there; none for an unknown."""
    if len(phash) != 16:
        return []
    width = 16 // PHASH_PARTS
    numbers = [int(phash[start : start + width], 16) for start in range(0, 16, width)]
    flips = (0, *(1 << bit for bit in range(4 * width)))
    return [[f"{number ^ flip:0{width}x}" for flip in flips] for number in numbers]


@dataclass(frozen=True)
class Standing:
    """Where a photo stands: its visit, its outlet, what it is attached to, its role there, and the answer it is in.

    `cycle`: of evidence, in which of a finding's answers it was given; 0 for a photo of the visit itself.
    """

    visit_id: int
    outlet_id: int
    attached_to: str
    role: str
    cycle: int = 0

    @property
    def judged(self) -> bool:
        """Whether it can be a reuse at all: signatures look alike by their nature."""
        return self.role != "signature" and self.attached_to not in ("signature", "communication")


def reuse_kind(a: Standing, b: Standing) -> str:
    """What it would mean if `b` were `a` again: `outlet`, `visit`, `before_after`, `answer`; "": nothing is odd.

    Within a visit a picture may well be taken twice; it is odd only when what was put right looks as it did before, or
    as it did in another answer to the same finding.
    """
    if not (a.judged and b.judged):
        return ""
    if a.outlet_id != b.outlet_id:
        return "outlet"
    if a.visit_id != b.visit_id:
        return "visit"
    if (a.role == "after") != (b.role == "after"):
        return "before_after"
    answered = a.attached_to == b.attached_to and a.cycle and b.cycle
    return "answer" if answered and a.cycle != b.cycle else ""


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
