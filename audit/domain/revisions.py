"""Revisions: the append-only records of what people enter on the tablet, and which of them counts.

A revision names the revisions it was made on (`bases`). The heads of a subject are those that no other one names. One
head counts; of several by one person the newest received counts; several by different people are a conflict that the
team's leader ends by a revision on all of them — until then the newest received counts provisionally.
"""

import datetime as dt
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from audit.domain.checklist import RATINGS
from audit.domain.visits import SIGNATURE_STATES, AttachedPhoto
from audit.errors import RoundsError

TEXT_LIMIT = 10_000  # characters
NAME_LIMIT = 200
MOST_SHAPES, MOST_MOSAICS, MOST_PARTICIPANTS = 200, 100, 60
PHOTO_ROLES = ("evidence", "before", "after", "signature", "overview")
CAPTURED_SOURCES = ("camera", "gallery", "exif", "device")
SHAPES = ("arrow", "box", "text")

_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")  # no database text can hold them
_COLOUR = re.compile(r"#[0-9a-fA-F]{3,8}|[a-z]{1,20}")


@dataclass(frozen=True)
class Entry:
    """One revision as far as these rules look at it; `seq` is the order in which the server received it."""

    uuid: str
    subject: str
    bases: tuple[str, ...]
    body: Mapping[str, Any]
    account_id: int
    seq: int


@dataclass(frozen=True)
class Resolved:
    """What counts for one subject: `entry`, and whether people disagree about it (`heads` then holds the choices)."""

    entry: Entry
    heads: tuple[Entry, ...]

    @property
    def conflict(self) -> bool:
        """Whether the leader has to choose."""
        return len({head.account_id for head in self.heads}) > 1


