"""Checklists: what is looked at in a visit, and what is asked of the branch when it is not right.

A checklist version never changes once visits use it; a visit keeps the version that it was made with. The JSON form
(`to_json`) is what the database stores, what the API sends to the tablet, and what `checklists/*.yaml` holds (there
`show_if` is written as text, see `audit.domain.conditions`):

    {"code": "hall", "version": "2026.1", "kind": "hall", "title_zh": "…", "title_en": "…",
     "sections": [
       {"code": "A", "title_zh": "…", "title_en": "…", "weight": 25,
        "items": [
          {"code": "A01", "text_zh": "…", "text_en": "…", "guidance_zh": "…", "guidance_en": "…",
           "points": 2, "critical": false,
           "photo": "never" | "on_fail" | "always",
           "evidence": "photo" | "training_record" | "retest",
           "severity": "critical" | "major" | "minor",
           "requirement_zh": "…", "requirement_en": "…", "criterion_zh": "…", "criterion_en": "…",
           "show_if": null | {"op": "=", "code": "A00", "value": "fail"} | {"op": "and", "of": […]},
           "reference_photo": null | "file-name.jpg"}]}]}

Every key is always there. Points and weights are whole numbers. An item of 0 points is rated but not scored. The sum
of a section's points need not equal its weight: a section counts by its rate (points got ÷ points possible) × weight.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

from audit.domain import conditions
from audit.domain.conditions import Condition
from audit.errors import RoundsError

KINDS = ("hall", "hotline", "sms", "online", "reception")
RATINGS = ("pass", "partial", "fail", "na", "later")
PHOTO_RULES = ("never", "on_fail", "always")
EVIDENCE_KINDS = ("photo", "training_record", "retest")
SEVERITIES = ("critical", "major", "minor")

# fmt: off
TEXT_LIMITS = {  # characters
    "title_zh": 120, "title_en": 120, "text_zh": 120, "text_en": 200, "guidance_zh": 1000, "guidance_en": 1000,
    "requirement_zh": 1000, "requirement_en": 1000, "criterion_zh": 1000, "criterion_en": 1000,
}
# fmt: on
MAY_BE_EMPTY = ("guidance_zh", "guidance_en")
MOST_SECTIONS, MOST_ITEMS, MOST_POINTS = 30, 300, 1000

_LIST_CODE = re.compile(r"[a-z][a-z0-9_-]{0,31}")
_CODE = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,15}")
_VERSION = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,31}")
_FILE_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}")
_UNPRINTABLE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True)
class Item:
    """One thing to look at; `requirement` and `criterion` make a finding's draft without typing."""

    code: str
    text_zh: str
    text_en: str
    guidance_zh: str
    guidance_en: str
    points: int
    critical: bool
    photo: str
    evidence: str
    severity: str
    requirement_zh: str
    requirement_en: str
    criterion_zh: str
    criterion_en: str
    show_if: Condition | None = None
    reference_photo: str | None = None


@dataclass(frozen=True)
class Section:
    """A part of the checklist, in walking order, with its share (`weight`) of the total."""

    code: str
    title_zh: str
    title_en: str
    weight: int
    items: tuple[Item, ...]


@dataclass(frozen=True)
class Checklist:
    """One version of one checklist."""

    code: str
    version: str
    title_zh: str
    title_en: str
    kind: str
    sections: tuple[Section, ...]

    def items(self) -> Iterator[Item]:
        """All items, in order."""
        for section in self.sections:
            yield from section.items

    def item(self, code: str) -> Item | None:
        """The item of this code, or None."""
        return next((item for item in self.items() if item.code == code), None)

    def section_of(self, code: str) -> Section | None:
        """The section that holds the item of this code, or None."""
        return next((section for section in self.sections if any(item.code == code for item in section.items)), None)

    def to_json(self) -> dict[str, Any]:
        """Plain data in the shape of the module's docstring."""
        data = _plain(self)
        data["sections"] = [
            {**_plain(section), "items": [_item_json(item) for item in section.items]} for section in self.sections
        ]
        return data

    @classmethod
    def from_json(cls, data: Any) -> "Checklist":
        """The reverse of `to_json`; says nothing of sense, only of shape.

        Raises `checklist.malformed` with `where`, e.g. "sections[0].items[3].points".
        """
        values = _values(cls, data, "")
        values["sections"] = tuple(
            _section(section, f"sections[{index}]") for index, section in enumerate(values["sections"])
        )
        return cls(**values)


