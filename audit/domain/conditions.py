"""When an item is shown: comparisons of `${code}` with a rating, joined by and / or.

The written form is the part of XLSForm's `relevant` that we take: `${D03} = 'fail' or ${D04} != 'pass'`; `and` binds
tighter than `or`, parentheses group. The tablet evaluates the same tree, which is plain JSON:

    {"op": "=" | "!=", "code": "D03", "value": "fail"}        a comparison
    {"op": "and" | "or", "of": [tree, tree, …]}               two or more trees joined

`value` is a string or a number. A string is compared with the rating ("pass", "partial", "fail", "na", "later"; ""
is an item without an answer). A number is compared with what the rating is worth (pass 1, partial 0.5, fail 0);
the other ratings and no answer are worth nothing, so with a number `=` is false for them and `!=` is true.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from audit.errors import RoundsError

WORTH: dict[str, int | float] = {"pass": 1, "partial": 0.5, "fail": 0}
VALUES: frozenset[str | int | float] = frozenset({"pass", "partial", "fail", "na", "later", "", 0, 0.5, 1})
LONGEST = 500  # characters of the written form
DEEPEST = 8  # parentheses inside each other

_TOKEN = re.compile(
    r"\s*(?:\$\{(?P<code>[A-Za-z][A-Za-z0-9_-]*)\}|(?P<op>!=|=)|(?P<string>'[^']*'|\"[^\"]*\")"
    r"|(?P<number>-?[0-9]{1,9}(?:\.[0-9]{1,9})?)(?![\w.])|(?P<word>and|or)(?![\w-])|(?P<bracket>[()]))"
)


@dataclass(frozen=True)
class Comparison:
    """One item's rating beside one literal; `op` is "=" or "!="."""

    code: str
    op: str
    value: str | int | float


@dataclass(frozen=True)
class Joined:
    """Two or more conditions under one `op`, "and" or "or"."""

    op: str
    of: "tuple[Condition, ...]"


Condition = Comparison | Joined


def parse(text: str) -> Condition:
    """The tree of a written condition. Raises `checklist.condition` with the character where reading stopped."""
    if len(text) > LONGEST:
        raise RoundsError("checklist.condition", text=text[:40] + "…", position=LONGEST)
    parser = _Parser(text, _tokens(text))
    condition = parser.joined("or")
    if parser.peek()[0] != "end":
        parser.refuse()
    return condition


def write(condition: Condition) -> str:
    """The written form; `parse(write(c)) == c`."""
    if isinstance(condition, Comparison):
        return f"${{{condition.code}}} {condition.op} {_literal(condition.value)}"
    parts = []
    for part in condition.of:
        bare = isinstance(part, Comparison) or (condition.op == "or" and part.op == "and")
        parts.append(write(part) if bare else f"({write(part)})")
    return f" {condition.op} ".join(parts)


def to_json(condition: Condition | None) -> dict[str, Any] | None:
    """The tree as plain data; None for no condition."""
    if condition is None:
        return None
    if isinstance(condition, Comparison):
        return {"op": condition.op, "code": condition.code, "value": condition.value}
    return {"op": condition.op, "of": [to_json(part) for part in condition.of]}


def from_json(data: Any, where: str, depth: int = 0) -> Condition | None:
    """The reverse of `to_json`. Raises `checklist.malformed` with `where` the fault is."""
    if data is None and depth == 0:
        return None
    if isinstance(data, dict) and depth <= 2 * DEEPEST:
        if data.keys() == {"op", "code", "value"} and data["op"] in ("=", "!="):
            value = data["value"]
            if isinstance(data["code"], str) and isinstance(value, (str, int, float)) and not isinstance(value, bool):
                return Comparison(data["code"], data["op"], value)
        if data.keys() == {"op", "of"} and data["op"] in ("and", "or"):
            parts = data["of"]
            if isinstance(parts, list) and len(parts) > 1:
                trees = [from_json(part, f"{where}.of[{index}]", depth + 1) for index, part in enumerate(parts)]
                return Joined(data["op"], tuple(tree for tree in trees if tree is not None))
    raise RoundsError("checklist.malformed", where=where)


def holds(condition: Condition, ratings: Mapping[str, str | None]) -> bool:
    """Whether the condition is true of these ratings (item code → rating; missing or None: no answer yet)."""
    if isinstance(condition, Joined):
        results = (holds(part, ratings) for part in condition.of)
        return all(results) if condition.op == "and" else any(results)
    rating = ratings.get(condition.code) or ""
    if isinstance(condition.value, str):
        equal = rating == condition.value
    else:
        equal = rating in WORTH and WORTH[rating] == condition.value
    return equal if condition.op == "=" else not equal


def comparisons(condition: Condition) -> Iterator[Comparison]:
    """Every comparison in the tree, from left to right."""
    if isinstance(condition, Comparison):
        yield condition
    else:
        for part in condition.of:
            yield from comparisons(part)


def _literal(value: str | int | float) -> str:
    if not isinstance(value, str):
        return str(value)
    return f'"{value}"' if "'" in value else f"'{value}'"


def _tokens(text: str) -> list[tuple[str, str, int]]:
    """(kind, text, position) of each token, then one of kind "end" — or "bad" where nothing fits."""
    found: list[tuple[str, str, int]] = []
    at = 0
    while text[at:].strip():
        match, start = _TOKEN.match(text, at), len(text) - len(text[at:].lstrip())
        if match is None:
            return [*found, ("bad", "", start)]
        kind = str(match.lastgroup)
        found.append((kind, match.group(kind), start))
        at = match.end()
    return [*found, ("end", "", len(text))]


class _Parser:
    """Recursive descent over the tokens: or < and < comparison or bracket."""

    def __init__(self, text: str, tokens: list[tuple[str, str, int]]) -> None:
        self.text, self.tokens, self.at, self.depth = text, tokens, 0, 0

    def peek(self) -> tuple[str, str, int]:
        return self.tokens[self.at]

    def refuse(self) -> None:
        excerpt = self.text if len(self.text) <= 60 else self.text[:59] + "…"
        raise RoundsError("checklist.condition", text=excerpt, position=self.peek()[2] + 1)

    def take(self, kind: str, *texts: str) -> str:
        found, text, _ = self.peek()
        if found != kind or (texts and text not in texts):
            self.refuse()
        self.at += 1
        return text

    def joined(self, op: str) -> Condition:
        parts = [self.joined("and") if op == "or" else self.single()]
        while self.peek()[:2] == ("word", op):
            self.at += 1
            parts.append(self.joined("and") if op == "or" else self.single())
        return parts[0] if len(parts) == 1 else Joined(op, tuple(parts))

    def single(self) -> Condition:
        if self.peek()[:2] == ("bracket", "("):
            self.depth += 1
            if self.depth > DEEPEST:
                self.refuse()
            self.at += 1
            inside = self.joined("or")
            self.take("bracket", ")")
            self.depth -= 1
            return inside
        code, op = self.take("code"), self.take("op")
        if self.peek()[0] == "number":
            number = float(self.take("number"))
            return Comparison(code, op, int(number) if number.is_integer() else number)
        return Comparison(code, op, self.take("string")[1:-1])
