"""The drawn photos of the demo city: of everything that is photographed, no two alike, dated, and the same again."""

import datetime as dt
import io
import itertools
import statistics

import pytest
from PIL import Image

from audit.demo.people import Names
from audit.demo.pictures import CONDITIONS, SCENES, photo
from audit.demo.pictures.canvas import seeded
from audit.demo.pictures.signature import signature
from audit.demo.texts import branches, read
from audit.domain.photos import hamming, is_reuse
from audit.photos.worker import examine
from audit.services.checklist_files import FOLDER, read_yaml

NOON = dt.datetime(2026, 11, 20, 12, 30)  # noqa: DTZ001 - wall-clock time, as cameras write it


class Print:
    """What `is_reuse` looks at."""

    def __init__(self, data: bytes) -> None:
        found, _, _ = examine(data, [], None)
        self.sha256, self.phash, self.dhash = found["sha256"], found["phash"], found["dhash"]


def hall_items() -> list[tuple[str, str]]:
    checklist = read_yaml((FOLDER / "hall.yaml").read_bytes()).checklist
    assert checklist is not None
    return [(item.code, item.photo) for item in checklist.items()]


def test_every_item_that_asks_for_a_photo_has_a_scene_of_its_own() -> None:
    assert {code for code, rule in hall_items() if rule != "never"} <= SCENES.keys()


def test_every_item_has_sentences_for_partly_right_and_for_wrong() -> None:
    for code, _ in hall_items():
        assert all(read("observations")[code][rating] for rating in ("partial", "fail")), code


@pytest.mark.parametrize("subject", [*SCENES, "B05"])
def test_photos_of_one_subject_in_several_halls_are_told_apart(subject: str) -> None:
    prints = [Print(photo(subject, CONDITIONS[hall % 3], hall, "first", NOON)) for hall in range(4)]
    pairs = list(itertools.combinations(prints, 2))
    assert not any(is_reuse(one, other) for one, other in pairs)
    assert statistics.median(hamming(one.phash, other.phash) for one, other in pairs) > 12


def test_the_same_seeds_give_the_same_photo_and_another_shot_another_one() -> None:
    first = photo("A01", "bad", "yuzhong-1", "a", NOON)
    assert photo("A01", "bad", "yuzhong-1", "a", NOON) == first
    assert photo("A01", "bad", "yuzhong-1", "b", NOON) != first


def test_before_and_after_of_one_place_are_not_taken_for_the_same_photo() -> None:
    before, after = (Print(photo("A03", state, "hall", state, NOON)) for state in ("bad", "fixed"))
    assert not is_reuse(before, after)


def test_a_photo_says_when_it_was_taken() -> None:
    found, _, _ = examine(photo("C09", "good", "hall", 1, NOON), [], None)
    assert found["captured_at"] == "2026-11-20T12:30:00+08:00"
    assert max(found["width"], found["height"]) >= 1000  # what a report picture needs


def test_a_signature_is_the_persons_own_and_differs_each_time() -> None:
    first, again, once_more = signature("陈喆", 1), signature("陈喆", 1), signature("陈喆", 2)
    assert first == again != once_more
    with Image.open(io.BytesIO(first)) as picture:
        assert picture.convert("L").getextrema() < (128, 256)  # something is written on it


def test_there_are_36_branches_with_four_halls_each_and_no_hall_twice_in_one_branch() -> None:
    assert len({branch.code for branch in branches()}) == 36
    assert all(len({hall.zh for hall in branch.halls}) == 4 for branch in branches())


def test_nobody_of_a_city_has_the_name_of_another() -> None:
    names = Names(seeded("names", 1))
    given = [names.next() for _ in range(400)]
    assert len({name.zh for name in given}) == 400
