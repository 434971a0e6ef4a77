"""When a repeated picture is odd, how far apart two places are, and which parts of a fingerprint are looked up."""

import random

import pytest

from audit.domain.photos import MOST_PHASH_BITS, Standing, distance_m, parts_near, reuse_kind

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


def flipped(hexadecimal: str, bits: list[int]) -> str:
    value = int(hexadecimal, 16)
    for bit in bits:
        value ^= 1 << bit
    return f"{value:016x}"


def test_two_hashes_within_the_bounds_share_a_part_but_for_one_bit() -> None:
    chance = random.Random(7)
    for _ in range(400):
        ours = f"{chance.getrandbits(64):016x}"
        other = flipped(ours, chance.sample(range(64), MOST_PHASH_BITS))
        parts = [other[start : start + 4] for start in range(0, 16, 4)]
        assert any(part in values for part, values in zip(parts, parts_near(ours), strict=True))


def test_an_unknown_hash_is_near_nothing() -> None:
    assert parts_near("") == []


@pytest.mark.parametrize(
    ("a", "b", "kind"),
    [(("after", 2), ("after", 1), "answer"), (("after", 1), ("after", 1), ""),
     (("after", 1), ("before", 1), "before_after")],
)  # fmt: skip
def test_a_picture_of_an_earlier_answer_is_odd(a: tuple[str, int], b: tuple[str, int], kind: str) -> None:
    first, second = (Standing(1, 10, "finding:5", role, cycle) for role, cycle in (a, b))
    assert reuse_kind(first, second) == reuse_kind(second, first) == kind