@dataclass(frozen=True)
class Problem:
    """A mistake in a checklist: an error code with its parameters, and the path to the value at fault.

    The path names keys and positions in the JSON form, e.g. ("sections", 0, "items", 3, "show_if").
    """

    code: str
    path: tuple[str | int, ...]
    params: Mapping[str, Any]


def visible_items(checklist: Checklist, ratings: Mapping[str, str | None]) -> tuple[Item, ...]:
    """The items that are asked, given the ratings so far (item code → rating), in order.

    A hidden item counts as not answered, whatever was rated before it was hidden. References point backwards only
    (`problems` sees to it), so one pass is enough.
    """
    shown: list[Item] = []
    counted: dict[str, str | None] = {}
    for item in checklist.items():
        if item.show_if is None or conditions.holds(item.show_if, counted):
            shown.append(item)
            counted[item.code] = ratings.get(item.code)
    return tuple(shown)


def problems(checklist: Checklist) -> list[Problem]:
    """Everything wrong with a checklist of the right shape, in reading order; empty when it may be published."""
    found = [
        *_naming_problems(checklist),
        *_text_problems(checklist, ()),
    ]
    if not checklist.sections:
        found.append(Problem("checklist.no_sections", ("sections",), {}))
    if len(checklist.sections) > MOST_SECTIONS or sum(1 for _ in checklist.items()) > MOST_ITEMS:
        limits = {"sections": MOST_SECTIONS, "items": MOST_ITEMS}
        return [*found, Problem("checklist.too_big", ("sections",), limits)]
    seen: set[str] = set()
    for index, section in enumerate(checklist.sections):
        path = ("sections", index)
        found += _code_problems(section.code, seen, path)
        found += _text_problems(section, path)
        found += _weight_problems(section, path)
        for position, item in enumerate(section.items):
            place = (*path, "items", position)
            found += _code_problems(item.code, seen, place)
            found += _text_problems(item, place)
            found += _rule_problems(item, place)
    return [*found, *_condition_problems(checklist)]


def _naming_problems(checklist: Checklist) -> Iterator[Problem]:
    if not _LIST_CODE.fullmatch(checklist.code):
        yield Problem("checklist.code_invalid", ("code",), {"value": _excerpt(checklist.code)})
    if not _VERSION.fullmatch(checklist.version):
        yield Problem("checklist.version_invalid", ("version",), {"value": _excerpt(checklist.version)})
    yield from _choice_problems("kind", checklist.kind, KINDS, ())


def _code_problems(code: str, seen: set[str], path: tuple[str | int, ...]) -> Iterator[Problem]:
    """Sections and items share one space of names: in an XLSForm both are rows with a `name`."""
    if not _CODE.fullmatch(code):
        yield Problem("checklist.code_invalid", (*path, "code"), {"value": _excerpt(code)})
    elif code.upper() in seen:
        yield Problem("checklist.code_duplicate", (*path, "code"), {"value": code})
    seen.add(code.upper())


def _text_problems(part: Checklist | Section | Item, path: tuple[str | int, ...]) -> Iterator[Problem]:
    for field, limit in TEXT_LIMITS.items():
        text = getattr(part, field, None)
        if text is None:
            continue
        if not text.strip() and field not in MAY_BE_EMPTY:
            yield Problem("checklist.text_missing", (*path, field), {"field": field})
        elif len(text) > limit:
            yield Problem("checklist.text_too_long", (*path, field), {"field": field, "limit": limit})
        elif text != text.strip() or _UNPRINTABLE.search(text):
            yield Problem("checklist.text_character", (*path, field), {"field": field})


def _weight_problems(section: Section, path: tuple[str | int, ...]) -> Iterator[Problem]:
    if not section.items:
        yield Problem("checklist.section_empty", path, {"section": section.code})
    elif not 0 <= section.weight <= MOST_POINTS:
        yield Problem("checklist.number_range", (*path, "weight"), {"field": "weight", "limit": MOST_POINTS})
    elif (section.weight > 0) != any(item.points > 0 for item in section.items):
        yield Problem("checklist.weight", (*path, "weight"), {"section": section.code})


