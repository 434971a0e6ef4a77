"""Which revision counts, and which bodies are refused."""

import uuid
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.domain.revisions import TEXT_LIMIT, Entry, Known, check, heads, resolve
from audit.errors import RoundsError

LIN, ZHAO = 1, 2
NAN = float("nan")
U = "0b0e6f0a-5d3e-4c39-9a39-0d7f6c1f0a01"
KNOWN = Known(frozenset({"A01", "B02"}), frozenset({("7", "Q1")}))


def entry(name: str, *bases: str, by: int = LIN, seq: int = 0, subject: str = "item:A01") -> Entry:
    return Entry(name, subject, bases, {"rating": name}, by, seq or ord(name[0]))


def test_a_chain_has_one_head() -> None:
    chain = [entry("a"), entry("b", "a"), entry("c", "b", by=ZHAO)]
    assert [head.uuid for head in heads(chain)] == ["c"]
    result = resolve(chain)["item:A01"]
    assert (result.entry.uuid, result.conflict) == ("c", False)


def test_of_several_heads_by_one_person_the_newest_received_counts() -> None:
    result = resolve([entry("a"), entry("c", "a", seq=5), entry("b", "a", seq=9)])["item:A01"]
    assert (result.entry.uuid, result.conflict) == ("b", False)


def test_heads_by_two_people_are_a_conflict_and_the_newest_received_counts_meanwhile() -> None:
    result = resolve([entry("a"), entry("b", "a"), entry("c", "a", by=ZHAO)])["item:A01"]
    assert (result.entry.uuid, result.conflict, [head.uuid for head in result.heads]) == ("c", True, ["b", "c"])


def test_a_revision_on_all_heads_ends_the_conflict() -> None:
    result = resolve([entry("a"), entry("b", "a"), entry("c", "a", by=ZHAO), entry("d", "b", "c")])["item:A01"]
    assert (result.entry.uuid, result.conflict) == ("d", False)


def test_a_base_of_another_subject_or_one_never_received_replaces_nothing() -> None:
    found = resolve([entry("a"), entry("b", "a", "zz", subject="item:B02")])
    assert [found["item:A01"].entry.uuid, found["item:B02"].entry.uuid] == ["a", "b"]


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(1, 3)), min_size=1, max_size=10))
def test_something_always_counts_even_when_revisions_name_each_other(links: list[tuple[int, int]]) -> None:
    entries = [entry(str(n), str(base), by=by, seq=n + 1) for n, (base, by) in enumerate(links)]
    assert resolve(entries)["item:A01"].entry in entries


GOOD: list[tuple[str, dict[str, Any]]] = [
    ("item:A01", {"rating": "pass", "note": "", "reason": "", "later_on": None, "corrected_on_spot": False}),
    ("item:B02", {"rating": None}),
    ("item:B02", {"rating": "later", "later_on": "2026-12-01"}),
    (f"photo:{U}", {
        "attached_to": "item:A01", "role": "before", "caption": "灯箱", "captured_at": "2026-11-22T09:00:00+08:00",
        "captured_source": "camera", "place": {"lat": 29.56, "lon": 106.55, "accuracy": 12.5},
        "overlay": [{"type": "arrow", "x1": 0.1, "y1": 0.2, "x2": 1, "y2": 0, "colour": "#c2452d"},
                    {"type": "text", "x1": 0, "y1": 0, "text": "这里"}],
        "mosaic": [{"x": 0, "y": 0.5, "w": 0.25, "h": 0.25}], "removed": False}),
    (f"photo:{U}", {"attached_to": "overview", "place": None}),
    (f"photo:{U}", {"attached_to": "campaign:7:Q1"}),
    (f"highlight:{U}", {"text": "主动引导客户", "item_code": None, "removed": False}),
    ("campaign:7:Q1", {"rating": "na", "note": "未到货"}),
    ("remarks", {"text": "<b>HTML</b> =1+1 \u202e\u0007 👨‍👩‍👧"}),
    ("signature", {"status": "signed", "name": "胡堃", "photo_uuid": U, "note": ""}),
]  # fmt: skip


@pytest.mark.parametrize(("subject", "body"), GOOD, ids=[f"{n}-{subject[:9]}" for n, (subject, _) in enumerate(GOOD)])
def test_a_good_body_is_taken(subject: str, body: dict[str, Any]) -> None:
    check(subject, body, KNOWN, in_visit=True)


def test_the_communication_record_belongs_to_the_assignment() -> None:
    body = {
        "held_at": "2026-11-25T16:00:00+08:00", "place": "三楼会议室", "opinion": "同意", "agreed": "一周内整改",
        "participants": [{"name": "梅芳", "role": "服务主管"}],
        "signatures": [{"name": "梅芳", "photo_uuid": U, "text_sha256": "a" * 64}],
    }  # fmt: skip
    check("communication", body, Known(), in_visit=False)
    check(f"photo:{U}", {"attached_to": "communication"}, Known(), in_visit=False)
    for wrong in ("a" * 63, "A" * 64, 7):
        signed = {**body, "signatures": [{"name": "梅芳", "text_sha256": wrong}]}
        with pytest.raises(RoundsError, match=r"revision\.field"):
            check("communication", signed, Known(), in_visit=False)
    with pytest.raises(RoundsError, match=r"revision\.subject"):
        check("communication", body, KNOWN, in_visit=True)