def heads(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """The entries of one subject that no other one names as its base, in the order received.

    Entries that name each other in a circle leave no head; then the newest received is the only one.
    """
    entries = sorted(entries, key=lambda entry: entry.seq)
    named = {base for entry in entries for base in entry.bases if base != entry.uuid}
    return tuple(entry for entry in entries if entry.uuid not in named) or tuple(entries[-1:])


def resolve(entries: Iterable[Entry]) -> dict[str, Resolved]:
    """What counts for each subject."""
    by_subject: dict[str, list[Entry]] = {}
    for entry in entries:
        by_subject.setdefault(entry.subject, []).append(entry)
    resolved = {}
    for subject, group in by_subject.items():
        found = heads(group)
        resolved[subject] = Resolved(found[-1], found)
    return resolved


def answers(resolved: Mapping[str, Resolved]) -> dict[str, Mapping[str, Any]]:
    """Item code → the body that counts."""
    found = resolved.items()
    return {name.removeprefix("item:"): result.entry.body for name, result in found if name.startswith("item:")}


def highlights(resolved: Mapping[str, Resolved]) -> dict[str, Mapping[str, Any]]:
    """Subject → the body that counts, of the highlights that were not removed."""
    found = {name: result.entry.body for name, result in resolved.items() if name.startswith("highlight:")}
    return {name: body for name, body in found.items() if not body.get("removed")}


def attached_photos(resolved: Mapping[str, Resolved]) -> tuple[AttachedPhoto, ...]:
    """The photos that were not removed, in the order they were last changed."""
    entries = sorted(
        (result.entry for subject, result in resolved.items() if subject.startswith("photo:")),
        key=lambda entry: entry.seq,
    )
    return tuple(
        AttachedPhoto(
            entry.subject.removeprefix("photo:"), str(entry.body["attached_to"]), entry.body.get("role", "evidence")
        )
        for entry in entries
        if not entry.body.get("removed")
    )


def is_uuid(text: Any) -> bool:
    """Whether this is a UUID in its canonical lower-case form."""
    return isinstance(text, str) and _UUID.fullmatch(text) is not None


@dataclass(frozen=True)
class Known:
    """What a visit's revisions may refer to: item codes of its checklist, and questions as (campaign id, code)."""

    items: frozenset[str] = frozenset()
    questions: frozenset[tuple[str, str]] = frozenset()


def check(subject: str, body: Any, known: Known, in_visit: bool) -> None:
    """Return when a revision of this subject may have this body, which is then stored unchanged.

    Raises `revision.subject`, `answer.item_unknown`, `answer.rating`, `revision.field` (unknown, missing or wrong),
    `revision.text_character` (NUL or a lone surrogate), `too_long`.
    """
    kind = check_subject(subject, known, in_visit)
    if not isinstance(body, dict):
        raise RoundsError("revision.field", field="body")
    fields, needed = BODIES[kind]
    for name in needed:
        if name not in body:
            raise RoundsError("revision.field", field=name)
    for name, value in body.items():
        if name not in fields:
            raise RoundsError("revision.field", field=excerpt(str(name)))
        if not (value is None and name not in needed):
            fields[name](name, value)
    if kind == "photo":
        check_attached_to(body["attached_to"], known, in_visit)


def check_subject(subject: str, known: Known, in_visit: bool) -> str:
    """The kind of a subject. Raises `revision.subject` and `answer.item_unknown`."""
    kind, _, rest = subject.partition(":")
    if kind == "item" and in_visit:
        if rest not in known.items:
            raise RoundsError("answer.item_unknown", item=excerpt(rest))
        return kind
    campaign, _, question = rest.partition(":")
    fits = (
        (kind == "photo" and is_uuid(rest))
        or (kind == "highlight" and in_visit and is_uuid(rest))
        or (kind == "campaign" and in_visit and (campaign, question) in known.questions)
        or (subject in ("remarks", "signature") and in_visit)
        or (subject == "communication" and not in_visit)
    )
    if not fits:
        raise RoundsError("revision.subject", subject=excerpt(subject))
    return kind


def check_attached_to(subject: Any, known: Known, in_visit: bool) -> None:
    """Return when a photo may be attached to this subject. Raises like `check_subject`."""
    if subject == "overview" and in_visit:
        return
    if not isinstance(subject, str) or subject.startswith("photo:"):
        raise RoundsError("revision.subject", subject=excerpt(str(subject)))
    check_subject(subject, known, in_visit)


def excerpt(text: str) -> str:
    """A short printable form of what somebody sent, for an error's text."""
    text = _UNSTORABLE.sub("�", text)
    return text if len(text) <= 60 else text[:59] + "…"


def check_text(name: str, value: Any, limit: int = TEXT_LIMIT) -> None:
    """Return when this is a text that can be stored unchanged."""
    if not isinstance(value, str):
        raise RoundsError("revision.field", field=name)
    if _UNSTORABLE.search(value):
        raise RoundsError("revision.text_character", field=name)
    if len(value) > limit:
        raise RoundsError("too_long", field=name, limit=limit)


def _name(name: str, value: Any) -> None:
    check_text(name, value, NAME_LIMIT)


def _flag(name: str, value: Any) -> None:
    if not isinstance(value, bool):
        raise RoundsError("revision.field", field=name)


def _rating(_name: str, value: Any) -> None:
    if value is not None and value not in RATINGS:
        raise RoundsError("answer.rating", value=excerpt(str(value)))


def _one_of(allowed: tuple[str, ...]) -> Callable[[str, Any], None]:
    def check_choice(name: str, value: Any) -> None:
        if value not in allowed:
            raise RoundsError("revision.field", field=name)

    return check_choice


def _day(name: str, value: Any) -> None:
    try:
        if len(value) != 10 or not 2000 <= dt.date.fromisoformat(value).year <= 2100:
            raise ValueError
    except (TypeError, ValueError) as error:
        raise RoundsError("revision.field", field=name) from error


def _instant(name: str, value: Any) -> None:
    try:
        if len(value) > 40 or not 1970 <= dt.datetime.fromisoformat(value).year <= 2100:
            raise ValueError
    except (TypeError, ValueError) as error:
        raise RoundsError("revision.field", field=name) from error


def _uuid(name: str, value: Any) -> None:
    if not is_uuid(value):
        raise RoundsError("revision.field", field=name)


def _sha256(name: str, value: Any) -> None:
    if not isinstance(value, str) or not _SHA256.fullmatch(value):
        raise RoundsError("revision.field", field=name)


def _code(name: str, value: Any) -> None:
    if not isinstance(value, str) or not _CODE.fullmatch(value):
        raise RoundsError("revision.field", field=name)


def _colour(name: str, value: Any) -> None:
    if not isinstance(value, str) or not _COLOUR.fullmatch(value):
        raise RoundsError("revision.field", field=name)


def _between(lowest: float, highest: float) -> Callable[[str, Any], None]:
    def check_number(name: str, value: Any) -> None:
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if not number or not lowest <= value <= highest:  # a NaN lies nowhere
            raise RoundsError("revision.field", field=name)

    return check_number


def _object(fields: Mapping[str, Callable[[str, Any], None]], needed: tuple[str, ...]) -> Callable[[str, Any], None]:
    def check_object(name: str, value: Any) -> None:
        if not isinstance(value, dict) or not set(needed) <= value.keys() <= fields.keys():
            raise RoundsError("revision.field", field=name)
        for key, part in value.items():
            if not (part is None and key not in needed):
                fields[key](f"{name}.{key}", part)

    return check_object


def _list(most: int, part: Callable[[str, Any], None]) -> Callable[[str, Any], None]:
    def check_list(name: str, value: Any) -> None:
        if not isinstance(value, list) or len(value) > most:
            raise RoundsError("revision.field", field=name)
        for entry in value:
            part(name, entry)

    return check_list


_share = _between(0, 1)
_place = _object({"lat": _between(-90, 90), "lon": _between(-180, 180), "accuracy": _between(0, 1e8)}, ("lat", "lon"))
_shape = _object(
    {"type": _one_of(SHAPES), "x1": _share, "y1": _share, "x2": _share, "y2": _share, "text": _name, "colour": _colour},
    ("type", "x1", "y1"),
)
_mosaic = _object({"x": _share, "y": _share, "w": _share, "h": _share}, ("x", "y", "w", "h"))

# fmt: off
# subject's kind → its fields, and those that must be there and not null
BODIES: dict[str, tuple[dict[str, Callable[[str, Any], None]], tuple[str, ...]]] = {
    "item": ({
        "rating": _rating, "note": check_text, "reason": check_text, "later_on": _day, "corrected_on_spot": _flag,
    }, ()),
    "photo": ({
        "attached_to": check_text, "role": _one_of(PHOTO_ROLES), "caption": check_text, "captured_at": _instant,
        "captured_source": _one_of(CAPTURED_SOURCES), "place": _place, "overlay": _list(MOST_SHAPES, _shape),
        "mosaic": _list(MOST_MOSAICS, _mosaic), "removed": _flag,
    }, ("attached_to",)),
    "highlight": ({"text": check_text, "item_code": _code, "removed": _flag}, ("text",)),
    "campaign": ({"rating": _rating, "note": check_text}, ()),
    "remarks": ({"text": check_text}, ("text",)),
    "signature": ({
        "status": _one_of(SIGNATURE_STATES), "name": _name, "photo_uuid": _uuid, "note": check_text,
    }, ("status",)),
    "communication": ({
        "held_at": _instant, "place": _name, "opinion": check_text, "agreed": check_text,
        "participants": _list(MOST_PARTICIPANTS, _object({"name": _name, "role": _name}, ("name",))),
        "signatures": _list(
            MOST_PARTICIPANTS, _object({"name": _name, "photo_uuid": _uuid, "text_sha256": _sha256}, ("name",))
        ),
    }, ()),
}
# fmt: on