def _rule_problems(item: Item, path: tuple[str | int, ...]) -> Iterator[Problem]:
    if not 0 <= item.points <= MOST_POINTS:
        yield Problem("checklist.number_range", (*path, "points"), {"field": "points", "limit": MOST_POINTS})
    yield from _choice_problems("photo", item.photo, PHOTO_RULES, path)
    yield from _choice_problems("evidence", item.evidence, EVIDENCE_KINDS, path)
    yield from _choice_problems("severity", item.severity, SEVERITIES, path)
    if item.critical and item.severity in ("major", "minor"):
        yield Problem("checklist.critical_severity", (*path, "severity"), {"item": item.code})
    if item.reference_photo is not None and not _FILE_NAME.fullmatch(item.reference_photo):
        value = _excerpt(item.reference_photo)
        yield Problem("checklist.reference_photo", (*path, "reference_photo"), {"value": value})


def _choice_problems(field: str, value: str, allowed: tuple[str, ...], path: tuple[str | int, ...]) -> list[Problem]:
    if value in allowed:
        return []
    params = {"field": field, "value": _excerpt(value), "allowed": ", ".join(allowed)}
    return [Problem("checklist.choice", (*path, field), params)]


def _condition_problems(checklist: Checklist) -> Iterator[Problem]:
    """References must name an item that stands before: so there is no circle, and the form reads downwards."""
    known = {item.code for item in checklist.items()}
    before: set[str] = set()
    for index, section in enumerate(checklist.sections):
        for position, item in enumerate(section.items):
            path = ("sections", index, "items", position, "show_if")
            if item.show_if:
                yield from _written_form_problems(item.show_if, path)
            for comparison in conditions.comparisons(item.show_if) if item.show_if else ():
                params = {"item": item.code, "value": _excerpt(str(comparison.value)), "reference": comparison.code}
                if comparison.code not in known:
                    yield Problem("checklist.condition_unknown", path, params)
                elif comparison.code not in before:
                    yield Problem("checklist.condition_forward", path, params)
                if comparison.value not in conditions.VALUES:
                    yield Problem("checklist.condition_value", path, params)
            before.add(item.code)


def _written_form_problems(condition: Condition, path: tuple[str | int, ...]) -> list[Problem]:
    """A tree that came as JSON must also fit the written form, or it could not go out to YAML and Excel and back."""
    try:
        if conditions.parse(conditions.write(condition)) == condition:
            return []
        return [Problem("checklist.condition", path, {"text": conditions.write(condition), "position": 1})]
    except RoundsError as error:
        return [Problem(error.code, path, error.params)]


def _excerpt(text: str) -> str:
    text = _UNPRINTABLE.sub("�", text)
    return text if len(text) <= 40 else text[:39] + "…"


def _plain(part: Checklist | Section | Item) -> dict[str, Any]:
    return {field.name: getattr(part, field.name) for field in fields(part)}


def _item_json(item: Item) -> dict[str, Any]:
    return {**_plain(item), "show_if": conditions.to_json(item.show_if)}


def _section(data: Any, where: str) -> Section:
    values = _values(Section, data, where + ".")
    values["items"] = tuple(_item(item, f"{where}.items[{index}]") for index, item in enumerate(values["items"]))
    return Section(**values)


def _item(data: Any, where: str) -> Item:
    values = _values(Item, data, where + ".")
    values["show_if"] = conditions.from_json(values["show_if"], where + ".show_if")
    return Item(**values)


def _values(part: type, data: Any, where: str) -> dict[str, Any]:
    """The fields of `data`, each there and of the right type, none beside them."""
    names = [field.name for field in fields(part)]
    if not isinstance(data, dict):
        raise RoundsError("checklist.malformed", where=where.rstrip(".") or "checklist")
    for name in [*names, *data]:
        if name not in data or name not in names or not _fits(name, data[name]):
            raise RoundsError("checklist.malformed", where=f"{where}{name}")
    return dict(data)


def _fits(name: str, value: Any) -> bool:
    if name in ("points", "weight"):
        return isinstance(value, int) and not isinstance(value, bool)
    if name == "critical":
        return isinstance(value, bool)
    if name in ("sections", "items"):
        return isinstance(value, (list, tuple))
    if name == "show_if":
        return True  # `conditions.from_json` looks at it
    return isinstance(value, str) or (name == "reference_photo" and value is None)
