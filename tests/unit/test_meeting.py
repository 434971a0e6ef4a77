"""Which text the signatures of the exit meeting stand under, by the vectors that the tablet is tested with too."""

import json
from pathlib import Path
from typing import Any

import pytest

from audit.domain.meeting import changed_after, text_sha256

VECTORS = json.loads((Path(__file__).parent.parent / "vectors" / "meeting.json").read_text("utf-8"))["vectors"]
BODY = {"held_at": "2026-11-25T08:00:00.000Z", "place": "三楼会议室", "opinion": "同意", "agreed": "一周内整改"}
SIGNED = {"name": "梅芳", "text_sha256": text_sha256(BODY)}


@pytest.mark.parametrize("vector", VECTORS, ids=[vector["name"] for vector in VECTORS])
def test_the_text_that_was_signed_is_known_by_its_hash(vector: dict[str, Any]) -> None:
    assert text_sha256(vector["body"]) == vector["sha256"]


@pytest.mark.parametrize("name", ["held_at", "place", "opinion", "agreed"])
def test_every_part_of_the_text_counts(name: str) -> None:
    assert not changed_after(SIGNED, BODY)
    assert changed_after(SIGNED, {**BODY, name: "2026-11-26T08:00:00.000Z"})
    assert changed_after(SIGNED, {**BODY, name: None})


def test_who_joins_or_signs_later_changes_no_text_and_old_signatures_are_not_held_against() -> None:
    assert not changed_after(SIGNED, {**BODY, "participants": [{"name": "胡堃"}], "signatures": [SIGNED]})
    assert not changed_after({"name": "梅芳"}, BODY)
