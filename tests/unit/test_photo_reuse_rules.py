"""When a repeated picture is odd, how far apart two places are, and many fingerprints compared at once."""

import random
from dataclasses import dataclass

import pytest
from audit.photos.alike import Fingerprints

from audit.domain.photos import Standing, distance_m, is_reuse, reuse_kind

HERE = Standing(1, 10, "item:A01", "evidence")


@pytest.mark.parametrize(
    ("other", "kind"),
    [
        (Standing(2, 20, "item:A01", "evidence"), "outlet"),
        (Standing(2, 10, "item:A01", "evidence"), "visit"),
        (Standing(1, 10, "item:A01", "after"), "before_after"),
        (Standing(1, 10, "item:B01", "after"), "before_after"),
        (Standing(1, 10, "item:A01", "before"), ""),
        (Standing(1, 10, "item:B01", "evidence"), ""),
        (Standing(2, 20, "signature", "evidence"), ""),
        (Standing(2, 20, "item:A01", "signature"), ""),
        (Standing(2, 20, "communication", "evidence"), ""),
    ],
)
def test_a_repeated_picture_is_odd_elsewhere_or_when_nothing_changed(other: Standing, kind: str) -> None:
    assert reuse_kind(HERE, other) == kind
    assert reuse_kind(other, HERE) == kind


def test_a_degree_of_latitude_is_111_km() -> None:
    # 6,371 km x pi / 180 = 111.195 km; a degree of longitude at 60 degrees north is half of that, but for the curve
    assert distance_m((29.5, 106.5), (30.5, 106.5)) == pytest.approx(111_195, abs=1)
    assert distance_m((60, 10), (60, 11)) == pytest.approx(55_597, abs=10)
    assert distance_m((29.5, 106.5), (29.5, 106.5)) == 0
    assert distance_m((90, 0), (-90, 0)) == pytest.approx(20_015_087, abs=1)


@dataclass(frozen=True)
class Print:
    sha256: str
    phash: str
    dhash: str


def flipped(hexadecimal: str, bits: list[int]) -> str:
    value = int(hexadecimal, 16)
    for bit in bits:
        value ^= 1 << bit
    return f"{value:016x}"


def test_many_at_once_find_what_the_rule_finds_one_by_one() -> None:
    chance = random.Random(7)
    ours = Print("a", f"{chance.getrandbits(64):016x}", f"{chance.getrandbits(64):016x}")
    others = {}
    for number in range(400):
        near = number % 2 == 0
        p = flipped(ours.phash, chance.sample(range(64), chance.randrange(9))) if near else ""
        d = flipped(ours.dhash, chance.sample(range(64), chance.randrange(13))) if near else ""
        uuid = f"{number:08x}-0000-4000-8000-000000000000"
        others[uuid] = Print(str(number), p or f"{chance.getrandbits(64):016x}", d or f"{chance.getrandbits(64):016x}")
    every = Fingerprints("".join(one.phash + one.dhash + uuid for uuid, one in others.items()))
    expected = {uuid for uuid, one in others.items() if is_reuse(ours, one)}
    assert 40 < len(expected) < 200
    assert set(every.near(ours.phash, ours.dhash)) == expected


def test_none_at_all_are_near_nothing() -> None:
    assert Fingerprints("").near("0" * 16, "0" * 16) == []


@pytest.mark.parametrize("packed", ["00", "z" * 68])
def test_a_text_of_another_shape_is_refused(packed: str) -> None:
    with pytest.raises(ValueError):
        Fingerprints(packed)