BAD: list[tuple[str, Any, str]] = [
    ("item:Z99", {"rating": "pass"}, "answer.item_unknown"),
    ("item:A01", {"rating": "excellent"}, "answer.rating"),
    ("item:A01", {"rating": 1}, "answer.rating"),
    ("item:A01", {"rating": ["pass"]}, "answer.rating"),
    ("item:A01", {"rating": "pass", "score": 5}, "revision.field"),
    ("item:A01", {"rating": "pass", "note": 5}, "revision.field"),
    ("item:A01", {"note": "x" * (TEXT_LIMIT + 1)}, "too_long"),
    ("item:A01", {"note": "a\x00b"}, "revision.text_character"),
    ("item:A01", {"note": "a\ud800b"}, "revision.text_character"),
    ("item:A01", {"rating": "later", "later_on": "22/11/2026"}, "revision.field"),
    ("item:A01", {"rating": "later", "later_on": 20261122}, "revision.field"),
    ("item:A01", {"corrected_on_spot": "yes"}, "revision.field"),
    ("item:A01", ["rating"], "revision.field"),
    ("", {}, "revision.subject"),
    ("item", {"rating": "pass"}, "answer.item_unknown"),
    ("remarks:1", {"text": ""}, "revision.subject"),
    ("remarks", {}, "revision.field"),
    ("remarks", {"text": None}, "revision.field"),
    ("photo:1", {"attached_to": "item:A01"}, "revision.subject"),
    (f"photo:{U.upper()}", {"attached_to": "item:A01"}, "revision.subject"),
    (f"photo:{U}", {}, "revision.field"),
    (f"photo:{U}", {"attached_to": "item:Z99"}, "answer.item_unknown"),
    (f"photo:{U}", {"attached_to": f"photo:{U}"}, "revision.subject"),
    (f"photo:{U}", {"attached_to": ["item:A01"]}, "revision.field"),
    (f"photo:{U}", {"attached_to": "overview", "mosaic": [{"x": 0, "y": 0, "w": 2, "h": 1}]}, "revision.field"),
    (f"photo:{U}", {"attached_to": "overview", "mosaic": [{"x": NAN, "y": 0, "w": 1, "h": 1}]}, "revision.field"),
    (f"photo:{U}", {"attached_to": "overview", "overlay": [{"type": "circle", "x1": 0, "y1": 0}]}, "revision.field"),
    (f"photo:{U}", {"attached_to": "overview", "overlay": [{"type": "box", "x1": 0, "y1": 0}] * 201}, "revision.field"),
    (f"photo:{U}", {"attached_to": "overview", "place": {"lat": 91, "lon": 0}}, "revision.field"),
    (f"photo:{U}", {"attached_to": "overview", "place": {"lat": 9, "lon": 0, "phone": "x"}}, "revision.field"),
    (f"photo:{U}", {"attached_to": "overview", "captured_at": "yesterday"}, "revision.field"),
    ("highlight:x", {"text": "a"}, "revision.subject"),
    ("campaign:7:Q2", {"rating": "pass"}, "revision.subject"),
    ("signature", {"status": "forged"}, "revision.field"),
    ("signature", {"status": "signed", "photo_uuid": "x"}, "revision.field"),
]  # fmt: skip


@pytest.mark.parametrize(("subject", "body", "code"), BAD, ids=[f"{n}-{code}" for n, (_, _, code) in enumerate(BAD)])
def test_a_bad_body_is_refused_with_its_code(subject: str, body: Any, code: str) -> None:
    with pytest.raises(RoundsError) as caught:
        check(subject, body, KNOWN, in_visit=True)
    assert caught.value.code == code


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
names = st.sampled_from(["rating", "note", "attached_to", "mosaic", "overlay", "place", "text", "status", "later_on",
                         "participants", "signatures", "held_at", "removed", "x"])  # fmt: skip


@given(
    st.sampled_from(["item:A01", f"photo:{uuid.uuid4()}", f"highlight:{U}", "campaign:7:Q1", "remarks", "signature",
                     "communication"]) | st.text(max_size=20),
    st.dictionaries(names, json_values, max_size=4) | json_values,
    st.booleans(),
)  # fmt: skip
def test_whatever_is_sent_is_taken_or_refused_with_a_code(subject: str, body: Any, in_visit: bool) -> None:
    refused = None
    try:
        check(subject, body, KNOWN, in_visit)
    except RoundsError as error:
        refused = error
    assert refused is None or (refused.status == 422 and str(refused).encode())
