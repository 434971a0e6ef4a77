"""Checklists in YAML: read with the line of every mistake, and written.

The shape is checked against `checklists/schema.json`, the sense by `domain.checklist.problems`.
"""

import io
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import AliasEvent, CollectionEndEvent, CollectionStartEvent

from audit.domain import conditions
from audit.domain.checklist import MAY_BE_EMPTY, Checklist, problems
from audit.errors import RoundsError

FOLDER = Path(__file__).parents[2] / "checklists"
MOST_BYTES = 500_000
DEEPEST = 12  # an item's value stands five deep
MOST_NODES = 15_000  # the largest checklist that `problems` lets through has some 10,000 keys and values
LONGEST_LINE = 20_000  # characters; the parser's time grows with the square of a line's length
MOST_FAULTS = 200
_OPTIONAL: dict[str, Any] = {**dict.fromkeys(MAY_BE_EMPTY, ""), "show_if": None, "reference_photo": None}

_HUGE = 10**9

Steps = tuple[str | int, ...]


@dataclass(frozen=True)
class Fault:
    """A mistake in a file: an error code with its parameters, and where: a line, or a sheet with row and column."""

    code: str
    params: Mapping[str, Any]
    line: int | None = None
    sheet: str = ""
    row: int | None = None
    column: str = ""

    @property
    def place(self) -> str:
        """`12` for a line, `survey!C12` for a cell, as short as what is known; empty for the whole file."""
        if not self.sheet:
            return str(self.line or "")
        return f"{self.sheet}!{self.column}{self.row or ''}".rstrip("!")


@dataclass(frozen=True)
class Reading:
    """What a file holds: a checklist that may be kept, or the faults that forbid it (then `checklist` is None)."""

    checklist: Checklist | None
    faults: tuple[Fault, ...] = ()


@lru_cache(maxsize=1)
def seeds() -> tuple[Checklist, ...]:
    """The checklists that come with the product, by file name, read once. Raises `checklist.faulty`."""
    readings = [read_yaml(path.read_bytes()) for path in sorted(FOLDER.glob("*.yaml"))]
    faults = [fault for reading in readings for fault in reading.faults]
    if faults:
        raise RoundsError("checklist.faulty", count=len(faults))
    return tuple(reading.checklist for reading in readings if reading.checklist)


def read_yaml(content: bytes) -> Reading:
    """A checklist from YAML. Never raises for what stands in the file: every mistake is a fault with its line."""
    try:
        root = _parsed(content)
        data = _plain(root)
    except RoundsError as error:
        return Reading(None, (Fault(error.code, error.params, line=error.params.get("line")),))
    faults = [fault for error in _validator().iter_errors(data) for fault in _shape_faults(root, error)]
    if not faults:
        faults = _parse_conditions(root, data)
    if faults:
        return Reading(None, tuple(sorted(faults, key=lambda fault: fault.line or 0)[:MOST_FAULTS]))
    checklist = Checklist.from_json(data)
    found = [Fault(p.code, p.params, line=_line(root, p.path)) for p in problems(checklist)[:MOST_FAULTS]]
    return Reading(None if found else checklist, tuple(found))


def write_yaml(checklist: Checklist) -> bytes:
    """The checklist as YAML that `read_yaml` reads back unchanged."""
    data = checklist.to_json()
    for section in data["sections"]:
        for item in section["items"]:
            condition = conditions.from_json(item["show_if"], "show_if")
            item["show_if"] = conditions.write(condition) if condition else None
            for name in ("show_if", "reference_photo"):
                if item[name] is None:
                    del item[name]
    yaml = YAML()
    yaml.width = 10_000
    yaml.allow_unicode = True
    out = io.BytesIO()
    yaml.dump(data, out)
    return out.getvalue()


@lru_cache(maxsize=1)
def _validator() -> Draft202012Validator:
    return Draft202012Validator(json.loads((FOLDER / "schema.json").read_text("utf-8")))


