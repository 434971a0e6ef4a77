"""What people supply when they act on a finding, trimmed and checked."""

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

from audit.domain.checklist import EVIDENCE_KINDS
from audit.domain.findings import SEVERITIES
from audit.errors import RoundsError
from audit.services import values

TEXT_LIMIT = 4000
SEEN_LIMIT = 10_000  # of what was seen: as much as a note on the tablet
NAME_LIMIT = 60
MOST_PEOPLE = 20

RECTIFICATION_TEXTS = ("correction", "cause", "corrective_action", "horizontal_check")


def day(name: str, value: object) -> dt.date | None:
    """A day, or None for nothing. Raises `invalid`."""
    if value is None or value == "":
        return None
    if isinstance(value, dt.datetime) or not isinstance(value, dt.date):
        raise RoundsError("invalid", field=name)
    return value


def _text(name: str, value: object) -> str:
    return values.text(name, value, TEXT_LIMIT)


def _line(name: str, value: object) -> str:
    return values.line(name, value, NAME_LIMIT)


def _number(name: str, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise RoundsError("invalid", field=name)
    return value


def _numbers(name: str, value: object) -> tuple[int, ...]:
    if not isinstance(value, list | tuple) or len(value) > MOST_PEOPLE:
        raise RoundsError("invalid", field=name)
    return tuple(dict.fromkeys(_number(name, entry) for entry in value))


def _one_of(allowed: tuple[str, ...]) -> Callable[[str, object], str]:
    def check(name: str, value: object) -> str:
        if value not in allowed:
            raise RoundsError("invalid", field=name)
        return str(value)

    return check


# fmt: off
FIELDS: dict[str, Callable[[str, object], Any]] = {
    **dict.fromkeys(("comment", "reason", "need", "interim_measure", *RECTIFICATION_TEXTS), _text),
    **dict.fromkeys(("owner", "responsible"), _line),
    **dict.fromkeys(("due_on", "planned_on", "completed_on"), day),
    "merged_into": _number,
    "team": _numbers,
    "severity": _one_of(SEVERITIES),
    "evidence_kind": _one_of(EVIDENCE_KINDS),
}
# fmt: on


def checked(given: Mapping[str, Any]) -> dict[str, Any]:
    """The fields by their own rules. Raises `too_long` and `invalid`; what is empty stays empty."""
    return {
        name: FIELDS[name](name, value) for name, value in given.items() if name in FIELDS and value not in (None, "")
    }
