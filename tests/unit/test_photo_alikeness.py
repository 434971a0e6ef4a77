"""Reuse of a photo is noticed, and different photos are left in peace."""

from dataclasses import dataclass

import imagehash
import pytest
from PIL import Image, ImageEnhance

from audit.domain.photos import hamming, is_reuse
from audit.photos.fingerprint import dhash, phash
from tests.unit.photo_pictures import coded, decoded, scene

A, B = "a" * 64, "b" * 64


@dataclass(frozen=True)
class Print:
    sha256: str
    phash: str
    dhash: str


def fingerprint(picture: Image.Image, sha256: str) -> Print:
    small = picture.convert("L")
    small.thumbnail((320, 320), Image.Resampling.BOX)
    return Print(sha256, phash(small), dhash(small))


@pytest.mark.parametrize(
    ("a", "b", "bits"),
    [
        ("0000000000000000", "0000000000000000", 0),
        ("0000000000000001", "0000000000000000", 1),
        ("ffffffffffffffff", "0000000000000000", 64),
        ("f0f0f0f0f0f0f0f0", "0f0f0f0f0f0f0f0f", 64),
        ("8000000000000003", "0000000000000000", 3),
        ("ABCDEF0000000000", "abcdef0000000000", 0),
    ],
)
def test_hamming_counts_the_bits_that_differ(a: str, b: str, bits: int) -> None:
    assert hamming(a, b) == hamming(b, a) == bits


@pytest.mark.parametrize("wrong", ["", "0", "0" * 15, "0" * 17, "x" * 16])
def test_a_hash_of_another_shape_is_an_error(wrong: str) -> None:
    with pytest.raises(ValueError, match=r"hex digits|invalid literal"):
        hamming(wrong, "0" * 16)


@pytest.mark.parametrize(
    ("phash_bits", "dhash_bits", "reuse"),
    [(0, 0, True), (6, 10, True), (7, 10, False), (6, 11, False), (0, 11, False), (7, 0, False), (64, 64, False)],
)
def test_both_hashes_must_agree(phash_bits: int, dhash_bits: int, reuse: bool) -> None:
    first = Print(A, "0" * 16, "0" * 16)
    second = Print(B, f"{(1 << phash_bits) - 1:016x}", f"{(1 << dhash_bits) - 1:016x}")
    assert is_reuse(first, second) is reuse
    assert is_reuse(second, first) is reuse


def test_the_same_bytes_are_reuse_whatever_the_hashes_say() -> None:
    assert is_reuse(Print(A, "", ""), Print(A, "f" * 16, "f" * 16))


def test_a_photo_without_hashes_is_like_no_other() -> None:
    assert not is_reuse(Print(A, "", ""), Print(B, "", ""))
    assert not is_reuse(Print(A, "0" * 16, ""), Print(B, "0" * 16, ""))


@pytest.mark.parametrize("seed", range(8))
def test_our_hashes_agree_with_a_known_library(seed: int) -> None:
    picture = scene(seed)
    ours = fingerprint(picture, A)
    # Theirs shrinks by LANCZOS, ours by averaging: a frequency near the median, or two neighbours nearly
    # equal, may fall on the other side.
    assert hamming(ours.phash, str(imagehash.phash(picture))) <= 4
    assert hamming(ours.dhash, str(imagehash.dhash(picture))) <= 6


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("change", ["saved again", "half the size", "brighter", "less colour", "trimmed"])
def test_a_photo_used_again_is_noticed_after_mild_changes(seed: int, change: str) -> None:
    original = scene(seed)
    changed = {
        "saved again": lambda: decoded(coded(original, quality=40)),
        "half the size": lambda: original.resize((600, 450)),
        "brighter": lambda: ImageEnhance.Brightness(original).enhance(1.12),
        "less colour": lambda: ImageEnhance.Color(original).enhance(0.4),
        "trimmed": lambda: original.crop((6, 4, 1195, 897)),
    }[change]()
    assert is_reuse(fingerprint(original, A), fingerprint(changed, B))


def test_different_photos_are_not_taken_for_each_other() -> None:
    prints = [fingerprint(scene(seed, 600, 450), f"{seed:064x}") for seed in range(30)]
    pairs = [(a, b) for at, a in enumerate(prints) for b in prints[at + 1 :]]
    assert not [pair for pair in pairs if is_reuse(*pair)]
