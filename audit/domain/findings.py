"""Findings: their kinds and severities, and how the drafts follow from a visit's answers."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from audit.domain.checklist import Checklist, Item, visible_items
from audit.domain.visits import AttachedPhoto

KINDS = ("nonconformity", "improvement", "highlight")
SEVERITY_NAMES = {"minor": ("一般", "Minor"), "major": ("严重", "Major"), "critical": ("重大", "Critical")}
SEVERITIES = tuple(SEVERITY_NAMES)
STATES = (
    "draft", "issued", "objected", "rectifying", "awaiting_support", "submitted", "reinspection",
    "closed", "verified", "withdrawn", "merged",
)  # fmt: skip
OPEN_STATES = ("draft", "issued", "objected", "rectifying", "awaiting_support", "submitted", "reinspection")
KIND_OF_RATING = {"fail": "nonconformity", "partial": "improvement"}
PHOTO_ROLES = ("evidence", "before", "after")


@dataclass(frozen=True)
class Draft:
    """A finding as it follows from one answer or highlight. `photos`: (photo uuid, role), oldest first.

    `subject` is the revision subject it comes from and tells the drafts of one visit apart.
    """

    subject: str
    kind: str
    severity: str
    state: str
    item: Item | None
    section_code: str
    observation: str
    corrected_on_spot: bool
    photos: tuple[tuple[str, str], ...]


def drafts(
    checklist: Checklist,
    answers: Mapping[str, Mapping[str, Any]],
    highlights: Mapping[str, Mapping[str, Any]],
    photos: Iterable[AttachedPhoto],
) -> list[Draft]:
    """One draft for every item that failed or was partly met, in the checklist's order, then the highlights.

    `highlights`: subject → body of those not removed. What was corrected on the spot enters the loop as `submitted`.
    """
    by_subject: dict[str, list[tuple[str, str]]] = {}
    for photo in photos:
        role = photo.role if photo.role in PHOTO_ROLES else "evidence"
        by_subject.setdefault(photo.attached_to, []).append((photo.uuid, role))
    found = []
    for item in visible_items(checklist, {code: answer.get("rating") for code, answer in answers.items()}):
        answer = answers.get(item.code, {})
        kind = KIND_OF_RATING.get(answer.get("rating") or "")
        if kind:
            subject, on_spot = f"item:{item.code}", bool(answer.get("corrected_on_spot"))
            found.append(
                Draft(
                    subject=subject,
                    kind=kind,
                    severity=item.severity,
                    state="submitted" if on_spot else "draft",
                    item=item,
                    section_code=_section_code(checklist, item.code),
                    observation=answer.get("note") or "",
                    corrected_on_spot=on_spot,
                    photos=tuple(by_subject.get(subject, ())),
                )
            )
    return found + [
        _highlight(checklist, subject, body, tuple(by_subject.get(subject, ()))) for subject, body in highlights.items()
    ]


def merged_text(kept: str, place: str, added: str) -> str:
    """What was seen, of a draft into which another is merged: its own words, then the other's with their `place`.

    `place`: the other's item, "" when it is the same one. What stands there already is not said twice.
    """
    told = "：".join(part for part in (place, added.strip()) if part)
    return kept if told in kept else "\n".join(part for part in (kept.strip(), told) if part)


def _highlight(
    checklist: Checklist, subject: str, body: Mapping[str, Any], photos: tuple[tuple[str, str], ...]
) -> Draft:
    item = checklist.item(body.get("item_code") or "")
    return Draft(
        subject=subject,
        kind="highlight",
        severity="",
        state="draft",
        item=item,
        section_code=_section_code(checklist, item.code) if item else "",
        observation=body["text"],
        corrected_on_spot=False,
        photos=photos,
    )


def _section_code(checklist: Checklist, item_code: str) -> str:
    section = checklist.section_of(item_code)
    return section.code if section else ""