def _parsed(content: bytes) -> CommentedMap:
    """The YAML with its line marks. Raises `checklist.yaml`, `checklist.not_text` or `too_long`."""
    if len(content) > MOST_BYTES:
        raise RoundsError("spreadsheet.too_big", limit=MOST_BYTES / 1_000_000)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise RoundsError("checklist.not_text", line=content[: error.start].count(b"\n") + 1) from error
    for number, line in enumerate(text.split("\n"), start=1):
        if len(line) > LONGEST_LINE:
            raise RoundsError("checklist.yaml", reason=f"a line of more than {LONGEST_LINE} characters", line=number)
    yaml = YAML(typ="rt")
    try:
        # An alias can make a small file unfold into an enormous one, deep nesting takes the parser minutes, and no
        # checklist needs either.
        depth = 0
        for count, event in enumerate(yaml.parse(text)):
            depth += isinstance(event, CollectionStartEvent) - isinstance(event, CollectionEndEvent)
            if isinstance(event, AliasEvent):
                raise RoundsError("checklist.yaml", reason="aliases (*) are not taken", line=event.start_mark.line + 1)
            if depth > DEEPEST or count > MOST_NODES:
                reason = "nested too deeply" if depth > DEEPEST else "too many keys and values"
                raise RoundsError("checklist.yaml", reason=reason, line=event.start_mark.line + 1)
        root = yaml.load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        reason = " ".join(str(error.problem or error.context or "not YAML").split())
        raise RoundsError("checklist.yaml", reason=reason, line=mark.line + 1 if mark else 1) from error
    except (YAMLError, ValueError) as error:
        raise RoundsError("checklist.yaml", reason=" ".join(str(error).split())[:200], line=1) from error
    if not isinstance(root, CommentedMap):
        raise RoundsError("checklist.yaml", reason="a list of keys and values is expected", line=1)
    return root


def _plain(node: Any) -> Any:
    """The same data in Python's own types, texts trimmed, left-out optional keys of items filled in."""
    if isinstance(node, CommentedMap):
        data = {key: _plain(value) for key, value in node.items()}
        return {**_OPTIONAL, **data} if {"code", "points"} <= data.keys() else data
    if isinstance(node, CommentedSeq):
        return [_plain(value) for value in node]
    if isinstance(node, str):
        return str(node).strip()
    if isinstance(node, (int, float)) and abs(node) > _HUGE:
        return _HUGE  # out of every range, and short enough to be shown
    if isinstance(node, float) and node.is_integer():
        return int(node)
    return node


def _shape_faults(root: CommentedMap, error: ValidationError) -> Iterable[Fault]:
    path: Steps = tuple(error.absolute_path)
    name, line = str(path[-1]) if path else "checklist", _line(root, path)
    rule: Any = error.validator_value  # what the schema asks for: a list of keys or values, or the name of a type
    schema: Any = error.schema
    instance: Any = error.instance
    if error.validator == "required":
        missing = [key for key in rule if key not in instance]
        # jsonschema tells of each missing key by an error of its own; the message begins with the key.
        key = next((key for key in missing if error.message.startswith(repr(key))), missing[0])
        yield Fault("checklist.key_missing", {"key": key}, line=line)
    elif error.validator == "additionalProperties":
        for key in instance:
            if key not in schema["properties"]:
                yield Fault("checklist.key_unknown", {"key": _short(key)}, line=_line(root, (*path, key)))
    elif error.validator == "enum":
        allowed = ", ".join(rule)
        params = {"field": name, "value": _short(error.instance), "allowed": allowed}
        yield Fault("checklist.choice", params, line=line)
    elif error.instance is None and path and path[-1] in _OPTIONAL:
        return  # left out
    else:
        params = {"field": name, "value": _short(error.instance), "expected": str(rule)}
        yield Fault("checklist.type", params, line=line)


def _parse_conditions(root: CommentedMap, data: dict[str, Any]) -> list[Fault]:
    """Put the JSON tree in the place of every written condition."""
    faults = []
    for index, section in enumerate(data["sections"]):
        for position, item in enumerate(section["items"]):
            if not item["show_if"]:
                item["show_if"] = None
                continue
            try:
                item["show_if"] = conditions.to_json(conditions.parse(item["show_if"]))
            except RoundsError as error:
                path = ("sections", index, "items", position, "show_if")
                faults.append(Fault(error.code, error.params, line=_line(root, path)))
    return faults


def _line(root: CommentedMap, path: Steps) -> int:
    """The line (from 1) of the last part of the path that stands in the file."""
    node: Any = root
    line = 0
    for step in path:
        try:
            if isinstance(node, CommentedMap):
                line = node.lc.key(step)[0]
            elif isinstance(node, CommentedSeq):
                line = node.lc.item(step)[0]
            node = node[step]
        except (KeyError, IndexError, TypeError):
            break
    return line + 1


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 40 else text[:39] + "…"
